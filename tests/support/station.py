"""A whole installation that can be killed part by part: database, store, web server, worker.

Every part is a real process on loopback with a folder of its own, and the database has the durable
settings of `make run`. Parts are ended by their own process ids and by nothing else; `stop` ends
whatever still runs, also after a failure. A killed process is not a power cut: what the kernel
took over from it survives.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Literal

import httpx2
import psycopg
from psycopg import sql

from api.jobs import create_job_app
from api.local import processes
from api.local.cluster import Cluster
from api.local.postgis import ensure_binaries
from audits.photos.stores import S3Store
from tests.support import postgres
from tests.support.machine import LOCAL, PATIENCE_S, ROOT
from tests.support.seaweed import SeaweedServer

Part = Literal["api", "worker", "database", "store"]
PARTS: tuple[Part, ...] = ("api", "worker", "database", "store")
_DATABASE = "esik"
_DEAD_WORKERS = """
UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '5 min'
WHERE id = ANY(%s)
"""
_UNFINISHED = """
SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')),
       (SELECT count(*) FROM photos WHERE state = 'received')
"""
_LATER_IS_NOW = """
UPDATE procrastinate_jobs SET scheduled_at = now()
WHERE status = 'todo' AND scheduled_at > now()
"""

# Workers look every five seconds; like this they look at once, as after a new job.
_WAKE = """
SELECT pg_notify('procrastinate_any_queue_v1', '{"type": "job_inserted", "job_id": 0}')
"""


class Station:
    """One installation in one folder; start it from the main thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store_server = SeaweedServer(folder / "weed")
        self.cluster = Cluster(
            folder=folder / "pg", binaries=ensure_binaries(local=LOCAL), profile="durable"
        )
        port = processes.find_free_port()
        assert port is not None
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self.children: dict[Part, subprocess.Popen[bytes]] = {}
        self.started: dict[int, str] = {}
        """Process ids of everything that was ever started here, with when each was born."""
        self.ended_by_itself: dict[Part, int] = dict.fromkeys(PARTS, 0)
        self._dead_workers: list[int] = []
        self._down: set[Part] = set()
        self._server_module = "api"
        self._background = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._store_start: Future[None] | None = None

    # -- starting and stopping ---------------------------------------------------------------

    @property
    def libpq_url(self) -> str:
        """Address of the database for psycopg."""
        return self.cluster.url(_DATABASE)

    @property
    def environment(self) -> dict[str, str]:
        """Settings of our processes."""
        access = self.store_server.access
        return {
            "ESIK_DATABASE__URL": postgres.as_sqlalchemy(self.libpq_url),
            "ESIK_DATA_DIR": str(self.folder / "data"),
            "ESIK_CACHE_DIR": str(LOCAL / "cache"),
            "ESIK_STORE__KIND": "s3",
            "ESIK_STORE__ENDPOINT_URL": str(access.endpoint_url),
            "ESIK_STORE__BUCKET": access.bucket,
            "ESIK_STORE__ACCESS_KEY_ID": access.access_key_id,
            "ESIK_STORE__SECRET_ACCESS_KEY": access.secret_access_key,
            # Without a detector photos are cleaned and stay private: ten times as many a minute.
            "ESIK_PHOTOS__FACE_MODEL": str(self.folder / "no-model.onnx"),
            "ESIK_QUOTAS__AUDITS_PER_DAY": "100000",
            "ESIK_QUOTAS__BARRIERS_PER_DAY": "100000",
            "ESIK_QUOTAS__PHOTO_BYTES_PER_DAY": "100000000000",
            "ESIK_AUTH__ACCESS_MINUTES": "120",
            "ESIK_LOG_LEVEL": "warning",
        }

    def start(self) -> None:
        """Start everything and wait until it serves."""
        self.begin_restart("store")
        self.cluster.start()
        self._note(self.cluster.pid)
        with psycopg.connect(self.cluster.url(), autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))
        postgres.migrate(self.libpq_url)
        self._await_store()

    def start_processes(self) -> None:
        """Start the web server and the worker over a database that is filled."""
        self.restart("api")
        self.restart("worker")

    def stop(self) -> None:
        """End everything, the youngest first."""
        with ExitStack() as stack:  # each step also when another one fails
            stack.callback(self.cluster.stop)
            stack.callback(self.store_server.kill)
            for child in self.children.values():
                stack.callback(_kill_group, child.pid)  # a cell may outlive its worker
                stack.callback(processes.stop, child, first=signal.SIGTERM, grace_s=20)
            stack.callback(self._background.shutdown, wait=True)

    def leftovers(self) -> list[int]:
        """Give ids of processes of ours that still run, and of any that works in our folder."""
        # Numbers come round again on a busy machine: another birth is another process.
        ours = {pid for pid, born in self.started.items() if born and _find_birth(pid) == born}
        return sorted(ours | set(_find_processes(str(self.folder))))

    # -- killing and restarting --------------------------------------------------------------

    def kill(self, part: Part) -> None:
        """End a part at once, without a word; PostgreSQL with all its children."""
        self._down.add(part)
        if part == "database":
            self._kill_database()
        elif part == "store":
            self.store_server.kill()
        else:
            if part == "worker":
                self._note_dead_workers()
            child = self.children[part]
            child.kill()
            child.wait()

    def restart(self, part: Part) -> None:
        """Start a part that is down, on its old port, and wait until it serves."""
        if part == "database":
            self.cluster.restart()
            self._note(self.cluster.pid)
        elif part == "store":
            self.begin_restart(part)
            self._await_store()
        else:
            self._launch(part)
        self._down.discard(part)
        if part == "api":
            self.await_ready()

    def begin_restart(self, part: Part) -> None:
        """Start a part again; the store, which takes long, in the background."""
        if part == "store":
            self.store_server.launch()
            assert self.store_server.process is not None
            self._note(self.store_server.process.pid)
            self._down.discard(part)
            self._store_start = self._background.submit(self.store_server.await_ready)
        else:
            self.restart(part)

    def restart_lying_server(self) -> None:
        """Replace the web server by one that acknowledges before it commits."""
        processes.stop(self.children["api"], first=signal.SIGTERM, grace_s=20)
        self._server_module = "tests.support.lying_server"
        try:
            self.restart("api")
        finally:
            self._server_module = "api"

    def tend(self) -> None:
        """Start what ended by itself, as the supervisor of `make run` does, and count it."""
        for part, child in list(self.children.items()):
            if part not in self._down and child.poll() is not None:
                self.ended_by_itself[part] += 1
                if part == "worker":
                    self._note_dead_workers()
                self._launch(part)

    def await_ready(self) -> None:
        """Wait until the web server says that it can serve."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            self.tend()
            with suppress(httpx2.TransportError):
                answer = httpx2.get(f"{self.base_url}/readyz", trust_env=False, timeout=60)
                if answer.status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the server was not ready in time\n{self.read_logs()}")

    # -- settling ----------------------------------------------------------------------------

    def settle(self, limit_s: float = PATIENCE_S) -> None:
        """Wait until no work is left; the clock of retries and heartbeats is moved forward.

        Jobs wait minutes before they are tried again or taken from a worker that died. Here
        their times are changed in the tables; the jobs that look at them are the real ones.
        """
        self._await_store()
        until = time.monotonic() + limit_s
        self.await_ready()
        with psycopg.connect(self.libpq_url, autocommit=True) as db:
            if self._dead_workers:
                db.execute(_DEAD_WORKERS, (self._dead_workers,))
                self._dead_workers = []
                self._ask_for_stalled()
            while (row := db.execute(_UNFINISHED).fetchone()) != (0, 0):
                if time.monotonic() > until:
                    break
                self.tend()
                db.execute(_LATER_IS_NOW)
                db.execute(_WAKE)
                time.sleep(0.2)
            else:
                return
            jobs = db.execute(
                "SELECT id, task_name, status, attempts, worker_id, args FROM procrastinate_jobs"
                " WHERE status IN ('todo', 'doing')"
            ).fetchall()
            workers = db.execute("SELECT * FROM procrastinate_workers").fetchall()
        raise AssertionError(
            f"work does not end: {row}\n{jobs}\nworkers {workers}\n{self.read_logs()}"
        )

    def open_store(self) -> S3Store:
        """Open the store as our processes do."""
        return S3Store(self.store_server.access)

    def read_logs(self) -> str:
        """Give the end of what the processes said."""
        logs = [self.folder / f"{part}.log" for part in PARTS]
        return "\n".join(f"== {p.name}\n{p.read_text()[-3000:]}" for p in logs if p.exists())

    def _await_store(self) -> None:
        if self._store_start is not None:
            self._store_start.result()
            self._store_start = None

    def _launch(self, part: Part) -> None:
        serve = [self._server_module, "serve", "--port", str(self.port)]
        words = serve if part == "api" else ["api", "worker"]
        self.children[part] = processes.start(
            [sys.executable, "-m", *words],
            environment=self.environment,
            folder=ROOT,
            log=self.folder / f"{part}.log",
        )
        self._note(self.children[part].pid)

    def _kill_database(self) -> None:
        postmaster = self.cluster.pid
        assert postmaster is not None
        until = time.monotonic() + PATIENCE_S
        # Held still first: a child born after the others were counted would outlive them, and
        # its hold on the memory they share would keep the next server from starting.
        os.kill(postmaster, signal.SIGSTOP)
        while _read_state(postmaster) != "T":
            assert time.monotonic() < until, "PostgreSQL does not stop"
            time.sleep(0.001)
        family = [postmaster, *list_children(postmaster)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while not self.cluster.has_ended() or any(map(processes.is_alive, family)):
            assert time.monotonic() < until, "PostgreSQL does not die"
            time.sleep(0.01)

    def _note_dead_workers(self) -> None:
        """Remember under which numbers the worker that ends now is known to the queue."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.libpq_url) as db:
            rows = db.execute("SELECT id FROM procrastinate_workers").fetchall()
            self._dead_workers = [number for (number,) in rows]

    def _ask_for_stalled(self) -> None:
        app = create_job_app(self.libpq_url)
        with app.open():
            # A name of its own, as the hourly one may be waiting.
            task = app.configure_task(
                "esik:release_stalled", queue="sweeps", queueing_lock=secrets.token_hex(4)
            )
            task.defer(timestamp=int(time.time()))

    def _note(self, pid: int | None) -> None:
        assert pid is not None
        self.started[pid] = _find_birth(pid)


def _find_birth(pid: int) -> str:
    """Give when a process began, in ticks since the machine did; empty once it has ended."""
    fields = _read_stat(pid)
    return fields[19] if fields and fields[0] != "Z" else ""


def _read_state(pid: int) -> str:
    """Give the letter of what a process does: `T` is held still; empty once it is gone."""
    return "".join(_read_stat(pid)[:1])


def _read_stat(pid: int) -> list[str]:
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()
    return []


def list_children(pid: int) -> list[int]:
    """Give ids of the direct children of a process."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in children.read_text().split()]
    return found


def _find_processes(folder: str) -> Iterator[int]:
    """Give processes that name a folder in their command or settings, or work in it."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            if folder.encode() in said or str((process / "cwd").readlink()).startswith(folder):
                yield int(process.name)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
