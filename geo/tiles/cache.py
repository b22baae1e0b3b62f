"""A bounded store of finished tiles, least recently used out first (pure, in memory)."""

from collections import OrderedDict
from dataclasses import dataclass

from geo.tiles.grid import TileAddress

_ENTRY_OVERHEAD_BYTES = 400
"""Key, tuple and dictionary slot of one entry, so that empty tiles are counted too."""


@dataclass(frozen=True, slots=True)
class TileKey:
    """What a tile is asked by."""

    layer: str
    tile: TileAddress
    categories: tuple[str, ...] = ()


class TileCache:
    """Tile bodies with the tag they were rendered under, bounded by bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[TileKey, tuple[str, bytes]] = OrderedDict()
        self.used_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: TileKey, tag: str) -> bytes | None:
        """Give the body if it was rendered under exactly this tag."""
        entry = self._entries.get(key)
        if entry is None or entry[0] != tag:
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def put(self, key: TileKey, tag: str, body: bytes) -> None:
        """Keep a body, replacing an older one; drop the least recently used beyond the bound."""
        self._drop(key)
        if len(body) + _ENTRY_OVERHEAD_BYTES > self._max_bytes:
            return
        self._entries[key] = (tag, body)
        self.used_bytes += len(body) + _ENTRY_OVERHEAD_BYTES
        while self.used_bytes > self._max_bytes:
            oldest = next(iter(self._entries))
            self._drop(oldest)

    def _drop(self, key: TileKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.used_bytes -= len(entry[1]) + _ENTRY_OVERHEAD_BYTES
