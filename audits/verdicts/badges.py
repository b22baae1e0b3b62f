"""Badges: good things proven about a place that are no part of a word.

A badge is shown only where it is proven and fresh; a missing badge says nothing.
"""

from collections.abc import Iterable
from datetime import datetime

from audits.observations import Fact, State
from audits.verdicts.model import PlaceFacts
from audits.verdicts.parts import Part, inside_equipment, inside_parts
from audits.verdicts.rows import number_span
from geo.places.kinds import ElementKind

_WC_DOOR_MM = 900
_WC_SIDE_MM = 750
"""Door and space beside the bowl of a toilet for wheelchair users (D)."""

_TRUE = {
    "tactile_plan": "info.tactile_plan",
    "braille": "info.braille",
    "staff_help": "staff.help",
    "guide_dog": "animals.guide_dog",
    "changing_table_baby": "wc.changing_baby",
    "changing_table_adult": "wc.changing_adult",
    "changing_table_family": "family.changing_table",
}
_ONE_OF = {
    "hearing_loop": ("hearing.loop", ("fixed", "portable")),
    "sign_language": ("staff.sign_language", ("on_site", "online")),
    "wc_rails": ("wc.rails", ("both", "both_one_folding")),
}


def list_badges(place: PlaceFacts, *, now: datetime) -> tuple[str, ...]:
    """Return the badges of a place in a fixed order; keys `badge.<name>` hold their texts."""
    base = inside_parts(place)[0]
    toilets = _parts(place, ElementKind.TOILET, base)
    parking = _parts(place, ElementKind.PARKING, base)
    found = [
        name
        for name, field in _TRUE.items()
        if any(_good(part, field, now) and part.plain(field) is True for part in toilets)
    ]
    lifts = inside_equipment(place, ElementKind.LIFT)
    if any(
        _good(part, "lift.state", now) and part.plain("lift.state") == "working" for part in lifts
    ):
        found.append("lift_working")
    found += [
        name
        for name, (field, values) in _ONE_OF.items()
        if any(_good(part, field, now) and part.plain(field) in values for part in toilets)
    ]
    if any(_accessible_toilet(part, now) for part in toilets):
        found.append("wc_wheelchair")
    if any(_at_least(part, "parking.count_accessible", 1, now) for part in parking):
        found.append("parking")
    return tuple(sorted(set(found)))


def _parts(place: PlaceFacts, kind: ElementKind, base: Part) -> list[Part]:
    own = [Part(item.id, None, item.facts) for item in place.elements if item.kind is kind]
    return [base, *own]


def _accessible_toilet(part: Part, now: datetime) -> bool:
    sides = ("wc.side_space_left", "wc.side_space_right")
    return (
        _at_least(part, "wc.door_width", _WC_DOOR_MM, now)
        and any(_at_least(part, side, _WC_SIDE_MM, now) for side in sides)
        and _good(part, "wc.rails", now)
        and part.plain("wc.rails") in {"both", "both_one_folding"}
    )


def _good(part: Part, field: str, now: datetime) -> bool:
    fact = part.find(field)
    return fact is not None and fact.state is State.VALUE and not fact.stale_at(now)


def _at_least(part: Part, field: str, least: int, now: datetime) -> bool:
    fact: Fact | None = part.find(field)
    if fact is None or fact.stale_at(now):
        return False
    span = number_span(fact, "mm" if field.startswith("wc.") else "count")
    return span is not None and span.low is not None and span.low >= least


def badge_names() -> Iterable[str]:
    """Return every badge there is."""
    return sorted({*_TRUE, *_ONE_OF, "wc_wheelchair", "parking", "lift_working"})
