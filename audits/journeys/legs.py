"""The leg between the street and behind a door: path, ramp or steps or lift, and the door itself.

Pure: from facts about an entrance and the word for one person to parts with their measures.
Only what is known is stated; nothing is said of a ramp or path that nobody described.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from audits.journeys.model import LegPart
from audits.observations import Fact, Method, State
from audits.verdicts import ElementFacts, EntranceVerdict, PlaceFacts
from audits.verdicts.parts import NO_FACTS, Part, children_of, parts_of
from geo.mobility import HelpKind
from geo.mobility.surfaces import SurfaceRank, find_smoothness_rank, find_surface_rank
from geo.places.kinds import ElementKind
from geo.routing.answer import Phrase, Place, SegmentKind
from geo.routing.encoding import Evidence, LimitKind

Lines = Mapping[UUID, tuple[Place, ...]]
"""Surveyed lines of elements; a part without one is at the door."""

_STEEP_PERMILLE = 40
_HIGH_KERB_MM = 20
_NARROW_MM = 1200
"""From these figures on a remark mentions them, as in the steps of the street (P)."""
_PREFIXES = {
    ElementKind.PATH: ("path.", "kerb.", "kerb_ramp."),
    ElementKind.RAMP: ("ramp.",),
    ElementKind.STAIRS: ("stairs.",),
    ElementKind.DOOR: ("door.", "turnstile.", "call."),
}
_EVIDENCE = {Method.CLAIMED: Evidence.ASSUMED, Method.DOCUMENT: Evidence.MAPPED}


def describe_leg(place: PlaceFacts, verdict: EntranceVerdict, lines: Lines) -> tuple[LegPart, ...]:
    """Return the parts of the way into an entrance in walking order, the door last.

    `lines` run from the street to the door. Empty when `place` has no such entrance.
    """
    entrance = next((each for each in place.elements if each.id == verdict.entrance_id), None)
    if entrance is None:
        return ()
    children = children_of(place, entrance.id)
    parts = [
        *_describe_path(entrance, children, verdict, lines),
        *_describe_way(entrance, children, verdict, lines),
        *_describe_doors(entrance, children, verdict),
    ]
    return tuple(parts)


# -- the path --------------------------------------------------------------------------------


def _describe_path(
    entrance: ElementFacts,
    children: list[ElementFacts],
    verdict: EntranceVerdict,
    lines: Lines,
) -> Iterable[LegPart]:
    part = _choose(entrance, children, ElementKind.PATH, verdict.path_element_id)
    line = lines.get(part.element_id, ()) if part.element_id else ()
    names = _names(part, *_PREFIXES[ElementKind.PATH])
    if not line and not names:
        return
    length = _number(part, "path.length")
    suffix = "" if line or length else ".plain"
    params: dict[str, object] = {} if suffix else {"distance_mm": length or 0}
    slope = _number(part, "path.slope_long")
    kerb = _number(part, "kerb.height")
    surface = find_surface_rank(_word(part, "path.surface"))
    smoothness = find_smoothness_rank(_word(part, "path.smoothness"))
    yield LegPart(
        kind=SegmentKind.PATH,
        phrase=Phrase(f"door.path{suffix}", params),
        phrase_out=Phrase(f"leave.path{suffix}", params),
        remarks=tuple(_path_remarks(part)),
        element_id=part.element_id,
        shape=line,
        length_mm=length or 0,
        slope_permille=slope,
        cross_slope_permille=_number(part, "path.slope_cross"),
        width_mm=_number(part, "path.width_min"),
        passage_mm=_number(part, "path.width_at_obstacle"),
        kerb_mm=kerb,
        steps=_number(part, "path.step_count"),
        surface=None if surface is None else int(surface),
        smoothness=None if smoothness is None else int(smoothness),
        evidence=_evidence(
            part,
            {
                LimitKind.INCLINE: "path.slope_long",
                LimitKind.CROSS_SLOPE: "path.slope_cross",
                LimitKind.WIDTH: "path.width_min",
                LimitKind.KERB: "kerb.height",
                LimitKind.STEPS: "path.step_count",
                LimitKind.SURFACE: "path.surface",
                LimitKind.SMOOTHNESS: "path.smoothness",
            },
        ),
        facts=_facts(part, names),
    )


def _path_remarks(part: Part) -> Iterable[Phrase]:
    slope = _number(part, "path.slope_long") or 0
    if abs(slope) >= _STEEP_PERMILLE:
        way = "up" if slope > 0 else "down"
        yield Phrase(f"remark.slope_{way}", {"slope_permille": abs(slope)})
    width = _number(part, "path.width_min")
    if width is not None and width < _NARROW_MM:
        yield Phrase("remark.narrow", {"width_mm": width})
    kerb = _number(part, "kerb.height")
    if kerb is not None and kerb >= _HIGH_KERB_MM:
        yield Phrase("remark.kerb", {"height_mm": kerb})
    surface = find_surface_rank(_word(part, "path.surface"))
    if surface is not None and surface >= SurfaceRank.UNEVEN:
        yield Phrase(f"remark.surface.{surface.name.lower()}")
    if _word(part, "path.tactile_guide") in {"partial", "continuous"}:
        yield Phrase("remark.tactile")
    if _word(part, "path.seasonal_ice_snow") == "not_cleared":
        yield Phrase("remark.door.snow")


# -- over the height ---------------------------------------------------------------------------


def _describe_way(
    entrance: ElementFacts,
    children: list[ElementFacts],
    verdict: EntranceVerdict,
    lines: Lines,
) -> list[LegPart]:
    way = verdict.note.removeprefix("note.")
    extra = float(verdict.way_seconds)
    if way in {"ramp", "portable_ramp", "rail_track"}:
        part = _choose(entrance, children, ElementKind.RAMP, verdict.way_element_id)
        return _describe_ramp(part, way, extra, lines)
    if way == "steps":
        return _describe_steps(entrance, children, extra, lines)
    if way in {"lift", "platform_lift"}:
        kind = ElementKind(way)
        part = _choose(entrance, children, kind, verdict.way_element_id)
        names = _names(part, f"{way}.")
        staff = way == "platform_lift" and _word(part, "platform_lift.access_mode") == "attendant"
        return [
            LegPart(
                kind=SegmentKind.LIFT,
                phrase=Phrase(f"door.{way}{'.staff' if staff else ''}"),
                phrase_out=Phrase(f"leave.{way}"),
                element_id=part.element_id,
                extra_s=extra,
                width_mm=_number(part, "lift.cabin_w" if way == "lift" else "platform_lift.w"),
                passage_mm=_number(part, "lift.door_width"),
                steps=None,
                lift=True,
                facts=_facts(part, names),
            )
        ]
    return []


def _describe_ramp(part: Part, way: str, extra: float, lines: Lines) -> list[LegPart]:
    names = _names(part, *_PREFIXES[ElementKind.RAMP])
    line = lines.get(part.element_id, ()) if part.element_id else ()
    if not names and not line:
        return []
    length, slope = _number(part, "ramp.length"), _number(part, "ramp.slope")
    surface = find_surface_rank(_word(part, "ramp.surface"))
    up, down = _ramp_phrases(way, length, slope)
    return [
        LegPart(
            kind=SegmentKind.RAMP,
            phrase=up,
            phrase_out=down,
            remarks=tuple(_ramp_remarks(part)),
            element_id=part.element_id,
            shape=line,
            length_mm=length or 0,
            extra_s=extra,
            slope_permille=slope,
            width_mm=_number(part, "ramp.width"),
            surface=None if surface is None else int(surface),
            ramp=True,
            handrail=_word(part, "ramp.handrail") in {"one", "both"},
            evidence=_evidence(
                part,
                {
                    LimitKind.INCLINE: "ramp.slope",
                    LimitKind.WIDTH: "ramp.width",
                    # Whoever saw a ramp saw that there is neither a kerb nor a step on it.
                    LimitKind.KERB: "ramp.kind",
                    LimitKind.STEPS: "ramp.kind",
                    LimitKind.SURFACE: "ramp.surface",
                },
            ),
            facts=_facts(part, names),
        )
    ]


def _ramp_phrases(way: str, length: int | None, slope: int | None) -> tuple[Phrase, Phrase]:
    if way != "ramp":
        return Phrase(f"door.{way}"), Phrase(f"leave.{way}")
    params: dict[str, object] = {}
    if length:
        params["distance_mm"] = length
    if slope is not None:
        params["slope_permille"] = slope
    known = (bool(length), slope is not None)
    suffix = {
        (True, True): "measured",
        (True, False): "length",
        (False, True): "slope",
        (False, False): "plain",
    }[known]
    return Phrase(f"door.ramp.up.{suffix}", params), Phrase(f"door.ramp.down.{suffix}", params)


def _ramp_remarks(part: Part) -> Iterable[Phrase]:
    width = _number(part, "ramp.width")
    if width is not None:
        yield Phrase("remark.ramp.width", {"width_mm": width})
    rail = part.find("ramp.handrail")
    if rail is not None:
        there = rail.value in {"one", "both"}
        yield Phrase("remark.ramp.handrail" if there else "remark.ramp.no_handrail")


def _describe_steps(
    entrance: ElementFacts, children: list[ElementFacts], extra: float, lines: Lines
) -> list[LegPart]:
    flights = parts_of(entrance, children, ElementKind.STAIRS, _PREFIXES[ElementKind.STAIRS])
    own = Part(entrance.id, entrance.id, entrance.facts)
    parts = []
    for number, flight in enumerate(flights or [own]):
        count = _number(flight, "stairs.count")
        suffix = "uncounted" if not count else "counted"
        params: dict[str, object] = {"n": count} if count else {}
        up, down = f"door.steps.up.{suffix}", f"leave.steps.down.{suffix}"
        parts.append(
            LegPart(
                kind=SegmentKind.STEPS,
                phrase=Phrase(up, params),
                phrase_out=Phrase(down, params),
                remarks=tuple(_steps_remarks(flight)),
                element_id=flight.element_id,
                shape=lines.get(flight.element_id, ()) if flight.element_id else (),
                extra_s=extra if number == 0 else 0.0,
                steps=count,
                width_mm=_number(flight, "stairs.width"),
                handrail=_word(flight, "stairs.handrail") in {"one", "both"},
                evidence=_evidence(
                    flight, {LimitKind.STEPS: "stairs.count", LimitKind.WIDTH: "stairs.width"}
                ),
                facts=_facts(flight, _names(flight, *_PREFIXES[ElementKind.STAIRS])),
            )
        )
    return parts


def _steps_remarks(part: Part) -> Iterable[Phrase]:
    rail = part.find("stairs.handrail")
    if rail is not None:
        there = rail.value in {"one", "both"}
        yield Phrase("remark.handrail" if there else "remark.steps.no_handrail")
    if part.plain("stairs.nosing_contrast") is True:
        yield Phrase("remark.steps.contrast")


# -- the door ----------------------------------------------------------------------------------


def _describe_doors(
    entrance: ElementFacts, children: list[ElementFacts], verdict: EntranceVerdict
) -> list[LegPart]:
    doors = parts_of(entrance, children, ElementKind.DOOR, _PREFIXES[ElementKind.DOOR])
    own = Part(entrance.id, entrance.id, entrance.facts)
    rest = float(max(verdict.extra_seconds - verdict.way_seconds, 0))
    parts = []
    for number, door in enumerate(doors or [own]):
        last = number == len(doors or [own]) - 1
        automatic = _word(door, "door.automatic") in {"button", "motion"}
        names = _names(door, *_PREFIXES[ElementKind.DOOR])
        own_names = _names(own, "entrance.") if last else []
        parts.append(
            LegPart(
                kind=SegmentKind.DOOR,
                phrase=Phrase("door.enter.automatic" if automatic else "door.enter"),
                phrase_out=Phrase("leave.door"),
                remarks=(
                    *_door_remarks(door, own),
                    *(_help_remarks(verdict.help_kinds) if last else ()),
                ),
                element_id=door.element_id,
                extra_s=rest if last else 0.0,
                passage_mm=_number(door, "door.clear_width"),
                kerb_mm=_number(door, "door.threshold"),
                steps=None,
                evidence=_evidence(
                    door, {LimitKind.WIDTH: "door.clear_width", LimitKind.KERB: "door.threshold"}
                ),
                facts=_facts(door, names) | _facts(own, own_names),
            )
        )
    return parts


def _door_remarks(door: Part, entrance: Part) -> Iterable[Phrase]:
    width, threshold = _number(door, "door.clear_width"), _number(door, "door.threshold")
    if width is None:
        yield Phrase("remark.door.width_unknown")
    else:
        yield Phrase("remark.door.width", {"width_mm": width})
    if threshold:
        yield Phrase("remark.door.threshold", {"height_mm": threshold})
    elif threshold == 0:
        yield Phrase("remark.door.no_threshold")
    if _word(door, "door.kind") == "revolving":
        yield Phrase("remark.door.revolving")
    if _word(door, "door.opening_force") == "hard":
        yield Phrase("remark.door.heavy")
    if entrance.plain("entrance.needs_request") is True:
        yield Phrase("remark.door.ask")
        call = _word(door, "call.kind") or _word(entrance, "call.kind")
        if call is not None:
            yield Phrase("remark.door.bell" if call == "button" else "remark.door.intercom")


def _help_remarks(kinds: tuple[HelpKind, ...]) -> Iterable[Phrase]:
    for kind in kinds:
        yield Phrase(f"remark.door.help.{kind.value}")


# -- reading facts -----------------------------------------------------------------------------


def _choose(
    entrance: ElementFacts,
    children: list[ElementFacts],
    kind: ElementKind,
    element_id: UUID | None,
) -> Part:
    prefixes = _PREFIXES.get(kind, (f"{kind.value}.",))
    parts = parts_of(entrance, children, kind, prefixes)
    chosen = next((part for part in parts if part.element_id == element_id), None)
    if chosen is not None or not parts:
        return chosen or Part(entrance.id, entrance.id, NO_FACTS)
    return parts[0]


def _names(part: Part, *prefixes: str) -> list[str]:
    return [name for name, fact in part.facts.items() if fact.known and name.startswith(prefixes)]


def _number(part: Part, field: str) -> int | None:
    fact = part.find(field)
    if fact is None:
        return None
    if fact.state is State.ABSENT:
        return 0
    is_number = isinstance(fact.value, int) and not isinstance(fact.value, bool)
    return int(fact.value) if is_number and fact.value is not None else None


def _word(part: Part, field: str) -> str | None:
    value = part.plain(field)
    return value if isinstance(value, str) else None


def _evidence(part: Part, fields: Mapping[LimitKind, str]) -> dict[LimitKind, Evidence]:
    found = dict.fromkeys(LimitKind, Evidence.MISSING)
    for limit, name in fields.items():
        fact = part.find(name)
        if fact is not None:
            found[limit] = _source(fact)
    return found


def _source(fact: Fact) -> Evidence:
    return _EVIDENCE.get(fact.method, Evidence.AUDITED) if fact.method else Evidence.ASSUMED


def _facts(part: Part, names: Iterable[str]) -> dict[str, Any]:
    return {
        name: {
            "state": fact.state.value,
            "value": fact.value,
            "method": fact.method.value if fact.method else None,
            "observed_at": fact.observed_at.isoformat(),
            "confidence": fact.confidence.value,
        }
        for name in names
        if (fact := part.find(name)) is not None
    }
