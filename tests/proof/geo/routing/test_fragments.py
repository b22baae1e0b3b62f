"""Nobody hears "no way" because the nearest footpath leads nowhere."""

import random

import pytest

from geo.mobility import Profile
from geo.routing.answer import Route, Target
from geo.routing.costs import make_rules
from geo.routing.kernels import keep_code_in
from geo.routing.needs import Needs
from geo.routing.service import Pinned
from tests.support.machine import LOCAL
from tests.support.oracle import random_needs, reference_costs, reference_network
from tests.support.proofs import CountProof, ProofSize
from tests.support.street_plans import StreetPlan, ask, random_city, walk_places

_IN_REACH_M = 60.0
"""So far one looks for another way in sight when the nearest is a dead end."""


@pytest.fixture(scope="module", autouse=True)
def _kept_kernels() -> None:
    keep_code_in(LOCAL / "kernels")


def _add_fragments(dice: random.Random, plan: StreetPlan) -> None:
    """Put short footways that nothing joins beside the streets."""
    for x in range(7):
        for y in range(7):
            if dice.random() < 0.4:
                at = x + dice.uniform(-0.3, 0.3), y + dice.uniform(-0.3, 0.3)
                one = plan.node(*at)
                other = plan.node(at[0] + dice.uniform(-0.3, 0.3), at[1] + dice.uniform(-0.3, 0.3))
                plan.edge(one, other, surface="asphalt")


def _list_vertices(pinned: Pinned, needs: Needs, place: Target, *, ahead: bool) -> set[int]:
    """Return every vertex to which something in sight leads that is open to this person.

    A place between two vertices leads on (`ahead`) or is led to over its edge's open directions.
    """
    hits = pinned.planner.snapper.find_hits(
        pinned.overlay.view, make_rules(needs), place.lon, place.lat, wide=True
    )
    found: set[int] = set()
    for hit in hits:
        if not hit.visible or hit.distance_m > _IN_REACH_M:
            continue
        edge = pinned.graph.arrays.edges[hit.edge]
        first, last = int(edge["first"]), int(edge["last"])
        if hit.ahead_s < float("inf"):
            found.add(last if ahead else first)
        if hit.behind_s < float("inf"):
            found.add(first if ahead else last)
    return found


@pytest.mark.timeout(3600)
def test_no_false_no_from_an_isolated_fragment(
    proof_size: ProofSize, count_proof: CountProof
) -> None:
    """Where plain Dijkstra joins anything in sight of both ends, there is an answer.

    And what the answer walks is never more than what somebody could walk from there.
    """
    joined = rescued = 0
    for seed in range(250 if proof_size == "long" else 6):
        dice = random.Random(80_000 + seed)
        plan = random_city(dice)
        _add_fragments(dice, plan)
        pinned = plan.pin()
        needs = random_needs(dice) if seed % 4 == 0 else Needs(profile=dice.choice(tuple(Profile)))
        network, rules = reference_network(pinned.overlay, needs), make_rules(needs)
        for start, end in walk_places(plan, dice, 20):
            starts = _list_vertices(pinned, needs, start, ahead=True)
            ends = _list_vertices(pinned, needs, end, ahead=False)
            if not any(ends & reference_costs(network, one).keys() for one in starts):
                continue
            joined += 1
            answer = pinned.plan_route(ask(needs, start, end, why_not=False))
            assert isinstance(answer, Route), seed
            nearest = pinned.planner.seed(pinned.overlay, rules, [start], ahead=True)
            far = {s.vertex for s in pinned.planner.seed(pinned.overlay, rules, [end], ahead=False)}
            near = any(far & reference_costs(network, s.vertex).keys() for s in nearest)
            rescued += not near
    assert rescued
    count_proof("pairs joined by something in sight, all answered", joined)
    count_proof("of these only by looking beyond the nearest", rescued)
