"""The best way between one origin and each of many groups of targets, as figures only.

Shared by the matrix and by the ranking. Figures are those that a plan of the same pair has.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.routing.answer import Route, RouteRequest, SearchTooLongError, Target
from geo.routing.costs import Rules
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay
from geo.routing.planner import Direct, Planner, Seed, find_direct
from geo.routing.spread import grow, hit_away, make_goals, make_roots, time_seeds
from geo.routing.walks import judge, shares_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The best way of one pair."""

    cost_s: float
    duration_s: float
    metres: float
    origin_index: int
    target_index: int


@dataclass(frozen=True, slots=True)
class Ends:
    """Groups of places with where a search reaches them."""

    groups: Sequence[Sequence[Target]]
    seeds: list[list[Seed]]


def look_at(
    planner: Planner,
    overlay: Overlay,
    rules: Rules,
    groups: Sequence[Sequence[Target]],
    *,
    ahead: bool,
) -> Ends:
    """Return groups with their candidates on the street."""
    seeds = [planner.seed(overlay, rules, list(group), ahead=ahead) for group in groups]
    return Ends(groups, seeds)


def find_pairs(
    planner: Planner,
    overlay: Overlay,
    rules: Rules,
    origin: Sequence[Target],
    ends: Ends,
    *,
    wanted: int | None = None,
    limit_cost: float = np.inf,
    backwards: bool = False,
    until: float = np.inf,
) -> list[Pair | None]:
    """Return the best way from an origin to each group, `None` where none was found.

    With `backwards` from each group to the origin. With `wanted`, only that many of the
    cheapest are sure to be found. Raises `SearchTooLongError`.
    """
    starts = planner.seed(overlay, rules, list(origin), ahead=not backwards)
    flat = [(group, seed) for group, seeds in enumerate(ends.seeds) for seed in seeds]
    goals, order = make_goals(
        [seed.vertex for _, seed in flat],
        [group for group, _ in flat],
        [seed.cost for _, seed in flat],
        len(ends.groups),
        len(ends.groups) if wanted is None else min(wanted, len(ends.groups)),
    )
    direct = _find_direct(starts, ends, backwards=backwards)
    for group, found in direct.items():
        goals.best[group] = found.cost
    roots = make_roots(planner, overlay, rules, origin, starts)
    grown = grow(
        *(overlay, rules, roots),
        backwards=backwards,
        goals=goals,
        limit_cost=limit_cost,
        until=until,
    )
    pairs: list[Pair | None] = [None] * len(ends.groups)
    picked = [(group, int(goal)) for group, goal in enumerate(goals.pick.tolist()) if goal >= 0]
    chosen = [flat[int(order[goal])][1] for _, goal in picked]
    own = [ends.groups[group][seed.place] for (group, _), seed in zip(picked, chosen, strict=True)]
    seconds, metres = time_seeds(planner, overlay, rules, chosen, own)
    for row, ((group, _), seed) in enumerate(zip(picked, chosen, strict=True)):
        branch = grown.tree.branches[seed.vertex]
        pairs[group] = Pair(
            cost_s=float(goals.best[group]),
            duration_s=float(branch["seconds"] + seconds[row]),
            metres=float(branch["metres"] + metres[row]),
            origin_index=starts[int(branch["root"])].place,
            target_index=seed.place,
        )
    for group, found in direct.items():
        if pairs[group] is None:
            places = (ends.groups[group], origin) if backwards else (origin, ends.groups[group])
            pairs[group] = measure_direct(
                planner, overlay, rules, found, *places, backwards=backwards
            )
    return pairs


def ask_plan(
    planner: Planner,
    overlay: Overlay,
    needs: Needs,
    origin: Sequence[Target],
    target: Sequence[Target],
    until: float,
) -> Pair | None:
    """Return the best way of one pair as a plan finds it, looking farther around both ends.

    Raises `OutsideNetworkError` and `SearchTooLongError`.
    """
    left = until - time.perf_counter()
    if left <= 0:
        raise SearchTooLongError
    answer = planner.plan(
        RouteRequest(
            origins=list(origin),
            targets=list(target),
            needs=needs,
            deadline_s=left,
            why_not=False,
        ),
        overlay,
    )
    if not isinstance(answer, Route):
        return None
    return Pair(
        cost_s=answer.cost_s,
        duration_s=answer.duration_s,
        metres=answer.distance_m,
        origin_index=answer.origin_index,
        target_index=answer.target_index,
    )


def swap(pair: Pair) -> Pair:
    """Return a pair with its ends named the other way round."""
    return replace(pair, origin_index=pair.target_index, target_index=pair.origin_index)


def _find_direct(starts: list[Seed], ends: Ends, *, backwards: bool) -> dict[int, Direct]:
    """Return, for groups that lie on an edge of the origin, the way along that edge."""
    edges = {seed.hit.edge for seed in starts}
    found = {}
    for group, seeds in enumerate(ends.seeds):
        near = [seed for seed in seeds if seed.hit.edge in edges]
        if near:
            best = find_direct(near, starts) if backwards else find_direct(starts, near)
            if best is not None:
                found[group] = best
    return found


def measure_direct(
    planner: Planner,
    overlay: Overlay,
    rules: Rules,
    found: Direct,
    origins: Sequence[Target],
    targets: Sequence[Target],
    *,
    backwards: bool,
) -> Pair:
    """Return the figures of a way along one edge; ends are named as they were asked for."""
    walks = np.array([found.walk], np.float64)
    judged, records = judge(overlay, rules, walks)
    shares = shares_of(walks)
    away = sum(hit_away(seed) for seed in (found.start, found.end))
    origin, target = origins[found.start.place], targets[found.end.place]
    first, last = found.start.place, found.end.place
    return Pair(
        cost_s=found.cost,
        duration_s=float((judged.seconds * shares)[shares > 0].sum())
        + planner.time_access(rules, origin, found.start.hit)
        + planner.time_access(rules, target, found.end.hit)
        + origin.extra_seconds
        + target.extra_seconds,
        metres=float((records["length_m"] * shares).sum()) + away,
        origin_index=last if backwards else first,
        target_index=first if backwards else last,
    )
