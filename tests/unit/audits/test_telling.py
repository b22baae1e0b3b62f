"""An author can read what became of an audit, in three languages."""

import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest

from audits.models import Audit, Decision
from audits.photos.models import Photo, PhotoState
from audits.review import ReasonCode
from audits.telling import Story, tell
from audits.workflow import State
from geo.ids import uuid7
from geo.mobility import Word
from geo.mobility.profiles import PROFILES

_LANGUAGES = ("kk", "ru", "en")


def _load(language: str) -> dict[str, dict[str, str]]:
    text = files("audits.telling").joinpath(f"texts.{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_every_code_has_a_sentence(language: str) -> None:
    """States, next steps, reasons, words, profiles and scopes: none is missing, none too many."""
    say = _load(language)
    assert say["state"].keys() == say["next"].keys() == {state.value for state in State}
    assert say["reason"].keys() == {reason.value for reason in ReasonCode}
    assert say["word"].keys() == {word.value for word in Word}
    assert say["profile"].keys() == {profile.value for profile in PROFILES}
    assert say["scope"].keys() == {"entry", "service"}


def test_the_languages_say_the_same_things() -> None:
    """The same keys with the same parameters, and no sentence left in another language."""
    english = _load("en")
    for language in ("kk", "ru"):
        other = _load(language)
        for section, lines in english.items():
            assert lines.keys() == other[section].keys()
            for key, text in lines.items():
                assert sorted(_fields(text)) == sorted(_fields(other[section][key])), key
                assert text != other[section][key]


def _fields(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]


def _photo(state: PhotoState, reason: str | None = None) -> Photo:
    return Photo(id=uuid7(), state=state, reject_reason=reason, byte_count=412_300)


def _decision(**members: Any) -> Decision:  # noqa: ANN401 - columns
    return Decision(id=uuid7(), audit_version=2, **members)


def _tell(state: State, language: str, **parts: Any) -> Story:  # noqa: ANN401 - rows
    audit = Audit(id=uuid7(), state=state.value, flags=[], received_at=datetime.now(UTC))
    rows: dict[str, Any] = {"photos": (), "decisions": (), "answers": 8, "place_names": {}} | parts
    return tell(audit, language=language, **rows)


@pytest.mark.parametrize("language", _LANGUAGES)
@pytest.mark.parametrize("state", State)
def test_every_state_can_be_told(state: State, language: str) -> None:
    """There is a story for each state, with how many answers are stored."""
    text = _tell(state, language).as_text()
    assert "8" in text
    assert "{" not in text


def test_missing_photos_and_remarks_are_named() -> None:
    """The size of what is missing, why a photo was refused, which answer is doubted."""
    asked = _decision(outcome="needs_info", reason_code="photo_unclear", note="Before the ramp")
    doubted = _decision(
        outcome="reject", reason_code="measurement_implausible", field="door.clear_width"
    )
    photos = [
        _photo(PhotoState.EXPECTED),
        _photo(PhotoState.REJECTED, "heic"),
        _photo(PhotoState.READY),
    ]
    story = _tell(State.NEEDS_INFO, "en", photos=photos, decisions=[asked, doubted])
    text = story.as_text()
    assert "413 kB" in text
    assert "1 of 3 photos" in text
    assert "Before the ramp" in text
    assert "Clear width of the door" in text
    assert {line.code for line in story.missing} == {"photo_expected", "photo_rejected"}
    assert story.steps == ("answer", "withdraw")


def test_what_changed_is_told_word_by_word() -> None:
    """The place by its name, the profile, the word before and after, and the street."""
    place_id = str(uuid7())
    effects = {
        "places": [
            {"place_id": place_id, "words": {"entry": {"manual_wheelchair": ["unknown", "yes"]}}}
        ],
        "street": {"measured": 2, "not_found": 0},
    }
    approved = _decision(outcome="approve", effects=effects)
    story = _tell(State.APPROVED, "ru", decisions=[approved], place_names={place_id: "Школа № 5"})
    assert story.changed[0].text == (
        "Школа № 5 – механическая кресло-коляска, вход: было «неизвестно», стало «да»."
    )
    assert story.street_text == "Участков улицы с вашими измерениями: 2. Маршруты учитывают их."
    assert story.asked == ()
