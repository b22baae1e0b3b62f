"""The nearest of many: which groups of places cost least to reach, or to come from.

Groups are tried from the nearest as the crow flies outwards, and only as far as something
nearer may still turn up: a city with a thousand pharmacies is not snapped to its streets.
The order is by cost, as a plan minimises it: time and everything that counts against a way.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import OutsideNetworkError, Rings, Target, TooFarError
from geo.routing.avoid import avoid_area
from geo.routing.bounds import BadBudgetError, TooManyCellsError, check_groups, check_targets
from geo.routing.costs import Rules, make_rules
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay
from geo.routing.pairs import Ends, Pair, ask_plan, find_pairs, look_at, swap
from geo.routing.plane import scale_at
from geo.routing.planner import ACCESS_FACTOR, Planner

MOST_FOUND = 50
MOST_COST_S = 4 * 7200.0
_FIRST = 16
"""Groups looked at first; each time nothing is certain, four times as many."""
_ASKED = 32
"""How many groups that a search does not find are planned one by one, nearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankRequest:
    """The cheapest `count` of some groups are wanted; any target of a group will do."""

    origins: Sequence[Target]
    groups: Sequence[Sequence[Target]]
    needs: Needs
    count: int = 1
    backwards: bool = False
    """From the groups to the origins, not to the groups."""
    check_return: bool = False
    """Say for each what is found how long the other way takes."""
    most_s: float = 7200.0
    """What costs more is not found."""
    avoid: Sequence[Rings] = ()
    deadline_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One group that can be reached."""

    group: int
    target_index: int
    origin_index: int
    cost_s: float
    duration_s: float
    length_mm: int
    return_s: float | None = None
    """Duration of the other way; `None` where there is none, or nobody asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The cheapest groups, cheapest first; fewer than wanted where no more can be reached."""

    found: list[Ranked]
    graph_key: str
    overlay_version: int


def rank_groups(planner: Planner, overlay: Overlay, request: RankRequest) -> Ranking:
    """Return the cheapest groups.

    Raises `BadTargetsError`, `TooManyCellsError`, `BadBudgetError`, `BadAreaError` and
    `SearchTooLongError`. A group that lies outside the network is not reached.
    """
    until = time.perf_counter() + request.deadline_s
    check_targets(request.origins)
    check_groups(request.groups)
    if not 1 <= request.count <= MOST_FOUND:
        raise TooManyCellsError(count=request.count, limit=MOST_FOUND)
    if not 0.0 < request.most_s <= MOST_COST_S:
        raise BadBudgetError(limit_s=MOST_COST_S)
    planner, overlay = avoid_area(planner, overlay, request.avoid)
    rules = make_rules(request.needs)
    cheapest = _least_costs(overlay, rules, request)
    order = np.argsort(cheapest, kind="stable")
    looked, pairs, asked = 0, dict[int, Pair](), dict[int, Pair | None]()
    ends = Ends([], [])
    while True:
        looked = min(max(_FIRST, looked * 4, 2 * request.count), len(order))
        chosen = order[:looked].tolist()
        fresh = chosen[len(ends.groups) :]
        more = look_at(
            *(planner, overlay, rules),
            [request.groups[group] for group in fresh],
            ahead=request.backwards,
        )
        ends = Ends([*ends.groups, *more.groups], [*ends.seeds, *more.seeds])
        row = find_pairs(
            *(planner, overlay, rules, request.origins, ends),
            wanted=request.count,
            limit_cost=request.most_s,
            backwards=request.backwards,
            until=until,
        )
        pairs = {
            group: pair
            for group, pair in zip(chosen, row, strict=True)
            if pair is not None and pair.cost_s <= request.most_s
        }
        for group in _list_doubtful(request, cheapest, chosen, pairs)[:_ASKED]:
            if group not in asked:
                asked[group] = _ask(planner, overlay, request, group, until)
        pairs |= {group: pair for group, pair in asked.items() if pair is not None}
        best = sorted(pairs, key=lambda group: (pairs[group].cost_s, group))[: request.count]
        sure = pairs[best[-1]].cost_s if len(best) == request.count else request.most_s
        if looked == len(order) or cheapest[order[looked]] >= sure:
            break
    found = [_ranked(group, pairs[group]) for group in best]
    if request.check_return and found:
        found = _add_returns(planner, overlay, rules, request, found, until)
    return Ranking(found=found, graph_key=planner.graph.key, overlay_version=overlay.version)


def _list_doubtful(
    request: RankRequest, cheapest: NDArray[np.float64], chosen: list[int], pairs: dict[int, Pair]
) -> list[int]:
    """Return the groups without a way that would belong to the answer if they had one.

    A search begins at what one steps onto; a plan looks farther around where that fails.
    """
    costs = sorted(pair.cost_s for pair in pairs.values())
    worst = costs[request.count - 1] if len(costs) >= request.count else request.most_s
    return [group for group in chosen if group not in pairs and cheapest[group] < worst]


def _ask(
    planner: Planner, overlay: Overlay, request: RankRequest, group: int, until: float
) -> Pair | None:
    """Plan the way of one group, looking farther around both ends."""
    ends = (request.origins, request.groups[group])
    origin, target = reversed(ends) if request.backwards else ends
    try:
        pair = ask_plan(planner, overlay, request.needs, origin, target, until)
    except (OutsideNetworkError, TooFarError):
        return None
    if pair is None or pair.cost_s > request.most_s:
        return None
    return swap(pair) if request.backwards else pair


def _ranked(group: int, pair: Pair, return_s: float | None = None) -> Ranked:
    return Ranked(
        group=group,
        target_index=pair.target_index,
        origin_index=pair.origin_index,
        cost_s=pair.cost_s,
        duration_s=pair.duration_s,
        length_mm=round(pair.metres * 1000),
        return_s=return_s,
    )


def _add_returns(
    planner: Planner,
    overlay: Overlay,
    rules: Rules,
    request: RankRequest,
    found: list[Ranked],
    until: float,
) -> list[Ranked]:
    groups = [request.groups[each.group] for each in found]
    ends = look_at(planner, overlay, rules, groups, ahead=not request.backwards)
    row = find_pairs(
        *(planner, overlay, rules, request.origins, ends),
        limit_cost=MOST_COST_S,
        backwards=not request.backwards,
        until=until,
    )
    return [
        Ranked(
            group=each.group,
            target_index=each.target_index,
            origin_index=each.origin_index,
            cost_s=each.cost_s,
            duration_s=each.duration_s,
            length_mm=each.length_mm,
            return_s=pair.duration_s if pair else None,
        )
        for each, pair in zip(found, row, strict=True)
    ]


def _least_costs(overlay: Overlay, rules: Rules, request: RankRequest) -> NDArray[np.float64]:
    """Return a cost per group that no way to it beats, from straight distances."""
    origins = np.array([(place.lon, place.lat) for place in request.origins])
    places = np.array([(place.lon, place.lat) for group in request.groups for place in group])
    kx, ky = scale_at(min(float(np.abs(np.vstack([origins, places])[:, 1]).max()) + 0.1, 90.0))
    apart = (places[:, None, :] - origins[None, :, :]) * (kx, ky)
    metres = np.hypot(apart[..., 0], apart[..., 1]).min(axis=1)
    starts = np.cumsum([0] + [len(group) for group in request.groups[:-1]])
    nearest = np.minimum.reduceat(metres, starts)
    pace = overlay.least_pace(rules)
    # A straight line to the street counts ACCESS_FACTOR seconds a metre; the slack covers
    # that a foot of the perpendicular is rounded.
    return np.asarray(np.maximum(nearest - 1.0, 0.0) * min(pace, ACCESS_FACTOR))
