"""Shortest ways under a person's rules: both ways at once, one to many, and what they need.

The search knows arrays only. Arcs that differ in nothing but their length share a price per
metre and once; it is computed when a search first meets the sort and kept for the same rules,
so cost follows the search and not the size of the country. From both ends the search looks
towards the other (after Pijls and Post, "A new bidirectional search algorithm with shortened
postprocessing", 2009): a vertex that one direction settled is not settled by the other, and
what cannot beat the best way known is not looked at. Everything a search writes is scratch
memory of its own, marked with a version number instead of being cleared. Pure: no database, no
clock; long searches come back to the caller every `SLICE` vertices, who decides whether there
is time left.

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
from geo.routing.heaps import MOST_VERTICES, make_key, pop, push, seconds_of, vertex_of
from geo.routing.kernels import inline, kernel, paste
from geo.routing.view import View
from geo.routing.weights import PRICE, price_sort, weigh_arc

SLICE = 100_000
"""Vertices settled between two looks at the clock; about 10 ms."""
AHEAD, BEHIND = 0, 1

LABEL = np.dtype(
    [
        ("cost", np.float64),
        ("key", np.int64),
        ("seen", np.int32),
        ("done", np.int32),
        ("parent", np.int32),
        ("before", np.int32),
    ],
    align=True,
)
"""What one direction knows of a vertex; it counts only where `seen` is the search's version.

`key` is that of its last entry in the heap, `done` the version in which it was settled,
`parent` the arc over which it was reached, or -1 - i for the i-th starting point; `before` the
vertex from which.
"""


class Outcome(IntEnum):
    """How a search ended."""

    FOUND = 0
    NO_WAY = 1
    PAUSED = 2


class Memory(NamedTuple):
    """What a search writes; the first axis is the direction."""

    labels: NDArray[Any]
    heap: NDArray[np.int64]
    prices: NDArray[Any]
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
    """Memory of one thread for searches on one size of network.

    Pages that no search touched cost nothing: of 160 bytes per vertex and edge of the country
    only those near the searches are ever real.
    """

    def __init__(self, vertices: int, arcs: int) -> None:
        if vertices > MOST_VERTICES:
            raise ValueError(f"a search can number {MOST_VERTICES} vertices, not {vertices}")
        self.vertices = vertices
        self.arcs = arcs
        self.version = 0
        # Settled once per direction, so each arc makes one entry at most.
        room = arcs + 4096
        self.memory = Memory(
            # Both directions of a vertex lie in one line of the cache.
            labels=_aligned(vertices, LABEL).T,
            heap=np.empty((2, room), np.int64),
            prices=_aligned(arcs + 1, PRICE).T,
            waiting=np.zeros(2, np.int64),
            settled=np.zeros(2, np.int64),
            best=np.zeros(2, np.float64),
        )
        self.path = np.zeros(vertices + 2, np.int64)

    def fits(self, view: View) -> bool:
        """Whether this memory is large enough for a view."""
        return self.vertices >= len(view.lon) and self.arcs >= len(view.head) + len(view.links)

    def next_version(self) -> int:
        """Return the number that marks what the next search writes."""
        self.version += 1
        if self.version == np.iinfo(np.int32).max:
            self.memory.labels["seen"] = 0
            self.memory.labels["done"] = 0
            self.version = 1
        return self.version


def _aligned(rows: int, record: np.dtype[Any]) -> NDArray[Any]:
    """Return zeroed records, two a row, that begin where a line of the cache begins."""
    line, size = 64, 2 * rows * record.itemsize
    raw = np.zeros(size + line, np.uint8)
    skip = -raw.ctypes.data % line
    return raw[skip : skip + size].view(record).reshape(rows, 2)


@paste
def _straight_s(lon: int, lat: int, x: float, y: float, reach: float, frame: Frame) -> float:
    dx = (lon - x) * frame.east
    dy = (lat - y) * frame.north
    return max(math.sqrt(dx * dx + dy * dy) - reach, 0.0) * frame.pace


@paste
def _left_s(lon: int, lat: int, frame: Frame, side: int) -> float:
    """Return a time that nobody beats from a vertex to where a direction wants to get."""
    if side == AHEAD:
        return _straight_s(lon, lat, frame.target_x, frame.target_y, frame.target_reach, frame)
    return _straight_s(lon, lat, frame.origin_x, frame.origin_y, frame.origin_reach, frame)


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
        key = make_key(cost + _left_s(view.lon[vertex], view.lat[vertex], frame, side))
        known.key = key
        memory.waiting[side] = push(memory.heap, side, memory.waiting[side], key, vertex)


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
    heap: NDArray[np.int64],
    best: NDArray[np.float64],
    frame: Frame,
    version: int,
    side: int,
    waiting: int,
    cost: float,
    vertex: int,
    arc: int,
    before: int,
    leads_on: bool,  # noqa: FBT001 - numba has no keywords
) -> int:
    """Note a way to a vertex if it is the cheapest; return the new size of the heap."""
    known = labels[side, vertex]
    if known.seen == version and known.cost <= cost:
        return waiting
    opposite = labels[1 - side, vertex]
    if opposite.done == version:
        return waiting
    whole = cost + _left_s(lon[vertex], lat[vertex], frame, side)
    if whole >= best[0]:
        return waiting
    known.cost = cost
    known.seen = version
    known.parent = arc
    known.before = before
    if opposite.seen == version and cost + opposite.cost < best[0]:
        best[0], best[1] = cost + opposite.cost, vertex
    if not leads_on:
        return waiting
    known.key = make_key(whole)
    return push(heap, side, waiting, known.key, vertex)


@inline
def _relax_aside(
    view: View,
    rules: Rules,
    memory: Memory,
    frame: Frame,
    version: int,
    side: int,
    waiting: int,
    vertex: int,
) -> int:
    """Relax at a vertex where audits changed or added something; few, so priced on the spot."""
    cost = memory.labels[side, vertex].cost
    first, last = 0, 0
    if vertex < len(view.first_arc) - 1:
        first, last = view.first_arc[vertex], view.first_arc[vertex + 1]
    for arc in range(first, last):
        waiting = _reach_vertex(
            view.lon,
            view.lat,
            memory.labels,
            memory.heap,
            memory.best,
            frame,
            version,
            side,
            waiting,
            cost + weigh_arc(view, rules, memory.prices, side, arc),
            view.head[arc],
            arc,
            vertex,
            True,
        )
    first, last = 0, 0
    if vertex + 1 < len(view.link_start):
        first, last = view.link_start[vertex], view.link_start[vertex + 1]
    for link in range(first, last):
        waiting = _reach_vertex(
            view.lon,
            view.lat,
            memory.labels,
            memory.heap,
            memory.best,
            frame,
            version,
            side,
            waiting,
            cost + price(rules, view.links[link], 1 - 2 * side),
            view.link_head[link],
            len(view.head) + link,
            vertex,
            True,
        )
    return waiting


@paste
def _is_plain(view: View, base: int, linked: bool, vertex: int) -> bool:  # noqa: FBT001 - no keywords
    """Whether nothing was laid over the arcs of a vertex."""
    if vertex >= base or (linked and view.link_start[vertex] != view.link_start[vertex + 1]):
        return False
    block = vertex >> BLOCK_SHIFT
    return bool(view.patch_start[block] == view.patch_start[block + 1])


@kernel
def advance(
    view: View, rules: Rules, memory: Memory, frame: Frame, version: int, budget: int
) -> int:
    """Go on until the way is proven shortest, there is none, or the budget is used up."""
    labels, heap, best, prices = memory.labels, memory.heap, memory.best, memory.prices
    waiting, settled = memory.waiting, memory.settled
    lon, lat, first_arc, head = view.lon, view.lat, view.first_arc, view.head
    length_m, sort_of = view.length_m, view.sort
    base, linked = len(first_arc) - 1, len(view.link_start) > 1
    for _ in range(budget):
        if waiting[AHEAD] == 0 or waiting[BEHIND] == 0:
            return 0 if best[1] >= 0 else 1
        side = AHEAD if waiting[AHEAD] <= waiting[BEHIND] else BEHIND
        vertex = vertex_of(heap[side, 0])
        whole = seconds_of(heap[side, 0])
        own, opposite = labels[side, vertex], labels[1 - side, vertex]
        stale = (own.done == version) | (opposite.done == version)
        if whole >= best[0]:
            return 0 if best[1] >= 0 else 1
        count = pop(heap, side, waiting[side])
        waiting[side] = count
        if stale:
            continue
        own.done = version
        settled[side] += 1
        cost = own.cost
        # What remains is at least what the other direction has left to go.
        rest = seconds_of(heap[1 - side, 0]) - _left_s(lon[vertex], lat[vertex], frame, 1 - side)
        if cost + rest >= best[0]:
            continue
        if not _is_plain(view, base, linked, vertex):
            waiting[side] = _relax_aside(view, rules, memory, frame, version, side, count, vertex)
            continue
        for arc in range(first_arc[vertex], first_arc[vertex + 1]):
            sort = sort_of[arc]
            known = prices[side, sort]
            if known.number != rules.number:
                price_sort(view, rules, prices, side, sort)
            reached = cost + (length_m[arc] * known.each + known.once)
            if reached < best[0]:
                other = head[arc]
                # A dead end leads nowhere, unless an audit opened it.
                leads_on = linked or first_arc[other + 1] - first_arc[other] > 1
                count = _reach_vertex(
                    lon,
                    lat,
                    labels,
                    heap,
                    best,
                    frame,
                    version,
                    side,
                    count,
                    reached,
                    other,
                    arc,
                    vertex,
                    leads_on,
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

    Without looking ahead. On side 1 it runs against the arcs: who can reach me. Stops early
    when `reached` is full. Costs and parents stay in `memory.labels`.
    """
    labels, heap, best, prices = memory.labels, memory.heap, memory.best, memory.prices
    first_arc, lon, lat, head = view.first_arc, view.lon, view.lat, view.head
    length_m, sort_of = view.length_m, view.sort
    base, linked = len(first_arc) - 1, len(view.link_start) > 1
    frame = Frame(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    # Beyond the limit is beyond interest: the next number after it closes the search.
    best[0], best[1] = np.nextafter(limit, np.inf), -1.0
    _seed(view, memory, frame, version, side, starts, costs)
    count, settled = memory.waiting[side], 0
    while count > 0 and settled < len(reached):
        vertex = vertex_of(heap[side, 0])
        count = pop(heap, side, count)
        own = labels[side, vertex]
        if own.done == version or own.cost > limit:
            continue
        own.done = version
        cost = own.cost
        reached[settled] = vertex
        settled += 1
        if not _is_plain(view, base, linked, vertex):
            count = _relax_aside(view, rules, memory, frame, version, side, count, vertex)
            continue
        for arc in range(first_arc[vertex], first_arc[vertex + 1]):
            sort = sort_of[arc]
            known = prices[side, sort]
            if known.number != rules.number:
                price_sort(view, rules, prices, side, sort)
            onward = cost + (length_m[arc] * known.each + known.once)
            if onward <= limit:
                count = _reach_vertex(
                    lon,
                    lat,
                    labels,
                    heap,
                    best,
                    frame,
                    version,
                    side,
                    count,
                    onward,
                    head[arc],
                    arc,
                    vertex,
                    True,
                )
    return settled
