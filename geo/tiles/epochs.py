"""Epochs: the number that decides whether a cached tile is still true (pure, in memory).

Each layer counts, per tile of the zooms 0 to `CELL_ZOOM`, how often something changed there.
A deeper tile shares the count of the cell that contains it. The tag of a tile is a random base
of this process plus its count, so a tag from before a restart or a lost connection never
matches again.
"""

import secrets

from geo.db.changes import ChangeRow
from geo.tiles.grid import Bounds, TileAddress, ancestor, count_tiles, iter_tiles
from geo.tiles.layers import LAYERS, TileLayer

CELL_ZOOM = 14
"""Finest cell, about 1.8 km wide at 43° N: one audit leaves the rest of the city cached."""

_MAX_CELLS_PER_CHANGE = 1024
"""A change over more cells than this counts as a change of the whole layer."""

_MAX_CELLS = 100_000
"""Counts kept per layer before they are folded into a new base."""


class Epochs:
    """Counts of changes per layer and cell."""

    def __init__(self) -> None:
        self._bases: dict[str, str] = {}
        self._cells: dict[str, dict[TileAddress, int]] = {}
        self.reset()

    def reset(self) -> None:
        """Make every tag given so far invalid."""
        for name in LAYERS:
            self._reset_layer(name)

    def get_tag(self, layer: TileLayer, tile: TileAddress) -> str:
        """Give the tag that stands for the present content of a tile."""
        count = self._cells[layer.name].get(ancestor(tile, CELL_ZOOM), 0)
        return f"{self._bases[layer.name]}.{count}"

    def apply(self, change: ChangeRow) -> None:
        """Invalidate what a change touches. Applying it again only costs a re-rendering."""
        for layer in LAYERS.values():
            if change.kind in layer.changed_by:
                self._touch(layer, change.bounds)

    def _touch(self, layer: TileLayer, box: tuple[float, float, float, float] | None) -> None:
        cells = self._cells[layer.name]
        if box is None or len(cells) > _MAX_CELLS:
            self._reset_layer(layer.name)
            return
        bounds = Bounds(*box)
        if count_tiles(bounds, CELL_ZOOM, layer.margin_units) > _MAX_CELLS_PER_CHANGE:
            self._reset_layer(layer.name)
            return
        for zoom in range(CELL_ZOOM + 1):
            for cell in iter_tiles(bounds, zoom, layer.margin_units):
                cells[cell] = cells.get(cell, 0) + 1

    def _reset_layer(self, name: str) -> None:
        self._bases[name] = secrets.token_hex(5)
        self._cells[name] = {}
