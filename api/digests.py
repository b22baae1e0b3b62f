"""Digest headers (RFC 9530): read `Content-Digest` and `Repr-Digest`."""

import base64
import binascii
import hashlib
import re

from audits.photos.errors import BadDigestHeaderError, DigestMismatchError

_SHA256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{1,64}):\s*(?:;[^,]*)?(?=,|$)")
_SHA256_BYTES = 32


def read_sha256(header: str | None) -> str | None:
    """Give the SHA-256 that a digest header names, hex; `None` without a header.

    Raises BadDigestHeaderError when it is malformed or names other algorithms only: whoever asks
    for a check must not believe that one was made.
    """
    if header is None:
        return None
    found = _SHA256.search(header)
    try:
        raw = base64.b64decode(found.group(1), validate=True) if found else b""
    except binascii.Error as error:
        raise BadDigestHeaderError from error
    if len(raw) != _SHA256_BYTES:
        raise BadDigestHeaderError
    return raw.hex()


def check_content(content: bytes, header: str | None) -> None:
    """Raise DigestMismatchError unless these bytes are those that the header names."""
    expected = read_sha256(header)
    received = hashlib.sha256(content).hexdigest()
    if expected is not None and expected != received:
        raise DigestMismatchError(expected=expected, received=received, bytes=len(content))
