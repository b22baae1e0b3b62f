"""What people call the categories of places: labels, and categories in what was typed (pure).

Owns `category_words.toml`. A phrase counts when each of its words was typed, one after the
other, in any form.
"""

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from geo.places.folding import fold_words
from geo.places.likeness import list_stems, weigh

_LANGUAGES = ("kk", "ru", "en")
_LEAST_LIKELY = 0.6


@dataclass(frozen=True, slots=True)
class NamedCategory:
    """A category that was named, by which of the words that were typed."""

    category: str
    also: tuple[str, ...]
    first: int
    last: int
    """Number of the word after the last one."""
    weight: float

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories that are meant."""
        return (self.category, *self.also)


@dataclass(frozen=True, slots=True)
class _Phrase:
    category: str
    words: tuple[str, ...]


def find_label(category: str, language: str) -> str | None:
    """Return the name of a category, `None` where it has none here."""
    row = _document().get(category)
    return str(row[language][0]) if row else None


def find_categories(words: Sequence[str]) -> list[NamedCategory]:
    """Return the categories that folded words name, the surest and longest first."""
    found: dict[tuple[str, int, int], NamedCategory] = {}
    for first, word in enumerate(words):
        for phrase in _begun_by(word):
            last = first + len(phrase.words)
            if last > len(words):
                continue
            pairs = zip(words[first:last], phrase.words, strict=True)
            weights = [weigh(typed, known) for typed, known in pairs]
            if min(weights) < _LEAST_LIKELY:
                continue
            weight = sum(weights) / len(weights)
            key = (phrase.category, first, last)
            if key not in found or found[key].weight < weight:
                also = tuple(_document()[phrase.category].get("also", ()))
                found[key] = NamedCategory(phrase.category, also, first, last, weight)
    return sorted(found.values(), key=lambda it: (it.first - it.last, -it.weight, it.category))


@lru_cache(maxsize=20_000)
def _begun_by(word: str) -> tuple[_Phrase, ...]:
    """Return the phrases whose first word is meant by this one."""
    index = _by_stem()
    same = {phrase: None for stem in list_stems(word) for phrase in index.get(stem, ())}
    if same:
        return tuple(same)
    return tuple(
        phrase
        for first, phrases in _by_first_word().items()
        if weigh(word, first) >= _LEAST_LIKELY
        for phrase in phrases
    )


@cache
def _by_stem() -> Mapping[str, tuple[_Phrase, ...]]:
    index: dict[str, list[_Phrase]] = defaultdict(list)
    for first, phrases in _by_first_word().items():
        for stem in list_stems(first):
            index[stem] += phrases
    return {stem: tuple(phrases) for stem, phrases in index.items()}


@cache
def _by_first_word() -> Mapping[str, tuple[_Phrase, ...]]:
    index: dict[str, list[_Phrase]] = defaultdict(list)
    for category, row in _document().items():
        for language in _LANGUAGES:
            for text in row[language]:
                words = tuple(fold_words(text))
                phrase = _Phrase(category, words)
                if phrase not in index[words[0]]:
                    index[words[0]].append(phrase)
    return {word: tuple(phrases) for word, phrases in index.items()}


@cache
def _document() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = files("geo.places").joinpath("category_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
