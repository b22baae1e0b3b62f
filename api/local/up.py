"""`esik up`: a whole city on one machine with one command, and nothing left afterwards.

Order: PostGIS, cluster, database, migrations, city, worker, web server.  What was started
is stopped in the opposite order on Ctrl-C, SIGTERM, a closed terminal or an error; if this
process itself is killed, the kernel tells its children.
"""

import http
import http.client
import os
import select
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from api.local import databases, processes
from api.local.cluster import Cluster
from api.local.errors import ChildError, ClusterError, SetupError
from api.local.postgis import ensure_binaries
from api.local.steps import say, step
from api.local.supervisor import Child, Supervisor

_PORTS_TRIED = 50
_DATABASE_RESTARTS = 5
_READY_LIMIT_S = 900.0
"""The router's machine code is made at the first start: a busy or slow machine takes minutes."""
_HINT_AFTER_S = 15.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class UpOptions:
    """What `esik up` was asked for.

    `root` is the checkout; `local` holds the cluster and the data folder.  `accounts` are
    lines about the demo accounts, shown when the demo city runs; `pages` are what to open,
    as (name, path).
    """

    root: Path
    local: Path
    osm: Path | None = None
    dem: Path | None = None
    districts: Path | None = None
    port: int = 8000
    database_url: str | None = None
    accounts: Sequence[str] = ()
    pages: Sequence[tuple[str, str]] = (("map", "/"), ("API", "/docs"))


class _StopRequest(BaseException):
    """Someone wants us to end; not an Exception, so that no handler swallows it."""


def up(options: UpOptions) -> int:
    """Start everything, keep it running until told to end; return the exit code.

    0 after Ctrl-C or SIGTERM, 1 when something could not be started or kept dying.
    Call from the main thread.
    """
    begun = time.monotonic()
    terminal = _find_terminal()
    with ExitStack() as stack, _signals_as_requests():
        try:
            _check_files(options)
            url, cluster = _open_database(options, stack)
            environment = _make_environment(options, url)
            _run_once("migrations", ["migrate"], options, environment)
            _load_city(options, url, environment)
            supervisor = Supervisor()
            stack.callback(_stop, supervisor)
            port = _start(supervisor, options, environment)
            path = _write_settings(options, environment, port)
            stack.callback(path.unlink, missing_ok=True)
            _tell(options, port, path, time.monotonic() - begun)
            _keep(supervisor, cluster, terminal)
        except _StopRequest:
            say("\nStopping …")
        except SetupError as error:
            say(f"\n{error}")
            return 1
    return 0


def _check_files(options: UpOptions) -> None:
    """Raise SetupError before any work when a named file is not there."""
    if options.osm is None and (options.dem or options.districts):
        raise SetupError("A DEM folder or a districts file needs an extract: give OSM= too.")
    for what, path in (("extract", options.osm), ("districts", options.districts)):
        if path is not None and not path.is_file():
            raise SetupError(f"The {what} file is not there: {path}")
    if options.dem is not None and not options.dem.exists():
        raise SetupError(f"The elevation folder is not there: {options.dem}")


def _open_database(options: UpOptions, stack: ExitStack) -> tuple[str, Cluster | None]:
    """Return the database's address, and the cluster when it is our own."""
    if options.database_url:
        url = databases.normalise_url(options.database_url)
        with step("database server of DATABASE_URL"):
            databases.check_database(url)
        return url, None
    binaries = ensure_binaries(local=options.local)
    folder = options.local / "cluster"
    cluster = Cluster(folder=folder, binaries=binaries, profile="durable")
    stack.callback(cluster.stop)
    with step(f"database cluster in {folder}"):
        cluster.start()
        url = databases.ensure_database(cluster.url(), databases.name_database(options.osm))
    return url, cluster


def _make_environment(options: UpOptions, url: str) -> dict[str, str]:
    return {
        "ESIK_DATABASE__URL": databases.as_sqlalchemy(url),
        "ESIK_DATA_DIR": str(options.local / "data"),
        "ESIK_CACHE_DIR": str(options.local / "cache"),
        "ESIK_LOG_LEVEL": os.environ.get("ESIK_LOG_LEVEL", "warning"),
    }


def _load_city(options: UpOptions, url: str, environment: dict[str, str]) -> None:
    """Load the demo city or the extract, unless this very source is loaded already."""
    source = databases.describe_source(options.osm, options.dem, options.districts)
    known = databases.find_source(url)
    if known == source:
        return
    if options.osm is None:
        if known is None and not (options.database_url and databases.has_streets(url)):
            _run_once("demo city", ["demo"], options, environment)
            databases.mark_loaded(url, source)
        return
    if known is not None:
        say("         the files have changed since they were imported: importing again")
    command = ["import-osm", str(options.osm)]
    for option, path in (("--dem", options.dem), ("--districts", options.districts)):
        if path is not None:
            command += [option, str(path)]
    _run_once(f"import of {options.osm.name}", command, options, environment)
    databases.mark_loaded(url, source)


def _run_once(
    title: str, arguments: list[str], options: UpOptions, environment: dict[str, str]
) -> None:
    """Run one of our commands to its end, its progress on our terminal."""
    with step(title):
        process = processes.start(
            _command(*arguments), environment=environment, folder=options.root
        )
        try:
            code = process.wait()
        except BaseException:
            processes.stop(process, first=signal.SIGTERM, grace_s=20)
            raise
    if code:
        raise ChildError(f"`esik {arguments[0]}` ended with code {code}.", "See its words above.")


def _start(supervisor: Supervisor, options: UpOptions, environment: dict[str, str]) -> int:
    """Start worker and web server; return the port once the server says it is ready."""
    port = processes.find_free_port(options.port, attempts=_PORTS_TRIED)
    if port is None:
        raise SetupError(
            f"Ports {options.port} to {options.port + _PORTS_TRIED - 1} are all taken.",
            "Stop what uses them, or choose another: esik up --port 9000",
        )
    if port != options.port:
        say(f"         port {options.port} is taken: using {port}")
    environment = {**_name_address(port), **environment}
    with step("worker and web server"):
        for name, arguments in (
            ("worker", ["worker"]),
            ("web server", ["serve", "--port", str(port)]),
        ):
            supervisor.add(Child(name, _command(*arguments), environment, options.root))
        _await_ready(supervisor, port)
    return port


def _name_address(port: int) -> dict[str, str]:
    return {"ESIK_SERVER__PUBLIC_URL": f"http://127.0.0.1:{port}"}


def _write_settings(options: UpOptions, environment: Mapping[str, str], port: int) -> Path:
    """Write the settings of what runs for `esik` in another terminal; nobody else may read it."""
    path = options.local / "esik.env"
    path.unlink(missing_ok=True)
    settings = {**_name_address(port), **environment}
    path.touch(mode=0o600, exist_ok=False)
    lines = [f"export {name}={shlex.quote(text)}\n" for name, text in settings.items()]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _await_ready(supervisor: Supervisor, port: int) -> None:
    begun = time.monotonic()
    hinted = False
    while (waited_s := time.monotonic() - begun) < _READY_LIMIT_S:
        supervisor.tick()
        if _is_ready(port):
            return
        if waited_s > _HINT_AFTER_S and not hinted:
            say("         the router is being compiled; only the first start takes so long")
            hinted = True
        time.sleep(0.1)
    raise ChildError(f"The web server was not ready after {_READY_LIMIT_S:.0f} s.")


def _is_ready(port: int) -> bool:
    # Not urllib: it would ask a proxy of the environment for our own server.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _keep(supervisor: Supervisor, cluster: Cluster | None, terminal: int | None) -> None:
    """Watch everything until a stop request; never returns otherwise."""
    restarts = 0
    while True:
        time.sleep(0.25)
        if terminal is not None and _has_hung_up(terminal):
            raise _StopRequest
        if cluster is not None and cluster.has_ended():
            restarts += 1
            if restarts > _DATABASE_RESTARTS:
                raise ClusterError(f"The database server keeps ending. See {cluster.log}.")
            say("The database server ended; starting it again.")
            cluster.restart()
        supervisor.tick()


def _find_terminal() -> int | None:
    """Return a file number that is our terminal; None under nohup, which outlives it."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return None
    return next((number for number in (0, 1, 2) if os.isatty(number)), None)


def _has_hung_up(terminal: int) -> bool:
    """Say whether the terminal was closed.

    SIGHUP goes to the session's first process only: `ssh -t host make run` has make there,
    which keeps it to itself.
    """
    poll = select.poll()
    poll.register(terminal, 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))


def _stop(supervisor: Supervisor) -> None:
    """End the children; further signals do not interrupt this."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    supervisor.stop()


def _tell(options: UpOptions, port: int, settings: Path, took_s: float) -> None:
    base = f"http://127.0.0.1:{port}"
    say(f"\nEsik is ready after {took_s:.1f} s.\n")
    for name, path in options.pages:
        say(f"  {name:<16} {base}{path}")
    if options.osm is None and options.accounts:
        say("\nAccounts of the demo city:")
        for line in options.accounts:
            say(f"  {line}")
    say(f"\nBefore `esik` in another terminal:  . {shlex.quote(str(settings))}")
    say("\nCtrl-C stops everything.")


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "api", *arguments]


@contextmanager
def _signals_as_requests() -> Iterator[None]:
    """Turn the first stop signal into _StopRequest; ignore repetitions while we tidy up."""

    def request(_number: int, _frame: FrameType | None) -> None:
        for each in _STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise _StopRequest

    # nohup ignores a closed terminal on purpose: leave that as it is.
    wanted = [
        n for n in _STOP_SIGNALS if n != signal.SIGHUP or signal.getsignal(n) != signal.SIG_IGN
    ]
    before = {number: signal.signal(number, request) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def read_database_url() -> str | None:
    """Return the server someone named in the environment, plain or as a setting of ours."""
    return os.environ.get("ESIK_DATABASE__URL") or os.environ.get("DATABASE_URL") or None
