"""Sides of bigger roads and where they are crossed."""

from itertools import pairwise

import numpy as np
import pytest

from geo.mobility import Profile
from geo.routing.answer import Route, SegmentKind
from geo.routing.encoding import Crossing, Flag, Kind, Side
from geo.routing.graph import Graph
from geo.routing.needs import Needs
from tests.support.street_plans import StreetPlan, ask

WALKER = Needs(profile=Profile.DEAF)


def kinds(graph: Graph) -> list[Kind]:
    """List the kind of every edge."""
    arcs = graph.arrays.arcs[graph.arrays.edges["arc_forward"]]
    return [Kind(int(kind)) for kind in arcs["kind"]]


def crossings(graph: Graph) -> list[Crossing]:
    """List how roads are crossed."""
    arcs = graph.arrays.arcs[graph.arrays.edges["arc_forward"]]
    return [
        Crossing(int(c))
        for c, k in zip(arcs["crossing"], arcs["kind"], strict=True)
        if k == Kind.CROSSING
    ]


def long_road(**middle: object) -> tuple[StreetPlan, list[int]]:
    """Return a secondary road of three stretches with a node in the middle."""
    plan = StreetPlan()
    nodes = [plan.node(0, 0), plan.node(1, 0, **middle), plan.node(2, 0), plan.node(3, 0)]
    for first, last in pairwise(nodes):
        plan.road(first, last, "secondary", name={"ru": "проспект Абая"})
    return plan, nodes


def test_a_big_road_has_a_pavement_on_each_side_and_no_centre() -> None:
    """Where no pavement is mapped, both sides are inferred, and the carriageway is not walked."""
    plan, _ = long_road()
    graph = plan.graph()
    assert kinds(graph) == [Kind.PAVEMENT] * 6
    flags = graph.arrays.arcs["flags"]
    assert np.all(flags & int(Flag.INFERRED) > 0)
    assert set(graph.arrays.edges["side"].tolist()) == {Side.LEFT, Side.RIGHT}


def test_sides_meet_only_at_crossings() -> None:
    """A plain road has none; a node that is mapped as a crossing joins both sides."""
    plan, _ = long_road()
    assert crossings(plan.graph()) == []
    plan, _ = long_road(crossing="marked")
    assert crossings(plan.graph()) == [Crossing.MARKED]


def test_a_side_street_makes_an_inferred_crossing_a_driveway_does_not() -> None:
    """One crosses at a junction of streets, but not wherever a yard has its way out."""
    for highway, expected in (("residential", [Crossing.INFERRED]), ("service", [])):
        plan, nodes = long_road()
        plan.road(nodes[1], plan.node(1, 1), highway)
        assert crossings(plan.graph()) == expected


def test_paths_on_both_sides_make_an_inferred_crossing() -> None:
    """Mapped paths that reach the road from both sides are a place to cross; one is not."""
    plan, nodes = long_road()
    plan.edge(nodes[1], plan.node(1, 1))
    assert crossings(plan.graph()) == []
    plan.edge(nodes[1], plan.node(1, -1))
    assert crossings(plan.graph()) == [Crossing.INFERRED]


def test_a_node_tagged_as_no_crossing_is_not_crossed() -> None:
    """`crossing=no` holds even at a junction."""
    plan, nodes = long_road(crossing="no")
    plan.road(nodes[1], plan.node(1, 1), "residential")
    assert crossings(plan.graph()) == []


def test_a_junction_of_big_roads_is_crossed_over_every_arm() -> None:
    """Four arms, four corners, four crossings; lights are named where they are mapped."""
    for tag, expected in (
        (None, Crossing.INFERRED),
        ("traffic_signals", Crossing.INFERRED_SIGNALS),
        ("road_signals", Crossing.INFERRED_SIGNALS),
    ):
        plan = StreetPlan()
        middle = plan.node(0, 0, crossing=tag)
        for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            plan.road(middle, plan.node(x, y), "primary")
        graph = plan.graph()
        assert crossings(graph) == [expected] * 4
        assert len(graph.find_vertices(middle)) == 4


def test_separately_mapped_pavements_leave_the_carriageway_empty() -> None:
    """`sidewalk=separate` on both sides: nobody walks the road, big or quiet."""
    for highway in ("secondary", "residential"):
        plan = StreetPlan()
        one, other = plan.node(0, 0), plan.node(1, 0)
        plan.road(one, other, highway, sidewalk_left="separate", sidewalk_right="separate")
        assert plan.graph().edge_count == 0


def test_a_side_without_pavement_is_left_out() -> None:
    """`sidewalk=no` on one side leaves the other; on both sides the edge of the road stays."""
    plan = StreetPlan()
    one, other = plan.node(0, 0), plan.node(1, 0)
    plan.road(one, other, "tertiary", sidewalk_left="no", sidewalk_right="yes")
    graph = plan.graph()
    assert kinds(graph) == [Kind.PAVEMENT]
    assert graph.arrays.edges["side"].tolist() == [Side.RIGHT]
    plan.edges[0].sidewalk_right = "no"
    assert kinds(plan.graph()) == [Kind.CARRIAGEWAY] * 2


def test_nobody_walks_on_the_median() -> None:
    """Two halves of one road side by side have pavements only outside."""
    plan = StreetPlan()
    east = [plan.node(x, 0) for x in range(2)]
    west = [plan.node(x, 0.2) for x in (1, 0)]
    for first, last in (east, west):
        plan.road(first, last, "primary", name={"ru": "проспект"})
    graph = plan.graph()
    assert graph.arrays.edges["side"].tolist() == [Side.RIGHT, Side.RIGHT]


def test_nobody_walks_between_a_road_and_its_slip_road() -> None:
    """A slip road beside an avenue has its pavement outside, the avenue on its far side."""
    plan = StreetPlan()
    plan.road(plan.node(0, 0), plan.node(2, 0), "primary")
    plan.road(plan.node(0, -0.12), plan.node(2, -0.12), "primary_link")
    graph = plan.graph()
    edges = graph.arrays.edges
    assert {int(e["source_id"]): int(e["side"]) for e in edges} == {1: Side.LEFT, 2: Side.RIGHT}


def test_a_way_over_a_mapped_crossing_is_named_as_mapped() -> None:
    """A path, a mapped crossing way, a path: one crossing at the lights, none inferred."""
    plan, nodes = long_road()
    north, south = plan.node(1, 0.12), plan.node(1, -0.12)
    far_north, far_south = plan.node(1, 1), plan.node(1, -1)
    plan.edge(north, nodes[1], kind="crossing", crossing="traffic_signals")
    plan.edge(nodes[1], south, kind="crossing", crossing="traffic_signals")
    plan.edge(far_north, north)
    plan.edge(south, far_south)
    route = plan.pin().plan_route(ask(WALKER, plan.target(far_north), plan.target(far_south)))
    assert isinstance(route, Route)
    found = [s.crossing for s in route.segments if s.kind is SegmentKind.CROSSING]
    assert found == [Crossing.SIGNALS] * 2
    assert sum(step.phrase.key == "cross.signals.named" for step in route.steps) == 1


def test_a_point_across_the_road_goes_by_the_crossing() -> None:
    """Two points face each other across a road; the way goes to the mapped crossing and back."""
    plan, nodes = long_road(crossing="marked")
    start, end = plan.target(nodes[3]), plan.target(nodes[3])
    start = type(start)(lon=start.lon - 0.0004, lat=start.lat + 0.00012)
    end = type(end)(lon=end.lon - 0.0004, lat=end.lat - 0.00012)
    route = plan.pin().plan_route(ask(WALKER, start, end))
    assert isinstance(route, Route)
    assert [s.crossing for s in route.segments if s.crossing] == [Crossing.MARKED]
    assert route.distance_m > 300


def test_a_quiet_street_is_crossed_anywhere() -> None:
    """Two doors on opposite sides of a residential street are a few steps apart."""
    plan = StreetPlan()
    one, other = plan.node(0, 0), plan.node(3, 0)
    plan.road(one, other, "residential")
    middle = plan.target(one)
    start = type(middle)(lon=middle.lon + 0.001, lat=middle.lat + 0.0001)
    end = type(middle)(lon=middle.lon + 0.001, lat=middle.lat - 0.0001)
    route = plan.pin().plan_route(ask(WALKER, start, end))
    assert isinstance(route, Route)
    assert route.distance_m == pytest.approx(22, abs=3)


def test_a_kerb_belongs_to_the_crossing_not_to_the_pavement_beside_it() -> None:
    """A raised kerb at a crossing's end stops a wheelchair there and nobody who goes past."""
    plan, nodes = long_road()
    kerb = plan.node(1, 0.12, kerb="raised")
    west, east = plan.node(0, 0.12), plan.node(2, 0.12)
    plan.edge(kerb, nodes[1], kind="crossing", crossing="marked")
    plan.edge(west, kerb, kind="sidewalk")
    plan.edge(kerb, east, kind="sidewalk")
    graph = plan.graph()
    arcs = graph.arrays.arcs
    heights = {Kind(int(a["kind"])): int(a["kerb_mm"]) for a in arcs if a["kind"] != Kind.PAVEMENT}
    assert heights[Kind.SIDEWALK] == -1
    assert {150} == {
        int(a["kerb_mm"])
        for a in arcs
        if a["crossing"] == Crossing.MARKED
        and a["flags"] & int(Flag.HALF_CROSSING)
        and a["kerb_mm"] > 0
    }
