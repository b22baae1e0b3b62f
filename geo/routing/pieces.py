"""Parts of edges that a tree of ways reaches, as records and as straight lines. Kernels only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Rules, price, seconds_on
from geo.routing.encoding import BLOCK_SHIFT, Kind
from geo.routing.kernels import inline, kernel
from geo.routing.spread import Tree, price_arc
from geo.routing.view import View

PIECE = np.dtype(
    [
        ("first", np.float64),
        ("last", np.float64),
        ("metres", np.float64),
        ("evidence", np.int64),
        ("edge", np.int32),
    ],
    align=True,
)
"""A part of an edge, from share `first` to `last` of its length; `edge` below zero is a link."""
_LINK = int(Kind.LINK)


@inline
def _record_evidence(view: View, arc: int, patched: bool) -> int:  # noqa: FBT001 - numba has no keywords
    if patched:
        found = np.searchsorted(view.patch_arc, arc)
        if found < len(view.patch_arc) and view.patch_arc[found] == arc:
            return np.int64(view.patches[found].evidence)  # type: ignore[return-value]
    return np.int64(view.arcs[arc].evidence)  # type: ignore[return-value]


@inline
def _share_from(
    tree: Tree, version: int, vertex: int, weight: float, took: float, budget: float
) -> float:
    """Return how much of an edge one gets along from a vertex."""
    branch = tree.branches[vertex]
    if branch.done != version or branch.seconds > budget or weight == np.inf:
        return 0.0
    return min((budget - branch.seconds) / took, 1.0) if took > 0 else 1.0


@kernel
def collect_pieces(
    view: View,
    rules: Rules,
    tree: Tree,
    version: int,
    settled: int,
    side: int,
    budget: float,
    arc_forward: NDArray[np.int32],
    arc_backward: NDArray[np.int32],
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return what is reached within a budget, and the vertices next to it that are not.

    `budget` is in seconds; vertices are rows (x, y) in stored units. No part is named twice.
    """
    base, linked, room = len(view.first_arc) - 1, len(view.link_start) > 1, 1
    for number in range(settled):
        vertex = tree.reached[number]
        if vertex < base:
            room += view.first_arc[vertex + 1] - view.first_arc[vertex]
        if linked:
            room += view.link_start[vertex + 1] - view.link_start[vertex]
    pieces, outside = np.empty(2 * room, PIECE), np.empty((room, 2))
    counts = np.zeros(2, np.int64)
    for number in range(settled):
        vertex = tree.reached[number]
        if tree.branches[vertex].seconds > budget:
            continue
        if vertex < base:
            for arc in range(view.first_arc[vertex], view.first_arc[vertex + 1]):
                row = view.arcs[arc].edge
                twin = arc_forward[row] + arc_backward[row] - arc
                _collect_arc(
                    *(view, rules, tree, version, side, budget, vertex, arc, twin),
                    *(pieces, outside, counts),
                )
        if linked:
            for link in range(view.link_start[vertex], view.link_start[vertex + 1]):
                _collect_link(
                    view, rules, tree, version, side, budget, vertex, link, pieces, counts
                )
    return pieces[: counts[0]], outside[: counts[1]]


@inline
def _is_patched(view: View, vertex: int) -> bool:
    block = vertex >> BLOCK_SHIFT
    return bool(view.patch_start[block] != view.patch_start[block + 1])


@inline
def _write(
    pieces: NDArray[Any],
    counts: NDArray[np.int64],
    edge: int,
    from_first: bool,  # noqa: FBT001 - numba has no keywords
    share: float,
    length: float,
    evidence: int,
) -> None:
    piece = pieces[counts[0]]
    piece.edge = edge
    piece.first = 0.0 if from_first else 1.0 - share
    piece.last = share if from_first else 1.0
    piece.metres = length * share
    piece.evidence = evidence
    counts[0] += 1


@inline
def _collect_arc(
    view: View,
    rules: Rules,
    tree: Tree,
    version: int,
    side: int,
    budget: float,
    vertex: int,
    arc: int,
    twin: int,
    pieces: NDArray[Any],
    outside: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> None:
    """Note how far one gets along an edge, from both ends where both are reached."""
    branches, other = tree.branches, view.head[arc]
    turned = view.arcs[arc].reversed == 1
    there = branches[other].done == version and branches[other].seconds <= budget
    if there and (other < vertex or (other == vertex and turned)):
        return
    patched = _is_patched(view, vertex)
    weight, took = price_arc(view, rules, tree.prices, side, arc, patched)
    here, back = _share_from(tree, version, vertex, weight, took, budget), 0.0
    if there:
        weight, took = price_arc(view, rules, tree.prices, side, twin, _is_patched(view, other))
        back = _share_from(tree, version, other, weight, took, budget)
    elif here < 1.0:
        outside[counts[1], 0], outside[counts[1], 1] = view.lon[other], view.lat[other]
        counts[1] += 1
    if here + back >= 1.0:
        here, back = 1.0, 0.0
    edge, length = view.arcs[arc].edge, view.length_m[arc]
    evidence = _record_evidence(view, arc, patched)
    if here > 0.0:
        _write(pieces, counts, edge, not turned, here, length, evidence)
    if back > 0.0:
        _write(pieces, counts, edge, turned, back, length, evidence)


@inline
def _collect_link(
    view: View,
    rules: Rules,
    tree: Tree,
    version: int,
    side: int,
    budget: float,
    vertex: int,
    link: int,
    pieces: NDArray[Any],
    counts: NDArray[np.int64],
) -> None:
    """Note a connection that an audit added; halves of edges are noted as their edge."""
    branches, record, other = tree.branches, view.links[link], view.link_head[link]
    there = branches[other].done == version and branches[other].seconds <= budget
    if record.kind != _LINK or (there and other < vertex):
        return
    sign = 1 - 2 * side
    weight, took = price(rules, record, sign), seconds_on(rules, record, sign)
    share = _share_from(tree, version, vertex, weight, took, budget)
    if share > 0.0:
        share = 1.0 if there else share
        length = record.length_m
        _write(pieces, counts, record.edge, record.reversed == 0, share, length, record.evidence)


@kernel
def cut_lines(
    pieces: NDArray[Any],
    shape_start: NDArray[np.int64],
    shape_count: NDArray[np.int32],
    shapes: NDArray[np.int32],
    links: NDArray[np.float64],
    kx: float,
    ky: float,
) -> NDArray[np.float64]:
    """Return the straight pieces of parts of edges, rows (x0, y0, x1, y1) in metres."""
    room = 0
    for number in range(len(pieces)):
        room += shape_count[pieces[number].edge] if pieces[number].edge >= 0 else 1
    lines = np.empty((room, 4))
    count = 0
    for number in range(len(pieces)):
        row = pieces[number].edge
        if row < 0:
            ax, ay, bx, by = links[-1 - row]
            for place in range(2):
                share = pieces[number].first if place == 0 else pieces[number].last
                lines[count, 2 * place] = (ax + (bx - ax) * share) * kx
                lines[count, 2 * place + 1] = (ay + (by - ay) * share) * ky
            count += 1
            continue
        start, points = shape_start[row], shape_count[row]
        whole = 0.0
        for point in range(start, start + points - 1):
            dx = (shapes[point + 1, 0] - shapes[point, 0]) * kx
            dy = (shapes[point + 1, 1] - shapes[point, 1]) * ky
            whole += np.sqrt(dx * dx + dy * dy)
        along = 0.0
        for point in range(start, start + points - 1):
            ax, ay = shapes[point, 0] * kx, shapes[point, 1] * ky
            dx, dy = shapes[point + 1, 0] * kx - ax, shapes[point + 1, 1] * ky - ay
            length = np.sqrt(dx * dx + dy * dy)
            begin = max(pieces[number].first * whole - along, 0.0)
            end = min(pieces[number].last * whole - along, length)
            along += length
            if end < begin or length == 0.0:
                continue
            lines[count, 0], lines[count, 1] = ax + dx * begin / length, ay + dy * begin / length
            lines[count, 2], lines[count, 3] = ax + dx * end / length, ay + dy * end / length
            count += 1
    return lines[:count]
