"""The short way to tiles that memory has: no middleware, no routing, no log line, no waiting.

A map asks for dozens of tiles at every move, and most of them again and again. What is in memory
and true now is answered here, with the headers of `api.routes.tiles`; a cold tile and everything
unusual takes the ordinary way. Such answers carry no request id and write no access line, either
of which would cost more than the answer; `TileService.counts` counts them.
"""

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from api.conditional import matches
from api.cross_origin import OPEN_HEADERS
from api.middleware import SECURITY_HEADERS, encode_headers
from geo.tiles.cache import Tile

if TYPE_CHECKING:
    from api.lifespan import State

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"

REVALIDATE = "public, no-cache"
"""A client may keep a tile but must ask each time: an approved audit shows at the next look."""

_PREFIX = "/v1/tiles/"
_PARTS = 4
_MAX_DIGITS = 7
_NO_SNIFFING = "X-Content-Type-Options"
_ADDRESSES = 65_536
"""Addresses that need not be read again."""
_METHODS = frozenset({"GET", "HEAD"})
_EVERY = encode_headers(
    {
        # Of the security headers the one that means something for what is no document.
        _NO_SNIFFING: SECURITY_HEADERS[_NO_SNIFFING],
        **OPEN_HEADERS,
        "Cache-Control": REVALIDATE,
        "Vary": "Accept-Encoding",
    }
)
_FILLED = [
    *_EVERY,
    (b"content-type", MEDIA_TYPE.encode("ascii")),
    (b"content-encoding", b"gzip"),
]
_NOTHING = {"type": "http.response.body", "body": b""}


def find_kept_tile(scope: Scope) -> ASGIApp | None:
    """Find the answer to a request for a tile that memory has, as this client takes it."""
    path: str = scope["path"]
    if not path.startswith(_PREFIX) or scope["method"] not in _METHODS:
        return None
    tile = _find(path, scope)
    if tile is None:
        return None
    known, takes_gzip = None, True
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            known = value
        elif name == b"accept-encoding":
            takes_gzip = b"gzip" in value
    # Almost always it is this tag alone, which needs no reading.
    if known == tile.etag_header or (known and matches(known.decode("latin-1"), tile.etag)):
        return _Kept(304, [*_EVERY, (b"etag", tile.etag_header)], b"")
    if not tile.body:
        return _Kept(204, [*_EVERY, (b"etag", tile.etag_header)], b"")
    if not takes_gzip:
        return None
    size = b"%d" % len(tile.body)
    headers = [*_FILLED, (b"etag", tile.etag_header), (b"content-length", size)]
    return _Kept(200, headers, b"" if scope["method"] == "HEAD" else tile.body)


class _Kept:
    """One answer, ready to be sent."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._status, self._headers, self._body = status, headers, body

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self._status, "headers": self._headers}
        )
        await send({"type": "http.response.body", "body": self._body} if self._body else _NOTHING)


def _find(path: str, scope: Scope) -> Tile | None:
    address = _read_address(path)
    if address is None:
        return None
    categories: tuple[str, ...] = ()
    if query := scope["query_string"]:
        given = parse_qsl(query.decode("latin-1"))
        categories = tuple(sorted({value for name, value in given if name == "category"}))
    state: State = scope["state"]["esik"]
    return state.tiles.find_kept(*address, categories)


@lru_cache(maxsize=_ADDRESSES)
def _read_address(path: str) -> tuple[str, int, int, int] | None:
    """Read layer, zoom, column and row, however far out; nothing for what is no such address."""
    parts = path[len(_PREFIX) :].split("/")
    if len(parts) != _PARTS or not all(map(_is_number, parts[1:])):
        return None
    layer, z, x, y = parts
    return layer, int(z), int(x), int(y)


def _is_number(text: str) -> bool:
    return len(text) <= _MAX_DIGITS and text.isascii() and text.isdigit()
