"""A way with stops: one leg after the other, joined to one answer.

Of the equal targets of a stop the one is taken that makes the whole way cheapest, not the leg;
one leaves a stop where one came to it.
"""

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from geo.routing.answer import (
    Leg,
    Metres,
    NoRoute,
    Phrase,
    Route,
    RouteRequest,
    Segment,
    Step,
    Target,
)
from geo.routing.matrix import MatrixRequest, make_matrix
from geo.routing.overlay import Overlay
from geo.routing.planner import Planner


def plan_legs(planner: Planner, overlay: Overlay, request: RouteRequest) -> Route | NoRoute:
    """Return the whole way, or why one of its legs cannot be walked.

    Raises as `Planner.plan`, and `TooManyCellsError` where stops have too many equal targets.
    """
    until = time.perf_counter() + request.deadline_s
    stops = _choose_stops(planner, overlay, request)
    ends = [request.origins, *([place] for place in stops), request.targets]
    routes = []
    for number, (origins, targets) in enumerate(itertools.pairwise(ends)):
        left = max(until - time.perf_counter(), 0.0)
        leg = replace(request, origins=origins, targets=targets, via=(), deadline_s=left)
        answer = planner.plan(leg, overlay)
        if isinstance(answer, NoRoute):
            return replace(answer, leg=number)
        routes.append(answer)
    chosen = [
        next(i for i, place in enumerate(stop) if place is chosen)
        for stop, chosen in zip(request.via, stops, strict=True)
    ]
    return join(routes, [*chosen, routes[-1].target_index])


def join(routes: Sequence[Route], targets: Sequence[int]) -> Route:
    """Return legs as one way; `targets` are the chosen targets at the end of each."""
    segments: list[Segment] = []
    steps: list[Step] = []
    legs: list[Leg] = []
    for number, (route, target) in enumerate(zip(routes, targets, strict=True)):
        legs.append(
            Leg(
                first_segment=len(segments),
                segment_count=len(route.segments),
                first_step=len(steps),
                step_count=len(route.steps),
                length_mm=route.length_mm,
                duration_s=route.duration_s,
                target_index=target,
            )
        )
        steps += [
            replace(step, first_segment=step.first_segment + len(segments)) for step in route.steps
        ]
        segments += [replace(segment, leg=number) for segment in route.segments]
    return replace(
        routes[0],
        segments=segments,
        steps=steps,
        length_mm=sum(route.length_mm for route in routes),
        duration_s=sum(route.duration_s for route in routes),
        cost_s=sum(route.cost_s for route in routes),
        climb_mm=sum(route.climb_mm for route in routes),
        descent_mm=sum(route.descent_mm for route in routes),
        evidence_mm=_sum_metres(routes),
        warnings=merge_warnings(routes),
        target_index=routes[-1].target_index,
        legs=tuple(legs),
    )


def _sum_metres(routes: Sequence[Route]) -> Metres:
    metres: Metres = np.sum([route.evidence_mm for route in routes], axis=0).tolist()
    return metres


_ALL, _PART = "warning.unsurveyed_all", "warning.unsurveyed"
_ADDED, _STEEPEST = {"n", "distance_mm"}, "slope_permille"


def merge_warnings(routes: Sequence[Route]) -> list[Phrase]:
    """Return the warnings of all legs as they hold for the whole way.

    Of those alike, numbers and lengths are added up and the steepest slope counts; others are
    said as often as they differ.
    """
    everywhere = all(any(each.key == _ALL for each in route.warnings) for route in routes)
    merged: dict[tuple[str, str], Phrase] = {}
    for warning in (warning for route in routes for warning in route.warnings):
        key = _PART if warning.key == _ALL and not everywhere else warning.key
        summed = warning.params.keys() & {*_ADDED, _STEEPEST}
        place = (key, "" if summed else repr(sorted(warning.params.items())))
        before = merged.get(place)
        params = _add_up(before.params, warning.params) if before else warning.params
        merged[place] = Phrase(key, params)
    return list(merged.values())


def _add_up(some: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: some[name] + value
        if name in _ADDED
        else max(some[name], value)
        if name == _STEEPEST
        else value
        for name, value in more.items()
    }


def _choose_stops(planner: Planner, overlay: Overlay, request: RouteRequest) -> list[Target]:
    """Return one target per stop: those of the cheapest whole way, as far as there is one."""
    if all(len(stop) == 1 for stop in request.via):
        return [stop[0] for stop in request.via]
    groups = [
        [list(request.origins)],
        *([[place] for place in stop] for stop in request.via),
        [list(request.targets)],
    ]
    best = np.zeros(1)
    choices = []
    for origins, targets in itertools.pairwise(groups):
        matrix = make_matrix(
            *(planner, overlay),
            MatrixRequest(
                origins=origins,
                targets=targets,
                needs=request.needs,
                deadline_s=request.deadline_s,
            ),
        )
        cost = np.array(
            [[np.inf if cell is None else cell for cell in row] for row in matrix.cost_s]
        )
        whole = best[:, None] + cost
        if not np.isfinite(whole).any():
            # This leg cannot be walked at all; planning it will say why.
            whole = np.broadcast_to(best[:, None], cost.shape)
        choices.append(whole.argmin(axis=0))
        best = whole.min(axis=0)
    picked, last = [], int(best.argmin())
    for layer in range(len(choices) - 1, 0, -1):
        last = int(choices[layer][last])
        picked.append(request.via[layer - 1][last])
    return picked[::-1]
