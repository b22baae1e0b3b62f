"""Requests as fast as a server answers: `python -m tests.bench._load PORT SECONDS PATH [HEADER…]`.

A process of its own with a few keep-alive connections, each asking again when it has its
answer. It reads only where an answer ends, so that the server is what limits. Prints the number
of answers, the seconds, and the first status.
"""

import asyncio
import re
import sys
import time
from typing import cast

import uvloop

_CONNECTIONS = 8
_PATIENCE_S = 10.0
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, until: float, done: "asyncio.Future[None]") -> None:
        self._request, self._until, self._done = request, until, done
        self._buffer = b""
        self.count = 0
        self.status = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's shares no base with it
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (head_end := self._buffer.find(_END)) >= 0:
            head = self._buffer[:head_end]
            found = _LENGTH.search(head)
            end = head_end + len(_END) + (int(found[1]) if found else 0)
            if len(self._buffer) < end:
                return
            self._buffer = self._buffer[end:]
            self.status = self.status or head[9:12]
            self.count += 1
            if time.perf_counter() > self._until:
                self._transport.close()
                return
            self._transport.write(self._request)

    def connection_lost(self, _reason: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


async def _main(port: int, seconds: float, path: str, headers: list[str]) -> None:
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept-Encoding: gzip", *headers]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    waits: list[asyncio.Future[None]] = []
    clients: list[_Client] = []
    for _ in range(_CONNECTIONS):
        waits.append(loop.create_future())
        clients.append(_Client(request, begun + seconds, waits[-1]))
        await loop.create_connection(lambda: clients[-1], "127.0.0.1", port)
    await asyncio.wait_for(asyncio.gather(*waits), seconds + _PATIENCE_S)
    spent = time.perf_counter() - begun
    status = clients[0].status.decode("ascii")
    sys.stdout.write(f"{sum(each.count for each in clients)} {spent} {status}\n")


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4:]))
