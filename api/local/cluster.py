"""One private PostgreSQL cluster: its files, its settings, its server process.

Owns a folder and nothing else.  Listens on 127.0.0.1 only, on a free port, with a random
password and without Unix sockets (their paths may be too long for a deep checkout).  The
folder has one owner at a time: a lock says who.  The `durable` profile never trades safety
for speed; only `throwaway` clusters of tests do.

As a program it keeps a throw-away cluster until a process ends:
`python -m api.local.cluster FOLDER [--until PID]`.
"""

import argparse
import fcntl
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

from api.local import processes
from api.local.errors import ClusterBusyError, ClusterError, SetupError
from api.local.identity import Identity, adopt, choose_identity, give
from api.local.postgis import Binaries, ensure_binaries
from api.local.steps import say, step

Profile = Literal["durable", "throwaway"]
USER = "esik"
_START_LIMIT_S = 120.0
_LOG_LIMIT_BYTES = 20_000_000

_COMMON = {
    "unix_socket_directories": "''",
    "listen_addresses": "'127.0.0.1'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "jit": "off",  # costs more than it saves on statements of milliseconds
    "random_page_cost": "1.1",
    "work_mem": "'16MB'",
    "maintenance_work_mem": "'128MB'",
    "max_connections": "150",
    "max_locks_per_transaction": "128",
    "log_lock_waits": "on",
    "idle_in_transaction_session_timeout": "'15min'",
}
_PROFILES: dict[Profile, dict[str, str]] = {
    "durable": {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_wal_size": "'2GB'",
        "log_min_duration_statement": "'2s'",
    },
    "throwaway": {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_connections": "300",
        "max_wal_size": "'2GB'",
    },
}


class Cluster:
    """A cluster in `folder`; `start` makes what is missing, `stop` ends the server.

    Not thread-safe: start it from the main thread, since its server is tied to the life of
    the thread that starts it.
    """

    def __init__(self, *, folder: Path, binaries: Binaries, profile: Profile) -> None:
        self.folder = folder.resolve()
        self.binaries = binaries
        self.profile: Profile = profile
        self.port = 0
        self._identity: Identity | None = None
        self._lock: IO[str] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The folder PostgreSQL keeps its files in; known once the identity is chosen."""
        identity = self._identity
        return (identity.folder if identity else self.folder) / "data"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.folder / "log"

    @property
    def pid(self) -> int | None:
        """The running server's process id, or None."""
        return self._server.pid if self._server and self._server.poll() is None else None

    def url(self, database: str = "postgres") -> str:
        """Return the libpq address of one database, with the password."""
        password = (self.folder / "password").read_text(encoding="ascii").strip()
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Create the cluster when absent, end a crashed run's leftovers, start the server.

        Returns when the server takes connections.  Raises ClusterBusyError when another
        process owns the folder, ClusterError with the end of the log when it does not start.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._take_lock()
        try:
            self._identity = choose_identity(self.folder)
            self._check_location()
            adopt(self._identity, self.data)
            self._end_leftovers()
            if not (self.data / "PG_VERSION").exists():
                self._create()
            self._check_version()
            self._write_settings()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server (clients are disconnected, data is safe) and free the folder."""
        if self._server is not None:
            processes.stop(self._server, first=signal.SIGINT, grace_s=60)
            self._server = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def restart(self) -> None:
        """Start a server that ended by itself, on the port that clients know.

        Raises ClusterError when it does not start or its port has been taken since.
        """
        self._end_leftovers()
        until = time.monotonic() + _START_LIMIT_S
        # Children of a killed server outlive it for a moment and hold its port or its memory.
        while time.monotonic() < until:
            if processes.find_free_port(self.port) is not None:
                self._spawn(self.port)
                if self._await_ready():
                    return
            time.sleep(0.1)
        raise ClusterError(
            f"The database does not start again on port {self.port}.",
            f"Another program may have taken the port; the end of {self.log} may say more.",
        )

    def has_ended(self) -> bool:
        """Say whether a started server is no longer running."""
        return self._server is not None and self._server.poll() is not None

    def _take_lock(self) -> None:
        lock = (self.folder / "lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise ClusterBusyError(
                f"The database in {self.folder} is already in use by process {owner}.",
                "Another `esik up` (make run) is running here: use it, or stop it first.",
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def _check_location(self) -> None:
        """Refuse to begin anew while the data lies where an earlier run had to put it."""
        noted = self.folder / "location"
        here = str(self._get_identity().folder)
        before = noted.read_text(encoding="utf-8").strip() if noted.exists() else here
        if before != here and Path(before, "data").exists():
            raise ClusterError(
                f"The database lies in {before}, but this user would keep it in {here}.",
                f"Run as before, or move it: mv {before}/data {here}/ && rm {noted}",
            )
        noted.write_text(f"{here}\n", encoding="utf-8")

    def _end_leftovers(self) -> None:
        """After a crash: end a server still running on our files, drop a stale pid file.

        A pid alone proves nothing after a reboot; the server's working folder does.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return
        where = Path(f"/proc/{pid}/cwd")
        with suppress(OSError):
            if where.readlink() == self.data.resolve():
                say(f"         ending the database server of an earlier run ({pid})")
                os.kill(pid, signal.SIGINT)
                self._await_end(pid)
        if Path("/proc/self").exists():
            pid_file.unlink(missing_ok=True)

    def _await_end(self, pid: int) -> None:
        until = time.monotonic() + 60
        while processes.is_alive(pid):
            if time.monotonic() > until:
                raise ClusterError(
                    f"The database server {pid} of an earlier run does not end.",
                    f"Look at it (ps {pid}), end it by hand, and try again.",
                )
            time.sleep(0.05)

    def _create(self) -> None:
        identity = self._get_identity()
        shutil.rmtree(self.data, ignore_errors=True)  # half made by a run that was killed
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_hex(20) + "\n", encoding="ascii")
        handed = identity.folder / "password.new"
        handed.touch(mode=0o600)
        handed.write_bytes(password.read_bytes())
        give(identity, handed)
        command = [
            *identity.prefix,
            self.binaries.path("initdb"),
            *("-D", str(self.data), "-U", USER, "-E", "UTF8", "--locale=C.UTF-8"),
            *("-A", "scram-sha-256", "--pwfile", str(handed)),
        ]
        if self.profile == "throwaway":
            command.append("--no-sync")
        try:
            made = subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                cwd=identity.folder,
                env={**os.environ, **self.binaries.environment},
            )
        finally:
            handed.unlink()
        if made.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise ClusterError(f"initdb failed: {made.stderr.strip()[-800:]}")

    def _check_version(self) -> None:
        major = int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        if major != self.binaries.major:
            raise ClusterError(
                f"The data in {self.data} was made by PostgreSQL {major}, "
                f"this machine has {self.binaries.major}.",
                f"Install PostgreSQL {major} with PostGIS again, or upgrade with pg_upgrade.",
            )

    def _write_settings(self) -> None:
        """Write our settings where `ALTER SYSTEM` of an administrator still wins."""
        identity = self._get_identity()
        settings = {**_COMMON, **_PROFILES[self.profile]}
        settings["shared_buffers"] = f"'{_shared_buffers_mb()}MB'"
        ours = self.data / "esik.conf"
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        ours.write_text(f"# Written at every start; use ALTER SYSTEM for your own.\n{text}")
        give(identity, ours)
        main = self.data / "postgresql.conf"
        include = "include 'esik.conf'"
        if include not in main.read_text(encoding="utf-8"):
            with main.open("a", encoding="utf-8") as file:
                file.write(f"\n{include}\n")

    def _launch(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".old"))
        remembered = self.folder / "port"
        for attempt in range(5):
            kept = remembered.read_text().strip() if remembered.exists() else ""
            preferred = int(kept) if kept and attempt == 0 else None
            port = processes.find_free_port(preferred) or processes.find_free_port()
            if port is None:
                continue
            self._spawn(port)
            if self._await_ready():
                self.port = port
                remembered.write_text(f"{port}\n", encoding="ascii")
                return
        tail = self.log.read_text(encoding="utf-8", errors="replace")[-1500:].strip()
        raise ClusterError(f"PostgreSQL does not start. The end of {self.log}:\n{tail}")

    def _spawn(self, port: int) -> None:
        identity = self._get_identity()
        # INT is PostgreSQL's fast, clean shutdown.  The wish to end with the parent is lost
        # when the user changes, so it is renewed after the change.
        self._server = processes.start(
            [
                *identity.prefix,
                *processes.die_with_parent("INT"),
                *(self.binaries.path("postgres"), "-D", self.data, "-c", f"port={port}"),
            ],
            environment=self.binaries.environment,
            folder=identity.folder,
            log=self.log,
            on_parent_death="INT",
        )

    def _await_ready(self) -> bool:
        """Wait for the server's own word in its pid file; False when it ended instead."""
        server = self._server
        until = time.monotonic() + _START_LIMIT_S
        while server is not None and server.poll() is None and time.monotonic() < until:
            with suppress(OSError):
                lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n")
                if len(lines) > 7 and lines[7].strip() == "ready":  # noqa: PLR2004  # its 8th line
                    return True
            time.sleep(0.02)
        return False

    def _get_identity(self) -> Identity:
        if self._identity is None:
            raise ClusterError("The cluster has not been started.")
        return self._identity


def _shared_buffers_mb() -> int:
    """Take a sixteenth of the memory, between 64 MB and 512 MB: the machine is shared."""
    total_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(64, min(512, total_mb // 16))


def main(arguments: list[str]) -> int:
    """Keep a throw-away cluster until told to end, or until another process has ended.

    Writes `ready.json` ({"url": …}) into the folder once connections are taken, and removes
    the whole folder at the end.
    """
    parser = argparse.ArgumentParser(description="Keep a throw-away PostGIS cluster.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--until", type=int, metavar="PID", help="end when this process ends")
    parser.add_argument("--local", type=Path, default=Path(".local"), help="private packages")
    options = parser.parse_args(arguments)
    wake, waker = os.pipe()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os.write(waker, b"x"))
    try:
        watched = [wake] if options.until is None else [wake, os.pidfd_open(options.until)]
        binaries = ensure_binaries(local=options.local)
        cluster = Cluster(folder=options.folder, binaries=binaries, profile="throwaway")
        with step("database cluster"):
            cluster.start()
    except (SetupError, OSError) as error:
        say(str(error))
        return 1
    ready = options.folder / "ready.json"
    ready.with_suffix(".new").write_text(json.dumps({"url": cluster.url()}))
    ready.with_suffix(".new").replace(ready)
    while not cluster.has_ended() and not select.select(watched, [], [], 1.0)[0]:
        pass
    cluster.stop()
    shutil.rmtree(cluster.folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
