"""Shortest ways under a person's rules: bidirectional A*, one to many, and what they need.

The search knows arrays only. Weights are computed 16 vertices at a time when a block is first
touched, so cost follows the search and not the size of the country. Both directions use the
averaged potential, which keeps them consistent; the search ends when no undiscovered way can
be cheaper. Everything a search writes is scratch memory of its own, marked with a version
number instead of being cleared. Pure: no database, no clock; long searches come back to the
caller every `SLICE` vertices, who decides whether there is time left.

Directions are rows: 0 ahead from the start, 1 behind from the end. Hot loops take arrays out
of their tuples once, because each access to an array in a tuple counts references.
"""

import math
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Rules, price
from geo.routing.encoding import BLOCK_SHIFT
from geo.routing.heaps import pop, push
from geo.routing.kernels import inline, kernel, paste
from geo.routing.view import View, block_count

SLICE = 100_000
"""Vertices settled between two looks at the clock; about 30 ms."""
AHEAD, BEHIND = 0, 1
_STALE_S = 1e-6
_BLOCK = 1 << BLOCK_SHIFT

LABEL = np.dtype(
    [("cost", np.float64), ("seen", np.int32), ("parent", np.int32), ("before", np.int32)],
    align=True,
)
"""What one direction knows of a vertex; it counts only where `seen` is the search's version.

`parent` is the arc over which it was reached, or -1 - i for the i-th starting point; `before`
the vertex from which.
"""


class Outcome(IntEnum):
    """How a search ended."""

    FOUND = 0
    NO_WAY = 1
    PAUSED = 2


class Memory(NamedTuple):
    """What a search writes; the first axis is the direction."""

    labels: NDArray[Any]
    keys: NDArray[np.float64]
    values: NDArray[np.int32]
    weight: NDArray[np.float32]
    fresh: NDArray[np.int32]
    """Version in which the weights of a block were computed."""
    waiting: NDArray[np.int64]
    """Entries in the heap."""
    settled: NDArray[np.int64]
    best: NDArray[np.float64]
    """[cost of the best way known, vertex where it meets or -1]"""


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
        # Each arc is relaxed at most a few times; memory that is never touched costs nothing.
        room = 2 * arcs + 4096
        self.memory = Memory(
            labels=np.zeros((2, vertices), LABEL),
            keys=np.empty((2, room), np.float64),
            values=np.empty((2, room), np.int32),
            weight=np.empty((2, arcs), np.float32),
            fresh=np.zeros((2, block_count(vertices)), np.int32),
            waiting=np.zeros(2, np.int64),
            settled=np.zeros(2, np.int64),
            best=np.zeros(2, np.float64),
        )
        self.path = np.zeros(vertices + 2, np.int64)

    def fits(self, view: View) -> bool:
        """Whether this memory is large enough for a view."""
        return self.vertices >= len(view.lon) and self.arcs >= len(view.head)

    def next_version(self) -> int:
        """Return the number that marks what the next search writes."""
        self.version += 1
        if self.version == np.iinfo(np.int32).max:
            self.memory.labels["seen"] = 0
            self.memory.fresh[:] = 0
            self.version = 1
        return self.version


@inline
def weigh_block(
    view: View, rules: Rules, weight: NDArray[np.float32], block: int, side: int
) -> None:
    """Compute the weights of all arcs that leave the vertices of one block."""
    sign = 1 - 2 * side
    last_vertex = min((block + 1) * _BLOCK, len(view.first_arc) - 1)
    arcs, patches, patch_arc = view.arcs, view.patches, view.patch_arc
    for arc in range(view.first_arc[block * _BLOCK], view.first_arc[last_vertex]):
        weight[side, arc] = price(rules, arcs[arc], sign)
    for patch in range(view.patch_start[block], view.patch_start[block + 1]):
        weight[side, patch_arc[patch]] = price(rules, patches[patch], sign)


@paste
def _straight_s(lon: int, lat: int, x: float, y: float, reach: float, frame: Frame) -> float:
    dx = (lon - x) * frame.east
    dy = (lat - y) * frame.north
    return max(math.sqrt(dx * dx + dy * dy) - reach, 0.0) * frame.pace


@paste
def _potential(lon: int, lat: int, frame: Frame, side: int) -> float:
    """Return half of what is left minus half of what lies behind, both at least so much."""
    left = _straight_s(lon, lat, frame.target_x, frame.target_y, frame.target_reach, frame)
    past = _straight_s(lon, lat, frame.origin_x, frame.origin_y, frame.origin_reach, frame)
    return 0.5 * (left - past) * (1 - 2 * side)


@inline
def _seed(
    view: View,
    memory: Memory,
    frame: Frame,
    version: int,
    side: int,
    vertices: NDArray[np.int32],
    costs: NDArray[np.float64],
) -> None:
    labels = memory.labels
    memory.waiting[side] = 0
    memory.settled[side] = 0
    for number in range(len(vertices)):
        vertex, cost = vertices[number], costs[number]
        known = labels[side, vertex]
        if cost == np.inf or (known.seen == version and known.cost <= cost):
            continue
        known.cost = cost
        known.seen = version
        known.parent = -1 - number
        known.before = vertex
        key = cost + _potential(view.lon[vertex], view.lat[vertex], frame, side)
        memory.waiting[side] = push(
            memory.keys, memory.values, side, memory.waiting[side], key, vertex
        )


@kernel
def begin(
    view: View,
    memory: Memory,
    frame: Frame,
    version: int,
    bound: float,
    starts: NDArray[np.int32],
    start_costs: NDArray[np.float64],
    ends: NDArray[np.int32],
    end_costs: NDArray[np.float64],
) -> None:
    """Put the starting points of both directions in place; `bound` is a cost already known."""
    best, labels = memory.best, memory.labels
    best[0], best[1] = bound, -1.0
    _seed(view, memory, frame, version, AHEAD, starts, start_costs)
    _seed(view, memory, frame, version, BEHIND, ends, end_costs)
    for vertex in ends:
        if labels[AHEAD, vertex].seen == version and labels[BEHIND, vertex].seen == version:
            whole = labels[AHEAD, vertex].cost + labels[BEHIND, vertex].cost
            if whole < best[0]:
                best[0], best[1] = whole, vertex


@paste
def _reach_vertex(
    lon: NDArray[np.int32],
    lat: NDArray[np.int32],
    labels: NDArray[Any],
    keys: NDArray[np.float64],
    values: NDArray[np.int32],
    best: NDArray[np.float64],
    frame: Frame,
    version: int,
    side: int,
    waiting: int,
    cost: float,
    vertex: int,
    arc: int,
    before: int,
) -> int:
    """Note a way to a vertex if it is the cheapest; return the new size of the heap."""
    known = labels[side, vertex]
    if known.seen == version and known.cost <= cost:
        return waiting
    known.cost = cost
    known.seen = version
    known.parent = arc
    known.before = before
    opposite = labels[1 - side, vertex]
    if opposite.seen == version and cost + opposite.cost < best[0]:
        best[0], best[1] = cost + opposite.cost, vertex
    if waiting == keys.shape[1]:
        return waiting
    key = cost + _potential(lon[vertex], lat[vertex], frame, side)
    return push(keys, values, side, waiting, key, vertex)


@inline
def _relax_links(
    view: View,
    rules: Rules,
    memory: Memory,
    frame: Frame,
    version: int,
    side: int,
    waiting: int,
    vertex: int,
    limit: float,
) -> int:
    """Relax the connections that audits added at a vertex; few, so priced on the spot."""
    cost = memory.labels[side, vertex].cost
    for link in range(view.link_start[vertex], view.link_start[vertex + 1]):
        reached = cost + price(rules, view.links[link], 1 - 2 * side)
        if reached < limit:
            waiting = _reach_vertex(
                view.lon,
                view.lat,
                memory.labels,
                memory.keys,
                memory.values,
                memory.best,
                frame,
                version,
                side,
                waiting,
                reached,
                view.link_head[link],
                len(view.head) + link,
                vertex,
            )
    return waiting


@kernel
def advance(
    view: View, rules: Rules, memory: Memory, frame: Frame, version: int, budget: int
) -> int:
    """Go on until the way is proven shortest, there is none, or the budget is used up."""
    labels, keys, values, best = memory.labels, memory.keys, memory.values, memory.best
    weight, fresh, waiting = memory.weight, memory.fresh, memory.waiting
    lon, lat, first_arc, head = view.lon, view.lat, view.first_arc, view.head
    base, linked = len(first_arc) - 1, len(view.link_start) > 1
    for _ in range(budget):
        if waiting[AHEAD] == 0 or waiting[BEHIND] == 0:
            return 0 if best[1] >= 0 else 1
        if keys[AHEAD, 0] + keys[BEHIND, 0] >= best[0]:
            return 0 if best[1] >= 0 else 1
        side = AHEAD if keys[AHEAD, 0] <= keys[BEHIND, 0] else BEHIND
        key, vertex = keys[side, 0], values[side, 0]
        count = pop(keys, values, side, waiting[side])
        cost = labels[side, vertex].cost
        if key <= cost + _potential(lon[vertex], lat[vertex], frame, side) + _STALE_S:
            memory.settled[side] += 1
            if vertex < base:
                block = vertex >> BLOCK_SHIFT
                if fresh[side, block] != version:
                    fresh[side, block] = version
                    weigh_block(view, rules, weight, block, side)
                for arc in range(first_arc[vertex], first_arc[vertex + 1]):
                    reached = cost + weight[side, arc]
                    if reached < best[0]:
                        count = _reach_vertex(
                            lon,
                            lat,
                            labels,
                            keys,
                            values,
                            best,
                            frame,
                            version,
                            side,
                            count,
                            reached,
                            head[arc],
                            arc,
                            vertex,
                        )
            if linked:
                count = _relax_links(
                    view, rules, memory, frame, version, side, count, vertex, best[0]
                )
        waiting[side] = count
    return 2


@kernel
def trace(memory: Memory, meeting: int, path: NDArray[np.int64]) -> int:
    """Write the way through a meeting vertex as 2 * arc, plus 1 where walked against it.

    Return its length. Starting and ending point follow from `root_of`.
    """
    labels = memory.labels
    count = 0
    vertex = meeting
    while labels[AHEAD, vertex].parent >= 0:
        path[count] = 2 * np.int64(labels[AHEAD, vertex].parent)
        count += 1
        vertex = labels[AHEAD, vertex].before
    for place in range(count // 2):
        swapped = path[place]
        path[place] = path[count - 1 - place]
        path[count - 1 - place] = swapped
    vertex = meeting
    while labels[BEHIND, vertex].parent >= 0:
        path[count] = 2 * np.int64(labels[BEHIND, vertex].parent) + 1
        count += 1
        vertex = labels[BEHIND, vertex].before
    return count


@kernel
def root_of(memory: Memory, side: int, vertex: int) -> int:
    """Return the number of the starting point from which a vertex was reached."""
    labels = memory.labels
    while labels[side, vertex].parent >= 0:
        vertex = labels[side, vertex].before
    return -1 - int(labels[side, vertex].parent)


@kernel
def spread(
    view: View,
    rules: Rules,
    memory: Memory,
    version: int,
    starts: NDArray[np.int32],
    costs: NDArray[np.float64],
    limit: float,
    side: int,
    reached: NDArray[np.int32],
) -> int:
    """Settle every vertex within a cost limit, nearest first; return how many.

    Without potentials. On side 1 it runs against the arcs: who can reach me. Stops early when
    `reached` is full. Costs and parents stay in `memory.labels`.
    """
    labels, keys, values, best = memory.labels, memory.keys, memory.values, memory.best
    weight, fresh, first_arc = memory.weight, memory.fresh, view.first_arc
    lon, lat, head = view.lon, view.lat, view.head
    frame = Frame(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    best[0] = -1.0
    _seed(view, memory, frame, version, side, starts, costs)
    count, settled = memory.waiting[side], 0
    while count > 0 and settled < len(reached) and keys[side, 0] <= limit:
        key, vertex = keys[side, 0], values[side, 0]
        count = pop(keys, values, side, count)
        cost = labels[side, vertex].cost
        if key > cost:
            continue
        reached[settled] = vertex
        settled += 1
        if vertex < len(first_arc) - 1:
            block = vertex >> BLOCK_SHIFT
            if fresh[side, block] != version:
                fresh[side, block] = version
                weigh_block(view, rules, weight, block, side)
            for arc in range(first_arc[vertex], first_arc[vertex + 1]):
                onward = cost + weight[side, arc]
                if onward <= limit:
                    count = _reach_vertex(
                        lon,
                        lat,
                        labels,
                        keys,
                        values,
                        best,
                        frame,
                        version,
                        side,
                        count,
                        onward,
                        head[arc],
                        arc,
                        vertex,
                    )
        if len(view.link_start) > 1:
            count = _relax_links(view, rules, memory, frame, version, side, count, vertex, limit)
    return settled


@kernel
def price_all(view: View, rules: Rules, side: int, weight: NDArray[np.float32]) -> None:
    """Compute every weight of one direction at once into row `side`, patches included."""
    for block in range(len(view.patch_start) - 1):
        if block * _BLOCK < len(view.first_arc) - 1:
            weigh_block(view, rules, weight, block, side)
