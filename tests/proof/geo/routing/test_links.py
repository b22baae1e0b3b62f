"""Links that meet one street at several places are walked between those places."""

import random

import numpy as np
import pytest

from geo.mobility import Profile
from geo.routing.answer import Route
from geo.routing.kernels import keep_code_in
from geo.routing.needs import Needs
from geo.routing.overlay import Override
from tests.support.inspector import Inspector
from tests.support.machine import LOCAL
from tests.support.street_plans import SOUTH, STEP_LAT, STEP_LON, WEST, StreetPlan, ask, pin
from tests.support.street_reports import lay_over

_WALKS = Needs(profile=Profile.DEAF)


@pytest.fixture(scope="module", autouse=True)
def _kept_kernels() -> None:
    keep_code_in(LOCAL / "kernels")


def _join(name: str, x: float, yard: int) -> Override:
    """Return a way from the lower end of a yard to the street below it."""
    ends = [(WEST + x * STEP_LON, SOUTH + y * STEP_LAT) for y in (0.5, 0.0)]
    return Override(name, "link", {"surface": "asphalt"}, (yard, 1), None, np.array(ends))


@pytest.mark.parametrize("seed", range(3))
def test_two_links_on_one_street_are_joined_along_it(seed: int) -> None:
    """From yard to yard along the street between them, not over its ends, in any order of rows."""
    dice = random.Random(seed)
    plan, tops = StreetPlan(), []
    plan.edge(plan.node(0, 0), plan.node(3, 0), surface="asphalt")
    places = [0.9, 1.5, 2.1]
    for x in places:
        top = plan.node(x, 1)
        plan.edge(plan.node(x, 0.5), top, surface="asphalt")
        tops.append(top)
    rows = [_join(f"link {n}", x, n + 2) for n, x in enumerate(places)]
    dice.shuffle(rows)
    overlay = lay_over(plan.graph(), *rows)
    for first, last, metres in ((0, 2, 320), (2, 0, 320), (0, 1, 260)):
        ends = plan.target(tops[first]), plan.target(tops[last])
        answer = pin(overlay).plan_route(ask(_WALKS, *ends))
        assert isinstance(answer, Route)
        assert answer.distance_m == pytest.approx(metres, rel=0.02)
        assert Inspector(overlay).find_violations(answer, _WALKS) == []
