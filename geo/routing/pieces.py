"""Parts of edges that a tree of ways reaches, as records and as straight lines. Kernels only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Rules, price, seconds_on
from geo.routing.encoding import BLOCK_SHIFT, Kind
from geo.routing.kernels import inline, kernel, maker
from geo.routing.spread import Tree, price_arc, price_sort
from geo.routing.view import View
from geo.routing.weights import find_patch

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
def _share_within(weight: float, took: float, left: float) -> float:
    """Return how much of an edge one gets along in the seconds left."""
    if weight == np.inf:
        return 0.0
    return min(left / took, 1.0) if took > 0 else 1.0


@inline
def _write(
    pieces: NDArray[Any],
    count: int,
    edge: int,
    from_first: bool,  # noqa: FBT001 - numba has no keywords
    share: float,
    length: float,
    evidence: int,
) -> int:
    """Note a part of an edge if there is any; return how many are noted."""
    if share <= 0.0:
        return count
    piece = pieces[count]
    piece.edge = edge
    piece.first = 0.0 if from_first else 1.0 - share
    piece.last = share if from_first else 1.0
    piece.metres = length * share
    piece.evidence = evidence
    return count + 1


@kernel
def collect_pieces(  # noqa: C901, PLR0912 - one hot loop: calls with whole views cost as much
    view: View,
    rules: Rules,
    tree: Tree,
    version: int,
    settled: int,
    side: int,
    budget: float,
    pieces: NDArray[Any],
    outside: NDArray[np.float64],
) -> tuple[int, int]:
    """Write what is reached within a budget, and the vertices next to it that are not.

    `budget` is in seconds; vertices are rows (x, y) in stored units. No part is named twice.
    There must be room for a row per arc and link. Return how many pieces and vertices there are.
    """
    branches, reached, prices = tree.branches, tree.reached, tree.prices
    first_arc, head, arcs, length_m = view.first_arc, view.head, view.arcs, view.length_m
    lon, lat, sort_of, sorts = view.lon, view.lat, view.sort, view.sorts
    patch_start, number_of_rules = view.patch_start, rules.number
    base, linked, count, beyond = len(first_arc) - 1, len(view.link_start) > 1, 0, 0
    for number in range(settled):
        vertex = reached[number]
        left = budget - branches[vertex].seconds
        if left < 0.0:
            continue
        if linked:
            count = _collect_links(view, rules, tree, version, side, budget, vertex, pieces, count)
        if vertex >= base:
            continue
        block = vertex >> BLOCK_SHIFT
        patched = patch_start[block] != patch_start[block + 1]
        for arc in range(first_arc[vertex], first_arc[vertex + 1]):
            other, record = head[arc], arcs[arc]
            turned, far = record.reversed == 1, branches[other]
            there = far.done == version and far.seconds <= budget
            # From both ends at once: whoever has the smaller number notes both parts.
            if there and (other < vertex or (other == vertex and turned)):
                continue
            sort, length, evidence = sort_of[arc], length_m[arc], int(record.evidence)
            if patched:
                patch = find_patch(view, arc)
                evidence = int(view.patches[patch].evidence) if patch >= 0 else evidence
                weight, took = price_arc(view, rules, prices, side, arc)
            else:
                price_of = prices[side, sort]
                if price_of.number != number_of_rules:
                    price_sort(sorts, rules, prices, side, sort)
                weight = float(length * price_of.each + price_of.once)
                took = float(length * price_of.each_s + price_of.once_s)
            here, back = _share_within(weight, took, left), 0.0
            if there:
                if patched:
                    weight, took = price_arc(view, rules, prices, 1 - side, arc)
                else:
                    price_of = prices[1 - side, sort]
                    if price_of.number != number_of_rules:
                        price_sort(sorts, rules, prices, 1 - side, sort)
                    weight = float(length * price_of.each + price_of.once)
                    took = float(length * price_of.each_s + price_of.once_s)
                back = _share_within(weight, took, budget - far.seconds)
            elif here < 1.0:
                outside[beyond, 0], outside[beyond, 1] = lon[other], lat[other]
                beyond += 1
            if here + back >= 1.0:
                here, back = 1.0, 0.0
            count = _write(pieces, count, record.edge, not turned, here, length, evidence)
            count = _write(pieces, count, record.edge, turned, back, length, evidence)
    return count, beyond


@inline
def _collect_links(
    view: View,
    rules: Rules,
    tree: Tree,
    version: int,
    side: int,
    budget: float,
    vertex: int,
    pieces: NDArray[Any],
    count: int,
) -> int:
    """Note connections that an audit added; halves of edges are noted as their edge."""
    branches, sign = tree.branches, 1 - 2 * side
    for link in range(view.link_start[vertex], view.link_start[vertex + 1]):
        record, other = view.links[link], view.link_head[link]
        there = branches[other].done == version and branches[other].seconds <= budget
        if record.kind != _LINK or (there and other < vertex):
            continue
        weight, took = price(rules, record, sign), seconds_on(rules, record, sign)
        share = _share_within(weight, took, budget - branches[vertex].seconds)
        if share > 0.0 and there:
            share = 1.0
        first = record.reversed == 0
        count = _write(pieces, count, record.edge, first, share, record.length_m, record.evidence)
    return count


@kernel
def take_edges(
    pieces: NDArray[Any], count: int, edges: NDArray[np.int32], taken: NDArray[Any]
) -> tuple[int, int]:
    """Move the pieces of some edges to `taken`; return how many are left, and how many moved."""
    kept, moved = 0, 0
    for number in range(count):
        edge, wanted = pieces[number].edge, False
        for each in edges:
            wanted |= each == edge
        if wanted:
            taken[moved] = pieces[number]
            moved += 1
        else:
            if kept < number:
                pieces[kept] = pieces[number]
            kept += 1
    return kept, moved


@kernel
def sum_pieces(
    pieces: NDArray[Any], count: int, kinds: NDArray[np.int64], totals: NDArray[np.int64]
) -> int:
    """Add the millimetres of pieces to `totals` by evidence; return them all.

    `kinds` are all packed values that occur, sorted.
    """
    whole, last = 0, 0
    for number in range(count):
        evidence = pieces[number].evidence
        if kinds[last] != evidence:
            last = int(np.searchsorted(kinds, evidence))
        length = int(np.rint(pieces[number].metres * 1000.0))
        totals[last] += length
        whole += length
    return whole


@maker
def cut_lines(
    pieces: NDArray[Any],
    used: int,
    shape_start: NDArray[np.int64],
    shape_count: NDArray[np.int32],
    shapes: NDArray[np.int32],
    links: NDArray[np.float64],
    kx: float,
    ky: float,
) -> NDArray[np.float64]:
    """Return the straight pieces of parts of edges, rows (x0, y0, x1, y1) in metres."""
    room = 0
    for number in range(used):
        room += shape_count[pieces[number].edge] if pieces[number].edge >= 0 else 1
    lines = np.empty((room, 4))
    count = 0
    for number in range(used):
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
