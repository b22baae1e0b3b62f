"""Message keys to whole sentences in Kazakh, Russian and English.

Each language is one file, `texts.<language>.toml`: a key and its sentence, or one sentence per
plural form of `n` (CLDR categories: Russian one, few, many, other; Kazakh and English one,
other). Street names are never inflected; sentences are built so that they stand as named.
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from geo.routing.answer import Phrase, Step

LANGUAGES = ("kk", "ru", "en")
KM_FROM_MM = 995_000
"""From here on a length is said in kilometres."""
ROUND_FROM_M = 100
"""From here on metres are said in tens."""
_KM_MM = 1_000_000
_NEVER_PLAIN = frozenset({"bus_stop", "tram_stop", "metro", "station"})
"""Kinds of place that are often called like the street beside them."""


def render(phrase: Phrase, language: str) -> str:
    """Return a whole sentence; raises `KeyError` for a key or language that does not exist."""
    if not phrase.params:
        return _say(phrase.key, language)
    return _fill(phrase.key, _speak(phrase.params, language), language)


def take_apart(key: str, language: str) -> list[tuple[str, str | None]] | None:
    """Return a sentence as pairs: a text, and the placeholder behind it, the last without one.

    `None` for what is no one sentence: it has a form for each number. Raises as `render`.
    """
    pattern = _load(language)[key]
    if isinstance(pattern, dict):
        return None
    parts = Formatter().parse(pattern)
    return [(text, placeholder) for text, placeholder, _, _ in parts]


def name_placeholder(param: str) -> str:
    """Return where in a sentence a parameter is said."""
    return _SPOKEN[param][0]


def speak(param: str, value: Any, language: str) -> str:  # noqa: ANN401 - what the parameter takes
    """Return what is said of one parameter of a phrase."""
    return _SPOKEN[param][1](value, language)


def render_step(step: Step, language: str) -> str:
    """Return a step with its remarks as sentences, one after the other."""
    phrases = (step.phrase, *step.remarks)
    return " ".join(render(phrase, language) for phrase in phrases)


def choose_name(names: Mapping[str, str], language: str) -> str:
    """Return the best of some names: the language, then the local one, Russian, Kazakh."""
    for key in (language, "", "ru", "kk", "en"):
        if names.get(key):
            return names[key]
    return next(iter(names.values()), "")


def format_distance(length_mm: int, language: str) -> str:
    """Return a length as people say it: whole metres, tens of metres, tenths of a kilometre."""
    if length_mm >= KM_FROM_MM:
        return _count("unit.kilometres", round(length_mm / _KM_MM, 1), language)
    metres = max(round(length_mm / 1000), 1)
    if metres >= ROUND_FROM_M:
        metres = round(metres, -1)
    return _count("unit.metres", metres, language)


def check_language(language: str) -> None:
    """Raise `KeyError` for a language that does not exist."""
    if language not in LANGUAGES:
        raise KeyError(language)


def list_keys(language: str) -> frozenset[str]:
    """Return every key that a language has."""
    return frozenset(_load(language))


@cache
def _say(key: str, language: str) -> str:
    """Return a sentence that nothing has to be filled into; there are as many as keys."""
    return _fill(key, {}, language)


def _speak(params: Mapping[str, object], language: str) -> dict[str, Any]:
    spoken: dict[str, Any] = {}
    for name, value in params.items():
        if name in _SPOKEN:
            placeholder, speak = _SPOKEN[name]
            spoken[placeholder] = speak(value, language)
        else:
            spoken[name] = value
    return spoken


def _format_centimetres(length_mm: float, language: str) -> str:
    return _count("unit.centimetres", _short(length_mm / 10), language)


def _format_tenths(value: float, language: str) -> str:
    return _number(value / 10, language)


def _format_day(day: str, language: str) -> str:
    return format_date(date.fromisoformat(day), "long", locale=language)


def _describe_place(place: Mapping[str, str] | str, language: str) -> str:
    """Return a name with the kind of place in brackets where the name alone says too little."""
    if isinstance(place, str):
        return place
    name = choose_name({key: text for key, text in place.items() if key != "kind"}, language)
    word = _load(language).get(f"kind.{place['kind']}") if "kind" in place else None
    if not isinstance(word, str):
        return name
    if not name:
        return word
    says_enough = word.casefold() in name.casefold() or (
        place["kind"] not in _NEVER_PLAIN and len(name.split()) > 1
    )
    return name if says_enough else f"{name} ({word})"


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 1)


# Locale data are slow to ask, and people say few different numbers.


@lru_cache(maxsize=8192)
def _count(key: str, count: float, language: str) -> str:
    return _fill(key, {"n": count}, language)


@lru_cache(maxsize=8192)
def _number(value: float, language: str) -> str:
    return format_decimal(round(value, 1), locale=language)


@lru_cache(maxsize=8192)
def _plural(value: float, language: str) -> str:
    return str(Locale.parse(language).plural_form(value))


def _fill(key: str, spoken: dict[str, Any], language: str) -> str:
    pattern = _load(language)[key]
    if isinstance(pattern, dict):
        count = spoken["n"]
        pattern = pattern.get(_plural(count, language), pattern["other"])
    if "n" in spoken:
        spoken = {**spoken, "n": _number(spoken["n"], language)}
    return pattern.format_map(spoken)


_SPOKEN: dict[str, tuple[str, Callable[[Any, str], str]]] = {
    "distance_mm": ("distance", format_distance),
    "after_mm": ("after", format_distance),
    "name": ("street", choose_name),
    "slope_permille": ("percent", _format_tenths),
    "height_mm": ("height", _format_centimetres),
    "width_mm": ("width", _format_centimetres),
    "place": ("place", _describe_place),
    "other": ("other", _describe_place),
    "level_tenths": ("level", _format_tenths),
    "until": ("until", _format_day),
}
"""Placeholder in a text and how it is written, by the name of the parameter."""


@cache
def _load(language: str) -> dict[str, str | dict[str, str]]:
    check_language(language)
    # Of the street, and of the doors at its ends.
    names = (f"texts.{language}.toml", f"doors.{language}.toml")
    read = [files("geo.routing").joinpath(name).read_text(encoding="utf-8") for name in names]
    return {key: text for each in read for key, text in tomllib.loads(each).items()}
