"""Hold facts against the norms in force on the day of the building permit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from audits.catalogue import latest
from audits.norms.load import Norm, Wanted, list_norms
from audits.observations import Fact, Span, State, margin, span_of

NO_FACTS: Mapping[str, Fact] = MappingProxyType({})
_RISES = ("ramp.rise_per_flight", "entrance.level_change", "inner_ramp.rise_per_flight")


class NormResult(StrEnum):
    """The answer to "does it meet the norm?"."""

    CONFORMS = "conforms"
    DEVIATES = "deviates"
    NOT_CHECKABLE = "not_checkable"
    """Not measured, or not exactly enough to tell."""


@dataclass(frozen=True, slots=True)
class NormAnswer:
    """One clause answered for one fact."""

    norm: Norm
    result: NormResult
    fact: Fact | None
    date_assumed: bool
    """No permit date is known, so the newest version was taken."""
    relief_possible: str | None = None
    """It deviates, but a decision on this exception would make it conform."""

    def as_json(self) -> dict[str, Any]:
        """Return the published form with clause and mark."""
        value = self.norm.value
        return {
            "norm": self.norm.id,
            "field": self.norm.field,
            "result": self.result.value,
            "required": {
                "operator": self.norm.operator,
                "value": list(value) if isinstance(value, tuple) else value,
            },
            "measured": None if self.fact is None else self.fact.value,
            "operator": None if self.fact is None else self.fact.operator.value,
            "document": self.norm.document,
            "clause": self.norm.clause,
            "mark": self.norm.mark.value,
            "date_assumed": self.date_assumed,
            "exception": self.relief_possible,
        }


def check_norms(
    facts: Mapping[str, Fact],
    *,
    permit_date: date | None,
    at: datetime,
    context: Mapping[str, Fact] = NO_FACTS,
    expected: Iterable[str] = (),
) -> tuple[NormAnswer, ...]:
    """Answer every norm in force about the facts of one part of a place.

    `context` holds facts of what the part belongs to (the height at a ramp's entrance, the
    ownership of the place). `expected` names further fields that a norm asks for but nobody
    measured; they are `not_checkable`. Without a permit date the version in force `at` counts
    and the answers say that the date is assumed.
    """
    day = permit_date or at.date()
    asked = set(expected)
    around = {**context, **facts}
    answers = []
    for norm in list_norms():
        fact = facts.get(norm.field)
        if not norm.in_force(day) or (fact is None and norm.field not in asked):
            continue
        if fact is not None and fact.state is State.NOT_APPLICABLE:
            continue
        applies = _applies(norm, around)
        if applies is False:
            continue
        result = NormResult.NOT_CHECKABLE if applies is None else _result(norm, fact)
        answers.append(
            NormAnswer(
                norm=norm,
                result=result,
                fact=fact,
                date_assumed=permit_date is None,
                relief_possible=_relief(norm, result, fact, around),
            )
        )
    return tuple(answers)


def find_conflicts(answers: Iterable[NormAnswer]) -> dict[str, tuple[NormAnswer, ...]]:
    """Return the fields on which norms in force disagree: one conforms, another deviates."""
    by_field: dict[str, list[NormAnswer]] = defaultdict(list)
    for answer in answers:
        by_field[answer.norm.field].append(answer)
    conflicts = {}
    for field, found in by_field.items():
        results = {answer.result for answer in found}
        sources = {answer.norm.document for answer in found}
        if {NormResult.CONFORMS, NormResult.DEVIATES} <= results and len(sources) > 1:
            conflicts[field] = tuple(found)
    return conflicts


def _result(norm: Norm, fact: Fact | None) -> NormResult:
    if fact is None or not fact.known:
        return NormResult.NOT_CHECKABLE
    holds = _holds(fact, norm.operator, norm.value)
    if holds is None:
        return NormResult.NOT_CHECKABLE
    return NormResult.CONFORMS if holds else NormResult.DEVIATES


def _applies(norm: Norm, facts: Mapping[str, Fact]) -> bool | None:
    if norm.when is None:
        return True
    fact = facts.get(norm.when.field)
    if fact is None or not fact.known:
        return None
    return _holds(fact, norm.when.operator, norm.when.value)


def _holds(fact: Fact, operator: str, wanted: Wanted) -> bool | None:
    """Return whether a fact satisfies a requirement, `None` when it proves neither."""
    if isinstance(wanted, tuple):
        return fact.state is State.VALUE and fact.value in wanted
    if isinstance(wanted, bool):
        return fact.state is State.VALUE and fact.value is wanted
    span = _span(fact)
    return None if span is None else _compare(span, operator, wanted)


def _span(fact: Fact) -> Span | None:
    item = latest().find(fact.field)
    if item is None:
        return None
    if fact.state is State.ABSENT:
        # No threshold, no kerb: nothing to roll over. A width of something absent says nothing.
        return Span(0, 0) if item.low == 0 else None
    if isinstance(fact.value, (bool, str)) or fact.value is None:
        return None
    off_by = margin(fact.method, item.type.unit, fact.precision)
    return span_of(fact.value, fact.operator, off_by)


def _compare(span: Span, operator: str, wanted: int) -> bool | None:
    if operator == "abs<=":
        low_fits = _compare(span, ">=", -wanted)
        high_fits = _compare(span, "<=", wanted)
        if low_fits is False or high_fits is False:
            return False
        return None if low_fits is None or high_fits is None else True
    if operator in {"<", ">"}:
        wanted += 1 if operator == ">" else -1
        operator = f"{operator}="
    if operator == "<=":
        return _proven(span.high is not None and span.high <= wanted, span.low, wanted, below=True)
    return _proven(span.low is not None and span.low >= wanted, span.high, wanted, below=False)


def _proven(fits: bool, other: int | None, wanted: int, *, below: bool) -> bool | None:  # noqa: FBT001 - read in one place
    if fits:
        return True
    if other is None:
        return None
    fails = other > wanted if below else other < wanted
    return False if fails else None


def _relief(
    norm: Norm, result: NormResult, fact: Fact | None, facts: Mapping[str, Fact]
) -> str | None:
    """Return the exception that would cover a deviation, where what is known allows it."""
    if result is not NormResult.DEVIATES or norm.relief is None or fact is None:
        return None
    span = _span(fact)
    if span is None or _compare(span, norm.operator, norm.relief.value) is not True:
        return None
    if norm.relief.rise_up_to_mm is None:
        return norm.relief.key
    rise = next((facts[name] for name in _RISES if name in facts and facts[name].known), None)
    low = None if rise is None else _span(rise)
    fits = low is None or _compare(low, "<=", norm.relief.rise_up_to_mm) is not False
    return norm.relief.key if fits else None
