"""Short texts by number, found by kernels: names, distances, landmarks in one language.

A text is worked out once, when it is first wanted, and kept. Kernels look texts up while other
threads add more. Invariant: nothing that a reader may look at ever changes: texts are only
appended, and `Words.known` tells a reader up to where all was written before it began.
"""

import threading
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from geo.routing.kernels import kernel, paste

MOST_TEXTS = 200_000
"""Beyond it all texts are forgotten: a city has fewer names and landmarks (its memory: 20 MB)."""
_FIRST_TEXTS, _FIRST_BYTES = 256, 1 << 14
_SPREAD = -7046029254386353131
"""An odd number near 2**64 divided by the golden ratio: neighbours land far apart."""


class Words(NamedTuple):
    """The texts of a lexicon as kernels read them."""

    slots: NDArray[np.int32]
    """Number of a text or -1, by hash of its key; at most half of them are taken."""
    keys: NDArray[np.int64]
    bounds: NDArray[np.int64]
    """Text n is `text[bounds[n] : bounds[n + 1]]`."""
    text: NDArray[np.uint8]
    """As inside a JSON string, escaped."""
    known: int
    """Number of texts."""


class Lexicon:
    """Texts of one language. Safe for threads."""

    __slots__ = ("_lock", "_most", "words")

    def __init__(self, most: int = MOST_TEXTS) -> None:
        """`most` is how many texts are kept at once."""
        self._most = most
        self._lock = threading.Lock()
        self.words = _make_words(_FIRST_TEXTS, _FIRST_BYTES)

    def learn(self, texts: Mapping[int, str]) -> None:
        """Add texts by key; what is known already stays."""
        written = {key: orjson.dumps(text)[1:-1] for key, text in texts.items()}
        with self._lock:
            words = self.words
            if words.known + len(written) > self._most:
                words = _make_words(_FIRST_TEXTS, _FIRST_BYTES)
            words = _make_room(words, len(written), sum(map(len, written.values())))
            for key, text in written.items():
                if _find(words, key) < 0:
                    words = _append(words, key, text)
            self.words = words


Lexica = dict[str, Lexicon]
"""By language."""


def choose_lexicon(lexica: Lexica, language: str) -> Lexicon:
    """Return the lexicon of a language, begun if there is none."""
    found = lexica.get(language)
    return lexica.setdefault(language, Lexicon()) if found is None else found


@paste
def find_text(slots: NDArray[np.int32], keys: NDArray[np.int64], known: int, key: int) -> int:
    """Return the number of a text, -1 for one that is not known; takes what `Words` hold."""
    last = len(slots) - 1
    slot = hash_key(key) & last
    number = int(slots[slot])
    while number >= 0 and (number >= known or keys[number] != key):
        slot = (slot + 1) & last
        number = int(slots[slot])
    return number


@paste
def hash_key(key: int) -> int:
    """Spread keys that are near each other."""
    mixed = np.int64(key) * np.int64(_SPREAD)
    return int((mixed >> 32) ^ mixed)


@kernel
def _find(words: Words, key: int) -> int:
    return find_text(words.slots, words.keys, words.known, key)


@kernel
def _take_slot(slots: NDArray[np.int32], key: int, number: int) -> None:
    last = len(slots) - 1
    slot = hash_key(key) & last
    while slots[slot] >= 0:
        slot = (slot + 1) & last
    slots[slot] = number


@kernel
def _take_slots(slots: NDArray[np.int32], keys: NDArray[np.int64], known: int) -> None:
    for number in range(known):
        _take_slot(slots, keys[number], number)


def _make_words(texts: int, size: int) -> Words:
    return Words(
        slots=np.full(2 * texts, -1, np.int32),
        keys=np.zeros(texts, np.int64),
        bounds=np.zeros(texts + 1, np.int64),
        text=np.zeros(size, np.uint8),
        known=0,
    )


def _append(words: Words, key: int, text: bytes) -> Words:
    number, start = words.known, int(words.bounds[words.known])
    words.text[start : start + len(text)] = np.frombuffer(text, np.uint8)
    words.bounds[number + 1] = start + len(text)
    words.keys[number] = key
    _take_slot(words.slots, key, number)
    return words._replace(known=number + 1)


def _make_room(words: Words, texts: int, size: int) -> Words:
    """Return words with room for so many more texts of so many bytes; readers keep the old."""
    known, used = words.known, int(words.bounds[words.known])
    most, length = len(words.keys), len(words.text)
    if known + texts <= most and used + size <= length:
        return words
    while known + texts > most:
        most *= 2
    while used + size > length:
        length *= 2
    wider = _make_words(most, length)
    wider.keys[:known] = words.keys[:known]
    wider.bounds[: known + 1] = words.bounds[: known + 1]
    wider.text[:used] = words.text[:used]
    _take_slots(wider.slots, wider.keys, known)
    return wider._replace(known=known)
