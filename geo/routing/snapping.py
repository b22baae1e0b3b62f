"""From a point to the edges next to it, with the side of the street and the way there.

A point belongs to what one sees from it: an edge hidden behind another (the pavement across
the street) is no candidate at first. Candidates come nearest first and do not depend on the
person's limits; the limits only say what each of them costs. So somebody who can pass less
never starts where others may not, and nobody flies over a barrier to the next street.
"""

import math
import threading
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Rules
from geo.routing.encoding import BLOCK_SHIFT, Flag
from geo.routing.graph import DEGREES_E7, Graph
from geo.routing.kernels import inline, kernel
from geo.routing.plane import METRES_PER_DEGREE
from geo.routing.roadside import Roads, lies_across, make_roads
from geo.routing.view import View
from geo.routing.weights import AHEAD, BEHIND, PRICE, weigh_arc

REACH_M = 400.0
"""Farther than this from anything walkable, a point is outside the network."""
MOST_HITS = 24
MOST_HITS_WIDE = 96
_MOST_LON, _MOST_LAT = 180.0, 89.0
_CELL_M = 120.0
_MOST_CELLS = 4_000_000
_NO_SNAP = np.uint32(Flag.NO_SNAP)


HIT = np.dtype(
    [
        ("edge", np.int32),
        ("component", np.int32),
        ("share", np.float64),
        ("distance_m", np.float64),
        ("x", np.float64),
        ("y", np.float64),
        ("ahead_s", np.float64),
        ("behind_s", np.float64),
        ("visible", np.bool_),
    ],
    align=True,
)
"""A place on an edge near a point, as kernels keep it: see `Hit`. Coordinates 1e-7 degrees."""


class Hit(NamedTuple):
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


def read_hit(row: tuple[Any, ...]) -> Hit:
    """Return one record, as `item` gives it, as a value."""
    edge, component, share, away, x, y, ahead, behind, visible = row
    lon, lat = x * DEGREES_E7, y * DEGREES_E7
    return Hit(edge, share, away, lon, lat, visible, component, ahead, behind)


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
    edges: NDArray[Any]
    shapes: NDArray[np.int32]
    roads: Roads


@dataclass(frozen=True)
class Snapper:
    """Finds edges near points on one base. Immutable."""

    graph: Graph
    grid: Grid
    ground: Ground
    _memory: threading.local = field(
        default_factory=threading.local, init=False, compare=False, repr=False
    )
    """What sorts of edges of the base cost under rules just asked with, per thread."""

    def find_hits(
        self, view: View, rules: Rules, lon: float, lat: float, *, wide: bool = False
    ) -> list[Hit]:
        """Return places on edges near a point, nearest first, closed ones too.

        Looks no farther than it has to, at most `REACH_M`, for at most 24 places; `wide` looks
        as far as that at once, for at most 96.
        """
        hits = np.empty(MOST_HITS_WIDE if wide else MOST_HITS, HIT)
        prices = getattr(self._memory, "prices", None)
        if prices is None:
            prices = self._memory.prices = np.zeros((2, len(view.sorts)), PRICE)
        ground = self.grid, self.ground
        count = _look_around(view, rules, prices, *ground, lon, lat, wide, hits)
        return [read_hit(row) for row in hits[:count].tolist()]


def make_snapper(graph: Graph) -> Snapper:
    """Return the index of a base; takes a fraction of a second for a city."""
    edges = graph.arrays.edges
    ground = Ground(
        shape_start=edges["shape_start"].copy(),
        shape_count=edges["shape_count"].copy(),
        edges=np.asarray(edges),
        shapes=np.asarray(graph.arrays.shapes),
        roads=make_roads(graph),
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
def look_around(
    view: View,
    rules: Rules,
    prices: NDArray[Any],
    grid: Grid,
    ground: Ground,
    lon: float,
    lat: float,
    wide: bool,  # noqa: FBT001 - numba has no keywords
    found: NDArray[Any],
) -> int:
    """Write `HIT` records near a point, nearest first; return how many."""
    scale_y = METRES_PER_DEGREE * DEGREES_E7
    if not (abs(lon) <= _MOST_LON and abs(lat) <= _MOST_LAT):
        return 0
    scale_x = scale_y * math.cos(math.radians(lat))
    x, y = lon / DEGREES_E7, lat / DEGREES_E7
    count = 0
    for reach in (60.0, 150.0, REACH_M):
        if wide and reach < REACH_M:
            continue
        count = _nearest(view, grid, ground, x, y, scale_x, scale_y, reach, found)
        if count >= MOST_HITS // 2 or (count > 0 and found[0].distance_m * 3 < reach):
            break
    _mark_visible(ground, x, y, scale_x, scale_y, found, count)
    _hide_across(ground, x, y, found, count)
    _weigh(view, rules, prices, ground, found, count)
    return count


@inline
def _weigh(
    view: View,
    rules: Rules,
    prices: NDArray[Any],
    ground: Ground,
    found: NDArray[Any],
    count: int,
) -> None:
    """Write what each hit's edge costs both ways, and the connected part it belongs to."""
    edges, joined, patch_start = ground.edges, view.joined, view.patch_start
    length_m, sort_of, current = view.length_m, view.sort, rules.number
    for number in range(count):
        edge = edges[found[number].edge]
        arc, block = edge.arc_forward, edge.first >> BLOCK_SHIFT
        found[number].component = joined[edge.component] if len(joined) > 0 else edge.component
        # Most need no call, which takes as long as all the rest.
        plain = patch_start[block] == patch_start[block + 1]
        ahead, behind = prices[AHEAD, sort_of[arc]], prices[BEHIND, sort_of[arc]]
        if plain and ahead.number == current and behind.number == current:
            found[number].ahead_s = length_m[arc] * ahead.each + ahead.once
            found[number].behind_s = length_m[arc] * behind.each + behind.once
        else:
            found[number].ahead_s = weigh_arc(view, rules, prices, AHEAD, arc)
            found[number].behind_s = weigh_arc(view, rules, prices, BEHIND, arc)


@kernel
def _look_around(
    view: View,
    rules: Rules,
    prices: NDArray[Any],
    grid: Grid,
    ground: Ground,
    lon: float,
    lat: float,
    wide: bool,  # noqa: FBT001 - numba has no keywords
    found: NDArray[Any],
) -> int:
    return look_around(view, rules, prices, grid, ground, lon, lat, wide, found)


@inline
def _nearest(
    view: View,
    grid: Grid,
    ground: Ground,
    x: float,
    y: float,
    scale_x: float,
    scale_y: float,
    reach: float,
    found: NDArray[Any],
) -> int:
    """Write the nearest edges that one may start on, nearest first; return how many."""
    count = 0
    starts, listed, columns = grid.start, grid.edges, grid.columns
    shapes, shape_start, shape_count = ground.shapes, ground.shape_start, ground.shape_count
    edges, sorts, sort_of = ground.edges, view.sorts, view.sort
    spread_x, spread_y = reach / scale_x, reach / scale_y
    first_column = max(int((x - spread_x - grid.west) / grid.width), 0)
    last_column = min(int((x + spread_x - grid.west) / grid.width), columns - 1)
    first_row = max(int((y - spread_y - grid.south) / grid.height), 0)
    last_row = min(int((y + spread_y - grid.south) / grid.height), grid.rows - 1)
    for row in range(first_row, last_row + 1):
        for column in range(first_column, last_column + 1):
            cell = row * columns + column
            for place in range(starts[cell], starts[cell + 1]):
                edge = listed[place]
                first, last = shape_start[edge], shape_start[edge] + shape_count[edge]
                if not _may_be_near(shapes, first, last, x, y, spread_x, spread_y):
                    continue
                away, share, foot_x, foot_y = _project(shapes, first, last, x, y, scale_x, scale_y)
                full = count == len(found)
                if away > reach or (full and away >= found[count - 1].distance_m):
                    continue
                sort = sort_of[edges[edge].arc_forward]
                if _listed(found, count, edge) or (sorts[sort].flags & _NO_SNAP) != 0:
                    continue
                at = _make_room(found, count, away)
                count = min(count + 1, len(found))
                found[at].edge = edge
                found[at].share = share
                found[at].distance_m = away
                found[at].x = foot_x
                found[at].y = foot_y
    return count


@inline
def _may_be_near(
    shapes: NDArray[np.int32],
    first: int,
    last: int,
    x: float,
    y: float,
    spread_x: float,
    spread_y: float,
) -> bool:
    """Whether some piece of a line reaches into a box around a point: cheaper than a distance."""
    for point in range(first, last - 1):
        ax, bx = shapes[point, 0] - x, shapes[point + 1, 0] - x
        ay, by = shapes[point, 1] - y, shapes[point + 1, 1] - y
        beside = (min(ax, bx) > spread_x) | (max(ax, bx) < -spread_x)
        beside |= (min(ay, by) > spread_y) | (max(ay, by) < -spread_y)
        if not beside:
            return True
    return False


@inline
def _listed(found: NDArray[Any], count: int, edge: int) -> bool:
    number = 0
    while number < count and found[number].edge != edge:
        number += 1
    return number < count


@inline
def _make_room(found: NDArray[Any], count: int, away: float) -> int:
    """Move what is farther one place down, the last one out when all is full."""
    at = min(count, len(found) - 1)
    while at > 0 and found[at - 1].distance_m > away:
        found[at] = found[at - 1]
        at -= 1
    return at


@inline
def _project(
    shapes: NDArray[np.int32],
    first: int,
    last: int,
    x: float,
    y: float,
    scale_x: float,
    scale_y: float,
) -> tuple[float, float, float, float]:
    """Return (distance, share of the length, x, y) of the nearest place on a line."""
    best, best_along, best_x, best_y, along = np.inf, 0.0, 0.0, 0.0, 0.0
    for point in range(first, last - 1):
        ax, ay = np.float64(shapes[point, 0]), np.float64(shapes[point, 1])
        dx = (shapes[point + 1, 0] - ax) * scale_x
        dy = (shapes[point + 1, 1] - ay) * scale_y
        px, py = (x - ax) * scale_x, (y - ay) * scale_y
        squared = dx * dx + dy * dy
        share = 0.0
        if squared > 0:
            share = min(max((px * dx + py * dy) / squared, 0.0), 1.0)
        off_x, off_y = px - dx * share, py - dy * share
        away = math.sqrt(off_x * off_x + off_y * off_y)
        length = math.sqrt(squared)
        if away < best:
            best, best_along = away, along + share * length
            best_x, best_y = ax + dx * share / scale_x, ay + dy * share / scale_y
        along += length
    return best, (best_along / along if along > 0 else 0.0), best_x, best_y


@inline
def _mark_visible(
    ground: Ground,
    x: float,
    y: float,
    scale_x: float,
    scale_y: float,
    found: NDArray[Any],
    count: int,
) -> None:
    """Tell for each hit whether the straight line to it crosses nothing one walks on."""
    shapes, shape_start, shape_count = ground.shapes, ground.shape_start, ground.shape_count
    for number in range(count):
        hit = found[number]
        hit.visible = True
        # The last 5 % of the way there do not count.
        rx, ry = (hit.x - x) * scale_x * 0.95, (hit.y - y) * scale_y * 0.95
        for other in range(number):
            # What lies between is nearer than the hit itself, so it is among the rows before.
            edge = found[other].edge
            first, last = shape_start[edge], shape_start[edge] + shape_count[edge]
            if edge != hit.edge and _crosses(shapes, first, last, x, y, rx, ry, scale_x, scale_y):
                hit.visible = False
                break


@inline
def _hide_across(ground: Ground, x: float, y: float, found: NDArray[Any], count: int) -> None:
    """Take what lies across a bigger road out of sight, unless everything does.

    The nearest on this side is what one steps onto, whatever else lies before it.
    """
    here = 0
    while here < count and lies_across(ground.roads, x, y, found[here].x, found[here].y):
        here += 1
    if here == count:
        return
    for hit in range(count):
        if hit < here or (
            found[hit].visible and lies_across(ground.roads, x, y, found[hit].x, found[hit].y)
        ):
            found[hit].visible = False
    found[here].visible = True


@inline
def _crosses(
    shapes: NDArray[np.int32],
    first: int,
    last: int,
    x: float,
    y: float,
    rx: float,
    ry: float,
    scale_x: float,
    scale_y: float,
) -> bool:
    """Whether a line cuts the one from a point (x, y) to what lies (rx, ry) metres from it."""
    for point in range(first, last - 1):
        ax, ay = (shapes[point, 0] - x) * scale_x, (shapes[point, 1] - y) * scale_y
        bx = (shapes[point + 1, 0] - x) * scale_x
        by = (shapes[point + 1, 1] - y) * scale_y
        from_a, from_b = rx * ay - ry * ax, rx * by - ry * bx
        side_o = (bx - ax) * (-ay) - (by - ay) * (-ax)
        side_r = (bx - ax) * (ry - ay) - (by - ay) * (rx - ax)
        if from_a * from_b < 0 and side_o * side_r < 0:
            return True
    return False
