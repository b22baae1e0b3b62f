"""Centrelines of bigger roads as walls: what a pavement, a path or a step aside must not cut.

Whoever gets to the other side of such a road crosses it, and a crossing has a name. Levels
count: a footbridge cuts no wall below it. All in degrees; where two lines meet, in shares of
their length, does not depend on how a map is stretched.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import STRtree, linestrings

from geo.routing.attributes import classify_road
from geo.routing.encoding import BIG_ROAD
from geo.routing.plane import Shape
from geo.routing.rows import EdgeRow

_AT_START = 1e-6
"""A line that begins on a wall does not cut it there; share of its length."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A place where a line cuts the centreline of a road."""

    part: int
    """Which stretch between two points of the line."""
    share: float
    """How much of that stretch lies before the place."""
    road: EdgeRow
    sine: float
    """Of the angle between the two, 0 to 1."""


def is_big(row: EdgeRow) -> bool:
    """Whether a row is a road that has sides and is crossed only at crossings."""
    return row.kind == "road" and classify_road(row.highway) >= BIG_ROAD


def level_of(row: EdgeRow) -> int:
    """Return the layer on which a way runs; a bridge without one lies above the ground."""
    return row.layer or (1 if row.bridge else -1 if row.tunnel else 0)


class Walls:
    """All centrelines of bigger roads, findable by place."""

    def __init__(self, edges: Sequence[EdgeRow]) -> None:
        self.roads = [row for row in edges if is_big(row)]
        shapes = [row.shape for row in self.roads]
        self.starts = np.vstack([s[:-1] for s in shapes]) if shapes else np.zeros((0, 2))
        self.ends = np.vstack([s[1:] for s in shapes]) if shapes else np.zeros((0, 2))
        self.owners = np.repeat(np.arange(len(shapes)), [len(s) - 1 for s in shapes])
        levels = np.array([level_of(row) for row in self.roads], np.int64)
        self.levels = levels[self.owners]
        lines = linestrings(np.stack([self.starts, self.ends], axis=1))
        self._tree = STRtree(np.asarray(lines, dtype=object))

    def measure_free(self, starts: Shape, ends: Shape, levels: NDArray[np.int64]) -> Shape:
        """Return how much of each straight line lies before the first wall, 1 when all of it.

        A line may begin on a wall; walls that it meets right there do not count.
        """
        free = np.ones(len(starts))
        if not len(starts) or not self.roads:
            return free
        line, _, share, _ = self._meet(starts, ends, levels)
        ahead = share > _AT_START
        np.minimum.at(free, line[ahead], share[ahead])
        return free

    def find_cuts(self, shapes: Sequence[Shape], levels: Sequence[int]) -> dict[int, list[Cut]]:
        """Return where lines cut walls of their level, by number of the line.

        Ends count as cuts only when the line goes on across: touching with its very first or
        last point is no cut.
        """
        if not shapes or not self.roads:
            return {}
        counts = np.array([len(shape) - 1 for shape in shapes])
        owner = np.repeat(np.arange(len(shapes)), counts)
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        starts = np.vstack([shape[:-1] for shape in shapes])
        ends = np.vstack([shape[1:] for shape in shapes])
        line, wall, share, sine = self._meet(starts, ends, np.array(levels, np.int64)[owner])
        found: dict[int, list[Cut]] = {}
        for number, part, at, angle in zip(
            line.tolist(), wall.tolist(), share.tolist(), sine.tolist(), strict=True
        ):
            shape = int(owner[number])
            place = number - int(first[shape])
            at_first = place == 0 and at < _AT_START
            at_last = place == counts[shape] - 1 and at > 1 - _AT_START
            if not (at_first or at_last):
                road = self.roads[int(self.owners[part])]
                found.setdefault(shape, []).append(Cut(place, at, road, angle))
        return found

    def _meet(
        self, starts: Shape, ends: Shape, levels: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Shape, Shape]:
        """Return (line, wall, share of the line, sine) for every place where they meet."""
        line, wall = self._tree.query(linestrings(np.stack([starts, ends], axis=1)))
        alike = levels[line] == self.levels[wall]
        line, wall = line[alike], wall[alike]
        along, across = ends[line] - starts[line], self.ends[wall] - self.starts[wall]
        gap = self.starts[wall] - starts[line]
        area = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
        sizes = np.hypot(*along.T) * np.hypot(*across.T)
        crossing = np.abs(area) > 1e-9 * sizes
        safe = np.where(crossing, area, 1.0)
        mine = (gap[:, 0] * across[:, 1] - gap[:, 1] * across[:, 0]) / safe
        theirs = (gap[:, 0] * along[:, 1] - gap[:, 1] * along[:, 0]) / safe
        inside = (mine >= 0) & (mine <= 1) & (theirs >= 0) & (theirs <= 1)
        meet = crossing & inside
        sine = np.abs(area[meet]) / sizes[meet]
        return line[meet], wall[meet], mine[meet], sine
