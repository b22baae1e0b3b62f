"""Fair admission to scarce work: first come, first served, and a short honest queue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from geo.errors import DomainError, ErrorKind


class OverloadedError(DomainError):
    """Too many others are waiting for the same thing."""

    code = "overloaded"
    title = "Too many requests at once; try again shortly"
    kind = ErrorKind.UNAVAILABLE


class Admission:
    """Let `running` in at a time and `waiting` wait in order; refuse the rest at once."""

    def __init__(self, *, running: int, waiting: int) -> None:
        # asyncio's semaphore wakes waiters in the order in which they came.
        self._gate = asyncio.Semaphore(running)
        self._places = running + waiting
        self._inside = 0

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Wait for one's turn; raises OverloadedError when the queue is full."""
        if self._inside >= self._places:
            raise OverloadedError(retry_after_s=1)
        self._inside += 1
        try:
            async with self._gate:
                yield
        finally:
            self._inside -= 1
