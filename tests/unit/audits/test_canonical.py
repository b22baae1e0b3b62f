"""The same content has the same digest, however it was written."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audits.canonical import ContentNotCanonicalError, canonical_json, digest
from tests.support.reference import load_reference_client

_TEXT = st.text(st.characters(codec="utf-8"), max_size=10)
_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_BODIES = st.dictionaries(_TEXT, _JSON, max_size=5)


def _rewrite(value: object) -> object:
    """Say the same in another way: members turned around, 1 as 1.0, text decomposed, nulls."""
    if isinstance(value, dict):
        turned = {unicodedata.normalize("NFD", k): _rewrite(v) for k, v in value.items()}
        return {"not said": None, "nothing": [], **dict(reversed(turned.items()))}
    if isinstance(value, list):
        return [_rewrite(item) for item in value]
    if isinstance(value, str):
        return unicodedata.normalize("NFD", value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53:
        return float(value)
    return value


def _has_clashing_names(value: object) -> bool:
    """Tell whether two members have one name after all: then one of them is lost anywhere."""
    if isinstance(value, dict):
        names = {unicodedata.normalize("NFC", name) for name in value}
        return len(names) < len(value) or any(map(_has_clashing_names, value.values()))
    return isinstance(value, list) and any(map(_has_clashing_names, value))


@given(_BODIES.filter(lambda body: not _has_clashing_names(body)))
def test_another_serialisation_is_the_same_content(body: dict[str, Any]) -> None:
    """Order, spacing, escapes, 1.0 for 1, decomposed letters and nulls change nothing."""
    again = json.loads(json.dumps(_rewrite(body), indent=3, ensure_ascii=True))
    assert digest(again) == digest(body)


@given(_BODIES.filter(lambda body: not _has_clashing_names(body)))
@example({"n": [0.00005, 1e-7, 1.25e-9, 1e21, -0.0, 1e16]})
def test_the_reference_client_writes_the_same(body: dict[str, Any]) -> None:
    """Whatever a body holds, the phone's digest is ours: else its receipts would never fit."""
    assert load_reference_client().canonical(body) == canonical_json(body)


@given(_BODIES)
def test_the_canonical_form_is_its_own(body: dict[str, Any]) -> None:
    """It is JSON, and writing what it says gives the same text again."""
    text = canonical_json(body)
    assert canonical_json(json.loads(text)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (76.9305, "76.9305"),
        (-1.5, "-1.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.25e-9, "1.25e-9"),
        (333333333.33333329, "333333333.3333333"),
        (4.5, "4.5"),
        (2e-3, "0.002"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
    ],
)
def test_numbers_are_written_as_browsers_write_them(number: float, text: str) -> None:
    """Values of RFC 8785, appendix B, and what coordinates look like."""
    assert canonical_json({"n": number}) == '{"n":' + text + "}"


def test_members_are_sorted_by_utf16() -> None:
    """The example of RFC 8785 §3.2.3: a smiley sorts before the last letters of the first plane."""
    body = {"\uff21": 1, "\U0001f600": 2, "\u20ac": 3, "1": 4, "\u00f6": 5, "\r": 6}
    names = json.loads(canonical_json(body), object_pairs_hook=lambda pairs: [k for k, _ in pairs])
    assert names == ["\r", "1", "\u00f6", "\u20ac", "\U0001f600", "\uff21"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    """NaN, infinity and half a character have no canonical form."""
    with pytest.raises(ContentNotCanonicalError):
        digest({"deep": [{"er": value}]})


def test_endless_nesting_is_refused() -> None:
    """A tower of brackets must not exhaust the stack."""
    tower: Any = 1
    for _level in range(200):
        tower = [tower]
    with pytest.raises(ContentNotCanonicalError):
        digest({"tower": tower})


def test_another_value_is_another_digest() -> None:
    """One millimetre more is other content, and so is an answer instead of none."""
    assert digest({"width": 900}) != digest({"width": 901})
    assert digest({"width": 900}) != digest({"width": 900, "help": False})
    assert digest({"width": 1}) != digest({"width": True})
