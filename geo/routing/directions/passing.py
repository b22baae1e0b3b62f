"""Which landmarks one passes on a way, and on which side. Kernels.

Owns the geometry only: what was said already, and which of them are worth a word, is decided by
`guide`.
"""

import math

import numpy as np
from numpy.typing import NDArray

from geo.routing.directions.headings import AHEAD, find_side
from geo.routing.kernels import inline
from geo.routing.landmarks.beside import Beside, cell_of, find_cell
from geo.routing.plane import METRES_PER_DEGREE
from geo.routing.stretches import Way

BESIDE_M = 30.0
"""What is no farther than this lies beside the way, and beside its end."""
_STEP_M = 25.0
_CLEAR_M = 5.0
"""A drawn stretch of this length tells which way one faces."""


@inline
def apart_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the distance of two near places in metres."""
    east = (other_lon - lon) * math.cos(math.radians(lat))
    return math.sqrt(east * east + (other_lat - lat) ** 2) * METRES_PER_DEGREE


@inline
def list_passed(beside: Beside, way: Way, first: int, end: int, found: NDArray[np.int64]) -> int:
    """Write (anchor, side) in the order in which one passes them, each landmark once.

    Return how many there are, as far as there is room for them. One walks from stretch `first`
    to before `end`. What lies beside the last point of the whole way is left out: one does not
    pass where one arrives.
    """
    count = 0
    points, bounds = way.points, way.bounds
    wide = math.cos(math.radians(points[bounds[first], 1]))
    east, north = 0.0, 0.0
    for stretch in range(first, end):
        for at in range(bounds[stretch], bounds[stretch + 1] - 1):
            lon, lat = points[at, 0], points[at, 1]
            dx, dy = points[at + 1, 0] - lon, points[at + 1, 1] - lat
            length = math.sqrt((dx * wide) ** 2 + dy * dy) * METRES_PER_DEGREE
            if length > _CLEAR_M or (east == 0.0 and north == 0.0):
                east, north = dx * wide, dy
            pieces = math.ceil(length / _STEP_M)
            for piece in range(pieces):
                share = (piece + 0.5) / pieces
                here = (lon + dx * share, lat + dy * share)
                place = find_cell(beside, cell_of(here[0], here[1]))
                if place < 0:
                    continue
                facing, last = math.atan2(north, east), (points[-1, 0], points[-1, 1])
                around = (beside.start[place], beside.start[place + 1])
                count = _look_around(beside, around, here, facing, last, found, count)
    return count


@inline
def _look_around(
    beside: Beside,
    around: tuple[int, int],
    here: tuple[float, float],
    facing: float,
    end: tuple[float, float],
    found: NDArray[np.int64],
    count: int,
) -> int:
    """Add those of some anchors that lie beside a place and were not found yet."""
    for each in range(around[0], around[1]):
        ax, ay = beside.lon[each], beside.lat[each]
        if apart_m(here[0], here[1], ax, ay) > BESIDE_M or _is_among(beside, each, found, count):
            continue
        side = find_side(facing, here[0], here[1], ax, ay)
        if side == AHEAD or apart_m(ax, ay, end[0], end[1]) <= BESIDE_M:
            continue
        if count == len(found):
            break
        found[count, 0], found[count, 1] = each, side
        count += 1
    return count


@inline
def _is_among(beside: Beside, anchor: int, found: NDArray[np.int64], count: int) -> bool:
    """Tell whether the landmark of an anchor was found; few are, so a look at all is enough."""
    for place in range(count - 1, -1, -1):
        if beside.owner[found[place, 0]] == beside.owner[anchor]:
            return True
    return False
