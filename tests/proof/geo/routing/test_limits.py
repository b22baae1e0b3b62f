"""Every limit, one by one: with it nobody is led wrong, without it the check turns red."""

import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from geo.mobility import CustomLimits, Help, Profile
from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing import planner
from geo.routing.answer import Route, RouteRequest
from geo.routing.costs import Rules, make_rules, revise
from geo.routing.encoding import Flag, LimitKind
from geo.routing.kernels import keep_code_in
from geo.routing.needs import Needs, Unknown
from geo.routing.overlay import empty_overlay
from geo.routing.search import Scratch
from tests.support.inspector import Inspector
from tests.support.machine import LOCAL
from tests.support.oracle import count_vertices, iter_edges, kernel_cost, random_needs
from tests.support.proofs import CountProof, ProofSize, get_size
from tests.support.street_plans import StreetPlan, ask, detour, pin, random_city, walk_places
from tests.support.street_reports import lay_over, measured, random_overlay, reported
from tests.support.walker import Walker

_FAR = 1 << 20
_CHAIR = Needs(profile=Profile.MANUAL_WHEELCHAIR)
Off = Callable[[Needs, Rules], Rules]


@pytest.fixture(scope="module", autouse=True)
def _kept_kernels() -> None:
    keep_code_in(LOCAL / "kernels")


def _most(*names: str) -> Off:
    """Lift an upper limit."""
    figures = {f"{end}_{name}": np.int32(_FAR) for name in names for end in ("hard", "soft")}
    return lambda _, rules: revise(rules, **figures)


def _least(name: str) -> Off:
    """Lift a lower limit."""
    figures = {f"{end}_{name}": np.int32(0) for end in ("hard", "soft")}
    return lambda _, rules: revise(rules, **figures)


def _without(flag: Flag) -> Off:
    """Let one flag close nothing and ask for no help."""

    def off(_: Needs, rules: Rules) -> Rules:
        names = ("closing_flags", "helping_flags")
        keep = np.uint32(~int(flag) & 0xFFFFFFFF)
        return revise(rules, **{name: rules.figures[name] & keep for name in names})

    return off


def _allow_unknown(_: Needs, rules: Rules) -> Rules:
    return revise(rules, evidence_factor=np.ones_like(rules.evidence_factor))


def _with_companion(needs: Needs, _: Rules) -> Rules:
    return make_rules(replace(needs, help=Help.COMPANION))


def _own(**figures: Any) -> Needs:  # noqa: ANN401 - figures of the person
    return Needs(profile=Profile.DEAF, custom=CustomLimits(**figures))


@dataclass(frozen=True)
class Trap:
    """A short way with one thing on it that this person cannot pass, and a long one around."""

    name: str
    off: Off
    says: str
    """What the inspector calls it."""
    needs: Needs = _CHAIR
    street: dict[str, Any] = field(default_factory=dict)
    corner: dict[str, Any] = field(default_factory=dict)
    """What stands on the node at the beginning of the short way."""
    audit: dict[str, Any] = field(default_factory=dict)
    report: str = ""


TRAPS = [
    Trap("incline up", _most("up"), "uphill", _own(max_incline_up_permille=60),
         {"incline_permille": 90}),
    Trap("incline down", _most("down"), "downhill", _own(max_incline_down_permille=60),
         {"incline_permille": -90}),
    Trap("audited incline", _most("up"), "uphill", audit={"incline_permille": 90}),
    Trap("cross slope", _most("cross_slope"), "cross_slope_permille",
         _own(max_cross_slope_permille=30), {"cross_slope_permille": 45}),
    Trap("width", _least("width"), "width_mm", _own(min_width_mm=900), {"width_mm": 850}),
    Trap("passage", _least("passage"), "passage_mm", audit={"obstacle_width_mm": 700}),
    Trap("bollards on the way", _least("passage"), "passage_mm",
         corner={"obstacle": "cycle_barrier"}),
    Trap("kerb", _most("kerb"), "kerb_mm", _own(max_kerb_mm=30), {"kerb_height_mm": 40}),
    Trap("kerb on a corner", _most("kerb"), "kerb_mm",
         street={"kind": "crossing", "crossing": "marked"}, corner={"kerb": "raised"}),
    Trap("steps", _most("steps"), "steps", street={"kind": "steps", "step_count": 3}),
    Trap("uncounted steps", _most("steps"), "steps", _own(max_steps=2), {"kind": "steps"}),
    Trap("surface", _most("surface"), "surface", _own(worst_surface=SurfaceRank.COMPACTED),
         {"surface": "sand"}),
    Trap("smoothness", _most("smoothness"), "smoothness",
         _own(worst_smoothness=SmoothnessRank.INTERMEDIATE), {"smoothness": "very_bad"}),
    Trap("the unknown", _allow_unknown, "unknown",
         Needs(profile=Profile.MANUAL_WHEELCHAIR, unknown={LimitKind.WIDTH: Unknown.FORBID})),
    Trap("gate", _without(Flag.LOCKED), "locked", audit={"locked": True}),
    Trap("key", _without(Flag.KEY), "key",
         Needs(profile=Profile.DEAF, help=Help.ALONE), {"access": "key"}),
    Trap("lift", _without(Flag.LIFT_BROKEN), "barrier", street={"kind": "lift"},
         report="lift_out_of_order"),
    Trap("trench", _without(Flag.BLOCKED), "barrier", report="dug_up"),
    Trap("ice", _without(Flag.SLIPPERY), "ice", report="ice"),
    Trap("parked cars", _without(Flag.OBSTRUCTED), "obstructed", report="parked_vehicles"),
    Trap("escalator", _without(Flag.OBSTRUCTED), "escalator", street={"kind": "escalator"}),
    Trap("no wheelchair", _without(Flag.WHEELCHAIR_NO), "mapped", street={"wheelchair": "no"}),
    Trap("help", _with_companion, "help: width_mm",
         Needs(profile=Profile.MANUAL_WHEELCHAIR, help=Help.ALONE), {"width_mm": 1000}),
    Trap("help with limits", _with_companion, "help: kerb_mm",
         Needs(profile=Profile.MANUAL_WHEELCHAIR, help=Help.ALONE), {"kerb_height_mm": 40}),
]  # fmt: skip


def _ask_across(trap: Trap) -> tuple[Route, list[str]]:
    """Plan past a trap; return the way and what the inspector says of it."""
    plan = StreetPlan()
    a, b, c, d = (plan.node(x, 0, **(trap.corner if x == 1.5 else {})) for x in (0, 1, 1.5, 3))
    e, f = plan.node(1, 2), plan.node(2.5, 2)
    plan.edge(a, b, width_mm=2500)
    plan.edge(b, c, **trap.street)
    for first, last in ((c, d), (b, e), (e, f), (f, d)):
        plan.edge(first, last, width_mm=2500)
    rows = [measured(plan, 2, **trap.audit)] if trap.audit else []
    overlay = lay_over(plan.graph(), *rows, *([reported(plan, 2, trap.report)] * bool(trap.report)))
    answer = pin(overlay).plan_route(ask(trap.needs, plan.target(a), plan.target(d)))
    assert isinstance(answer, Route)
    return answer, [v.what for v in Inspector(overlay).find_violations(answer, trap.needs)]


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_switching_off_one_limit_turns_the_check_red(
    trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the limit the way goes around and nothing is found; without it the check finds it."""
    around, found = _ask_across(trap)
    assert found == []
    assert around.distance_m > 500
    monkeypatch.setattr(planner, "make_rules", lambda needs: trap.off(needs, make_rules(needs)))
    straight, found = _ask_across(trap)
    assert straight.distance_m < 500
    assert trap.says in found


def test_a_way_against_a_one_way_street_is_found() -> None:
    """An answer of a city without the sign is red in the city with it, in one direction only."""
    plan, nodes = detour({})
    free = plan.pin()
    plan.edges[1].walk_backward = False
    inspector = Inspector(empty_overlay(plan.graph()))
    for first, last, red in ((nodes[0], nodes[3], []), (nodes[3], nodes[0], ["way"])):
        ends = plan.target(first), plan.target(last)
        answer = free.plan_route(ask(_CHAIR, *ends))
        assert isinstance(answer, Route)
        assert [v.what for v in inspector.find_violations(answer, _CHAIR)] == red


def test_a_way_where_no_street_is_is_found() -> None:
    """Lines beside the streets and holes in them are red."""
    plan, nodes = detour({})
    ends = plan.target(nodes[0]), plan.target(nodes[3])
    answer = plan.pin().plan_route(ask(_CHAIR, *ends))
    assert isinstance(answer, Route)
    inspector = Inspector(empty_overlay(plan.graph()))
    hole = replace(answer, segments=[answer.segments[0], answer.segments[2]])
    assert [v.what for v in inspector.find_violations(hole, _CHAIR)] == ["gap"]
    moved = [(lon, lat + 1e-5) for lon, lat in answer.segments[1].shape]
    beside = replace(answer, segments=[replace(answer.segments[1], shape=moved)])
    assert [v.what for v in inspector.find_violations(beside, _CHAIR)] == ["nowhere"]


RANDOM_TRAPS = {trap.says.removeprefix("help: "): trap for trap in TRAPS if trap.name != "help"}


@pytest.mark.timeout(3600)
@pytest.mark.skipif(get_size() == "short", reason="minutes; the planted form is above")
@pytest.mark.parametrize("trap", RANDOM_TRAPS.values(), ids=lambda trap: trap.name)
def test_random_cities_catch_a_missing_limit(
    trap: Trap, monkeypatch: pytest.MonkeyPatch, count_proof: CountProof
) -> None:
    """The proof over random cities would turn red soon if one limit were lost."""
    monkeypatch.setattr(planner, "make_rules", lambda needs: trap.off(needs, make_rules(needs)))
    routes = 0
    for seed in range(1, 400):
        dice = random.Random(50_000 + seed)
        plan = random_city(dice)
        overlay = random_overlay(dice, plan, plan.graph())
        pinned, inspector = pin(overlay), Inspector(overlay)
        for start, end in walk_places(plan, dice, 40):
            needs = random_needs(dice)
            answer = pinned.plan_route(_quick(ask(needs, start, end)))
            if isinstance(answer, Route):
                routes += 1
                if trap.says in {v.what for v in inspector.find_violations(answer, needs)}:
                    count_proof(f"routes until caught: {trap.name}", routes)
                    return
    pytest.fail(f"{routes} routes and nothing found")


def _quick(request: RouteRequest) -> RouteRequest:
    return replace(request, why_not=False)


# -- tightening --------------------------------------------------------------------------------

_FIGURES: dict[str, list[Any]] = {
    "max_incline_up_permille": [150, 90, 60, 30],
    "max_incline_down_permille": [150, 90, 60, 30],
    "max_cross_slope_permille": [70, 40, 20],
    "min_width_mm": [600, 900, 1200, 2000],
    "max_kerb_mm": [200, 60, 30, 5],
    "max_steps": [50, 5, 2, 0],
    "worst_surface": list(reversed(SurfaceRank)),
    "worst_smoothness": list(reversed(SmoothnessRank)),
}
"""From loose to tight."""


def _known_city(dice: random.Random) -> StreetPlan:
    """Return a city where what counts is time: nothing private, no road without pavements."""
    plan = random_city(dice, size=5)
    for row in plan.edges:
        row.access = None
        row.sidewalk_left = row.sidewalk_right = "yes" if row.kind == "road" else None
    return plan


@pytest.mark.parametrize("name", _FIGURES)
def test_tightening_a_limit_never_shortens_time(
    name: str, proof_size: ProofSize, count_proof: CountProof
) -> None:
    """From any corner to any other, for whoever walks alone and minds nothing but time."""
    compared = longer = 0
    for seed in range(200 if proof_size == "long" else 3):
        dice = random.Random(70_000 + seed)
        overlay = empty_overlay(_known_city(dice).graph())
        scratch = Scratch(len(overlay.view.lon), len(overlay.view.head))
        others = random_needs(dice)
        profile = dice.choice([p for p in Profile if p is not Profile.LOW_VISION])
        people = [
            Needs(
                profile=profile,
                custom=replace(others.custom or CustomLimits(), **{name: figure}),
                help=Help.ALONE,
                unknown=dict.fromkeys(LimitKind, Unknown.ALLOW),
            )
            for figure in _FIGURES[name]
        ]
        corners = range(count_vertices(overlay))
        for _ in range(60):
            ends = dice.sample(corners, 2)
            times = [kernel_cost(overlay, needs, scratch, *ends) for needs in people]
            # Equal ways may differ in the last digit of their sums.
            assert all(b >= a * (1 - 1e-6) for a, b in itertools.pairwise(times))
            longer += times[-1] > times[0] or math.isinf(times[-1])
            compared += len(times) - 1
    assert longer
    count_proof(f"times compared under a tighter {name}", compared)


@pytest.mark.parametrize("profile", [p for p in Profile if p is not Profile.LOW_VISION])
def test_weights_are_times_where_nothing_else_is_minded(profile: Profile) -> None:
    """What the comparison above takes for time is time, to the second opinion."""
    unknown = dict.fromkeys(LimitKind, Unknown.ALLOW)
    walker = Walker(Needs(profile=profile, help=Help.ALONE, unknown=unknown))
    overlay, passed = empty_overlay(_known_city(random.Random(1)).graph()), 0
    for _, _, record in iter_edges(overlay):
        for against in (False, True):
            opinion = walker.judge(record, against=against)
            if math.isfinite(opinion.cost):
                assert opinion.cost == pytest.approx(opinion.seconds)
                passed += 1
    assert passed
