"""Facts that places are looked for by: yes needs proof, no is proven too, the rest is unknown."""

import pytest

from audits.verdicts import list_features
from audits.verdicts.badges import badge_names, list_badges
from geo.places.features import (
    OTHER_NAMES,
    Feature,
    FeatureSource,
    FeatureValue,
    FeatureWanted,
    UnknownFeatureError,
    list_known,
    read_wanted,
)
from tests.support.machine import ROOT
from tests.support.verdict_cases import NOW, base_answers, make_place

_PERFECT = base_answers("perfect")
_TOILET = {"wc.door_width": 950, "wc.side_space_left": 800, "wc.rails": "both"}
_STEPS = {"entrance.level_change": 300, "stairs.count": 2, "ramp.kind": {"state": "absent"}}


def _values(answers: dict[str, object]) -> dict[str, str]:
    found = list_features(make_place(answers), now=NOW)
    return {feature.value: it.value.value for feature, it in found.items()}


@pytest.mark.parametrize(
    ("answers", "feature", "value"),
    [
        (_TOILET, "wc_wheelchair", "yes"),
        ({**_TOILET, "wc.door_width": 700}, "wc_wheelchair", "no"),
        ({**_TOILET, "wc.rails": "none"}, "wc_wheelchair", "no"),
        ({**_TOILET, "wc.side_space_left": 300}, "wc_wheelchair", None),
        (_TOILET | {"wc.side_space_left": 300, "wc.side_space_right": 300}, "wc_wheelchair", "no"),
        ({"wc.present": False}, "wc_wheelchair", "no"),
        ({"wc.present": True}, "wc_wheelchair", None),
        ({"lift.present": True, "lift.state": "working"}, "lift_working", "yes"),
        ({"lift.present": True, "lift.state": "out_of_order"}, "lift_working", "no"),
        ({"lift.present": False}, "lift_working", "no"),
        ({"lift.present": True}, "lift_working", None),
        ({"hearing.loop": "fixed"}, "hearing_loop", "yes"),
        ({"hearing.loop": "none"}, "hearing_loop", "no"),
        ({"hearing.loop": {"value": "fixed", "days": 900}}, "hearing_loop", None),
        ({"hearing.loop": {"value": "none", "days": 900}}, "hearing_loop", "no"),
        ({"parking.count_accessible": 2}, "parking", "yes"),
        ({"parking.count_accessible": 0}, "parking", "no"),
        ({"staff.sign_language": "online"}, "sign_language", "yes"),
        ({}, "sign_language", None),
        ({"entrance.level_change": 0, "path.step_count": 0}, "step_free_entrance", "yes"),
        ({"entrance.level_change": 0, "path.step_count": 3}, "step_free_entrance", "no"),
        ({"entrance.level_change": 0}, "step_free_entrance", None),
        ({**_STEPS, "path.step_count": 0}, "step_free_entrance", "no"),
        ({**_STEPS, "ramp.kind": "fixed", "path.step_count": 0}, "step_free_entrance", "yes"),
        (
            {**_STEPS, "ramp.kind": "rail_track", "path.step_count": 0},
            "step_free_entrance",
            "no",
        ),
    ],
)
def test_a_feature_has_three_values(
    answers: dict[str, object], feature: str, value: str | None
) -> None:
    """Unknown is left out; old good news is unknown, old bad news stays."""
    assert _values(answers).get(feature) == value


def test_badges_are_the_features_that_are_true() -> None:
    """A badge and a feature of one name never disagree."""
    answers = {**_PERFECT, **_TOILET, "hearing.loop": "none"}
    good = {name for name, value in _values(answers).items() if value == "yes"}
    assert set(list_badges(make_place(answers), now=NOW)) == good & set(badge_names())
    assert set(badge_names()) == {each.value for each in Feature} - {"step_free_entrance"}


def test_a_feature_says_how_sure_and_until_when() -> None:
    """The weakest and oldest fact behind it counts; a no has no end."""
    found = list_features(make_place({"lift.state": {"value": "working", "days": 3}}), now=NOW)
    lift = found[Feature.LIFT_WORKING]
    assert (NOW - lift.seen_at).days == 3
    assert lift.until is not None
    assert (lift.until - NOW).days == 27
    broken = list_features(make_place({"lift.state": "out_of_order"}), now=NOW)
    assert broken[Feature.LIFT_WORKING].until is None


def test_what_was_audited_wins_over_the_map() -> None:
    """A tag counts only where no audit holds, and says that it is a tag."""
    tags = {"toilets:wheelchair": "yes", "hearing_loop": "no", "capacity:disabled": "4"}
    stored = {
        feature.value: found.as_json()
        for feature, found in list_features(make_place({"wc.present": False}), now=NOW).items()
    }
    known = list_known(stored, tags, now=NOW)
    assert known[Feature.WC_WHEELCHAIR].value is FeatureValue.NO
    assert known[Feature.WC_WHEELCHAIR].source is FeatureSource.AUDITED
    assert known[Feature.HEARING_LOOP].value is FeatureValue.NO
    assert known[Feature.PARKING].source is FeatureSource.MAPPED
    assert known[Feature.PARKING].confidence == "low"
    assert Feature.BRAILLE not in known


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("lift_working", FeatureWanted(Feature.LIFT_WORKING, FeatureValue.YES)),
        ("lift_working:no", FeatureWanted(Feature.LIFT_WORKING, FeatureValue.NO)),
        ("toilets:wheelchair", FeatureWanted(Feature.WC_WHEELCHAIR, FeatureValue.YES)),
        ("toilets:wheelchair:no", FeatureWanted(Feature.WC_WHEELCHAIR, FeatureValue.NO)),
        ("hearing.loop:unknown", FeatureWanted(Feature.HEARING_LOOP, FeatureValue.UNKNOWN)),
    ],
)
def test_facts_are_asked_for_by_name(text: str, wanted: FeatureWanted) -> None:
    """Names of ours, of the catalogue and of OpenStreetMap mean the same."""
    assert read_wanted(text) == wanted


@pytest.mark.parametrize("text", ["", ":", "yes", "lift_working:maybe", "'; DROP", ":yes", "a:b:c"])
def test_an_unknown_fact_is_refused(text: str) -> None:
    """The error names what there is."""
    with pytest.raises(UnknownFeatureError):
        read_wanted(text)


def test_every_name_is_documented() -> None:
    """Who reads the page on finding places can ask for every fact, by any of its names."""
    page = (ROOT / "docs" / "finding.md").read_text(encoding="utf-8")
    for name in [*(feature.value for feature in Feature), *OTHER_NAMES]:
        assert f"`{name}`" in page, name
