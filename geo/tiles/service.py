"""Tiles for many clients: fresh, compressed once, rendered once, bounded.

A tile is kept with the epoch that was in force before its statement began, and is given away
only while that epoch lasts: an old rendering is never taken for a new one. Its tag names the
bytes themselves. So the tag of an old content is never that of a new one, equal contents have
one tag in all processes and after every restart, and a change that alters nothing in a tile
costs its clients nothing. While the change feed is down nothing can be known about freshness,
so every request renders.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from geo.db.changes import ChangeRow
from geo.db.session import Sessions, read_session
from geo.tiles.cache import Tile, TileCache, TileKey
from geo.tiles.describe import describe_layer
from geo.tiles.epochs import Epoch, Epochs
from geo.tiles.errors import TileFilterError, TileOutOfRangeError
from geo.tiles.grid import TileAddress
from geo.tiles.layers import TileLayer, get_layer
from geo.tiles.sql import CITY, build_statement
from geo.tiles.streets import edges_in, say_words

if TYPE_CHECKING:
    from geo.street_words import Box, Said

__all__ = ["Tile", "TileCounts", "TileService"]

_MAX_CATEGORIES = 20
_MAX_CATEGORY_LENGTH = 60
_THREAD_FROM_BYTES = 32_768
"""Compressing more than this takes over a millisecond, so it leaves the event loop."""
_SMALLER_FROM_BYTES = 65_536
"""Larger tiles are worth ten milliseconds more: a tenth less to send, each time."""
_TAG_BYTES = 12


class Streets(Protocol):
    """Who knows what each profile can use on the street; see `geo.street_words`."""

    def find(self, edge_ids: Sequence[int]) -> "list[Said]":
        """Find what is said about rows of `street_edges`; blocking."""

    def find_links(self) -> "dict[str, Said]":
        """Find what is said about connections that the map lacks; blocking."""

    def take_changes(self) -> "list[Box] | None":
        """Return where words changed since the last call, `None` for everywhere."""


@dataclass(slots=True)
class TileCounts:
    """What a process did since it began; for whoever watches it."""

    kept: int = 0
    """Answered from memory."""
    joined: int = 0
    """Waited for a rendering that was under way."""
    rendered: int = 0


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
        self._flights: dict[tuple[TileKey, Epoch], asyncio.Task[Tile]] = {}
        self._gate = asyncio.Semaphore(parallel)
        self._is_fresh: Callable[[], bool] = lambda: True
        self._was_lost = False
        self._streets: Streets | None = None
        self.counts = TileCounts()

    @property
    def kept_bytes(self) -> int:
        """Memory of the cache, overhead included."""
        return self._cache.used_bytes

    def watch(self, is_fresh: Callable[[], bool]) -> None:
        """Learn how to tell whether the change feed is connected."""
        self._is_fresh = is_fresh

    def follow_streets(self, streets: Streets) -> None:
        """Learn who knows the words of streets; without anybody, streets carry none."""
        self._streets = streets
        self.on_streets()

    async def on_changes(self, rows: Sequence[ChangeRow]) -> None:
        """Make stale what the changes touch; safe to call again with the same rows."""
        for row in rows:
            self._epochs.apply(row)

    def on_streets(self) -> None:
        """Make stale the streets whose words changed. Call it when the router has taken over.

        Between a change and this call, streets may still be drawn with the words from before.
        """
        if self._streets is not None:
            self._epochs.apply_streets(self._streets.take_changes())

    def find_kept(
        self, layer: str, z: int, x: int, y: int, categories: tuple[str, ...] = ()
    ) -> Tile | None:
        """Find a tile in memory that is true now; without waiting, whatever the address.

        `None` says only that `tile` has to be asked.
        """
        if not self._watch_feed():
            return None
        address = TileAddress(z, x, y)
        entry = self._cache.find(TileKey(layer, address, categories))
        if entry is None or entry[0] != self._epochs.find(layer, address):
            return None
        self.counts.kept += 1
        return entry[1]

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
        if not self._watch_feed():
            return await self._render(found, key)
        kept = self.find_kept(*key[:1], *address, key.categories)
        return kept or await self._join_flight(found, key)

    async def tilejson(self, layer: str, url_template: str) -> dict[str, object]:
        """Describe a layer as TileJSON 3.0; `url_template` holds `{z}`, `{x}` and `{y}`.

        Raises TileLayerNotFoundError and DatabaseUnavailableError.
        """
        found = get_layer(layer)
        async with self._gate, read_session(self._sessions) as db:
            city = (await db.execute(CITY)).mappings().first()
        return describe_layer(found, url_template, dict(city) if city else None)

    def _watch_feed(self) -> bool:
        """Tell whether changes are heard; after a loss, nothing kept from before counts."""
        if not self._is_fresh():
            self._was_lost = True
            return False
        if self._was_lost:
            self._was_lost = False
            self._epochs.reset()
        return True

    async def _join_flight(self, layer: TileLayer, key: TileKey) -> Tile:
        """Wait for the one rendering of this content.

        The rendering is a task of its own: a client that goes away does not take it along.
        """
        epoch = self._epochs.find(layer.name, key.tile)
        flight = self._flights.get((key, epoch))
        if flight is None:
            flight = asyncio.create_task(self._fill(layer, key, epoch))
            self._flights[key, epoch] = flight
            flight.add_done_callback(lambda done: self._land(key, epoch, done))
        else:
            self.counts.joined += 1
        return await asyncio.shield(flight)

    def _land(self, key: TileKey, epoch: Epoch, done: asyncio.Task[Tile]) -> None:
        self._flights.pop((key, epoch), None)
        if not done.cancelled():
            done.exception()  # everybody who waited has it; if all left, nobody misses it

    async def _fill(self, layer: TileLayer, key: TileKey, epoch: Epoch) -> Tile:
        tile = await self._render(layer, key)
        self._cache.put(key, epoch, tile)
        return tile

    async def _render(self, layer: TileLayer, key: TileKey) -> Tile:
        statement, params = build_statement(layer, key.tile, key.categories)
        async with self._gate, read_session(self._sessions) as db:
            if layer.name == "streets" and self._streets is not None:
                edge_ids = (await db.scalars(*edges_in(params))).all()
                params |= await asyncio.to_thread(_ask, self._streets, edge_ids)
            raw = bytes((await db.execute(statement, params)).scalar_one())
        self.counts.rendered += 1
        if len(raw) < _THREAD_FROM_BYTES:
            return _finish(raw)
        return await asyncio.to_thread(_finish, raw)


def _ask(streets: Streets, edge_ids: Sequence[int]) -> dict[str, object]:
    return say_words(streets.find(edge_ids), streets.find_links())


def _finish(raw: bytes) -> Tile:
    """Compress fast, without the time of day in the header, and name the bytes."""
    etag = f'W/"{hashlib.blake2b(raw, digest_size=_TAG_BYTES).hexdigest()}"'
    level = 1 if len(raw) < _SMALLER_FROM_BYTES else 6
    body = gzip.compress(raw, compresslevel=level, mtime=0) if raw else b""
    return Tile(body, etag, etag.encode("ascii"))


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
