"""Connected parts of a network, by union-find."""

import numpy as np
from numpy.typing import NDArray

from geo.routing.kernels import inline, maker


def label_components(
    vertices: int, first: NDArray[np.int32], last: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the number of the connected part of each vertex, walking edges both ways."""
    return _label(vertices, np.ascontiguousarray(first), np.ascontiguousarray(last))


@inline
def _root(parent: NDArray[np.int32], vertex: int) -> int:
    while parent[vertex] != vertex:
        parent[vertex] = parent[parent[vertex]]
        vertex = parent[vertex]
    return vertex


@maker
def _label(vertices: int, first: NDArray[np.int32], last: NDArray[np.int32]) -> NDArray[np.int32]:
    parent = np.arange(vertices).astype(np.int32)
    for edge in range(len(first)):
        one, other = _root(parent, first[edge]), _root(parent, last[edge])
        if one < other:
            parent[other] = one
        elif other < one:
            parent[one] = other
    for vertex in range(vertices):
        parent[vertex] = _root(parent, vertex)
    return parent
