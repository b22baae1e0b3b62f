"""Epochs: the number that decides whether a kept tile is still true (pure, in memory).

Each layer counts, per tile of the zooms 0 to `CELL_ZOOM`, how often something changed there.
A deeper tile shares the count of the cell that contains it. Epochs are compared within one
process only and never leave it: what clients get is a tag of the bytes themselves.
"""

from collections.abc import Sequence

from geo.db.changes import ChangeKind, ChangeRow
from geo.tiles.grid import Bounds, TileAddress, ancestor, count_tiles, iter_tiles
from geo.tiles.layers import LAYERS, TileLayer

CELL_ZOOM = 14
"""Finest cell, about 1.8 km wide at 43° N: one audit leaves the rest of the city cached."""

_MAX_CELLS_PER_CHANGE = 1024
"""A change over more cells than this counts as a change of the whole layer."""

_MAX_CELLS = 100_000
"""Counts kept per layer before they are folded into a new round."""

_EVERYWHERE = frozenset({ChangeKind.NETWORK, ChangeKind.PLACES})
"""Kinds after which nothing is as it was, also beyond the area that they name: what an import
takes off the map lay where the map was, not where it is now."""

Epoch = tuple[int, int]
"""Round of the layer and count of the cell; only equality means anything."""


class Epochs:
    """Counts of changes per layer and cell."""

    def __init__(self) -> None:
        self._rounds: dict[str, int] = dict.fromkeys(LAYERS, 0)
        self._cells: dict[str, dict[TileAddress, int]] = {name: {} for name in LAYERS}

    def reset(self) -> None:
        """Make everything kept so far stale."""
        for name in LAYERS:
            self._reset_layer(name)

    def find(self, layer: str, tile: TileAddress) -> Epoch:
        """Return the epoch in which a tile's content is true."""
        return self._rounds[layer], self._cells[layer].get(ancestor(tile, CELL_ZOOM), 0)

    def apply(self, change: ChangeRow) -> None:
        """Make stale what a change touches. Applying it again only costs a rendering."""
        for layer in LAYERS.values():
            if change.kind in layer.changed_by:
                self._touch(layer, None if change.kind in _EVERYWHERE else change.bounds)

    def apply_streets(self, boxes: Sequence[tuple[float, float, float, float]] | None) -> None:
        """Make stale the streets and barriers in some boxes; everywhere with `None`."""
        for name in ("streets", "barriers"):
            for box in [None] if boxes is None else boxes:
                self._touch(LAYERS[name], box)

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
        self._rounds[name] += 1
        self._cells[name] = {}
