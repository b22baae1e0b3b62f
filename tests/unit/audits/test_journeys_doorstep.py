"""The last leg of a way: surveyed lines, measured lengths, stairs, and both directions."""

from uuid import UUID

import pytest

from audits.journeys.doorstep import walk_to_the_door
from audits.journeys.model import End, ResolvedBy
from audits.observations import Confidence
from geo.mobility import Profile, Word
from geo.routing.answer import Route, SegmentKind, Target
from geo.routing.needs import Needs
from tests.support.doorsteps import DOOR, RAMP, point_end, surveyed_end, surveyed_place
from tests.support.street_plans import ask, footway_chain

_CHAIR = Profile.MANUAL_WHEELCHAIR
_POINT = point_end(76.9001, 43.2)


def _route(origin: End, target: End) -> Route:
    plan, _nodes = footway_chain({"surface": "asphalt"}, {"surface": "asphalt"})
    found = plan.pin().plan_route(ask(Needs(profile=_CHAIR), origin.target, target.target))
    assert isinstance(found, Route)
    return found


def test_a_measured_ramp_takes_the_end_of_the_straight_line() -> None:
    """The ramp is as long as measured; with the rest of the line the way keeps its length."""
    end = surveyed_end(surveyed_place(**RAMP))
    route = _route(_POINT, end)
    result = walk_to_the_door(route, _POINT, end, _CHAIR).route
    *_rest, line, ramp, door = result.segments
    assert [line.kind, ramp.kind, door.kind] == [
        SegmentKind.ACCESS,
        SegmentKind.RAMP,
        SegmentKind.DOOR,
    ]
    assert ramp.length_mm == 2400
    assert ramp.shape[0] == line.shape[-1]
    assert ramp.shape[-1] == pytest.approx(DOOR)
    assert result.length_mm == route.length_mm
    for parts in result.evidence_mm:
        assert sum(parts) == result.length_mm
    assert result.steps[-1].phrase.key.startswith("arrive.")
    assert "door.ramp.up.measured" in [step.phrase.key for step in result.steps]


def test_there_and_back_are_mirrored() -> None:
    """Out of the door the same parts come in the other order, and up is down."""
    end = surveyed_end(surveyed_place(**RAMP))
    there = walk_to_the_door(_route(_POINT, end), _POINT, end, _CHAIR).route
    back = walk_to_the_door(_route(end, _POINT), end, _POINT, _CHAIR).route
    assert back.length_mm == there.length_mm
    doors = {SegmentKind.RAMP, SegmentKind.DOOR}
    inward = [s for s in there.segments if s.kind in doors]
    outward = [s for s in back.segments if s.kind in doors]
    assert [s.kind for s in outward] == [s.kind for s in reversed(inward)]
    assert outward[1].slope_permille == -(inward[0].slope_permille or 0)
    assert outward[1].shape == inward[0].shape[::-1]
    for result in (there, back):
        covered = [
            number
            for step in result.steps
            for number in range(step.first_segment, step.first_segment + step.segment_count)
        ]
        assert covered == list(range(len(result.segments)))


def test_steps_are_counted_and_nothing_is_invented() -> None:
    """Three steps are three steps; a door that nobody described is only a door."""
    end = surveyed_end(
        surveyed_place(entrance__level_change=450, stairs__count=3, stairs__handrail="one"),
        Profile.DEAF,
    )
    keys = [part.phrase.key for part in end.leg]
    assert keys == ["door.steps.up.counted", "door.enter"]
    assert end.leg[0].phrase.params == {"n": 3}
    unknown = surveyed_end(surveyed_place(entrance__needs_request=False))
    assert [part.kind for part in unknown.leg] == [SegmentKind.DOOR]


@pytest.mark.parametrize(
    ("resolved_by", "word", "confidence", "percent"),
    [
        (ResolvedBy.SURVEYED_ENTRANCE, Word.YES, Confidence.HIGH, 95),
        (ResolvedBy.SURVEYED_ENTRANCE, Word.YES, Confidence.LOW, 71),
        (ResolvedBy.MAPPED_ENTRANCE, Word.UNKNOWN, Confidence.LOW, 45),
        (ResolvedBy.BUILDING_SIDE, Word.UNKNOWN, None, 35),
    ],
)
def test_how_sure_follows_from_position_and_word(
    resolved_by: ResolvedBy, word: Word, confidence: Confidence | None, percent: int
) -> None:
    """The documented rule, with its figures."""
    is_door = confidence is not None
    end = End(
        target=Target(lon=0.0, lat=0.0, word=word),
        resolved_by=resolved_by,
        place_id=UUID(int=1),
        entrance_id=UUID(int=2) if is_door else None,
        word_confidence=confidence,
    )
    assert end.confidence_percent == percent
