"""Steps as sentences in three languages."""

import re
import string

import pytest

from geo.mobility import Word
from geo.mobility.surfaces import SurfaceRank
from geo.network.models import BarrierKind
from geo.routing.answer import Phrase
from geo.routing.costs import Hindrance
from geo.routing.encoding import Crossing
from geo.routing.landmarks.kinds import RANKS
from geo.routing.texts import (
    LANGUAGES,
    _load,
    choose_name,
    format_distance,
    list_keys,
    render,
)


def test_every_language_has_every_key() -> None:
    """No key is missing in any language."""
    assert list_keys("kk") == list_keys("ru") == list_keys("en")


def test_every_key_that_can_be_asked_for_exists() -> None:
    """Keys built from enumerations all have a text."""
    wanted = {f"cross.{c.name.lower()}.{n}" for c in Crossing for n in ("named", "unnamed")}
    wanted |= {f"remark.help.{h.name.lower()}" for h in Hindrance}
    wanted |= {f"remark.surface.{s.name.lower()}" for s in SurfaceRank if s > 0}
    wanted |= {f"warning.{s}.{k.value}" for s in ("doubtful", "reported") for k in BarrierKind}
    wanted |= {f"arrive.{w.value}" for w in Word}
    assert wanted <= list_keys("en")


@pytest.mark.parametrize("key", sorted(list_keys("en")))
def test_a_text_uses_the_same_values_in_every_language_and_is_a_sentence(key: str) -> None:
    """No language drops a street name or a number; sentences begin and end as such."""
    fields = []
    for language in LANGUAGES:
        pattern = _load(language)[key]
        forms = list(pattern.values()) if isinstance(pattern, dict) else [pattern]
        for form in forms:
            fields.append({name for _, name, _, _ in string.Formatter().parse(form) if name})
            if not key.startswith(("unit.", "kind.")):
                assert form.endswith(".")
                assert form[0].isupper() or form[0] == "{"
                assert "  " not in form
    assert all(each == fields[0] for each in fields)


def test_russian_plurals_have_their_four_forms() -> None:
    """Metres and steps take the form that their number asks for."""
    expected = {
        1: "ступеньку",
        2: "ступеньки",
        5: "ступенек",
        11: "ступенек",
        21: "ступеньку",
        104: "ступеньки",
    }
    for count, word in expected.items():
        assert render(Phrase("steps.up.counted", {"n": count}), "ru") == (
            f"Поднимитесь на {count} {word}."
        )
    metres = {
        1_000: "1 метр",
        3_000: "3 метра",
        12_000: "12 метров",
        51_000: "51 метр",
        1_240_000: "1,2 километра",
        5_000_000: "5 километров",
    }
    for length, text in metres.items():
        assert format_distance(length, "ru") == text


def test_kazakh_keeps_the_noun_singular_after_a_number() -> None:
    """After a numeral there is no plural ending, and the street name is not inflected."""
    assert format_distance(120_000, "kk") == "120 метр"
    assert (
        render(Phrase("steps.down.counted", {"n": 7}), "kk") == "Баспалдақпен 7 саты төмен түсіңіз."
    )
    text = render(
        Phrase("turn.left.named", {"distance_mm": 240_000, "name": {"kk": "Абай даңғылы"}}), "kk"
    )
    assert text == "Солға бұрылыңыз да, Абай даңғылы бойымен 240 метр жүріңіз."


def test_numbers_and_dates_follow_the_language() -> None:
    """Decimal commas and months as people write them."""
    slope = Phrase("remark.slope_up", {"slope_permille": 65})
    assert "6,5" in render(slope, "ru")
    assert "6.5" in render(slope, "en")
    until = Phrase("warning.doubtful.ice", {"until": "2026-12-03"})
    assert "3 декабря 2026" in render(until, "ru")
    assert "December 3, 2026" in render(until, "en")
    assert re.search(r"2026\sж\. 3 желтоқсан", render(until, "kk"))


def test_a_name_falls_back_to_what_the_street_is_called_locally() -> None:
    """Own language, then the local name, then Russian."""
    names = {"": "Абай даңғылы", "ru": "проспект Абая"}
    assert choose_name(names, "ru") == "проспект Абая"
    assert choose_name(names, "en") == "Абай даңғылы"
    assert choose_name({"ru": "Достык"}, "kk") == "Достык"
    assert choose_name({}, "kk") == ""


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_language_borrows_the_letters_of_another(language: str) -> None:
    """Kazakh and Russian texts hold no Latin word besides placeholders."""
    for key in list_keys(language):
        pattern = _load(language)[key]
        for form in pattern.values() if isinstance(pattern, dict) else [pattern]:
            assert not re.search("[A-Za-z]", re.sub(r"\{\w+\}", "", form)), key


def test_kazakh_is_not_russian() -> None:
    """Sentences differ between the two, unless there is nothing but a borrowed noun."""
    same = [k for k in list_keys("kk") if _load("kk")[k] == _load("ru")[k]]
    assert all(key.startswith("kind.") for key in same)


def test_every_kind_of_landmark_has_a_word() -> None:
    """A place without a name is called by its kind."""
    assert {f"kind.{kind}" for kind in RANKS} <= list_keys("en")


def test_a_place_is_named_with_its_kind_where_the_name_says_too_little() -> None:
    """A stop that is called like the street is said to be a stop."""
    stop = {"ru": "проспект Абая", "kind": "bus_stop"}
    said = render(Phrase("landmark.pass.left", {"place": stop}), "ru")
    assert said == "По пути слева будет: проспект Абая (автобусная остановка)."
    plain = {"ru": "Аптека «Береке»", "kind": "pharmacy"}
    said = render(Phrase("landmark.pass.left", {"place": plain}), "ru")
    assert said == "По пути слева будет: Аптека «Береке»."
    said = render(Phrase("landmark.pass.left", {"place": {"kind": "water"}}), "kk")
    assert said == "Жол бойында сол жағыңызда: су айдыны."


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        (
            Phrase("door.ramp.up.measured", {"distance_mm": 6000, "slope_permille": 80}),
            "Поднимитесь по пандусу: длина 6 метров, уклон 8\u00a0%.",
        ),
        (Phrase("remark.door.threshold", {"height_mm": 15}), "Высота порога: 1,5 сантиметра."),
        (Phrase("door.steps.up.counted", {"n": 3}), "Поднимитесь к входу на 3 ступеньки."),
        (Phrase("via.reached", {"n": 1}), "Вы у промежуточной точки № 1."),
        (Phrase("remark.clock", {"n": 2}), "По циферблату это на 2 часа."),
    ],
)
def test_the_last_leg_is_said_in_whole_sentences(phrase: Phrase, text: str) -> None:
    """Ramps, thresholds and steps at the door, in Russian with its forms."""
    assert render(phrase, "ru") == text
