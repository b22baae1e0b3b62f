"""Oddities of a visit become flags, each one, and nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from audits.arrival import FlagCode, Visit, flag_visit
from audits.observations import Method, Observation, State

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DOOR = UUID(int=1)
PHOTO = UUID(int=9)


def _seen(field: str, value: object = None, **more: object) -> Observation:
    content = {
        "id": UUID(int=hash(field) & 0xFFFF),
        "field": field,
        "element_id": DOOR,
        "state": State.ABSENT if value is None else State.VALUE,
        "observed_at": NOW,
        "author_id": UUID(int=7),
        "value": value,
        "method": Method.TAPE,
        **more,
    }
    return Observation(**content)


def _codes(*seen: Observation, **visit: object) -> list[FlagCode]:
    circumstances = {"received_at": NOW, "distance_to_place_m": 5, "position_accuracy_m": 8}
    return [flag.code for flag in flag_visit(seen, Visit(**{**circumstances, **visit}))]


def test_a_plain_visit_has_no_flags() -> None:
    """Standing at the door with a tape raises nothing."""
    assert _codes(_seen("door.clear_width", 900)) == []


def test_far_away_and_imprecise_are_two_flags() -> None:
    """Distance and accuracy are flagged each on its own."""
    assert _codes(distance_to_place_m=80, position_accuracy_m=45) == [
        FlagCode.FAR_FROM_PLACE,
        FlagCode.POOR_POSITION,
    ]
    assert _codes(distance_to_place_m=None) == [FlagCode.NO_POSITION]


def test_under_ground_no_position_is_expected() -> None:
    """An audit of an underpass that was chosen from the list raises no position flag."""
    assert _codes(distance_to_place_m=None, underground=True) == []
    assert _codes(distance_to_place_m=400, position_accuracy_m=900, underground=True) == []


def test_rise_slope_and_length_must_fit() -> None:
    """Ten per cent over two metres do not give half a metre."""
    assert _codes(
        _seen("entrance.level_change", 500), _seen("ramp.slope", 100), _seen("ramp.length", 2000)
    ) == [FlagCode.RISE_MISMATCH]
    assert (
        _codes(
            _seen("entrance.level_change", 180),
            _seen("ramp.slope", 100),
            _seen("ramp.length", 2000),
        )
        == []
    )


def test_steps_and_height_must_fit() -> None:
    """Two steps of 15 cm are not one metre, and a height needs some way up."""
    assert _codes(
        _seen("entrance.level_change", 1000),
        _seen("stairs.count", 2),
        _seen("stairs.riser_max", 150),
    ) == [FlagCode.STEPS_MISMATCH]
    assert _codes(
        _seen("entrance.level_change", 500), _seen("stairs.count", 0), _seen("ramp.kind")
    ) == [FlagCode.HEIGHT_WITHOUT_WAY]


def test_a_wide_rail_track_is_odd() -> None:
    """Two channels are never as wide as a ramp."""
    assert _codes(_seen("ramp.kind", "rail_track"), _seen("ramp.width", 1200)) == [
        FlagCode.RAIL_TRACK_WIDE
    ]


def test_clock_photo_eye_and_hearsay_are_flagged_together() -> None:
    """Several oddities at once are all kept, in a fixed order."""
    flags = _codes(
        _seen("ramp.slope", 70, method=Method.ESTIMATE, photo_ids=(PHOTO,)),
        _seen("door.clear_width", 900, method=Method.CLAIMED),
        device_sent_at=NOW - timedelta(days=3),
        reused_photo_ids=frozenset({PHOTO}),
    )
    assert flags == [
        FlagCode.CLOCK_SKEW,
        FlagCode.PHOTO_REUSED,
        FlagCode.MEASURE_WITHOUT_TOOL,
        FlagCode.IMPORTED_CLAIM,
    ]
