"""Keyset pages: an opaque cursor that remembers the last row and the question it belongs to.

Offsets drift when rows come and go, and get slower page by page; a keyset does neither.
"""

import base64
import hashlib
import json
from collections.abc import Sequence

from geo.errors import InvalidCursorError

Key = Sequence[str | int | float]


def encode_cursor(key: Key, *, question: object) -> str:
    """Write the sort key of the last row, bound to the question that was asked."""
    body = json.dumps([list(key), _fingerprint(question)], separators=(",", ":"))
    return base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, *, question: object) -> Key:
    """Read a sort key of at least one part; raises InvalidCursorError for any other cursor."""
    try:
        body = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key, fingerprint = json.loads(body)
    except ValueError as error:
        raise InvalidCursorError from error
    if fingerprint != _fingerprint(question) or not isinstance(key, list) or not key:
        raise InvalidCursorError
    return key


def _fingerprint(question: object) -> str:
    text = json.dumps(question, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
