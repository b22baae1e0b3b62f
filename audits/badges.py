"""Badges: single facts worth seeing in a list, beside the word and never part of it (pure)."""

from datetime import datetime

from audits.observations import Operator, State
from audits.verdicts import PlaceFacts

_BADGES: dict[str, tuple[str, frozenset[object]]] = {
    "sign_language": ("staff.sign_language", frozenset({"on_site", "online"})),
    "hearing_loop": ("hearing.loop", frozenset({"fixed", "portable"})),
    "lift_working": ("lift.state", frozenset({"working"})),
    "staff_help": ("staff.help", frozenset({True})),
}


def list_badges(place: PlaceFacts, *, at: datetime) -> list[str]:
    """List the badges that a known, unexpired fact of the place or of a part of it supports."""
    known = [
        fact
        for facts in (place.facts, *(element.facts for element in place.elements))
        for fact in facts.values()
        if fact.state is State.VALUE and fact.operator is Operator.EQ and fact.known_at(at)
    ]
    return sorted(
        badge
        for badge, (name, values) in _BADGES.items()
        if any(fact.field == name and fact.value in values for fact in known)
    )
