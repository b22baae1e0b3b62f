"""The outline of some lines: everything within a few metres of them, as polygons.

Distances to the lines are written on a grid around them, and the outline is where they pass the
radius (marching squares with interpolation), so the work follows the length of the lines and
the area, not how they cross. What lies between lines on all sides is filled, unless it holds a
place that was named as outside or is larger than a block of houses.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.kernels import inline, kernel, maker

RADIUS_M = 20.0
"""Half the width of a street with its pavements and front yards (proposed)."""
FILLED_M2 = 50_000.0
"""Largest block that is filled: about 220 m by 220 m (proposed)."""
_CELL_M = 15.0
_MOST_CELLS = 400
_NEAR, _FAR = 0.02, 0.98
_ENDLESS = 1 << 60
_STRAIGHT_M = 0.1
"""Closer than this to a line is on it; parts of an outline are at least four times as far apart."""
_MOST_THINNED = 64
_LANES = 16
"""Nodes at once; with 8 the compiler finds no straight code (measured: 72 against 30 µs)."""

Ring = list[list[float]]


class Field(NamedTuple):
    """Squared distances to the nearest line at the nodes of a grid."""

    squared: NDArray[np.float32]
    west: float
    south: float
    cell: float
    radius: float


def draw_outline(
    lines: NDArray[np.float64], outside: NDArray[np.float64]
) -> list[list[NDArray[np.float64]]]:
    """Return polygons around lines, each its outline (counter-clockwise) and its holes.

    `lines` are rows (x0, y0, x1, y1), `outside` rows (x, y), in metres; so are the answers.
    Polygons are closed, do not cross themselves and do not overlap.
    """
    if not len(lines):
        return []
    field = _make_field(lines)
    _stamp(field, lines)
    _fill_blocks(field, outside, FILLED_M2 / field.cell**2)
    points, starts = _thin(*_trace_rings(field))
    rings = [points[starts[n] : starts[n + 1]] for n in range(len(starts) - 1)]
    areas = [_area(ring) for ring in rings]
    outer = [ring for ring, area in zip(rings, areas, strict=True) if area > 0]
    polygons = [[ring] for ring in outer]
    for ring, area in zip(rings, areas, strict=True):
        if area < 0:
            _find_owner(polygons, ring).append(ring)
    return polygons


def _find_owner(
    polygons: list[list[NDArray[np.float64]]], hole: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Return the smallest polygon around a hole."""
    x, y = hole[0].tolist()
    around = [polygon for polygon in polygons if _surrounds(polygon[0], x, y)]
    return min(around or polygons, key=lambda polygon: _area(polygon[0]))


# -- kernels ---------------------------------------------------------------------------------


@kernel
def _area(ring: NDArray[np.float64]) -> float:
    twice = 0.0
    for point in range(len(ring) - 1):
        twice += ring[point, 0] * ring[point + 1, 1] - ring[point + 1, 0] * ring[point, 1]
    return 0.5 * twice


@kernel
def _surrounds(ring: NDArray[np.float64], x: float, y: float) -> bool:
    inside = False
    for point in range(len(ring) - 1):
        ax, ay, bx, by = ring[point, 0], ring[point, 1], ring[point + 1, 0], ring[point + 1, 1]
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


@maker
def _make_field(lines: NDArray[np.float64]) -> Field:
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for line in range(len(lines)):
        for end in (0, 2):
            west, east = min(west, lines[line, end]), max(east, lines[line, end])
            south, north = min(south, lines[line, end + 1]), max(north, lines[line, end + 1])
    cell = max(_CELL_M, max(east - west, north - south) / _MOST_CELLS)
    radius = max(RADIUS_M, 1.2 * cell)
    margin = radius + 2 * cell
    columns = math.ceil((east - west + 2 * margin) / cell) + 1
    rows = math.ceil((north - south + 2 * margin) / cell) + 1
    # Room for a last step of all lanes.
    squared = np.full((rows, columns + _LANES), np.float32(np.inf))
    return Field(squared, west - margin, south - margin, cell, radius)


@kernel
def _stamp(field: Field, lines: NDArray[np.float64]) -> None:
    """Write the squared distance to each line at the nodes near it."""
    squared, cell = field.squared, field.cell
    rows, columns = squared.shape
    # A node beyond has no neighbour inside, so nobody asks how far it is.
    reach = field.radius + cell
    for line in range(len(lines)):
        ax, ay = lines[line, 0] - field.west, lines[line, 1] - field.south
        bx, by = lines[line, 2] - field.west, lines[line, 3] - field.south
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        scale = 1.0 / length if length > 0 else 0.0
        first_row = max(int((min(ay, by) - reach) / cell), 0)
        last_row = min(int((max(ay, by) + reach) / cell) + 1, rows - 1)
        first_column = max(int((min(ax, bx) - reach) / cell), 0)
        last_column = min(int((max(ax, bx) + reach) / cell) + 1, columns - _LANES)
        for row in range(first_row, last_row + 1):
            py = row * cell - ay
            for column in range(first_column, last_column + 1, _LANES):
                # As many at once as the processor takes; what lies beyond does no harm.
                for lane in range(_LANES):
                    px = (column + lane) * cell - ax
                    share = min(max((px * dx + py * dy) * scale, 0.0), 1.0)
                    ex, ey = px - share * dx, py - share * dy
                    away, place = np.float32(ex * ex + ey * ey), np.uint32(column + lane)
                    squared[row, place] = min(squared[row, place], away)


@inline
def _root_of(parent: NDArray[np.int32], run: int) -> int:
    while parent[run] != run:
        parent[run] = parent[parent[run]]
        run = parent[run]
    return run


@inline
def _list_runs(
    field: Field, row_start: NDArray[np.int64], runs: NDArray[np.int32], parent: NDArray[np.int32]
) -> int:
    """Write the runs (row, first column, column behind it) of nodes outside; join those that touch.

    Nodes touch across corners too. Return how many runs there are; `row_start` says where those
    of a row begin.
    """
    squared, limit = field.squared, field.radius * field.radius
    rows, columns = squared.shape
    count, above = 0, 0
    for row in range(rows):
        row_start[row] = count
        column, before = 0, above
        above = count
        while column < columns:
            if squared[row, column] < limit:
                column += 1
                continue
            first = column
            while column < columns and squared[row, column] >= limit:
                column += 1
            runs[count, 0], runs[count, 1], runs[count, 2] = row, first, column
            parent[count] = count
            while before < above and runs[before, 2] < first:
                before += 1
            touching = before
            while touching < above and runs[touching, 1] <= column:
                parent[_root_of(parent, touching)] = _root_of(parent, count)
                touching += 1
            count += 1
    row_start[rows] = count
    return count


@maker
def _fill_blocks(field: Field, outside: NDArray[np.float64], most: float) -> None:
    """Count what is enclosed, small and holds nothing named as outside to the inside."""
    squared = field.squared
    rows, columns = squared.shape
    room = rows * (columns // 2 + 1)
    runs, parent = np.empty((room, 3), np.int32), np.empty(room, np.int32)
    row_start = np.empty(rows + 1, np.int64)
    count = _list_runs(field, row_start, runs, parent)
    size = np.zeros(count, np.int64)
    for run in range(count):
        size[_root_of(parent, run)] += runs[run, 2] - runs[run, 1]
    # What nothing encloses, and what holds a named place, is larger than any block.
    size[_root_of(parent, 0)] = _ENDLESS
    for place in range(len(outside)):
        row = int((outside[place, 1] - field.south) / field.cell + 0.5)
        column = int((outside[place, 0] - field.west) / field.cell + 0.5)
        if 0 <= row < rows and 0 <= column < columns:
            for run in range(row_start[row], row_start[row + 1]):
                if runs[run, 1] <= column < runs[run, 2]:
                    size[_root_of(parent, run)] = _ENDLESS
    for run in range(count):
        if size[_root_of(parent, run)] <= most:
            squared[runs[run, 0], runs[run, 1] : runs[run, 2]] = 0.0


@inline
def _between(one: float, other: float, radius: float) -> float:
    """Return at which share of the way between two nodes the radius is passed."""
    first = min(math.sqrt(one), 2.0 * radius)
    last = min(math.sqrt(other), 2.0 * radius)
    return min(max((radius - first) / (last - first), _NEAR), _FAR)


_INSIDE = 15
_SEGMENTS = np.array(
    [
        [-1, -1, -1, -1],
        [0, 3, -1, -1],
        [1, 0, -1, -1],
        [1, 3, -1, -1],
        [2, 1, -1, -1],
        [0, 3, 2, 1],
        [2, 0, -1, -1],
        [2, 3, -1, -1],
        [3, 2, -1, -1],
        [0, 2, -1, -1],
        [1, 0, 3, 2],
        [1, 2, -1, -1],
        [3, 1, -1, -1],
        [0, 1, -1, -1],
        [3, 0, -1, -1],
        [-1, -1, -1, -1],
    ],
    np.int8,
)
"""Where the outline enters and leaves a cell, by which of its corners lie inside (bits: lower
left, lower right, upper right, upper left); 0 bottom, 1 right, 2 top, 3 left. The inside is on
the left. Where two opposite corners lie inside they stay apart."""


@inline
def _side_of(row: int, column: int, columns: int, side: int) -> int:
    """Return the number of a side of a cell; neighbours share it."""
    if side == 0:
        return 2 * (row * columns + column)
    if side == 1:
        return 2 * (row * columns + column + 1) + 1
    if side == 2:  # noqa: PLR2004 - the third side
        return 2 * ((row + 1) * columns + column)
    return 2 * (row * columns + column) + 1


@maker
def _trace_rings(field: Field) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the points of all rings, each closed, and where each begins."""
    squared, limit = field.squared, field.radius * field.radius
    rows, columns = squared.shape
    # Outlines are closed: where a piece ends the next begins, so all that is read was written.
    onward = np.empty(2 * rows * columns, np.int32)
    begins = np.empty(2 * rows * columns, np.int32)
    count = 0
    for row in range(rows - 1):
        right = np.int64(0)
        for column in range(columns - 1):
            left = right
            right = np.int64(squared[row, column + 1] < limit) << 1
            right |= np.int64(squared[row + 1, column + 1] < limit) << 2
            # Corners on the right are on the left of the next cell.
            corners = right | (left >> 1 & 1) | (left << 1 & 8)
            for part in range(0, 4 if 0 < corners < _INSIDE else 0, 2):
                if _SEGMENTS[corners, part] >= 0:
                    start = _side_of(row, column, columns, _SEGMENTS[corners, part])
                    onward[start] = _side_of(row, column, columns, _SEGMENTS[corners, part + 1])
                    begins[count] = start
                    count += 1
    points, starts = np.empty((2 * count + 1, 2)), np.zeros(count + 2, np.int64)
    rings, placed = 0, 0
    for number in range(count):
        side = begins[number]
        if onward[side] < 0:
            continue
        first = placed
        while onward[side] >= 0:
            row, column = (side >> 1) // columns, (side >> 1) % columns
            x, y = np.float64(column), np.float64(row)
            if side & 1 == 0:
                x += _between(squared[row, column], squared[row, column + 1], field.radius)
            else:
                y += _between(squared[row, column], squared[row + 1, column], field.radius)
            points[placed, 0] = x * field.cell + field.west
            points[placed, 1] = y * field.cell + field.south
            placed += 1
            after = onward[side]
            onward[side] = -1
            side = after
        points[placed] = points[first]
        placed += 1
        rings += 1
        starts[rings] = placed
    return points[:placed], starts[: rings + 1]


@maker
def _thin(
    points: NDArray[np.float64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Leave out what lies on a straight line between its neighbours, as along a street."""
    kept, placed = np.empty_like(points), np.zeros_like(starts)
    count = 0
    for ring in range(len(starts) - 1):
        anchor, last = starts[ring], starts[ring + 1] - 1
        while anchor < last:
            kept[count] = points[anchor]
            count += 1
            ahead = anchor + 1
            while ahead < last and _is_straight(points, anchor, ahead + 1):
                ahead += 1
            anchor = ahead
        kept[count] = points[last]
        count += 1
        placed[ring + 1] = count
    return kept[:count], placed


@inline
def _is_straight(points: NDArray[np.float64], first: int, last: int) -> bool:
    """Whether all points between two lie beside the line between them, and not too many do."""
    if last - first > _MOST_THINNED:
        return False
    dx, dy = points[last, 0] - points[first, 0], points[last, 1] - points[first, 1]
    length = math.sqrt(dx * dx + dy * dy)
    before = 0.0
    for point in range(first + 1, last):
        px, py = points[point, 0] - points[first, 0], points[point, 1] - points[first, 1]
        along = px * dx + py * dy
        if abs(px * dy - py * dx) > _STRAIGHT_M * length or along < before:
            return False
        before = along
    return before <= length * length
