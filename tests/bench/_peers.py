"""Servers to compare tiles with: tipg in an environment of its own, and a bare ASGI application.

tipg lives in `.local/bench/tipg`, installed by hash from `requirements/tipg.txt`. The bare
application answers with the same bytes from the same uvicorn as we do and does nothing else:
what Python and the server cost by themselves.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.machine import LOCAL, ROOT

_LOCK = ROOT / "requirements" / "tipg.txt"
_VENV = LOCAL / "bench" / "tipg"
_WAIT_S = 30.0
_BARE = "tests.bench._bare:app"


class PeerMissingError(Exception):
    """A peer cannot be had on this machine; the text says why."""


@contextmanager
def serve_tipg(url: str) -> Iterator[str]:
    """Run tipg on a database, without limits on features; give its address."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "TIPG_MAX_FEATURES_PER_TILE": "1000000",
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_DB_SPATIAL_EXTENT": "FALSE",
        "TIPG_DB_DATETIME_EXTENT": "FALSE",
        "TIPG_CATALOG_TTL": "100000",
    }
    command = [str(_ensure_tipg()), "-m", "uvicorn", "tipg.main:app"]
    with _serve(command, environment, "/healthz") as address:
        yield address


@contextmanager
def serve_bare(body: Path) -> Iterator[str]:
    """Run the bare application, which answers `/304` and else the bytes of a file."""
    environment = {**os.environ, "ESIK_BENCH_BODY": str(body), "PYTHONPATH": str(ROOT)}
    with _serve([sys.executable, "-m", "uvicorn", _BARE], environment, "/200") as address:
        yield address


@contextmanager
def _serve(command: list[str], environment: dict[str, str], probe: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "error",
    ]
    with subprocess.Popen(
        [*command, *options],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _wait_for(port, server, probe)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=_WAIT_S)


def _wait_for(port: int, server: "subprocess.Popen[bytes]", probe: str) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < _WAIT_S and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise PeerMissingError(f"the peer that answers {probe} did not start")


def _ensure_tipg() -> Path:
    """Return the interpreter of tipg's environment, made on first use."""
    python, note = _VENV / "bin/python", _VENV / "lock.txt"
    lock = _LOCK.read_text(encoding="ascii")
    if python.exists() and note.exists() and note.read_text(encoding="ascii") == lock:
        return python
    uv = LOCAL / "uv/bin/uv"
    shutil.rmtree(_VENV, ignore_errors=True)
    install = ["pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", _LOCK]
    try:
        for command in (["venv", "--quiet", "--python", sys.executable, _VENV], install):
            subprocess.run([str(each) for each in (uv, *command)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PeerMissingError(f"tipg cannot be installed: {error}") from error
    note.write_text(lock, encoding="ascii")
    return python
