"""Fair admission to scarce work: clients take turns, and the queue is short and honest.

Within one client first come, first served; between clients one after the other, so somebody
who asks a thousand times at once waits behind their own questions, not in front of everybody
else's. When the queue is full, the one who holds most of it gives a place up.
"""

import asyncio
import os
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from geo.errors import DomainError, ErrorKind

_P = ParamSpec("_P")
_T = TypeVar("_T")


class OverloadedError(DomainError):
    """Too many others are waiting for the same thing."""

    code = "overloaded"
    title = "Too many requests at once; try again shortly"
    kind = ErrorKind.UNAVAILABLE


class Admission:
    """Let `running` in at a time; `waiting` may wait, of one client at most `per_client`."""

    def __init__(
        self, *, running: int, waiting: int, per_client: int | None = None, patience_s: float = 5.0
    ) -> None:
        self._free = running
        self._waiting = waiting
        self._per_client = per_client or max(waiting // 2, 1)
        self._patience_s = patience_s
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._held = 0

    @property
    def held(self) -> int:
        """How many are waiting."""
        return self._held

    async def enter(self, client: str) -> None:
        """Wait for one's turn; whoever got in must `leave`. Raises OverloadedError."""
        if self._free > 0:
            self._free -= 1
            return
        ticket = self._queue_up(client)
        try:
            await asyncio.wait_for(asyncio.shield(ticket), self._patience_s)
        except TimeoutError:
            self._give_up(client, ticket)
            raise OverloadedError(retry_after_s=2) from None
        except asyncio.CancelledError:
            self._give_up(client, ticket)
            raise

    def leave(self) -> None:
        """Let the next one in: the client whose turn it is."""
        while self._queues:
            client, queue = next(iter(self._queues.items()))
            ticket = queue.popleft()
            self._held -= 1
            self._queues.move_to_end(client)
            if not queue:
                del self._queues[client]
            if not ticket.done():
                ticket.set_result(None)
                return
        self._free += 1

    def _queue_up(self, client: str) -> asyncio.Future[None]:
        queue = self._queues.get(client)
        if queue is not None and len(queue) >= self._per_client:
            raise OverloadedError(retry_after_s=1)
        if self._held >= self._waiting:
            self._make_room(len(queue) if queue else 0)
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(client, deque()).append(ticket)
        self._held += 1
        return ticket

    def _make_room(self, own: int) -> None:
        """Send away the last one of whoever holds most places, if that is more than one's own."""
        greedy, queue = max(self._queues.items(), key=lambda item: len(item[1]))
        if len(queue) <= own + 1:
            raise OverloadedError(retry_after_s=1)
        ticket = queue.pop()
        self._held -= 1
        if not queue:
            del self._queues[greedy]
        if not ticket.done():
            ticket.set_exception(OverloadedError(retry_after_s=1))

    def _give_up(self, client: str, ticket: asyncio.Future[None]) -> None:
        if ticket.done():
            # One's turn came at the same moment: pass it on.
            if not ticket.cancelled() and ticket.exception() is None:
                self.leave()
            return
        ticket.cancel()
        queue = self._queues.get(client)
        if queue is not None:
            with suppress(ValueError):
                queue.remove(ticket)
                self._held -= 1
            if not queue:
                del self._queues[client]


class Workbench:
    """Threads for work on the processor, one per core, behind a fair admission.

    The event loop only waits. A place is given back when the thread is done, also when nobody
    waits for it any more: more work than cores never runs.
    """

    def __init__(self, *, cores: int | None = None, waiting: int = 64) -> None:
        self.cores = cores or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(self.cores, thread_name_prefix="route")
        self._admission = Admission(running=self.cores, waiting=waiting)

    async def run(
        self, client: str, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run blocking work in a thread when it is this client's turn; raises OverloadedError."""
        await self._admission.enter(client)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_T] = loop.create_future()

        def do() -> None:
            try:
                give = partial(answer.set_result, work(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
                give = partial(answer.set_exception, error)
            loop.call_soon_threadsafe(self._finish, answer, give)

        self._threads.submit(do)
        return await answer

    def _finish(self, answer: asyncio.Future[_T], give: Callable[[], None]) -> None:
        self._admission.leave()
        if not answer.cancelled():
            give()

    def close(self) -> None:
        """Take no more work; what runs ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
