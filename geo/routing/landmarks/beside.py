"""Anchors of landmarks by small square cell, for kernels: a hash table of cells."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.kernels import inline, maker

CELLS_PER_DEGREE = 4000
"""About 28 m from south to north; what lies in the eight cells around is within reach."""
ROW = 1 << 21
EMPTY = -(1 << 62)
"""Key of no cell."""
_SPREAD, _SHIFT = 0x9E3779B1, 16
"""Fibonacci hashing: neighbouring cells get places far apart."""


class Beside(NamedTuple):
    """Anchors by cell: those of `cells[n]` are `start[n] : start[n + 1]` of the rest."""

    cells: NDArray[np.int64]
    """Keys of the cells that have anchors, each at the first free place from its `hash_cell` on;
    `EMPTY` where there is none. As many as a power of two, half of them empty at least."""
    start: NDArray[np.int64]
    """One more than cells, and the same for cell n and n + 1 where there is none."""
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    owner: NDArray[np.int64]
    """Number of the landmark."""
    rank: NDArray[np.int64]
    """Of the kind of landmark, the best first; anchors of a cell stand in this order."""
    title: NDArray[np.int64]
    """Number of what the landmark is called, 0 without a name."""


@inline
def cell_of(lon: float, lat: float) -> int:
    """Return the key of the cell of a place."""
    return math.floor(lat * CELLS_PER_DEGREE) * ROW + math.floor(lon * CELLS_PER_DEGREE)


@inline
def hash_cell(cell: int, room: int) -> int:
    """Return where to look first for a cell among `room` places, a power of two."""
    return ((cell * _SPREAD) >> _SHIFT) & (room - 1)


@inline
def find_cell(beside: Beside, cell: int) -> int:
    """Return the place of a cell among those that have anchors, -1 for an empty one."""
    cells = beside.cells
    place = hash_cell(cell, len(cells))
    while cells[place] != EMPTY:
        if cells[place] == cell:
            return place
        place = (place + 1) & (len(cells) - 1)
    return -1


@maker
def place_cells(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return cells, each once, as `Beside.cells` keeps them."""
    room = 2
    while room < 2 * len(cells):
        room *= 2
    placed = np.full(room, EMPTY, np.int64)
    for cell in cells:
        place = hash_cell(cell, room)
        while placed[place] != EMPTY:
            place = (place + 1) & (room - 1)
        placed[place] = cell
    return placed
