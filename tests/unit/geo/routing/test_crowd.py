"""Candidates of many places, looked up together, against each place by itself."""

import numpy as np
import pytest

from geo.routing.costs import make_rules
from geo.routing.crowd import look_at_crowd, time_crowd
from geo.routing.spread import time_seeds
from tests.support.route_checks import list_places, make_case


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_places_together_have_the_candidates_of_each_alone(seed: int, ahead: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Vertices, costs and seconds are those of a look at one place."""
    dice, plan, pinned, needs = make_case(seed)
    planner, overlay, rules = pinned.planner, pinned.overlay, make_rules(needs)
    places = list_places(plan, dice, 12)
    crowd = look_at_crowd(planner, overlay, rules, places, ahead=ahead)
    timed = time_crowd(planner, overlay, rules, crowd, np.arange(len(crowd.seeds)))
    assert len(timed) > 0
    for number, place in enumerate(places):
        alone = planner.seed(overlay, rules, [place], ahead=ahead)
        rows = slice(int(crowd.first[number]), int(crowd.first[number + 1]))
        own = crowd.seeds[rows]
        assert own["vertex"].tolist() == [each.vertex for each in alone]
        assert own["cost"].tolist() == pytest.approx([each.cost for each in alone])
        seconds, _ = time_seeds(planner, overlay, rules, alone, [place] * len(alone))
        assert timed[rows].tolist() == pytest.approx(seconds.tolist(), abs=1e-3)
