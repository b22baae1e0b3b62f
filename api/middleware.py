"""Pure ASGI middleware: request ids, one access line per request, security headers.

No middleware reads a body or walks the routes: both broke other services before.
"""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo.ids import uuid7

log = structlog.get_logger("access")

_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self)",
}

Header = tuple[bytes, bytes]


def encode_headers(headers: Mapping[str, str]) -> list[Header]:
    """Give headers as ASGI wants them."""
    return [
        (name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers.items()
    ]


def add_headers(message: Message, headers: Iterable[Header]) -> None:
    """Add headers to the start of an answer; what it says itself stays."""
    given = message.get("headers", ())
    names = {name for name, _ in given}
    message["headers"] = [*given, *(each for each in headers if each[0] not in names)]


_EVERY = encode_headers(SECURITY_HEADERS)


class RequestContext:
    """Give every request an id, log it once, and add the headers that every answer needs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid7())
        scope["request_id"] = request_id
        named = [(b"x-request-id", request_id.encode("ascii")), *_EVERY]
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add_headers(message, named)
            await send(message)

        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            # After this turn of the loop, in which the answer leaves.
            loop = asyncio.get_running_loop()
            loop.call_soon(self._log, scope, status, time.perf_counter() - started)
            structlog.contextvars.clear_contextvars()

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        log.info(
            "request",
            # Not the path: it may hold a person's place; the operation is enough to count by.
            operation=getattr(route, "operation_id", None) or getattr(route, "name", None),
            method=scope["method"],
            status=status,
            ms=round(seconds * 1000, 1),
        )
