"""Ways with stops: in and out through every door, sums that hold, and stops that stay shut."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from audits.journeys.doorstep import Doorstep, walk_to_the_door
from audits.journeys.model import End, Ends, ResolvedBy
from audits.journeys.shut_stops import (
    Opened,
    find_shut_stop,
    is_hopeless,
    plan_through_closed,
    say_shut,
    say_where,
    show_opened,
)
from audits.journeys.stops import choose_ends, show_legs, walk_through_doors
from audits.verdicts import EntranceVerdict
from geo.mobility import Help, HelpKind, Profile, Word
from geo.routing.answer import NoRoute, NoRouteReason, Phrase, Route, SegmentKind, Target
from geo.routing.needs import Needs
from geo.routing.service import Pinned
from geo.routing.texts import LANGUAGES, render
from tests.support.doorsteps import DOOR, RAMP, point_end, surveyed_end, surveyed_place
from tests.support.street_plans import (
    SOUTH,
    STEP_LAT,
    STEP_LON,
    WEST,
    ask,
    footway_chain,
    random_city,
)

_CHAIR = Profile.MANUAL_WHEELCHAIR
_START, _FINISH = point_end(76.9001, 43.2), point_end(76.9024, 43.2)
_BANK = Ends(usable=[surveyed_end(surveyed_place(**RAMP))], name={"ru": "Банк", "en": "Bank"})
_POST = Ends(usable=[surveyed_end(surveyed_place(**RAMP), at=(76.9018, 43.1998))])
_NOT_SURVEYED = Ends(
    usable=[
        End(
            target=Target(lon=76.9012, lat=43.2003, word=Word.UNKNOWN, ref="house"),
            resolved_by=ResolvedBy.BUILDING_SIDE,
            place_id=_BANK.usable[0].place_id,
        )
    ],
    name={"ru": "Дом"},
)


def _pin() -> Pinned:
    plan, _nodes = footway_chain({"surface": "asphalt"}, {"surface": "asphalt"})
    return plan.pin()


def _ends(start: End | Ends, *others: End | Ends) -> list[Ends]:
    return [each if isinstance(each, Ends) else Ends(usable=[each]) for each in (start, *others)]


def _plan(ends: Sequence[Ends]) -> Route:
    found = _pin().plan_route(
        replace(
            ask(Needs(profile=_CHAIR), ends[0].targets[0], *ends[-1].targets),
            via=[stop.targets for stop in ends[1:-1]],
        )
    )
    assert isinstance(found, Route)
    return found


def _walk(*ends: End | Ends) -> tuple[Route, Doorstep]:
    route = _plan(_ends(*ends))
    return route, walk_through_doors(route, _ends(*ends), _CHAIR)


def _check_sums(found: Route) -> None:
    """Check that segments, legs, steps and totals say the same."""
    assert found.length_mm == sum(segment.length_mm for segment in found.segments)
    assert found.duration_s == pytest.approx(sum(s.duration_s for s in found.segments))
    assert found.duration_s == pytest.approx(sum(step.duration_s for step in found.steps))
    for parts in found.evidence_mm:
        assert sum(parts) == found.length_mm
    slopes = [(s.length_mm, s.slope_permille or 0) for s in found.segments if not s.lift]
    assert found.climb_mm == pytest.approx(sum(n * max(p, 0) for n, p in slopes) / 1000, abs=9)
    assert found.descent_mm == pytest.approx(sum(n * max(-p, 0) for n, p in slopes) / 1000, abs=9)
    covered = [n for s in found.steps for n in range(s.first_segment, _end_of(s.first_segment, s))]
    assert covered == list(range(len(found.segments)))
    for step in found.steps:
        own = found.segments[step.first_segment : step.first_segment + step.segment_count]
        assert step.length_mm == sum(segment.length_mm for segment in own)
    _check_legs(found)


def _end_of(first: int, step: object) -> int:
    return first + int(getattr(step, "segment_count", 0))


def _check_legs(found: Route) -> None:
    segment, step = 0, 0
    for number, leg in enumerate(found.legs):
        assert (leg.first_segment, leg.first_step) == (segment, step)
        segment, step = segment + leg.segment_count, step + leg.step_count
        segments = found.segments[leg.first_segment : segment]
        steps = found.steps[leg.first_step : step]
        assert {each.leg for each in segments} <= {number}
        assert leg.length_mm == sum(each.length_mm for each in segments)
        assert leg.duration_s == pytest.approx(sum(each.duration_s for each in segments))
        assert all(leg.first_segment <= each.first_segment <= segment for each in steps)
        assert steps[-1].phrase.key.startswith("arrive.")
    assert (segment, step) == (len(found.segments), len(found.steps))


def test_one_goes_into_a_stop_and_out_again() -> None:
    """Line, ramp and door lead in; door, ramp and line lead out, and up is down."""
    route, found = _walk(_START, _BANK, _FINISH)
    into, out = found.route.legs
    kinds = [segment.kind for segment in found.route.segments]
    assert kinds[: into.segment_count][-3:] == [
        SegmentKind.ACCESS,
        SegmentKind.RAMP,
        SegmentKind.DOOR,
    ]
    assert kinds[out.first_segment :][:3] == [
        SegmentKind.DOOR,
        SegmentKind.RAMP,
        SegmentKind.ACCESS,
    ]
    up, down = (
        found.route.segments[into.segment_count - 2],
        found.route.segments[out.first_segment + 1],
    )
    assert (up.slope_permille, down.slope_permille) == (70, -70)
    assert (up.length_mm, down.length_mm) == (2400, 2400)
    assert up.shape[-1] == pytest.approx(DOOR)
    assert down.shape[0] == pytest.approx(DOOR)
    keys = [step.phrase.key for step in found.route.steps]
    assert keys[: into.step_count][-3:] == [
        *("door.ramp.up.measured", "door.enter", "arrive.unknown"),
    ]
    assert keys[out.first_step :][:2] == ["leave.door", "door.ramp.down.measured"]
    assert set(found.parts) == {
        into.segment_count - 2,
        into.segment_count - 1,
        out.first_segment,
        out.first_segment + 1,
    }
    # What is measured lies on what the router took for a straight line.
    assert found.route.length_mm == route.length_mm
    _check_sums(found.route)


def test_a_way_with_a_stop_is_two_ways_in_a_row() -> None:
    """Going there and going on, each asked for by itself, give the same segments and sums."""
    ends = _ends(_START, _BANK, _FINISH)
    found = walk_through_doors(_plan(ends), ends, _CHAIR).route
    single = [
        walk_to_the_door(_plan([one, other]), one.usable[0], other.usable[0], _CHAIR).route
        for one, other in pairwise(ends)
    ]
    assert [replace(each, leg=0) for each in found.segments] == [
        segment for each in single for segment in each.segments
    ]
    assert found.duration_s == pytest.approx(sum(each.duration_s for each in single))
    assert found.climb_mm == sum(each.climb_mm for each in single)
    assert [step.phrase for step in found.steps] == [
        s.phrase for each in single for s in each.steps
    ]


@pytest.mark.parametrize(
    "ends",
    [
        (_START, _BANK, _POST, _FINISH),
        (_BANK, _POST, _FINISH),
        (_START, _BANK, _POST),
        (_POST, point_end(76.9006, 43.2), _BANK),
        (_START, _BANK, _NOT_SURVEYED, _POST),
        (_NOT_SURVEYED, _BANK, _FINISH),
    ],
)
def test_everything_adds_up_wherever_the_doors_are(ends: Sequence[End | Ends]) -> None:
    """At the start, at stops, at the destination, and beside stops without a door."""
    _route, found = _walk(*ends)
    _check_sums(found.route)
    doors = sum(segment.kind is SegmentKind.DOOR for segment in found.route.segments)
    with_door = [bool(each.usable[0].leg) for each in _ends(*ends)]
    assert doors == with_door[0] + 2 * sum(with_door[1:-1]) + with_door[-1]
    for number, part in found.parts.items():
        assert found.route.segments[number].kind is part.kind
    whole = show_legs(found.route)
    assert sum(leg["distance_m"] for leg in whole) == pytest.approx(
        found.route.distance_m, abs=0.06 * len(whole)
    )


_SURVEYED = (
    RAMP,
    {**RAMP, "path__length": 30_000, "path__width_min": 1500},
    {"entrance__level_change": 450, "stairs__count": 3},
    {"entrance__needs_request": False},
)


def _somewhere(dice: random.Random, profile: Profile) -> Ends:
    """Return a place with one or two doors, some with a surveyed line, or a bare point."""
    usable = []
    for _door in range(dice.choice((1, 1, 2))):
        lon = WEST + dice.uniform(0, 6) * STEP_LON
        lat = SOUTH + dice.uniform(0, 6) * STEP_LAT
        end = surveyed_end(surveyed_place(**dice.choice(_SURVEYED)), profile, at=(lon, lat))
        if dice.random() < 0.4:
            line = ((lon - 0.0003, lat - 0.0001), (lon, lat))
            begin = replace(end.target, lon=line[0][0], lat=line[0][1])
            end = replace(end, target=begin, leg=(replace(end.leg[0], shape=line), *end.leg[1:]))
        is_open = end.target.word is not Word.NO and dice.random() < 0.8
        usable.append(end if is_open else point_end(lon, lat))
    return Ends(usable=usable)


def test_everything_adds_up_in_a_city_of_traps() -> None:
    """Doors anywhere beside ways of every sort: lines too short for a ramp, stairs, lifts."""
    dice = random.Random(20)
    network = random_city(dice).pin()
    checked = 0
    for _way in range(40):
        profile = dice.choice((_CHAIR, Profile.LOW_VISION, Profile.LIMITED_WALKING, Profile.DEAF))
        ends = [_somewhere(dice, profile) for _place in range(dice.randint(3, 5))]
        request = replace(
            ask(Needs(profile=profile), ends[0].targets[0]),
            origins=ends[0].targets,
            targets=ends[-1].targets,
            via=[stop.targets for stop in ends[1:-1]],
        )
        route = network.plan_route(request)
        if isinstance(route, Route):
            _check_sums(walk_through_doors(route, ends, profile).route)
            checked += 1
    assert checked >= 20


def test_bare_points_add_nothing_but_where_one_is() -> None:
    """A way by way of a point is what the router says it is; a stop is not taken for the end."""
    route, found = _walk(_START, point_end(76.9012, 43.2001), _FINISH)
    assert found.route.segments is route.segments
    assert not found.parts
    last = route.legs[0].step_count - 1
    said = [(*step.remarks,) for step in route.steps]
    said[last] = (*said[last], Phrase("via.reached", {"n": 1}))
    assert [step.remarks for step in found.route.steps] == said


def test_time_at_a_door_of_which_nothing_is_known_counts_both_ways() -> None:
    """Where no part of an entrance is known, its time is counted going in and coming out."""
    plain = End(
        target=Target(lon=76.9012, lat=43.2003, word=Word.YES, extra_seconds=25.0, ref="door"),
        resolved_by=ResolvedBy.MAPPED_ENTRANCE,
        place_id=_BANK.usable[0].place_id,
    )
    route, found = _walk(_START, plain, _FINISH)
    walked = sum(segment.duration_s for segment in route.segments)
    assert found.route.duration_s == pytest.approx(walked + 50.0)
    assert sum(leg.duration_s for leg in found.route.legs) == pytest.approx(walked + 50.0)
    # With a door at the destination every leg is walked anew, and nothing is lost on the way.
    _route, found = _walk(_START, plain, _POST)
    walked = sum(segment.duration_s for segment in found.route.segments)
    assert found.route.duration_s == pytest.approx(walked + 50.0)


def test_a_stop_is_named_and_its_doubts_are_said() -> None:
    """On arrival one hears where one is; what nobody surveyed is said there and beforehand."""
    _route, found = _walk(_START, replace(_NOT_SURVEYED, is_closed=True), _BANK, _FINISH)
    doubt, closed = Phrase("warning.resolved.building_side"), Phrase("warning.place_closed")
    door = Phrase("warning.door.unknown")
    which = Phrase("warning.place_closed.stop.named", {"place": {"ru": "Дом"}})
    assert closed not in found.route.warnings
    for phrase in (doubt, which, door):
        assert list(found.route.warnings).count(phrase) == 1
    house, bank, finish = (found.route.steps[leg.first_step + leg.step_count - 1]
                           for leg in found.route.legs)  # fmt: skip
    named = Phrase("via.reached.named", {"place": {"ru": "Дом"}})
    assert house.phrase.key == "arrive.unknown"
    assert house.remarks[-3:] == (named, doubt, closed)
    assert render(bank.remarks[-1], "en") == "You are at your stop: Bank."
    assert not any(remark.key.startswith("via.") for remark in finish.remarks)
    _route, found = _walk(_START, _POST, _FINISH)
    arrival = found.route.steps[found.route.legs[0].step_count - 1]
    assert arrival.remarks[-1] == Phrase("via.reached", {"n": 1})


def test_help_is_asked_for_differently_on_the_way_out() -> None:
    """Nobody who leaves is told to be helped in."""
    ramp = {**RAMP, "ramp__kind": "portable"}
    for kind in HelpKind:
        end = surveyed_end(surveyed_place(**ramp))
        *parts, door = end.leg
        said = Phrase(f"remark.door.help.{kind.value}")
        end = replace(end, leg=(*parts, replace(door, remarks=(said,))))
        _route, found = _walk(_START, end, _FINISH)
        into, out = found.route.legs
        entering = found.route.steps[into.step_count - 2]
        leaving = found.route.steps[out.first_step]
        assert entering.remarks == (said,)
        assert not [r for r in leaving.remarks if r.key.startswith("remark.door.help")]
        for language in LANGUAGES:
            assert all(render(remark, language) for remark in leaving.remarks)


# -- stops that stay shut ----------------------------------------------------------------------


def _shut(openable: bool, at: tuple[float, float] = DOOR) -> Ends:  # noqa: FBT001 - of a table
    door = _BANK.usable[0]
    assert door.entrance_id is not None
    assert door.place_id is not None
    closed = EntranceVerdict(
        entrance_id=door.entrance_id,
        place_id=door.place_id,
        point=at,
        word=Word.NO,
        extra_seconds=30,
        note="note.level",
    )
    kinds = {door.entrance_id: (HelpKind.COMPANION, HelpKind.KEY)} if openable else {}
    return Ends(usable=[], closed=[closed], openable=kinds, name={"en": "Bank"})


def _refuse(ends: Sequence[Ends]) -> tuple[NoRoute, Opened | None]:
    network = _pin()
    request = replace(
        ask(Needs(profile=_CHAIR), ends[0].targets[0], *ends[-1].targets),
        via=[stop.targets for stop in ends[1:-1]],
    )
    answer = network.plan_route(request)
    assert isinstance(answer, NoRoute)
    return answer, plan_through_closed(network, request, ends, answer)


def test_a_shut_stop_is_never_passed() -> None:
    """The answer names the stop; where nothing opens its door, nothing is offered."""
    ends = _ends(_START, _POST, _shut(openable=False), _FINISH)
    answer, opened = _refuse(ends)
    assert answer.reason is NoRouteReason.NO_ENTRANCE
    assert find_shut_stop(answer, ends) == 1
    assert opened is None
    assert say_shut(1, ends, "en") == "No entrance at your stop works for you: Bank."
    unnamed = [replace(each, name={}) for each in ends]
    assert say_shut(1, unnamed, "en") == "No entrance at stop 2 of your way works for you."


def test_what_opens_a_stop_was_planned_with() -> None:
    """Help and keys at the door of the stop, and of the destination where that is shut too."""
    ends = _ends(_START, _shut(openable=True), _FINISH)
    answer, opened = _refuse(ends)
    assert opened is not None
    shown = show_opened(opened, "en")
    assert shown["changes"] == ["companion", "key"]
    [stop] = shown["stops"]
    assert (stop["stop"], stop["changes"]) == (0, ["companion", "key"])
    assert stop["entrance_id"] == ends[1].targets[0].ref
    assert shown["texts"][0].startswith(
        "This is about stop 1 of your way. You will need a companion"
    )
    assert shown["entrance_id"] is None
    # In and out of the door again.
    walked = sum(segment.duration_s for segment in opened.route.segments)
    assert shown["duration_s"] == round(walked + 60)
    assert find_shut_stop(answer, ends) == 0
    both = _ends(_START, _shut(openable=True), _shut(openable=True, at=(76.9018, 43.1998)))
    _answer, opened = _refuse(both)
    assert opened is not None
    assert show_opened(opened, "en")["entrance_id"] == both[-1].targets[0].ref
    half = _ends(_START, _shut(openable=True), _shut(openable=False, at=(76.9018, 43.1998)))
    assert _refuse(half)[1] is None


def test_help_on_the_street_and_at_the_door_is_offered_together() -> None:
    """A kerb before a door that a companion opens: only both together make a way."""
    plan, _nodes = footway_chain({"surface": "asphalt"}, {"kerb_height_mm": 60})
    ends = _ends(_START, _shut(openable=True, at=(76.9022, 43.2001)), _FINISH)
    request = replace(
        ask(Needs(profile=_CHAIR, help=Help.ALONE), _START.target, _FINISH.target),
        via=[ends[1].targets],
    )
    network = plan.pin()
    answer = network.plan_route(request)
    assert isinstance(answer, NoRoute)
    opened = plan_through_closed(network, request, ends, answer)
    assert opened is not None
    assert opened.with_companion
    shown = show_opened(opened, "en")
    assert shown["changes"] == ["companion", "key"]
    assert shown["texts"][0] == "With a companion you can pass this way."
    assert shown["help"] == ["kerb"]
    # Where nobody opens the door, a companion on the street is no way either.
    ends[1] = replace(ends[1], openable={})
    assert plan_through_closed(network, request, ends, answer) is None
    assert is_hopeless(answer, ends[1:-1])


def test_a_shut_start_or_destination_is_no_matter_of_stops() -> None:
    """Then the stop is not blamed."""
    shut = _shut(openable=True, at=(76.9018, 43.1998))
    for ends in (_ends(_START, _BANK, shut), _ends(shut, _BANK, _FINISH)):
        answer, opened = _refuse(ends)
        assert answer.reason is NoRouteReason.NO_ENTRANCE
        assert find_shut_stop(answer, ends) is None
        assert opened is None


def test_the_part_that_cannot_be_walked_is_named() -> None:
    """Barriers lie on one leg; a way without stops has no parts."""
    ends = _ends(_START, _BANK, _FINISH)
    before = NoRoute(reason=NoRouteReason.BARRIERS, leg=0)
    after = NoRoute(reason=NoRouteReason.BARRIERS, leg=1)
    assert say_where(before, ends, "en") == ["This is about the way to your stop: Bank."]
    assert say_where(after, ends, "en") == ["This is about the way from your last stop on."]
    assert say_where(before, [ends[0], ends[2]], "en") == []
    assert say_where(NoRoute(reason=NoRouteReason.AVOIDED, leg=0), ends, "en") == []


def test_the_chosen_door_of_a_stop_is_the_one_that_is_told() -> None:
    """Of two doors of a stop the way takes the cheaper one, and says so."""
    far = surveyed_end(surveyed_place(**RAMP), at=(76.9012, 43.2012))
    near = _BANK.usable[0]
    ends = _ends(_START, Ends(usable=[far, near]), _FINISH)
    assert choose_ends(_plan(ends), ends)[1] is near
