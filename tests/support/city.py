"""The demo city as it runs for people: a database, a worker process, web server processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from api.local import processes
from tests.support import postgres
from tests.support.machine import LOCAL, PATIENCE_S, ROOT


@dataclass
class RunningCity:
    """A city that serves on loopback."""

    libpq_url: str
    data_dir: Path
    base_url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    logs: list[Path] = field(default_factory=list)

    def read_logs(self) -> str:
        """Give what the processes said, for the message of a failing test."""
        return "\n".join(f"== {log.name}\n{log.read_text()[-4000:]}" for log in self.logs)


@contextmanager
def run_city(name: str, folder: Path) -> Iterator[RunningCity]:
    """Make the demo city in a database of its own and run a worker and a web server for it."""
    libpq_url = postgres.create_database(name)
    city = RunningCity(libpq_url=libpq_url, data_dir=folder / "data")
    city.environment = {
        "ESIK_DATABASE__URL": postgres.as_sqlalchemy(libpq_url),
        "ESIK_DATA_DIR": str(city.data_dir),
        # Machine code is the same for every test; compiling it takes longer than a test.
        "ESIK_CACHE_DIR": str(LOCAL / "cache"),
    }
    with ExitStack() as stack:
        stack.callback(postgres.drop_database, name)
        run_command(city, "demo")
        stack.enter_context(run_process(city, "worker", "worker", folder=folder))
        city.base_url = stack.enter_context(run_server(city, folder=folder))
        yield city


def run_command(city: RunningCity, *arguments: str) -> str:
    """Run one command of ours to its end and give what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT,
        env={**os.environ, **city.environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@contextmanager
def run_process(
    city: RunningCity, name: str, *arguments: str, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of our processes; killed at the end if it does not stop by itself."""
    log = folder / f"{name}.log"
    city.logs.append(log)
    process = processes.start(
        [sys.executable, "-m", "api", *arguments],
        environment=city.environment,
        folder=ROOT,
        log=log,
    )
    try:
        yield process
    finally:
        processes.stop(process, first=signal.SIGTERM, grace_s=20)


@contextmanager
def run_server(city: RunningCity, *, folder: Path, name: str = "server") -> Iterator[str]:
    """Run one more web server of the city and give its address once it is ready."""
    port = processes.find_free_port()
    base_url = f"http://127.0.0.1:{port}"
    with run_process(city, name, "serve", "--port", str(port), folder=folder) as process:
        await_ready(base_url, process, city)
        yield base_url


def await_ready(base_url: str, process: subprocess.Popen[bytes], city: RunningCity) -> None:
    """Wait until the server says that it is ready; fail with the logs when it ends instead."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert process.poll() is None, city.read_logs()
        try:
            if httpx2.get(f"{base_url}/readyz", trust_env=False, timeout=60).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server was not ready in time\n{city.read_logs()}")
