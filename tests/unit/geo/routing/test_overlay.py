"""What audits and reports lay over the base, and that old and new never mix."""

import random
import threading
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from geo.mobility import Help, Profile
from geo.routing.answer import NoRoute, Route
from geo.routing.costs import Hindrance, make_rules
from geo.routing.encoding import Crossing, Evidence, Flag, Kind, LimitKind
from geo.routing.needs import Needs
from geo.routing.overlay import Obstacle, Overlay, Override, apply, empty_overlay
from geo.routing.search import Scratch
from geo.routing.weights import price_all
from tests.support.oracle import kernel_cost, random_needs, reference_costs, reference_network
from tests.support.street_plans import StreetPlan, ask, detour, footway_chain, pin, random_city

CHAIR = Needs(profile=Profile.MANUAL_WHEELCHAIR)


def override(plan: StreetPlan, edge: int, **attributes: Any) -> Override:  # noqa: ANN401 - measured values
    """Return an audit along one edge."""
    shape = plan.edges[edge - 1].shape
    return Override(f"o{edge}", "edge", attributes, (edge,), None, shape)


def report(plan: StreetPlan, edge: int, kind: str, state: str = "reported") -> Obstacle:
    """Return a barrier report on the middle of one edge."""
    shape = plan.edges[edge - 1].shape.mean(axis=0, keepdims=True)
    until = datetime(2026, 12, 3, tzinfo=UTC)
    return Obstacle(f"b{edge}", kind, state, (edge,), shape, until)


def go(
    overlay: Overlay, plan: StreetPlan, first: int, last: int, needs: Needs = CHAIR
) -> Route | NoRoute:
    """Plan between two nodes."""
    return pin(overlay).plan_route(ask(needs, plan.target(first), plan.target(last)))


def test_an_audited_kerb_closes_and_a_later_one_opens() -> None:
    """A measured kerb sends around; measured again after a repair, straight through."""
    plan, nodes = detour({})
    overlay = empty_overlay(plan.graph())
    high = apply(overlay, overrides={"o2": override(plan, 2, kerb_height_mm=120)})
    low = apply(high, overrides={"o2": override(plan, 2, kerb_height_mm=5)})
    gone = apply(low, overrides={"o2": None})
    lengths = []
    for each in (overlay, high, low, gone):
        answer = go(each, plan, nodes[0], nodes[3])
        assert isinstance(answer, Route)
        lengths.append(answer.distance_m > 500)
    assert lengths == [False, True, False, False]
    assert not gone.records
    answer = go(low, plan, nodes[0], nodes[3])
    assert isinstance(answer, Route)
    assert answer.evidence_mm[LimitKind.KERB][Evidence.AUDITED] > 100_000


def test_an_audited_slope_counts_along_the_edge_and_against_it() -> None:
    """Measured along the edge: uphill one way, downhill the other."""
    plan, nodes = footway_chain({}, {}, {})
    overlay = apply(
        empty_overlay(plan.graph()), overrides={"o2": override(plan, 2, incline_permille=90)}
    )
    up = go(overlay, plan, nodes[0], nodes[-1])
    down = go(overlay, plan, nodes[-1], nodes[0])
    assert isinstance(up, NoRoute)
    assert [(o.hindrance, o.measured, o.limit) for o in up.obstructions] == [
        (Hindrance.INCLINE, 90, 83)
    ]
    assert isinstance(down, Route)
    assert min(s.slope_permille or 0 for s in down.segments) == -90
    assert down.descent_mm == pytest.approx(9130, rel=0.02)


def test_a_slope_measured_from_the_other_end_is_turned_around() -> None:
    """The line of the audit says which way is up, however the map drew the street."""
    plan, nodes = footway_chain({}, {}, {})
    audit = override(plan, 2, incline_permille=90)
    turned = Override("t", "edge", audit.attributes, audit.edge_ids, None, audit.shape[::-1])
    overlay = apply(empty_overlay(plan.graph()), overrides={"t": turned})
    assert isinstance(go(overlay, plan, nodes[0], nodes[-1]), Route)
    assert isinstance(go(overlay, plan, nodes[-1], nodes[0]), NoRoute)


def test_a_slope_without_direction_counts_both_ways() -> None:
    """A slope measured at a point may go up or down, so it is taken as both."""
    plan, nodes = footway_chain({}, {}, {})
    spot = plan.edges[1].shape.mean(axis=0, keepdims=True)
    audit = Override("p", "edge", {"incline_permille": -90}, (2,), None, spot)
    overlay = apply(empty_overlay(plan.graph()), overrides={"p": audit})
    assert isinstance(go(overlay, plan, nodes[0], nodes[-1]), NoRoute)
    assert isinstance(go(overlay, plan, nodes[-1], nodes[0]), NoRoute)


def test_a_measured_height_beats_the_word_for_the_kerb_in_any_order() -> None:
    """Kind and height of one kerb are rows of their own; the height counts."""
    plan, nodes = footway_chain({}, {}, {})
    word = {"w": override(plan, 2, kerb="raised")}
    height = {"h": override(plan, 2, kerb_height_mm=12)}
    base = empty_overlay(plan.graph())
    assert isinstance(go(apply(base, overrides=word), plan, nodes[0], nodes[-1]), NoRoute)
    for rows in (word | height, height | word):
        both = apply(base, overrides=rows)
        assert isinstance(go(both, plan, nodes[0], nodes[-1]), Route)


def test_a_kerb_between_two_vertices_counts_on_its_stretch() -> None:
    """A kerb that the matcher put on an edge, not on a node, still closes it."""
    plan, nodes = footway_chain({}, {}, {})
    spot = plan.edges[1].shape.mean(axis=0, keepdims=True)
    kerb = Override("k", "node", {"kerb_height_mm": 150}, (2,), None, spot)
    overlay = apply(empty_overlay(plan.graph()), overrides={"k": kerb})
    assert isinstance(go(overlay, plan, nodes[0], nodes[-1]), NoRoute)


def test_an_audited_crossing_of_a_junction_is_no_longer_inferred() -> None:
    """A crossing that only followed from a junction becomes what the audit found there."""
    plan = StreetPlan()
    nodes = [plan.node(x, 0) for x in range(3)]
    for first, last in ((0, 1), (1, 2)):
        plan.road(nodes[first], nodes[last], "secondary")
    plan.road(nodes[1], plan.node(1, 1), "residential")
    graph = plan.graph()
    crossing = next(e for e in range(graph.edge_count) if not graph.arrays.edges[e]["source_id"])
    audit = Override("c", "edge", {"crossing": "marked"}, (1,), None, graph.get_shape(crossing))
    overlay = apply(empty_overlay(graph), overrides={"c": audit})
    record = overlay.get_record(crossing)
    assert Crossing(int(record["crossing"])) is Crossing.MARKED
    assert not int(record["flags"]) & int(Flag.INFERRED)


def test_a_report_closes_a_confirmed_one_too_a_cleared_one_opens() -> None:
    """Life of a barrier: reported and confirmed close, cleared (a row no longer in force) opens."""
    plan, nodes = detour({})
    overlay = empty_overlay(plan.graph())
    for state in ("reported", "confirmed"):
        closed = apply(overlay, obstacles={"b2": report(plan, 2, "dug_up", state)})
        answer = go(closed, plan, nodes[0], nodes[3])
        assert isinstance(answer, Route)
        assert answer.distance_m > 500
        cleared = apply(closed, obstacles={"b2": None})
        answer = go(cleared, plan, nodes[0], nodes[3])
        assert isinstance(answer, Route)
        assert answer.distance_m < 500


def test_an_expired_barrier_makes_the_way_unknown_not_open() -> None:
    """The clock never opens a way: it may be walked, nothing is known, and the answer says so."""
    plan, nodes = footway_chain({}, {"width_mm": 2000, "surface": "asphalt"}, {})
    overlay = apply(
        empty_overlay(plan.graph()), obstacles={"b2": report(plan, 2, "snow", "expired")}
    )
    answer = go(overlay, plan, nodes[0], nodes[-1])
    assert isinstance(answer, Route)
    doubtful = next(segment for segment in answer.segments if segment.notices)
    assert set(doubtful.evidence.values()) == {Evidence.MISSING}
    texts = [w for w in answer.warnings if w.key == "warning.doubtful.snow"]
    assert texts[0].params == {"until": "2026-12-03"}


@pytest.mark.parametrize(
    ("kind", "profile", "stops"),
    [
        ("ice", Profile.MANUAL_WHEELCHAIR, True),
        ("ice", Profile.DEAF, False),
        ("parked_vehicles", Profile.PUSHCHAIR, True),
        ("parked_vehicles", Profile.LIMITED_WALKING, False),
        ("flooded", Profile.DEAF, True),
        ("other", Profile.MANUAL_WHEELCHAIR, False),
    ],
)
def test_a_barrier_stops_those_whom_it_stops(kind: str, profile: Profile, stops: bool) -> None:  # noqa: FBT001 - a table of cases
    """Ice stops wheels and unsteady feet, parked cars stop wheels, a flood stops everybody."""
    plan, nodes = footway_chain({}, {}, {})
    overlay = apply(empty_overlay(plan.graph()), obstacles={"b2": report(plan, 2, kind)})
    answer = go(overlay, plan, nodes[0], nodes[-1], Needs(profile=profile))
    assert isinstance(answer, NoRoute) is stops
    if isinstance(answer, NoRoute):
        assert answer.obstructions[0].notices[0].kind == kind


def test_a_lift_out_of_order_closes_the_lift_and_nothing_else() -> None:
    """The report concerns lifts; on a plain pavement it changes nothing."""
    plan, nodes = detour({"kind": "lift"})
    overlay = empty_overlay(plan.graph())
    for edge, far in ((2, True), (1, False)):
        broken = apply(overlay, obstacles={"b": report(plan, edge, "lift_out_of_order")})
        answer = go(broken, plan, nodes[0], nodes[3])
        assert isinstance(answer, Route)
        assert (answer.distance_m > 500) is far


def test_a_key_lift_is_free_for_who_holds_the_key() -> None:
    """An audited key lift: closed alone, with help otherwise, plain with the key."""
    plan, nodes = footway_chain({}, {"kind": "lift"}, {})
    overlay = apply(empty_overlay(plan.graph()), overrides={"o2": override(plan, 2, access="key")})
    alone = Needs(profile=Profile.MANUAL_WHEELCHAIR, help=Help.ALONE)
    holder = Needs(profile=Profile.MANUAL_WHEELCHAIR, help=Help.ALONE, keys=frozenset({"lift"}))
    assert isinstance(go(overlay, plan, nodes[0], nodes[-1], alone), NoRoute)
    assert isinstance(go(overlay, plan, nodes[0], nodes[-1], holder), Route)
    helped = go(overlay, plan, nodes[0], nodes[-1])
    assert isinstance(helped, Route)
    assert [s.helps for s in helped.segments if s.helps] == [(Hindrance.KEY,)]


def test_a_report_on_one_side_leaves_the_other_pavement_open() -> None:
    """Works on the left pavement of an avenue do not close the right one."""
    plan = StreetPlan()
    nodes = [plan.node(x, 0) for x in range(3)]
    for first, last in ((0, 1), (1, 2)):
        plan.road(nodes[first], nodes[last], "secondary")
    graph = plan.graph()
    shape = plan.edges[0].shape.mean(axis=0, keepdims=True) + np.array([0, 0.00009])
    works = Obstacle("b", "construction", "confirmed", (1,), shape)
    overlay = apply(empty_overlay(graph), obstacles={"b": works})
    sides = {int(graph.arrays.edges[edge]["side"]) for edge in overlay.records}
    assert sides == {1}


def test_an_audited_kerb_at_a_node_reaches_its_crossing() -> None:
    """A kerb measured at the foot of a crossing closes the crossing, not the pavement."""
    plan = StreetPlan()
    west, east = plan.node(0, 0), plan.node(2, 0)
    foot, middle, other = plan.node(1, 0), plan.node(1, 0.1), plan.node(1, 0.2)
    plan.edge(west, foot, kind="sidewalk")
    plan.edge(foot, east, kind="sidewalk")
    plan.edge(foot, middle, kind="crossing", crossing="marked")
    plan.edge(middle, other, kind="crossing", crossing="marked")
    plan.road(middle, plan.node(3, 0.1), "residential")
    plan.edge(other, north := plan.node(1, 1))
    audit = Override(
        "o",
        "node",
        {"kerb_height_mm": 140},
        (),
        foot,
        np.array([[plan.nodes[foot].lon, plan.nodes[foot].lat]]),
    )
    overlay = apply(empty_overlay(plan.graph()), overrides={"o": audit})
    assert isinstance(go(overlay, plan, west, east), Route)
    blocked = go(overlay, plan, west, north)
    assert isinstance(blocked, NoRoute)
    assert [(o.hindrance, o.measured) for o in blocked.obstructions] == [(Hindrance.KERB, 140)]
    assert blocked.obstructions[0].evidence is Evidence.AUDITED


def test_a_link_joins_two_streets_between_their_ends() -> None:
    """A new ramp between the middles of two footways is walked, and vanishes with its row."""
    plan = StreetPlan()
    south = [plan.node(0, 0), plan.node(2, 0)]
    north = [plan.node(0, 1), plan.node(2, 1)]
    plan.edge(*south)
    plan.edge(*north)
    plan.edge(south[1], north[1], kind="steps", step_count=20)
    overlay = empty_overlay(plan.graph())
    x = (plan.nodes[south[0]].lon + plan.nodes[south[1]].lon) / 2
    line = np.array([[x, plan.nodes[south[0]].lat], [x, plan.nodes[north[0]].lat]])
    ramp = Override("l", "link", {"width_mm": 1300, "incline_permille": 60}, (1, 2), None, line)
    joined = apply(overlay, overrides={"l": ramp})
    assert isinstance(go(overlay, plan, south[0], north[0]), NoRoute)
    answer = go(joined, plan, south[0], north[0])
    assert isinstance(answer, Route)
    assert [s.kind.name.lower() for s in answer.segments] == ["footway", "link", "footway"]
    assert answer.segments[1].width_mm == 1300
    assert answer.distance_m == pytest.approx(101.5 * 2 + 100, rel=0.03)
    closed = apply(joined, obstacles={"b1": report(plan, 1, "dug_up")})
    assert isinstance(go(closed, plan, south[0], north[0]), NoRoute)
    back = apply(joined, overrides={"l": None})
    assert isinstance(go(back, plan, south[0], north[0]), NoRoute)


@pytest.mark.parametrize("seed", range(5))
def test_search_on_an_overlay_equals_plain_dijkstra(seed: int) -> None:
    """After many random changes, patched weights and paths equal the second opinion."""
    dice = random.Random(seed)
    plan = random_city(dice)
    overlay = empty_overlay(plan.graph())
    for edge in dice.sample(range(1, len(plan.edges) + 1), 25):
        if dice.random() < 0.5:
            values = {"kerb_height_mm": dice.choice((0, 100)), "width_mm": 1500}
            overlay = apply(overlay, overrides={f"o{edge}": override(plan, edge, **values)})
        else:
            kind = dice.choice(("ice", "dug_up", "parked_vehicles", "other"))
            overlay = apply(overlay, obstacles={f"b{edge}": report(plan, edge, kind)})
    needs = random_needs(dice)
    scratch = Scratch(overlay.graph.vertex_count, len(overlay.view.head))
    network = reference_network(overlay, needs)
    for start in dice.sample(range(overlay.graph.vertex_count), 4):
        expected = reference_costs(network, start)
        for end in range(overlay.graph.vertex_count):
            found = kernel_cost(overlay, needs, scratch, start, end)
            assert found == pytest.approx(expected.get(end, np.inf), rel=1e-5)


def test_applying_twice_or_all_at_once_gives_the_same() -> None:
    """The overlay follows from the rows alone, whatever the order and however often."""
    dice = random.Random(9)
    plan = random_city(dice)
    rows = {f"o{e}": override(plan, e, kerb_height_mm=e % 90) for e in range(1, 30, 2)}
    reports = {f"b{e}": report(plan, e, "snow") for e in range(1, 30, 3)}
    base = empty_overlay(plan.graph())
    at_once = apply(base, overrides=rows, obstacles=reports)
    one_by_one = base
    for key, row in reversed(rows.items()):
        one_by_one = apply(one_by_one, overrides={key: row})
        one_by_one = apply(one_by_one, overrides={key: row})
    one_by_one = apply(one_by_one, obstacles=reports)
    assert np.array_equal(at_once.view.patch_arc, one_by_one.view.patch_arc)
    assert np.array_equal(at_once.view.patches, one_by_one.view.patches)


def test_old_and_new_never_mix_inside_one_answer() -> None:
    """While pairs of stretches are closed in turn, every answer fits one overlay exactly."""
    plan, nodes = detour({})
    overlay = empty_overlay(plan.graph())
    # In each state exactly one of the two ways is open, so a mixture would show.
    straight = apply(overlay, obstacles={"b5": report(plan, 5, "dug_up")})
    around = apply(overlay, obstacles={"b2": report(plan, 2, "dug_up")})
    expected = {straight.version: False}
    box = [straight]
    wrong: list[str] = []
    stop = threading.Event()
    planner = pin(straight)

    def ask_on() -> None:
        while not stop.is_set():
            current = box[0]
            answer = planner.planner.plan(
                ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[3])), current
            )
            far = isinstance(answer, Route) and answer.distance_m > 500
            if not isinstance(answer, Route) or far != (current is around):
                wrong.append(repr(answer))

    threads = [threading.Thread(target=ask_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(300):
        box[0] = around if number % 2 else straight
        planner.plan_route(ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[3])))
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert expected


def test_patches_change_only_what_they_name() -> None:
    """Weights outside the changed edge stay as they were, to the bit."""
    plan = random_city(random.Random(5))
    base = empty_overlay(plan.graph())
    changed = apply(base, overrides={"o7": override(plan, 7, width_mm=500)})
    rules = make_rules(CHAIR)
    weights = []
    for overlay in (base, changed):
        weight = np.empty(len(overlay.view.head), np.float32)
        price_all(overlay.view, rules, 0, weight[None])
        weights.append(weight)
    different = set(np.flatnonzero(weights[0] != weights[1]).tolist())
    edges = changed.graph.arrays.edges
    named = {
        int(edges[edge][side])
        for edge in changed.graph.find_edges(7)
        for side in ("arc_forward", "arc_backward")
    }
    assert different <= named
    assert Kind(int(changed.get_record(changed.graph.find_edges(7)[0])["kind"])) is not None


@pytest.mark.parametrize("seed", range(8))
def test_no_stretch_beats_the_least_pace(seed: int) -> None:
    """What searches hope for is never more than any open stretch costs, audits included."""
    dice = random.Random(700 + seed)
    plan = random_city(dice)
    needs = random_needs(dice)
    rules, before = make_rules(needs), empty_overlay(plan.graph())
    better = override(plan, 1, width_mm=2000, surface="asphalt", smoothness="excellent")
    after = apply(before, overrides={better.id: better})
    for overlay in (before, after):
        hoped, pace = (overlay.least_pace(rules) for _ in range(2))
        graph = overlay.graph
        assert overlay.least_pace(rules) == pace >= hoped * (1 - 1e-5)
        weights = np.empty((2, len(overlay.view.head)), np.float32)
        for side in (0, 1):
            price_all(overlay.view, rules, side, weights)
        shut = ~np.isfinite(weights)
        assert (shut | (weights >= pace * overlay.view.length_m / graph.length_slack)).all()
    assert after.least_pace(rules) <= before.least_pace(rules)
