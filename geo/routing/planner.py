"""One way on one pair of base and overlay: snap, search, and say what was found.

Synchronous and free of the interpreter lock while it searches; run it in a thread. Each thread
keeps its own scratch memory. Nothing here reads the database.
"""

import math
import threading
import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.mobility import Word
from geo.routing.answer import (
    NoRoute,
    NoRouteReason,
    OutsideNetworkError,
    Route,
    RouteRequest,
    SearchTooLongError,
    Target,
    TooFarError,
)
from geo.routing.costs import Rules, make_rules, relax
from geo.routing.directions import Guidebook, describe
from geo.routing.graph import DEGREES_E7, Graph
from geo.routing.landmarks import Landmarks
from geo.routing.obstructions import list_obstructions
from geo.routing.overlay import Overlay
from geo.routing.plane import METRES_PER_DEGREE, scale_at
from geo.routing.reading import Asides, find_aside, note_reports, read_way, time_aside
from geo.routing.search import (
    SLICE,
    Frame,
    Outcome,
    Scratch,
    advance,
    begin,
    root_of,
    trace,
)
from geo.routing.segments import Stretches
from geo.routing.shortcut import Table, find_way, make_table
from geo.routing.snapping import Hit, Snapper
from geo.routing.walks import (
    Walk,
    Walks,
    lay_walks,
    shares_of,
)
from geo.routing.weights import AHEAD, BEHIND

MOST_KM = 60.0
"""Longest straight distance that is planned for a walker."""
WORD_COST_S = {Word.YES: 0.0, Word.WITH_HELP: 120.0, Word.UNKNOWN: 300.0}
"""How much farther one goes for a surer door (proposed)."""
ACCESS_FACTOR = 2.0
"""The straight line to the street counts double: nobody knows what it crosses (proposed)."""
SMALL_FRAGMENT = 3000
"""A search that ends after fewer vertices ran out of a fragment; look farther for the start."""
_NEARBY_M = 60.0
_IN_SIGHT_M = 150.0


class Seed(NamedTuple):
    """A vertex where the search begins or ends, and what lies between it and the place."""

    vertex: int
    cost: float
    place: int
    """Index of the target."""
    hit: Hit
    walk: Walk


@dataclass(frozen=True, slots=True)
class _End:
    """All places at one end of the way, with their candidates nearest first."""

    targets: list[Target]
    hits: list[list[Hit]]

    def components(self, level: int) -> set[int]:
        return {hit.component for hits in self.hits for hit in choose_hits(hits, level)}


class Found(NamedTuple):
    """A path between two places, with the steps between these and the street."""

    cost: float
    origin: int
    """Which of the origins."""
    target: int
    walks: Walks
    asides: Asides


class Direct(NamedTuple):
    """A way along one edge."""

    cost: float
    start: Seed
    end: Seed
    walk: Walk


_LEVELS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""How far to look for candidates at both ends: what one steps onto, or what one sees."""


def choose_hits(hits: list[Hit], level: int) -> list[Hit]:
    """Return the candidates of a level: 0 what one steps onto, 1 what one sees nearby, 2 all.

    When everything nearby is closed to this person, what is seen farther away counts too.
    """
    visible = [hit for hit in hits if hit.visible] or hits[:1]
    if level > 1 or not visible:
        return hits
    nearest = visible[0].distance_m
    reach = nearest * 1.3 + 15.0 if level == 0 else max(_NEARBY_M, nearest * 1.5)
    near = [hit for hit in visible if hit.distance_m <= reach]
    if level == 1 and not any(hit.open for hit in near):
        return [hit for hit in visible if hit.distance_m <= _IN_SIGHT_M]
    return near


class Planner:
    """Plans ways on one base with its snapping index."""

    def __init__(self, graph: Graph, snapper: Snapper, landmarks: Landmarks | None = None) -> None:
        self.graph = graph
        self.snapper = snapper
        names = (graph.get_name(number) for number in range(graph.name_count))
        self.guidebook = Guidebook.of(landmarks, names)
        self._memory = threading.local()

    def plan(self, request: RouteRequest, overlay: Overlay) -> Route | NoRoute:
        """Return the best way, or why there is none.

        Raises `OutsideNetworkError`, `TooFarError` and `SearchTooLongError`.
        """
        deadline = time.perf_counter() + request.deadline_s
        _check_distance(request.origins, request.targets)
        rules = make_rules(request.needs)
        found = self.find_path(request, overlay, rules, deadline)
        if found is not None:
            return self.tell(request, overlay, rules, found)
        for places in (request.origins, request.targets):
            if all(place.word is Word.NO for place in places):
                return self._no_route(NoRouteReason.NO_ENTRANCE, overlay)
        anyone = relax(rules)
        for places in (request.origins, request.targets):
            if not any(self._look_around(overlay, anyone, places, wide=True).hits):
                raise OutsideNetworkError(lon=places[0].lon, lat=places[0].lat)
        if not request.why_not:
            return self._no_route(NoRouteReason.BARRIERS, overlay)
        return self._explain(request, overlay, anyone, deadline)

    def seed(
        self, overlay: Overlay, rules: Rules, places: list[Target], *, ahead: bool
    ) -> list[Seed]:
        """Return where a search from (`ahead`) or to some places begins, as `plan` does first.

        For searches to many places: what they do not find, `plan` may still find from farther
        away.
        """
        return self._seed(self._look_around(overlay, rules, places), 0, ahead=ahead)

    def time_access(self, rules: Rules, place: Target, hit: Hit) -> float:
        """Return the seconds between a place and the street next to it, as an answer counts."""
        aside = find_aside(place.lon, place.lat, hit, outward=True)
        return time_aside(rules, self.snapper.ground.roads, aside)

    # -- finding ----------------------------------------------------------------------------

    def find_path(
        self, request: RouteRequest, overlay: Overlay, rules: Rules, deadline: float
    ) -> Found | None:
        """Return the cheapest path and nothing about it, `None` when this person has none.

        `deadline` is a moment of `time.perf_counter`. Raises `SearchTooLongError`.
        """
        found = self._find_at_once(overlay, rules, request)
        return found or self._find(overlay, rules, request, deadline)

    def _find_at_once(self, overlay: Overlay, rules: Rules, request: RouteRequest) -> Found | None:
        """Try what usually finds the way, in one kernel; what it does not find may be there."""
        places = max(len(request.origins), len(request.targets))
        if type(self.snapper) is not Snapper:
            return None
        scratch, view = self._scratch(overlay), overlay.view
        table = self._table(places)
        for row, targets in zip(table.places, (request.origins, request.targets), strict=True):
            for number, target in enumerate(targets):
                row[number] = _place_of(target)
        path = find_way(
            view,
            rules,
            scratch.memory,
            self.snapper.grid,
            self.snapper.ground,
            table,
            scratch.next_version(),
            len(request.origins),
            len(request.targets),
            ACCESS_FACTOR,
            overlay.least_pace(rules),
            self.graph.lat_limit,
            SLICE,
            scratch.path,
            scratch.walks,
        )
        if path.outcome != Outcome.FOUND:
            return None
        walks = scratch.walks[: path.walked].copy()
        return Found(path.cost, path.origin, path.target, walks, table.asides.copy())

    def _find(
        self, overlay: Overlay, rules: Rules, request: RouteRequest, deadline: float
    ) -> Found | None:
        """Search from the nearest candidates, then from all in sight.

        Candidates beyond sight serve only when both ends lie in parts of the network that
        nothing connects: then the nearer part is a fragment, not a place behind a barrier.
        """
        start = self._look_around(overlay, rules, request.origins)
        end = self._look_around(overlay, rules, request.targets)
        joined = False
        for near, far in _LEVELS:
            if not start.components(near) & end.components(far):
                continue
            joined = True
            seeds = self._seed(start, near, ahead=True), self._seed(end, far, ahead=False)
            found, spent = self._search(overlay, rules, request, seeds, deadline)
            if found is not None or spent > SMALL_FRAGMENT:
                return found
        if joined:
            return None
        start = self._look_around(overlay, rules, request.origins, wide=True)
        end = self._look_around(overlay, rules, request.targets, wide=True)
        seeds = self._seed(start, 2, ahead=True), self._seed(end, 2, ahead=False)
        return self._search(overlay, rules, request, seeds, deadline)[0]

    def _look_around(
        self, overlay: Overlay, rules: Rules, places: list[Target], *, wide: bool = False
    ) -> _End:
        hits = [
            []
            if place.word is Word.NO
            else self.snapper.find_hits(overlay.view, rules, place.lon, place.lat, wide=wide)
            for place in places
        ]
        return _End(places, hits)

    def _seed(self, end: _End, level: int, *, ahead: bool) -> list[Seed]:
        seeds = []
        for number, (target, hits) in enumerate(zip(end.targets, end.hits, strict=True)):
            base = target.extra_seconds + WORD_COST_S.get(target.word, 0.0)
            for hit in choose_hits(hits, level):
                cost = base + hit.distance_m * ACCESS_FACTOR
                where = self.graph.arrays.edges[hit.edge]
                first, last = int(where["first"]), int(where["last"])
                rest = 1.0 - hit.share
                on, back = Walk(hit.edge, False, hit.share, 1.0), Walk(hit.edge, True, rest, 1.0)
                ways = ((last, on, hit.ahead_s), (first, back, hit.behind_s))
                if not ahead:
                    on, back = (
                        Walk(hit.edge, False, 0.0, hit.share),
                        Walk(hit.edge, True, 0.0, rest),
                    )
                    ways = ((first, on, hit.ahead_s), (last, back, hit.behind_s))
                for vertex, walk, whole in ways:
                    part = walk.end - walk.start
                    # At the very end of an edge one stands on the vertex, closed edge or not.
                    along = whole * part if part > 0 else 0.0
                    if math.isfinite(along):
                        seeds.append(Seed(vertex, cost + along, number, hit, walk))
        return seeds

    def _search(
        self,
        overlay: Overlay,
        rules: Rules,
        request: RouteRequest,
        seeds: tuple[list[Seed], list[Seed]],
        deadline: float,
    ) -> tuple[Found | None, int]:
        """Return the cheapest path, and after how many vertices a direction ran out."""
        scratch, (starts, ends) = self._scratch(overlay), seeds
        direct = find_direct(starts, ends)
        memory, view, version = scratch.memory, overlay.view, scratch.next_version()
        frame = self._frame(overlay, rules, starts, ends)
        bound = direct.cost if direct is not None else math.inf
        begin(view, memory, frame, version, bound, *_as_arrays(starts), *_as_arrays(ends))
        while True:
            outcome = advance(view, rules, memory, frame, version, SLICE)
            if outcome != Outcome.PAUSED:
                break
            if time.perf_counter() > deadline:
                raise SearchTooLongError
        # A direction that still has somewhere to go is not what ran out.
        settled, waiting = memory.settled.tolist(), memory.waiting.tolist()
        spent = min(
            s if not w else SMALL_FRAGMENT + 1 for s, w in zip(settled, waiting, strict=True)
        )
        if outcome == Outcome.NO_WAY:
            if direct is None:
                return None, spent
            walks = np.array([direct.walk], np.float64)
            return make_found(request, direct.cost, direct.start, direct.end, walks), spent
        cost, meeting = float(memory.best[0]), int(memory.best[1])
        count = trace(memory, meeting, scratch.path)
        start = starts[root_of(memory, AHEAD, meeting)]
        end = ends[root_of(memory, BEHIND, meeting)]
        walks = lay_walks(overlay, [start.walk], scratch.path[:count], [end.walk])
        return make_found(request, cost, start, end, walks), spent

    def _frame(self, overlay: Overlay, rules: Rules, starts: list[Seed], ends: list[Seed]) -> Frame:
        view = overlay.view
        metres = METRES_PER_DEGREE * DEGREES_E7
        lats = [abs(view.lat[s.vertex]) * DEGREES_E7 for s in (*starts, *ends)]
        # No farther north than the network, or than one degree beyond both ends: there a
        # degree of longitude is shortest, so straight distances are never too long.
        lat = min(self.graph.lat_limit, max(lats, default=0.0) + 1.0)
        east = metres * math.cos(math.radians(lat))
        circles = [_circle(view.lon, view.lat, seeds, east, metres) for seeds in (starts, ends)]
        pace = overlay.least_pace(rules)
        return Frame(east, metres, pace, *circles[0], *circles[1])

    def _table(self, places: int) -> Table:
        found: Table | None = getattr(self._memory, "table", None)
        if found is None or found.counts.shape[1] < places:
            found = self._memory.table = make_table(max(places, 8))
        return found

    def _scratch(self, overlay: Overlay) -> Scratch:
        found: Scratch | None = getattr(self._memory, "scratch", None)
        if found is None or not found.fits(overlay.view):
            vertices, arcs = len(overlay.view.lon), len(overlay.view.head)
            found = Scratch(vertices + 1024, arcs + 4096)
            self._memory.scratch = found
        return found

    # -- answering --------------------------------------------------------------------------

    def tell(self, request: RouteRequest, overlay: Overlay, rules: Rules, found: Found) -> Route:
        """Return a path that was found as an answer."""
        origin, target = request.origins[found.origin], request.targets[found.target]
        roads = self.snapper.ground.roads
        way = read_way(overlay, rules, roads, found.walks, found.asides)
        way, notices, reports = note_reports(overlay, way)
        names = self.graph.get_name
        told = describe(way, names, reports, target, request.needs, self.guidebook)
        measures = told.measures
        return Route(
            segments=Stretches(way, names, notices, self.guidebook.lexica),
            steps=told.steps,
            length_mm=told.whole.length_mm,
            duration_s=measures.duration_s + origin.extra_seconds + target.extra_seconds,
            cost_s=found.cost,
            climb_mm=measures.climb_mm,
            descent_mm=measures.descent_mm,
            evidence_mm=measures.evidence_mm.tolist(),
            warnings=told.warnings,
            origin_index=found.origin,
            target_index=found.target,
            graph_key=self.graph.key,
            overlay_version=overlay.version,
        )

    def _explain(
        self, request: RouteRequest, overlay: Overlay, rules: Rules, deadline: float
    ) -> NoRoute:
        """Find the way with the fewest barriers under relaxed rules, and say which they are."""
        found = self._find(overlay, rules, request, deadline)
        if found is None:
            return self._no_route(NoRouteReason.NOT_CONNECTED, overlay)
        # Both ends may meet at one point of an edge that is closed: then that edge is what
        # stands in the way, although nobody would walk along it.
        moved = shares_of(found.walks) > 0
        walks = found.walks[moved] if moved.any() else found.walks
        way = read_way(overlay, rules, self.snapper.ground.roads, walks, with_points=True)
        way, notices, _ = note_reports(overlay, way)
        segments = Stretches(way, self.graph.get_name, notices)
        obstructions, reached = list_obstructions(segments, request.needs)
        if not obstructions:
            return self._no_route(NoRouteReason.NOT_CONNECTED, overlay)
        whole = sum(segment.length_mm for segment in segments)
        ahead = sum(segment.length_mm for segment in segments[:reached])
        at = segments[reached].shape[0] if reached < len(segments) else None
        return NoRoute(
            reason=NoRouteReason.BARRIERS,
            obstructions=obstructions,
            reached=at,
            reached_mm=ahead,
            remaining_mm=whole - ahead,
            target_index=found.target,
            graph_key=self.graph.key,
            overlay_version=overlay.version,
        )

    def _no_route(self, reason: NoRouteReason, overlay: Overlay) -> NoRoute:
        return NoRoute(reason=reason, graph_key=self.graph.key, overlay_version=overlay.version)


def _place_of(target: Target) -> tuple[float, float, float]:
    """Return longitude, latitude and what counts for a place; not a number where closed."""
    base = target.extra_seconds + WORD_COST_S.get(target.word, 0.0)
    return (math.nan if target.word is Word.NO else target.lon), target.lat, base


def make_found(request: RouteRequest, cost: float, start: Seed, end: Seed, walks: Walks) -> Found:
    """Return a path as found between two seeds of a request."""
    origin, target = request.origins[start.place], request.targets[end.place]
    out = find_aside(origin.lon, origin.lat, start.hit, outward=True)
    back = find_aside(target.lon, target.lat, end.hit, outward=False)
    return Found(cost, start.place, end.place, walks, np.array([out, back]))


def find_direct(starts: list[Seed], ends: list[Seed]) -> Direct | None:
    """Return the cheapest way along one edge on which both ends lie."""
    best: Direct | None = None
    for start in starts:
        for end in ends:
            if start.hit.edge != end.hit.edge or start.walk.against != end.walk.against:
                continue
            # In walking order: from where the start walk begins to where the end walk ends.
            first, last = start.walk.start, end.walk.end
            if first > last:
                continue
            against = start.walk.against
            whole = start.hit.behind_s if against else start.hit.ahead_s
            rest = whole * (1.0 - first) + whole * last - whole * (last - first)
            cost = start.cost + end.cost - rest
            if best is None or cost < best.cost:
                walk = Walk(start.hit.edge, against, first, last)
                best = Direct(cost, start, end, walk)
    return best


def _as_arrays(seeds: list[Seed]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    vertices = np.array([seed.vertex for seed in seeds], np.int32)
    return vertices, np.array([seed.cost for seed in seeds], np.float64)


def _circle(
    lon: NDArray[np.int32],
    lat: NDArray[np.int32],
    seeds: list[Seed],
    east: float,
    north: float,
) -> tuple[float, float, float]:
    """Return (x, y, reach in metres) of a circle around all seeds."""
    if not seeds:
        return 0.0, 0.0, 0.0
    chosen = np.array([seed.vertex for seed in seeds])
    x, y = lon[chosen].astype(np.float64), lat[chosen].astype(np.float64)
    middle_x, middle_y = float(x.mean()), float(y.mean())
    reach = float(np.hypot((x - middle_x) * east, (y - middle_y) * north).max())
    return middle_x, middle_y, reach


def _check_distance(origins: list[Target], targets: list[Target]) -> None:
    one, other = origins[0], targets[0]
    kx, ky = scale_at((one.lat + other.lat) / 2)
    km = math.hypot((one.lon - other.lon) * kx, (one.lat - other.lat) * ky) / 1000
    if km > MOST_KM:
        raise TooFarError(distance_km=round(km, 1), limit_km=MOST_KM)
