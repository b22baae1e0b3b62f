"""A bare ASGI application: what an answer costs when nothing has to be decided."""

import os
from pathlib import Path

from starlette.types import Receive, Scope, Send

_BODY = Path(os.environ["ESIK_BENCH_BODY"]).read_bytes()
_FOUND = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/vnd.mapbox-vector-tile"),
        (b"content-encoding", b"gzip"),
        (b"content-length", b"%d" % len(_BODY)),
    ],
}
_SAME = {"type": "http.response.start", "status": 304, "headers": []}


async def app(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer with the bytes, or with 304."""
    if scope["type"] != "http":
        return
    same = scope["path"] == "/304"
    await send(_SAME if same else _FOUND)
    await send({"type": "http.response.body", "body": b"" if same else _BODY})
