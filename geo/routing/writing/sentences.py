"""What notes say, as bytes: sentences taken apart once per language, put together by kernels.

`geo.routing.texts` knows the sentences and how a value is spoken. Here they are kept so that a
kernel can write them: texts with places for parameters between them, and in a lexicon what is
said of each value that occurred. Values that are said alike (two lengths that round to the same
metres) are one text. Sentences with a form for each number are kept whole, number by number.
"""

from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from geo.routing.answer import Phrase
from geo.routing.directions.codes import KEYS, PARAMS, REPORT
from geo.routing.directions.telling import Phrases, as_param
from geo.routing.kernels import inline, paste
from geo.routing.texts import (
    KM_FROM_MM,
    ROUND_FROM_M,
    check_language,
    name_placeholder,
    render,
    speak,
    take_apart,
)
from geo.routing.writing.digits import ROOM, Bytes, is_full, put, put_byte, round_tenths
from geo.routing.writing.lexicon import Words, choose_lexicon, find_text


class Sort(IntEnum):
    """Sorts of text. Reports belong to one way, all others to a lexicon."""

    NAME = 0
    DISTANCE = 1
    SLOPE = 2
    SIZE = 3
    LEVEL = 4
    LANDMARK = 5
    REPORT = 6
    COUNTED = 7
    """From here on: whole sentences by number of the key, for a number in them."""


SORTS = 1024
"""The key of a text is SORTS * what it says + its sort."""
_SORT_OF = {
    "name": Sort.NAME,
    "distance_mm": Sort.DISTANCE,
    "after_mm": Sort.DISTANCE,
    "slope_permille": Sort.SLOPE,
    "height_mm": Sort.SIZE,
    "width_mm": Sort.SIZE,
    "level_tenths": Sort.LEVEL,
    "place": Sort.LANDMARK,
    "other": Sort.LANDMARK,
}
_PARAM_OF = {sort: param for param, sort in _SORT_OF.items()}
_DISTANCE, _REPORT = int(Sort.DISTANCE), int(Sort.REPORT)


class Sentences(NamedTuple):
    """All sentences of a language that notes can stand for, by number of the key."""

    text: NDArray[np.uint8]
    """As JSON, escaped."""
    heads: NDArray[np.int64]
    """Rows of start and end: what stands before a sentence, with its key."""
    pieces: NDArray[np.int64]
    """Rows of start and end, then which parameter follows (-1: none), and its sort."""
    first: NDArray[np.int64]
    """Sentence n has the pieces from `first[n]` to `first[n + 1]`."""


class Extra(NamedTuple):
    """Texts of one way: by report its head and its sentence."""

    spans: NDArray[np.int64]
    """Rows of start and end; -1 where nobody wrote it yet."""
    text: NDArray[np.uint8]


class Desk(NamedTuple):
    """All that a kernel needs to write notes."""

    out: Bytes
    drafts: Bytes
    """Where notes are written before they find their places; as long as `out`."""
    sentences: Sentences
    words: Words
    extra: Extra
    reports: int
    """How many there are in this way."""
    missing: NDArray[np.int64]
    """What was looked for and not found: rows of sort, value, and key in the lexicon."""


# -- writing -------------------------------------------------------------------------------------


@inline
def put_notes(
    out: Bytes, notes: NDArray[np.void], desk: Desk, spans: NDArray[np.int64], asked: int
) -> tuple[int, int]:
    """Write notes as members of a list; return where they end, and how many texts were missing.

    `spans` gets a row for each: where it begins, where its sentence begins, where that ends,
    and where the note ends. The number of texts asked for so far goes on counting.
    """
    told, words, extra, missing = desk.sentences, desk.words, desk.extra, desk.missing
    text, heads, pieces, firsts = told.text, told.heads, told.pieces, told.first
    slots, keys, bounds, spoken = words.slots, words.keys, words.bounds, words.text
    marks, more = extra.spans, extra.text
    at = 0
    for number in range(len(notes)):
        note = notes[number]
        key = note.key
        if number:
            at = put_byte(out, at, ord(","))
        spans[number, 0] = at
        first, last, report = 0, 0, 2 * (key - REPORT)
        if report < 0:
            first, last = firsts[key], firsts[key + 1]
            at = put(out, at, text, heads[key, 0], heads[key, 1])
        elif report + 1 < len(marks) and marks[report, 0] >= 0:
            at = put(out, at, more, marks[report, 0], marks[report, 1])
        else:
            asked = note_missing(missing, asked, _REPORT, key - REPORT, 0)
        spans[number, 1] = at
        for piece in range(first, last):
            at = put(out, at, text, pieces[piece, 0], pieces[piece, 1])
            param, sort = pieces[piece, 2], pieces[piece, 3]
            if param < 0:
                continue
            value = note.first if param == 0 else note.second if param == 1 else note.third
            said = tell_distance(value) if sort == _DISTANCE else value
            found = find_text(slots, keys, words.known, SORTS * said + sort)
            if found < 0:
                asked = note_missing(missing, asked, sort, value, SORTS * said + sort)
            else:
                at = put(out, at, spoken, bounds[found], bounds[found + 1])
        if report >= 0 and report + 1 < len(marks) and marks[report, 0] >= 0:
            at = put(out, at, more, marks[report + 1, 0], marks[report + 1, 1])
        spans[number, 2] = at
        at = put_byte(out, put_byte(out, at, ord('"')), ord("}"))
        spans[number, 3] = at
    return at, asked


@inline
def note_missing(missing: NDArray[np.int64], asked: int, sort: int, value: int, key: int) -> int:
    """Ask for a text; return how many were asked for."""
    if asked >= len(missing):
        return asked
    missing[asked, 0], missing[asked, 1], missing[asked, 2] = sort, value, key
    return asked + 1


@inline
def are_known(notes: NDArray[np.void], reports: int) -> bool:
    """Whether all numbers of keys exist."""
    for number in range(len(notes)):
        if notes[number].key < 0 or notes[number].key >= REPORT + reports:
            return False
    return True


@paste
def tell_distance(length_mm: int) -> int:
    """Return a number that is the same for lengths of which the same is said."""
    if length_mm >= KM_FROM_MM:
        return -1 - round_tenths(length_mm / 1e6)
    metres = _halve_evenly(length_mm, 1000)
    return metres if metres < ROUND_FROM_M else 10 * _halve_evenly(metres, 10)


@paste
def _halve_evenly(value: int, unit: int) -> int:
    """Return a number of units as `round` has it."""
    whole, rest = value // unit, 2 * (value % unit)
    return whole + (rest > unit or (rest == unit and whole % 2 != 0))


# -- making --------------------------------------------------------------------------------------


@cache
def read_sentences(language: str) -> Sentences:
    """Return the sentences of a language; raises `KeyError` for one that does not exist."""
    text = bytearray()

    def lay(words: bytes) -> tuple[int, int]:
        start = len(text)
        text.extend(words)
        return start, len(text)

    heads, pieces, first = [], list[tuple[int, int, int, int]](), [0]
    for number, (key, params) in enumerate(zip(KEYS, PARAMS, strict=True)):
        slots = {name_placeholder(p): (n, _SORT_OF[p]) for n, p in enumerate(params) if p != "n"}
        heads.append(lay(write_head(key)))
        for words, placeholder in _take_apart(key, language):
            pieces.append((*lay(escape(words)), *slots.get(placeholder or "", (-1, 0))))
        if len(pieces) == first[-1]:
            pieces.append((0, 0, 0, Sort.COUNTED + number))
        first.append(len(pieces))
    return Sentences(
        text=as_array(bytes(text)),
        heads=np.array(heads, np.int64),
        pieces=np.array(pieces, np.int64),
        first=np.array(first, np.int64),
    )


def _take_apart(key: str, language: str) -> list[tuple[str, str | None]]:
    """Return the pieces of a sentence, none where it is kept whole or where there is none."""
    check_language(language)
    try:
        return take_apart(key, language) or []
    except KeyError:
        return []


def write_head(key: str) -> bytes:
    """Return what stands before the sentence of a note."""
    return b'{"key":%b,"text":"' % orjson.dumps(key)


def write_notes(
    phrases: Phrases,
    language: str,
    put_all: Callable[[Desk], tuple[int, int]],
    guess: int,
) -> bytes:
    """Return what a kernel writes of notes, in a buffer of at least `guess` bytes.

    `put_all` returns where it ended and how many texts were missing; below zero for a note of
    no known number. It is called again with what was missing, and with longer buffers when
    these were too short. Raises `KeyError` for a language or a sentence that does not exist,
    `IndexError` for a note of no known number.
    """
    lexicon = choose_lexicon(phrases.lexica, language)
    guess += 4 * ROOM
    buffers = np.empty((2, guess), np.uint8)
    desk = Desk(
        out=buffers[0],
        drafts=buffers[1],
        sentences=read_sentences(language),
        words=lexicon.words,
        extra=_NOTHING,
        reports=len(phrases.reports),
        missing=np.empty((128, 3), np.int64),
    )
    extra: dict[int, bytes] = {}
    while True:
        at, asked = put_all(desk)
        if at < 0:
            raise IndexError
        if asked:
            said = {}
            for sort, value, key in desk.missing[:asked].tolist():
                if sort == Sort.REPORT:
                    report = phrases.reports[value]
                    extra[2 * value] = write_head(report.key)
                    extra[2 * value + 1] = escape(render(report, language))
                else:
                    said[key] = _say(phrases, language, sort, value)
            lexicon.learn(said)
            desk = desk._replace(words=lexicon.words, extra=_lay_out(extra))
        elif is_full(desk.out, at):
            buffers = np.empty((2, 2 * at + 1024), np.uint8)
            desk = desk._replace(out=buffers[0], drafts=buffers[1])
        else:
            return desk.out[:at].tobytes()


def _say(phrases: Phrases, language: str, sort: int, value: int) -> str:
    if sort >= Sort.COUNTED:
        key = KEYS[sort - Sort.COUNTED]
        return render(Phrase(key, dict.fromkeys(PARAMS[sort - Sort.COUNTED], value)), language)
    meant: object = value
    if sort == Sort.NAME:
        meant = phrases.names(value)
    elif sort == Sort.LANDMARK:
        meant = as_param(phrases.anchors[value])
    return speak(_PARAM_OF[Sort(sort)], meant, language)


def _lay_out(extra: dict[int, bytes]) -> Extra:
    spans = np.full((max(extra, default=-1) + 1, 2), -1, np.int64)
    start = 0
    for row, text in extra.items():
        spans[row] = start, start + len(text)
        start += len(text)
    return Extra(spans, as_array(b"".join(extra.values())))


def escape(text: str) -> bytes:
    """Return a text as inside a JSON string."""
    return orjson.dumps(text)[1:-1]


def as_array(text: bytes) -> Bytes:
    """Return bytes as kernels read them."""
    return np.frombuffer(text, np.uint8).copy()


_NOTHING = _lay_out({})
