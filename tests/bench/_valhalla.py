"""The peer Valhalla: its own environment, tiles from our extracts, and a process to ask.

pyvalhalla has wheels for Python 3.12 and newer only, so it lives in `.local/bench/valhalla`,
installed by hash from `requirements/bench.txt`. Everything that is missing raises
`PeerMissingError` with a reason for the reader of the table.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.machine import LOCAL, ROOT

FOLDER = LOCAL / "bench"
_LOCK = ROOT / "requirements" / "bench.txt"
_VENV = FOLDER / "valhalla"
_OLDEST = (3, 12)
_NEWEST_TRIED = 19
_WAIT_S = 20.0
WHEELCHAIR = {"costing": "pedestrian", "costing_options": {"pedestrian": {"type": "wheelchair"}}}


class PeerMissingError(Exception):
    """The peer cannot be had on this machine; the text says why."""


def ensure_python() -> Path:
    """Return the interpreter of the peer's environment, made on first use."""
    python, note = _VENV / "bin/python", _VENV / "lock.txt"
    lock = _LOCK.read_text(encoding="ascii")
    if python.exists() and note.exists() and note.read_text(encoding="ascii") == lock:
        return python
    base, uv = _find_python(), LOCAL / "uv/bin/uv"
    shutil.rmtree(_VENV, ignore_errors=True)
    try:
        _run(uv, "venv", "--quiet", "--python", base, _VENV)
        _run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", _LOCK)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PeerMissingError(f"pyvalhalla cannot be installed: {error}") from error
    note.write_text(lock, encoding="ascii")
    return python


def _find_python() -> Path:
    """Return a Python that pyvalhalla has wheels for, from the path or from pyenv."""
    names = [f"python3.{minor}" for minor in range(_OLDEST[1], _NEWEST_TRIED)]
    found = [Path(path) for name in names if (path := shutil.which(name))]
    for root in (os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")):
        if root:
            found += [
                p for name in names for p in sorted(Path(root).glob(f"versions/*/bin/{name}"))
            ]
    found += [Path(sys.executable)] if sys.version_info >= _OLDEST else []
    for each in found:
        done = subprocess.run([each, "-c", "import venv"], check=False, capture_output=True)
        if not done.returncode:
            return each
    raise PeerMissingError("no Python 3.12 or newer on the path or under pyenv")


def ensure_tiles(city: str, extract: Path) -> tuple[Path, float]:
    """Return the configuration for a city and the seconds its tiles took; built once."""
    python, folder = ensure_python(), FOLDER / "valhalla-tiles" / city
    config, note = folder / "valhalla.json", folder / "built.json"
    name = f"{extract.name} {extract.stat().st_size}"
    if note.exists():
        built = json.loads(note.read_text(encoding="utf-8"))
        if built["of"] == name:
            return config, float(built["seconds"])
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tiles").mkdir(parents=True)
    make = (
        "import json, sys; from valhalla.config import get_config;"
        "print(json.dumps(get_config(tile_extract='', tile_dir=sys.argv[1])))"
    )
    options = json.loads(_run(python, "-c", make, folder / "tiles"))
    options["mjolnir"]["concurrency"] = 1
    options["httpd"]["service"]["timeout_seconds"] = -1
    config.write_text(json.dumps(options), encoding="utf-8")
    begun = time.monotonic()
    _run(_program("valhalla_build_tiles"), "-c", config, extract)
    seconds = time.monotonic() - begun
    note.write_text(json.dumps({"of": name, "seconds": seconds}), encoding="utf-8")
    return config, seconds


class Peer:
    """A Valhalla process of its own that times its calls."""

    def __init__(self, config: Path) -> None:
        worker = Path(__file__).with_name("_valhalla_worker.py")
        self._process = subprocess.Popen(
            [ensure_python(), worker, config],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, call: str, requests: list[dict[str, Any]]) -> dict[str, Any]:
        """Time one call per request; see `_valhalla_worker`."""
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        pipe_in.write(json.dumps({"call": call, "requests": requests}) + "\n")
        pipe_in.flush()
        answer: dict[str, Any] = json.loads(pipe_out.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=_WAIT_S)


@contextmanager
def open_peer(config: Path) -> Iterator[Peer]:
    """Run a peer in process, for as long as the block lasts."""
    peer = Peer(config)
    try:
        yield peer
    finally:
        peer.close()


@contextmanager
def serve_peer(config: Path) -> Iterator[str]:
    """Run `valhalla_service` with one thread on loopback; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = json.loads(config.read_text(encoding="utf-8"))
    # Its inner queues are Unix sockets: paths of its own, short enough for the kernel.
    queues = Path(f"/tmp/esik-valhalla-{os.getpid()}-{port}")  # noqa: S108 - socket paths are short
    queues.mkdir(mode=0o700)
    options["httpd"]["service"] |= {
        "listen": f"tcp://127.0.0.1:{port}",
        "loopback": f"ipc://{queues}/loopback",
        "interrupt": f"ipc://{queues}/interrupt",
    }
    for part in ("loki", "thor", "odin", "meili"):
        options[part].setdefault("service", {})["proxy"] = f"ipc://{queues}/{part}"
    own = queues / "valhalla.json"
    own.write_text(json.dumps(options), encoding="utf-8")
    with subprocess.Popen(
        [_program("valhalla_service"), own, "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            # It finishes nothing on a polite signal, and holds nothing that could be lost.
            server.kill()
            server.wait(timeout=_WAIT_S)
            shutil.rmtree(queues, ignore_errors=True)


def _wait_for(port: int) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < _WAIT_S:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise PeerMissingError("valhalla_service did not start")


def _program(name: str) -> Path:
    found = list((_VENV / "lib").glob(f"python*/site-packages/valhalla/bin/{name}"))
    if not found:
        raise PeerMissingError(f"the wheel of pyvalhalla has no {name}")
    return found[0]


def _run(*command: str | Path) -> str:
    return subprocess.run(
        [str(each) for each in command], check=True, capture_output=True, text=True
    ).stdout
