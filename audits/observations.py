"""What somebody saw: one answer about one field of one element.

Owns the vocabulary of answers (state, operator, method), the span of values that an answer
proves and the `Fact` that several answers settle into. Does
not own which answers are allowed (`audits.catalogue`), which look odd (`audits.arrival`) or
which of them win (`audits.consensus`). Invariant: `unknown`, `absent` and `not_applicable` are
three different things.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class State(StrEnum):
    """The four answers, never merged."""

    VALUE = "value"
    ABSENT = "absent"
    """Somebody looked, and there is none."""
    NOT_APPLICABLE = "not_applicable"
    """The question cannot apply here."""
    UNKNOWN = "unknown"
    """Nobody looked, or nobody could tell."""


class Operator(StrEnum):
    """How the stated value relates to the real one."""

    EQ = "="
    LE = "<="
    GE = ">="
    LT = "<"
    GT = ">"
    ABOUT = "~"


class Method(StrEnum):
    """How a value was found."""

    TAPE = "tape"
    LASER = "laser"
    INCLINOMETER = "inclinometer"
    PHOTO_MEASURE = "photo_measure"
    ESTIMATE = "estimate"
    DOCUMENT = "document"
    CLAIMED = "claimed"


class Grade(StrEnum):
    """What an answer is worth as evidence."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    CLAIMED = "claimed"

    @property
    def rank(self) -> int:
        """Claimed 0, estimated 1, measured 2."""
        return _GRADE_RANK[self]


class Confidence(StrEnum):
    """How far a fact or a verdict can be relied on."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Low 0, medium 1, high 2."""
        return _CONFIDENCE_RANK[self]


_GRADE_RANK = {Grade.CLAIMED: 0, Grade.ESTIMATED: 1, Grade.MEASURED: 2}
_CONFIDENCE_RANK = {Confidence.LOW: 0, Confidence.MEDIUM: 1, Confidence.HIGH: 2}

_GRADES: Mapping[Method | None, Grade] = {
    Method.TAPE: Grade.MEASURED,
    Method.LASER: Grade.MEASURED,
    Method.INCLINOMETER: Grade.MEASURED,
    Method.PHOTO_MEASURE: Grade.MEASURED,
    Method.ESTIMATE: Grade.ESTIMATED,
    Method.DOCUMENT: Grade.CLAIMED,
    Method.CLAIMED: Grade.CLAIMED,
}


Value = int | str | bool


def grade_of(method: Method | None, *, is_measure: bool) -> Grade:
    """Return what an answer is worth; what is seen and not measured is as good as measured."""
    if not is_measure and method not in {Method.DOCUMENT, Method.CLAIMED}:
        return Grade.MEASURED
    return _GRADES.get(method, Grade.ESTIMATED)


# How far a reading may be off, by method: lengths in mm, slopes in permille. A tape, a laser and
# a drawing are taken as read, as building control does; the limits already allow for them.
# A phone's inclinometer is good to about half a degree (general knowledge, marked P).
_MARGIN_MM: Mapping[Method, int] = {Method.PHOTO_MEASURE: 30, Method.ESTIMATE: 100}
_MARGIN_PERMILLE: Mapping[Method, int] = {
    Method.INCLINOMETER: 10,
    Method.PHOTO_MEASURE: 20,
    Method.ESTIMATE: 30,
}
_AS_READ = frozenset({Method.TAPE, Method.LASER, Method.DOCUMENT})
_NEGLIGIBLE_MM = 10


def margin(method: Method | None, unit: str, precision: int | None) -> int:
    """Return by how much a reading may be off, in `unit` (`mm` or `permille`; others are 0).

    A stated precision replaces the usual one of the method. The reading error of a tape, a
    laser or a drawing up to 10 mm is negligible.
    """
    if unit == "mm":
        if method in _AS_READ:
            return precision if precision and precision > _NEGLIGIBLE_MM else 0
        usual = _MARGIN_MM.get(method, 0) if method else 0
    elif unit == "permille":
        usual = _MARGIN_PERMILLE.get(method, 0) if method else 0
    else:
        return 0
    return usual if precision is None else precision


@dataclass(frozen=True, slots=True)
class Span:
    """All that an answer proves about a number: it lies in `low..high`, `None` is open."""

    low: int | None
    high: int | None

    @property
    def exact(self) -> int | None:
        """The number where it is known exactly."""
        return self.low if self.low == self.high else None


def span_of(value: int, operator: Operator, off_by: int) -> Span:
    """Return what `operator value`, off by at most `off_by`, proves about an integer quantity."""
    match operator:
        case Operator.LE:
            return Span(None, value)
        case Operator.LT:
            return Span(None, value - 1)
        case Operator.GE:
            return Span(value, None)
        case Operator.GT:
            return Span(value + 1, None)
        case Operator.EQ | Operator.ABOUT:
            return Span(value - off_by, value + off_by)


@dataclass(frozen=True, slots=True)
class Observation:
    """One person's answer about one field; lengths in mm, slopes in permille."""

    id: UUID
    field: str
    element_id: UUID | None
    """`None`: the answer is about the place itself."""
    state: State
    observed_at: datetime
    author_id: UUID
    operator: Operator = Operator.EQ
    value: Value | None = None
    precision: int | None = None
    method: Method | None = None
    photo_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many people stand behind a fact and against it; each person counts once."""

    authors: int = 1
    """People whose own observation gives the same answer."""
    agree: int = 0
    disagree: int = 0
    unsure: int = 0
    conflicting: int = 0
    """People whose own observation gives another answer."""
    disputed: bool = False
    """Most voters once said that it is wrong; only a newer observation settles that."""

    @property
    def confirmed(self) -> bool:
        """Whether somebody other than the first author stands behind it, and most do."""
        supporters = self.authors - 1 + self.agree
        return supporters >= 1 and supporters > self.disagree + self.conflicting

    def as_json(self) -> dict[str, int | bool]:
        """Return the stored form."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Agreement":
        """Return what `as_json` stored; an empty object is one author and no votes."""
        known = {item.name for item in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


ONE_AUTHOR = Agreement()


@dataclass(frozen=True, slots=True)
class Fact:
    """The current answer about one field of one element, with the evidence behind it."""

    field: str
    state: State
    observed_at: datetime
    operator: Operator = Operator.EQ
    value: Value | None = None
    precision: int | None = None
    method: Method | None = None
    expires_at: datetime | None = None
    """From this moment it proves nothing good any more."""
    confidence: Confidence = Confidence.LOW
    agreement: Agreement = ONE_AUTHOR
    evidence: tuple[UUID, ...] = ()
    """Observations it rests on, the deciding one first."""

    @property
    def known(self) -> bool:
        """Whether it says anything at all; it may be stale."""
        return self.state is not State.UNKNOWN

    def known_at(self, moment: datetime) -> bool:
        """Whether it says something that still counts at `moment`, good news included."""
        return self.known and not self.stale_at(moment)

    def stale_at(self, moment: datetime) -> bool:
        """Whether good news from it no longer counts: expired, or disputed by most voters.

        Bad news stays until somebody sees otherwise: a lift reported broken is not opened by
        the calendar.
        """
        expired = self.expires_at is not None and moment >= self.expires_at
        return expired or self.agreement.disputed
