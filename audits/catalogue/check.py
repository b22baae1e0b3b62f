"""Whether answers fit the catalogue: typed problems with JSON pointers.

Refuses only what cannot be true or cannot be stored (wrong unit, a 900 m door, NaN, an unknown
field, an answer to a question that does not apply). What is merely odd is a flag of
`audits.arrival`.
"""

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from audits.catalogue.model import PLACE, Catalogue, Field, FieldType, applies
from audits.observations import Method, Operator, State

_MAX_TEXT = 2000
_FLOORS = re.compile(r"^-?\d{1,3}(?:-\d{1,3})?(?:,-?\d{1,3}(?:-\d{1,3})?)*$")


class ProblemCode(StrEnum):
    """What is wrong with an answer; each code has a text in every language."""

    UNKNOWN_FIELD = "unknown_field"
    WRONG_ELEMENT = "wrong_element"
    WRONG_STATE = "wrong_state"
    WRONG_OPERATOR = "wrong_operator"
    WRONG_METHOD = "wrong_method"
    WRONG_UNIT = "wrong_unit"
    VALUE_MISSING = "value_missing"
    VALUE_SURPLUS = "value_surplus"
    NOT_A_NUMBER = "not_a_number"
    NOT_AN_INTEGER = "not_an_integer"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_BOOL = "not_a_bool"
    NOT_A_DATE = "not_a_date"
    NOT_FLOORS = "not_floors"
    BAD_TEXT = "bad_text"
    BAD_PRECISION = "bad_precision"
    NOT_APPLICABLE = "not_applicable"
    ANSWERED_TWICE = "answered_twice"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where."""

    code: ProblemCode
    pointer: str
    """JSON pointer to the offending member, such as `/observations/3/value`."""
    field: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def message_key(self) -> str:
        """Key of the text in the catalogue's texts; `params` fill it."""
        return f"problem.{self.code.value}"

    def as_json(self) -> dict[str, Any]:
        """Return the plain form for an error answer."""
        return {
            "code": self.code.value,
            "pointer": self.pointer,
            "field": self.field,
            "params": dict(self.params),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as received, nothing in it trusted yet."""

    field: str
    element_id: object = None
    """Anything hashable that tells elements apart; `None` for the place itself."""
    element_kind: str = PLACE
    state: str = State.VALUE
    value: object = None
    operator: str | None = None
    precision: object = None
    method: str | None = None
    unit: str | None = None
    """Optional; when given it must be the field's own unit."""


def check_answers(
    catalogue: Catalogue, answers: Sequence[Answer], pointer: str = "/observations"
) -> tuple[Problem, ...]:
    """Return everything that is wrong with a list of answers, in the order of the list."""
    given = _given(answers)
    seen: set[tuple[object, str]] = set()
    problems: list[Problem] = []
    for number, answer in enumerate(answers):
        here = f"{pointer}/{number}"
        if (answer.element_id, answer.field) in seen:
            problems.append(Problem(ProblemCode.ANSWERED_TWICE, here, answer.field))
            continue
        seen.add((answer.element_id, answer.field))
        context = {**given.get(None, {}), **given.get(answer.element_id, {})}
        problems += check_observation(catalogue, answer, here, context)
    return tuple(problems)


def check_observation(
    catalogue: Catalogue,
    answer: Answer,
    pointer: str = "",
    context: Mapping[str, object] | None = None,
) -> tuple[Problem, ...]:
    """Return what is wrong with one answer.

    `context` holds the other answers about the same element (field to value, `None` = absent);
    it decides whether the question applies.
    """
    item = catalogue.find(answer.field)
    if item is None:
        return (Problem(ProblemCode.UNKNOWN_FIELD, f"{pointer}/field", answer.field),)
    found = [*_check_frame(item, answer), *_check_content(item, answer)]
    if _says_something(answer) and applies(item, context or {}) is False:
        needed = [condition.as_json() for condition in item.when]
        found.append((ProblemCode.NOT_APPLICABLE, "/field", {"applies_when": needed}))
    return tuple(
        Problem(code, f"{pointer}{member}", answer.field, params) for code, member, params in found
    )


def _says_something(answer: Answer) -> bool:
    """Whether it claims more than "there is none": zero steps fit a level entrance too."""
    return answer.state == State.VALUE and answer.value not in (0, False, "none")


_Found = tuple[ProblemCode, str, dict[str, Any]]


def _given(answers: Iterable[Answer]) -> dict[object, dict[str, object]]:
    given: dict[object, dict[str, object]] = {}
    for answer in answers:
        known = given.setdefault(answer.element_id, {})
        if answer.state == State.VALUE and answer.operator in {None, Operator.EQ, Operator.GE}:
            known[answer.field] = answer.value
        elif answer.state == State.ABSENT:
            known[answer.field] = None
    return given


def _check_frame(item: Field, answer: Answer) -> list[_Found]:
    """Check everything around the value."""
    found: list[_Found] = []
    if answer.element_kind not in item.elements:
        expected = {"expected": list(item.elements), "given": answer.element_kind}
        found.append((ProblemCode.WRONG_ELEMENT, "/element_id", expected))
    if answer.state not in set(State):
        found.append((ProblemCode.WRONG_STATE, "/state", {"given": answer.state}))
    if answer.method is not None and answer.method not in set(Method):
        found.append((ProblemCode.WRONG_METHOD, "/method", {"given": answer.method}))
    if answer.unit is not None and answer.unit != item.type.unit:
        found.append(
            (ProblemCode.WRONG_UNIT, "/unit", {"expected": item.type.unit, "given": answer.unit})
        )
    if answer.operator is not None and not _operator_fits(item, answer.operator):
        found.append((ProblemCode.WRONG_OPERATOR, "/operator", {"given": answer.operator}))
    if answer.precision is not None and not _precision_fits(item, answer.precision):
        found.append((ProblemCode.BAD_PRECISION, "/precision", {}))
    return found


def _operator_fits(item: Field, operator: str) -> bool:
    return operator in set(Operator) and (item.type.is_number or operator == Operator.EQ)


def _precision_fits(item: Field, precision: object) -> bool:
    if isinstance(precision, bool) or not isinstance(precision, int) or precision < 0:
        return False
    return item.type.is_number and (item.high is None or precision <= item.high)


def _check_content(item: Field, answer: Answer) -> list[_Found]:
    if answer.state != State.VALUE:
        surplus = answer.value is not None and answer.state in set(State)
        return [(ProblemCode.VALUE_SURPLUS, "/value", {})] if surplus else []
    if answer.value is None:
        return [(ProblemCode.VALUE_MISSING, "/value", {})]
    if item.type.is_number:
        return _check_number(item, answer.value)
    problem = _CHECKS[item.type](item, answer.value)
    return [] if problem is None else [(problem[0], "/value", problem[1])]


def _check_number(item: Field, value: object) -> list[_Found]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [(ProblemCode.NOT_A_NUMBER, "/value", {"unit": item.type.unit})]
    if isinstance(value, float):
        if not math.isfinite(value):
            return [(ProblemCode.NOT_A_NUMBER, "/value", {"unit": item.type.unit})]
        return [(ProblemCode.NOT_AN_INTEGER, "/value", {"unit": item.type.unit, "given": value})]
    if item.low is None or item.high is None or item.low <= value <= item.high:
        return []
    bounds = {"low": item.low, "high": item.high, "unit": item.type.unit, "given": value}
    return [(ProblemCode.OUT_OF_RANGE, "/value", bounds)]


_Wrong = tuple[ProblemCode, dict[str, Any]] | None


def _check_bool(_: Field, value: object) -> _Wrong:
    return None if isinstance(value, bool) else (ProblemCode.NOT_A_BOOL, {})


def _check_choice(item: Field, value: object) -> _Wrong:
    if isinstance(value, str) and value in item.choices:
        return None
    return ProblemCode.NOT_A_CHOICE, {"choices": list(item.choices)}


def _check_text(_: Field, value: object) -> _Wrong:
    fits = isinstance(value, str) and value.strip() != "" and len(value) <= _MAX_TEXT
    return None if fits and "\x00" not in str(value) else (ProblemCode.BAD_TEXT, {"max": _MAX_TEXT})


def _check_date(_: Field, value: object) -> _Wrong:
    try:
        date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return ProblemCode.NOT_A_DATE, {}
    return None


def _check_floors(_: Field, value: object) -> _Wrong:
    fits = isinstance(value, str) and _FLOORS.match(value.replace(" ", ""))
    return None if fits else (ProblemCode.NOT_FLOORS, {})


_CHECKS = {
    FieldType.BOOL: _check_bool,
    FieldType.CHOICE: _check_choice,
    FieldType.TEXT: _check_text,
    FieldType.HOURS: _check_text,
    FieldType.DATE: _check_date,
    FieldType.FLOORS: _check_floors,
}
