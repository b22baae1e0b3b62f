"""One throw-away PostGIS per test run, and databases cloned from one migrated template.

The pytest controller names a run folder; the first worker that needs a database starts the
cluster there, through a keeper process that watches the controller and removes everything
when it ends, however it ends.  Migrations run once per run, a worker's clone takes ~50 ms.

`ESIK_TEST_SERVER=postgresql://…/postgres` uses a running PostGIS server instead; the
migrated template is then kept there and reused while the migrations stay the same.
"""

import fcntl
import functools
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

from api.local import processes
from api.local.errors import ClusterError
from tests.support.machine import LOCAL, ROOT

_RUN = "ESIK_TEST_RUN"
_SERVER = "ESIK_TEST_SERVER"
_WAIT_S = 300.0
_TABLES = """
    SELECT n.nspname, c.relname
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND n.nspname !~ '^(pg_|information_schema)'
      AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e'
      )
"""
_SHAPES = (
    "alembic/**/*.py",
    "geo/**/*.sql",
    "audits/**/*.sql",
    "geo/**/models.py",
    "audits/**/models.py",
    "requirements/base.txt",
    "tests/support/postgres.py",
)


def begin_run() -> Path:
    """Make the folder of this run and tell workers of it; called once, by the controller."""
    run = Path(tempfile.mkdtemp(prefix="esik-test-"))
    os.environ[_RUN] = str(run)
    os.environ[f"{_RUN}_PID"] = str(os.getpid())
    return run


def end_run(run: Path) -> None:
    """Stop the run's cluster, if one was started, and remove its folder."""
    keeper = run / "keeper.pid"
    if keeper.exists():
        pid = int(keeper.read_text())
        _terminate(pid)
    _drop_clones(run)
    shutil.rmtree(run, ignore_errors=True)


def get_server() -> str:
    """Return the libpq address of this run's server, starting it on first use.

    Raises ClusterError with the keeper's words when PostGIS cannot be had or started.
    """
    shared = os.environ.get(_SERVER)
    if shared:
        return shared
    run = Path(os.environ[_RUN])
    with _locked(run / "tests.lock"):
        return _read_ready(run) or _start_keeper(run)


def create_database(name: str) -> str:
    """Clone the migrated template under `name` and return its libpq address."""
    server = get_server()
    run = Path(os.environ[_RUN])
    with _locked(run / "tests.lock"), _connect(server) as admin:
        template = _ensure_template(admin, server)
        _drop(admin, name)
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        with (run / "clones").open("a", encoding="utf-8") as clones:
            clones.write(f"{name}\n")
    return swap_database(server, name)


def create_empty_database(name: str) -> str:
    """Make a database without any table or extension, for tests of migrations."""
    server = get_server()
    with _connect(server) as admin:
        _drop(admin, name)
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    with (Path(os.environ[_RUN]) / "clones").open("a", encoding="utf-8") as clones:
        clones.write(f"{name}\n")
    return swap_database(server, name)


def drop_database(name: str) -> None:
    """Drop a database of this run, also while clients are connected to it."""
    with _connect(get_server()) as admin:
        _drop(admin, name)


def name_database(worker: str) -> str:
    """Return a database name that no other worker or run on the same server uses."""
    return f"esik_test_{os.environ[f'{_RUN}_PID']}_{worker}"


def swap_database(url: str, name: str) -> str:
    """Return the same server's address with another database."""
    return f"{url.rpartition('/')[0]}/{name}"


def list_tables(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """List (schema, table) of every table that no extension owns."""
    return connection.execute(_TABLES).fetchall()


def list_seeded(admin: psycopg.Connection) -> set[tuple[str, str]]:
    """Name the tables that hold rows right after the migrations, as noted on the template."""
    row = admin.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        (_template_name(),),
    ).fetchone()
    return {(schema, table) for schema, table in json.loads(row[0])} if row else set()


def migrate(url: str) -> None:
    """Bring a database to the newest migration, as `esik migrate` does."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=ROOT,
        env={**os.environ, "ESIK_DATABASE__URL": as_sqlalchemy(url)},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ClusterError(f"Migrations failed:\n{done.stderr[-3000:]}")
    with _connect(url) as connection:
        connection.execute(SchemaManager.get_schema())  # the job queue keeps its own tables


def as_sqlalchemy(url: str) -> str:
    """Return a libpq address in the form our settings want."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _ensure_template(admin: psycopg.Connection, server: str) -> str:
    name = _template_name()
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:6])
    # On a shared server another run may be making the same template.
    admin.execute("SELECT pg_advisory_lock(%s)", (key,))
    try:
        known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not known:
            making = f"{name}_{os.getpid()}"
            _drop(admin, making)
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
            try:
                migrate(swap_database(server, making))
                _note_seeded(swap_database(server, making))
            except BaseException:
                _drop(admin, making)
                raise
            admin.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(making), sql.Identifier(name)
                )
            )
    finally:
        admin.execute("SELECT pg_advisory_unlock(%s)", (key,))
    return name


def _note_seeded(url: str) -> None:
    """Write on the template which tables the migrations filled; clones cannot tell later."""
    with _connect(url) as fresh:
        seeded = [
            table
            for table in list_tables(fresh)
            if fresh.execute(
                sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(*table))
            ).rowcount
        ]
        name = sql.Identifier(url.rpartition("/")[2])
        note = sql.Literal(json.dumps(seeded))
        fresh.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, note))


@functools.cache
def _template_name() -> str:
    """Name the template after all files that decide what a migrated database looks like."""
    digest = hashlib.sha256()
    for pattern in _SHAPES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return f"esik_template_{digest.hexdigest()[:12]}"


def _read_ready(run: Path) -> str | None:
    try:
        return str(json.loads((run / "ready.json").read_text())["url"])
    except FileNotFoundError:
        return None


def _start_keeper(run: Path) -> str:
    log = run / "keeper.log"
    if log.exists():
        raise ClusterError(log.read_text())  # it failed for an earlier test: do not try again
    with log.open("wb") as output:
        command = [sys.executable, "-m", "api.local.cluster", str(run), "--local", str(LOCAL)]
        keeper = subprocess.Popen(
            [*command, "--until", os.environ[f"{_RUN}_PID"]],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for pytest; the keeper follows its end
        )
    (run / "keeper.pid").write_text(f"{keeper.pid}\n")
    until = time.monotonic() + _WAIT_S
    while keeper.poll() is None and time.monotonic() < until:
        url = _read_ready(run)
        if url:
            keeper.returncode = 0  # it is not ours to wait for: it outlives this worker
            return url
        time.sleep(0.02)
    raise ClusterError(log.read_text())


def _terminate(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 60
    while processes.is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)


def _drop_clones(run: Path) -> None:
    """On a shared server the run's databases are dropped one by one."""
    server = os.environ.get(_SERVER)
    clones = run / "clones"
    if server and clones.exists():
        with _connect(server) as admin:
            for name in clones.read_text().split():
                _drop(admin, name)


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(name)))


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
