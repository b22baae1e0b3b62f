"""Kernels that write numbers and bytes into a buffer, as JSON has them.

Each takes a buffer and a place in it and returns the place behind what it wrote. Invariant:
nothing is ever written beyond the end. What might not fit is left out, and then `is_full` is
true of the place returned and of all after it; the caller begins anew with a buffer longer than
that place and `ROOM`. Decimals are those that Python's `repr` would print of the same number.
"""

import math

import numpy as np
from numpy.typing import NDArray

from geo.routing.kernels import inline, paste

Bytes = NDArray[np.uint8]

ROOM = 32
"""Eight more bytes than any number here takes; so much of a buffer stays unused at its end."""
_MINUS, _POINT = ord("-"), ord(".")
# Without a sign numbers are divided faster; those with and without one must not be mixed.
_ZERO, _NONE = np.uint64(ord("0")), np.uint64(0)
_TEN, _HUNDRED, _EIGHT = np.uint64(10), np.uint64(100), np.uint64(10**8)
_PER_METRE, _PER_DEGREE = np.uint64(1000), np.uint64(10**7)
_HALF = 0.5
_SPLIT = float((1 << 27) + 1)
_LARGEST_TENTHS, _LARGEST_DEGREES = 1e15, 1e5
"""Numbers from here on are no seconds and no degrees; they are written as null."""
_NULL, _POINT_WORD, _MILLIONTHS, _TEN_MILLIONTHS = (
    np.uint64(int.from_bytes(text, "little")) for text in (b"null", b".", b"e-6", b"e-7")
)


@paste
def is_full(out: Bytes, at: int) -> bool:
    """Whether something may have been left out before this place."""
    return at + ROOM > len(out)


@paste
def put(out: Bytes, at: int, source: Bytes, start: int, end: int) -> int:
    """Copy `source[start:end]`, which may lie before `at` in the same buffer."""
    if at + (end - start) + ROOM > len(out):
        return at + (end - start)
    # Without a sign in the index the loop copies many bytes at once.
    to, begin = np.uint64(at), np.uint64(start)
    for place in range(np.uint64(end - start)):
        out[to + place] = source[begin + place]
    return at + (end - start)


@paste
def put_short(out: Bytes, at: int, source: NDArray[np.uint64], start: int, size: int) -> int:
    """Copy a text of at most `ROOM` bytes; `source` holds as many from word `start` on."""
    if at + 2 * ROOM > len(out):
        return at + ROOM
    # So many bytes whatever the length: that takes no decision, and eight instructions.
    one, two, three, four = source[start], source[start + 1], source[start + 2], source[start + 3]
    _put_word(out, at, one)
    _put_word(out, at + 8, two)
    _put_word(out, at + 16, three)
    _put_word(out, at + 24, four)
    return at + size


@paste
def put_byte(out: Bytes, at: int, byte: int) -> int:
    """Write one byte."""
    if at + 1 + ROOM <= len(out):
        out[at] = byte
    return at + 1


@paste
def put_null(out: Bytes, at: int) -> int:
    """Write `null`."""
    if at + 2 * ROOM <= len(out):
        out[at], out[at + 1], out[at + 2], out[at + 3] = 110, 117, 108, 108
    return at + (4 if at + 2 * ROOM <= len(out) else ROOM)


@paste
def put_whole(out: Bytes, at: int, value: int) -> int:
    """Write a whole number."""
    if at + 2 * ROOM > len(out):
        return at + ROOM
    if value < 0:
        out[at] = _MINUS
        at += 1
    return _put_digits(out, at, np.uint64(abs(value)))


@paste
def put_metres(out: Bytes, at: int, length_mm: int) -> int:
    """Write millimetres as metres."""
    if at + 2 * ROOM > len(out):
        return at + ROOM
    if length_mm < 0:
        out[at] = _MINUS
        at += 1
    number = np.uint64(abs(length_mm))
    at = _put_digits(out, at, number // _PER_METRE)
    return _put_fraction(out, at, number % _PER_METRE * np.uint64(10**5), 3)


@paste
def put_tenths(out: Bytes, at: int, value: float) -> int:
    """Write a number as `round(value, 1)` does; null for what is no time of this world."""
    if at + 2 * ROOM > len(out) or not abs(value) < _LARGEST_TENTHS:
        return put_null(out, at)
    if math.copysign(1.0, value) < 0.0:
        out[at] = _MINUS
        at += 1
    number = np.uint64(round_tenths(abs(value)))
    at = _put_digits(out, at, number // _TEN)
    return _put_fraction(out, at, number % _TEN * np.uint64(10**7), 1)


@paste
def put_place(out: Bytes, at: int, lon: float, lat: float) -> int:
    """Write a place as a list of two numbers, each as `round(value, 7)` does."""
    if at + 3 * ROOM > len(out):
        return at + 2 * ROOM
    out[at] = ord("[")
    word, size, more, places = _spell_degrees(lon)
    _put_word(out, at + 1, word)
    _put_word(out, at + 1 + size, more)
    at += 1 + size + places
    out[at] = ord(",")
    word, size, more, places = _spell_degrees(lat)
    _put_word(out, at + 1, word)
    _put_word(out, at + 1 + size, more)
    at += 1 + size + places
    out[at] = ord("]")
    return at + 1


# Where arrays are handed on they are counted, which takes longer than to write a number: what
# is called below takes none, and what takes one is pasted.


@paste
def _put_digits(out: Bytes, at: int, value: np.uint64) -> int:
    if value >= _EIGHT:
        at = _put_long(out, at, value // _EIGHT)
        _put_word(out, at, _spell(value % _EIGHT))
        return at + 8
    size = _count_digits(value)
    _put_word(out, at, _spell(value) >> np.uint64(8 * (8 - size)))
    return at + size


@inline
def _put_long(out: Bytes, at: int, value: np.uint64) -> int:
    """Write what stands before the last eight digits."""
    if value >= _EIGHT:
        # More than that is not left of 64 bits.
        above = value // _EIGHT
        size = _count_digits(above)
        _put_word(out, at, _spell(above) >> np.uint64(8 * (8 - size)))
        _put_word(out, at + size, _spell(value % _EIGHT))
        return at + size + 8
    size = _count_digits(value)
    _put_word(out, at, _spell(value) >> np.uint64(8 * (8 - size)))
    return at + size


@paste
def _put_fraction(out: Bytes, at: int, part: np.uint64, places: int) -> int:
    """Write a point and the first of eight digits, without the zeros behind, but for one."""
    out[at] = _POINT
    word = _spell(part)
    _put_word(out, at + 1, word)
    return at + 1 + _trim(word, places)


@paste
def _put_word(out: Bytes, at: int, word: np.uint64) -> None:
    """Write eight characters, the lowest byte first."""
    to = np.uint64(at)
    for place in range(np.uint64(8)):
        out[to + place] = (word >> (np.uint64(8) * place)) & np.uint64(255)


@inline
def _spell_degrees(value: float) -> tuple[np.uint64, int, np.uint64, int]:
    """Return the characters of `round(value, 7)` in two words, and how many each has."""
    if not abs(value) < _LARGEST_DEGREES:
        return _NULL, 4, _NONE, 0
    minus = math.copysign(1.0, value) < 0.0
    number = np.uint64(round_degrees(abs(value)))
    if number == _NONE or number >= _HUNDRED:
        whole = number // _PER_DEGREE
        size = _count_digits(whole)
        word = _spell(whole) >> np.uint64(8 * (8 - size)) | _POINT_WORD << np.uint64(8 * size)
        more = _spell(number % _PER_DEGREE * _TEN)
        size, places = size + 1, _trim(more, 7)
    else:
        # As small as that, numbers are written with an exponent.
        size, more, places = 1, _MILLIONTHS, 3
        word = _ZERO + (number // _TEN if number >= _TEN else number)
        if number < _TEN:
            more = _TEN_MILLIONTHS
        elif number % _TEN != _NONE:
            word |= _POINT_WORD << np.uint64(8) | (_ZERO + number % _TEN) << np.uint64(16)
            size = 3
    if minus:
        word, size = word << np.uint64(8) | np.uint64(_MINUS), size + 1
    return word, size, more, places


@inline
def _count_digits(value: np.uint64) -> int:
    """Return how many digits a number below 10**8 has."""
    size, more = 1, _TEN
    while value >= more:
        size += 1
        more *= _TEN
    return size


@inline
def _trim(word: np.uint64, places: int) -> int:
    """Return how many of the first characters are left without the zeros behind; one at least."""
    while places > 1 and (word >> np.uint64(8 * places - 8)) & np.uint64(255) == _ZERO:
        places -= 1
    return places


@inline
def _spell(value: np.uint64) -> np.uint64:
    """Return the eight digits of a number as characters, the first in the lowest byte.

    All pairs of digits are parted at once, then all digits, as lanes of one register.
    """
    above = value // np.uint64(10_000)
    lanes = above | (value - above * np.uint64(10_000)) << np.uint64(32)
    above = ((lanes * np.uint64(10_486)) >> np.uint64(20)) & np.uint64(0x7F_0000_007F)
    lanes = above | (lanes - above * _HUNDRED) << np.uint64(16)
    above = ((lanes * np.uint64(103)) >> np.uint64(10)) & np.uint64(0x000F_000F_000F_000F)
    lanes = above | (lanes - above * _TEN) << np.uint64(8)
    return lanes | np.uint64(0x3030_3030_3030_3030)


@inline
def round_tenths(value: float) -> int:
    """Return the tenths of a number, as `round(value, 1)` has them; it is not below zero."""
    below = math.floor(value * 10.0)
    # Twenty times the number, exactly, in two parts, against twenty times the middle.
    large, small = value * 16.0, value * 4.0
    whole = large + small
    rest = small - (whole - large)
    over = (whole - (2 * below + 1)) + rest
    if over > 0.0 or (over == 0.0 and below % 2 != 0):
        return below + 1
    return below


@inline
def round_degrees(value: float) -> int:
    """Return ten-millionths of a degree, as `round(value, 7)` has them; not below zero."""
    raised = value * 1e7
    nearest = np.rint(raised)
    # What the product lost, exactly: decides where it seems to lie in the middle.
    high = value * _SPLIT
    high = high - (high - value)
    lost = (high * 1e7 - raised) + (value - high) * 1e7
    over = (raised - nearest) + lost
    found = int(nearest)
    if abs(over) > _HALF or (abs(over) == _HALF and found % 2 != 0):
        return found + (1 if over > 0.0 else -1)
    return found
