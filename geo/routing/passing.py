"""Which landmarks one passes on a way, and on which side. Pure kernels.

Owns the geometry only: what was said already, and which of them are worth a word, is decided by
`geo.routing.directions.guide`.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.kernels import inline, kernel
from geo.routing.plane import METRES_PER_DEGREE

CELLS_PER_DEGREE = 4000
"""About 28 m from south to north; what lies in the eight cells around is within reach."""
ROW = 1 << 21
BESIDE_M = 30.0
"""What is no farther than this lies beside the way, and beside its end."""
LEFT, RIGHT = 1, 2
_STEP_M = 25.0
_CLEAR_M = 5.0
"""A drawn stretch of this length tells which way one faces."""
_LEAST, _MOST = math.radians(25.0), math.radians(160.0)
"""Between nearly ahead and nearly behind there is a side; as `headings.name_side`."""


class Beside(NamedTuple):
    """Anchors by cell: those of `cells[n]` are `start[n] : start[n + 1]` of the rest."""

    cells: NDArray[np.int64]
    start: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    owner: NDArray[np.int64]
    """Number of the landmark."""


@inline
def _apart_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    east = (other_lon - lon) * math.cos(math.radians(lat))
    return math.sqrt(east * east + (other_lat - lat) ** 2) * METRES_PER_DEGREE


@inline
def _bearing(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    return math.atan2(other_lat - lat, (other_lon - lon) * math.cos(math.radians(lat)))


@inline
def _side(facing: float, towards: float) -> int:
    angle = (towards - facing + math.pi) % (2 * math.pi) - math.pi
    if not _LEAST < abs(angle) < _MOST:
        return 0
    return LEFT if angle > 0 else RIGHT


@inline
def _find_cell(beside: Beside, lon: float, lat: float) -> int:
    """Return the place of a cell among those that have anchors, -1 for an empty one."""
    cell = math.floor(lat * CELLS_PER_DEGREE) * ROW + math.floor(lon * CELLS_PER_DEGREE)
    place = np.searchsorted(beside.cells, cell)
    if place == len(beside.cells) or beside.cells[place] != cell:
        return -1
    return int(place)


@inline
def _look_around(
    beside: Beside,
    here: tuple[float, float, float],
    end: tuple[float, float],
    leg: int,
    seen: NDArray[np.int64],
    found: NDArray[np.int64],
    count: int,
) -> tuple[NDArray[np.int64], int]:
    """Add what lies beside a place (lon, lat, direction) and was not found on this leg yet."""
    lon, lat, facing = here
    place = _find_cell(beside, lon, lat)
    if place < 0:
        return found, count
    for each in range(beside.start[place], beside.start[place + 1]):
        ax, ay = beside.lon[each], beside.lat[each]
        if seen[beside.owner[each]] == leg or _apart_m(lon, lat, ax, ay) > BESIDE_M:
            continue
        side = _side(facing, _bearing(lon, lat, ax, ay))
        if side == 0 or _apart_m(ax, ay, end[0], end[1]) <= BESIDE_M:
            continue
        seen[beside.owner[each]] = leg
        if count == len(found):
            found = np.concatenate((found, found))
        found[count, 0], found[count, 1], found[count, 2] = leg, each, side
        count += 1
    return found, count


@kernel
def list_passed(
    beside: Beside,
    points: NDArray[np.float64],
    bounds: NDArray[np.int64],
    legs: NDArray[np.int64],
    seen: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return (leg, anchor, side) in the order in which one passes them, each landmark once a leg.

    `points` are all drawn points (lon, lat), segment s from `bounds[s]` to `bounds[s + 1]`; legs
    are rows of a first segment and one past the last; `seen` is memory, one number for each
    landmark, below zero. What lies beside the last point is left out.
    """
    found, count = np.empty((64, 3), np.int64), 0
    end = (points[-1, 0], points[-1, 1])
    for leg in range(len(legs)):
        facing, known = 0.0, False
        for segment in range(legs[leg, 0], legs[leg, 1]):
            for at in range(bounds[segment], bounds[segment + 1] - 1):
                lon, lat = points[at, 0], points[at, 1]
                far_lon, far_lat = points[at + 1, 0], points[at + 1, 1]
                length = _apart_m(lon, lat, far_lon, far_lat)
                if not known or length > _CLEAR_M:
                    facing, known = _bearing(lon, lat, far_lon, far_lat), True
                pieces = math.ceil(length / _STEP_M)
                for piece in range(pieces):
                    share = (piece + 0.5) / pieces
                    x, y = lon + (far_lon - lon) * share, lat + (far_lat - lat) * share
                    here = (x, y, facing)
                    found, count = _look_around(beside, here, end, leg, seen, found, count)
    return found[:count]
