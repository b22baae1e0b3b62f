"""What a journey is made of: a person, the ends of a way, and the leg behind each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from audits.observations import Confidence
from audits.verdicts import EntranceVerdict, Reason
from geo.mobility import CustomLimits, Help, HelpKind, Profile, Word
from geo.places.addresses import AddressHit
from geo.routing.answer import Phrase, Place, SegmentKind, Target
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.needs import Needs


class ResolvedBy(StrEnum):
    """How an end of a route was found."""

    SURVEYED_ENTRANCE = "surveyed_entrance"
    MAPPED_ENTRANCE = "mapped_entrance"
    BUILDING_SIDE = "building_side"
    CENTROID = "centroid"
    STOP = "stop"
    """The point of a stop of public transport."""
    POINT = "point"


_BASE_PERCENT = {
    ResolvedBy.POINT: 100,
    ResolvedBy.SURVEYED_ENTRANCE: 95,
    ResolvedBy.MAPPED_ENTRANCE: 75,
    ResolvedBy.STOP: 75,
    ResolvedBy.BUILDING_SIDE: 35,
    ResolvedBy.CENTROID: 20,
}
_WORD_PERCENT = {Confidence.HIGH: 100, Confidence.MEDIUM: 90, Confidence.LOW: 75}
_UNKNOWN_PERCENT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who goes: everything that decides which doors open."""

    profile: Profile
    now: datetime
    limits: CustomLimits | None = None
    help_at_hand: Help | None = None
    keys: frozenset[str] = frozenset()
    at: datetime | None = None
    """Time of the visit on the city's own clock; `None`: hours are not looked at."""

    @classmethod
    def of(cls, needs: Needs, *, at: datetime | None, now: datetime) -> "Person":
        """Take over who walks from what the router is told."""
        return cls(
            profile=needs.profile,
            limits=needs.custom,
            help_at_hand=needs.help,
            keys=needs.keys,
            at=at,
            now=now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPart:
    """One thing between the street and behind the door, described as one walks in."""

    kind: SegmentKind
    phrase: Phrase
    """What to do, going in; `phrase_out` going out."""
    phrase_out: Phrase
    remarks: tuple[Phrase, ...] = ()
    element_id: UUID | None = None
    shape: tuple[Place, ...] = ()
    """From the street to the door; empty when nobody surveyed a line."""
    length_mm: int = 0
    extra_s: float = 0.0
    """Time beyond walking: waiting for a lift, opening a heavy door."""
    slope_permille: int | None = None
    """Signed as one walks in."""
    cross_slope_permille: int | None = None
    width_mm: int | None = None
    passage_mm: int | None = None
    kerb_mm: int | None = None
    steps: int | None = 0
    surface: int | None = None
    smoothness: int | None = None
    lift: bool = False
    ramp: bool = False
    handrail: bool = False
    evidence: Mapping[LimitKind, Evidence] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was said about it, by field of the catalogue, for the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One point where a route may begin or end."""

    target: Target
    resolved_by: ResolvedBy
    place_id: UUID | None = None
    entrance_id: UUID | None = None
    inherited: bool = False
    """The door of the building around, because the organisation has none of its own."""
    help_kinds: tuple[HelpKind, ...] = ()
    door: Place | None = None
    """Where the door is, when the way to it has a line of its own."""
    leg: tuple[LegPart, ...] = ()
    word_confidence: Confidence | None = None

    @property
    def confidence_percent(self) -> int:
        """How sure it is that the way ends where this person gets in (P).

        How the point was found gives the base: a point as asked 100, a surveyed entrance 95, a
        mapped one or a stop 75, a side of the building 35, its middle 20. The word of the
        entrance takes off from it: nothing with high confidence, a tenth with medium, a quarter
        with low, and two fifths while the word is unknown.
        """
        base = _BASE_PERCENT[self.resolved_by]
        if self.entrance_id is None:
            return base
        if self.target.word is Word.UNKNOWN or self.word_confidence is None:
            return base * _UNKNOWN_PERCENT // 100
        return base * _WORD_PERCENT[self.word_confidence] // 100

    def as_json(self) -> dict[str, Any]:
        """Give the published form; nothing was judged about a mere point, so it has no word."""
        point = self.door or (self.target.lon, self.target.lat)
        word = None if self.resolved_by is ResolvedBy.POINT else self.target.word.value
        return {
            "resolved_by": self.resolved_by.value,
            "confidence_percent": self.confidence_percent,
            "place_id": str(self.place_id) if self.place_id else None,
            "entrance_id": str(self.entrance_id) if self.entrance_id else None,
            "inherited": self.inherited,
            "point": list(point),
            "word": word,
            "note": self.target.note,
            "help_kinds": [kind.value for kind in self.help_kinds],
            "extra_seconds": round(self.target.extra_seconds),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """All points where a route may end at one place, and why some doors are not among them."""

    usable: Sequence[End]
    place_id: UUID | None = None
    """The place that was asked for, where it was one."""
    name: Mapping[str, str] = field(default_factory=dict)
    """Its names by language; empty when it has none."""
    closed: Sequence[EntranceVerdict] = ()
    """Entrances that this person cannot use, with the reasons."""
    openable: Mapping[UUID, tuple[HelpKind, ...]] = field(default_factory=dict)
    """Which help would let this person through a closed entrance; none where nothing would."""
    is_closed: bool = False
    """By its opening hours the place is closed at the time; its doors may say otherwise."""
    hit: AddressHit | None = None
    """What a typed address was taken for."""
    other_hits: Sequence[AddressHit] = ()
    """What else it might have meant, the nearest to the other end first."""

    @property
    def blocking(self) -> list[Reason]:
        """What stands in the way at the closed entrances."""
        return [reason for entrance in self.closed for reason in entrance.blocking]

    @property
    def targets(self) -> list[Target]:
        """What the router is given: usable ends first, then closed doors, never chosen.

        The router needs the closed ones to tell whether help or a key would open them.
        """
        closed = [
            Target(
                lon=door.point[0],
                lat=door.point[1],
                word=Word.NO,
                extra_seconds=float(door.extra_seconds),
                note=door.note,
                ref=str(door.entrance_id),
            )
            for door in self.closed
            if door.point is not None
        ]
        return [end.target for end in self.usable] + closed

    @property
    def point(self) -> Place | None:
        """Roughly where it is; `None` when nobody knows."""
        targets = self.targets
        return (targets[0].lon, targets[0].lat) if targets else None
