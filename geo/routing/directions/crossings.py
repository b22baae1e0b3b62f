"""How dangerous a crossing is. Kernels: also of several pieces crossed in one go."""

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Record
from geo.routing.encoding import Crossing
from geo.routing.kernels import inline
from geo.routing.stretches import Mark, Way

_BY_RISK = (
    Crossing.NONE,
    Crossing.SIGNALS,
    Crossing.MARKED,
    Crossing.INFERRED_SIGNALS,
    Crossing.UNMARKED,
    Crossing.INFERRED,
    Crossing.UNMAPPED,
)
"""From the safest to the riskiest."""
_RISK = np.argsort(np.array(_BY_RISK, np.int64))
"""By crossing: its place among the safest to the riskiest."""
_NONE, _NOT_MAPPED = int(Crossing.NONE), int(Crossing.INFERRED)
_INFERRED = int(Mark.INFERRED)


@inline
def find_crossing(way: Way, own: NDArray[np.bool_], leg: Record) -> int:
    """Return how the road is crossed on a leg (`Crossing`), the riskiest part counting."""
    found, guessed = _NONE, False
    for number in range(leg.first, leg.first + leg.count):
        if not own[number]:
            continue
        row = way.stretches[number]
        guessed |= (row.marks & _INFERRED) != 0
        if _RISK[row.crossing] > _RISK[found]:
            found = row.crossing
    return _NOT_MAPPED if found == _NONE and guessed else found
