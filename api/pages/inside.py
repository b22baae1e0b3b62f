"""Ask the service's own HTTP interface from inside the process.

A page shows what everyone can get from the interface, so it asks there and not below it. The
request goes straight to the application: no socket, no second connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request
from starlette.types import Message

_KEPT = ("type", "asgi", "http_version", "scheme", "server", "client", "state")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and decoded body of an answer."""

    status: int
    body: dict[str, Any]

    @property
    def is_good(self) -> bool:
        """Whether the interface did what was asked."""
        return self.status < 400  # noqa: PLR2004 - HTTP's own line between good and bad


async def ask(
    request: Request, path: str, query: Mapping[str, str | Sequence[str]], *, language: str
) -> Answer:
    """Send a GET with a JSON answer to a path of this application."""
    scope = {
        **{key: request.scope[key] for key in _KEPT if key in request.scope},
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": urlencode(query, doseq=True).encode(),
        "headers": [
            (b"host", request.headers.get("host", "localhost").encode("latin-1")),
            (b"accept", b"application/json"),
            (b"accept-language", language.encode()),
            (b"x-request-id", str(request.scope.get("request_id", "")).encode()),
        ],
    }
    status = 500
    body = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    await request.app(scope, receive, send)
    decoded = orjson.loads(bytes(body)) if body else {}
    return Answer(status, decoded if isinstance(decoded, dict) else {})
