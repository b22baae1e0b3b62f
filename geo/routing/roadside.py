"""Steps aside from a door or a point to the street, and the bigger roads that lie between.

A straight step to the nearest pavement may lead over a carriageway. The snapper asks here
which places lie on this side; where there are none, the step is cut up, so that the answer
names the road that one crosses on it.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.encoding import RoadClass
from geo.routing.graph import DEGREES_E7, Graph
from geo.routing.kernels import kernel, maker
from geo.routing.plane import METRES_PER_DEGREE
from geo.routing.widths import HALF_WIDTH_M

_CELL = 15_000
"""Size of a cell in stored units: about 120 by 170 m in Almaty."""
_REMNANT_M = 1.5
_MOST_MET = 64
"""Roads on one step of at most 400 m."""
_FLATTEST = 0.35
"""A step that runs nearly along a road does not stay on it for ever: sine of 20 degrees."""
ROAD_CLASS, ROAD_NAME = 4, 5
"""Columns of `Roads.lines`."""
SAME_PLACE_M = 0.5
"""Who is this near to the street stands on it."""
_HALF_WIDTHS_M = np.array([HALF_WIDTH_M.get(each, 0.0) for each in RoadClass])


class Roads(NamedTuple):
    """Centrelines of the bigger roads on the ground, by square cell, for kernels.

    Those of cell c are `lines[listed[start[c] : start[c + 1]]]`.
    """

    lines: NDArray[np.int32]
    """As `walls` of the base."""
    start: NDArray[np.int64]
    listed: NDArray[np.int32]
    columns: int
    rows: int
    west: int
    south: int


@maker
def find_carriageways(
    roads: Roads, x: float, y: float, foot_x: float, foot_y: float, length_m: float
) -> NDArray[np.float64]:
    """Return (start, end, line) of what of a step lies on carriageways, as shares of the step.

    Places are in stored units. Carriageways that touch are one, of the bigger road.
    """
    met = _list_met(roads, x, y, foot_x, foot_y)
    found, count = np.empty((len(met), 3)), 0
    ky = METRES_PER_DEGREE * DEGREES_E7
    kx = ky * math.cos(math.radians(y * DEGREES_E7))
    along_x, along_y, rest = (foot_x - x) * kx, (foot_y - y) * ky, _REMNANT_M / length_m
    for place in np.argsort(met[:, 0]):
        share, line = met[place, 0], int(met[place, 1])
        across_x = np.float64(roads.lines[line, 2] - roads.lines[line, 0]) * kx
        across_y = np.float64(roads.lines[line, 3] - roads.lines[line, 1]) * ky
        sine = abs(along_x * across_y - along_y * across_x)
        sine /= max(math.hypot(along_x, along_y) * math.hypot(across_x, across_y), 1e-9)
        reach = _HALF_WIDTHS_M[roads.lines[line, ROAD_CLASS]] / max(sine, _FLATTEST) / length_m
        first = share - reach if share - reach > rest else 0.0
        last = share + reach if share + reach < 1.0 - rest else 1.0
        if count > 0 and first <= found[count - 1, 1] + rest:
            before = int(found[count - 1, 2])
            found[count - 1, 1] = max(last, found[count - 1, 1])
            if roads.lines[line, ROAD_CLASS] > roads.lines[before, ROAD_CLASS]:
                found[count - 1, 2] = line
        else:
            found[count, 0], found[count, 1], found[count, 2] = first, last, line
            count += 1
    return found[:count]


def make_roads(graph: Graph) -> Roads:
    """Return the bigger roads of a base by place."""
    walls = graph.arrays.walls
    if not len(walls):
        return Roads(walls, np.zeros(2, np.int64), np.zeros(0, np.int32), 1, 1, 0, 0)
    low = np.minimum(walls[:, :2], walls[:, 2:4]).astype(np.int64)
    high = np.maximum(walls[:, :2], walls[:, 2:4]).astype(np.int64)
    west, south = (int(v) for v in low.min(axis=0))
    first, last = (low - (west, south)) // _CELL, (high - (west, south)) // _CELL
    columns, rows = (int(v) + 1 for v in last.max(axis=0))
    wide, tall = (last - first + 1).T
    counts = wide * tall
    owner = np.repeat(np.arange(len(walls)), counts)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    cell = (first[owner, 1] + step // wide[owner]) * columns + first[owner, 0] + step % wide[owner]
    order = np.argsort(cell, kind="stable")
    start = np.zeros(columns * rows + 1, np.int64)
    start[1:] = np.cumsum(np.bincount(cell, minlength=columns * rows))
    return Roads(walls, start, owner[order].astype(np.int32), columns, rows, west, south)


@kernel
def _share_before(
    x: float, y: float, foot_x: float, foot_y: float, lines: NDArray[np.int32], line: int
) -> float:
    """Return the share of the step that lies before a road, -1 where it does not meet it."""
    along_x, along_y = foot_x - x, foot_y - y
    from_x, from_y = np.float64(lines[line, 0]), np.float64(lines[line, 1])
    across_x, across_y = lines[line, 2] - from_x, lines[line, 3] - from_y
    area = along_x * across_y - along_y * across_x
    if area == 0.0:
        return -1.0
    gap_x, gap_y = from_x - x, from_y - y
    mine = (gap_x * across_y - gap_y * across_x) / area
    theirs = (gap_x * along_y - gap_y * along_x) / area
    inside = (mine > 0.0) & (mine < 1.0) & (theirs >= 0.0) & (theirs <= 1.0)
    return mine if inside else -1.0


@kernel
def lies_across(roads: Roads, x: float, y: float, foot_x: float, foot_y: float) -> bool:
    """Whether a bigger road lies between two points in stored units."""
    starts, listed, lines = roads.start, roads.listed, roads.lines
    first_column = max(int((min(x, foot_x) - roads.west) // _CELL), 0)
    last_column = min(int((max(x, foot_x) - roads.west) // _CELL), roads.columns - 1)
    first_row = max(int((min(y, foot_y) - roads.south) // _CELL), 0)
    last_row = min(int((max(y, foot_y) - roads.south) // _CELL), roads.rows - 1)
    for row in range(first_row, last_row + 1):
        for column in range(first_column, last_column + 1):
            cell = row * roads.columns + column
            for place in range(starts[cell], starts[cell + 1]):
                if _share_before(x, y, foot_x, foot_y, lines, listed[place]) >= 0.0:
                    return True
    return False


@maker
def _list_met(
    roads: Roads, x: float, y: float, foot_x: float, foot_y: float
) -> NDArray[np.float64]:
    """Return (share, line) for every road that a step meets, each once."""
    first_column = max(int((min(x, foot_x) - roads.west) // _CELL), 0)
    last_column = min(int((max(x, foot_x) - roads.west) // _CELL), roads.columns - 1)
    first_row = max(int((min(y, foot_y) - roads.south) // _CELL), 0)
    last_row = min(int((max(y, foot_y) - roads.south) // _CELL), roads.rows - 1)
    met, count = np.empty((_MOST_MET, 2), np.float64), 0
    for row in range(first_row, last_row + 1):
        for column in range(first_column, last_column + 1):
            cell = row * roads.columns + column
            for place in range(roads.start[cell], roads.start[cell + 1]):
                line = roads.listed[place]
                share = _share_before(x, y, foot_x, foot_y, roads.lines, line)
                # A road lies in several cells.
                if share >= 0.0 and count < _MOST_MET and not np.any(met[:count, 1] == line):
                    met[count, 0], met[count, 1] = share, line
                    count += 1
    return met[:count]
