"""A bounded store of finished tiles, least recently used out first (pure, in memory)."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from geo.tiles.epochs import Epoch
from geo.tiles.grid import TileAddress

_ENTRY_OVERHEAD_BYTES = 700
"""Key, tag, tuples and dictionary slot of one entry (measured), so that empty tiles count too."""


class TileKey(NamedTuple):
    """What a tile is asked by."""

    layer: str
    tile: TileAddress
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A finished tile: gzipped MVT, empty when nothing is there."""

    body: bytes
    etag: str
    """Weak entity tag that names the uncompressed bytes: equal in every process, always."""
    etag_header: bytes
    """The same as it stands in a header."""


class TileCache:
    """Tiles with the epoch in which they were rendered, bounded by bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[TileKey, tuple[Epoch, Tile]] = OrderedDict()
        self.used_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: TileKey) -> tuple[Epoch, Tile] | None:
        """Find what is kept under a key, whether it is still true or not."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: TileKey, epoch: Epoch, tile: Tile) -> None:
        """Keep a tile, replacing an older one; drop the least recently used beyond the bound."""
        self._drop(key)
        if len(tile.body) + _ENTRY_OVERHEAD_BYTES > self._max_bytes:
            return
        self._entries[key] = (epoch, tile)
        self.used_bytes += len(tile.body) + _ENTRY_OVERHEAD_BYTES
        while self.used_bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: TileKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.used_bytes -= len(entry[1].body) + _ENTRY_OVERHEAD_BYTES
