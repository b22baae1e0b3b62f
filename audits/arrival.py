"""What looks odd about a visit when it arrives: typed flags for the reviewer.

A flag never refuses anything and is never dropped; `audits.catalogue.check` refuses what cannot
be stored. Owns the thresholds of these checks (proposed here, no norm). Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from audits.observations import Method, Observation, Operator, State

FAR_FROM_PLACE_M = 50
POOR_POSITION_M = 30
CLOCK_SKEW = timedelta(hours=24)
RISE_TOLERANCE = 0.20
RAIL_TRACK_NARROWER_THAN_MM = 900
STEP_TALLER_THAN_MM = 50


class FlagCode(StrEnum):
    """What is odd."""

    FAR_FROM_PLACE = "far_from_place"
    POOR_POSITION = "poor_position"
    NO_POSITION = "no_position"
    CLOCK_SKEW = "clock_skew"
    PHOTO_REUSED = "photo_reused"
    RISE_MISMATCH = "rise_mismatch"
    """Rise and slope times length differ by more than 20 %."""
    STEPS_MISMATCH = "steps_mismatch"
    """Steps times riser and the level change differ by more than 20 %."""
    HEIGHT_WITHOUT_WAY = "height_without_way"
    """A level change, but neither steps nor ramp nor lift."""
    RAIL_TRACK_WIDE = "rail_track_wide"
    """Called a rail track, yet as wide as a ramp."""
    MEASURE_WITHOUT_TOOL = "measure_without_tool"
    """A slope read to a permille by eye."""
    PHOTOS_MISSING = "photos_missing"
    """Its photos did not come in time; it is judged without them."""
    POSSIBLE_DUPLICATE = "possible_duplicate"
    """A place or part that it proposes may be known already; `params` say which and how far."""
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    """Too far from the author's visit before or after it for the time between."""
    BURST = "burst"
    """One of more visits in a short time than one person can make."""
    IMPORTED_CLAIM = "imported_claim"
    """Taken over from somewhere else; nobody stood there."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One odd thing, with what it is about."""

    code: FlagCode
    element_id: UUID | None = None
    fields: tuple[str, ...] = ()
    params: Mapping[str, int | str] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "code": self.code.value,
            "element_id": None if self.element_id is None else str(self.element_id),
            "fields": list(self.fields),
            "params": dict(self.params or {}),
        }


@dataclass(frozen=True, slots=True)
class Visit:
    """The circumstances of one audit."""

    received_at: datetime
    device_sent_at: datetime | None = None
    """The device's clock when it sent."""
    distance_to_place_m: int | None = None
    """From the phone to the chosen place or its nearest part; `None` without a position."""
    position_accuracy_m: int | None = None
    underground: bool = False
    """The chosen place lies under ground, where no position can be had."""
    reused_photo_ids: frozenset[UUID] = frozenset()
    """Photos whose content is already used at another place."""


def flag_visit(observations: Iterable[Observation], visit: Visit) -> tuple[Flag, ...]:
    """Return every flag of one audit, in a fixed order; repeatable for the same input."""
    answers = list(observations)
    flags = [*_position_flags(visit), *_clock_flags(visit), *_photo_flags(answers, visit)]
    by_element: dict[UUID | None, dict[str, Observation]] = defaultdict(dict)
    for answer in answers:
        by_element[answer.element_id][answer.field] = answer
    for element_id, fields in by_element.items():
        flags += _ramp_flags(element_id, fields)
        flags += _height_flags(element_id, fields)
    flags += [flag for answer in answers for flag in _method_flags(answer)]
    return tuple(flags)


def _position_flags(visit: Visit) -> list[Flag]:
    if visit.underground:
        return []
    if visit.distance_to_place_m is None:
        return [Flag(FlagCode.NO_POSITION)]
    flags = []
    if visit.distance_to_place_m > FAR_FROM_PLACE_M:
        flags.append(
            Flag(FlagCode.FAR_FROM_PLACE, params={"distance_m": visit.distance_to_place_m})
        )
    if visit.position_accuracy_m is not None and visit.position_accuracy_m > POOR_POSITION_M:
        flags.append(Flag(FlagCode.POOR_POSITION, params={"accuracy_m": visit.position_accuracy_m}))
    return flags


def _clock_flags(visit: Visit) -> list[Flag]:
    if visit.device_sent_at is None:
        return []
    skew = visit.device_sent_at - visit.received_at
    if abs(skew) <= CLOCK_SKEW:
        return []
    return [Flag(FlagCode.CLOCK_SKEW, params={"seconds": int(skew.total_seconds())})]


def _photo_flags(answers: list[Observation], visit: Visit) -> list[Flag]:
    used = {photo: answer for answer in answers for photo in answer.photo_ids}
    return [
        Flag(
            FlagCode.PHOTO_REUSED,
            used[photo].element_id if photo in used else None,
            (used[photo].field,) if photo in used else (),
            {"photo_id": str(photo)},
        )
        for photo in sorted(visit.reused_photo_ids)
    ]


def _ramp_flags(element_id: UUID | None, fields: Mapping[str, Observation]) -> list[Flag]:
    flags = []
    width = _number(fields, "ramp.width")
    kind = fields.get("ramp.kind")
    if kind and kind.value == "rail_track" and width and width >= RAIL_TRACK_NARROWER_THAN_MM:
        flags.append(
            Flag(
                FlagCode.RAIL_TRACK_WIDE,
                element_id,
                ("ramp.kind", "ramp.width"),
                {"width_mm": width},
            )
        )
    slope, length = _number(fields, "ramp.slope"), _number(fields, "ramp.length")
    rise_field = next(
        (name for name in ("entrance.level_change", "ramp.rise_per_flight") if name in fields), None
    )
    rise = _number(fields, rise_field) if rise_field else None
    if rise_field and slope and length and rise and _differ(rise, slope * length / 1000):
        flags.append(
            Flag(
                FlagCode.RISE_MISMATCH,
                element_id,
                (rise_field, "ramp.slope", "ramp.length"),
                {"rise_mm": rise, "expected_mm": round(slope * length / 1000)},
            )
        )
    return flags


def _height_flags(element_id: UUID | None, fields: Mapping[str, Observation]) -> list[Flag]:
    rise = _number(fields, "entrance.level_change")
    steps = _number(fields, "stairs.count")
    riser = _number(fields, "stairs.riser_max")
    if not rise:
        return []
    if steps and riser and _differ(rise, steps * riser):
        return [
            Flag(
                FlagCode.STEPS_MISMATCH,
                element_id,
                ("entrance.level_change", "stairs.count", "stairs.riser_max"),
                {"rise_mm": rise, "expected_mm": steps * riser},
            )
        ]
    ramp = fields.get("ramp.kind")
    no_ramp = ramp is not None and ramp.state is State.ABSENT
    if rise > STEP_TALLER_THAN_MM and steps == 0 and no_ramp:
        return [
            Flag(
                FlagCode.HEIGHT_WITHOUT_WAY,
                element_id,
                ("entrance.level_change", "stairs.count", "ramp.kind"),
                {"rise_mm": rise},
            )
        ]
    return []


def _method_flags(answer: Observation) -> list[Flag]:
    if answer.state is State.UNKNOWN:
        return []
    if answer.method is Method.CLAIMED:
        return [Flag(FlagCode.IMPORTED_CLAIM, answer.element_id, (answer.field,))]
    by_eye = answer.method is Method.ESTIMATE and answer.operator is Operator.EQ
    if by_eye and answer.field.endswith(("slope", "slope_long", "slope_cross")):
        return [Flag(FlagCode.MEASURE_WITHOUT_TOOL, answer.element_id, (answer.field,))]
    return []


def _number(fields: Mapping[str, Observation], name: str) -> int | None:
    """Return a plainly stated number; `None` for anything less certain."""
    answer = fields.get(name)
    if answer is None or answer.state is not State.VALUE:
        return None
    if answer.operator is not Operator.EQ or isinstance(answer.value, (bool, str)):
        return None
    return answer.value


def _differ(stated: float, expected: float) -> bool:
    return abs(stated - expected) > RISE_TOLERANCE * max(stated, expected)
