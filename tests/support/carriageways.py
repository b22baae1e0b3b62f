"""Where a route gets to the other side of a big road, found by plane geometry alone.

Shares nothing with the builder of pavements: takes the centrelines of the map and the line of
an answer, and asks at each place where they meet whether a step says that one crosses there.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from geo.routing.answer import Place, Route
from geo.routing.rows import EdgeRow

BIG = ("tertiary", "secondary", "primary", "trunk", "motorway")
_METRES = 111_195.0
_BESIDE_M = 0.5
"""A crossing that comes this near to the place is the crossing of that place."""
_AROUND_M = 4.0
_ROUNDED_M = 0.05


@dataclass(frozen=True, slots=True)
class Crossed:
    """One place where a route meets a big road."""

    place: Place
    road_id: int
    kind: str
    """Kind of the segment that meets it."""
    edge_id: int
    named: bool
    """A step says so."""


class Carriageways:
    """The centrelines of all roads from tertiary upward, by height above the ground."""

    def __init__(self, rows: Iterable[EdgeRow]) -> None:
        self.levels: dict[int, int] = {}
        lines, owners = [], []
        for row in rows:
            self.levels[row.id] = _level_of(row)
            if row.kind == "road" and row.highway.removesuffix("_link") in BIG:
                lines.append(np.hstack([row.shape[:-1], row.shape[1:]]))
                owners.append(np.full(len(row.shape) - 1, row.id))
        flat = np.vstack(lines) if lines else np.zeros((0, 4))
        north = float(np.radians(flat[:, 1].mean())) if len(flat) else 0.0
        self._scale = np.array([_METRES * np.cos(north), _METRES])
        self._parts = flat.reshape(-1, 2, 2) * self._scale
        self._owners = np.concatenate(owners) if owners else np.zeros(0, int)
        self._lines = shapely.linestrings(self._parts)
        self._tree = STRtree(self._lines)

    def list_crossed(self, route: Route) -> list[Crossed]:
        """Return every place where the route changes the side of a big road at its level."""
        told = _told_segments(route)
        found: list[Crossed] = []
        whole = np.array(route.shape) * self._scale
        for number, segment in enumerate(route.segments):
            line = np.array(segment.shape) * self._scale
            steps = np.stack([line[:-1], line[1:]], axis=1)
            steps = steps[np.hypot(*(steps[:, 1] - steps[:, 0]).T) > 1e-6]
            for step, part in zip(*self._tree.query(shapely.linestrings(steps)), strict=True):
                road = int(self._owners[part])
                if self.levels[road] != self.levels.get(segment.edge_id, 0):
                    continue
                spot, proper = _meet(steps[step], self._parts[part])
                if spot is None or not (proper or self._changes_side(whole, spot, road)):
                    continue
                named = number in told
                if not proper:
                    named = any(self._distance_m(e, spot) < _BESIDE_M for e in told.values())
                lon, lat = (spot / self._scale).tolist()
                kind = segment.kind.value
                found.append(Crossed((lon, lat), road, kind, segment.edge_id, named))
        return found

    def _distance_m(self, line: list[Place], spot: NDArray[np.float64]) -> float:
        return float(
            shapely.distance(shapely.linestrings(line * self._scale), shapely.points(spot))
        )

    def _changes_side(
        self, whole: NDArray[np.float64], spot: NDArray[np.float64], road: int
    ) -> bool:
        """Whether the roads around a spot part the way before it from the way after it.

        The roads of that level cut a small disc into faces; a way that only touches a road, or
        goes around its end, comes out in the face where it came in.
        """
        disc = shapely.Point(spot).buffer(_AROUND_M)
        level = self.levels[road]
        near = [i for i in self._tree.query(disc) if self.levels[int(self._owners[i])] == level]
        faces = shapely.polygonize([shapely.union_all([disc.exterior, *self._lines[near]])])
        passed = shapely.get_parts(shapely.intersection(shapely.linestrings(whole), disc))
        here = passed[shapely.distance(passed, shapely.points(spot)) < _BESIDE_M]
        entered = [
            f for f in faces.geoms if any(f.intersection(h).length > _BESIDE_M for h in here)
        ]
        return len(entered) > 1


def _level_of(row: EdgeRow) -> int:
    return row.layer or (1 if row.bridge else -1 if row.tunnel else 0)


def _told_segments(route: Route) -> dict[int, list[Place]]:
    """Return the crossing segments that a step about crossing covers, by number."""
    told = {}
    for step in route.steps:
        if step.phrase.key.startswith("cross."):
            for number in range(step.first_segment, step.first_segment + step.segment_count):
                if route.segments[number].kind.value == "crossing":
                    told[number] = route.segments[number].shape
    return told


def _meet(
    one: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[NDArray[np.float64] | None, bool]:
    """Return where two straight lines meet, and whether both go on beyond it."""
    along, across = one[1] - one[0], other[1] - other[0]
    area = along[0] * across[1] - along[1] * across[0]
    if abs(area) < 1e-9:
        return None, False
    gap = other[0] - one[0]
    mine = (gap[0] * across[1] - gap[1] * across[0]) / area
    theirs = (gap[0] * along[1] - gap[1] * along[0]) / area
    slack = 1e-9
    if not (-slack <= mine <= 1 + slack and -slack <= theirs <= 1 + slack):
        return None, False
    # Coordinates of answers are whole centimetres: both ends must lie clearly off the road.
    beside = min(mine, 1 - mine) * abs(area) / np.hypot(*across)
    inner = min(mine, 1 - mine) * np.hypot(*along) > _ROUNDED_M and beside > _ROUNDED_M
    outer = min(theirs, 1 - theirs) * np.hypot(*across) > _ROUNDED_M
    return one[0] + along * mine, bool(inner and outer)
