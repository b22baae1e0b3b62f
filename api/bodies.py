"""Bodies no larger than an operation needs, refused before they are read.

FastAPI has `max_body_size`, but it answers plain text, where everything else answers a problem.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message

from geo.errors import DomainError, ErrorKind


class BodyTooLargeError(DomainError):
    """A request body is larger than this operation takes."""

    code = "body-too-large"
    title = "The request body is too large"
    kind = ErrorKind.TOO_LARGE


class SmallBodyRoute(APIRoute):
    """An operation whose body is small; a larger one is refused unread."""

    max_bytes = 256_000
    """Ten thousand vertices of an area with six decimals fit."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Count what comes in before anybody parses it."""
        handle = super().get_route_handler()
        if self.body_field is None:
            # It reads no JSON; what streams bytes has a limit of its own.
            return handle

        async def handle_small(request: Request) -> Response:
            announced = request.headers.get("content-length", "")
            if announced.isdigit() and int(announced) > self.max_bytes:
                raise BodyTooLargeError(limit_bytes=self.max_bytes)
            try:
                return await handle(Request(request.scope, self._count(request)))
            except HTTPException as error:
                # FastAPI calls whatever happens while it reads "an error parsing the body".
                if isinstance(error.__cause__, BodyTooLargeError):
                    raise error.__cause__ from None
                raise

        return handle_small

    def _count(self, request: Request) -> Callable[[], Coroutine[Any, Any, Message]]:
        seen = 0

        async def receive() -> Message:
            nonlocal seen
            message = await request.receive()
            seen += len(message.get("body", b""))
            if seen > self.max_bytes:
                raise BodyTooLargeError(limit_bytes=self.max_bytes)
            return message

        return receive


class AuditBodyRoute(SmallBodyRoute):
    """An operation that takes audits, up to fifty at once."""

    max_bytes = 4_000_000
    """An audit of 45 fields has about 10 kB; fifty with long remarks fit."""
