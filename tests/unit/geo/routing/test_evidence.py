"""Where knowledge comes from: every limit has a source on every metre, and they add up."""

import numpy as np

from geo.mobility import Profile
from geo.routing.answer import Route
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.needs import Needs
from geo.routing.overlay import Override, apply, empty_overlay
from tests.support.street_plans import ask, footway_chain, pin

_WALKS = Needs(profile=Profile.DEAF)
_MEASURED = {
    "incline_permille": 30,
    "cross_slope_permille": 10,
    "width_mm": 1500,
    "kerb_height_mm": 20,
    "step_count": 0,
    "surface": "asphalt",
    "smoothness": "good",
}
"""One value for each limit."""


def _walk(*stretches: dict[str, object], audited: int | None = None) -> Route:
    plan, nodes = footway_chain(*stretches)
    overlay = empty_overlay(plan.graph())
    if audited is not None:
        shape = np.asarray(plan.edges[audited].shape)
        row = Override("1", "edge", _MEASURED, (plan.edges[audited].id,), None, shape)
        overlay = apply(overlay, overrides={"1": row})
    route = pin(overlay).plan_route(ask(_WALKS, plan.target(nodes[0]), plan.target(nodes[-1])))
    assert isinstance(route, Route)
    return route


def test_every_limit_adds_up_to_the_length() -> None:
    """A mapped, an assumed, an unknown and an audited stretch: each limit covers every metre."""
    unknown: dict[str, object] = {"kind": "path", "highway": "path"}
    route = _walk(dict(_MEASURED), {"dem_incline_permille": 20}, unknown, dict(unknown), audited=3)
    assert len(route.evidence_mm) == len(LimitKind)
    for limit, parts in zip(LimitKind, route.evidence_mm, strict=True):
        assert sum(parts) == route.length_mm, limit
        assert parts[Evidence.AUDITED] > 0.2 * route.length_mm, limit
        assert parts[Evidence.MAPPED] > 0.2 * route.length_mm, limit
    slopes = route.evidence_mm[LimitKind.INCLINE]
    assert slopes[Evidence.ASSUMED] > 0.2 * route.length_mm
    assert slopes[Evidence.MISSING] > 0.2 * route.length_mm


def test_a_slope_is_mapped_by_a_tag_and_assumed_from_the_terrain() -> None:
    """What the map says is mapped, what an elevation model says is assumed, the rest missing."""
    for stretch, source in (
        ({"incline_permille": 30}, Evidence.MAPPED),
        ({"incline_permille": 30, "dem_incline_permille": 10}, Evidence.MAPPED),
        ({"dem_incline_permille": 30}, Evidence.ASSUMED),
        ({}, Evidence.MISSING),
    ):
        slopes = _walk(dict(stretch)).evidence_mm[LimitKind.INCLINE]
        assert slopes[source] == sum(slopes) > 0
