"""What holds for a way with stops follows from its legs."""

from dataclasses import replace

import pytest

from geo.mobility import Profile
from geo.routing.answer import Phrase, Route
from geo.routing.legs import merge_warnings
from geo.routing.needs import Needs
from tests.support.street_plans import ask, footway_chain

_LEG = ("warning.unsurveyed_all", {"distance_mm": 40_000})
_REST = ("warning.unsurveyed", {"distance_mm": 25_000})


def _route() -> Route:
    plan, nodes = footway_chain({})
    needs = Needs(profile=Profile.DEAF)
    answer = plan.pin().plan_route(ask(needs, plan.target(nodes[0]), plan.target(nodes[-1])))
    assert isinstance(answer, Route)
    return answer


_Said = tuple[str, dict[str, object]]


@pytest.mark.parametrize(
    ("legs", "whole"),
    [
        (([_LEG], [_LEG]), [("warning.unsurveyed_all", {"distance_mm": 80_000})]),
        (([_LEG], [_REST]), [("warning.unsurveyed", {"distance_mm": 65_000})]),
        (([_LEG], []), [("warning.unsurveyed", {"distance_mm": 40_000})]),
        (
            ([("warning.help", {"n": 1})], [("warning.help", {"n": 2})]),
            [("warning.help", {"n": 3})],
        ),
        (
            (
                [("warning.slope_up_assumed", {"slope_permille": 70})],
                [("warning.slope_up_assumed", {"slope_permille": 50})],
            ),
            [("warning.slope_up_assumed", {"slope_permille": 70})],
        ),
        (
            (
                [("warning.kerbs_unknown", {}), ("warning.doubtful.ice", {"until": "a"})],
                [("warning.doubtful.ice", {"until": "b"}), ("warning.kerbs_unknown", {})],
            ),
            [
                ("warning.kerbs_unknown", {}),
                ("warning.doubtful.ice", {"until": "a"}),
                ("warning.doubtful.ice", {"until": "b"}),
            ],
        ),
    ],
)
def test_warnings_of_legs_add_up(legs: tuple[list[_Said], ...], whole: list[_Said]) -> None:
    """Places and lengths are added, the steepest slope counts, what is alike is said once."""
    route = _route()
    routes = [replace(route, warnings=[Phrase(*said) for said in leg]) for leg in legs]
    assert merge_warnings(routes) == [Phrase(*said) for said in whole]
