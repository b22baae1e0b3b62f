"""What goes into a verdict and what comes out of it.

Plain frozen data, no rules. `PlaceFacts` is everything the rules may know about a place; a
`Verdict` is one word for one profile and scope, with its reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from audits.norms import find_clause
from audits.observations import Confidence, Fact, Grade
from geo.mobility import HelpKind, Mark, Profile, Word
from geo.places.kinds import ElementKind, PlaceKind


class Scope(StrEnum):
    """How far into the place the word goes."""

    ENTRY = "entry"
    """From the street through the best door."""
    SERVICE = "service"
    """On to the point where the service is given."""


@dataclass(frozen=True, slots=True)
class ElementFacts:
    """One part of a place with what is known about it."""

    id: UUID
    kind: ElementKind
    parent_id: UUID | None = None
    point: tuple[float, float] | None = None
    """lon, lat; `None` when nobody gave a position."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """By field name."""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place, its parts, and the building it lies in."""

    id: UUID
    kind: PlaceKind
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """Facts about the place itself, by field name."""
    elements: tuple[ElementFacts, ...] = ()
    """Parts that exist; vanished ones are left out by the caller."""
    parent: "PlaceFacts | None" = None
    """The building around an organisation; its entry is inherited unless there is an own door."""
    floor: int | None = None
    """Floor of the service from the register, 1 = floor of the entrance; a fact wins over it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A proven violation: it makes the word `no` or `with_help`."""

    requirement: str
    """Message key is `reason.<requirement>`."""
    effect: Word
    field: str
    element_id: UUID | None
    entrance_id: UUID | None = None
    measured: int | str | bool | None = None
    """The value as stated; `None` when the thing is absent."""
    operator: str = "="
    ok: int | None = None
    help: int | None = None
    """The limits it was held against, in the field's unit."""
    mark: Mark | None = None
    """Source of the limit that was missed."""
    help_kinds: tuple[HelpKind, ...] = ()
    """Any one of these kinds of help is enough."""
    stale: bool = False
    """Seen long ago or disputed; bad news stays until somebody looks again."""


class Advice(StrEnum):
    """What to do about a missing fact."""

    ANSWER = "answer"
    MEASURE_RISE_AND_LENGTH = "measure_rise_and_length"
    MEASURE_EXACTLY = "measure_exactly"
    LOOK_AGAIN = "look_again"
    FIND_ENTRANCE = "find_entrance"
    FIND_OTHER_END = "find_other_end"


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that would settle an unknown."""

    field: str
    element_id: UUID | None
    entrance_id: UUID | None = None
    advice: Advice = Advice.ANSWER


@dataclass(frozen=True, slots=True)
class EntranceVerdict:
    """The word for one entrance: what a router needs to end a way there."""

    entrance_id: UUID
    place_id: UUID
    """The place it belongs to; the building's id where an organisation inherits its entry."""
    point: tuple[float, float] | None
    word: Word
    extra_seconds: int
    """Time from the street to behind the door beyond walking: ramp, lift, call, heavy door."""
    note: str
    """Message key `note.<way>`: how one gets in (level, ramp, steps, lift, platform_lift …)."""
    help_kinds: tuple[HelpKind, ...] = ()
    blocking: tuple[Reason, ...] = ()
    missing: tuple[Missing, ...] = ()
    way_element_id: UUID | None = None
    """The ramp, stairs or lift that is used; the entrance itself where it has no part for it."""
    path_element_id: UUID | None = None
    """The way to the door that is used, likewise."""
    way_seconds: int = 0
    """The part of `extra_seconds` that the way over the height takes."""
    confidence: Confidence = Confidence.LOW


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word for a place, profile and scope, and everything behind it."""

    place_id: UUID
    profile: Profile
    scope: Scope
    word: Word
    entrance_id: UUID | None
    """The entrance that wins, also while its word is unknown; `None` when every one is `no`."""
    help_kinds: tuple[HelpKind, ...]
    """Every kind of help that the word counts on."""
    blocking: tuple[Reason, ...]
    """Proven violations on the winning way; on every way when the word is `no`."""
    missing: tuple[Missing, ...]
    """What would settle an `unknown`, in the order in which to find it out."""
    unanswered: tuple[Missing, ...]
    """Advisory facts nobody answered; they lower coverage and confidence, not the word."""
    coverage_percent: int
    grade: Grade | None
    """The weakest evidence it rests on; `None` when it rests on none."""
    confidence: Confidence
    oldest_at: datetime | None
    """When the oldest fact behind it was seen."""
    valid_until: datetime | None
    """From then on the clock alone may change it; `None`: never."""
    remote_service: bool
    """The service is also given without entering; that never lifts a word."""
    warnings: tuple[str, ...]
    """Message keys `warning.<name>` that matter but are no part of the word."""
    entrances: tuple[EntranceVerdict, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the published form; texts by key, no sentences."""
        return {
            "place_id": str(self.place_id),
            "profile": self.profile.value,
            "scope": self.scope.value,
            "word": self.word.value,
            "entrance_id": _text(self.entrance_id),
            "help_kinds": [kind.value for kind in self.help_kinds],
            "blocking": [reason_as_json(reason) for reason in self.blocking],
            "missing": [missing_as_json(missing) for missing in self.missing],
            "unanswered": [missing_as_json(missing) for missing in self.unanswered],
            "coverage_percent": self.coverage_percent,
            "grade": None if self.grade is None else self.grade.value,
            "confidence": self.confidence.value,
            "oldest_at": None if self.oldest_at is None else self.oldest_at.isoformat(),
            "valid_until": None if self.valid_until is None else self.valid_until.isoformat(),
            "remote_service": self.remote_service,
            "warnings": list(self.warnings),
            "entrances": [entrance_as_json(entrance) for entrance in self.entrances],
        }


def reason_as_json(reason: Reason) -> dict[str, Any]:
    """Return the published form of one violation, with the newest norm about that field.

    Limits and clauses that do not exist are left out.
    """
    shown = {
        "key": f"reason.{reason.requirement}",
        "effect": reason.effect.value,
        "field": reason.field,
        "element_id": _text(reason.element_id),
        "entrance_id": _text(reason.entrance_id),
        "measured": reason.measured,
        "operator": reason.operator,
        "ok": reason.ok,
        "help": reason.help,
        "mark": None if reason.mark is None else reason.mark.value,
        "clause": find_clause(reason.field),
        "help_kinds": [kind.value for kind in reason.help_kinds] or None,
        "stale": reason.stale or None,
    }
    kept = {"measured", "element_id", "entrance_id"}
    return {key: value for key, value in shown.items() if value is not None or key in kept}


def missing_as_json(missing: Missing) -> dict[str, Any]:
    """Return the published form of one missing fact."""
    return {
        "field": missing.field,
        "element_id": _text(missing.element_id),
        "entrance_id": _text(missing.entrance_id),
        "advice": f"advice.{missing.advice.value}",
    }


def entrance_as_json(entrance: EntranceVerdict) -> dict[str, Any]:
    """Return the published form of one entrance's word."""
    return {
        "entrance_id": str(entrance.entrance_id),
        "place_id": str(entrance.place_id),
        "point": None if entrance.point is None else list(entrance.point),
        "word": entrance.word.value,
        "extra_seconds": entrance.extra_seconds,
        "note": entrance.note,
        "help_kinds": [kind.value for kind in entrance.help_kinds],
        "blocking": [reason_as_json(reason) for reason in entrance.blocking],
        "missing": [missing_as_json(missing) for missing in entrance.missing],
    }


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
