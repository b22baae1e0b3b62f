"""From a point to the edges next to it, with the side of the street and the way there.

A point belongs to what one sees from it: an edge hidden behind another (the pavement across
the street) is no candidate at first. Candidates come nearest first and do not depend on the
person's limits; the limits only say what each of them costs. So somebody who can pass less
never starts where others may not, and nobody flies over a barrier to the next street.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Rules, price
from geo.routing.encoding import BLOCK_SHIFT, Flag
from geo.routing.graph import DEGREES_E7, Graph
from geo.routing.kernels import inline, kernel
from geo.routing.plane import METRES_PER_DEGREE
from geo.routing.view import View

REACH_M = 400.0
"""Farther than this from anything walkable, a point is outside the network."""
MOST_HITS = 24
MOST_HITS_WIDE = 96
_CELL_M = 120.0
_MOST_CELLS = 4_000_000
_NO_SNAP = np.uint32(Flag.NO_SNAP)


@dataclass(frozen=True, slots=True)
class Hit:
    """A place on an edge near a point."""

    edge: int
    share: float
    """Part of the edge's length before the place, 0 to 1."""
    distance_m: float
    lon: float
    lat: float
    visible: bool
    """Nothing that one walks on lies between."""
    component: int
    ahead_s: float
    """Weight of the whole edge walked first to last; infinite where closed."""
    behind_s: float

    @property
    def open(self) -> bool:
        """Whether this person may walk the edge in some direction."""
        return min(self.ahead_s, self.behind_s) < math.inf


class Grid(NamedTuple):
    """Edges by square cell: edges of cell c are `edges[start[c] : start[c + 1]]`."""

    start: NDArray[np.int64]
    edges: NDArray[np.int32]
    columns: int
    rows: int
    west: float
    south: float
    """Lower left corner, in stored units."""
    width: float
    height: float
    """Size of a cell, in stored units."""


class Ground(NamedTuple):
    """Shapes of the base, for kernels."""

    shape_start: NDArray[np.int64]
    shape_count: NDArray[np.int32]
    arc_forward: NDArray[np.int32]
    shapes: NDArray[np.int32]


@dataclass(frozen=True)
class Snapper:
    """Finds edges near points on one base. Immutable."""

    graph: Graph
    grid: Grid
    ground: Ground

    def find_hits(
        self, view: View, rules: Rules, lon: float, lat: float, *, wide: bool = False
    ) -> list[Hit]:
        """Return places on edges near a point, nearest first, closed ones too.

        Looks no farther than it has to, at most `REACH_M`, for at most 24 places; `wide` looks
        as far as that at once, for at most 96.
        """
        scale_x = METRES_PER_DEGREE * math.cos(math.radians(lat)) * DEGREES_E7
        scale_y = METRES_PER_DEGREE * DEGREES_E7
        x, y = lon / DEGREES_E7, lat / DEGREES_E7
        found, count = np.full((MOST_HITS_WIDE if wide else MOST_HITS, 7), np.inf), 0
        for reach in (REACH_M,) if wide else (60.0, 150.0, REACH_M):
            count = _nearest(
                view, rules, self.grid, self.ground, x, y, scale_x, scale_y, reach, found
            )
            if count >= MOST_HITS // 2 or (count and found[0, 0] * 3 < reach):
                break
        rows = found[:count].tolist()
        seen = _visible(self.ground, x, y, scale_x, scale_y, found[:count])
        components = self.graph.arrays.edges["component"]
        return [
            Hit(
                edge=int(edge),
                share=share,
                distance_m=away,
                lon=foot_x * DEGREES_E7,
                lat=foot_y * DEGREES_E7,
                visible=bool(seen[place]),
                component=int(components[int(edge)]),
                ahead_s=ahead,
                behind_s=behind,
            )
            for place, (away, edge, share, foot_x, foot_y, ahead, behind) in enumerate(rows)
        ]


def make_snapper(graph: Graph) -> Snapper:
    """Return the index of a base; takes a fraction of a second for a city."""
    edges = graph.arrays.edges
    ground = Ground(
        shape_start=np.ascontiguousarray(edges["shape_start"]),
        shape_count=np.ascontiguousarray(edges["shape_count"]),
        arc_forward=np.ascontiguousarray(edges["arc_forward"]),
        shapes=np.asarray(graph.arrays.shapes),
    )
    return Snapper(graph=graph, grid=_make_grid(ground), ground=ground)


def _make_grid(ground: Ground) -> Grid:
    shapes = ground.shapes
    if not len(shapes):
        return Grid(np.zeros(2, np.int64), np.zeros(0, np.int32), 1, 1, 0.0, 0.0, 1.0, 1.0)
    west, south = (float(v) for v in shapes.min(axis=0))
    east, north = (float(v) for v in shapes.max(axis=0))
    metre = METRES_PER_DEGREE * DEGREES_E7
    kx = metre * math.cos(math.radians((south + north) / 2 * DEGREES_E7))
    cell_m = max(_CELL_M, math.sqrt((east - west) * kx * (north - south) * metre / _MOST_CELLS))
    width, height = cell_m / kx, cell_m / metre
    columns = int((east - west) / width) + 1
    rows = int((north - south) / height) + 1
    empty = np.zeros(0, np.int32)
    grid = Grid(
        np.zeros(columns * rows + 1, np.int64), empty, columns, rows, west, south, width, height
    )
    counts = np.zeros(columns * rows, np.int64)
    _fill_cells(ground, grid, counts, empty)
    start = np.zeros(columns * rows + 1, np.int64)
    start[1:] = np.cumsum(counts)
    edges = np.empty(int(start[-1]), np.int32)
    counts[:] = start[:-1]
    _fill_cells(ground, grid, counts, edges)
    return grid._replace(start=start, edges=edges)


@kernel
def _fill_cells(
    ground: Ground, grid: Grid, place: NDArray[np.int64], edges: NDArray[np.int32]
) -> None:
    """Walk every edge in half-cell strides; count cells, or write edges when there is room."""
    for edge in range(len(ground.shape_start)):
        last_cell = -1
        first = ground.shape_start[edge]
        for point in range(first, first + ground.shape_count[edge] - 1):
            x0, y0 = np.float64(ground.shapes[point, 0]), np.float64(ground.shapes[point, 1])
            x1, y1 = ground.shapes[point + 1, 0], ground.shapes[point + 1, 1]
            far = max(abs(x1 - x0) / grid.width, abs(y1 - y0) / grid.height)
            strides = int(far * 2) + 1
            for stride in range(strides + 1):
                share = stride / strides
                column = int((x0 + (x1 - x0) * share - grid.west) / grid.width)
                row = int((y0 + (y1 - y0) * share - grid.south) / grid.height)
                cell = row * grid.columns + column
                if cell != last_cell:
                    if len(edges) > 0:
                        edges[place[cell]] = edge
                    place[cell] += 1
                    last_cell = cell


@inline
def _weigh_edge(view: View, rules: Rules, arc: int) -> tuple[float, float]:
    """Return the weights of an edge both ways; -1 twice where nobody starts."""
    block = _block_of(view, arc)
    first, last = view.patch_start[block], view.patch_start[block + 1]
    found = first + np.searchsorted(view.patch_arc[first:last], arc)
    if found < last and view.patch_arc[found] == arc:
        flags = view.patches[found].flags
        ahead = price(rules, view.patches[found], 1)
        behind = price(rules, view.patches[found], -1)
    else:
        flags = view.arcs[arc].flags
        ahead, behind = price(rules, view.arcs[arc], 1), price(rules, view.arcs[arc], -1)
    if (flags & _NO_SNAP) != 0:
        return -1.0, -1.0
    return ahead, behind


@inline
def _block_of(view: View, arc: int) -> int:
    vertex = np.searchsorted(view.first_arc, arc, side="right") - 1
    return int(vertex) >> BLOCK_SHIFT


@kernel
def _nearest(
    view: View,
    rules: Rules,
    grid: Grid,
    ground: Ground,
    x: float,
    y: float,
    scale_x: float,
    scale_y: float,
    reach: float,
    found: NDArray[np.float64],
) -> int:
    """Write the nearest edges as rows (distance, edge, share, x, y, two weights).

    Return how many.
    """
    found[:] = np.inf
    count = 0
    spread_x, spread_y = reach / scale_x, reach / scale_y
    first_column = max(int((x - spread_x - grid.west) / grid.width), 0)
    last_column = min(int((x + spread_x - grid.west) / grid.width), grid.columns - 1)
    first_row = max(int((y - spread_y - grid.south) / grid.height), 0)
    last_row = min(int((y + spread_y - grid.south) / grid.height), grid.rows - 1)
    for row in range(first_row, last_row + 1):
        for column in range(first_column, last_column + 1):
            cell = row * grid.columns + column
            for place in range(grid.start[cell], grid.start[cell + 1]):
                edge = grid.edges[place]
                hit = _project(ground, edge, x, y, scale_x, scale_y)
                if hit[0] > reach or hit[0] >= found[len(found) - 1, 0]:
                    continue
                if _listed(found, count, edge):
                    continue
                ahead, behind = _weigh_edge(view, rules, ground.arc_forward[edge])
                if ahead >= 0:
                    count = _insert(found, count, edge, hit, ahead, behind)
    return count


@inline
def _listed(found: NDArray[np.float64], count: int, edge: int) -> bool:
    return bool(np.any(found[:count, 1] == edge))


@inline
def _insert(
    found: NDArray[np.float64],
    count: int,
    edge: int,
    hit: tuple[float, float, float, float],
    ahead: float,
    behind: float,
) -> int:
    place = min(count, len(found) - 1)
    while place > 0 and found[place - 1, 0] > hit[0]:
        found[place] = found[place - 1]
        place -= 1
    found[place, 0] = hit[0]
    found[place, 1] = edge
    found[place, 2] = hit[1]
    found[place, 3] = hit[2]
    found[place, 4] = hit[3]
    found[place, 5] = ahead
    found[place, 6] = behind
    return min(count + 1, len(found))


@inline
def _project(
    ground: Ground, edge: int, x: float, y: float, scale_x: float, scale_y: float
) -> tuple[float, float, float, float]:
    """Return (distance, share of the length, x, y) of the nearest place on an edge."""
    first = ground.shape_start[edge]
    best, best_along, best_x, best_y, along = np.inf, 0.0, 0.0, 0.0, 0.0
    for point in range(first, first + ground.shape_count[edge] - 1):
        ax, ay = np.float64(ground.shapes[point, 0]), np.float64(ground.shapes[point, 1])
        dx = (ground.shapes[point + 1, 0] - ax) * scale_x
        dy = (ground.shapes[point + 1, 1] - ay) * scale_y
        px, py = (x - ax) * scale_x, (y - ay) * scale_y
        squared = dx * dx + dy * dy
        share = 0.0
        if squared > 0:
            share = min(max((px * dx + py * dy) / squared, 0.0), 1.0)
        away = math.hypot(px - dx * share, py - dy * share)
        length = math.sqrt(squared)
        if away < best:
            best, best_along = away, along + share * length
            best_x, best_y = ax + dx * share / scale_x, ay + dy * share / scale_y
        along += length
    return best, (best_along / along if along > 0 else 0.0), best_x, best_y


@kernel
def _visible(
    ground: Ground,
    x: float,
    y: float,
    scale_x: float,
    scale_y: float,
    found: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Tell for each hit whether the straight line to it crosses nothing one walks on."""
    seen = np.ones(len(found), np.bool_)
    for hit in range(len(found)):
        for other in range(hit):
            # What lies between is nearer than the hit itself, so it is among the rows before.
            edge = int(found[other, 1])
            if edge != int(found[hit, 1]) and _crosses(
                ground, edge, x, y, found[hit, 3], found[hit, 4], scale_x, scale_y
            ):
                seen[hit] = False
                break
    return seen


@inline
def _crosses(
    ground: Ground,
    edge: int,
    x: float,
    y: float,
    foot_x: float,
    foot_y: float,
    scale_x: float,
    scale_y: float,
) -> bool:
    """Whether an edge cuts the line from a point to a foot, not counting the last 5 %."""
    rx, ry = (foot_x - x) * scale_x * 0.95, (foot_y - y) * scale_y * 0.95
    first = ground.shape_start[edge]
    for point in range(first, first + ground.shape_count[edge] - 1):
        ax, ay = (ground.shapes[point, 0] - x) * scale_x, (ground.shapes[point, 1] - y) * scale_y
        bx = (ground.shapes[point + 1, 0] - x) * scale_x
        by = (ground.shapes[point + 1, 1] - y) * scale_y
        from_a, from_b = rx * ay - ry * ax, rx * by - ry * bx
        side_o = (bx - ax) * (-ay) - (by - ay) * (-ax)
        side_r = (bx - ax) * (ry - ay) - (by - ay) * (rx - ax)
        if from_a * from_b < 0 and side_o * side_r < 0:
            return True
    return False
