"""Public data for pages of other sites: who may read it from a script; HEAD for it and for pages.

What everybody may read without signing in may be read by any page, never with credentials: the
answer is `*`, which browsers refuse for requests that carry cookies, and a preflight does not
allow `Authorization`. Everything else stays closed to other sites. Pure ASGI; decides by the
path alone.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware import add_headers, encode_headers

_PUBLIC = (
    "/v1/areas/",
    "/v1/arrivals",
    "/v1/barriers",
    "/v1/catalogue",
    "/v1/consents",
    "/v1/maps/",
    "/v1/places",
    "/v1/reach",
    "/v1/routes",
    "/v1/search",
    "/v1/tiles/",
    "/ogc",
    "/open",
    "/.well-known/jwks.json",
    "/openapi.json",
    "/healthz",
    "/readyz",
)
"""Beginnings of the paths whose GET is public; a test compares them with who may call what."""

_OWN_HEAD = ("/open/",)
"""Files that know their size: reading one only to drop it would be waste."""
_PAGES = ("/kk", "/ru", "/en", "/docs", "/problems/")
"""Beginnings of the pages: they answer HEAD too, but no script of another site reads them."""
_READS = frozenset({"GET", "HEAD"})
OPEN_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Content-Range, Link, Retry-After, X-Request-Id",
}
_OPEN = encode_headers(OPEN_HEADERS)
_PREFLIGHT = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD"),
    (
        b"access-control-allow-headers",
        b"Accept, Accept-Language, If-Modified-Since, If-None-Match, If-Range, Range, X-Request-Id",
    ),
    (b"access-control-max-age", b"86400"),
    (b"vary", b"Access-Control-Request-Method"),
]


_PICTURES, _PICTURE = "/v1/photos/", ".webp"
"""Cleaned pictures; everything else about a photo is for its author and for reviewers."""


def is_public(path: str) -> bool:
    """Tell whether everybody may read what a path names."""
    if path.startswith(_PICTURES):
        return path.endswith(_PICTURE)
    return path.startswith(_PUBLIC)


class OpenReads:
    """Open public reads to scripts of other sites, and answer HEAD like GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request through, or answer its preflight."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path == "/" or path.startswith(_PAGES):
            await self._show(scope, receive, send)
        elif not is_public(path):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and _is_preflight(scope):
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body", "body": b""})
        elif scope["method"] in _READS:
            await self._show(scope, receive, _add_headers(send))
        else:
            await self._app(scope, receive, _name_head(send))

    async def _show(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer HEAD as GET without the body."""
        if scope["method"] != "HEAD" or scope["path"].startswith(_OWN_HEAD):
            plain = scope["method"] in _READS
            await self._app(scope, receive, send if plain else _name_head(send))
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send_head)
        finally:
            if "route" in asked:
                scope["route"] = asked["route"]  # the access line names it


def _add_headers(send: Send) -> Send:
    async def send_openly(message: Message) -> None:
        if message["type"] == "http.response.start":
            add_headers(message, _OPEN)
        await send(message)

    return send_openly


def _name_head(send: Send) -> Send:
    """Say HEAD beside GET where an answer lists the methods that there are."""

    async def send_named(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "GET" in headers.get("allow", "") and "HEAD" not in headers["allow"]:
                headers["allow"] = f"{headers['allow']}, HEAD"
        await send(message)

    return send_named


def _is_preflight(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return (
        "origin" in headers and headers.get("access-control-request-method", "").upper() in _READS
    )
