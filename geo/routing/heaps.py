"""A binary heap of (key, value) pairs in two arrays, for kernels; the smallest key is at 0."""

import numpy as np
from numpy.typing import NDArray

from geo.routing.kernels import inline


@inline
def push(
    keys: NDArray[np.float64], values: NDArray[np.int32], count: int, key: float, value: int
) -> int:
    """Add a pair and return the new count; the arrays must have room for it."""
    place = count
    while place > 0:
        above = (place - 1) >> 2
        if keys[above] <= key:
            break
        keys[place] = keys[above]
        values[place] = values[above]
        place = above
    keys[place] = key
    values[place] = value
    return count + 1


@inline
def pop(keys: NDArray[np.float64], values: NDArray[np.int32], count: int) -> int:
    """Drop the pair at 0 and return the new count."""
    count -= 1
    key, value = keys[count], values[count]
    place = 0
    while True:
        child = 4 * place + 1
        if child >= count:
            break
        smallest = child
        for other in range(child + 1, min(child + 4, count)):
            if keys[other] < keys[smallest]:
                smallest = other
        if keys[smallest] >= key:
            break
        keys[place] = keys[smallest]
        values[place] = values[smallest]
        place = smallest
    keys[place] = key
    values[place] = value
    return count
