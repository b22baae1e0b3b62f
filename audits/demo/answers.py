"""What a demo volunteer would answer at a demo building: its truth in the catalogue's words (pure).

The answers go through the same checks as those of a phone, so a question that does not apply
is not answered.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

from audits.catalogue import Depth, applies, latest
from audits.submission import JsonValue, SubmittedObservation
from geo.demo_city import BuildingTruth, EntranceTruth

_ROLES = {"main": "main", "yes": "main", "secondary": "secondary", "service": "staff"}
_WIDE_CABIN_MM = 1_400


def answer_entrance(
    truth: EntranceTruth, *, role: str, element_id: UUID, depth: Depth
) -> list[SubmittedObservation]:
    """Answer every question of this depth that applies to the entrance."""
    ramp = None if truth.ramp == "none" else truth.ramp
    values: dict[str, JsonValue] = {
        "entrance.role": _ROLES[role],
        "entrance.level_change": truth.level_change_mm,
        "stairs.count": truth.step_count,
        "stairs.riser_max": truth.step_rise_mm or None,
        "stairs.handrail": truth.stairs_handrail,
        "stairs.nosing_contrast": truth.tactile_strip,
        "stairs.warning_strip": truth.tactile_strip,
        "ramp.kind": ramp,
        "ramp.slope": truth.ramp_slope_permille,
        "ramp.length": truth.ramp_length_mm,
        "ramp.width": truth.ramp_width_mm,
        "ramp.handrail": truth.ramp_handrail if ramp else None,
        "door.kind": truth.door_kind,
        "door.automatic": truth.door_automatic,
        "door.clear_width": truth.door_clear_width_mm,
        "door.threshold": truth.threshold_mm,
        "door.opening_force": "easy" if truth.door_automatic != "no" else "hard",
        "door.glass_marked": truth.tactile_strip,
        "door.side_leaf": True,
        "entrance.needs_request": truth.call_height_mm is not None,
        "call.kind": None if truth.call_height_mm is None else "button",
        "path.step_count": 0,
        "path.width_min": truth.path_width_mm,
        "path.slope_long": truth.path_slope_permille,
        "path.surface": truth.path_surface,
        "path.smoothness": truth.path_smoothness,
        "path.tactile_guide": "continuous" if truth.tactile_strip else "none",
        "kerb.kind": "flush",
        "platform_lift.working": _equipment(working=truth.platform_lift_working),
        "platform_lift.access_mode": "attendant",
        "platform_lift.w": 900,
        "platform_lift.d": 1_250,
    }
    return list(_answer(values, kind="entrance", element_id=element_id, depth=depth))


def answer_inside(truth: BuildingTruth, *, floor: int, depth: Depth) -> list[SubmittedObservation]:
    """Answer every question of this depth that applies inside; `floor` 1 is the ground floor."""
    lift = truth.lift_working
    values: dict[str, JsonValue] = {
        "service.floor": floor,
        "service.scope": "whole_building" if lift or floor == 1 else "ground_floor_only",
        "service.text": truth.staff_help,
        "corridor.width_min": truth.corridor_width_mm,
        "inner_door.clear_width": truth.inner_door_width_mm,
        "inner_door.threshold": truth.inner_threshold_mm,
        "inner_stairs.count": 0,
        "lift.present": lift is not None,
        "lift.state": _equipment(working=lift),
        "lift.access_mode": "open",
        "lift.door_width": truth.lift_door_width_mm,
        "lift.cabin_w": None if lift is None else 1_100,
        "lift.cabin_d": truth.lift_cabin_depth_mm,
        "lift.voice": (truth.lift_cabin_depth_mm or 0) >= _WIDE_CABIN_MM,
        "desk.height": truth.desk_height_mm,
        "wc.present": truth.wc_present,
        "wc.door_width": truth.wc_door_width_mm,
        "wc.rails": truth.wc_rails,
        "info.display_board": truth.hearing_loop,
        "info.braille": truth.tactile_guide == "continuous",
        "staff.help": truth.staff_help,
        "staff.sign_language": truth.sign_language,
    }
    return list(_answer(values, kind="place", element_id=None, depth=depth))


def _equipment(*, working: bool | None) -> str | None:
    if working is None:
        return None
    return "working" if working else "out_of_order"


def _answer(
    values: Mapping[str, JsonValue], *, kind: str, element_id: UUID | None, depth: Depth
) -> Iterator[SubmittedObservation]:
    given: dict[str, JsonValue] = {}
    for field in latest().questions(depth, kind):
        if field.name not in values or applies(field, given) is not True:
            continue
        value = values[field.name]
        given[field.name] = value
        yield SubmittedObservation(
            element_id=element_id,
            field=field.name,
            state="absent" if value is None else "value",
            operator=None if value is None else "=",
            value=value,
            precision=None,
            method="tape" if field.type.is_measure else "estimate",
            photo_ids=(),
            observed_at=None,
        )
