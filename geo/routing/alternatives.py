"""Other ways that are really different, and each of them sensible in itself.

Two trees of cheapest ways, from the origins and back from the targets, agree on stretches
called plateaus (Abraham, Delling, Goldberg, Werneck, "Alternative routes in road networks",
2013; the plateau method is Cambridge Vehicle Information Technology's). Going to a plateau the
cheapest way and on from it the cheapest way is an alternative, and every part of it that costs
no more than the plateau is itself a cheapest way: no loops, no pointless detours.

The rule: it costs at most 1.4 times the best way, shares at most 65 % of its length with any
better one, walks no stretch twice, and its plateau costs at least 15 % of the best way.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Route, RouteRequest
from geo.routing.costs import Rules, make_rules
from geo.routing.graph import DEGREES_E7
from geo.routing.kernels import inline, maker
from geo.routing.overlay import Overlay
from geo.routing.plane import METRES_PER_DEGREE, scale_at
from geo.routing.planner import Found, Planner, Seed, make_found
from geo.routing.spread import Aim, Grown, Tree, grow, make_roots
from geo.routing.view import View
from geo.routing.walks import lay_walks, read_records, shares_of

MOST_COST = 1.4
MOST_SHARED = 0.65
LEAST_PLATEAU = 0.15
_MOST_TRIED = 60
_TOLERANCE_S = 1e-3
_Seeds = tuple[list[Seed], list[Seed]]
"""Where ways begin, and where they end."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way of several."""

    route: Route
    shared: float
    """The largest share of its length that it has in common with a better one."""


@dataclass(frozen=True, slots=True)
class _Way:
    found: Found
    metres: dict[int, float]
    """Length by edge as walked; links have numbers below zero."""


def find_alternatives(
    planner: Planner, overlay: Overlay, request: RouteRequest, best: Route, until: float
) -> list[Alternative]:
    """Return up to `request.alternatives` other ways, cheapest first.

    None where the best way itself begins or ends farther off than what one steps onto, or along
    a single edge. Raises `SearchTooLongError`.
    """
    rules = make_rules(request.needs)
    starts = planner.seed(overlay, rules, request.origins, ahead=True)
    ends = planner.seed(overlay, rules, request.targets, ahead=False)
    if not starts or not ends:
        return []
    limit = best.cost_s * MOST_COST
    trees = (
        grow(
            *(overlay, rules, make_roots(planner, overlay, rules, request.origins, starts)),
            limit_cost=limit,
            aim=_aim(planner, overlay, rules, ends),
            until=until,
        ),
        grow(
            *(overlay, rules, make_roots(planner, overlay, rules, request.targets, ends)),
            backwards=True,
            limit_cost=limit,
            aim=_aim(planner, overlay, rules, starts),
            until=until,
        ),
    )
    chosen: list[_Way] = []
    for way in _iter_ways(overlay, request, trees, (starts, ends), best.cost_s):
        if not chosen and way.found.cost > best.cost_s + _TOLERANCE_S * max(1.0, best.cost_s):
            return []
        if all(max(_share(way, o), _share(o, way)) <= MOST_SHARED for o in chosen):
            chosen.append(way)
        if len(chosen) > request.alternatives:
            break
    ways = [*chosen[:1], *sorted(chosen[1:], key=lambda way: way.found.cost)]
    return [
        Alternative(
            planner.tell(request, overlay, rules, way.found),
            max(_share(way, better) for better in ways[:number]),
        )
        for number, way in enumerate(ways)
        if number
    ]


def _aim(planner: Planner, overlay: Overlay, rules: Rules, seeds: list[Seed]) -> Aim:
    view = overlay.view
    chosen = np.array([seed.vertex for seed in seeds])
    x, y = view.lon[chosen].astype(np.float64), view.lat[chosen].astype(np.float64)
    north = METRES_PER_DEGREE * DEGREES_E7
    # A degree of longitude is shortest farthest from the equator; no way leads far beyond.
    lat = min(planner.graph.lat_limit, float(np.abs(y).max()) * DEGREES_E7 + 1.0)
    east = scale_at(lat)[0] * DEGREES_E7
    middle_x, middle_y = float(x.mean()), float(y.mean())
    reach = float(np.hypot((x - middle_x) * east, (y - middle_y) * north).max())
    pace = overlay.least_pace(rules)
    return Aim(middle_x, middle_y, reach, east, north, pace)


def _iter_ways(
    overlay: Overlay,
    request: RouteRequest,
    trees: tuple[Grown, Grown],
    seeds: _Seeds,
    best_s: float,
) -> Iterator[_Way]:
    """Give ways over plateaus: the best first, then those that are worth most for their cost."""
    ahead, behind = trees
    plateaus = _find_plateaus(
        *(overlay.view, ahead.tree, ahead.version, behind.tree, behind.version, ahead.settled),
        best_s * MOST_COST,
    )
    if not len(plateaus):
        return
    first = int(np.argmin(plateaus[:, 1]))
    yield _make_way(overlay, request, trees, seeds, int(plateaus[first, 0]))
    long = plateaus[plateaus[:, 2] >= LEAST_PLATEAU * best_s]
    for row in long[np.argsort(long[:, 1] - long[:, 2], kind="stable")][:_MOST_TRIED].tolist():
        way = _make_way(overlay, request, trees, seeds, int(row[0]))
        if len(way.metres) == len(way.found.walks):
            yield way


def _make_way(
    overlay: Overlay,
    request: RouteRequest,
    trees: tuple[Grown, Grown],
    seeds: _Seeds,
    vertex: int,
) -> _Way:
    (ahead, behind), (starts, ends) = trees, seeds
    first, last = ahead.tree.branches[vertex], behind.tree.branches[vertex]
    start, end = starts[int(first["root"])], ends[int(last["root"])]
    arcs = [ahead.list_arcs(vertex), behind.list_arcs(vertex)[::-1]]
    there, onward = (np.array(each, np.int64) for each in arcs)
    codes = np.concatenate([2 * there, 2 * onward + 1])
    walks = lay_walks(overlay, [start.walk], codes, [end.walk])
    walks = walks[shares_of(walks) > 0]
    records = read_records(overlay, walks)
    metres = records["length_m"].astype(np.float64) * shares_of(walks)
    found = make_found(request, float(first["cost"] + last["cost"]), start, end, walks)
    edges = walks[:, 0].astype(np.int64)
    return _Way(found, dict(zip(edges.tolist(), metres.tolist(), strict=True)))


def _share(way: _Way, other: _Way) -> float:
    """Return which part of a way's length lies on edges of another."""
    common = sum(metres for edge, metres in way.metres.items() if edge in other.metres)
    return common / max(sum(way.metres.values()), 1e-9)


@inline
def _leads_on(
    view: View, ahead: Tree, version: int, behind: Tree, version_behind: int, vertex: int
) -> int:
    """Return the next vertex of the plateau that a vertex is on, or -1."""
    onward = behind.branches[vertex].before
    if onward < 0 or ahead.branches[onward].done != version:
        return -1
    if behind.branches[onward].done != version_behind or ahead.branches[onward].before != vertex:
        return -1
    one, other = behind.branches[vertex].parent, ahead.branches[onward].parent
    return onward if _edge_of(view, one) == _edge_of(view, other) else -1


@inline
def _edge_of(view: View, arc: int) -> int:
    if arc < len(view.arcs):
        return int(view.arcs[arc].edge)
    return int(view.links[arc - len(view.arcs)].edge)


@maker
def _find_plateaus(
    view: View,
    ahead: Tree,
    version: int,
    behind: Tree,
    version_behind: int,
    settled: int,
    limit: float,
) -> NDArray[np.float64]:
    """Return rows (first vertex, cost of the way over it, cost of the plateau)."""
    rows = np.empty((settled, 3))
    count = 0
    for number in range(settled):
        vertex = ahead.reached[number]
        if behind.branches[vertex].done != version_behind:
            continue
        whole = ahead.branches[vertex].cost + behind.branches[vertex].cost
        before = ahead.branches[vertex].before
        inner = (
            before >= 0
            and behind.branches[before].done == version_behind
            and _leads_on(view, ahead, version, behind, version_behind, before) == vertex
        )
        if whole > limit or inner:
            continue
        last = vertex
        onward = _leads_on(view, ahead, version, behind, version_behind, last)
        while onward >= 0:
            last = onward
            onward = _leads_on(view, ahead, version, behind, version_behind, last)
        rows[count, 0] = vertex
        rows[count, 1] = whole
        rows[count, 2] = ahead.branches[last].cost - ahead.branches[vertex].cost
        count += 1
    return rows[:count]
