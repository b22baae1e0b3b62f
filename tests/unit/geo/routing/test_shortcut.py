"""The way found in one call is the way that the planner finds step by step."""

import math
import random

import numpy as np
import pytest

from geo.mobility import Word
from geo.routing.costs import make_rules
from geo.routing.overlay import Obstacle, Overlay, apply, empty_overlay
from geo.routing.planner import Planner
from geo.routing.snapping import make_snapper
from geo.routing.walks import shares_of
from tests.support.oracle import random_needs
from tests.support.street_plans import ask, random_city, walk_places


def _with_reports(dice: random.Random, overlay: Overlay) -> Overlay:
    """Lay some barriers over a network, so that some vertices are not plain."""
    ids = [int(each) for each in overlay.graph.arrays.edges["source_id"] if each]
    obstacles = {}
    for key in dice.sample(ids, min(4, len(ids))):
        shape = overlay.graph.get_shape(overlay.graph.find_edges(key)[0])
        kind = dice.choice(("ice", "dug_up", "parked_vehicles"))
        obstacles[str(key)] = Obstacle(str(key), kind, "confirmed", (key,), shape)
    return apply(overlay, obstacles=obstacles)


@pytest.mark.parametrize("seed", range(12))
def test_one_call_finds_what_the_planner_finds_step_by_step(seed: int) -> None:
    """Same cost, same doors, same stretches; where it gives up, the planner goes on."""
    dice = random.Random(9000 + seed)
    plan = random_city(dice)
    overlay = _with_reports(dice, empty_overlay(plan.graph()))
    planner = Planner(overlay.graph, make_snapper(overlay.graph))
    compared, same = 0, 0
    for start, end in walk_places(plan, dice, 20):
        needs = random_needs(dice)
        other = plan.target(dice.choice(list(plan.nodes)), word=dice.choice(tuple(Word)))
        request, rules = ask(needs, start, end, other), make_rules(needs)
        quick = planner._find_at_once(overlay, rules, request)
        if quick is None:
            continue
        compared += 1
        slow = planner._find(overlay, rules, request, math.inf)
        assert slow is not None
        assert quick.cost == pytest.approx(slow.cost, rel=1e-6)
        if (quick.origin, quick.target) == (slow.origin, slow.target):
            lengths = [shares_of(found.walks).sum() for found in (quick, slow)]
            assert lengths[0] == pytest.approx(lengths[1], abs=1.01)
        if np.array_equal(quick.walks, slow.walks):
            same += 1
            assert quick.asides == pytest.approx(slow.asides)
    assert compared
    assert same
