"""Their own score, told as their rules made it, for the table of before and after only."""

import pytest

from audits.doskaz.mapping import Form, Reply
from audits.doskaz.objects import DoskazObject, Zone
from audits.doskaz.score import Group, Score, score_object

YES, NO, UNKNOWN, NOT_PROVIDED = Reply.YES, Reply.NO, Reply.UNKNOWN, Reply.NOT_PROVIDED


def _object(form: Form, **zones: dict[str, Reply]) -> DoskazObject:
    return DoskazObject(
        row=1,
        key="1",
        form=form,
        name="Школа",
        other_names=(),
        description="",
        address="",
        category="",
        lon=76.9,
        lat=43.2,
        zones={name: Zone(replies) for name, replies in zones.items()},
    )


@pytest.mark.parametrize(
    ("reply", "score"),
    [(YES, Score.FULL), (UNKNOWN, Score.UNKNOWN), (NOT_PROVIDED, Score.NOT_PROVIDED)],
)
def test_one_kind_of_answer_gives_one_score(reply: Reply, score: Score) -> None:
    """All yes is full, all unknown is unknown, all not provided is not provided."""
    keys = ["1", "30", "31", "1000", "1001", "1002"]
    found = _object(Form.SMALL, entrance1=dict.fromkeys(keys, reply))
    assert set(score_object(found).values()) == {score}


def test_an_entrance_that_is_not_accessible_decides() -> None:
    """No level door, no ramp, no lift: not accessible by wheelchair whatever else there is."""
    door = {"1": NO, "1000": NO, "1001": NO, "30": YES, "31": YES, "1002": YES}
    found = _object(Form.SMALL, entrance1=door, service={"1000": YES})
    scores = score_object(found)
    assert scores[Group.MOVEMENT] is Score.NOT
    assert scores[Group.HEARING] is Score.FULL


def test_two_different_entrances_are_partial() -> None:
    """Entrances are averaged before anything else: a mixture is partial."""
    good = dict.fromkeys(["1", "30", "31", "1000", "1001", "1002"], YES)
    bad = dict.fromkeys(["1", "1000", "1001"], NO)
    found = _object(Form.SMALL, entrance1=good, entrance2=bad)
    assert score_object(found)[Group.MOVEMENT] is Score.PARTIAL


def test_a_level_entrance_without_a_ramp_is_not_accessible_there() -> None:
    """The contradiction of their rules is shown as it is, not repaired."""
    door = {"1": YES, "18": NOT_PROVIDED, "60": NOT_PROVIDED, "23": NOT_PROVIDED, "30": YES}
    found = _object(Form.MIDDLE, entrance1=door)
    assert score_object(found)[Group.MOVEMENT] is Score.NOT
    assert score_object(found)[Group.LIMB] is Score.FULL


def test_zones_that_are_not_provided_are_dropped() -> None:
    """A missing car park does not lower the rest."""
    good = dict.fromkeys(["1", "30", "31", "1000", "1001", "1002"], YES)
    found = _object(Form.SMALL, entrance1=good, parking={"1": NOT_PROVIDED})
    assert set(score_object(found).values()) == {Score.FULL}


def test_toilets_of_the_full_form_decide_by_rails_and_space() -> None:
    """Rails and side space both: full; one of them: not."""
    both = _object(Form.FULL, toilet={"30": YES, "33": YES, "8": NO})
    one = _object(Form.FULL, toilet={"30": YES, "33": NO, "8": YES})
    assert score_object(both)[Group.MOVEMENT] is Score.FULL
    assert score_object(one)[Group.MOVEMENT] is Score.NOT
