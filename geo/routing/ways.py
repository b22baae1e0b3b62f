"""A whole wish for a way: stops, areas to avoid, alternatives, the way back, and what would help.

Plans are made by `geo.routing.planner`, one pair of ends at a time. Here they are put together,
always on one pair of base and overlay, so that every part of an answer fits the others.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from geo.routing.alternatives import find_alternatives
from geo.routing.answer import (
    NoRoute,
    NoRouteReason,
    OutsideNetworkError,
    Route,
    RouteRequest,
    Routes,
    SearchTooLongError,
)
from geo.routing.avoid import avoid_area
from geo.routing.bounds import check_route
from geo.routing.legs import plan_legs
from geo.routing.openings import find_openings
from geo.routing.overlay import Overlay
from geo.routing.planner import Planner

_Plan = Callable[[RouteRequest], Route | NoRoute]
_LEAST_LEFT_S = 0.05
"""With less time left than this, what is nice to know is left out."""


def plan_ways(planner: Planner, overlay: Overlay, request: RouteRequest) -> Routes | NoRoute:
    """Return the best way and the alternatives asked for, or why there is none.

    Raises `BadTargetsError`, `TooManyStopsError`, `BadAreaError`, `OutsideNetworkError`,
    `TooFarError` and `SearchTooLongError`.
    """
    until = time.perf_counter() + request.deadline_s
    check_route(request)
    avoiding = avoid_area(planner, overlay, request.avoid)

    def plan(wish: RouteRequest) -> Route | NoRoute:
        # What was asked is planned first, with all its time.
        timed = wish if wish is request else replace(wish, deadline_s=_left(until))
        return _plan(*avoiding, timed)

    def plan_anywhere(wish: RouteRequest) -> Route | NoRoute:
        return _plan(planner, overlay, replace(wish, deadline_s=_left(until)))

    answer = _plan_avoiding(plan, plan_anywhere, request)
    if isinstance(answer, NoRoute):
        if request.why_not and _left(until) > _LEAST_LEFT_S:
            answer = replace(answer, would_open=find_openings(plan, request, answer))
        return answer
    others = []
    if request.alternatives and _left(until) > _LEAST_LEFT_S:
        others = find_alternatives(*avoiding, request, answer, until)
    if request.check_return:
        answer = _with_return(plan, request, answer)
    return Routes(
        routes=[answer, *(other.route for other in others)],
        shared=[0.0, *(other.shared for other in others)],
    )


def plan_best(planner: Planner, overlay: Overlay, request: RouteRequest) -> Route | NoRoute:
    """Return the best way, or why there is none; raises as `plan_ways`."""
    alone = replace(request, alternatives=0) if request.alternatives else request
    answer = plan_ways(planner, overlay, alone)
    return answer if isinstance(answer, NoRoute) else answer.best


def _plan(planner: Planner, overlay: Overlay, request: RouteRequest) -> Route | NoRoute:
    if request.via:
        return plan_legs(planner, overlay, request)
    return planner.plan(request, overlay)


def _plan_avoiding(plan: _Plan, plan_anywhere: _Plan, request: RouteRequest) -> Route | NoRoute:
    """Plan outside the areas; where that fails, tell whether the areas are why."""
    if not request.avoid:
        return plan(request)
    try:
        answer = plan(request)
    except OutsideNetworkError:
        answer = NoRoute(reason=NoRouteReason.NOT_CONNECTED)
    if isinstance(answer, Route):
        return answer
    free = plan_anywhere(request)
    if isinstance(free, NoRoute):
        return free
    return replace(
        answer,
        reason=NoRouteReason.AVOIDED,
        graph_key=free.graph_key,
        overlay_version=free.overlay_version,
    )


def _with_return(plan: _Plan, request: RouteRequest, answer: Route) -> Route:
    """Say whether the ends can be walked the other way round."""
    back = replace(
        request,
        origins=request.targets,
        targets=request.origins,
        via=tuple(reversed(request.via)),
        why_not=True,
    )
    try:
        found = plan(back)
    except SearchTooLongError:
        return answer
    if isinstance(found, Route):
        return replace(answer, way_back=True)
    return replace(answer, way_back=False, back_obstructions=tuple(found.obstructions))


def _left(until: float) -> float:
    return max(until - time.perf_counter(), 0.0)
