"""Searches against plain Dijkstra, and routes against a second opinion, in numbers."""

import math
import random

import pytest

from geo.mobility import Help, Word
from geo.routing.answer import NoRouteReason, Route, SegmentKind
from geo.routing.kernels import keep_code_in
from geo.routing.overlay import empty_overlay
from geo.routing.search import Scratch
from tests.support.machine import LOCAL
from tests.support.oracle import kernel_cost, random_needs, reference_costs, reference_network
from tests.support.proofs import CountProof, ProofSize
from tests.support.street_plans import ask, random_city, walk_places
from tests.support.walker import Walker


@pytest.fixture(scope="module", autouse=True)
def _kept_kernels() -> None:
    keep_code_in(LOCAL / "kernels")


@pytest.mark.timeout(3600)
def test_costs_equal_plain_dijkstra_on_random_cities(
    proof_size: ProofSize, count_proof: CountProof
) -> None:
    """Every cost equals that of Dijkstra on weights computed by code that shares nothing."""
    cities, pairs = (10_000 if proof_size == "long" else 40), 0
    for seed in range(cities):
        dice = random.Random(seed)
        overlay = empty_overlay(random_city(dice, size=dice.choice((3, 4, 5))).graph())
        needs = random_needs(dice)
        scratch = Scratch(overlay.graph.vertex_count, len(overlay.view.head))
        network = reference_network(overlay, needs)
        vertices = range(overlay.graph.vertex_count)
        for start in dice.sample(vertices, min(3, len(vertices))):
            expected = reference_costs(network, start)
            for end in vertices:
                found = kernel_cost(overlay, needs, scratch, start, end)
                assert found == pytest.approx(expected.get(end, math.inf), rel=1e-5), seed
                pairs += 1
    count_proof("random cities", cities)
    count_proof("pairs with the cost of plain Dijkstra", pairs)


@pytest.mark.timeout(3600)
def test_routes_never_pass_what_the_person_cannot(
    proof_size: ProofSize, count_proof: CountProof
) -> None:
    """Each walked edge is open to the person in the direction walked; alone needs no help."""
    wanted, routes, refused, seed = (20_000 if proof_size == "long" else 150), 0, 0, 0
    while routes < wanted:
        seed += 1
        dice = random.Random(50_000 + seed)
        plan = random_city(dice)
        pinned = plan.pin()
        for start, end in walk_places(plan, dice, 40):
            needs = random_needs(dice)
            answer = pinned.plan_route(ask(needs, start, end))
            if not isinstance(answer, Route):
                refused += 1
                assert answer.reason is not NoRouteReason.BARRIERS or answer.obstructions
                continue
            routes += 1
            walker = Walker(needs)
            for segment in answer.segments:
                if segment.kind is SegmentKind.ACCESS:
                    continue
                assert not segment.violations
                assert not (needs.help is Help.ALONE and segment.helps)
                edges = pinned.graph.find_edges(segment.edge_id) if segment.edge_id else []
                records = [pinned.overlay.get_record(edge) for edge in edges]
                words = [walker.judge(r, against=b).word for r in records for b in (False, True)]
                assert not words or any(word is not Word.NO for word in words)
            for parts in answer.evidence_mm.values():
                assert sum(parts.values()) == answer.length_mm
    count_proof("routes without a violation", routes)
    count_proof("refusals that name a barrier or a gap", refused)
