"""How well a found place answers what was typed (pure).

Rank = likeness x nearness: how likely each typed word is meant by a word of the place, and how
much of its name or address was typed. Nearness fades slowly, and likeness counts with a power:
of equal finds the nearest comes first, and in one city a better name beats a shorter way.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from geo.places.folding import fold_words
from geo.places.lookup import Candidate, Variants
from geo.places.typed import SORT_OF, Typed

_BY_ADDRESS = 0.97
_BY_CATEGORY = 0.93
"""A typed word counts a little less in the address than in the name, less again as category."""
_COVERED = 0.25
"""Share of the rank that hangs on how much of the name or address was typed."""
_SORT = 0.03
_SURELY = 0.9
_HALF_KM = 3.0
_FADING = 0.1
_POWER = 4


@dataclass(frozen=True, slots=True)
class Match:
    """How a candidate answers."""

    likeness: float
    """0 to 1; 1 when all of a name or address was typed and nothing else."""
    by_name: bool
    """A word of its name or its category was typed."""
    by_house: bool
    """Street and house were typed."""
    is_whole: bool = False
    """All of one name, or of street and house, was typed, and nothing else."""


def find_nearness(distance_m: float | None) -> float:
    """Return 1 here, 0.93 at 3 km, 0.86 at 10 km, 0.7 at 100 km; 1 where nobody said where."""
    if distance_m is None:
        return 1.0
    return float((1.0 + distance_m / 1000 / _HALF_KM) ** -_FADING)


def find_rank(likeness: float, distance_m: float | None) -> float:
    """Return the rank of a find, 0 to 1."""
    return float(likeness**_POWER * find_nearness(distance_m))


def match(
    candidate: Candidate,
    typed: Typed,
    variants: Variants,
    named: Sequence[Mapping[str, float]],
) -> Match:
    """Hold a candidate against what was typed; `named` are categories each word may name."""
    total = 0.0
    by_name = by_address = False
    used: set[str] = set()
    for place, word in enumerate(typed.words):
        name, address, category = _weigh_word(candidate, variants[word], named[place])
        best = max(name[0], address[0] * _BY_ADDRESS, category * _BY_CATEGORY)
        total += best
        if best > 0:
            by_name |= best in (name[0], category * _BY_CATEGORY)
            by_address |= best == address[0] * _BY_ADDRESS and best != name[0]
            used |= {name[1], address[1]}
    likeness = total / len(typed.words)
    covered, sort_fits, count = _cover(candidate, used, typed)
    likeness *= 1 - _COVERED + _COVERED * covered
    likeness += sort_fits
    house = _fold_house(candidate)
    by_house = by_address and not by_name and house <= used and bool(house)
    surely = total >= _SURELY * len(typed.words)
    is_whole = covered == 1.0 and count == len(typed.words) and surely
    return Match(min(likeness, 1.0), by_name, by_house, is_whole)


def _weigh_word(
    candidate: Candidate, variants: Mapping[str, float], categories: Mapping[str, float]
) -> tuple[tuple[float, str], tuple[float, str], float]:
    name = max(((w, each) for each, w in variants.items() if each in candidate.words), default=_NO)
    address = max(
        ((w, each) for each, w in variants.items() if f"@{each}" in candidate.words), default=_NO
    )
    return name, address, categories.get(candidate.category, 0.0)


_NO = (0.0, "")


def _fold_house(candidate: Candidate) -> set[str]:
    return set(fold_words(candidate.address.get("housenumber", "")))


def _cover(candidate: Candidate, used: Collection[str], typed: Typed) -> tuple[float, float, int]:
    """Return the largest share of a name or address that was typed.

    With it what its sort adds, and how many words it has.
    """
    texts = [fold_words(name) for name in candidate.name.values()]
    house = candidate.address.get("housenumber", "")
    texts += [
        fold_words(f"{value} {house}")
        for key, value in candidate.address.items()
        if key.split(":")[0] == "street"
    ]
    best = (0.0, 0.0, 0)
    for words in texts:
        kept = [word for word in words if word not in SORT_OF] or words
        share = sum(word in used for word in kept) / len(kept) if kept else 0.0
        sorts = {SORT_OF[word] for word in words if word in SORT_OF}
        fits = 0.0
        if typed.sorts and sorts:
            fits = _SORT if typed.sorts & sorts else -_SORT
        best = max(best, (share, fits, -len(kept)))
    share, fits, length = best
    return share, fits, -length
