"""Shortest ways under a person's rules: both ways at once.

The search knows arrays only. Arcs that differ in nothing but their length share a price per
metre and once; it is computed when a search first meets the sort and kept for the same rules,
so cost follows the search and not the size of the country. From both ends the search looks
towards the other (after Pijls and Post, "A new bidirectional search algorithm with shortened
postprocessing", 2009): a vertex that one direction settled is not settled by the other, and
what cannot beat the best way known is not looked at. Everything a search writes is scratch
memory of its own, marked with a version number instead of being cleared. Labels lie in the order
in which the search met their blocks, so each search writes the same memory and a country costs
hardly more than a city. Pure: no database, no clock; long searches come back to the caller every
`SLICE` vertices, who decides whether there is time left.

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
from geo.routing.kernels import inline, kernel, paste, prefetch
from geo.routing.view import View, block_count
from geo.routing.weights import AHEAD, BEHIND, PRICE, price_sort, weigh_arc

SLICE = 100_000
"""Vertices settled between two looks at the clock; about 10 ms."""

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


_NO_WAY, _PAUSED, _ASIDE = 1, 2, 3
_LAST_VERSION = int(np.iinfo(np.int32).max)
_ROOM_BITS = 32
_ROOM = (1 << _ROOM_BITS) - 1
_WITHIN = (1 << BLOCK_SHIFT) - 1


class Memory(NamedTuple):
    """What a search writes; the first axis is the direction."""

    labels: NDArray[Any]
    """Of the blocks of vertices that the search met, in the order in which it met them."""
    rooms: NDArray[np.int64]
    """Per block of vertices, the version that met it and where its labels lie; see `_row_of`."""
    taken: NDArray[np.int64]
    """[blocks met so far]"""
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
        blocks = block_count(vertices)
        self.vertices = vertices
        self.arcs = arcs
        self.version = 0
        # Settled once per direction, so each arc makes one entry at most.
        room = arcs + 4096
        self.memory = Memory(
            # Both directions of a vertex lie in one line of the cache.
            labels=_aligned(blocks << BLOCK_SHIFT, LABEL).T,
            rooms=np.zeros(blocks, np.int64),
            taken=np.zeros(1, np.int64),
            heap=np.empty((2, room), np.int64),
            prices=_aligned(arcs + 1, PRICE).T,
            waiting=np.zeros(2, np.int64),
            settled=np.zeros(2, np.int64),
            best=np.zeros(2, np.float64),
        )
        self.path = np.zeros(vertices + 2, np.int64)
        self.walks = np.zeros((vertices + 4, 4))

    def fits(self, view: View) -> bool:
        """Whether this memory is large enough for a view."""
        return self.vertices >= len(view.lon) and self.arcs >= len(view.head) + len(view.links)

    def next_version(self) -> int:
        """Return the number that marks what the next search writes."""
        self.version += 1
        if self.version == _LAST_VERSION:
            self.memory.labels["seen"] = 0
            self.memory.labels["done"] = 0
            self.memory.rooms[:] = 0
            self.version = 1
        return self.version


def _aligned(rows: int, record: np.dtype[Any]) -> NDArray[Any]:
    """Return zeroed records, two a row, that begin where a line of the cache begins."""
    line, size = 64, 2 * rows * record.itemsize
    raw = np.zeros(size + line, np.uint8)
    skip = -raw.ctypes.data % line
    return raw[skip : skip + size].view(record).reshape(rows, 2)


@paste
def _row_of(rooms: NDArray[np.int64], taken: NDArray[np.int64], version: int, vertex: int) -> int:
    """Return the row of a vertex in the labels; a block that is met first gets the next ones.

    So every search writes the same few rows, which stay in the cache however large the country.
    """
    room = rooms[vertex >> BLOCK_SHIFT]
    if room >> _ROOM_BITS != version:
        room = (np.int64(version) << _ROOM_BITS) | taken[0]
        rooms[vertex >> BLOCK_SHIFT] = room
        taken[0] += 1
    return ((room & _ROOM) << BLOCK_SHIFT) | (vertex & _WITHIN)  # type: ignore[no-any-return]


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
    labels, rooms, taken = memory.labels, memory.rooms, memory.taken
    memory.waiting[side] = 0
    memory.settled[side] = 0
    for number in range(len(vertices)):
        vertex, cost = vertices[number], costs[number]
        known = labels[side, _row_of(rooms, taken, version, vertex)]
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
    best, labels, rooms, taken = memory.best, memory.labels, memory.rooms, memory.taken
    best[0], best[1] = bound, -1.0
    taken[0] = 0
    _seed(view, memory, frame, version, AHEAD, starts, start_costs)
    _seed(view, memory, frame, version, BEHIND, ends, end_costs)
    for vertex in ends:
        row = _row_of(rooms, taken, version, vertex)
        if labels[AHEAD, row].seen == version and labels[BEHIND, row].seen == version:
            whole = labels[AHEAD, row].cost + labels[BEHIND, row].cost
            if whole < best[0]:
                best[0], best[1] = whole, vertex


@paste
def _reach_vertex(
    view: View,
    memory: Memory,
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
    row = _row_of(memory.rooms, memory.taken, version, vertex)
    known, opposite = memory.labels[side, row], memory.labels[1 - side, row]
    whole = cost + _left_s(view.lon[vertex], view.lat[vertex], frame, side)
    if known.seen == version and known.cost <= cost:
        return waiting
    if opposite.done == version or whole >= memory.best[0]:
        return waiting
    known.cost = cost
    known.seen = version
    known.parent = arc
    known.before = before
    known.key = make_key(whole)
    if opposite.seen == version and cost + opposite.cost < memory.best[0]:
        memory.best[0], memory.best[1] = cost + opposite.cost, vertex
    return push(memory.heap, side, waiting, known.key, vertex)


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
    cost = memory.labels[side, _row_of(memory.rooms, memory.taken, version, vertex)].cost
    first, last = 0, 0
    if vertex < len(view.first_arc) - 1:
        first, last = view.first_arc[vertex], view.first_arc[vertex + 1]
    for arc in range(first, last):
        reached = cost + weigh_arc(view, rules, memory.prices, side, arc)
        waiting = _reach_vertex(
            view, memory, frame, version, side, waiting, reached, view.head[arc], arc, vertex
        )
    first, last = 0, 0
    if vertex + 1 < len(view.link_start):
        first, last = view.link_start[vertex], view.link_start[vertex + 1]
    for link in range(first, last):
        reached = cost + price(rules, view.links[link], 1 - 2 * side)
        arc, other = len(view.head) + link, view.link_head[link]
        waiting = _reach_vertex(
            view, memory, frame, version, side, waiting, reached, other, arc, vertex
        )
    return waiting


@paste
def _is_plain(
    patch_start: NDArray[np.int32],
    link_start: NDArray[np.int64],
    base: int,
    vertex: int,
) -> bool:
    """Whether nothing was laid over the arcs of a vertex."""
    if vertex >= base:
        return False
    if len(link_start) > 1 and link_start[vertex] != link_start[vertex + 1]:
        return False
    block = vertex >> BLOCK_SHIFT
    return bool(patch_start[block] == patch_start[block + 1])


@inline
def _hurry(  # noqa: C901, PLR0912, PLR0915 - one hot loop: calls in it cost a third each
    view: View, rules: Rules, memory: Memory, frame: Frame, version: int, budget: int
) -> tuple[int, int]:
    """Go on over plain vertices; return (outcome, budget left).

    The outcome `_ASIDE` leaves a vertex that is not plain at the top of its heap.
    """
    labels, heap, prices = memory.labels, memory.heap, memory.prices
    rooms, met, waiting, done = memory.rooms, memory.taken[0], memory.waiting, memory.settled
    lon, lat, first_arc, head = view.lon, view.lat, view.first_arc, view.head
    length_m, sort_of, sorts = view.length_m, view.sort, view.sorts
    patch_start, link_start = view.patch_start, view.link_start
    base, linked, number = len(first_arc) - 1, len(link_start) > 1, rules.number
    best, meeting, outcome = memory.best[0], np.int64(memory.best[1]), _PAUSED
    while budget > 0:
        side = AHEAD if waiting[AHEAD] <= waiting[BEHIND] else BEHIND
        entry = heap[side, 0]
        vertex = vertex_of(entry)
        if waiting[side] == 0 or seconds_of(entry) >= best:
            outcome = _NO_WAY
            break
        room = rooms[vertex >> BLOCK_SHIFT]
        row = ((room & _ROOM) << BLOCK_SHIFT) | (vertex & _WITHIN)
        own, opposite = labels[side, row], labels[1 - side, row]
        fresh = (own.done != version) & (opposite.done != version)
        if fresh and not _is_plain(patch_start, link_start, base, vertex):
            outcome = _ASIDE
            break
        count = pop(heap, side, waiting[side])
        waiting[side] = count
        if not fresh:
            continue
        own.done = version
        done[side] += 1
        budget -= 1
        cost = own.cost
        if best < np.inf:
            # What remains is at least what the other direction has left to go.
            past = _left_s(lon[vertex], lat[vertex], frame, 1 - side)
            if cost + seconds_of(heap[1 - side, 0]) - past >= best:
                continue
        for arc in range(first_arc[vertex], first_arc[vertex + 1]):
            sort = sort_of[arc]
            price_of = prices[side, sort]
            if price_of.number != number:
                price_sort(sorts, rules, prices, side, sort)
            reached = cost + (length_m[arc] * price_of.each + price_of.once)
            if reached >= best:
                continue
            other = head[arc]
            room = rooms[other >> BLOCK_SHIFT]
            if room >> _ROOM_BITS != version:
                room = (np.int64(version) << _ROOM_BITS) | met
                rooms[other >> BLOCK_SHIFT] = room
                met += 1
            row = ((room & _ROOM) << BLOCK_SHIFT) | (other & _WITHIN)
            known, opposite = labels[side, row], labels[1 - side, row]
            if (known.seen == version and known.cost <= reached) or opposite.done == version:
                continue
            whole = reached + _left_s(lon[other], lat[other], frame, side)
            if whole >= best:
                continue
            known.cost, known.seen = reached, version
            known.parent, known.before = arc, vertex
            if opposite.seen == version and reached + opposite.cost < best:
                best, meeting = reached + opposite.cost, np.int64(other)
            # A dead end leads nowhere, unless an audit opened it.
            if linked or first_arc[other + 1] - first_arc[other] > 1:
                known.key = make_key(whole)
                count = push(heap, side, count, known.key, other)
                # Its arcs are looked at later, if at all; by then they are in the cache.
                prefetch(head, first_arc[other])
                prefetch(length_m, first_arc[other])
                prefetch(sort_of, first_arc[other])
        waiting[side] = count
    memory.taken[0] = met
    memory.best[0], memory.best[1] = best, meeting
    return outcome, budget


@kernel
def advance(
    view: View, rules: Rules, memory: Memory, frame: Frame, version: int, budget: int
) -> int:
    """Go on until the way is proven shortest, there is none, or the budget is used up."""
    while True:
        outcome, budget = _hurry(view, rules, memory, frame, version, budget)
        if outcome != _ASIDE:
            return 0 if outcome == _NO_WAY and memory.best[1] >= 0 else outcome
        side = AHEAD if memory.waiting[AHEAD] <= memory.waiting[BEHIND] else BEHIND
        vertex = vertex_of(memory.heap[side, 0])
        waiting = pop(memory.heap, side, memory.waiting[side])
        row = _row_of(memory.rooms, memory.taken, version, vertex)
        memory.labels[side, row].done = version
        memory.settled[side] += 1
        budget -= 1
        memory.waiting[side] = _relax_aside(
            view, rules, memory, frame, version, side, waiting, vertex
        )


@paste
def _label_of(memory: Memory, side: int, vertex: int) -> Any:  # noqa: ANN401 - a record
    """Return what the last search knows of a vertex that it met."""
    room = memory.rooms[vertex >> BLOCK_SHIFT] & _ROOM
    return memory.labels[side, (room << BLOCK_SHIFT) | (vertex & _WITHIN)]


@kernel
def trace(memory: Memory, meeting: int, path: NDArray[np.int64]) -> int:
    """Write the way through a meeting vertex as 2 * arc, plus 1 where walked against it.

    Return its length. Starting and ending point follow from `root_of`.
    """
    count = 0
    label = _label_of(memory, AHEAD, meeting)
    while label.parent >= 0:
        path[count] = 2 * np.int64(label.parent)
        count += 1
        label = _label_of(memory, AHEAD, label.before)
    for place in range(count // 2):
        swapped = path[place]
        path[place] = path[count - 1 - place]
        path[count - 1 - place] = swapped
    label = _label_of(memory, BEHIND, meeting)
    while label.parent >= 0:
        path[count] = 2 * np.int64(label.parent) + 1
        count += 1
        label = _label_of(memory, BEHIND, label.before)
    return count


@kernel
def root_of(memory: Memory, side: int, vertex: int) -> int:
    """Return the number of the starting point from which a vertex was reached."""
    label = _label_of(memory, side, vertex)
    while label.parent >= 0:
        label = _label_of(memory, side, label.before)
    return -1 - int(label.parent)
