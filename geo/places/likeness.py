"""How like two folded words are: endings of three languages, beginnings, slips of the hand (pure).

Numbers are never alike: house 11 is not house 1.
"""

from functools import lru_cache

from geo.places.folding import fold_words

SAME_STEM = 0.97
_EACH_LETTER = 0.01
BEGINNING = 0.86
_ONE_SLIP = 0.8
_EACH_SLIP = 0.12
_OTHER_STEM = 0.06
_LEAST_STEM = 4
_LEAST_BEGINNING = 3
_MOST_ENDINGS = 3

_ENDINGS_TEXT = (
    # Russian nouns and adjectives
    "ами ями ах ях ам ям ов ев ей ой ом ем ою ею а я о е ы и у ю ая яя ое ее ую юю ый ий ого его "
    "ому ему ым им ых их ые ие ской ская ские ского "
    # Kazakh: number, possession, case
    "лар лер дар дер тар тер лары лері дары дері тары тері ы і сы сі ның нің дың дің тың тің "
    "ға ге қа ке на не да де та те нда нде дан ден тан тен нан нен ды ді ты ті ны ні "
    "мен бен пен дағы дегі тағы тегі ндағы ндегі "
    # English
    "s es"
)
_ENDINGS = tuple(
    sorted(
        {word for each in _ENDINGS_TEXT.split() for word in fold_words(each)},
        key=len,
        reverse=True,
    )
)
_VOICED = {"b": "p", "g": "k", "d": "t"}
"""Kazakh: мектеп, мектебі."""


@lru_cache(maxsize=50_000)
def list_stems(word: str) -> frozenset[str]:
    """Return a word and what is left of it without endings: at least four letters.

    Which ending of which language it is cannot be told from one word, so all are tried.
    """
    found = {word}
    if len(word) == _LEAST_STEM and word[-1] in "aeiou":
        found.add(word[:-1])
    newest = found
    for _time in range(_MOST_ENDINGS):
        newest = {
            each[: -len(ending)]
            for each in newest
            for ending in _ENDINGS
            if each.endswith(ending) and len(each) - len(ending) >= _LEAST_STEM
        } - found
        found = found | newest
    return frozenset(found | {each[:-1] + _VOICED.get(each[-1], each[-1]) for each in found})


def weigh(typed: str, known: str) -> float:
    """Return how likely `known` is meant by `typed`: 1 for the same, 0 for another word."""
    if typed == known:
        return 1.0
    if typed[0].isdigit() or known[0].isdigit():
        return 0.0
    stems, others = list_stems(typed), list_stems(known)
    same = max((len(stem) for stem in stems & others), default=0)
    if same:
        return SAME_STEM - _EACH_LETTER * (max(len(typed), len(known)) - same)
    begins = len(typed) >= _LEAST_BEGINNING and known.startswith(typed)
    likely = BEGINNING if begins else 0.0
    slips = _find_slips(typed, known)
    if slips is not None:
        likely = max(likely, _ONE_SLIP - _EACH_SLIP * (slips - 1))
    slips = _find_slips(min(stems, key=len), min(others, key=len))
    if slips is not None:
        likely = max(likely, _ONE_SLIP - _OTHER_STEM - _EACH_SLIP * (slips - 1))
    return likely


def _allowed(length: int) -> int:
    """Return how many slips a word of this length may hold."""
    return (length - 1) // 3 if length <= 9 else 3  # noqa: PLR2004 - 4 letters 1, 7 letters 2, 10 letters 3


def _find_slips(one: str, other: str) -> int | None:
    """Count letters that are wrong, missing, too many or swapped; `None` for too many of them."""
    most = _allowed(min(len(one), len(other)))
    if most == 0 or abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, against in enumerate(other, start=1):
            cost = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return None
        before, above = above, line
    return above[-1] if above[-1] <= most else None
