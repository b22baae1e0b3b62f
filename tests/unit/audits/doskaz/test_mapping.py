"""Every key of the three forms is taken over honestly, or left out for a stated reason."""

import pytest

from audits.catalogue import load_catalogue
from audits.doskaz.mapping import (
    Claim,
    FlagCode,
    Form,
    Reply,
    Translation,
    load_mapping,
    translate,
)
from audits.observations import Operator, State

YES, NO, UNKNOWN, NOT_PROVIDED = Reply.YES, Reply.NO, Reply.UNKNOWN, Reply.NOT_PROVIDED

# The keys of the form's own configuration: small, then what middle adds, then what full adds.
_KEYS = {
    "parking": ("1", "1 2 3 4 5 6 7 9 10", "11 12 13 14 15 16 17 18 22 23 24"),
    "entrance": (
        "1 30 31 1000 1001 1002",
        (
            "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 60 19 20 21 22 23 24 25 26 27 28 29 30 "
            "31 32 34 35 36 37 38 40"
        ),
        "41 42 43 47 49 50 51 52 54 55 56 57 58",
    ),
    "movement": (
        "1 6 7 1000 1001",
        (
            "1 2 3 4 5 6 7 8 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 30 31 27 28 29 32 "
            "70 33 34 35 36"
        ),
        "41 42 43 45 47 48 53 54 55 56 57 58 60 61 62 63",
    ),
    "service": ("1000", "1 2 3 4 5", "7 8 9 10 11 12 13"),
    "toilet": (
        "1000",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 18 19 20 30 33 50",
        "21 22 23 24 25 26 27 28 29 31 32",
    ),
    "navigation": ("1000", "1 4 5 6 13 15", "2 3 7 8 9 10 11 12 14 16 17 18 19 20 21"),
    "serviceAccessibility": ("2", "1 2 3 4 5 6 7", ""),
    "kidsAccessibility": ("1", "1 2 3 4 5 6 7 8 9 10", ""),
}
_QUESTIONS = {Form.SMALL: 17, Form.MIDDLE: 134, Form.FULL: 207}


def _keys(zone: str, form: Form) -> set[str]:
    small, middle, more = (set(keys.split()) for keys in _KEYS[zone])
    return {Form.SMALL: small, Form.MIDDLE: middle, Form.FULL: middle | more}[form]


def _claim(said: Translation, field: str) -> Claim | None:
    return next((claim for claim in said.claims if claim.field == field), None)


def _flags(said: Translation) -> dict[str, FlagCode]:
    return {flag.field: flag.code for flag in said.flags}


@pytest.mark.parametrize("form", Form)
def test_every_key_is_mapped_or_left_out_with_a_reason(form: Form) -> None:
    """No key of a form is forgotten, and none is in the mapping that the form does not ask."""
    mapping = load_mapping()
    asked = 0
    for zone in _KEYS:
        for key in _keys(zone, form):
            question = mapping.find(zone, key, form)
            assert question is not None, f"{zone} {key} of {form}"
            assert question.rules or (question.skip and len(question.skip) > 10)
        known = {q.key.split("@")[0] for q in mapping.questions.values() if q.zone == zone}
        found = {key for key in known if mapping.find(zone, key, form)}
        assert found == _keys(zone, form)
        asked += len(found)
    assert asked == _QUESTIONS[form]


@pytest.mark.parametrize(
    ("field", "yes", "no"),
    [
        ("30", ("door.clear_width", Operator.GE, 900), ("door.clear_width", Operator.LT, 900)),
        ("31", ("door.threshold", Operator.LE, 14), ("door.threshold", Operator.GT, 14)),
        ("15", ("ramp.width", Operator.GE, 1200), ("ramp.width", Operator.LT, 1200)),
        ("60", ("ramp.slope", Operator.LE, 83), ("ramp.slope", Operator.GT, 83)),
        ("18", ("ramp.slope", Operator.LE, 100), ("ramp.slope", Operator.GT, 50)),
    ],
)
def test_an_answer_proves_an_inequality(
    field: str, yes: tuple[str, Operator, int], no: tuple[str, Operator, int]
) -> None:
    """A yes or no to a threshold question says on which side of it the value lies."""
    for reply, (name, operator, value) in ((YES, yes), (NO, no)):
        claim = _claim(translate("entrance", Form.MIDDLE, {field: reply}), name)
        assert claim == Claim(name, State.VALUE, operator, value)


def test_two_thresholds_of_one_quantity_enclose_it() -> None:
    """Steeper than 1:20 but not than 1:12; wider than 0.9 m but not than 1.2 m."""
    slope = _claim(translate("entrance", Form.FULL, {"18": NO, "60": YES}), "ramp.slope")
    assert slope == Claim("ramp.slope", State.VALUE, Operator.ABOUT, 67, 16)
    door = _claim(translate("toilet", Form.FULL, {"50": YES, "5": NO}), "wc.door_width")
    assert door is not None
    assert isinstance(door.value, int)
    assert door.precision is not None
    assert door.value - door.precision == 900


def test_answers_that_exclude_each_other_stay_unknown() -> None:
    """A toilet door of 1.2 m that is no 0.9 m wide is a mistake, not a measure."""
    said = translate("toilet", Form.MIDDLE, {"5": YES, "50": NO})
    assert _claim(said, "wc.door_width") == Claim("wc.door_width", State.UNKNOWN)
    assert _flags(said) == {"wc.door_width": FlagCode.CONTRADICTORY}


def test_a_level_door_with_a_ramp_is_not_believed() -> None:
    """A door at ground level and a ramp with rails up to it: the height is unknown."""
    said = translate("entrance", Form.MIDDLE, {"1": YES, "20": YES})
    assert _claim(said, "entrance.level_change") == Claim("entrance.level_change", State.UNKNOWN)
    assert _flags(said)["entrance.level_change"] is FlagCode.CONTRADICTORY


def test_unknown_stays_unknown_without_a_flag() -> None:
    """Their own "unknown" needs nobody's attention."""
    said = translate("entrance", Form.SMALL, {"30": UNKNOWN})
    assert said == Translation((Claim("door.clear_width", State.UNKNOWN),), ())


def test_not_provided_means_absent_where_existence_is_asked() -> None:
    """No call button is an answer; the width of a bay that is not there is no question."""
    call = _claim(translate("entrance", Form.SMALL, {"1002": NOT_PROVIDED}), "call.present")
    assert call == Claim("call.present", State.ABSENT)
    door = _claim(translate("entrance", Form.SMALL, {"30": NOT_PROVIDED}), "door.clear_width")
    assert door == Claim("door.clear_width", State.NOT_APPLICABLE)


def test_an_ambiguous_answer_is_flagged() -> None:
    """No rail on both sides may still be one rail; a lift or a platform is one of two things."""
    rails = translate("entrance", Form.MIDDLE, {"7": NO})
    assert _claim(rails, "stairs.handrail") == Claim("stairs.handrail", State.UNKNOWN)
    assert _flags(rails) == {"stairs.handrail": FlagCode.AMBIGUOUS}
    lift = translate("movement", Form.SMALL, {"1001": YES})
    assert {claim.state for claim in lift.claims} == {State.UNKNOWN}


def test_a_part_is_absent_when_nothing_about_it_is_provided() -> None:
    """A whole block of "not provided" means no ramp; a single answer does not."""
    ramp = "11 12 13 14 15 16 17 18 60 19 20 21 22".split()  # noqa: SIM905 - as the form lists them
    gone = translate("entrance", Form.MIDDLE, dict.fromkeys(ramp, NOT_PROVIDED))
    assert _claim(gone, "ramp.kind") == Claim("ramp.kind", State.ABSENT)
    one = translate("entrance", Form.MIDDLE, {"15": NOT_PROVIDED})
    assert _claim(one, "ramp.kind") is None


def test_one_key_means_two_things_in_two_forms() -> None:
    """Navigation key 4 is Braille in the middle form and evacuation signs in the full one."""
    assert _claim(translate("navigation", Form.MIDDLE, {"4": YES}), "info.braille") is not None
    assert translate("navigation", Form.FULL, {"4": YES}).claims == ()


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("reply", Reply)
def test_whatever_is_claimed_fits_the_catalogue(form: Form, reply: Reply) -> None:
    """Values lie in range, choices exist, and no claim carries more than the answer said."""
    catalogue = load_catalogue(load_mapping().catalogue)
    for zone in _KEYS:
        for claim in translate(zone, form, dict.fromkeys(_keys(zone, form), reply)).claims:
            item = catalogue.fields[claim.field]
            assert (claim.state is State.VALUE) is (claim.value is not None)
            if item.choices and claim.value is not None:
                assert claim.value in item.choices
            if item.low is not None and item.high is not None and claim.value is not None:
                assert item.low <= int(claim.value) <= item.high
            if reply is UNKNOWN:
                assert claim.state is State.UNKNOWN
