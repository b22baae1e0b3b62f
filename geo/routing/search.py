"""Shortest ways under a person's rules: bidirectional A*, one to many, and what they need.

The search knows arrays only. Weights are computed 64 vertices at a time when a block is first
touched, so cost follows the search and not the size of the country. Both directions use the
averaged potential, which keeps them consistent; the search ends when no undiscovered way can
be cheaper. Everything a search writes is scratch memory of its own, marked with a version
number instead of being cleared. Pure: no database, no clock; long searches come back to the
caller every `SLICE` vertices, who decides whether there is time left.
"""

import math
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Rules, price
from geo.routing.encoding import BLOCK_SHIFT
from geo.routing.heaps import pop, push
from geo.routing.kernels import inline, kernel
from geo.routing.view import View, block_count

SLICE = 100_000
"""Vertices settled between two looks at the clock; about 30 ms."""
_STALE_S = 1e-6
_BLOCK = 1 << BLOCK_SHIFT


class Outcome(IntEnum):
    """How a search ended."""

    FOUND = 0
    NO_WAY = 1
    PAUSED = 2


class Front(NamedTuple):
    """One direction of a search. Entries count only where `seen` equals the version."""

    cost: NDArray[np.float64]
    parent: NDArray[np.int32]
    """Arc over which a vertex was reached; -1 - i for the i-th starting point."""
    before: NDArray[np.int32]
    """Vertex from which it was reached."""
    seen: NDArray[np.int32]
    keys: NDArray[np.float64]
    values: NDArray[np.int32]
    weight: NDArray[np.float32]
    fresh: NDArray[np.int32]
    """Version in which the weights of a block were computed."""
    tally: NDArray[np.int64]
    """[entries in the heap, vertices settled]"""


class Frame(NamedTuple):
    """What straight distances are measured with; all in metres and seconds per metre."""

    east: float
    """Metres per stored unit of longitude, at the latitude where it is smallest."""
    north: float
    pace: float
    """Seconds per metre that nobody beats."""
    origin_x: float
    origin_y: float
    origin_reach: float
    """All starting points lie within this many metres of the origin."""
    target_x: float
    target_y: float
    target_reach: float


class Scratch:
    """Memory of one thread for searches on one size of network."""

    def __init__(self, vertices: int, arcs: int) -> None:
        self.vertices = vertices
        self.arcs = arcs
        self.version = 0
        self.ahead = _make_front(vertices, arcs)
        self.behind = _make_front(vertices, arcs)
        self.best = np.zeros(2, np.float64)
        self.path = np.zeros(vertices + 2, np.int64)

    def fits(self, view: View) -> bool:
        """Whether this memory is large enough for a view."""
        return self.vertices >= len(view.lon) and self.arcs >= len(view.head)

    def next_version(self) -> int:
        """Return the number that marks what the next search writes."""
        self.version += 1
        if self.version == np.iinfo(np.int32).max:
            for front in (self.ahead, self.behind):
                front.seen[:] = 0
                front.fresh[:] = 0
            self.version = 1
        return self.version


def _make_front(vertices: int, arcs: int) -> Front:
    # Each arc is relaxed at most a few times; memory that is never touched costs nothing.
    room = 2 * arcs + 4096
    return Front(
        cost=np.empty(vertices, np.float64),
        parent=np.empty(vertices, np.int32),
        before=np.empty(vertices, np.int32),
        seen=np.zeros(vertices, np.int32),
        keys=np.empty(room, np.float64),
        values=np.empty(room, np.int32),
        weight=np.empty(arcs, np.float32),
        fresh=np.zeros(block_count(vertices), np.int32),
        tally=np.zeros(2, np.int64),
    )


@inline
def weigh_block(
    view: View,
    rules: Rules,
    weight: NDArray[np.float32],
    block: int,
    sign: int,
) -> None:
    """Compute the weights of all arcs that leave the vertices of one block."""
    last_vertex = min((block + 1) * _BLOCK, len(view.first_arc) - 1)
    for arc in range(view.first_arc[block * _BLOCK], view.first_arc[last_vertex]):
        weight[arc] = price(rules, view.arcs[arc], sign)
    for patch in range(view.patch_start[block], view.patch_start[block + 1]):
        weight[view.patch_arc[patch]] = price(rules, view.patches[patch], sign)


@inline
def _straight_s(view: View, vertex: int, x: float, y: float, reach: float, frame: Frame) -> float:
    dx = (view.lon[vertex] - x) * frame.east
    dy = (view.lat[vertex] - y) * frame.north
    return max(math.sqrt(dx * dx + dy * dy) - reach, 0.0) * frame.pace


@inline
def _potential(view: View, vertex: int, frame: Frame) -> float:
    """Return half of what is left minus half of what lies behind, both at least so much."""
    left = _straight_s(view, vertex, frame.target_x, frame.target_y, frame.target_reach, frame)
    past = _straight_s(view, vertex, frame.origin_x, frame.origin_y, frame.origin_reach, frame)
    return 0.5 * (left - past)


@inline
def _reach_vertex(
    view: View,
    front: Front,
    frame: Frame,
    version: int,
    sign: int,
    vertex: int,
    cost: float,
    arc: int,
    before: int,
) -> bool:
    """Note a cheaper way to a vertex; return whether it was one."""
    if front.seen[vertex] == version and front.cost[vertex] <= cost:
        return False
    front.cost[vertex] = cost
    front.seen[vertex] = version
    front.parent[vertex] = arc
    front.before[vertex] = before
    key = cost + sign * _potential(view, vertex, frame)
    if front.tally[0] < len(front.keys):
        front.tally[0] = push(front.keys, front.values, front.tally[0], key, vertex)
    return True


@inline
def _meet(front: Front, other: Front, version: int, best: NDArray[np.float64], vertex: int) -> None:
    if other.seen[vertex] == version:
        whole = front.cost[vertex] + other.cost[vertex]
        if whole < best[0]:
            best[0] = whole
            best[1] = vertex


@inline
def _settle(
    view: View,
    rules: Rules,
    front: Front,
    other: Front,
    frame: Frame,
    version: int,
    best: NDArray[np.float64],
    sign: int,
) -> None:
    """Take the nearest vertex of one direction and relax its arcs."""
    key, vertex = front.keys[0], front.values[0]
    front.tally[0] = pop(front.keys, front.values, front.tally[0])
    cost = front.cost[vertex]
    if key > cost + sign * _potential(view, vertex, frame) + _STALE_S:
        return
    front.tally[1] += 1
    if vertex < len(view.first_arc) - 1:
        block = vertex >> BLOCK_SHIFT
        if front.fresh[block] != version:
            front.fresh[block] = version
            weigh_block(view, rules, front.weight, block, sign)
        for arc in range(view.first_arc[vertex], view.first_arc[vertex + 1]):
            reached = cost + front.weight[arc]
            if reached < best[0]:
                head = view.head[arc]
                if _reach_vertex(view, front, frame, version, sign, head, reached, arc, vertex):
                    _meet(front, other, version, best, head)
    if len(view.link_start) > 1:
        _relax_links(view, rules, front, other, frame, version, best, sign, vertex)


@inline
def _relax_links(
    view: View,
    rules: Rules,
    front: Front,
    other: Front,
    frame: Frame,
    version: int,
    best: NDArray[np.float64],
    sign: int,
    vertex: int,
) -> None:
    """Relax the connections that audits added at a vertex; few, so priced on the spot."""
    for link in range(view.link_start[vertex], view.link_start[vertex + 1]):
        reached = front.cost[vertex] + price(rules, view.links[link], sign)
        if reached < best[0]:
            head = view.link_head[link]
            arc = len(view.head) + link
            if _reach_vertex(view, front, frame, version, sign, head, reached, arc, vertex):
                _meet(front, other, version, best, head)


@inline
def _seed(
    view: View,
    front: Front,
    frame: Frame,
    version: int,
    sign: int,
    vertices: NDArray[np.int32],
    costs: NDArray[np.float64],
) -> None:
    front.tally[0] = 0
    front.tally[1] = 0
    for number in range(len(vertices)):
        if costs[number] < np.inf:
            _reach_vertex(
                view,
                front,
                frame,
                version,
                sign,
                vertices[number],
                costs[number],
                -1 - number,
                vertices[number],
            )


@kernel
def begin(
    view: View,
    ahead: Front,
    behind: Front,
    frame: Frame,
    version: int,
    best: NDArray[np.float64],
    starts: NDArray[np.int32],
    start_costs: NDArray[np.float64],
    ends: NDArray[np.int32],
    end_costs: NDArray[np.float64],
) -> None:
    """Put the starting points of both directions in place; `best[0]` holds a known bound."""
    best[1] = -1.0
    _seed(view, ahead, frame, version, 1, starts, start_costs)
    _seed(view, behind, frame, version, -1, ends, end_costs)
    for number in range(len(ends)):
        vertex = ends[number]
        if ahead.seen[vertex] == version and behind.seen[vertex] == version:
            _meet(ahead, behind, version, best, vertex)


@kernel
def advance(
    view: View,
    rules: Rules,
    ahead: Front,
    behind: Front,
    frame: Frame,
    version: int,
    best: NDArray[np.float64],
    budget: int,
) -> int:
    """Go on until the way is proven shortest, there is none, or the budget is used up."""
    for _ in range(budget):
        if ahead.tally[0] == 0 or behind.tally[0] == 0:
            return 0 if best[1] >= 0 else 1
        if ahead.keys[0] + behind.keys[0] >= best[0]:
            return 0 if best[1] >= 0 else 1
        if ahead.keys[0] <= behind.keys[0]:
            _settle(view, rules, ahead, behind, frame, version, best, 1)
        else:
            _settle(view, rules, behind, ahead, frame, version, best, -1)
    return 2


@kernel
def trace(ahead: Front, behind: Front, meeting: int, path: NDArray[np.int64]) -> int:
    """Write the way through a meeting vertex as 2 * arc, plus 1 where walked against it.

    Return its length. Starting and ending point follow from `start_of` and `end_of`.
    """
    count = 0
    vertex = meeting
    while ahead.parent[vertex] >= 0:
        path[count] = 2 * np.int64(ahead.parent[vertex])
        count += 1
        vertex = ahead.before[vertex]
    for place in range(count // 2):
        swapped = path[place]
        path[place] = path[count - 1 - place]
        path[count - 1 - place] = swapped
    vertex = meeting
    while behind.parent[vertex] >= 0:
        path[count] = 2 * np.int64(behind.parent[vertex]) + 1
        count += 1
        vertex = behind.before[vertex]
    return count


@kernel
def root_of(front: Front, vertex: int) -> int:
    """Return the number of the starting point from which a vertex was reached."""
    while front.parent[vertex] >= 0:
        vertex = front.before[vertex]
    return -1 - int(front.parent[vertex])


@kernel
def spread(
    view: View,
    rules: Rules,
    front: Front,
    version: int,
    starts: NDArray[np.int32],
    costs: NDArray[np.float64],
    limit: float,
    sign: int,
    budget: int,
    reached: NDArray[np.int32],
) -> int:
    """Settle every vertex within a cost limit, nearest first; return how many.

    Without potentials. With `sign` -1 it runs against the arcs: who can reach me. Stops early
    at `budget` vertices. Costs, parents stay in `front`.
    """
    frame = Frame(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    best = np.array([limit, -1.0])
    _seed(view, front, frame, version, sign, starts, costs)
    settled = 0
    while front.tally[0] > 0 and settled < budget and front.keys[0] <= limit:
        vertex, before = front.values[0], front.tally[1]
        _settle(view, rules, front, front, frame, version, best, sign)
        best[0] = limit
        if front.tally[1] > before:
            reached[settled] = vertex
            settled += 1
    return settled


@kernel
def price_all(view: View, rules: Rules, sign: int, weight: NDArray[np.float32]) -> None:
    """Compute every weight of the base at once, patches included."""
    for block in range(len(view.patch_start) - 1):
        if block * _BLOCK < len(view.first_arc) - 1:
            weigh_block(view, rules, weight, block, sign)


@kernel
def price_one(rules: Rules, record: NDArray[Any], sign: int) -> float:
    """Return the weight of one record (an array of length one)."""
    return price(rules, record[0], sign)
