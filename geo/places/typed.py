"""What somebody typed, taken apart: words that must be there, sorts of streets, a house (pure).

Words are folded (`geo.places.folding`). Nobody has to type the sort of a street, so it only
helps to choose between equal finds; "house", "No." and the like are dropped.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from geo.places.folding import fold_words

MAX_LENGTH = 120
MOST_WORDS = 8
SPELT_OTHERWISE = 0.95
"""What another spelling of a house is worth beside the typed one (P)."""

_SORTS = {
    "street": "улица ул көшесі көше көш street st str ulitsa ulica koshesi rue",
    "avenue": "проспект просп пр даңғылы даңғыл даң дангылы avenue ave av prospekt prospect",
    "lane": "переулок пер тұйық тұйығы бұрылыс бұрылысы lane alley ln",
    "microdistrict": (
        "микрорайон мкр мкрн ықшамаудан ықшамауданы ықшам шағын шағынаудан microdistrict mkr"
    ),
    "district": "район аудан ауданы district",
    "boulevard": "бульвар бул бульвары boulevard blvd",
    "highway": "шоссе тасжол тасжолы highway hwy road rd",
    "square": "площадь пл алаңы square sq place",
    "embankment": "набережная наб жағалауы embankment quai",
    "passage": "проезд проезды passage",
}
_DROPPED = (
    "дом д үй үйі house h корпус корп к строение стр номер no nr имени им атындағы "
    "город г қала қаласы city на в во у около возле рядом near in at the of и мен және and de "
    "где қайда where ближайшая ближайший ближайшее ближайшие поблизости жақын маңдағы nearest "
    "nearby мне нужна нужен нужно найти маған керек табу find угол пересечение қиылысы corner"
)
_ORDINAL_ENDINGS = "ая я й ый ой го ші шы інші ыншы нші ншы th st nd rd"


def _fold_each(text: str) -> Iterable[str]:
    return (word for each in text.split() for word in fold_words(each))


SORT_OF = {word: sort for sort, row in _SORTS.items() for word in _fold_each(row)}
"""Sort of street by folded word."""
_NOISE = frozenset(_fold_each(_DROPPED))
_ENDINGS_OF_NUMBERS = frozenset(word for word in _fold_each(_ORDINAL_ENDINGS) if len(word) > 1)
_BLOCKS = frozenset(_fold_each("к корп корпус стр строение"))
_PARTED_HOUSE = re.compile("([0-9]+)(/|k|korp|korpus)([0-9]+)")
_LETTERED_HOUSE = re.compile("([0-9]+)[a-z]")


@dataclass(frozen=True, slots=True)
class Typed:
    """A text as it is looked for."""

    words: tuple[str, ...]
    """What has to be found, in order; empty when nothing can be looked for."""
    sorts: frozenset[str]
    """Sorts of streets that were named."""
    more: tuple[tuple[str, ...], ...]
    """Other spellings of each of `words`: `12/3` beside `12k3`, the house `7` beside `7a`."""

    @property
    def has_number(self) -> bool:
        """Whether a house could be meant."""
        return any(is_number(word) for word in self.words)

    @property
    def has_name(self) -> bool:
        """Whether anything but numbers was typed."""
        return any(not is_number(word) for word in self.words)


def is_number(word: str) -> bool:
    """Tell whether a word is a number, of a house or of a school."""
    return word[0].isdigit()


def read_typed(text: str) -> Typed:
    """Take a text apart; whatever is too long is cut.

    A text of nothing but sorts of streets and dropped words is looked for as it is.
    """
    every = fold_words(text[:MAX_LENGTH])
    words: list[str] = []
    more: list[tuple[str, ...]] = []
    rest = list(every)
    while rest:
        word = rest.pop(0)
        if word.isdigit():
            house, others = _read_house(word, rest)
            words.append(house)
            more.append(others)
        elif word not in SORT_OF and word not in _NOISE and not _is_lone_letter(word):
            words.append(word)
            more.append(_spell_house(word))
    if not words:
        words, more = list(every), [()] * len(every)
    sorts = frozenset(SORT_OF[word] for word in every if word in SORT_OF)
    return Typed(tuple(words[:MOST_WORDS]), sorts, tuple(more[:MOST_WORDS]))


def _read_house(number: str, rest: list[str]) -> tuple[str, tuple[str, ...]]:
    """Give a number with what belongs to it, taken from `rest`, and its other spellings."""
    if len(rest) > 1 and rest[0] in _BLOCKS and rest[1].isdigit():
        _block, part = rest.pop(0), rest.pop(0)
        return f"{number}/{part}", (f"{number}k{part}",)
    if rest and _is_lone_letter(rest[0]):
        return number + rest.pop(0), (number,)
    if rest and rest[0] in _ENDINGS_OF_NUMBERS:
        rest.pop(0)
    return number, ()


def _spell_house(word: str) -> tuple[str, ...]:
    """Give other spellings of a house: 12k3 and 12/3 are one, 7a may stand in 7."""
    parted = _PARTED_HOUSE.fullmatch(word)
    if parted:
        number, mark, part = parted.groups()
        return (f"{number}k{part}",) if mark == "/" else (f"{number}/{part}",)
    lettered = _LETTERED_HOUSE.fullmatch(word)
    return (lettered.group(1),) if lettered else ()


def _is_lone_letter(word: str) -> bool:
    return len(word) == 1 and not word.isdigit()


_ROW_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_ROW_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюё"


def swap_keyboard(text: str) -> str | None:
    """Return what the same keys give with the other layout, `None` where that is no word.

    `fgntrf` on a keyboard that was left in English is `аптека`.
    """
    lower = text[:MAX_LENGTH].lower()
    table = _to_cyrillic() if any("a" <= letter <= "z" for letter in lower) else _to_latin()
    swapped = lower.translate(table)
    return swapped if swapped != lower else None


@cache
def _to_cyrillic() -> dict[int, int]:
    return str.maketrans(_ROW_LATIN, _ROW_CYRILLIC)


@cache
def _to_latin() -> dict[int, int]:
    return str.maketrans(_ROW_CYRILLIC, _ROW_LATIN)


def fold(text: str) -> tuple[str, ...]:
    """Return the words by which two short texts are compared: of names, or of addresses."""
    return read_typed(text).words
