"""What a search reads: base and overlay side by side, frozen for its whole length."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.encoding import ARC, BLOCK_SHIFT
from geo.routing.graph import Graph


class View(NamedTuple):
    """Arrays of one immutable pair of base and overlay.

    Arcs of the base are numbered 0 … n - 1, links follow. A patch replaces the record of a
    base arc. Vertices of the base come first, those that links added follow.
    """

    lon: NDArray[np.int32]
    lat: NDArray[np.int32]
    first_arc: NDArray[np.int64]
    head: NDArray[np.int32]
    arcs: NDArray[Any]
    patch_start: NDArray[np.int32]
    """Patches of block b are patch_start[b] … patch_start[b + 1]."""
    patch_arc: NDArray[np.int32]
    """Sorted."""
    patches: NDArray[Any]
    link_start: NDArray[np.int64]
    """CSR of links by tail over all vertices; a single zero when there are none."""
    link_head: NDArray[np.int32]
    links: NDArray[Any]
    joined: NDArray[np.int32]
    """By connected part of the base the part it belongs to with links; empty without links."""
    length_m: NDArray[np.float32]
    sort: NDArray[np.int32]
    """Per arc of the base, the row in `sorts`, which knows all but its length."""
    sorts: NDArray[Any]


def list_evidence(view: View, *, base: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return every packed evidence that occurs, sorted: a handful of values.

    `base` are those of the base, if known.
    """
    parts = [view.arcs["evidence"]] if base is None else [base]
    parts += [view.patches["evidence"], view.links["evidence"]]
    return np.unique(np.concatenate(parts)).astype(np.int64)


def block_count(vertices: int) -> int:
    """Return how many blocks of vertices a network has."""
    return (vertices >> BLOCK_SHIFT) + 1


def index_patches(graph: Graph, patch_arc: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return where the patches of each block begin, for sorted arc numbers."""
    blocks = block_count(graph.vertex_count)
    vertices = np.minimum(np.arange(blocks + 1) << BLOCK_SHIFT, graph.vertex_count)
    bounds = graph.arrays.first_arc[vertices]
    return np.asarray(np.searchsorted(patch_arc, bounds), np.int32)


def plain_view(graph: Graph) -> View:
    """Return the base alone."""
    none = np.zeros(0, np.int32)
    return View(
        lon=np.asarray(graph.arrays.lon),
        lat=np.asarray(graph.arrays.lat),
        first_arc=np.asarray(graph.arrays.first_arc),
        head=np.asarray(graph.arrays.head),
        arcs=np.asarray(graph.arrays.arcs),
        patch_start=index_patches(graph, none),
        patch_arc=none,
        patches=np.zeros(0, ARC),
        link_start=np.zeros(1, np.int64),
        link_head=none,
        links=np.zeros(0, ARC),
        joined=none,
        length_m=np.asarray(graph.arrays.length_m),
        sort=np.asarray(graph.arrays.sort),
        sorts=np.asarray(graph.arrays.sorts),
    )
