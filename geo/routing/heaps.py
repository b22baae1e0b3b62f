"""Two four-way heaps of waiting vertices, one per direction of a search, for kernels.

An entry is one whole number: the key in its upper bits, the vertex in its lower 24, so that
comparing and moving it is one instruction each. Keys are seconds in steps of 15 microseconds,
rounded down: an entry's key is never above the true one, which is what makes stopping safe.
"""

import numpy as np
from numpy.typing import NDArray

from geo.routing.kernels import paste

VERTEX_BITS = 24
MOST_VERTICES = 1 << VERTEX_BITS
_VERTEX = MOST_VERTICES - 1
STEPS_PER_S = 65536.0
_LATEST = float((1 << (62 - VERTEX_BITS)) - 1)
"""Keys end here, at 48 days; what is later shares one key and still waits its turn."""


@paste
def make_key(seconds: float) -> int:
    """Return a time as a key; not below zero."""
    return np.int64(min(max(seconds, 0.0) * STEPS_PER_S, _LATEST))  # type: ignore[return-value]


@paste
def seconds_of(entry: int) -> float:
    """Return the key of an entry in seconds."""
    return (entry >> VERTEX_BITS) * (1.0 / STEPS_PER_S)


@paste
def push(heap: NDArray[np.int64], row: int, count: int, key: int, vertex: int) -> int:
    """Add an entry to a heap of `count` and return the new count; there must be room."""
    entry = (key << VERTEX_BITS) | vertex
    place = count
    while place > 0:
        above = (place - 1) >> 2
        other = heap[row, above]
        if other <= entry:
            break
        heap[row, place] = other
        place = above
    heap[row, place] = entry
    return count + 1


@paste
def pop(heap: NDArray[np.int64], row: int, count: int) -> int:
    """Drop the entry at 0 and return the new count."""
    count -= 1
    entry = heap[row, count]
    place = 0
    while True:
        child = 4 * place + 1
        if child >= count:
            break
        smallest, least = child, heap[row, child]
        for sibling in range(child + 1, min(child + 4, count)):
            if heap[row, sibling] < least:
                smallest, least = sibling, heap[row, sibling]
        if least >= entry:
            break
        heap[row, place] = least
        place = smallest
    heap[row, place] = entry
    return count


@paste
def vertex_of(entry: int) -> int:
    """Return the vertex of an entry."""
    return entry & _VERTEX
