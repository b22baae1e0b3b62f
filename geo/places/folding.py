"""How names and addresses are compared: every alphabet becomes one row of Latin letters (pure).

`Абай`, `Abay` and `Abai` are one word, and so are `Құрманғазы`, `Курмангазы` and `Qurmangazy`.
The same steps stand in the database as `fold_words(text)`, because every stored text is folded
there; a test holds both to each other. Invariant: words come out alike whatever the language of
a text is, so one index serves all three.
"""

import re
import unicodedata

# Signs that do not come apart by themselves, and marks between words (left to right, in pairs).
_EARLY_FROM = "№«»„“”…–—•·§ŞşÇçĞğıİəƏŋøØłŁđĐ"
_EARLY_TO = "            шшччггiiaanoolldd"
_MARKS = re.compile("[\u0300-\u036f]")

_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FROM = (
    _LATIN
    + "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЫЭЮЯӘҒҚҢӨҰҮҺІ"
    + "абвгдезиклмнопрстуфхыэәғқңөұүһі"
    + "ЬЪьъ'’ʼ`´"
)
_TO = _LATIN.lower() + "abvgdeжziiklmnoprstufhцчшщieюяagknouuhi" + "abvgdeziklmnoprstufhieagknouuhi"
_ONE_BY_ONE = {ord(old): (_TO[n] if n < len(_TO) else None) for n, old in enumerate(_FROM)}

_SPELT = (
    ("ж", "zh"),
    ("ч", "ch"),
    ("щ", "sh"),
    ("ш", "sh"),
    ("ц", "ts"),
    ("ю", "iu"),
    ("я", "ia"),
    ("shch", "sh"),
    ("kh", "h"),
    ("gh", "g"),
    ("ph", "f"),
    ("j", "zh"),
    ("x", "ks"),
    ("q", "k"),
    ("w", "u"),
    ("y", "i"),
)
_HARD_C = re.compile("c(?!h)")
_IE_AFTER_VOWEL = re.compile("([aeou])ie")
_TWICE = re.compile("([a-z])\\1+")
_WORD = re.compile("[0-9]+(?:/[0-9]+)+[a-z]*|[a-z0-9]+")


def fold_words(text: str) -> list[str]:
    """Return the words of a text by which it is compared, in order; empty when none is left.

    Only Latin letters, digits and, inside a house number, `/` are left: `Абая, 12/3` is
    `abaia`, `12/3`.
    """
    early = text.translate(str.maketrans(_EARLY_FROM, _EARLY_TO))
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", early)).translate(_ONE_BY_ONE)
    for old, new in _SPELT:
        plain = plain.replace(old, new)
    plain = _HARD_C.sub("k", plain)
    plain = _IE_AFTER_VOWEL.sub("\\1e", plain)
    return _WORD.findall(_TWICE.sub("\\1", plain))
