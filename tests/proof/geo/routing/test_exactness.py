"""Searches against plain Dijkstra, and routes against a second opinion, in numbers."""

import math
import random

import pytest

from geo.mobility import Help
from geo.routing.answer import NoRouteReason, Route
from geo.routing.encoding import LimitKind
from geo.routing.kernels import keep_code_in
from geo.routing.overlay import empty_overlay
from geo.routing.search import Scratch
from tests.support.inspector import Inspector, find_tag_violations
from tests.support.machine import LOCAL
from tests.support.oracle import (
    add_preferences,
    count_vertices,
    kernel_cost,
    random_needs,
    reference_costs,
    reference_network,
)
from tests.support.proofs import CountProof, ProofSize
from tests.support.street_plans import ask, pin, random_city, walk_places
from tests.support.street_reports import random_overlay


@pytest.fixture(scope="module", autouse=True)
def _kept_kernels() -> None:
    keep_code_in(LOCAL / "kernels")


@pytest.mark.timeout(7200)
def test_costs_equal_plain_dijkstra_on_random_cities(
    proof_size: ProofSize, count_proof: CountProof
) -> None:
    """Every cost equals that of Dijkstra on weights computed by code that shares nothing.

    Every second city has measures, reports and new links laid over it.
    """
    cities, pairs, links = (10_000 if proof_size == "long" else 40), 0, 0
    for seed in range(cities):
        dice = random.Random(seed)
        plan = random_city(dice, size=dice.choice((3, 4, 5)))
        graph = plan.graph()
        overlay = random_overlay(dice, plan, graph) if seed % 2 else empty_overlay(graph)
        needs = add_preferences(dice, random_needs(dice))
        scratch = Scratch(len(overlay.view.lon), len(overlay.view.head) + len(overlay.view.links))
        network = reference_network(overlay, needs)
        vertices = range(count_vertices(overlay))
        links += len(overlay.links.edges)
        for start in dice.sample(vertices, min(3, len(vertices))):
            expected = reference_costs(network, start)
            for end in vertices:
                found = kernel_cost(overlay, needs, scratch, start, end)
                assert found == pytest.approx(expected.get(end, math.inf), rel=1e-5), seed
                pairs += 1
    assert links
    count_proof("random cities", cities)
    count_proof("links laid over them", links)
    count_proof("pairs with the cost of plain Dijkstra", pairs)


@pytest.mark.timeout(7200)
def test_routes_never_pass_what_the_person_cannot(
    proof_size: ProofSize, count_proof: CountProof
) -> None:
    """Each walked edge is open to the person in the direction walked; alone needs no help."""
    wanted, routes, refused, alone, seed = (20_000 if proof_size == "long" else 120), 0, 0, 0, 0
    while routes < wanted:
        seed += 1
        dice = random.Random(50_000 + seed)
        plan = random_city(dice)
        graph = plan.graph()
        overlay = random_overlay(dice, plan, graph) if seed % 2 else empty_overlay(graph)
        pinned, inspector = pin(overlay), Inspector(overlay)
        rows = {} if seed % 2 else {row.id: row for row in plan.edges}
        for start, end in walk_places(plan, dice, 40):
            needs = add_preferences(dice, random_needs(dice))
            answer = pinned.plan_route(ask(needs, start, end))
            if not isinstance(answer, Route):
                refused += 1
                assert answer.reason is not NoRouteReason.BARRIERS or answer.obstructions
                continue
            routes += 1
            alone += needs.help is Help.ALONE
            assert inspector.find_violations(answer, needs) == [], seed
            assert find_tag_violations(rows, answer, needs) == [], seed
            assert len(answer.evidence_mm) == len(LimitKind)
            for parts in answer.evidence_mm:
                assert sum(parts) == answer.length_mm
            assert sum(s.length_mm for s in answer.segments) == answer.length_mm
            assert not any(s.violations for s in answer.segments)
            assert not (needs.help is Help.ALONE and any(s.helps for s in answer.segments))
    assert alone
    count_proof("routes without a violation", routes)
    count_proof("of these walked alone, without an edge that needs help", alone)
    count_proof("refusals that name a barrier or a gap", refused)
