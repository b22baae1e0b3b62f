"""A bad line: a TCP proxy that is slow, cuts, stalls, drops answers, repeats requests and lies.

Runs in a thread of its own, on loopback. It knows only as much HTTP as it needs to see where a
request ends: a burst of bytes from the client, until the server begins to answer.
"""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.machine import PATIENCE_S

SEGMENT_BYTES = 1_400
"""What one packet of a phone carries."""
EDGE_BYTES_PER_S = 6_250
"""50 kbit/s, what 2G gives on a good day."""
EDGE_DELAY_S = 0.4
"""One way; 800 ms there and back."""
_LONGEST_REPEATED = 64_000


@dataclass
class Line:
    """How bad the line is; it may be changed while it is used."""

    bytes_per_s: float | None = None
    delay_s: float = 0.0
    cut_every: int | None = None
    """The connection breaks after so many bytes from the client."""
    stall_every: int | None = None
    stall_s: float = 0.0
    drop_answers: int = 0
    """So many answers do not arrive: the server has done its work, the client never hears."""
    repeat: bool = False
    """Every short request reaches the server twice."""
    forge: Callable[[bytes], bytes | None] | None = None
    """Answers a request itself, or lets it through with `None`."""


@dataclass
class Traffic:
    """What went over the line."""

    up_bytes: int = 0
    down_bytes: int = 0
    connections: int = 0
    requests: int = 0
    cuts: int = 0
    dropped: int = 0
    repeated: int = 0

    @property
    def round_trips(self) -> int:
        """Count waits of a client: one for each connection and one for each request."""
        return self.connections + self.requests

    @property
    def total_bytes(self) -> int:
        """Count payload of TCP both ways."""
        return self.up_bytes + self.down_bytes


@dataclass
class BadLine:
    """A running proxy."""

    url: str
    line: Line
    traffic: Traffic = field(default_factory=Traffic)

    def forget(self) -> None:
        """Begin to count anew."""
        self.traffic.__init__()  # type: ignore[misc]


@contextmanager
def open_line(server_url: str, line: Line) -> Iterator[BadLine]:
    """Run a proxy in front of a server for as long as the block lasts."""
    target = urlsplit(server_url)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="bad-line", daemon=True)
    thread.start()
    bad = BadLine("", line)
    proxy = _Proxy(bad, str(target.hostname), int(target.port or 80))
    port = asyncio.run_coroutine_threadsafe(proxy.start(), loop).result(PATIENCE_S)
    bad.url = f"http://127.0.0.1:{port}"
    try:
        yield bad
    finally:
        asyncio.run_coroutine_threadsafe(proxy.stop(), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


class _Proxy:
    def __init__(self, bad: BadLine, host: str, port: int) -> None:
        self._bad = bad
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._bad.traffic.connections += 1
        try:
            up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            self._tasks.discard(task)
            return
        connection = _Connection(self._bad, (reader, writer), (up_reader, up_writer), self._repeat)
        try:
            await connection.run()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for each in (writer, up_writer):
                each.transport.abort()
            self._tasks.discard(task)

    async def _repeat(self, request: bytes) -> None:
        """Send a request once more on a connection of its own; nobody reads the answer."""
        with suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_connection(self._host, self._port)
            writer.write(request)
            await writer.drain()
            await asyncio.wait_for(reader.read(1), PATIENCE_S)
            writer.transport.abort()
            self._bad.traffic.repeated += 1


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    """One connection of the client and its counterpart to the server."""

    def __init__(
        self, bad: BadLine, client: Ends, server: Ends, repeat: Callable[[bytes], object]
    ) -> None:
        self._bad = bad
        self._client, self._server = client, server
        self._repeat = repeat
        self._sent = 0
        self._burst = bytearray()
        self._answering = True

    async def run(self) -> None:
        """Carry bytes both ways until one side ends or the line breaks."""
        tasks = [asyncio.create_task(self._up()), asyncio.create_task(self._down())]
        _done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _up(self) -> None:
        line, traffic = self._bad.line, self._bad.traffic
        while data := await self._client[0].read(SEGMENT_BYTES):
            if self._answering:
                self._answering = False
                self._burst.clear()
                traffic.requests += 1
                await asyncio.sleep(line.delay_s)
            if line.cut_every is not None:
                data = data[: line.cut_every - self._sent]
            self._burst += data
            self._sent += len(data)
            traffic.up_bytes += len(data)
            await self._pace(len(data))
            if line.forge is not None:
                # Only a whole request is answered: its rest would look like the next one.
                if not _is_whole(self._burst):
                    continue
                data = bytes(self._burst)
                forged = line.forge(data)
                if forged is not None:
                    self._answering = True
                    await self._give(forged)
                    continue
            self._server[1].write(data)
            await self._server[1].drain()
            if line.cut_every is not None and self._sent >= line.cut_every:
                traffic.cuts += 1
                # What was sent arrives; then the line is dead for both sides.
                self._server[1].write_eof()
                await asyncio.sleep(0.05)
                return

    async def _down(self) -> None:
        line, traffic = self._bad.line, self._bad.traffic
        while data := await self._server[0].read(SEGMENT_BYTES):
            if not self._answering:
                self._answering = True
                if line.repeat and len(self._burst) <= _LONGEST_REPEATED:
                    await self._repeat(bytes(self._burst))  # type: ignore[misc]
                if line.drop_answers > 0:
                    line.drop_answers -= 1
                    traffic.dropped += 1
                    return
                await asyncio.sleep(line.delay_s)
            await self._pace(len(data))
            await self._give(data)

    async def _give(self, data: bytes) -> None:
        self._bad.traffic.down_bytes += len(data)
        self._client[1].write(data)
        await self._client[1].drain()

    async def _pace(self, count: int) -> None:
        """Take as long as the line takes for so many bytes, and longer now and then."""
        line = self._bad.line
        if line.bytes_per_s:
            await asyncio.sleep(count / line.bytes_per_s)
        if line.stall_every and self._sent % line.stall_every < count:
            await asyncio.sleep(line.stall_s)


def _is_whole(request: bytes | bytearray) -> bool:
    """Tell whether the header and the announced body have arrived."""
    header, end, body = bytes(request).partition(b"\r\n\r\n")
    announced = re.search(rb"(?i)\r\ncontent-length: *(\d+)", header)
    return bool(end) and len(body) >= (int(announced[1]) if announced else 0)
