"""The rule files: every name exists, every sentence exists in three languages."""

from dataclasses import replace
from datetime import date

import pytest

from audits.catalogue import FieldType, latest
from audits.verdicts import (
    AdaptationStatus,
    Advice,
    OfficialCategory,
    Scope,
    StatusPolicy,
    adaptation_status,
    category_words,
    find_text,
    rules_version,
    texts,
)
from audits.verdicts.badges import badge_names
from audits.verdicts.entrance import Way
from audits.verdicts.inside import read_floors
from audits.verdicts.official import CannotBeAdapted
from audits.verdicts.rules import load_rules, rule_documents
from audits.verdicts.texts import LANGUAGES
from geo.mobility import PROFILES, HelpKind, Profile, Word, limits_for
from geo.places.kinds import PlaceKind

FIELDS = latest().fields
CODE_REASONS = {
    "step_height",
    "steps_count",
    "steps_rail",
    "ramp_slope",
    "lift_missing",
    "lift_floors",
    "lift_closed",
    "stairs_floors",
    "entrance_closed",
}


def test_every_rule_names_fields_answers_and_limits_that_exist() -> None:
    """A typing error in a rule cannot reach a person."""
    for document in rule_documents().values():
        for row in document.get("requirement", []):
            _check_answers(row["field"], row.get("words", {}))
            for words in row.get("words_for", {}).values():
                _check_answers(row["field"], words)
            if "limit" in row:
                limits_for(Profile.DEAF).get(row["limit"])
            for gate in ("when", "unless"):
                if gate in row:
                    _check_gate(row[gate])
            judged = {"limit", "words", "at_least", "at_most"} & set(row)
            assert len(judged) == 1, row["id"]
        for need in document.get("either", []):
            for option in need["options"]:
                _check_answers(option["field"], option["words"])


def _check_answers(field: str, words: dict[str, str]) -> None:
    item = FIELDS[field]
    if item.type is FieldType.CHOICE and words:
        assert set(words) - {"absent"} == set(item.choices), field
    if item.type is FieldType.BOOL and words:
        assert set(words) - {"absent"} == {"true", "false"}, field
    assert {Word(word) for word in words.values()} <= {Word.YES, Word.WITH_HELP, Word.NO}


def _check_gate(gate: dict[str, object]) -> None:
    item = FIELDS[str(gate["field"])]
    assert set(gate.get("in", ())) <= set(item.choices)


def test_a_word_that_needs_help_names_the_help() -> None:
    """No row can give `with_help` without saying which help."""
    for name in rule_documents():
        for profile in PROFILES:
            rules = load_rules(name, profile, "building")
            for rows in rules.parts.values():
                for row in rows:
                    gives_help = row.words is not None and Word.WITH_HELP in row.words.values()
                    assert row.help_kinds or row.is_access or not gives_help, row.id


def test_express_asks_everything_that_entry_needs_of_most_profiles() -> None:
    """What decides the entry of a level door is part of the express form."""
    for profile in PROFILES:
        rules = load_rules("entry", profile, "building")
        for part in ("path", "door", "ramp"):
            for row in rules.rows(part):
                if row.mandatory and row.id != "ramp_load":
                    assert FIELDS[row.field].depth.rank == 0, (profile, row.field)
        for need in rules.eithers:
            for option in need.options:
                assert option.bonus or FIELDS[option.field].depth.rank == 0, option.field


def test_volunteer_asks_everything_that_service_needs() -> None:
    """Nothing mandatory for the service is asked only by the passport."""
    for profile in PROFILES:
        rules = load_rules("service", profile, "building")
        rows = [row for found in rules.parts.values() for row in found if row.mandatory]
        options = [o for need in rules.eithers if need.mandatory for o in need.options]
        for name in [*(row.field for row in rows), *(o.field for o in options if not o.bonus)]:
            assert FIELDS[name].depth.rank <= 1, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_a_verdict_can_carry_has_a_sentence(language: str) -> None:
    """Words, reasons, advice, notes, help, badges, categories, statuses."""
    reasons = set(CODE_REASONS)
    for document in rule_documents().values():
        reasons |= {row["id"] for row in document.get("requirement", [])}
        reasons |= {need["id"] for need in document.get("either", [])}
    needed = {f"reason.{name}" for name in reasons}
    needed |= {f"word.{word}" for word in Word}
    needed |= {f"profile.{profile}" for profile in Profile}
    needed |= {f"scope.{scope}" for scope in Scope}
    needed |= {f"help.{kind}" for kind in HelpKind}
    needed |= {f"advice.{advice}" for advice in Advice}
    needed |= {f"note.{way}" for way in Way}
    needed |= {f"badge.{name}" for name in badge_names()}
    needed |= {f"category.{category}" for category in OfficialCategory}
    needed |= {f"status.{status}" for status in AdaptationStatus}
    needed |= {f"policy.{policy}" for policy in StatusPolicy}
    assert needed - set(texts(language)) == set()
    assert {key for key in texts(language) if key.startswith("reason.")} <= needed


def test_the_languages_have_the_same_sentences() -> None:
    """No sentence exists in one language only, and none is left untranslated."""
    kazakh, russian, english = (texts(language) for language in LANGUAGES)
    assert set(kazakh) == set(russian) == set(english)
    assert [key for key in kazakh if kazakh[key] in {russian[key], english[key]}] == []
    assert find_text("reason.no_such_thing", "kk") is None
    with pytest.raises(LookupError):
        texts("de")


def test_rules_leave_out_only_kinds_of_place_that_exist() -> None:
    """A misspelt kind would silently switch a row on."""
    kinds = {kind.value for kind in PlaceKind}
    for document in rule_documents().values():
        for row in [*document.get("requirement", []), *document.get("either", [])]:
            assert set(row.get("not_for", ())) <= kinds, row["id"]


def test_rules_have_one_name_that_does_not_change_by_itself() -> None:
    """Stored verdicts are compared by it."""
    assert rules_version() == rules_version()
    assert rules_version().startswith(f"c{latest().version}-l1-")


def test_floors_are_read_as_people_write_them() -> None:
    """Ranges, lists and floors below ground."""
    assert read_floors("1-3, 5") == {1, 2, 3, 5}
    assert read_floors("-2--1,1") == {-2, -1, 1}
    assert read_floors("-1-2") == {-1, 0, 1, 2}
    assert read_floors("all") == frozenset()


ALL_YES = dict.fromkeys(Profile, Word.YES)


@pytest.mark.parametrize(
    ("changed", "policy", "status"),
    [
        ({}, StatusPolicy.YES_ONLY, AdaptationStatus.ADAPTED_ALL),
        (
            {Profile.POWERED_WHEELCHAIR: Word.NO},
            StatusPolicy.YES_ONLY,
            AdaptationStatus.ADAPTED_PARTIAL,
        ),
        ({Profile.DEAF: Word.WITH_HELP}, StatusPolicy.YES_ONLY, AdaptationStatus.ADAPTED_PARTIAL),
        (
            {Profile.DEAF: Word.WITH_HELP},
            StatusPolicy.YES_OR_WITH_HELP,
            AdaptationStatus.ADAPTED_ALL,
        ),
        ({Profile.PUSHCHAIR: Word.NO}, StatusPolicy.YES_ONLY, AdaptationStatus.ADAPTED_ALL),
        (dict.fromkeys(Profile, Word.NO), StatusPolicy.YES_ONLY, AdaptationStatus.NOT_ADAPTED),
        (dict.fromkeys(Profile, Word.UNKNOWN), StatusPolicy.YES_ONLY, AdaptationStatus.UNKNOWN),
        (
            {**dict.fromkeys(Profile, Word.NO), Profile.DEAF: Word.UNKNOWN},
            StatusPolicy.YES_ONLY,
            AdaptationStatus.UNKNOWN,
        ),
    ],
)
def test_status_of_adaptation(
    changed: dict[Profile, Word], policy: StatusPolicy, status: AdaptationStatus
) -> None:
    """The four official categories decide; a pram does not; the policy is a switch."""
    found = adaptation_status({**ALL_YES, **changed}, policy=policy)
    assert found.status is status
    assert found.policy is policy


def test_wheelchair_is_the_worst_of_both_chairs() -> None:
    """A place for manual chairs only does not serve wheelchair users."""
    words = category_words({**ALL_YES, Profile.POWERED_WHEELCHAIR: Word.UNKNOWN})
    assert words[OfficialCategory.WHEELCHAIR] is Word.UNKNOWN


def test_cannot_be_adapted_needs_a_decision_and_never_hides_a_yes() -> None:
    """Only a signed decision gives it, and a place that serves everybody stays adapted."""
    decision = CannotBeAdapted(date(2026, 3, 1), "monument", "home visit")
    none = dict.fromkeys(Profile, Word.NO)
    assert adaptation_status(none, cannot=decision).status is AdaptationStatus.CANNOT_BE_ADAPTED
    assert adaptation_status(ALL_YES, cannot=decision).status is AdaptationStatus.ADAPTED_ALL
    assert replace(decision, reason="slope").reason == "slope"
