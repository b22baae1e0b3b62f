"""Tiles for many clients: fresh, compressed once, rendered once, bounded.

`tile` never returns content that is older than its tag: the tag is read before the statement
starts, and the result is stored under that tag. While the change feed is down nothing can be
known about freshness, so tiles are rendered for each request and carry no tag.
"""

import asyncio
import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from geo.db.changes import ChangeRow
from geo.db.session import Sessions, read_session
from geo.tiles.cache import TileCache, TileKey
from geo.tiles.describe import describe_layer
from geo.tiles.epochs import Epochs
from geo.tiles.errors import TileFilterError, TileOutOfRangeError
from geo.tiles.grid import TileAddress
from geo.tiles.layers import TileLayer, get_layer
from geo.tiles.sql import CITY, build_statement

_MAX_CATEGORIES = 20
_MAX_CATEGORY_LENGTH = 60
_THREAD_FROM_BYTES = 32_768
"""Compressing more than this takes over a millisecond, so it leaves the event loop."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A finished tile: gzipped MVT, empty when nothing is there."""

    body: bytes
    etag: str | None
    """Weak entity tag; `None` while freshness cannot be known."""


class TileService:
    """Render and keep tiles of one database."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        cache_bytes: int = 64 * 1024 * 1024,
        parallel: int = 4,
    ) -> None:
        """Render at most `parallel` tiles at a time on read-only sessions."""
        self._sessions = sessions
        self._epochs = Epochs()
        self._cache = TileCache(cache_bytes)
        self._flights: dict[tuple[TileKey, str], asyncio.Task[bytes]] = {}
        self._gate = asyncio.Semaphore(parallel)
        self._is_fresh: Callable[[], bool] = lambda: True
        self._was_lost = False

    def watch(self, is_fresh: Callable[[], bool]) -> None:
        """Learn how to tell whether the change feed is connected."""
        self._is_fresh = is_fresh

    async def on_changes(self, rows: Sequence[ChangeRow]) -> None:
        """Invalidate what the changes touch; safe to call again with the same rows."""
        for row in rows:
            self._epochs.apply(row)

    def find_etag(self, layer: str, z: int, x: int, y: int) -> str | None:
        """Give the tag of the present content without rendering it, for a 304.

        Raises TileLayerNotFoundError and TileOutOfRangeError.
        """
        found = get_layer(layer)
        tile = _check(found, z, x, y)
        return self._find_tag(found, tile)

    async def tile(
        self, layer: str, z: int, x: int, y: int, *, categories: Sequence[str] = ()
    ) -> Tile:
        """Give a tile from the cache, from a rendering under way, or from the database.

        `categories` limits places to these OpenStreetMap words. Raises TileLayerNotFoundError,
        TileOutOfRangeError, TileFilterError and DatabaseUnavailableError.
        """
        found = get_layer(layer)
        address = _check(found, z, x, y)
        key = TileKey(found.name, address, _check_categories(found, categories))
        tag = self._find_tag(found, address)
        if tag is None:
            return Tile(body=await self._render(found, key), etag=None)
        body = self._cache.find(key, tag)
        if body is None:
            body = await self._join_flight(found, key, tag)
        return Tile(body=body, etag=tag)

    async def tilejson(self, layer: str, url_template: str) -> dict[str, object]:
        """Describe a layer as TileJSON 3.0; `url_template` holds `{z}`, `{x}` and `{y}`.

        Raises TileLayerNotFoundError and DatabaseUnavailableError.
        """
        found = get_layer(layer)
        async with self._gate, read_session(self._sessions) as db:
            city = (await db.execute(CITY)).mappings().first()
        return describe_layer(found, url_template, dict(city) if city else None)

    def _find_tag(self, layer: TileLayer, tile: TileAddress) -> str | None:
        if not self._is_fresh():
            self._was_lost = True
            return None
        if self._was_lost:
            self._was_lost = False
            self._epochs.reset()
        return f'W/"{self._epochs.get_tag(layer, tile)}"'

    async def _join_flight(self, layer: TileLayer, key: TileKey, tag: str) -> bytes:
        """Wait for the one rendering of this content.

        The rendering is a task of its own: a client that goes away does not take it along.
        """
        flight = self._flights.get((key, tag))
        if flight is None:
            flight = asyncio.create_task(self._fill(layer, key, tag))
            self._flights[key, tag] = flight
            flight.add_done_callback(lambda _done: self._flights.pop((key, tag), None))
        return await asyncio.shield(flight)

    async def _fill(self, layer: TileLayer, key: TileKey, tag: str) -> bytes:
        body = await self._render(layer, key)
        self._cache.put(key, tag, body)
        return body

    async def _render(self, layer: TileLayer, key: TileKey) -> bytes:
        statement, params = build_statement(layer, key.tile, key.categories)
        async with self._gate, read_session(self._sessions) as db:
            raw = bytes((await db.execute(statement, params)).scalar_one())
        if not raw:
            return b""
        if len(raw) < _THREAD_FROM_BYTES:
            return _compress(raw)
        return await asyncio.to_thread(_compress, raw)


def _compress(raw: bytes) -> bytes:
    """Compress fast, without the time of day in the header: equal tiles stay equal."""
    return gzip.compress(raw, compresslevel=1, mtime=0)


def _check(layer: TileLayer, z: int, x: int, y: int) -> TileAddress:
    if not layer.min_zoom <= z <= layer.max_zoom:
        raise TileOutOfRangeError(
            layer=layer.name, z=z, min_zoom=layer.min_zoom, max_zoom=layer.max_zoom
        )
    size = 1 << z
    if not (0 <= x < size and 0 <= y < size):
        raise TileOutOfRangeError(layer=layer.name, z=z, x=x, y=y, tiles_per_side=size)
    return TileAddress(z, x, y)


def _check_categories(layer: TileLayer, categories: Sequence[str]) -> tuple[str, ...]:
    chosen = tuple(sorted(set(categories)))
    if not chosen:
        return ()
    if not layer.takes_categories:
        raise TileFilterError("This layer has no categories", layer=layer.name)
    if len(chosen) > _MAX_CATEGORIES or any(len(each) > _MAX_CATEGORY_LENGTH for each in chosen):
        raise TileFilterError(
            "Too many categories, or too long ones",
            max_categories=_MAX_CATEGORIES,
            max_length=_MAX_CATEGORY_LENGTH,
        )
    return chosen
