"""The word for one entrance: the way to it, the height, the door, and what else stops people.

Entrance = worst of its links; the height is solved by the best of its alternatives. Which part
is needed by whom stands in `rules/entry.toml`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from audits.verdicts.case import Case
from audits.verdicts.levels import (
    ENTRANCE_STEPS,
    judge_lift,
    judge_platform,
    judge_ramp,
    judge_steps,
)
from audits.verdicts.model import ElementFacts, PlaceFacts
from audits.verdicts.needs import judge_either
from audits.verdicts.outcome import CLEAR, Outcome, best_index, chain, choose
from audits.verdicts.parts import NO_FACTS, Part, children_of, known, parts_of
from audits.verdicts.rows import conclude, judge_row
from geo.mobility import Word
from geo.places.kinds import ElementKind

_PATH = ("path.", "kerb.", "kerb_ramp.")
_DOOR = ("door.", "turnstile.")


class Way(StrEnum):
    """How one gets over the height; `note.<way>` says it."""

    LEVEL = "level"
    STEPS = "steps"
    RAMP = "ramp"
    PORTABLE_RAMP = "portable_ramp"
    RAIL_TRACK = "rail_track"
    PLATFORM_LIFT = "platform_lift"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class EntranceOutcome:
    """An entrance judged, with the way over its height."""

    entrance: ElementFacts
    place: PlaceFacts
    outcome: Outcome
    way: Way
    way_part: Part
    """The part that is used: the ramp, the lift, or the entrance itself."""
    path_part: Part
    """The way to the door that is used."""


def judge_one(
    case: Case, place: PlaceFacts, entrance: ElementFacts, asked_by: PlaceFacts
) -> EntranceOutcome:
    """Judge one entrance of `place`, for a visit to `asked_by` (the place, or one inside it)."""
    children = children_of(place, entrance.id)
    own = Part(entrance.id, entrance.id, entrance.facts)
    paths = _paths(entrance, children)
    way, way_part, over = _over_the_height(case, entrance, children)
    doors = parts_of(entrance, children, ElementKind.DOOR, _DOOR) or [own]
    near = [own, *paths, *(Part(child.id, entrance.id, child.facts) for child in children)]
    needs = [*near, Part(None, entrance.id, asked_by.facts), Part(None, entrance.id, place.facts)]
    to_the_door = [_path(case, place, part) for part in paths]
    links = [
        choose(to_the_door),
        over,
        *(judge_row(case, row, door) for door in doors for row in case.entry.rows("door")),
        *(judge_row(case, row, own) for row in case.entry.rows("entrance")),
        *_steps_seen(case, entrance, children),
        *(judge_either(case, need, needs) for need in case.entry.eithers),
        _hours(case, own),
    ]
    path_part = paths[best_index(to_the_door)]
    return EntranceOutcome(entrance, place, chain(links), way, way_part, path_part)


def public_entrances(place: PlaceFacts) -> list[ElementFacts]:
    """Return the entrances that visitors may use."""
    return [
        element
        for element in place.elements
        if element.kind is ElementKind.ENTRANCE
        and Part(element.id, element.id, element.facts).plain("entrance.role") != "staff"
    ]


def _paths(entrance: ElementFacts, children: Sequence[ElementFacts]) -> list[Part]:
    found = parts_of(entrance, children, ElementKind.PATH, _PATH)
    return found or [Part(entrance.id, entrance.id, NO_FACTS)]


def _path(case: Case, place: PlaceFacts, part: Part) -> Outcome:
    """Judge one whole way to the door, with its pieces one after the other."""
    pieces = [part]
    if part.element_id is not None and part.element_id != part.entrance_id:
        pieces += [
            Part(item.id, part.entrance_id, item.facts)
            for item in children_of(place, part.element_id)
        ]
    rows = case.entry.rows("path")
    first, *others = pieces
    links = [judge_row(case, row, first) for row in rows]
    # A piece answers for itself; only the whole way has to answer everything.
    links += [
        judge_row(case, row, piece)
        for piece in others
        for row in rows
        if piece.find(row.field) is not None
    ]
    return chain(links)


def _over_the_height(
    case: Case, entrance: ElementFacts, children: Sequence[ElementFacts]
) -> tuple[Way, Part, Outcome]:
    own = Part(entrance.id, entrance.id, entrance.facts)
    if not case.limits.max_step_mm.limited:
        return _foot_way(own), own, CLEAR
    rise = own.find("entrance.level_change")
    found: list[tuple[Way, Part, Outcome]] = [_stairs(case, entrance, children, own)]
    ramps = parts_of(entrance, children, ElementKind.RAMP, ("ramp.",)) or [
        Part(entrance.id, entrance.id, NO_FACTS)
    ]
    found += [(_ramp_way(part), part, judge_ramp(case, part, rise)) for part in ramps]
    platforms = parts_of(entrance, children, ElementKind.PLATFORM_LIFT, ("platform_lift.",))
    found += [(Way.PLATFORM_LIFT, part, judge_platform(case, part)) for part in platforms]
    lifts = parts_of(entrance, children, ElementKind.LIFT, ("lift.",))
    found += [(Way.LIFT, part, judge_lift(case, part)) for part in lifts]
    outcomes = [outcome for _, _, outcome in found]
    way, part, _ = found[best_index(outcomes)]
    return way, part, choose(outcomes)


def _stairs(
    case: Case, entrance: ElementFacts, children: Sequence[ElementFacts], own: Part
) -> tuple[Way, Part, Outcome]:
    flights = [child for child in children if child.kind is ElementKind.STAIRS]
    if len(flights) <= 1:
        facts = {**entrance.facts, **(known(flights[0].facts) if flights else {})}
        part = replace(own, facts=facts)
        return _foot_way(part), part, judge_steps(case, part, ENTRANCE_STEPS)
    parts = [Part(flight.id, entrance.id, flight.facts) for flight in flights]
    if any(fact.known and name.startswith("stairs.") for name, fact in entrance.facts.items()):
        parts.append(own)
    return Way.STEPS, own, chain(judge_steps(case, part, ENTRANCE_STEPS) for part in parts)


_LEVEL_MM = 14
"""Up to this height people speak of level ground (D: threshold)."""


def _foot_way(part: Part) -> Way:
    count, height = part.plain("stairs.count"), part.plain("entrance.level_change")
    if isinstance(height, int) and height > _LEVEL_MM:
        return Way.STEPS
    return Way.STEPS if isinstance(count, int) and count > 0 else Way.LEVEL


def _ramp_way(part: Part) -> Way:
    kind = part.plain("ramp.kind")
    if kind == "rail_track":
        return Way.RAIL_TRACK
    return Way.PORTABLE_RAMP if kind in {"removable", "folding"} else Way.RAMP


def _steps_seen(
    case: Case, entrance: ElementFacts, children: Sequence[ElementFacts]
) -> list[Outcome]:
    """Judge what somebody who does not see needs at steps, where there are any."""
    rows = case.entry.rows("stairs")
    if not rows:
        return []
    parts = parts_of(entrance, children, ElementKind.STAIRS, ("stairs.",))
    return [judge_row(case, row, part) for part in parts for row in rows]


def _hours(case: Case, own: Part) -> Outcome:
    hours = own.find("entrance.opening_hours")
    if hours is None or not case.closed(hours):
        return CLEAR
    return conclude(case, own, hours, Word.NO, requirement="entrance_closed", mandatory=False)
