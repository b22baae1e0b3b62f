"""How far somebody gets in some minutes, and where that is.

Every vertex has the time of the way that a plan would recommend, as long as that fits the
budget; otherwise that of the cheapest open way that does. Edges count as far as one gets along
them, so the shape lies around streets that are really reached and ends where a barrier stands.

The search begins on the streets next to the origin. Where all of them lead nowhere the shape is
smaller than what a plan would reach, which then looks farther around; times to places ask it.
"""

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.mobility import Word
from geo.routing.answer import Metres, OutsideNetworkError, Rings, Target, TooFarError
from geo.routing.avoid import avoid_area
from geo.routing.bounds import MOST_TARGETS, check_budgets, check_targets
from geo.routing.costs import Rules, make_rules, relax
from geo.routing.crowd import can_look_at_once, look_at_crowd, time_crowd
from geo.routing.encoding import Evidence, LimitKind, read_evidence
from geo.routing.graph import DEGREES_E7
from geo.routing.needs import Needs
from geo.routing.outline import draw_outline
from geo.routing.overlay import Overlay
from geo.routing.pairs import ask_plan, measure_direct
from geo.routing.pieces import PIECE, collect_pieces, cut_lines, sum_pieces, take_edges
from geo.routing.plane import scale_at
from geo.routing.planner import SMALL_FRAGMENT, Planner, Seed, find_direct
from geo.routing.snapping import MOST_HITS
from geo.routing.spread import Grown, Roots, grow, make_roots, time_seeds

MultiPolygon = list[list[list[list[float]]]]
"""Coordinates as in GeoJSON: polygons of rings of [longitude, latitude]."""
_DECIMALS = 6
_MOST_BESIDE = 2 * MOST_TARGETS * MOST_HITS
"""Room for pieces of the edges next to the places where one begins."""
_ASKED = 20
"""How many places that a search could not see are asked for one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachRequest:
    """What can be reached is wanted from the best of some places, within some budgets."""

    origins: Sequence[Target]
    needs: Needs
    budgets_s: Sequence[float]
    backwards: bool = False
    """Who can come here, instead of where one can go."""
    avoid: Sequence[Rings] = ()
    deadline_s: float = 2.0
    outlines: bool = True
    """Without them, only lengths and times are computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachBand:
    """What is reached within one budget."""

    budget_s: float
    outline: MultiPolygon
    reached_mm: int
    """Length of street."""
    evidence_mm: Metres


@dataclass(frozen=True, slots=True)
class _Kept:
    """What times to places are read from: settled vertices in order, and where one began."""

    planner: Planner
    overlay: Overlay
    rules: Rules
    request: ReachRequest
    starts: list[Seed]
    vertices: NDArray[np.int32]
    costs: NDArray[np.float64]
    seconds: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What is reached, one band per budget in the order asked for."""

    bands: list[ReachBand]
    graph_key: str
    overlay_version: int
    _kept: _Kept = field(repr=False, compare=False)

    def time_to(self, targets: Sequence[Target]) -> list[float | None]:
        """Return seconds door to door per target; `None` where it takes more than the budget."""
        kept, most = self._kept, max(band.budget_s for band in self.bands)
        if can_look_at_once(kept.planner):
            times, unseen = _time_all(kept, targets, most)
        else:
            times = [_time_to(kept, target, most) for target in targets]
            unseen = [n for n, took in enumerate(times) if took is None]
            unseen = [n for n in unseen if _may_reach(kept, targets[n], most)]
        for number in unseen[:_ASKED]:
            times[number] = _ask(kept, targets[number], most)
        return times


def find_reach(planner: Planner, overlay: Overlay, request: ReachRequest) -> Reach:
    """Return what can be reached.

    Raises `BadTargetsError`, `BadBudgetError`, `BadAreaError`, `OutsideNetworkError` and
    `SearchTooLongError`.
    """
    until = time.perf_counter() + request.deadline_s
    check_targets(request.origins)
    check_budgets(request.budgets_s)
    planner, overlay = avoid_area(planner, overlay, request.avoid)
    rules = make_rules(request.needs)
    starts = planner.seed(overlay, rules, list(request.origins), ahead=not request.backwards)
    if not starts:
        _check_network(planner, overlay, rules, request)
    roots = make_roots(planner, overlay, rules, request.origins, starts)
    grown = grow(
        *(overlay, rules, roots),
        backwards=request.backwards,
        limit_s=max(request.budgets_s),
        until=until,
    )
    bands = [
        _make_band(overlay, rules, request, starts, roots, grown, budget)
        for budget in request.budgets_s
    ]
    vertices = np.sort(grown.tree.reached[: grown.settled])
    branches = grown.tree.branches
    kept = _Kept(
        *(planner, overlay, rules, request, starts, vertices),
        # Column by column: whole records are copied fifteen times slower.
        costs=branches["cost"][vertices],
        seconds=branches["seconds"][vertices],
    )
    return Reach(
        bands=bands, graph_key=planner.graph.key, overlay_version=overlay.version, _kept=kept
    )


def _check_network(planner: Planner, overlay: Overlay, rules: Rules, request: ReachRequest) -> None:
    """Tell a place without a street from one where every street is closed to this person."""
    open_to_all = relax(rules)
    places = [place for place in request.origins if place.word is not Word.NO]
    for place in places:
        hits = planner.snapper.find_hits(overlay.view, open_to_all, place.lon, place.lat, wide=True)
        if hits:
            return
    if places:
        raise OutsideNetworkError(lon=places[0].lon, lat=places[0].lat)


def _time_all(
    kept: _Kept, targets: Sequence[Target], most: float
) -> tuple[list[float | None], list[int]]:
    """Return the times of all places, and which of those without one a plan may still reach."""
    crowd = look_at_crowd(
        *(kept.planner, kept.overlay, kept.rules, targets), ahead=kept.request.backwards
    )
    owner = crowd.seeds["place"]
    costs, seconds = np.full(len(owner), np.inf), np.full(len(targets), np.inf)
    if len(kept.vertices):
        at = np.searchsorted(kept.vertices, crowd.seeds["vertex"])
        at = np.minimum(at, len(kept.vertices) - 1)
        found = kept.vertices[at] == crowd.seeds["vertex"]
        costs[found] = kept.costs[at[found]] + crowd.seeds["cost"][found]
        order = np.lexsort((costs, owner))
        firsts = order[np.unique(owner[order], return_index=True)[1]]
        chosen = firsts[np.isfinite(costs[firsts])]
        last = time_crowd(kept.planner, kept.overlay, kept.rules, crowd, chosen)
        seconds[owner[chosen]] = kept.seconds[at[chosen]] + last
    times = [float(took) if took <= most else None for took in seconds]
    # A way along the street on which one starts does not pass a vertex.
    here = np.array([seed.hit.edge for seed in kept.starts], np.int32)
    for number in np.unique(owner[np.isin(crowd.hits["edge"], here)]).tolist():
        times[number] = _time_to(kept, targets[number], most)
    parts = np.array([seed.hit.component for seed in kept.starts], np.int32)
    joined = np.zeros(len(targets), np.bool_)
    joined[owner[np.isin(crowd.hits["component"], parts)]] = True
    unseen = [
        number
        for number, took in enumerate(times)
        if took is None and _may_be_near(kept, targets[number], most, joined=bool(joined[number]))
    ]
    return times, unseen


def _may_reach(kept: _Kept, target: Target, most: float) -> bool:
    """Whether a place is near enough, and lies where the search could not look."""
    seeds = kept.planner.seed(kept.overlay, kept.rules, [target], ahead=kept.request.backwards)
    parts = {seed.hit.component for seed in kept.starts}
    joined = not parts.isdisjoint(seed.hit.component for seed in seeds)
    return _may_be_near(kept, target, most, joined=joined)


def _may_be_near(kept: _Kept, target: Target, most: float, *, joined: bool) -> bool:
    lonely = not joined or len(kept.vertices) <= SMALL_FRAGMENT
    if not lonely or target.word is Word.NO:
        return False
    kx, ky = scale_at(target.lat)
    apart = min(
        math.hypot((place.lon - target.lon) * kx, (place.lat - target.lat) * ky)
        for place in kept.request.origins
    )
    pace = kept.rules.min_pace * kept.planner.graph.length_slack
    return apart * pace <= most


def _ask(kept: _Kept, target: Target, most: float) -> float | None:
    """Return the time of a plan of its own, which looks farther around both ends."""
    ends = (list(kept.request.origins), [target])
    origins, targets = reversed(ends) if kept.request.backwards else ends
    until = time.perf_counter() + kept.request.deadline_s
    try:
        pair = ask_plan(*(kept.planner, kept.overlay, kept.request.needs, origins, targets), until)
    except (OutsideNetworkError, TooFarError):
        return None
    return pair.duration_s if pair and pair.duration_s <= most else None


def _time_to(kept: _Kept, target: Target, most: float) -> float | None:
    backwards = kept.request.backwards
    seeds = kept.planner.seed(kept.overlay, kept.rules, [target], ahead=backwards)
    best, took, chosen = np.inf, np.inf, -1
    for number, seed in enumerate(seeds):
        place = int(np.searchsorted(kept.vertices, seed.vertex))
        if place < len(kept.vertices) and kept.vertices[place] == seed.vertex:
            cost = kept.costs[place] + seed.cost
            if cost < best:
                best, took, chosen = cost, float(kept.seconds[place]), number
    if chosen >= 0:
        last = [seeds[chosen]]
        seconds, _ = time_seeds(kept.planner, kept.overlay, kept.rules, last, [target])
        took += float(seconds[0])
    one, other = (seeds, kept.starts) if backwards else (kept.starts, seeds)
    direct = find_direct(one, other)
    if direct is not None and direct.cost < best:
        origins = kept.request.origins
        ends = ([target], origins) if backwards else (origins, [target])
        pair = measure_direct(
            kept.planner, kept.overlay, kept.rules, direct, *ends, backwards=backwards
        )
        took = pair.duration_s
    return took if took <= most else None


def _make_band(
    overlay: Overlay,
    rules: Rules,
    request: ReachRequest,
    starts: list[Seed],
    roots: Roots,
    grown: Grown,
    budget: float,
) -> ReachBand:
    side = 1 if request.backwards else 0
    pieces, outside = _room_for(overlay)
    count, beyond = collect_pieces(
        overlay.view, rules, grown.tree, grown.version, grown.settled, side, budget, pieces, outside
    )
    count = _add_starts(overlay, request, starts, roots, pieces, count, budget)
    length, evidence = _sum_up(overlay, pieces, count)
    outline = _draw(overlay, pieces, count, outside[:beyond]) if request.outlines else []
    return ReachBand(budget_s=budget, outline=outline, reached_mm=length, evidence_mm=evidence)


_memory = threading.local()


def _room_for(overlay: Overlay) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return memory of this thread for pieces and vertices; what is not touched costs nothing."""
    needed = len(overlay.view.head) + len(overlay.view.links) + _MOST_BESIDE
    kept: tuple[NDArray[Any], NDArray[np.float64]] | None = getattr(_memory, "room", None)
    if kept is None or len(kept[0]) < needed:
        kept = _memory.room = np.empty(needed, PIECE), np.empty((needed, 2))
    return kept


def _add_starts(
    overlay: Overlay,
    request: ReachRequest,
    starts: list[Seed],
    roots: Roots,
    pieces: NDArray[Any],
    count: int,
    budget: float,
) -> int:
    """Add the way from the place itself along the edges next to it, where nothing covers it.

    Return how many pieces there are then.
    """
    added: dict[int, list[tuple[float, float]]] = {}
    for number, seed in enumerate(starts):
        part = seed.walk.end - seed.walk.start
        if part <= 0:
            continue
        whole = seed.hit.behind_s if seed.walk.against else seed.hit.ahead_s
        # The share walked in time is at least the share of cost: cost never runs below time.
        before = float(roots.seconds[number]) - whole * part
        left = budget - max(before, 0.0)
        share = min(max(left / max(whole * part, 1e-9), 0.0), 1.0)
        start, end = seed.walk.start, seed.walk.end
        if request.backwards:
            start = end - part * share
        else:
            end = start + part * share
        line = (1.0 - end, 1.0 - start) if seed.walk.against else (start, end)
        added.setdefault(seed.walk.edge, []).append(line)
    beside = np.empty(2 * len(added), PIECE)
    count, moved = take_edges(pieces, count, np.array(list(added), np.int32), beside)
    for first, last, _, _, number in beside[:moved].tolist():
        added[number].append((first, last))
    for number, parts in added.items():
        record = overlay.get_record(number)
        length, evidence = float(record["length_m"]), int(record["evidence"])
        for start, end in _unite(parts):
            pieces[count] = start, end, length * (end - start), evidence, number
            count += 1
    return count


def _unite(parts: list[tuple[float, float]]) -> list[tuple[float, float]]:
    united: list[tuple[float, float]] = []
    for start, end in sorted(parts):
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], end)
        elif end > start:
            united.append((start, end))
    return united


def _sum_up(overlay: Overlay, pieces: NDArray[Any], count: int) -> tuple[int, Metres]:
    """Return the length and its parts by limit and source, in millimetres that add up."""
    totals = np.zeros(len(overlay.evidence), np.int64)
    whole = sum_pieces(pieces, count, overlay.evidence, totals)
    sums: Metres = [[0] * len(Evidence) for _ in LimitKind]
    for packed, total in zip(overlay.evidence.tolist(), totals.tolist(), strict=True):
        if total:
            for limit, source in read_evidence(packed).items():
                sums[limit][source] += total
    return whole, sums


def _draw(
    overlay: Overlay, pieces: NDArray[Any], count: int, outside: NDArray[np.float64]
) -> MultiPolygon:
    if not count:
        return []
    arrays, view = overlay.graph.arrays, overlay.view
    links = np.array(
        [
            (view.lon[link.tail], view.lat[link.tail], view.lon[link.head], view.lat[link.head])
            for link in overlay.links.edges
        ],
        np.float64,
    ).reshape(-1, 4)
    row = int(pieces["edge"][0])
    lat = links[-1 - row, 1] if row < 0 else arrays.shapes[arrays.edges["shape_start"][row], 1]
    kx, ky = scale_at(float(lat) * DEGREES_E7)
    kx_e7, ky_e7 = kx * DEGREES_E7, ky * DEGREES_E7
    starts, counts = arrays.edges["shape_start"], arrays.edges["shape_count"]
    lines = cut_lines(pieces, count, starts, counts, arrays.shapes, links, kx_e7, ky_e7)
    polygons = draw_outline(lines, outside * (kx_e7, ky_e7))
    return [
        [np.round(ring / (kx, ky), _DECIMALS).tolist() for ring in polygon] for polygon in polygons
    ]
