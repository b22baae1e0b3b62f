"""Two four-way heaps of (key, value) pairs, one per direction of a search, for kernels.

Both lie in two arrays with a row per direction; the smallest key of a row is at 0.
"""

import numpy as np
from numpy.typing import NDArray

from geo.routing.kernels import paste


@paste
def push(
    keys: NDArray[np.float64],
    values: NDArray[np.int32],
    row: int,
    count: int,
    key: float,
    value: int,
) -> int:
    """Add a pair to a heap of `count` pairs and return the new count; there must be room."""
    place = count
    while place > 0:
        above = (place - 1) >> 2
        if keys[row, above] <= key:
            break
        keys[row, place] = keys[row, above]
        values[row, place] = values[row, above]
        place = above
    keys[row, place] = key
    values[row, place] = value
    return count + 1


@paste
def pop(keys: NDArray[np.float64], values: NDArray[np.int32], row: int, count: int) -> int:
    """Drop the pair at 0 and return the new count."""
    count -= 1
    key, value = keys[row, count], values[row, count]
    place = 0
    while True:
        child = 4 * place + 1
        if child >= count:
            break
        smallest = child
        for other in range(child + 1, min(child + 4, count)):
            if keys[row, other] < keys[row, smallest]:
                smallest = other
        if keys[row, smallest] >= key:
            break
        keys[row, place] = keys[row, smallest]
        values[row, place] = values[row, smallest]
        place = smallest
    keys[row, place] = key
    values[row, place] = value
    return count
