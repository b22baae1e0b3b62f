"""Answers that cannot be stored are refused with a pointer and a reason."""

import math

import pytest

from audits.catalogue import Answer, ProblemCode, check_answers, latest
from audits.catalogue.check import check_observation

CATALOGUE = latest()


def _door(**given: object) -> Answer:
    content = {"field": "door.clear_width", "element_kind": "entrance", "value": 900, **given}
    return Answer(**content)


@pytest.mark.parametrize(
    ("answer", "code", "pointer"),
    [
        (_door(value=900_000), ProblemCode.OUT_OF_RANGE, "/o/0/value"),
        (_door(value=90), ProblemCode.OUT_OF_RANGE, "/o/0/value"),
        (_door(value=math.nan), ProblemCode.NOT_A_NUMBER, "/o/0/value"),
        (_door(value=math.inf), ProblemCode.NOT_A_NUMBER, "/o/0/value"),
        (_door(value=0.9), ProblemCode.NOT_AN_INTEGER, "/o/0/value"),
        (_door(value=True), ProblemCode.NOT_A_NUMBER, "/o/0/value"),
        (_door(value="900"), ProblemCode.NOT_A_NUMBER, "/o/0/value"),
        (_door(value=None), ProblemCode.VALUE_MISSING, "/o/0/value"),
        (_door(state="absent"), ProblemCode.VALUE_SURPLUS, "/o/0/value"),
        (_door(state="maybe"), ProblemCode.WRONG_STATE, "/o/0/state"),
        (_door(unit="cm"), ProblemCode.WRONG_UNIT, "/o/0/unit"),
        (_door(operator="!="), ProblemCode.WRONG_OPERATOR, "/o/0/operator"),
        (_door(precision=-1), ProblemCode.BAD_PRECISION, "/o/0/precision"),
        (_door(precision=1.5), ProblemCode.BAD_PRECISION, "/o/0/precision"),
        (_door(method="guess"), ProblemCode.WRONG_METHOD, "/o/0/method"),
        (_door(field="door.colour"), ProblemCode.UNKNOWN_FIELD, "/o/0/field"),
        (_door(element_kind="lift"), ProblemCode.WRONG_ELEMENT, "/o/0/element_id"),
        (_door(field="door.kind", value="trapdoor"), ProblemCode.NOT_A_CHOICE, "/o/0/value"),
        (
            _door(field="door.kind", value="hinged", operator="<="),
            ProblemCode.WRONG_OPERATOR,
            "/o/0/operator",
        ),
        (
            _door(field="entrance.needs_request", value="yes"),
            ProblemCode.NOT_A_BOOL,
            "/o/0/value",
        ),
        (
            Answer("place.permit_date", value="18.02.2019"),
            ProblemCode.NOT_A_DATE,
            "/o/0/value",
        ),
        (Answer("lift.floors_served", value="all"), ProblemCode.NOT_FLOORS, "/o/0/value"),
        (Answer("place.description", value=" "), ProblemCode.BAD_TEXT, "/o/0/value"),
    ],
)
def test_bad_answers_are_named(answer: Answer, code: ProblemCode, pointer: str) -> None:
    """Each fault has its own code and points at the member at fault."""
    problems = check_answers(CATALOGUE, [answer], "/o")
    assert [(problem.code, problem.pointer) for problem in problems] == [(code, pointer)]


def test_good_answers_pass() -> None:
    """All four states, an inequality, a band and a legal zero are stored as they are."""
    answers = [
        Answer("entrance.level_change", 1, "entrance", value=160, unit="mm", method="tape"),
        Answer("ramp.kind", 1, "entrance", value="fixed"),
        Answer("ramp.slope", 1, "entrance", value=83, operator="<="),
        Answer("door.clear_width", 1, "entrance", value=850, operator="~", precision=50),
        Answer("door.threshold", 1, "entrance", state="absent"),
        Answer("call.kind", 1, "entrance", state="unknown"),
        Answer("door.glass_marked", 1, "entrance", state="not_applicable"),
        Answer("lift.floors_served", value="1-5, 7"),
        Answer("place.permit_date", value="2019-02-18"),
    ]
    assert check_answers(CATALOGUE, answers) == ()


def test_contradictory_answers_are_refused_where_they_contradict() -> None:
    """A slope of a ramp that does not exist points at the slope."""
    answers = [
        Answer("ramp.kind", 1, "entrance", state="absent"),
        Answer("ramp.slope", 1, "entrance", value=70),
        Answer("ramp.kind", 2, "entrance", value="fixed"),
        Answer("ramp.slope", 2, "entrance", value=70),
    ]
    problems = check_answers(CATALOGUE, answers, "/observations")
    assert [(problem.code, problem.pointer) for problem in problems] == [
        (ProblemCode.NOT_APPLICABLE, "/observations/1/field")
    ]


def test_saying_there_is_none_is_always_allowed() -> None:
    """Zero steps at a level entrance repeat what is known; that is no contradiction."""
    answers = [
        Answer("entrance.level_change", 1, "entrance", value=0),
        Answer("stairs.count", 1, "entrance", value=0),
        Answer("ramp.kind", 1, "entrance", state="absent"),
    ]
    assert check_answers(CATALOGUE, answers) == ()


def test_the_same_question_twice_is_refused_once() -> None:
    """The second answer is the problem, the first one stays."""
    problems = check_answers(CATALOGUE, [_door(element_id=1), _door(element_id=1, value=800)])
    assert [(problem.code, problem.pointer) for problem in problems] == [
        (ProblemCode.ANSWERED_TWICE, "/observations/1")
    ]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_problem_can_be_said(language: str) -> None:
    """The parameters of a problem fill the text in each language."""
    (problem,) = check_observation(CATALOGUE, _door(value=900_000))
    text = CATALOGUE.text(problem.message_key, language).format(**problem.params)
    assert "900000" in text
    assert problem.as_json()["params"]["high"] == 4000
