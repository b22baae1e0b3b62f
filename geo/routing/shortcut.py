"""The usual way in one call: snap both ends, search from what one steps onto, trace.

Nine of ten requests find their way from the nearest candidates within one slice of the search.
For those everything between the request and the path happens here, without a step back into
the interpreter. Whatever else there is to do (looking farther, areas to avoid, long searches)
belongs to `geo.routing.planner`, whose `choose_hits` and `_seed` say in Python what `seed_end`
says here; a test holds the two together. Pure kernels.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Record, Rules
from geo.routing.graph import DEGREES_E7
from geo.routing.kernels import inline, kernel, straight
from geo.routing.plane import METRES_PER_DEGREE
from geo.routing.search import Frame, Memory, Outcome, advance, begin, root_of, trace
from geo.routing.snapping import HIT, MOST_HITS, Grid, Ground, look_around
from geo.routing.view import View
from geo.routing.walks import Walks, lay_path
from geo.routing.weights import AHEAD, BEHIND

SEED = np.dtype(
    [
        ("vertex", np.int32),
        ("place", np.int64),
        ("hit", np.int32),
        ("against", np.bool_),
        ("cost", np.float64),
        ("start", np.float64),
        ("end", np.float64),
        ("whole_s", np.float64),
    ],
    align=True,
)
"""Where a search begins or ends: see `planner.Seed`; `whole_s` weighs the whole edge."""
_FOUND, _NO_WAY = int(Outcome.FOUND), int(Outcome.NO_WAY)
NEAR_SHARE, NEAR_M = 1.3, 15.0
"""One steps onto what lies little farther than the nearest thing in sight."""


class Table(NamedTuple):
    """Memory of one thread for the candidates of both ends; the first axis is the end."""

    hits: NDArray[Any]
    counts: NDArray[np.int64]
    seeds: NDArray[Any]
    vertices: NDArray[np.int32]
    costs: NDArray[np.float64]
    places: NDArray[np.float64]
    """Per end and place: longitude, latitude, seconds counted for it; not a number: not used."""
    asides: NDArray[np.float64]
    """The steps between the two chosen places and the street; see `reading.Aside`."""


class Path(NamedTuple):
    """What was found; all but the outcome counts only where that is `FOUND`.

    Its walks and steps aside lie in the memory that `find_way` was given.
    """

    outcome: int
    cost: float
    origin: int
    """Which of the places at the start."""
    target: int
    """Which of those at the end."""
    walked: int
    """Number of walks."""


def make_table(places: int) -> Table:
    """Return memory for so many places at either end."""
    most = places * MOST_HITS
    return Table(
        hits=np.zeros((2, places, MOST_HITS), HIT),
        counts=np.zeros((2, places), np.int64),
        seeds=np.zeros((2, 2 * most), SEED),
        vertices=np.zeros((2, 2 * most), np.int32),
        costs=np.zeros((2, 2 * most), np.float64),
        places=np.zeros((2, places, 3), np.float64),
        asides=np.zeros((2, 5), np.float64),
    )


@inline
def _snap(
    view: View,
    rules: Rules,
    memory: Memory,
    grid: Grid,
    ground: Ground,
    table: Table,
    starts: int,
    ends: int,
) -> None:
    """Write the candidates of all places at both ends."""
    for end, count in ((AHEAD, starts), (BEHIND, ends)):
        for place in range(count):
            lon, lat = table.places[end, place, 0], table.places[end, place, 1]
            table.counts[end, place] = look_around(
                view, rules, memory.prices, grid, ground, lon, lat, False, table.hits[end, place]
            )


@inline
def seed_end(ground: Ground, table: Table, end: int, places: int, access_factor: float) -> int:
    """Write where a search begins at one end, from what one steps onto; return how many."""
    total = 0
    for place in range(places):
        found, count = table.hits[end, place], table.counts[end, place]
        first = 0
        while first < count and not found[first].visible:
            first += 1
        blind = first == count
        nearest = found[0 if blind else first].distance_m
        for number in range(count):
            hit = found[number]
            chosen = hit.visible and hit.distance_m <= nearest * NEAR_SHARE + NEAR_M
            if not (chosen or (blind and number == 0)):
                continue
            edge = ground.edges[hit.edge]
            cost = table.places[end, place, 2] + hit.distance_m * access_factor
            for against in (False, True):
                share = 1.0 - hit.share if against else hit.share
                whole = hit.behind_s if against else hit.ahead_s
                part = share if end == BEHIND else 1.0 - share
                along = whole * part if part > 0 else 0.0
                if along == np.inf:
                    continue
                seed = table.seeds[end, total]
                seed.vertex = edge.last if against == (end == BEHIND) else edge.first
                seed.place = place
                seed.hit = number
                seed.against = against
                seed.cost = cost + along
                seed.start = 0.0 if end == BEHIND else share
                seed.end = share if end == BEHIND else 1.0
                seed.whole_s = whole
                table.vertices[end, total] = seed.vertex
                table.costs[end, total] = seed.cost
                total += 1
    return total


@inline
def _share_component(table: Table, starts: int, ends: int) -> bool:
    """Whether some start and some end lie in one connected part."""
    for one in range(starts):
        here = table.seeds[AHEAD, one]
        part = table.hits[AHEAD, here.place, here.hit].component
        for other in range(ends):
            there = table.seeds[BEHIND, other]
            if table.hits[BEHIND, there.place, there.hit].component == part:
                return True
    return False


@inline
def _find_direct(table: Table, starts: int, ends: int) -> tuple[float, int, int]:
    """Return the cheapest way along one edge on which both ends lie, with its seeds."""
    best, first, last = np.inf, -1, -1
    for one in range(starts):
        here = table.seeds[AHEAD, one]
        edge = table.hits[AHEAD, here.place, here.hit].edge
        for other in range(ends):
            there = table.seeds[BEHIND, other]
            if table.hits[BEHIND, there.place, there.hit].edge != edge:
                continue
            if there.against != here.against or here.start > there.end:
                continue
            rest = here.whole_s * (1.0 - here.start + there.end - (there.end - here.start))
            cost = here.cost + there.cost - rest
            if cost < best:
                best, first, last = cost, one, other
    return best, first, last


@inline
def _circle(
    view: View, vertices: NDArray[np.int32], count: int, east: float, north: float
) -> tuple[float, float, float]:
    """Return (x, y, reach in metres) of a circle around some vertices."""
    x, y = 0.0, 0.0
    for number in range(count):
        x += view.lon[vertices[number]]
        y += view.lat[vertices[number]]
    x, y = x / count, y / count
    reach = 0.0
    for number in range(count):
        dx = (view.lon[vertices[number]] - x) * east
        dy = (view.lat[vertices[number]] - y) * north
        reach = max(reach, math.sqrt(dx * dx + dy * dy))
    return x, y, reach


@inline
def _frame(
    view: View, table: Table, starts: int, ends: int, pace: float, lat_limit: float
) -> Frame:
    north = METRES_PER_DEGREE * DEGREES_E7
    lat = 0.0
    for end, count in ((AHEAD, starts), (BEHIND, ends)):
        for number in range(count):
            lat = max(lat, abs(view.lat[table.vertices[end, number]]) * DEGREES_E7)
    # As in the planner: where a degree of longitude is shortest.
    east = north * math.cos(math.radians(min(lat_limit, lat + 1.0)))
    one = _circle(view, table.vertices[AHEAD], starts, east, north)
    other = _circle(view, table.vertices[BEHIND], ends, east, north)
    return Frame(east, north, pace, one[0], one[1], one[2], other[0], other[1], other[2])


@straight
@kernel
def find_way(
    view: View,
    rules: Rules,
    memory: Memory,
    grid: Grid,
    ground: Ground,
    table: Table,
    version: int,
    starts: int,
    ends: int,
    access_factor: float,
    pace: float,
    lat_limit: float,
    budget: int,
    path: NDArray[np.int64],
    walks: Walks,
) -> Path:
    """Search between the places in `table`, `starts` and `ends` of them.

    `pace` is the time per metre that nobody beats. An outcome other than `FOUND` says only
    that there is more to do.
    """
    _snap(view, rules, memory, grid, ground, table, starts, ends)
    near = seed_end(ground, table, AHEAD, starts, access_factor)
    far = seed_end(ground, table, BEHIND, ends, access_factor)
    if near == 0 or far == 0 or not _share_component(table, near, far):
        return Path(_NO_WAY, np.inf, 0, 0, 0)
    bound, one, other = _find_direct(table, near, far)
    frame = _frame(view, table, near, far, pace, lat_limit)
    begin(
        view,
        memory,
        frame,
        version,
        bound,
        table.vertices[AHEAD, :near],
        table.costs[AHEAD, :near],
        table.vertices[BEHIND, :far],
        table.costs[BEHIND, :far],
    )
    outcome = advance(view, rules, memory, frame, version, budget)
    direct = outcome == _NO_WAY and one >= 0
    if outcome != _FOUND and not direct:
        return Path(_NO_WAY, np.inf, 0, 0, 0)
    cost, count = bound, 0
    if not direct:
        cost, meeting = memory.best[0], int(memory.best[1])
        count = trace(memory, meeting, path)
        one, other = root_of(memory, AHEAD, meeting), root_of(memory, BEHIND, meeting)
    start, stop = table.seeds[AHEAD, one], table.seeds[BEHIND, other]
    last = 0 if direct else count + 1
    _lay_end(table, BEHIND, stop, walks[last])
    _lay_end(table, AHEAD, start, walks[0])
    if direct:
        walks[0, 3] = stop.end
    else:
        lay_path(view.arcs, view.links, path[:count], walks[1:])
    return Path(_FOUND, cost, start.place, stop.place, last + 1)


@inline
def _lay_end(table: Table, end: int, seed: Record, walk: NDArray[np.float64]) -> None:
    """Write the walk along the edge at one end, and the step between it and the place."""
    hit, place = table.hits[end, seed.place, seed.hit], table.places[end, seed.place]
    aside = table.asides[end]
    walk[0], walk[1], walk[2], walk[3] = hit.edge, seed.against, seed.start, seed.end
    there, street = (2, 0) if end == BEHIND else (0, 2)
    aside[there], aside[there + 1] = place[0], place[1]
    aside[street], aside[street + 1] = hit.x * DEGREES_E7, hit.y * DEGREES_E7
    aside[4] = hit.distance_m
