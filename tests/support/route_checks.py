"""Searches to many places, stops, areas and alternatives against plainer ways to the same answer.

Each check takes a seed, makes a random city with a random person, and returns how many cases it
compared; it fails inside where two answers differ.
"""

import itertools
import math
import random

import networkx as nx
import numpy as np
import pytest
import shapely

from geo.routing.alternatives import MOST_COST, MOST_SHARED
from geo.routing.answer import NoRoute, NoRouteReason, Place, Route, RouteRequest, Routes, Target
from geo.routing.costs import make_rules
from geo.routing.matrix import MatrixRequest
from geo.routing.needs import Needs
from geo.routing.ranking import RankRequest
from geo.routing.reach import ReachRequest
from geo.routing.service import Pinned
from geo.routing.spread import Roots, grow
from tests.support.machine import PATIENCE_S
from tests.support.oracle import random_needs, reference_costs, reference_network
from tests.support.street_plans import StreetPlan, random_city, walk_places

_RANK_COST_S = 7200.0


def make_case(seed: int) -> tuple[random.Random, StreetPlan, Pinned, Needs]:
    """Return dice, a city, its planner and somebody who walks there."""
    dice = random.Random(seed)
    plan = random_city(dice)
    return dice, plan, plan.pin(), random_needs(dice)


def list_places(plan: StreetPlan, dice: random.Random, count: int) -> list[Target]:
    """Return some places near streets."""
    pairs = walk_places(plan, dice, (count + 1) // 2)
    return [place for pair in pairs for place in pair][:count]


def plan_plainly(
    pinned: Pinned, needs: Needs, origins: list[Target], targets: list[Target]
) -> Route | None:
    """Return the answer of one plan, without reasons."""
    answer = pinned.planner.plan(
        RouteRequest(
            origins=origins, targets=targets, needs=needs, why_not=False, deadline_s=PATIENCE_S
        ),
        pinned.overlay,
    )
    return answer if isinstance(answer, Route) else None


def check_tree(seed: int) -> int:
    """Compare every cost of a tree, forwards and backwards, with plain Dijkstra."""
    dice, _, pinned, needs = make_case(seed)
    overlay, rules = pinned.overlay, make_rules(needs)
    network = reference_network(overlay, needs)
    count = 0
    for start in dice.sample(range(overlay.graph.vertex_count), 3):
        for backwards in (False, True):
            zero = np.zeros(1)
            roots = Roots(np.array([start], np.int32), zero, zero, zero)
            grown = grow(overlay, rules, roots, backwards=backwards)
            turned: nx.DiGraph = network.reverse(copy=False) if backwards else network
            expected = reference_costs(turned, start)
            for vertex in range(overlay.graph.vertex_count):
                branch = grown.find(vertex)
                cost = math.inf if branch is None else float(branch["cost"])
                assert cost == pytest.approx(expected.get(vertex, math.inf), rel=1e-5), seed
                assert branch is None or branch["seconds"] <= cost + 1e-3
                count += 1
    return count


def check_matrix(seed: int) -> int:
    """Compare every cell of a matrix with a plan of its pair."""
    dice, plan, pinned, needs = make_case(seed)
    places = list_places(plan, dice, 12)
    origins, targets = [[p] for p in places[:4]], [[p] for p in places[4:10]] + [places[10:]]
    matrix = pinned.matrix(
        MatrixRequest(origins=origins, targets=targets, needs=needs, deadline_s=PATIENCE_S)
    )
    for (row, origin), (column, target) in itertools.product(
        enumerate(origins), enumerate(targets)
    ):
        expected = plan_plainly(pinned, needs, origin, target)
        cell = matrix.cost_s[row][column]
        assert (cell is None) == (expected is None), seed
        if expected is not None:
            assert cell == pytest.approx(expected.cost_s, rel=1e-5, abs=1e-3), seed
            duration, metres = matrix.duration_s[row][column], matrix.distance_m[row][column]
            assert duration == pytest.approx(expected.duration_s, rel=1e-4, abs=0.05), seed
            assert metres == pytest.approx(expected.distance_m, rel=1e-4, abs=0.1), seed
    return len(origins) * len(targets)


def check_rank(seed: int) -> int:
    """Compare the cheapest groups with all groups planned and sorted, there and back."""
    dice, plan, pinned, needs = make_case(seed)
    places = list_places(plan, dice, 26)
    origins, groups = places[:2], [[p] for p in places[2:20]] + [places[20:23], places[23:]]
    for backwards in (False, True):
        expected = []
        for group, targets in enumerate(groups):
            ends = (targets, origins) if backwards else (origins, targets)
            route = plan_plainly(pinned, needs, *ends)
            if route is not None and route.cost_s <= _RANK_COST_S:
                expected.append((route.cost_s, group))
        found = pinned.rank(
            RankRequest(
                origins=origins,
                groups=groups,
                needs=needs,
                count=4,
                backwards=backwards,
                most_s=_RANK_COST_S,
                deadline_s=PATIENCE_S,
            )
        ).found
        costs = [cost for cost, _ in sorted(expected)[:4]]
        assert [each.cost_s for each in found] == pytest.approx(costs, rel=1e-5, abs=1e-3), seed
    return 2 * len(groups)


def check_reach(seed: int) -> int:
    """Compare times with plans, and outlines with the ways that fit the budget."""
    dice, plan, pinned, needs = make_case(seed)
    budgets, count = [240.0, 900.0], 0
    for backwards in (False, True):
        origin, *others = list_places(plan, dice, 9)
        reach = pinned.reach(
            ReachRequest(
                origins=[origin],
                needs=needs,
                budgets_s=budgets,
                backwards=backwards,
                deadline_s=PATIENCE_S,
            )
        )
        shapes = [
            shapely.MultiPolygon([(rings[0], rings[1:]) for rings in band.outline])
            for band in reach.bands
        ]
        feet = [(seed_.hit.lon, seed_.hit.lat) for seed_ in reach._kept.starts]
        assert all(shape.is_valid for shape in shapes), seed
        for band in reach.bands:
            assert all(sum(p) == band.reached_mm for p in band.evidence_mm)
        assert reach.bands[0].reached_mm <= reach.bands[1].reached_mm
        for other, took in zip(others, reach.time_to(others), strict=True):
            ends = ([other], [origin]) if backwards else ([origin], [other])
            route = plan_plainly(pinned, needs, *ends)
            assert took is None or (route is not None and took <= budgets[-1])
            if route is None or route.duration_s > budgets[-1]:
                continue
            assert took == pytest.approx(route.duration_s, rel=1e-4, abs=0.05), seed
            walked = [p for s in route.segments if s.kind != "access" for p in s.shape]
            # The shape lies around ways from the streets next to the origin; a plan may begin
            # farther away where those lead nowhere.
            if len(set(walked)) > 1 and _begins_at(walked[-1 if backwards else 0], feet):
                assert shapes[1].buffer(1e-6).covers(shapely.LineString(walked)), seed
            count += 1
    return count


def _begins_at(place: Place, feet: list[Place]) -> bool:
    return any(math.dist(place, foot) < 3e-7 for foot in feet)


def check_avoid(seed: int) -> int:
    """Put an area, often one that crosses itself, over a way: nothing of the new way touches it."""
    dice, plan, pinned, needs = make_case(seed)
    count = 0
    for start, end in walk_places(plan, dice, 5):
        best = plan_plainly(pinned, needs, [start], [end])
        if best is None or len(best.shape) < 2:
            continue
        ring = _random_ring(dice, dice.choice(best.shape))
        answer = pinned.plan_route(
            RouteRequest(
                origins=[start], targets=[end], needs=needs, avoid=[[ring]], deadline_s=PATIENCE_S
            )
        )
        count += 1
        if isinstance(answer, NoRoute):
            assert answer.reason is NoRouteReason.AVOIDED, seed
            continue
        assert answer.cost_s >= best.cost_s - 1e-3
        area = shapely.make_valid(shapely.Polygon(ring)).buffer(-2e-7)
        line = shapely.LineString([*answer.shape, answer.shape[-1]])
        assert not area.intersects(line), seed
    return count


def _random_ring(dice: random.Random, middle: Place) -> list[Place]:
    """Return a ring of three to seven corners around a place, in any order."""
    corners = [
        (middle[0] + dice.uniform(-8e-4, 8e-4), middle[1] + dice.uniform(-6e-4, 6e-4))
        for _ in range(dice.randint(3, 7))
    ]
    return [*corners, corners[0]] if dice.random() < 0.5 else corners


def check_alternatives(seed: int) -> int:
    """Check each alternative: joined, open, dearer by little, and different as stated."""
    dice, plan, pinned, needs = make_case(seed)
    count = 0
    for start, end in walk_places(plan, dice, 5):
        answer = pinned.plan_routes(
            RouteRequest(
                origins=[start], targets=[end], needs=needs, alternatives=3, deadline_s=PATIENCE_S
            )
        )
        if not isinstance(answer, Routes):
            continue
        costs = [route.cost_s for route in answer.routes]
        assert costs == sorted(costs)
        assert costs[-1] <= costs[0] * MOST_COST + 1e-6
        assert answer.shared[0] == 0.0
        assert max(answer.shared) <= MOST_SHARED
        for route in answer.routes:
            assert not any(segment.violations for segment in route.segments)
            for one, other in itertools.pairwise(route.segments):
                assert one.shape[-1] == pytest.approx(other.shape[0], abs=3e-7)
        for better, way in itertools.combinations(answer.routes, 2):
            # Lines drawn on one another and the way to the door count here, not in the rule.
            assert _common_part(way, better) <= MOST_SHARED + 0.25
        count += len(answer.routes) - 1
    return count


def _common_part(one: Route, other: Route) -> float:
    """Return which part of a way lies on the lines of another, measured on the ground."""
    line, near = shapely.LineString(one.shape), shapely.LineString(other.shape).buffer(1e-7)
    return float(line.intersection(near).length / max(line.length, 1e-12))


def check_legs(seed: int) -> int:
    """Compare a way over stops with all combinations of their targets, planned leg by leg."""
    dice, plan, pinned, needs = make_case(seed)
    start, end, *stops = list_places(plan, dice, 6)
    via = [stops[:2], stops[2:]]
    answer = pinned.plan_route(
        RouteRequest(origins=[start], targets=[end], via=via, needs=needs, deadline_s=PATIENCE_S)
    )
    wholes = []
    for one, other in itertools.product(*via):
        legs = [
            plan_plainly(pinned, needs, [a], [b])
            for a, b in itertools.pairwise([start, one, other, end])
        ]
        if all(legs):
            wholes.append(sum(leg.cost_s for leg in legs if leg))
    assert isinstance(answer, Route) == bool(wholes), seed
    if isinstance(answer, NoRoute):
        return 1
    assert answer.cost_s == pytest.approx(min(wholes), rel=1e-5, abs=1e-3), seed
    for number, leg in enumerate(answer.legs):
        own = answer.segments[leg.first_segment : leg.first_segment + leg.segment_count]
        assert all(segment.leg == number for segment in own)
        steps = answer.steps[leg.first_step : leg.first_step + leg.step_count]
        assert steps[-1].phrase.key.startswith("arrive")
    assert sum(leg.length_mm for leg in answer.legs) == answer.length_mm
    for parts in answer.evidence_mm:
        assert sum(parts) == answer.length_mm
    return 1


def check_no_false_no(seed: int) -> int:
    """Where plain Dijkstra joins two places on what one steps onto there, a plan has a way."""
    dice, plan, pinned, needs = make_case(seed)
    network = reference_network(pinned.overlay, needs)
    rules, count = make_rules(needs), 0
    for start, end in walk_places(plan, dice, 12):
        starts = pinned.planner.seed(pinned.overlay, rules, [start], ahead=True)
        ends = {s.vertex for s in pinned.planner.seed(pinned.overlay, rules, [end], ahead=False)}
        joined = any(ends & reference_costs(network, seed_.vertex).keys() for seed_ in starts)
        count += 1
        if joined:
            assert plan_plainly(pinned, needs, [start], [end]) is not None, seed
    return count
