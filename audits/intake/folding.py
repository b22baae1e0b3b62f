"""Names of places brought to one form, so that two spellings of one name meet (pure).

Kazakh and Russian letters become Latin ones, legal forms and quotes go. The measure is the share
of common three-letter runs (Dice), which forgives endings and word order.
"""

import re
import unicodedata

_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя" + "әғқңөұүһі",
        [
            *("a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o"),
            *("p", "r", "s", "t", "u", "f", "h", "ts", "ch", "sh", "sh", "", "y", "", "e", "yu"),
            *("ya", "a", "g", "k", "n", "o", "u", "u", "h", "i"),
        ],
        strict=True,
    )
)  # fmt: skip
_LEGAL_FORMS = frozenset(
    {"too", "ip", "ao", "tdo", "zhshs", "ak", "kgu", "kgp", "gu", "gkkp", "llp"}
)
_RUN = 3


def fold_name(name: str) -> str:
    """Give the comparable form of a name: Latin letters and digits, words split by one space."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    latin = "".join(_LETTERS.get(letter, letter) for letter in plain)
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFD", latin)
        if not unicodedata.combining(letter)
    )
    words = re.findall(r"[0-9a-z]+", bare)
    return " ".join(word for word in words if word not in _LEGAL_FORMS)


def likeness_percent(one: str, other: str) -> int:
    """Give how alike two folded names are, 0 to 100; symmetric, 0 where either is empty."""
    left, right = _runs(one), _runs(other)
    if not left or not right:
        return 0
    return round(200 * len(left & right) / (len(left) + len(right)))


def _runs(text: str) -> set[str]:
    padded = [f"  {word} " for word in text.split()]
    return {word[start : start + _RUN] for word in padded for start in range(len(word) - _RUN + 1)}
