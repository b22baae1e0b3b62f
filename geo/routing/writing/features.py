"""The features of a way as bytes, one per stretch; what one holds is declared in `template`."""

from collections.abc import Mapping

import numpy as np
import orjson
from numpy.typing import NDArray

from geo.routing.answer import Notice
from geo.routing.kernels import inline, kernel, paste, straight
from geo.routing.segments import Stretches
from geo.routing.stretches import STRETCH
from geo.routing.texts import check_language, choose_name
from geo.routing.writing.digits import (
    ROOM,
    Bytes,
    is_full,
    put,
    put_byte,
    put_metres,
    put_null,
    put_place,
    put_short,
    put_tenths,
    put_whole,
)
from geo.routing.writing.lexicon import Words, choose_lexicon, find_text
from geo.routing.writing.sentences import (
    SORTS,
    Sort,
    as_array,
    note_missing,
)
from geo.routing.writing.template import TEMPLATE, Form, Template

_WORD, _WHOLE, _METRES, _TENTHS, _NAME, _WORDS, _NOTICES, _LINE, _ = map(int, Form)
_NAME_SORT = int(Sort.NAME)
_WIDTH = len(STRETCH.names or ())
_FEATURE_BYTES = 1000
"""Of a feature without its line, more or less."""


def write_features(stretches: Stretches, language: str) -> bytes:
    """Return the features of a way as the bytes of a list.

    Raises `KeyError` for a language that does not exist.
    """
    check_language(language)
    way, lexicon = stretches.way, choose_lexicon(stretches.lexica, language)
    rows = np.ascontiguousarray(way.stretches).view(np.int64)
    notices, spans = _write_notices(stretches.notices, len(stretches))
    missing = np.empty((128, 3), np.int64)
    guess = _FEATURE_BYTES * len(stretches) + 32 * len(way.points) + len(notices) + 4 * ROOM
    out = np.empty(guess, np.uint8)
    while True:
        at, asked = _put_features(
            *(out, TEMPLATE, rows, way.points, way.bounds),
            *(lexicon.words, notices, spans, missing),
        )
        if asked:
            wanted, names = missing[:asked, 1:].tolist(), stretches.names
            lexicon.learn({key: choose_name(names(number), language) for number, key in wanted})
        elif is_full(out, at):
            out = np.empty(2 * at + 1024, np.uint8)
        else:
            return out[:at].tobytes()


def _write_notices(
    notices: Mapping[int, tuple[Notice, ...]], stretches: int
) -> tuple[Bytes, NDArray[np.int64]]:
    """Return lists of notices end to end, and start and end of those of each stretch."""
    if not notices:
        return _NO_BYTES, _NO_SPANS
    text, spans = bytearray(), np.zeros((stretches, 2), np.int64)
    for place, some in notices.items():
        start = len(text)
        text += orjson.dumps([show_notice(notice) for notice in some])
        spans[place] = start, len(text)
    return as_array(bytes(text)), spans


def show_notice(notice: Notice) -> dict[str, str | None]:
    """Return what an answer says of something reported."""
    return {
        "kind": notice.kind,
        "state": notice.state,
        "until": notice.until.isoformat() if notice.until else None,
        "ref": notice.ref,
    }


_NO_BYTES, _NO_SPANS = np.zeros(0, np.uint8), np.zeros((0, 2), np.int64)


@straight
@kernel
def _put_features(
    out: Bytes,
    template: Template,
    rows: NDArray[np.int64],
    points: NDArray[np.float64],
    bounds: NDArray[np.int64],
    words: Words,
    notices: Bytes,
    spans: NDArray[np.int64],
    missing: NDArray[np.int64],
) -> tuple[int, int]:
    """Write the list; return where it ends, and how many names were missing."""
    seconds = rows.view(np.float64)
    slots, spelt, text = template.slots, template.words, template.text
    taken, keys, ends, spoken = words.slots, words.keys, words.bounds, words.text
    quiet = len(spans) == 0
    at, asked = put_byte(out, 0, ord("[")), 0
    for number in range(len(rows) // _WIDTH):
        if number:
            at = put_byte(out, at, ord(","))
        for slot in range(len(slots)):
            at = put_short(out, at, text, slots[slot, 0], slots[slot, 1])
            form, first, size = slots[slot, 2], slots[slot, 6], slots[slot, 7]
            place = number * _WIDTH + slots[slot, 3]
            value = (rows[place] >> slots[slot, 4]) & slots[slot, 5]
            word = _choose_word(form, value, first, size, quiet)
            # What is chosen of fixed texts is written at one spot: several times as fast.
            if word >= 0:
                at = put_short(out, at, text, spelt[word, 0], spelt[word, 1])
            elif form <= _TENTHS:
                at = _put_number(out, at, form, value, seconds[place])
            elif form == _NAME:
                known = words.known
                at, asked = _put_name(
                    out, at, taken, keys, known, ends, spoken, missing, asked, value
                )
            elif form == _WORDS:
                at = _put_words(out, at, spelt, text, first, size, value)
            elif form == _NOTICES:
                at = _put_notices(out, at, notices, spans, number)
            elif form == _LINE:
                at = _put_line(out, at, points, bounds[number], bounds[number + 1])
    return put_byte(out, at, ord("]")), asked


@paste
def _choose_word(form: int, value: int, first: int, words: int, quiet: bool) -> int:  # noqa: FBT001 - numba has no keywords
    """Return which fixed text stands for a value, -1 for none; `quiet` where nobody reports."""
    if form == _WORD:
        return first + value if 0 <= value < words else _NULL
    if (form == _WHOLE and value == first) or (form == _NAME and value == 0):
        return _NULL
    if (form == _WORDS and value == 0) or (form == _NOTICES and quiet):
        return _EMPTY
    return -1


@paste
def _put_number(out: Bytes, at: int, form: int, value: int, seconds: float) -> int:
    if form == _WHOLE:
        return put_whole(out, at, value)
    if form == _METRES:
        return put_metres(out, at, value)
    return put_tenths(out, at, seconds)


@paste
def _put_name(
    out: Bytes,
    at: int,
    slots: NDArray[np.int32],
    keys: NDArray[np.int64],
    known: int,
    bounds: NDArray[np.int64],
    text: Bytes,
    missing: NDArray[np.int64],
    asked: int,
    number: int,
) -> tuple[int, int]:
    """Write a name, or ask for it; null for one without text."""
    key = SORTS * number + _NAME_SORT
    found = find_text(slots, keys, known, key)
    if found < 0:
        asked = note_missing(missing, asked, _NAME_SORT, number, key)
    elif bounds[found] == bounds[found + 1]:
        at = put_null(out, at)
    else:
        at = put_byte(out, at, ord('"'))
        at = put(out, at, text, bounds[found], bounds[found + 1])
        at = put_byte(out, at, ord('"'))
    return at, asked


@inline
def _put_notices(out: Bytes, at: int, notices: Bytes, spans: NDArray[np.int64], number: int) -> int:
    if spans[number, 1] == 0:
        return put_byte(out, put_byte(out, at, ord("[")), ord("]"))
    return put(out, at, notices, spans[number, 0], spans[number, 1])


@inline
def _put_words(
    out: Bytes,
    at: int,
    spelt: NDArray[np.int64],
    text: NDArray[np.uint64],
    first: int,
    words: int,
    bits: int,
) -> int:
    """Write the words of which a bit is set as a list."""
    before = ord("[")
    for word in range(first, first + words):
        if bits >> (word - first) & 1:
            at = put_byte(out, at, before)
            at = put_short(out, at, text, spelt[word, 0], spelt[word, 1])
            before = ord(",")
    return put_byte(out, at, ord("]"))


@inline
def _put_line(out: Bytes, at: int, points: NDArray[np.float64], first: int, beyond: int) -> int:
    """Write places as a list."""
    at = put_byte(out, at, ord("["))
    for point in range(first, min(beyond, len(points))):
        if point > first:
            at = put_byte(out, at, ord(","))
        at = put_place(out, at, points[point, 0], points[point, 1])
    return put_byte(out, at, ord("]"))


_NULL, _EMPTY = 0, 1
"""Words that every template has."""
