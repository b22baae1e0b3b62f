"""Real child processes: restarted when they die, given up on in time, ended in order."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator

import pytest

from api.local.errors import ChildError
from api.local.supervisor import Child, Supervisor
from tests.support.machine import PATIENCE_S, ROOT

_WAITS = "import signal; signal.pause()"
_KEEPER = """
import sys, time
from pathlib import Path
from api.local.supervisor import Child, Supervisor
supervisor = Supervisor()
supervisor.add(Child("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], {}, Path()))
print(supervisor.pids["sleeper"], flush=True)
time.sleep(600)
"""


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        """Return the time the test has set."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock()


@pytest.fixture
def supervisor(clock: Clock) -> Iterator[Supervisor]:
    """Give a supervisor whose children are ended after the test."""
    made = Supervisor(clock=clock.read)
    yield made
    made.stop()


def make_child(name: str, code: str) -> Child:
    """Describe a Python process that runs this code."""
    return Child(name, [sys.executable, "-c", code], {}, ROOT)


def await_death(child: Child) -> None:
    """Wait for a child that is about to end, without the supervisor noticing."""
    assert child.process
    child.process.wait(PATIENCE_S)


def test_dead_child_is_started_again_after_its_pause(
    supervisor: Supervisor, clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    """A worker that was killed comes back, and the person is told."""
    child = make_child("worker", _WAITS)
    supervisor.add(child)
    first = supervisor.pids["worker"]
    os.kill(first, 9)
    await_death(child)
    supervisor.tick()
    assert supervisor.pids == {}
    clock.now = 1
    supervisor.tick()
    assert supervisor.pids["worker"] != first
    assert "worker was killed by signal 9" in capfd.readouterr().err


def test_child_that_keeps_dying_stops_everything(supervisor: Supervisor, clock: Clock) -> None:
    """After five deaths in a row nobody believes in the sixth start."""
    child = make_child("worker", "raise SystemExit(3)")
    supervisor.add(child)
    for _ in range(8):  # four deaths, each followed by a start
        if child.process:
            await_death(child)
        supervisor.tick()
        clock.now += 10
    await_death(child)
    with pytest.raises(ChildError, match="ended with code 3, 5 times"):
        supervisor.tick()


def test_calm_minute_forgives_old_deaths(supervisor: Supervisor, clock: Clock) -> None:
    """Five deaths over weeks are five accidents, not a loop."""
    child = make_child("worker", "raise SystemExit(3)")
    supervisor.add(child)
    for _ in range(12):
        if child.process:
            await_death(child)
        clock.now += 61
        supervisor.tick()
    assert child.deaths == 1


def test_killed_supervisor_leaves_no_child() -> None:
    """The kernel tells the children when there is nobody left to do it."""
    with subprocess.Popen(
        [sys.executable, "-c", _KEEPER], cwd=ROOT, stdout=subprocess.PIPE
    ) as keeper:
        assert keeper.stdout
        handle = os.pidfd_open(int(keeper.stdout.readline()))
        keeper.kill()
    try:
        assert select.select([handle], [], [], PATIENCE_S)[0]
    finally:
        os.close(handle)
