"""Conditional requests (RFC 9110 §13): entity tags in and out."""

import hashlib
from typing import Annotated

from fastapi import Header

_MAX_DIGITS = 9

IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="`*` with a new resource; an ETag when reading."),
]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag that the change is based on.")
]


def version_tag(version: int) -> str:
    """Give the strong entity tag of a version."""
    return f'"{version}"'


def content_tag(content: str) -> str:
    """Give the strong entity tag of a content: equal content, equal tag."""
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'


def read_version(header: str) -> int:
    """Read the version that an `If-Match` header names; zero, which none is, for other text."""
    digits = header.strip().removeprefix("W/").strip('"')
    plain = digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS
    return int(digits) if plain else 0


def matches(header: str | None, tag: str) -> bool:
    """Tell whether an `If-Match` or `If-None-Match` header names this tag (weakly compared)."""
    if header is None:
        return False
    named = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in named or tag.removeprefix("W/") in named
