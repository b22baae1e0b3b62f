"""Keyset pages: an opaque cursor that remembers the last row and the question it belongs to.

Offsets drift when rows come and go, and get slower page by page; a keyset does neither.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from geo.errors import InvalidCursorError

Key = Sequence[str | int | float]
Read = TypeVar("Read")
_BIGGEST_ID = 2**63 - 1


def encode_cursor(key: Key, *, question: object) -> str:
    """Write the sort key of the last row, bound to the question that was asked."""
    body = json.dumps([list(key), _fingerprint(question)], separators=(",", ":"))
    return base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, *, question: object) -> Key:
    """Read a sort key of at least one part; raises InvalidCursorError for any other cursor."""
    try:
        body = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key, fingerprint = json.loads(body)
    except (ValueError, TypeError) as error:
        raise InvalidCursorError from error
    if fingerprint != _fingerprint(question) or not isinstance(key, list) or not key:
        raise InvalidCursorError
    return key


def read_cursor_key(cursor: str, *, question: object, read: Callable[[Key], Read]) -> Read:
    """Read a sort key and its parts; raises InvalidCursorError where `read` cannot.

    A cursor is no secret and is not signed: anybody can make one that belongs to a question but
    holds other parts than its list wrote.
    """
    key = decode_cursor(cursor, question=question)
    try:
        return read(key)
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidCursorError from error


def read_row_number(part: object) -> int:
    """Read a number that a BIGINT holds; raises ValueError for any other."""
    if not isinstance(part, int) or not 0 <= part <= _BIGGEST_ID:
        raise ValueError(part)
    return part


def _fingerprint(question: object) -> str:
    text = json.dumps(question, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
