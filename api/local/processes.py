"""Starting and stopping operating system processes so that none is ever left behind.

A child gets its own session, so that Ctrl-C reaches only the supervisor, which then stops
everything in order.  On Linux the kernel also signals a child whose parent was killed.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

_HOST = "127.0.0.1"
_PR_SET_PDEATHSIG = 1
_prctl = getattr(ctypes.CDLL(None), "prctl", None)  # absent on other systems than Linux


def die_with_parent(signal_name: str) -> list[str]:
    """Return a command prefix that makes the kernel send this signal when the parent dies.

    Wanted where a command before it changes the user, which makes the kernel forget what
    `start` asked for.  Empty where `setpriv` is missing (not Linux).
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", signal_name] if setpriv else []


def find_free_port(preferred: int | None = None, *, attempts: int = 1) -> int | None:
    """Return a TCP port of 127.0.0.1 nobody listens on, or None.

    Tries `preferred`, then the next `attempts - 1` numbers.  Without `preferred` the
    system chooses.  Another process may take the port before the caller does.
    """
    for port in range(preferred, preferred + attempts) if preferred else [0]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As servers do: a port in TIME_WAIT is free, a port that is listened on is not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return None


def start(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    log: Path | None = None,
    on_parent_death: str = "TERM",
) -> subprocess.Popen[bytes]:
    """Start a child that outlives neither a stop nor the death of this process.

    `environment` is added to ours.  Output goes to `log` (appended), or to our own.  Call
    from the main thread: the kernel ties the child to the thread that starts it.
    """
    output = log.open("ab") if log else None
    wish = partial(_wish_to_die_with, os.getpid(), signal.Signals[f"SIG{on_parent_death}"])
    try:
        return subprocess.Popen(
            [*map(str, command)],
            env={**os.environ, **(environment or {})},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            preexec_fn=wish if _prctl else None,  # noqa: PLW1509 - a prefix command is too late
        )
    finally:
        if output:
            output.close()


def _wish_to_die_with(parent: int, number: int) -> None:
    """Run in the child before its program: be signalled at the parent's death.

    The parent may have died between fork and this wish; then there is nothing to start.
    """
    if _prctl:
        _prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def stop(process: subprocess.Popen[bytes], *, first: signal.Signals, grace_s: float) -> int:
    """Ask the process to end with `first`, kill its whole session after `grace_s`.

    Returns its exit code; harmless when it has ended already.
    """
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(first)
        try:
            return process.wait(grace_s)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def is_alive(pid: int) -> bool:
    """Say whether a process with this id exists, whoever owns it (zombies do not count)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0] != "Z"
    return True
