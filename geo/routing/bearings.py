"""Directions along drawn lines, for a whole way at once. Pure kernels.

`measure_faces` says in machine code what `geo.routing.directions.headings` says in Python where
several segments count together; a test holds the two together. Points are rows (lon, lat) in
degrees, segment s from `bounds[s]` to `bounds[s + 1]`.
"""

import math

import numpy as np
from numpy.typing import NDArray

from geo.routing.kernels import kernel
from geo.routing.plane import METRES_PER_DEGREE

REACH_M = 12.0
"""One turns towards where the way leads after a few steps, not where the line begins."""
APART_M = 10.0
"""Corners between nearer points are not perceived as bends."""


@kernel
def measure_faces(points: NDArray[np.float64], bounds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return per segment the direction at its start and at its end, radians from east.

    Each with a mark whether the segment is long enough to tell (1) or what joins it counts
    as well (0): (start, mark, end, mark).
    """
    reach = (REACH_M / METRES_PER_DEGREE) ** 2
    found = np.zeros((len(bounds) - 1, 4))
    for segment in range(len(found)):
        first, last = bounds[segment], bounds[segment + 1] - 1
        for end in range(2):
            begin = last if end else first
            wide = math.cos(math.radians(points[begin, 1]))
            dx, dy, clear = 0.0, 0.0, False
            for step in range(last - first + 1):
                at = last - step if end else first + step
                dx = (points[at, 0] - points[begin, 0]) * wide
                dy = points[at, 1] - points[begin, 1]
                if dx * dx + dy * dy > reach:
                    clear = True
                    break
            found[segment, 2 * end] = math.atan2(dy, dx) + (math.pi if end else 0.0)
            found[segment, 2 * end + 1] = clear
    return found


@kernel
def add_bends(
    points: NDArray[np.float64], bounds: NDArray[np.int64], spans: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return by how many degrees each span (first segment, one past the last) turns in all."""
    least = (APART_M / METRES_PER_DEGREE) ** 2
    totals = np.zeros(len(spans))
    for span in range(len(spans)):
        first = bounds[spans[span, 0]]
        lon, lat = points[first, 0], points[first, 1]
        wide = math.cos(math.radians(lat))
        before, known, total = 0.0, False, 0.0
        for at in range(first + 1, bounds[spans[span, 1]]):
            dx, dy = (points[at, 0] - lon) * wide, points[at, 1] - lat
            if dx * dx + dy * dy < least:
                continue
            bearing = math.atan2(dy, dx)
            if known:
                angle = (math.degrees(bearing - before) + 180.0) % 360.0 - 180.0
                total += abs(angle)
            before, known = bearing, True
            lon, lat = points[at, 0], points[at, 1]
        totals[span] = total
    return totals
