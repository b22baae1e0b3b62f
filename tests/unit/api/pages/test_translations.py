"""No text without a translation, and no translation that would break its page."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from api.pages.languages import load_translations
from tests.support.machine import ROOT

PAGES = ROOT / "api" / "pages"
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")
_PLURALS = {"kk": 2, "ru": 3}


def _messages() -> list[str | tuple[str, ...]]:
    found = extract_from_dir(
        str(PAGES),
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
        options_map={"templates/**.html": {"newstyle_gettext": "true", "trim_blocks": "true"}},
    )
    return list(dict.fromkeys(each[2] for each in found))


def _catalogue(language: str) -> Catalog:
    path = PAGES / "locale" / language / "LC_MESSAGES" / "ui.po"
    return read_po(BytesIO(path.read_bytes()), locale=language, domain="ui")


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_text_is_translated(language: str) -> None:
    """Each message of templates and code has a translation, every plural form included."""
    catalogue = _catalogue(language)
    for message in _messages():
        entry = catalogue.get(message)
        assert entry is not None, message
        assert not entry.fuzzy, message
        forms = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        assert all(forms), message
        if isinstance(message, tuple):
            assert len(forms) == _PLURALS[language], message


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_translation_is_left_over(language: str) -> None:
    """A translation that nothing uses is a text that somebody would keep correcting in vain."""
    known = set(_messages())
    unused = [e.id for e in _catalogue(language) if e.id and _key(e.id) not in known]
    assert not unused


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_placeholders_survive_translation(language: str) -> None:
    """A number that the English text shows is shown in every language."""
    for entry in _catalogue(language):
        if not entry.id:
            continue
        source = entry.id if isinstance(entry.id, str) else entry.id[1]
        forms = [entry.string] if isinstance(entry.string, str) else entry.string
        for form in forms:
            assert sorted(_PLACEHOLDER.findall(form)) == sorted(_PLACEHOLDER.findall(source))


def test_kazakh_is_kazakh() -> None:
    """Kazakh texts were not filled with Russian ones: long texts differ."""
    for message in _messages():
        if isinstance(message, str) and len(message) > 30:
            kazakh = load_translations("kk").gettext(message)
            assert kazakh != load_translations("ru").gettext(message), message
            assert kazakh != message


def test_scripts_hold_no_texts() -> None:
    """Scripts take every text from the page, so that it can be translated."""
    for path in sorted(Path(PAGES / "static" / "js").glob("*.mjs")):
        for line in path.read_text(encoding="utf-8").splitlines():
            shown = re.search(
                r'(textContent|innerText|aria-label", )\s*=?\s*"[^"]*[A-Za-z]{3}', line
            )
            assert shown is None, f"{path.name}: {line.strip()}"


def _key(message_id: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    return message_id if isinstance(message_id, str) else tuple(message_id)
