"""`esik up` as a person meets it: one command up, one key down, nothing left behind.

The commands it starts are a small stand-in program, so that only the starting, watching
and stopping is tested here; tests/e2e runs the real ones.
"""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.local.postgis import find_binaries
from tests.support.machine import LOCAL, PATIENCE_S, ROOT, skip_for_machine

_PROGRAM = '''
"""Stand-in for `python -m api`: notes what it was asked, and waits or answers."""
import http.server, os, signal, sys
from pathlib import Path

command, *rest = sys.argv[1:]
with Path("calls").open("a") as calls:
    print(command, os.getpid(), *rest, file=calls)
if command == "worker":
    signal.pause()
if command == "serve":
    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
        def log_message(self, *_):
            pass
    http.server.HTTPServer(("127.0.0.1", int(rest[1])), Ready).serve_forever()
if command == "demo" and Path("demo-fails").exists():
    sys.exit(4)
'''
_UP = """
import sys
from pathlib import Path
from api.local.up import UpOptions, up
root, port, url, osm = sys.argv[1:]
sys.exit(up(UpOptions(
    root=Path(root), local=Path(root, "local"), port=int(port), database_url=url or None,
    osm=Path(osm) if osm else None, accounts=["reviewer / demo"],
)))
"""


class Running:
    """A started `esik up` and what it has said so far."""

    def __init__(
        self,
        root: Path,
        port: int,
        url: str = "",
        osm: str = "",
        terminal: int = subprocess.DEVNULL,
    ) -> None:
        self.root = root
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _UP, str(root), str(port), url, osm],
            cwd=ROOT,
            stdin=terminal,
            stderr=subprocess.PIPE,
            text=True,
            # Tests run under nohup would hand it on; no thread of ours is running yet.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509
        )

    def read_until(self, pattern: str) -> re.Match[str]:
        """Read lines until one matches; fail when it ends first."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.said += line
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"it ended without {pattern!r}:\n{self.said}")

    def await_all(self) -> None:
        """Read until it says that all runs, and wait until the worker has noted that it does.

        The web server is waited for before it says so; the worker's readiness nobody needs.
        """
        self.read_until("Ctrl-C stops")
        until = time.monotonic() + PATIENCE_S
        while not any(each.startswith("worker ") for each in self.list_calls()):
            assert time.monotonic() < until, self.list_calls()
            time.sleep(0.01)

    def read_all(self) -> str:
        """Read to the end and return everything it said."""
        assert self.process.stderr
        self.said += self.process.stderr.read()
        return self.said

    def list_calls(self) -> list[str]:
        """Return the commands started so far, as `name pid arguments…`."""
        return (self.root / "calls").read_text().splitlines()

    def open_handles(self) -> list[int]:
        """Return a handle for each process that runs now: children and database."""
        pids = [int(each.split()[1]) for each in self.list_calls()]
        pid_file = self.root / "local/cluster/data/postmaster.pid"
        pids += [int(pid_file.read_text().split("\n", 1)[0])]
        handles = []
        for pid in pids:
            try:
                handles.append(os.pidfd_open(pid))
            except ProcessLookupError:
                continue
        return handles


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder whose `python -m api` is the stand-in."""
    if find_binaries(local=LOCAL) is None:
        skip_for_machine("no PostGIS on this machine; `make run` installs it")
    package = tmp_path / "api"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(_PROGRAM)
    (tmp_path / "local").mkdir()
    if (LOCAL / "postgis").exists():
        (tmp_path / "local/postgis").symlink_to(LOCAL / "postgis")
    return tmp_path


@pytest.fixture
def port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start_up(root: Path, port: int) -> Iterator[Callable[..., Running]]:
    """Start `esik up`, and make sure it is gone after the test."""
    started: list[Running] = []

    def start(url: str = "", osm: str = "", terminal: int = subprocess.DEVNULL) -> Running:
        started.append(Running(root, port, url, osm, terminal))
        return started[-1]

    yield start
    for each in started:
        with each.process:
            each.process.kill()


def assert_all_end(handles: list[int]) -> None:
    """Wait for every process behind the handles to end."""
    for handle in handles:
        assert select.select([handle], [], [], PATIENCE_S)[0]
        os.close(handle)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_leaves_nothing(start_up: Callable[..., Running], number: signal.Signals) -> None:
    """Ctrl-C, a service manager and a closed terminal all end everything, without an error."""
    running = start_up()
    running.await_all()
    handles = running.open_handles()
    assert len(handles) == 3
    running.process.send_signal(number)
    assert "reviewer / demo" in running.read_all()
    assert running.process.wait(PATIENCE_S) == 0
    assert_all_end(handles)


def test_another_terminal_learns_which_city_runs(
    start_up: Callable[..., Running], root: Path, port: int
) -> None:
    """A file for the shell names database and address; only we may read it, and it goes again."""
    running = start_up()
    running.read_until("esik.env")
    path = root / "local" / "esik.env"
    assert path.stat().st_mode & 0o777 == 0o600
    show = f'. {path} && echo "$ESIK_DATABASE__URL $ESIK_SERVER__PUBLIC_URL"'
    said = subprocess.run(["sh", "-c", show], check=True, capture_output=True, text=True).stdout
    url, address = said.split()
    assert url.startswith("postgresql+psycopg://")
    assert address == f"http://127.0.0.1:{port}"
    running.process.send_signal(signal.SIGINT)
    running.read_all()
    assert running.process.wait(PATIENCE_S) == 0
    assert not path.exists()


def test_closed_terminal_ends_it_without_a_signal(start_up: Callable[..., Running]) -> None:
    """The hang-up signal may go to `make` alone, as over ssh: the terminal itself tells."""
    screen, terminal = pty.openpty()
    running = start_up(terminal=terminal)
    os.close(terminal)
    running.await_all()
    handles = running.open_handles()
    assert len(handles) == 3
    os.close(screen)
    assert running.process.wait(PATIENCE_S) == 0
    assert_all_end(handles)


def test_killed_supervisor_leaves_nothing(start_up: Callable[..., Running]) -> None:
    """Even SIGKILL of the one process that could tidy up leaves no server running."""
    running = start_up()
    running.await_all()
    handles = running.open_handles()
    assert len(handles) == 3
    running.process.kill()
    assert_all_end(handles)


def test_second_start_loads_no_city_again(start_up: Callable[..., Running]) -> None:
    """The demo city is made once; migrations run at every start."""
    for _ in range(2):
        running = start_up()
        running.read_until("Ctrl-C stops")
        running.process.send_signal(signal.SIGINT)
        running.read_all()
        running.process.wait(PATIENCE_S)
    names = [each.split()[0] for each in running.list_calls()]
    assert names.count("demo") == 1
    assert names.count("migrate") == 2


def test_unfinished_load_is_done_again(start_up: Callable[..., Running], root: Path) -> None:
    """A load that failed half-way has not happened: the next start repeats it."""
    (root / "demo-fails").touch()
    running = start_up()
    assert "`esik demo` ended with code 4" in running.read_all()
    assert running.process.wait(PATIENCE_S) == 1
    (root / "demo-fails").unlink()
    running = start_up()
    running.read_until("Ctrl-C stops")
    assert [each.split()[0] for each in running.list_calls()].count("demo") == 2


def test_changed_extract_is_imported_again(start_up: Callable[..., Running], root: Path) -> None:
    """A newer file under the same name is news; the same file is not."""
    extract = root / "Қала 1.osm.pbf"
    for content, imports in (("a", 1), ("a", 1), ("bb", 2)):
        if not extract.exists() or extract.read_text() != content:
            extract.write_text(content)
        running = start_up(osm=str(extract))
        running.read_until("Ctrl-C stops")
        running.process.send_signal(signal.SIGINT)
        running.read_all()
        running.process.wait(PATIENCE_S)
        names = [each.split()[0] for each in running.list_calls()]
        assert names.count("import-osm") == imports


def test_taken_port_moves_the_web_server(start_up: Callable[..., Running], port: int) -> None:
    """Someone else's server stays; ours takes the next number and says so."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        found = start_up().read_until(r"port (\d+) is taken: using (\d+)")
    assert int(found[1]) == port
    assert int(found[2]) > port


def test_dead_worker_and_dead_database_come_back(start_up: Callable[..., Running]) -> None:
    """Both are reported and started again, and the rest keeps running."""
    running = start_up()
    running.await_all()
    worker = next(each for each in running.list_calls() if each.startswith("worker"))
    os.kill(int(worker.split()[1]), signal.SIGKILL)
    running.read_until("worker was killed by signal 9")
    pid_file = running.root / "local/cluster/data/postmaster.pid"
    os.kill(int(pid_file.read_text().split("\n", 1)[0]), signal.SIGKILL)
    running.read_until("database server ended; starting it again")
    running.process.send_signal(signal.SIGINT)
    running.read_all()
    assert running.process.wait(PATIENCE_S) == 0


def test_second_up_is_told_about_the_first(start_up: Callable[..., Running]) -> None:
    """Two on one folder would fight over the database: the second one ends at once."""
    first = start_up()
    first.read_until("Ctrl-C stops")
    second = start_up()
    assert f"in use by process {first.process.pid}" in second.read_all()
    assert second.process.wait(PATIENCE_S) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "mysql://x/y"}, "not the address of a PostgreSQL server"),
        ({"url": "postgresql://nobody@127.0.0.1:1/none"}, "does not answer"),
        ({"osm": "/nowhere/city.osm.pbf"}, "extract file is not there"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(
    start_up: Callable[..., Running], options: dict[str, str], words: str
) -> None:
    """A clear sentence and code 1, and no cluster was made for nothing."""
    running = start_up(**options)
    assert words in running.read_all()
    assert running.process.wait(PATIENCE_S) == 1
    assert not (running.root / "local/cluster").exists()


def test_named_server_is_used_instead_of_a_cluster(
    start_up: Callable[..., Running], libpq_url: str
) -> None:
    """DATABASE_URL switches to a real server: nothing of PostgreSQL is started here."""
    running = start_up(url=libpq_url)
    running.read_until("Ctrl-C stops")
    assert not (running.root / "local/cluster").exists()
