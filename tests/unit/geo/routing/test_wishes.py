"""What a wish may ask: bounds, areas, help that opens, the way back, preferences, and forms."""

import math
import random
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from geo.errors import DomainError
from geo.mobility import CustomLimits, Help, Profile, Word
from geo.routing.answer import (
    Change,
    NoRoute,
    NoRouteReason,
    Route,
    RouteRequest,
    Routes,
    Target,
    TooFarError,
)
from geo.routing.avoid import MOST_VERTICES, BadAreaError
from geo.routing.bounds import (
    MOST_CELLS,
    BadBudgetError,
    BadTargetsError,
    TooManyCellsError,
    TooManyStopsError,
)
from geo.routing.costs import Hindrance
from geo.routing.elevation import make_profile
from geo.routing.encoding import Crossing, Evidence
from geo.routing.gpx import NAMESPACE, as_gpx
from geo.routing.matrix import MatrixRequest
from geo.routing.needs import Needs, Preference
from geo.routing.ranking import RankRequest
from geo.routing.reach import ReachRequest
from geo.routing.service import Pinned
from tests.support.street_plans import StreetPlan, ask, footway_chain, random_city, walk_places

CHAIR = Needs(profile=Profile.MANUAL_WHEELCHAIR)
ALONE = replace(CHAIR, help=Help.ALONE)
HERE = Target(lon=76.9, lat=43.2)
SQUARE = [(76.9, 43.2), (76.91, 43.2), (76.91, 43.21), (76.9, 43.21)]


def ladder(upper: dict[str, Any], lower: dict[str, Any]) -> tuple[StreetPlan, list[int]]:
    """Return two ways between two places: the upper a little longer than the lower."""
    plan = StreetPlan()
    nodes = [plan.node(0, 0), plan.node(1, 0), plan.node(3, 0), plan.node(4, 0)]
    above = [plan.node(1, 0.4), plan.node(3, 0.4)]
    for first, last, values in (
        (nodes[0], nodes[1], {}),
        (nodes[1], nodes[2], lower),
        (nodes[2], nodes[3], {}),
        (nodes[1], above[0], upper),
        (above[0], above[1], upper),
        (above[1], nodes[2], upper),
    ):
        plan.edge(first, last, **values)
    return plan, nodes


BAD: list[tuple[dict[str, Any], type[DomainError]]] = [
    ({"origins": []}, BadTargetsError),
    ({"targets": [HERE] * 201}, BadTargetsError),
    ({"origins": [Target(lon=math.nan, lat=43.2)]}, BadTargetsError),
    ({"targets": [Target(lon=43.2, lat=176.9)]}, BadTargetsError),
    ({"targets": [Target(lon=76.9, lat=43.2, extra_seconds=math.inf)]}, BadTargetsError),
    ({"via": [[HERE]] * 9}, TooManyStopsError),
    ({"via": [[]]}, BadTargetsError),
    ({"via": [[Target(lon=10.0, lat=43.2)]]}, TooFarError),
    ({"alternatives": 4}, TooManyStopsError),
    ({"alternatives": -1}, TooManyStopsError),
    ({"alternatives": 1, "via": [[HERE]]}, TooManyStopsError),
    ({"avoid": [[]]}, BadAreaError),
    ({"avoid": [[[]]]}, BadAreaError),
    ({"avoid": [[[(76.9, 43.2), (76.9, 43.2), (76.91, 43.2)]]]}, BadAreaError),
    ({"avoid": [[[(76.9, 43.2), (math.nan, 43.2), (76.91, 43.2)]]]}, BadAreaError),
    ({"avoid": [[[(76.9, 43.2), (276.9, 43.2), (76.91, 43.2)]]]}, BadAreaError),
    ({"avoid": [[[(6.9, 43.2), (76.9, 43.2), (76.91, 43.3)]]]}, BadAreaError),
    ({"avoid": [[SQUARE * (MOST_VERTICES // 4 + 1)]]}, BadAreaError),
    ({"avoid": [[SQUARE]] * 51}, BadAreaError),
]


@pytest.mark.parametrize(("values", "error"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_planned_is_a_clear_problem(
    values: dict[str, Any], error: type[DomainError]
) -> None:
    """Too much, not finite or not on earth: a typed error, never a crash."""
    plan, nodes = footway_chain({})
    wish: dict[str, Any] = {
        "origins": [plan.target(nodes[0])],
        "targets": [plan.target(nodes[1])],
        "needs": CHAIR,
    }
    with pytest.raises(error):
        plan.pin().plan_routes(RouteRequest(**(wish | values)))


@pytest.mark.parametrize("budgets", [[], [0.0], [-5.0], [math.nan], [7201.0], [60.0] * 7], ids=str)
def test_budgets_have_bounds(budgets: list[float]) -> None:
    """None, too many, not above zero or too long."""
    with pytest.raises(BadBudgetError):
        footway_chain({})[0].pin().reach(
            ReachRequest(origins=[HERE], needs=CHAIR, budgets_s=budgets)
        )


def test_matrices_and_rankings_have_bounds() -> None:
    """Too many cells, no groups, a count or a cost that makes no sense."""
    pinned = footway_chain({})[0].pin()
    many = [[HERE]] * (MOST_CELLS // 40)
    with pytest.raises(TooManyCellsError):
        pinned.matrix(MatrixRequest(origins=many, targets=[[HERE]] * 41, needs=CHAIR))
    for values in ({"groups": []}, {"origins": []}, {"groups": [[]]}):
        wish: dict[str, Any] = {"origins": [HERE], "groups": [[HERE]], "needs": CHAIR} | values
        with pytest.raises(BadTargetsError):
            pinned.rank(RankRequest(**wish))
    with pytest.raises(TooManyCellsError):
        pinned.rank(RankRequest(origins=[HERE], groups=[[HERE]], needs=CHAIR, count=0))
    with pytest.raises(BadBudgetError):
        pinned.rank(RankRequest(origins=[HERE], groups=[[HERE]], needs=CHAIR, most_s=math.nan))


def test_a_hole_in_an_area_may_be_walked_in() -> None:
    """Inside a hole nothing is avoided; between hole and outline everything is."""
    plan, nodes = footway_chain({}, {}, {})
    lon, lat = plan.nodes[nodes[1]].lon, plan.nodes[nodes[1]].lat

    def square(size: float) -> list[tuple[float, float]]:
        corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        return [(lon + dx * size, lat + dy * size) for dx, dy in corners]

    pinned = plan.pin()
    ends = plan.target(nodes[0]), plan.target(nodes[2])
    open_ = pinned.plan_route(ask(CHAIR, *ends, avoid=[[square(0.01), square(0.009)]]))
    closed = pinned.plan_route(ask(CHAIR, *ends, avoid=[[square(0.01), square(0.0005)]]))
    assert isinstance(open_, Route)
    assert isinstance(closed, NoRoute)
    assert closed.reason is NoRouteReason.AVOIDED


def test_only_help_that_really_opens_is_named() -> None:
    """A kerb within a companion's figure names the companion; one beyond it names nobody."""
    for height, changes in ((50, [(Change.COMPANION,)]), (400, [])):
        plan, nodes = footway_chain({}, {"kerb_height_mm": height}, {})
        answer = plan.pin().plan_route(ask(ALONE, plan.target(nodes[0]), plan.target(nodes[-1])))
        assert isinstance(answer, NoRoute)
        assert [opening.changes for opening in answer.would_open] == changes


def test_another_entrance_is_named_when_it_can_be_reached() -> None:
    """The usable door lies behind stairs, the other one does not: it would make a way."""
    plan, nodes = footway_chain({}, {}, {"kind": "steps", "step_count": 9})
    shut = plan.target(nodes[2], word=Word.NO)
    answer = plan.pin().plan_route(ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[3]), shut))
    assert isinstance(answer, NoRoute)
    assert [o.hindrance for o in answer.obstructions] == [Hindrance.STEPS]
    found = [(opening.changes, opening.target_index) for opening in answer.would_open]
    assert found == [((Change.OTHER_ENTRANCE,), 1)]


def test_down_but_not_up_again_is_said() -> None:
    """A slope within the figure for down and beyond that for up: there, but not back."""
    custom = CustomLimits(max_incline_up_permille=60, max_incline_down_permille=100)
    needs = replace(CHAIR, custom=custom)
    plan, nodes = footway_chain({}, {"incline_permille": -90}, {})
    ends = plan.target(nodes[0]), plan.target(nodes[-1])
    answer = plan.pin().plan_route(ask(needs, *ends, check_return=True))
    assert isinstance(answer, Route)
    assert answer.way_back is False
    assert [o.hindrance for o in answer.back_obstructions] == [Hindrance.INCLINE]
    plain = plan.pin().plan_route(ask(needs, *ends))
    assert isinstance(plain, Route)
    assert plain.way_back is None


def test_a_second_street_is_an_alternative() -> None:
    """Two ways of nearly the same length: both are offered, the better one first."""
    plan, nodes = ladder({"surface": "asphalt"}, {})
    wish = ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[3]), alternatives=2)
    answer = plan.pin().plan_routes(wish)
    assert isinstance(answer, Routes)
    assert len(answer.routes) == 2
    assert answer.best.cost_s < answer.routes[1].cost_s
    assert 0.0 < answer.shared[1] < 0.65


PREFERRED: list[tuple[Preference, dict[str, Any], dict[str, Any]]] = [
    (Preference.FLATTER, {"incline_permille": 0}, {"incline_permille": 45}),
    (
        Preference.SURVEYED,
        {
            "incline_permille": 0,
            "width_mm": 3000,
            "surface": "asphalt",
            "smoothness": "good",
            "cross_slope_permille": 0,
            "kerb_height_mm": 0,
        },
        {},
    ),
]


@pytest.mark.parametrize(("preference", "upper", "lower"), PREFERRED, ids=lambda v: str(v)[:12])
def test_a_preference_takes_the_longer_way_that_has_it(
    preference: Preference, upper: dict[str, Any], lower: dict[str, Any]
) -> None:
    """With the wish the way that has it wins or stays; it is never quicker than the best."""
    plan, nodes = ladder(upper, lower)
    pinned, ends = plan.pin(), (plan.target(nodes[0]), plan.target(nodes[3]))
    plain = _walk(pinned, CHAIR, *ends)
    wished = _walk(pinned, replace(CHAIR, preferences=frozenset({preference})), *ends)
    if preference is Preference.FLATTER:
        assert wished.climb_mm <= plain.climb_mm
    else:
        assert _known(wished) >= _known(plain)
    assert wished.duration_s >= plain.duration_s - 1e-3 or wished.cost_s >= plain.cost_s - 1e-3


@pytest.mark.parametrize("preference", Preference)
def test_a_preference_never_opens_what_is_closed(preference: Preference) -> None:
    """Stairs stay closed, whatever somebody would rather have."""
    plan, nodes = footway_chain({}, {"kind": "steps", "step_count": 4}, {})
    needs = replace(CHAIR, preferences=frozenset({preference}))
    answer = plan.pin().plan_route(ask(needs, plan.target(nodes[0]), plan.target(nodes[-1])))
    assert isinstance(answer, NoRoute)


def test_preferences_get_what_they_wish_over_many_ways() -> None:
    """Over random cities each wish gives less climb, fewer gaps, fewer crossings without signals.

    None of them beats the best way at what that minimises, so none is cheaper than it.
    """
    gains = dict.fromkeys(Preference, 0)
    for seed in range(12):
        dice = random.Random(seed)
        plan = random_city(dice)
        pinned = plan.pin()
        for start, end in walk_places(plan, dice, 12):
            needs = Needs(profile=Profile.LIMITED_WALKING)
            plain = pinned.plan_route(ask(needs, start, end, why_not=False))
            for preference in Preference:
                wished = pinned.plan_route(
                    ask(replace(needs, preferences=frozenset({preference})), start, end)
                )
                assert isinstance(wished, Route) == isinstance(plain, Route)
                if isinstance(wished, Route) and isinstance(plain, Route):
                    assert wished.cost_s >= plain.cost_s - 1e-3
                    gains[preference] += _burden(plain, preference) - _burden(wished, preference)
    assert all(gain > 0 for gain in gains.values()), gains


def _burden(route: Route, preference: Preference) -> int:
    if preference is Preference.FLATTER:
        return route.climb_mm
    if preference is Preference.SURVEYED:
        return -_known(route)
    signals = {Crossing.SIGNALS, Crossing.INFERRED_SIGNALS, Crossing.NONE}
    return sum(segment.crossing not in signals for segment in route.segments)


def _walk(pinned: Pinned, needs: Needs, start: Target, end: Target) -> Route:
    answer = pinned.plan_route(ask(needs, start, end))
    assert isinstance(answer, Route)
    return answer


def _known(route: Route) -> int:
    return sum(
        parts[source]
        for parts in route.evidence_mm
        for source in (Evidence.MAPPED, Evidence.AUDITED)
    )


@pytest.fixture(scope="module")
def hilly() -> Route:
    """A way up, along and down, with a stretch of which nothing is known."""
    plan, nodes = footway_chain(
        {"incline_permille": 50, "name": {"ru": "<Абай> & сын \x0b", "en": "A"}},
        {"dem_incline_permille": 20},
        {},
        {"incline_permille": -40},
    )
    answer = plan.pin().plan_route(ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[-1])))
    assert isinstance(answer, Route)
    return answer


def test_the_elevation_strip_follows_slopes_and_says_what_is_assumed(hilly: Route) -> None:
    """Heights are sums of slopes; each stretch says where its slope comes from."""
    strip = make_profile(hilly)
    assert strip.distance_m[-1] == pytest.approx(hilly.distance_m, abs=0.1)
    assert max(strip.height_m) == pytest.approx(7.0, rel=0.05)
    assert strip.height_m[0] == 0.0
    assert strip.height_m[-1] == pytest.approx((hilly.climb_mm - hilly.descent_mm) / 1000, abs=0.02)
    assert strip.evidence[1:] == ["mapped", "assumed", "missing", "mapped"]
    assert (strip.steepest_up_permille, strip.steepest_down_permille) == (50, 40)
    few = make_profile(hilly, points=3)
    assert len(few.distance_m) == len(few.height_m) == len(few.evidence) == 3
    assert few.as_json().keys() >= {"distance_m", "height_m", "evidence"}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_gpx_has_the_order_and_values_of_the_schema(hilly: Route, language: str) -> None:
    """Elements in schema order, degrees in range, texts escaped, equal for equal ways."""
    body = as_gpx(hilly, language, name='Дом <1> & "двор"')
    assert body == as_gpx(hilly, language, name='Дом <1> & "двор"')
    root = ET.fromstring(body)  # noqa: S314 - written right above
    space = f"{{{NAMESPACE}}}"
    assert root.tag == space + "gpx"
    assert root.attrib["version"] == "1.1"
    assert root.attrib["creator"]
    assert [child.tag for child in root] == [space + n for n in ("metadata", "rte", "trk")]
    kinds = [child.tag.removeprefix(space) for child in root[0]]
    assert kinds == ["name", "desc", "bounds"]
    assert root[0][0].text == 'Дом <1> & "двор"'
    points = root.findall(f"{space}rte/{space}rtept")
    assert len(points) == len(hilly.steps)
    for point in points:
        assert [child.tag.removeprefix(space) for child in point] == ["name", "desc"]
    track = root.findall(f"{space}trk/{space}trkseg/{space}trkpt")
    written = [(float(point.attrib["lon"]), float(point.attrib["lat"])) for point in track]
    assert written == [(round(lon, 7), round(lat, 7)) for lon, lat in hilly.shape]
    with pytest.raises(KeyError):
        as_gpx(hilly, "de")
