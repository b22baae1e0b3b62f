"""Child processes that belong together: watched, restarted, and ended in order.

A child that ends is reported and started again after a growing pause; one that keeps
ending stops everything, because a half-working city is worse than an error message.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.local import processes
from api.local.errors import ChildError
from api.local.steps import say

_GRACE_S = 20.0
_FIRST_PAUSE_S = 0.5
_TRIES = 5
_CALM_S = 60.0
"""A child that lived this long starts again with a clean slate."""


@dataclass
class Child:
    """One long-lived process: what it is called, how it is started, how it has fared."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    due_at: float = field(default=0.0)


class Supervisor:
    """Keeps children running; call `tick` often from the main thread, `stop` at the end."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._children: list[Child] = []
        self._clock = clock

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of the children that run now, by name."""
        return {
            child.name: child.process.pid
            for child in self._children
            if child.process and child.process.poll() is None
        }

    def add(self, child: Child) -> None:
        """Start a child and keep it from now on."""
        self._children.append(child)
        self._launch(child)

    def tick(self) -> None:
        """Notice the dead and start those whose pause is over.

        Raises ChildError when a child has died `_TRIES` times without a calm minute.
        """
        now = self._clock()
        for child in self._children:
            if child.process is None:
                if now >= child.due_at:
                    self._launch(child)
            elif (code := child.process.poll()) is not None:
                self._mourn(child, code, now)

    def stop(self) -> None:
        """End all children, the youngest first; each gets time to finish what it does."""
        for child in reversed(self._children):
            if child.process is not None:
                processes.stop(child.process, first=signal.SIGTERM, grace_s=_GRACE_S)
                child.process = None

    def _launch(self, child: Child) -> None:
        child.started_at = self._clock()
        child.process = processes.start(
            child.command, environment=child.environment, folder=child.folder
        )

    def _mourn(self, child: Child, code: int, now: float) -> None:
        if now - child.started_at > _CALM_S:
            child.deaths = 0
        child.deaths += 1
        child.process = None
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if child.deaths >= _TRIES:
            raise ChildError(
                f"The {child.name} {how}, {child.deaths} times in a row.",
                "What it printed above says why; everything is being stopped.",
            )
        pause_s = _FIRST_PAUSE_S * 2 ** (child.deaths - 1)
        child.due_at = now + pause_s
        say(f"The {child.name} {how}; starting it again in {pause_s:g} s.")
