"""Measurements against clauses: result, source, date, conflict."""

from datetime import UTC, date, datetime

import pytest

from audits.catalogue import latest
from audits.norms import (
    NormAnswer,
    NormResult,
    check_norms,
    find_clause,
    find_conflicts,
    list_norms,
)
from geo.mobility import Mark
from tests.support.verdict_cases import make_facts

AT = datetime(2026, 11, 22, tzinfo=UTC)


def _answers(
    facts: dict[str, object], permit: date | None = date(2021, 5, 1)
) -> dict[str, NormAnswer]:
    found = check_norms(make_facts(facts), permit_date=permit, at=AT)
    return {answer.norm.id: answer for answer in found}


def test_every_norm_names_a_known_field_and_answer() -> None:
    """Norms and questions fit together."""
    fields = latest().fields
    for norm in list_norms():
        item = fields[norm.field]
        if norm.operator == "in":
            assert isinstance(norm.value, tuple)
            assert set(norm.value) <= set(item.choices), norm.id
        if norm.when is not None:
            assert norm.when.field in fields
        assert norm.clause
        assert isinstance(norm.mark, Mark)


def test_vector_3_two_sources_disagree_about_a_ramp() -> None:
    """7.5 %, rise 0.6: deviates from K unless cramped; D of 2019 conforms, its rise deviates."""
    answers = _answers(
        {"entrance.level_change": 600, "ramp.slope": 75, "ramp.rise_per_flight": 600}
    )
    assert answers["ramp_slope"].result is NormResult.DEVIATES
    assert answers["ramp_slope"].relief_possible == "cramped"
    assert answers["ramp_slope_new"].result is NormResult.CONFORMS
    assert answers["ramp_rise"].result is NormResult.DEVIATES
    assert set(find_conflicts(answers.values())) == {"ramp.slope"}


def test_vector_7_an_inequality_is_checkable_where_it_proves() -> None:
    """At most 8.33 %: not checkable against 5 %, conforms to 8.33 %."""
    answers = _answers(
        {"entrance.level_change": 600, "ramp.slope": {"is": "<=", "value": 83, "by": "claimed"}}
    )
    assert answers["ramp_slope"].result is NormResult.NOT_CHECKABLE
    assert answers["ramp_slope_new"].result is NormResult.CONFORMS


def test_vector_8_a_threshold_of_3_cm_deviates() -> None:
    """1.4 cm is the limit; none at all conforms."""
    assert _answers({"door.threshold": 30})["door_threshold"].result is NormResult.DEVIATES
    none = {"door.threshold": {"state": "absent"}}
    assert _answers(none)["door_threshold"].result is NormResult.CONFORMS


@pytest.mark.parametrize(
    ("permit", "norm", "result"),
    [
        (date(2018, 1, 1), "ramp_slope_old", NormResult.DEVIATES),
        (date(2019, 2, 17), "ramp_slope_old", NormResult.DEVIATES),
        (date(2019, 2, 18), "ramp_slope_new", NormResult.CONFORMS),
        (None, "ramp_slope_new", NormResult.CONFORMS),
    ],
)
def test_the_permit_date_selects_the_version(
    permit: date | None, norm: str, result: NormResult
) -> None:
    """The old figure binds old buildings; without a date the newest is assumed, and said so."""
    answers = _answers({"entrance.level_change": 600, "ramp.slope": 80}, permit)
    assert answers[norm].result is result
    assert answers[norm].date_assumed is (permit is None)
    others = {"ramp_slope_old", "ramp_slope_new"} - {norm}
    assert not others & set(answers)


def test_before_the_code_only_the_older_source_answers() -> None:
    """A building of 2010 is not held against a code of 2015."""
    answers = _answers({"entrance.level_change": 600, "ramp.slope": 45}, date(2010, 1, 1))
    assert set(answers) == {"ramp_slope_old"}


def test_an_unknown_height_leaves_the_slope_open() -> None:
    """Which figure binds depends on the rise."""
    answers = _answers({"ramp.slope": 90})
    assert answers["ramp_slope_new"].result is NormResult.NOT_CHECKABLE
    assert answers["ramp_slope"].result is NormResult.DEVIATES


def test_a_phone_near_the_limit_is_not_checkable() -> None:
    """5 % ± 1 proves neither side of 5 %."""
    slope = {"entrance.level_change": 600, "ramp.slope": {"value": 50, "by": "inclinometer"}}
    assert _answers(slope)["ramp_slope"].result is NormResult.NOT_CHECKABLE


def test_what_was_expected_and_not_measured_is_not_checkable() -> None:
    """A norm asks, nobody measured: that is said, not left out."""
    found = check_norms({}, permit_date=None, at=AT, expected=["door.clear_width"])
    assert [(answer.norm.id, answer.result) for answer in found] == [
        ("door_width", NormResult.NOT_CHECKABLE)
    ]


def test_an_answer_cites_clause_and_mark() -> None:
    """The published form names its source."""
    shown = _answers({"door.clear_width": 880})["door_width"].as_json()
    assert shown["clause"] == "4.3.2.14"
    assert shown["mark"] == "D=K"
    assert shown["required"] == {"operator": ">=", "value": 900}
    assert shown["result"] == "deviates"
    assert find_clause("door.clear_width", AT.date()) == "СП РК 3.06-101-2012* 4.3.2.14"
    assert find_clause("family.high_chair", AT.date()) is None


def test_sideways_tilt_counts_both_ways() -> None:
    """A negative cross slope is as steep as a positive one."""
    assert _answers({"path.slope_cross": -30})["path_cross"].result is NormResult.DEVIATES
    assert _answers({"path.slope_cross": -20})["path_cross"].result is NormResult.CONFORMS
