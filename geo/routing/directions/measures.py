"""What adds up along a way: time, climb, and metres by where the knowledge comes from."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.encoding import LIMIT_COUNT, Evidence
from geo.routing.kernels import maker
from geo.routing.stretches import UNKNOWN, Mark, Way

_SOURCE_COUNT, _LIFT = len(Evidence), int(Mark.LIFT)


class Measures(NamedTuple):
    """Sums over a way."""

    duration_s: float
    climb_mm: int
    """As far as slopes are known or assumed; a lift climbs nothing."""
    descent_mm: int
    evidence_mm: NDArray[np.int64]
    """By `LimitKind` and `Evidence`; for each limit they add up to the length."""


NO_MEASURES = Measures(0.0, 0, 0, np.zeros((LIMIT_COUNT, _SOURCE_COUNT), np.int64))


@maker
def measure(way: Way) -> Measures:
    """Return the sums of a way."""
    seconds, up, down = 0.0, 0.0, 0.0
    evidence = np.zeros((LIMIT_COUNT, _SOURCE_COUNT), np.int64)
    for row in way.stretches:
        seconds += row.duration_s
        for limit in range(LIMIT_COUNT):
            evidence[limit, (row.evidence >> (2 * limit)) & 3] += row.length_mm
        if row.slope_permille == UNKNOWN or (row.marks & _LIFT) != 0:
            continue
        rise = row.length_mm * row.slope_permille / 1000
        up, down = up + max(rise, 0.0), down + max(-rise, 0.0)
    return Measures(seconds, int(np.rint(up)), int(np.rint(down)), evidence)
