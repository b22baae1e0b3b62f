"""One to many: the cheapest ways from some places to everything near, or to many goals.

A tree grows from the origins in order of cost; each vertex knows besides how long the way to it
takes and how far it is, so times are those of the ways that a plan would recommend. It stops at
a cost, prunes at a time, or ends when enough groups of goals are proven cheapest. On side 1 it
grows against the arcs: who can come to me. Pure: no database, no clock.
"""

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import SearchTooLongError, Target
from geo.routing.costs import Rules, price, price_parts, seconds_on, seconds_parts
from geo.routing.encoding import BLOCK_SHIFT
from geo.routing.heaps import make_key, pop, push, seconds_of, vertex_of
from geo.routing.kernels import inline, kernel, maker
from geo.routing.overlay import Overlay
from geo.routing.planner import Planner, Seed
from geo.routing.roadside import SAME_PLACE_M
from geo.routing.view import View
from geo.routing.walks import judge, shares_of
from geo.routing.weights import find_patch

SLICE = 100_000
"""Vertices settled between two looks at the clock; about 20 ms."""

BRANCH = np.dtype(
    [
        ("cost", np.float64),
        ("seconds", np.float64),
        ("metres", np.float64),
        ("seen", np.int32),
        ("done", np.int32),
        ("root", np.int32),
        ("parent", np.int32),
        ("before", np.int32),
        ("goal", np.int32),
        ("goal_seen", np.int32),
    ],
    align=True,
)
"""What is known of a vertex; it counts only where `seen` is the version of the search.

`root` is the starting point that the way comes from, `parent` the arc and `before` the vertex
it was reached over (-1 at a starting point), `goal` the first goal at the vertex, valid
where `goal_seen` is the version.
"""
_PRICE = np.dtype(
    [
        ("each", np.float32),
        ("once", np.float32),
        ("each_s", np.float32),
        ("once_s", np.float32),
        ("number", np.int64),
    ],
    align=True,
)


class Tree(NamedTuple):
    """What a search writes; kept per thread, marked with versions instead of being cleared."""

    branches: NDArray[Any]
    heap: NDArray[np.int64]
    prices: NDArray[Any]
    """By side and sort of arc."""
    reached: NDArray[np.int32]
    """Settled vertices, cheapest first."""
    state: NDArray[np.int64]
    """[entries in the heap, settled]"""


class Goals(NamedTuple):
    """Places looked for, in groups of which any will do; sorted by vertex."""

    vertex: NDArray[np.int32]
    group: NDArray[np.int32]
    cost: NDArray[np.float64]
    """From the vertex into the place."""
    best: NDArray[np.float64]
    """Per group, what the cheapest way costs; infinite until found."""
    pick: NDArray[np.int32]
    """Per group, the goal of that way."""
    wanted: int
    """How many groups are enough."""


class Aim(NamedTuple):
    """Where the ways must lead on to: what cannot get there within the limit is not gone on from.

    A circle in stored units; `east` and `north` are metres per unit, `pace` seconds per metre
    that nobody beats, 0 for a search without an aim.
    """

    x: float
    y: float
    reach: float
    east: float
    north: float
    pace: float


NO_AIM = Aim(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Roots(NamedTuple):
    """Where the search begins."""

    vertex: NDArray[np.int32]
    cost: NDArray[np.float64]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]


class Grown(NamedTuple):
    """The result: valid until the same thread searches again."""

    tree: Tree
    version: int
    settled: int

    def find(self, vertex: int) -> NDArray[Any] | None:
        """Return the branch at a vertex, `None` where the tree did not get."""
        branch = self.tree.branches[vertex]
        return branch if branch["done"] == self.version else None

    def list_arcs(self, vertex: int) -> list[int]:
        """Return the arcs between a starting point and a vertex, the vertex's own last."""
        arcs: list[int] = _trace(self.tree, vertex)[::-1].tolist()
        return arcs


_memory = threading.local()
_SIDES = ("ahead", "behind")
NO_GOALS = Goals(
    *(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)),
    *(np.zeros(0), np.zeros(0, np.int32), 0),
)


def make_goals(
    vertex: Sequence[int], group: Sequence[int], cost: Sequence[float], groups: int, wanted: int
) -> tuple[Goals, NDArray[np.int64]]:
    """Return goals and, for each of them, its place in what was given."""
    vertices = np.array(vertex, np.int32)
    order = np.argsort(vertices, kind="stable")
    goals = Goals(
        vertices[order],
        np.array(group, np.int32)[order],
        np.array(cost, np.float64)[order],
        np.full(groups, np.inf),
        np.full(groups, -1, np.int32),
        wanted,
    )
    return goals, order


def hit_away(seed: Seed) -> float:
    """Return how far a place lies from the street, in metres, as an answer counts it."""
    return seed.hit.distance_m if seed.hit.distance_m >= SAME_PLACE_M else 0.0


def time_seeds(
    planner: Planner,
    overlay: Overlay,
    rules: Rules,
    seeds: Sequence[Seed],
    places: Sequence[Target],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return seconds and metres between each seed's vertex and inside its own place."""
    walks = np.array([seed.walk for seed in seeds], np.float64).reshape(-1, 4)
    judged, records = judge(overlay, rules, walks)
    shares = shares_of(walks)
    away = np.array([hit_away(seed) for seed in seeds], np.float64)
    known: dict[int, float] = {}
    for seed, place in zip(seeds, places, strict=True):
        if id(seed.hit) not in known:
            access_s = planner.time_access(rules, place, seed.hit)
            known[id(seed.hit)] = access_s + place.extra_seconds
    doors = np.array([known[id(seed.hit)] for seed in seeds], np.float64)
    seconds = np.where(shares > 0, judged.seconds * shares, 0.0) + doors
    return seconds, records["length_m"].astype(np.float64) * shares + away


def grow(
    overlay: Overlay,
    rules: Rules,
    roots: Roots,
    *,
    backwards: bool = False,
    goals: Goals = NO_GOALS,
    limit_cost: float = math.inf,
    limit_s: float = math.inf,
    aim: Aim = NO_AIM,
    until: float = math.inf,
) -> Grown:
    """Grow a tree; raises `SearchTooLongError` after `until` (of `time.perf_counter`).

    A vertex that takes longer than `limit_s` is not gone on from. Trees forwards and backwards
    lie in memory of their own, so one of each may be looked at together.
    """
    side = 1 if backwards else 0
    tree, version = _tree_for(overlay.view, side)
    _plant(tree, version, roots, goals)
    limits = (limit_cost, limit_s, aim, SLICE)
    while not _go_on(overlay.view, rules, tree, version, side, goals, *limits):
        if time.perf_counter() > until:
            raise SearchTooLongError
    return Grown(tree, version, int(tree.state[1]))


@dataclass(slots=True)
class _Kept:
    """Memory of one thread and direction."""

    tree: Tree
    sorts: NDArray[Any]
    version: int = 0


def _tree_for(view: View, side: int) -> tuple[Tree, int]:
    vertices, arcs, sorts = len(view.lon), len(view.head) + len(view.links), len(view.sorts)
    kept: _Kept | None = getattr(_memory, _SIDES[side], None)
    fits = kept is not None and (
        len(kept.tree.branches) >= vertices
        and len(kept.tree.heap[0]) >= arcs + 4096
        and len(kept.tree.prices[0]) >= sorts
    )
    if kept is None or not fits:
        tree = Tree(
            np.zeros(vertices + 1024, BRANCH),
            np.empty((1, arcs + arcs // 16 + 8192), np.int64),
            np.zeros((2, sorts + sorts // 8 + 64), _PRICE),
            np.empty(vertices + 1024, np.int32),
            np.zeros(2, np.int64),
        )
        kept = _Kept(tree, view.sorts)
        setattr(_memory, _SIDES[side], kept)
    if kept.sorts is not view.sorts:
        # Sorts are numbered anew with each base.
        kept.tree.prices["number"] = 0
        kept.sorts = view.sorts
    kept.version += 1
    if kept.version == np.iinfo(np.int32).max:
        for name in ("seen", "done", "goal_seen"):
            kept.tree.branches[name] = 0
        kept.version = 1
    return kept.tree, kept.version


@inline
def _reach(
    tree: Tree,
    version: int,
    count: int,
    vertex: int,
    cost: float,
    seconds: float,
    metres: float,
    root: int,
    parent: int,
    before: int,
) -> int:
    known = tree.branches[vertex]
    if known.seen == version and known.cost <= cost:
        return count
    known.seen = version
    known.cost = cost
    known.seconds = seconds
    known.metres = metres
    known.root = root
    known.parent = parent
    known.before = before
    if count == tree.heap.shape[1]:
        return count
    return push(tree.heap, 0, count, make_key(cost), vertex)


@kernel
def _plant(tree: Tree, version: int, roots: Roots, goals: Goals) -> None:
    count = 0
    for root in range(len(roots.vertex)):
        if roots.cost[root] < np.inf:
            count = _reach(
                tree,
                version,
                count,
                roots.vertex[root],
                roots.cost[root],
                roots.seconds[root],
                roots.metres[root],
                root,
                -1,
                -1,
            )
    tree.state[0], tree.state[1] = count, 0
    for back in range(len(goals.vertex)):
        goal = len(goals.vertex) - 1 - back
        branch = tree.branches[goals.vertex[goal]]
        branch.goal = goal
        branch.goal_seen = version


@inline
def price_sort(
    sorts: NDArray[Any], rules: Rules, prices: NDArray[Any], side: int, sort: int
) -> None:
    """Compute the prices of a sort of arc, of its time as well."""
    each, once = price_parts(rules, sorts[sort], 1 - 2 * side)
    each_s, once_s = seconds_parts(rules, sorts[sort], 1 - 2 * side)
    known = prices[side, sort]
    known.each = each
    known.once = once
    known.each_s = each_s
    known.once_s = once_s
    known.number = rules.number


@inline
def price_arc(
    view: View, rules: Rules, prices: NDArray[Any], side: int, arc: int
) -> tuple[float, float]:
    """Return (weight, seconds) of an arc of the base with what was laid over it."""
    patch = find_patch(view, arc)
    if patch >= 0:
        record, sign = view.patches[patch], 1 - 2 * side
        return price(rules, record, sign), seconds_on(rules, record, sign)
    length, known = view.length_m[arc], prices[side, view.sort[arc]]
    if known.number != rules.number:
        price_sort(view.sorts, rules, prices, side, view.sort[arc])
    return float(length * known.each + known.once), float(length * known.each_s + known.once_s)


@inline
def _note_goals(tree: Tree, goals: Goals, vertex: int) -> bool:
    """Note what is found at a vertex; return whether anything is better now."""
    branch = tree.branches[vertex]
    changed = False
    goal = branch.goal
    while goal < len(goals.vertex) and goals.vertex[goal] == vertex:
        whole, group = branch.cost + goals.cost[goal], goals.group[goal]
        if whole < goals.best[group]:
            goals.best[group] = whole
            goals.pick[group] = goal
            changed = True
        goal += 1
    return changed


@inline
def _relax_patched(
    view: View, rules: Rules, tree: Tree, version: int, side: int, count: int, vertex: int
) -> int:
    """Relax the arcs of a vertex where something may be laid over them; few are."""
    own = tree.branches[vertex]
    for arc in range(view.first_arc[vertex], view.first_arc[vertex + 1]):
        weight, took = price_arc(view, rules, tree.prices, side, arc)
        other = view.head[arc]
        if own.cost + weight < np.inf and tree.branches[other].done != version:
            reached = own.cost + weight, own.seconds + took, own.metres + view.length_m[arc]
            count = _reach(tree, version, count, other, *reached, own.root, arc, vertex)
    return count


@inline
def _relax_links(
    view: View, rules: Rules, tree: Tree, version: int, side: int, count: int, vertex: int
) -> int:
    own, sign = tree.branches[vertex], 1 - 2 * side
    for link in range(view.link_start[vertex], view.link_start[vertex + 1]):
        record, there = view.links[link], view.link_head[link]
        weight, took = price(rules, record, sign), seconds_on(rules, record, sign)
        if own.cost + weight < np.inf and tree.branches[there].done != version:
            reached = own.cost + weight, own.seconds + took, own.metres + record.length_m
            arc = len(view.head) + link
            count = _reach(tree, version, count, there, *reached, own.root, arc, vertex)
    return count


@inline
def _left_s(view: View, aim: Aim, vertex: int) -> float:
    dx, dy = (view.lon[vertex] - aim.x) * aim.east, (view.lat[vertex] - aim.y) * aim.north
    return max(math.sqrt(dx * dx + dy * dy) - aim.reach, 0.0) * aim.pace


@maker
def _enough(goals: Goals) -> float:
    """Return the cost beyond which nothing more is wanted, infinite while some is."""
    if len(goals.best) == 0 or np.sum(goals.best < np.inf) < goals.wanted:
        return np.inf
    return float(np.partition(goals.best, goals.wanted - 1)[goals.wanted - 1])


@maker
def _go_on(  # noqa: C901 - one hot loop: calls in it cost a third each
    view: View,
    rules: Rules,
    tree: Tree,
    version: int,
    side: int,
    goals: Goals,
    limit_cost: float,
    limit_s: float,
    aim: Aim,
    budget: int,
) -> bool:
    """Settle some vertices; return whether the search is at its end."""
    branches, heap, reached, prices = tree.branches, tree.heap, tree.reached, tree.prices
    first_arc, head, length_m, sort_of = view.first_arc, view.head, view.length_m, view.sort
    sorts, patch_start, base = view.sorts, view.patch_start, len(first_arc) - 1
    linked, room = len(view.link_start) > 1, heap.shape[1]
    count, settled = tree.state[0], tree.state[1]
    bound = min(limit_cost, _enough(goals))
    for _ in range(budget):
        if count == 0 or seconds_of(heap[0, 0]) > bound:
            tree.state[0], tree.state[1] = 0, settled
            return True
        vertex = vertex_of(heap[0, 0])
        count = pop(heap, 0, count)
        own = branches[vertex]
        if own.done == version:
            continue
        own.done = version
        if own.seconds > limit_s or own.cost + _left_s(view, aim, vertex) > limit_cost:
            continue
        reached[settled] = vertex
        settled += 1
        if own.goal_seen == version and _note_goals(tree, goals, vertex):
            bound = min(limit_cost, _enough(goals))
        block = vertex >> BLOCK_SHIFT
        plain = vertex < base and patch_start[block] == patch_start[block + 1]
        if vertex < base and not plain:
            count = _relax_patched(view, rules, tree, version, side, count, vertex)
        for arc in range(first_arc[vertex] if plain else 0, first_arc[vertex + 1] if plain else 0):
            known = branches[head[arc]]
            if known.done == version:
                continue
            # Here and not in a function, which would be handed all the rules for each arc.
            length, price_of = length_m[arc], prices[side, sort_of[arc]]
            if price_of.number != rules.number:
                price_sort(sorts, rules, prices, side, sort_of[arc])
            cost = own.cost + float(length * price_of.each + price_of.once)
            if cost == np.inf or (known.seen == version and known.cost <= cost):
                continue
            known.seen = version
            known.cost = cost
            known.seconds = own.seconds + float(length * price_of.each_s + price_of.once_s)
            known.metres = own.metres + length
            known.root = own.root
            known.parent = arc
            known.before = vertex
            if count < room:
                count = push(heap, 0, count, make_key(cost), head[arc])
        if linked:
            count = _relax_links(view, rules, tree, version, side, count, vertex)
    tree.state[0], tree.state[1] = count, settled
    return False


def make_roots(
    planner: Planner,
    overlay: Overlay,
    rules: Rules,
    places: Sequence[Target],
    seeds: Sequence[Seed],
) -> Roots:
    """Return the starting points of some seeds; the root of a branch is the seed's number."""
    own = [places[seed.place] for seed in seeds]
    seconds, metres = time_seeds(planner, overlay, rules, seeds, own)
    vertex = np.array([seed.vertex for seed in seeds], np.int32)
    return Roots(vertex, np.array([seed.cost for seed in seeds], np.float64), seconds, metres)


@maker
def _trace(tree: Tree, vertex: int) -> NDArray[np.int64]:
    """Return the arcs from a vertex back to its starting point."""
    count, place = 0, vertex
    while tree.branches[place].parent >= 0:
        count += 1
        place = tree.branches[place].before
    path = np.empty(count, np.int64)
    place = vertex
    for number in range(count):
        path[number] = tree.branches[place].parent
        place = tree.branches[place].before
    return path
