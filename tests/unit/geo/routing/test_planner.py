"""Whole plans on planted cities: traps, doors, evidence, and what to say when there is no way."""

import random
from typing import Any

import pytest

from geo.mobility import CustomLimits, Help, Profile, Word
from geo.routing.answer import (
    NoRoute,
    NoRouteReason,
    OutsideNetworkError,
    Route,
    SegmentKind,
    Target,
    TooFarError,
)
from geo.routing.costs import Hindrance
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.geojson import as_geojson, explain_as_geojson
from geo.routing.needs import Needs
from geo.routing.texts import LANGUAGES, render_step
from tests.support.oracle import random_needs
from tests.support.street_plans import (
    StreetPlan,
    ask,
    detour,
    footway_chain,
    random_city,
    walk_places,
)
from tests.support.walker import Walker

CHAIR = Needs(profile=Profile.MANUAL_WHEELCHAIR)
WALKER = Needs(profile=Profile.DEAF)

TRAPS: list[dict[str, Any]] = [
    {"kind": "steps"},
    {"kind": "steps", "step_count": 5},
    {"kind": "steps", "ramp": "yes"},
    {"kerb_height_mm": 100},
    {"width_mm": 700},
    {"incline_permille": 120},
    {"incline_permille": -130},
    {"cross_slope_permille": 60},
    {"surface": "sand"},
    {"smoothness": "very_bad"},
    {"wheelchair": "no"},
    {"kind": "escalator"},
]


@pytest.mark.parametrize("trap", TRAPS, ids=str)
def test_a_trap_sends_a_wheelchair_around(trap: dict[str, Any]) -> None:
    """What stops a wheelchair is gone around; somebody on foot goes straight through."""
    plan, nodes = detour(trap)
    pinned = plan.pin()
    for needs, far in ((CHAIR, True), (WALKER, False)):
        answer = pinned.plan_route(ask(needs, plan.target(nodes[0]), plan.target(nodes[3])))
        assert isinstance(answer, Route)
        assert (answer.distance_m > 500) is far


@pytest.mark.parametrize(
    "harmless",
    [
        {"dem_incline_permille": 200},
        {"kind": "steps", "ramp": "wheelchair"},
        {"kerb_height_mm": 10},
        {"width_mm": 1500, "surface": "asphalt", "smoothness": "good"},
        {"kind": "lift"},
    ],
    ids=str,
)
def test_what_is_passable_or_only_assumed_closes_nothing(harmless: dict[str, Any]) -> None:
    """A slope from the elevation model, a proper ramp, a low kerb: no barrier, however slow."""
    plan, nodes = footway_chain({}, harmless, {})
    answer = plan.pin().plan_route(ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[-1])))
    assert isinstance(answer, Route)


def test_no_way_names_the_barriers_and_how_far_one_gets() -> None:
    """Two traps in a row: both are named with measure and figure, and where the first stands."""
    plan, nodes = footway_chain(
        {}, {"kerb_height_mm": 90, "name": {"ru": "улица"}}, {"incline_permille": 150}, {}
    )
    answer = plan.pin().plan_route(ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[-1])))
    assert isinstance(answer, NoRoute)
    assert answer.reason is NoRouteReason.BARRIERS
    found = [(o.hindrance, o.measured, o.limit, o.unit) for o in answer.obstructions]
    assert found == [
        (Hindrance.KERB, 90, 60, "mm"),
        (Hindrance.INCLINE, 150, 83, "permille"),
    ]
    assert answer.obstructions[0].evidence is Evidence.MAPPED
    assert answer.reached_mm == pytest.approx(101_500, rel=0.02)
    assert answer.reached == pytest.approx((plan.nodes[nodes[1]].lon, plan.nodes[nodes[1]].lat))
    assert explain_as_geojson(answer, "kk")["properties"]["reason"] == "barriers"


def test_the_cheapest_barriers_are_named_not_the_shortest_way() -> None:
    """One kerb on a long way stands in the way, not three traps on a short one."""
    plan, nodes = detour({"kerb_height_mm": 90})
    plan.edges[3].kerb_height_mm = plan.edges[4].kerb_height_mm = 150
    plan.edges[5].kerb_height_mm = 150
    answer = plan.pin().plan_route(ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[3])))
    assert isinstance(answer, NoRoute)
    assert [o.measured for o in answer.obstructions] == [90]


def test_two_islands_are_not_connected() -> None:
    """Where the map has no way at all, no barrier is blamed."""
    plan = StreetPlan()
    west = [plan.node(0, 0), plan.node(1, 0)]
    east = [plan.node(20, 0), plan.node(21, 0)]
    plan.edge(*west)
    plan.edge(*east)
    answer = plan.pin().plan_route(ask(CHAIR, plan.target(west[0]), plan.target(east[1])))
    assert isinstance(answer, NoRoute)
    assert answer.reason is NoRouteReason.NOT_CONNECTED


def test_an_isolated_fragment_next_to_the_door_gives_no_false_no_route() -> None:
    """A short stub nearer than the street is ignored when it leads nowhere."""
    plan, nodes = footway_chain({}, {}, {})
    stub = plan.node(0.1, 0.25), plan.node(0.4, 0.25)
    plan.edge(*stub)
    start = Target(lon=plan.nodes[stub[0]].lon, lat=plan.nodes[stub[0]].lat + 0.00005)
    answer = plan.pin().plan_route(ask(CHAIR, start, plan.target(nodes[-1])))
    assert isinstance(answer, Route)


def test_stairs_at_the_door_are_no_false_no_route() -> None:
    """Where the nearest way is closed to this person, the street in sight is where one starts."""
    plan, nodes = footway_chain({}, {}, {})
    plan.edge(plan.node(0.1, 0.5), nodes[0], kind="steps")
    start = Target(lon=plan.nodes[nodes[0]].lon + 0.0003, lat=plan.nodes[nodes[0]].lat + 0.0003)
    answer = plan.pin().plan_route(ask(CHAIR, start, plan.target(nodes[-1])))
    assert isinstance(answer, Route)


def test_nobody_flies_over_a_barrier_to_the_next_street() -> None:
    """A yard behind steps stays behind steps, although the street is near as the crow flies."""
    plan, nodes = footway_chain({}, {}, {})
    yard = plan.node(0.1, 0.8), plan.node(0.5, 0.8)
    plan.edge(*yard)
    plan.edge(yard[1], nodes[1], kind="steps", step_count=9)
    answer = plan.pin().plan_route(ask(CHAIR, plan.target(yard[0]), plan.target(nodes[-1])))
    assert isinstance(answer, NoRoute)
    assert [(o.hindrance, o.measured) for o in answer.obstructions] == [(Hindrance.STEPS, 9)]


def test_the_better_door_wins_and_a_closed_one_never_does() -> None:
    """A surveyed entrance some way off beats an unknown one nearby; a `no` is not chosen."""
    plan, nodes = footway_chain({}, {}, {}, {})
    pinned = plan.pin()
    near = plan.target(nodes[2], word=Word.NO)
    unknown = plan.target(nodes[3], word=Word.UNKNOWN)
    sure = plan.target(nodes[4], word=Word.YES, extra_seconds=20.0)
    answer = pinned.plan_route(ask(CHAIR, plan.target(nodes[0]), near, unknown, sure))
    assert isinstance(answer, Route)
    assert answer.target_index == 2
    assert answer.steps[-1].phrase.key == "arrive.yes"
    alone = pinned.plan_route(ask(CHAIR, plan.target(nodes[0]), near))
    assert isinstance(alone, NoRoute)
    assert alone.reason is NoRouteReason.NO_ENTRANCE


def test_points_outside_or_too_far_are_refused() -> None:
    """A point in the steppe and a way across the country are problems, not routes."""
    plan, nodes = footway_chain({})
    pinned = plan.pin()
    with pytest.raises(OutsideNetworkError):
        pinned.plan_route(ask(CHAIR, Target(lon=76.95, lat=43.25), plan.target(nodes[0])))
    with pytest.raises(TooFarError):
        pinned.plan_route(ask(CHAIR, Target(lon=71.4, lat=51.1), plan.target(nodes[0])))


def test_a_way_along_one_edge_and_to_the_same_point() -> None:
    """Both ends on one stretch: the part between them, either direction, also of no length."""
    plan, nodes = footway_chain({"incline_permille": 40})
    row = plan.nodes[nodes[0]]
    one, other = (Target(lon=row.lon + d, lat=row.lat) for d in (0.0003, 0.0009))
    pinned = plan.pin()
    for start, end, slope in ((one, other, 40), (other, one, -40)):
        answer = pinned.plan_route(ask(CHAIR, start, end))
        assert isinstance(answer, Route)
        assert answer.distance_m == pytest.approx(48.7, abs=0.5)
        assert [s.slope_permille for s in answer.segments] == [slope]
    answer = pinned.plan_route(ask(CHAIR, one, one))
    assert isinstance(answer, Route)
    assert answer.length_mm == 0


def test_evidence_adds_up_and_unknown_is_counted() -> None:
    """Audited, mapped, assumed and missing make the length for every limit."""
    plan, nodes = footway_chain(
        {"surface": "asphalt"}, {"dem_incline_permille": 20}, {"incline_permille": 20}
    )
    answer = plan.pin().plan_route(ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[-1])))
    assert isinstance(answer, Route)
    for parts in answer.evidence_mm:
        assert sum(parts) == answer.length_mm
    incline = answer.evidence_mm[LimitKind.INCLINE]
    third = answer.length_mm / 3
    for source in (Evidence.MISSING, Evidence.ASSUMED, Evidence.MAPPED):
        assert incline[source] == pytest.approx(third, rel=0.01)
    assert any(w.key.startswith("warning.unsurveyed") for w in answer.warnings)


@pytest.mark.parametrize("seed", range(6))
def test_random_routes_hold_what_they_promise(seed: int) -> None:
    """Every segment may be passed in the words of a second opinion, and sums are exact."""
    dice = random.Random(seed)
    plan = random_city(dice)
    pinned = plan.pin()
    found = 0
    for start, end in walk_places(plan, dice, 25):
        needs = random_needs(dice)
        answer = pinned.plan_route(ask(needs, start, end))
        if isinstance(answer, Route):
            found += 1
            check_route(pinned.overlay, needs, answer)
        else:
            assert answer.reason is not NoRouteReason.BARRIERS or answer.obstructions
    assert found > 0


def check_route(overlay: Any, needs: Needs, answer: Route) -> None:  # noqa: ANN401 - an overlay
    """Check one route edge by edge, and that it can be told in every language."""
    walker = Walker(needs)
    for segment in answer.segments:
        if segment.kind is SegmentKind.ACCESS or not segment.edge_id:
            continue
        graph = overlay.graph
        words = [
            walker.judge(overlay.get_record(edge), against=against).word
            for edge in graph.find_edges(segment.edge_id)
            for against in (False, True)
        ]
        # At least one way over one side of this street is open to the person.
        assert any(word is not Word.NO for word in words)
        if needs.help is Help.ALONE:
            assert not segment.helps
    for parts in answer.evidence_mm:
        assert sum(parts) == answer.length_mm
    assert answer.cost_s >= answer.duration_s - 1e-3 - 2 * 1000
    for before, after in zip(answer.segments, answer.segments[1:], strict=False):
        assert before.shape[-1] == pytest.approx(after.shape[0], abs=3e-7)
    for language in LANGUAGES:
        texts = [render_step(step, language) for step in answer.steps]
        assert all(text.endswith(".") and "{" not in text for text in texts)
        assert as_geojson(answer, language)["features"]


def test_who_can_pass_less_never_gets_a_way_that_others_do_not() -> None:
    """On random cities, where a stricter person finds a way, a less strict one does too."""
    dice = random.Random(77)
    plan = random_city(dice)
    pinned = plan.pin()
    for start, end in walk_places(plan, dice, 25):
        found = []
        for kerb in (150, 60, 15):
            custom = CustomLimits(max_kerb_mm=kerb, max_steps=40)
            needs = Needs(profile=Profile.PUSHCHAIR, custom=custom)
            answer = pinned.plan_route(ask(needs, start, end, why_not=False))
            found.append(isinstance(answer, Route))
        assert found == sorted(found, reverse=True)
