"""The questions: complete in three languages, sane, and stable to read."""

import string

import pytest

from audits.arrival import FlagCode
from audits.catalogue import (
    LANGUAGES,
    PLACE,
    Depth,
    FieldType,
    ProblemCode,
    applies,
    as_json,
    find_catalogue,
    latest,
    load_catalogue,
)
from audits.observations import Method, State
from geo.mobility.surfaces import SMOOTHNESS_RANKS, SURFACE_RANKS
from geo.places.kinds import ElementKind, Ownership, Sector

CATALOGUE = latest()


def _needed_keys() -> set[str]:
    keys = {f"zone.{zone}" for zone in CATALOGUE.zones}
    keys |= {f"depth.{depth}" for depth in Depth}
    keys |= {f"state.{state}" for state in State}
    keys |= {f"method.{method}" for method in Method}
    keys |= {f"problem.{code}" for code in ProblemCode}
    keys |= {f"flag.{code}" for code in FlagCode}
    keys |= {f"unit.{kind.unit}" for kind in FieldType if kind.unit}
    for item in CATALOGUE.fields.values():
        keys |= {f"field.{item.name}.label", f"field.{item.name}.help"}
        keys |= {f"choice.{item.choice_set}.{choice}" for choice in item.choices}
    return keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_or_left_over(language: str) -> None:
    """Every label, help, choice, problem and flag has a text, and no text is orphaned."""
    assert set(CATALOGUE.texts[language]) == _needed_keys()
    assert [key for key, text in CATALOGUE.texts[language].items() if not text.strip()] == []


def test_texts_are_translated_and_take_the_same_parameters() -> None:
    """Sentences differ between languages, and each names the same placeholders."""
    for key, english in CATALOGUE.texts["en"].items():
        others = [CATALOGUE.texts[language][key] for language in ("kk", "ru")]
        if key.endswith(".help"):
            assert english not in others, key
        wanted = {name for _, name, _, _ in string.Formatter().parse(english) if name}
        for other in others:
            assert {name for _, name, _, _ in string.Formatter().parse(other) if name} == wanted


def test_kazakh_is_not_russian() -> None:
    """A forgotten translation would show as two equal sentences."""
    kazakh, russian = CATALOGUE.texts["kk"], CATALOGUE.texts["ru"]
    equal = [key for key in kazakh if kazakh[key] == russian[key] and key.endswith(".help")]
    assert equal == []


def test_fields_are_well_formed() -> None:
    """Kinds exist, ranges are ordered, choices are given where they are due."""
    kinds = {kind.value for kind in ElementKind} | {PLACE}
    for item in CATALOGUE.fields.values():
        assert set(item.elements) <= kinds, item.name
        assert (item.type is FieldType.CHOICE) == bool(item.choices), item.name
        if item.type.is_number:
            assert item.low is not None, item.name
            assert item.high is not None, item.name
            assert item.low < item.high, item.name
        for condition in item.when:
            earlier = CATALOGUE.find(condition.field)
            assert earlier is not None, item.name
            assert set(condition.one_of) <= set(earlier.choices), item.name
            assert earlier.depth.rank <= item.depth.rank, item.name


def test_conditions_come_before_what_depends_on_them() -> None:
    """Asked from top to bottom, no question depends on a later one."""
    order = {name: number for number, name in enumerate(CATALOGUE.fields)}
    for item in CATALOGUE.fields.values():
        for condition in item.when:
            assert order[condition.field] < order[item.name], item.name


def test_choices_agree_with_the_map_and_the_register() -> None:
    """Surfaces can be ranked, and the cuts are those of the places table."""
    fields = CATALOGUE.fields
    assert set(fields["path.surface"].choices) <= set(SURFACE_RANKS)
    assert set(fields["path.smoothness"].choices) <= set(SMOOTHNESS_RANKS)
    assert set(fields["place.sector"].choices) == {sector.value for sector in Sector}
    assert set(fields["place.ownership"].choices) == {item.value for item in Ownership}


def test_three_depths_of_one_form() -> None:
    """Express asks about 12 questions, volunteer about 45, and each asks the shallower ones."""
    level_building = {
        "entrance.level_change": 0,
        "entrance.needs_request": False,
        "lift.present": False,
        "kerb.kind": "flush",
        "inner_stairs.count": 0,
        "wc.present": True,
        "platform_lift.working": None,
        "door.kind": "hinged",
        "stairs.count": 0,
        "ramp.kind": None,
    }
    asked = {
        depth: [
            item.name
            for item in CATALOGUE.questions(depth)
            if item.zone not in {"stop", "street"} and applies(item, level_building) is not False
        ]
        for depth in Depth
    }
    assert set(asked[Depth.EXPRESS]) < set(asked[Depth.VOLUNTEER]) < set(asked[Depth.PASSPORT])
    assert 9 <= len(asked[Depth.EXPRESS]) <= 14
    assert 35 <= len(asked[Depth.VOLUNTEER]) <= 50
    assert len(CATALOGUE.fields) >= 190


def test_a_question_waits_for_the_earlier_answer() -> None:
    """Whether a question applies is yes, no, or not yet known."""
    width = CATALOGUE.fields["ramp.width"]
    assert applies(width, {"ramp.kind": "fixed"}) is True
    assert applies(width, {"ramp.kind": "rail_track"}) is False
    assert applies(width, {"ramp.kind": None}) is False
    assert applies(width, {}) is None


def test_published_form_is_stable_and_hashed() -> None:
    """The same version always publishes the same content under the same hash."""
    again = load_catalogue.__wrapped__(CATALOGUE.version)
    assert again.content_hash == CATALOGUE.content_hash
    assert as_json(again) == as_json(CATALOGUE)
    assert list(as_json(CATALOGUE, "kk")["texts"]) == ["kk"]
    assert len(CATALOGUE.content_hash) == 64


def test_an_unpublished_version_is_not_found() -> None:
    """Nobody gets another version in place of the one that was asked for."""
    assert find_catalogue("999") is None
    with pytest.raises(LookupError):
        load_catalogue("../1")
