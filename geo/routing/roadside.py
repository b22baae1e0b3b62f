"""Steps aside from a door or a point to the street, and the bigger roads that lie between.

A straight step to the nearest pavement may lead over a carriageway. The snapper asks here
which places lie on this side; where there are none, the step is cut up, so that the answer
names the road that one crosses on it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Place, Segment, SegmentKind
from geo.routing.encoding import Crossing, RoadClass
from geo.routing.graph import DEGREES_E7, Graph
from geo.routing.kernels import kernel
from geo.routing.paces import crossing_seconds
from geo.routing.plane import scale_at
from geo.routing.walks import access_segment, read_evidence
from geo.routing.widths import HALF_WIDTH_M

_CELL = 15_000
"""Size of a cell in stored units: about 120 by 170 m in Almaty."""
_REMNANT_M = 1.5
_MOST_MET = 64
"""Roads on one step of at most 400 m."""
_CLASS, _NAME = 4, 5


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


@dataclass(frozen=True)
class Roadside:
    """Says what lies on a straight step aside. Immutable."""

    graph: Graph
    roads: Roads

    def describe_step(
        self, start: Place, end: Place, length_m: float, pace: float
    ) -> list[Segment]:
        """Return the segments of a straight step: beside roads, and over each bigger one.

        `pace` is in seconds per metre.
        """
        points = np.array([start, end]) / DEGREES_E7
        met = _list_met(self.roads, points[0, 0], points[0, 1], points[1, 0], points[1, 1])
        if not len(met):
            return [access_segment(start, end, length_m, pace)]
        found: list[Segment] = []
        place = 0.0
        for first, last, wall in self._find_stretches(points, met, length_m):
            if first > place:
                found.append(_aside(start, end, (place, first), length_m, pace))
            found.append(self._cross(start, end, (first, last), length_m, pace, wall))
            place = last
        if place < 1.0:
            found.append(_aside(start, end, (place, 1.0), length_m, pace))
        return found

    def _find_stretches(
        self, points: NDArray[np.float64], met: NDArray[np.float64], length_m: float
    ) -> list[tuple[float, float, int]]:
        """Return (start, end, wall) of what lies on carriageways, as shares of the step."""
        scale = np.array(scale_at(float(points[0, 1]) * DEGREES_E7)) * DEGREES_E7
        along = (points[1] - points[0]) * scale
        stretches: list[tuple[float, float, int]] = []
        for share, number in sorted(met.tolist()):
            wall = self.roads.lines[int(number)]
            across = (wall[2:4] - wall[:2]) * scale
            sine = abs(float(along[0] * across[1] - along[1] * across[0]))
            sine /= max(float(np.hypot(*along) * np.hypot(*across)), 1e-9)
            reach = HALF_WIDTH_M[RoadClass(int(wall[_CLASS]))] / max(sine, 0.35)
            rest = _REMNANT_M / length_m
            first, last = share - reach / length_m, share + reach / length_m
            first, last = first if first > rest else 0.0, last if last < 1.0 - rest else 1.0
            if stretches and first <= stretches[-1][1] + rest:
                before = stretches[-1]
                bigger = max(before[2], int(number), key=self._rank)
                stretches[-1] = (before[0], max(last, before[1]), bigger)
            else:
                stretches.append((first, last, int(number)))
        return stretches

    def _rank(self, wall: int) -> int:
        return int(self.roads.lines[wall, _CLASS])

    def _cross(
        self,
        start: Place,
        end: Place,
        shares: tuple[float, float],
        length_m: float,
        pace: float,
        wall: int,
    ) -> Segment:
        road = RoadClass(self._rank(wall))
        walked_m = (shares[1] - shares[0]) * length_m
        waiting = float(crossing_seconds()[Crossing.UNMAPPED, road])
        return Segment(
            kind=SegmentKind.CROSSING,
            shape=[_between(start, end, share) for share in shares],
            length_mm=round(walked_m * 1000),
            duration_s=walked_m * pace + waiting,
            evidence=read_evidence(0),
            name=self.graph.get_name(int(self.roads.lines[wall, _NAME])),
            road_class=road,
            crossing=Crossing.UNMAPPED,
            inferred=True,
            steps=None,
        )


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


def _between(start: Place, end: Place, share: float) -> Place:
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


def _aside(
    start: Place, end: Place, shares: tuple[float, float], length_m: float, pace: float
) -> Segment:
    first, last = (_between(start, end, share) for share in shares)
    return access_segment(first, last, length_m * (shares[1] - shares[0]), pace)


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


@kernel
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
