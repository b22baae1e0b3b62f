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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import SearchTooLongError, Target
from geo.routing.costs import Rules, price, price_parts, seconds_on, seconds_parts
from geo.routing.encoding import BLOCK_SHIFT
from geo.routing.heaps import make_key, pop, push, seconds_of, vertex_of
from geo.routing.kernels import inline, kernel
from geo.routing.overlay import Overlay
from geo.routing.planner import Seed
from geo.routing.view import View
from geo.routing.walks import judge

SLICE = 100_000
"""Vertices settled between two looks at the clock; about 20 ms."""
_SAME_PLACE_M = 0.5

BRANCH = np.dtype(
    [
        ("cost", np.float64),
        ("seconds", np.float64),
        ("metres", np.float64),
        ("seen", np.int32),
        ("done", np.int32),
        ("root", np.int32),
        ("goal", np.int32),
        ("goal_seen", np.int32),
    ],
    align=True,
)
"""What is known of a vertex; it counts only where `seen` is the version of the search.

`root` is the starting point that the way comes from, `goal` the first goal at the vertex, valid
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


_memory = threading.local()
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
    return seed.hit.distance_m if seed.hit.distance_m >= _SAME_PLACE_M else 0.0


def time_seeds(
    overlay: Overlay, rules: Rules, seeds: Sequence[Seed], doors: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return seconds and metres between each seed's vertex and inside its place.

    `doors` are the seconds from the street to inside, one per seed.
    """
    judged, records = judge(overlay, rules, [seed.walk for seed in seeds])
    flat = float(rules.pace[len(rules.pace) // 2])
    shares = np.array([seed.walk.end - seed.walk.start for seed in seeds])
    away = np.array([hit_away(seed) for seed in seeds], np.float64)
    seconds = np.where(shares > 0, judged.seconds * shares, 0.0) + away * flat
    seconds = seconds + np.array(doors, np.float64)
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
    until: float = math.inf,
) -> Grown:
    """Grow a tree; raises `SearchTooLongError` after `until` (of `time.perf_counter`).

    A vertex that takes longer than `limit_s` is not gone on from.
    """
    tree, version = _tree_for(overlay.view)
    side = 1 if backwards else 0
    _plant(tree, version, roots, goals)
    while not _go_on(overlay.view, rules, tree, version, side, goals, limit_cost, limit_s, SLICE):
        if time.perf_counter() > until:
            raise SearchTooLongError
    return Grown(tree, version, int(tree.state[1]))


def _tree_for(view: View) -> tuple[Tree, int]:
    vertices, arcs, sorts = len(view.lon), len(view.head) + len(view.links), len(view.sorts)
    tree: Tree | None = getattr(_memory, "tree", None)
    fits = tree is not None and (
        len(tree.branches) >= vertices
        and len(tree.heap[0]) >= arcs + 4096
        and len(tree.prices[0]) >= sorts
    )
    if tree is None or not fits:
        room = arcs + arcs // 16 + 8192
        tree = Tree(
            np.zeros(vertices + 1024, BRANCH),
            np.empty((1, room), np.int64),
            np.zeros((2, sorts + sorts // 8 + 64), _PRICE),
            np.empty(vertices + 1024, np.int32),
            np.zeros(2, np.int64),
        )
        _memory.tree, _memory.version, _memory.sorts = tree, 0, view.sorts
    if _memory.sorts is not view.sorts:
        # Sorts are numbered anew with each base.
        tree.prices["number"] = 0
        _memory.sorts = view.sorts
    _memory.version += 1
    if _memory.version == np.iinfo(np.int32).max:
        for name in ("seen", "done", "goal_seen"):
            tree.branches[name] = 0
        _memory.version = 1
    return tree, _memory.version


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
) -> int:
    known = tree.branches[vertex]
    if known.seen == version and known.cost <= cost:
        return count
    known.seen = version
    known.cost = cost
    known.seconds = seconds
    known.metres = metres
    known.root = root
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
            )
    tree.state[0], tree.state[1] = count, 0
    for back in range(len(goals.vertex)):
        goal = len(goals.vertex) - 1 - back
        branch = tree.branches[goals.vertex[goal]]
        branch.goal = goal
        branch.goal_seen = version


@inline
def price_arc(
    view: View,
    rules: Rules,
    prices: NDArray[Any],
    side: int,
    arc: int,
    patched: bool,  # noqa: FBT001 - numba has no keywords
) -> tuple[float, float]:
    """Return (weight, seconds) of an arc of the base with what was laid over it."""
    if patched:
        found = np.searchsorted(view.patch_arc, arc)
        if found < len(view.patch_arc) and view.patch_arc[found] == arc:
            record = view.patches[found]
            sign = 1 - 2 * side
            return price(rules, record, sign), seconds_on(rules, record, sign)
    sort = view.sort[arc]
    known = prices[side, sort]
    if known.number != rules.number:
        each, once = price_parts(rules, view.sorts[sort], 1 - 2 * side)
        each_s, once_s = seconds_parts(rules, view.sorts[sort], 1 - 2 * side)
        known.each = each
        known.once = once
        known.each_s = each_s
        known.once_s = once_s
        known.number = rules.number
    length = view.length_m[arc]
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
def _relax_arcs(
    view: View, rules: Rules, tree: Tree, version: int, side: int, count: int, vertex: int
) -> int:
    branches, prices, head = tree.branches, tree.prices, view.head
    cost, seconds = branches[vertex].cost, branches[vertex].seconds
    metres, root = branches[vertex].metres, branches[vertex].root
    block = vertex >> BLOCK_SHIFT
    patched = view.patch_start[block] != view.patch_start[block + 1]
    for arc in range(view.first_arc[vertex], view.first_arc[vertex + 1]):
        weight, took = price_arc(view, rules, prices, side, arc, patched)
        if cost + weight < np.inf and branches[head[arc]].done != version:
            far = metres + view.length_m[arc]
            count = _reach(
                tree, version, count, head[arc], cost + weight, seconds + took, far, root
            )
    return count


@inline
def _relax_links(
    view: View, rules: Rules, tree: Tree, version: int, side: int, count: int, vertex: int
) -> int:
    branches, sign = tree.branches, 1 - 2 * side
    cost, seconds = branches[vertex].cost, branches[vertex].seconds
    metres, root = branches[vertex].metres, branches[vertex].root
    for link in range(view.link_start[vertex], view.link_start[vertex + 1]):
        record, there = view.links[link], view.link_head[link]
        weight, took = price(rules, record, sign), seconds_on(rules, record, sign)
        if cost + weight < np.inf and branches[there].done != version:
            far = metres + record.length_m
            count = _reach(tree, version, count, there, cost + weight, seconds + took, far, root)
    return count


@inline
def _enough(goals: Goals) -> float:
    """Return the cost beyond which nothing more is wanted, infinite while some is."""
    if len(goals.best) == 0 or np.sum(goals.best < np.inf) < goals.wanted:
        return np.inf
    return float(np.partition(goals.best, goals.wanted - 1)[goals.wanted - 1])


@kernel
def _go_on(
    view: View,
    rules: Rules,
    tree: Tree,
    version: int,
    side: int,
    goals: Goals,
    limit_cost: float,
    limit_s: float,
    budget: int,
) -> bool:
    """Settle some vertices; return whether the search is at its end."""
    branches, heap, reached = tree.branches, tree.heap, tree.reached
    base, linked = len(view.first_arc) - 1, len(view.link_start) > 1
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
        if own.seconds > limit_s:
            continue
        reached[settled] = vertex
        settled += 1
        if own.goal_seen == version and _note_goals(tree, goals, vertex):
            bound = min(limit_cost, _enough(goals))
        if vertex < base:
            count = _relax_arcs(view, rules, tree, version, side, count, vertex)
        if linked:
            count = _relax_links(view, rules, tree, version, side, count, vertex)
    tree.state[0], tree.state[1] = count, settled
    return False


def make_roots(
    overlay: Overlay, rules: Rules, places: Sequence[Target], seeds: Sequence[Seed]
) -> Roots:
    """Return the starting points of some seeds; the root of a branch is the seed's number."""
    doors = [places[seed.place].extra_seconds for seed in seeds]
    seconds, metres = time_seeds(overlay, rules, seeds, doors)
    vertex = np.array([seed.vertex for seed in seeds], np.int32)
    return Roots(vertex, np.array([seed.cost for seed in seeds], np.float64), seconds, metres)
