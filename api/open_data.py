"""Files of open data on their way out: which set is newest, conditions, ranges, pieces.

Conditions and ranges follow RFC 9110 §13 and §14: one range of bytes, `If-Range` with a strong
tag or the exact date. Several ranges at once are answered with the whole file, as is allowed.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import Request
from starlette.datastructures import Headers

from api.admission import OverloadedError
from api.conditional import matches
from audits.opendata.errors import OpenDataMissingError
from audits.opendata.manifest import Manifest
from audits.opendata.shelf import find_newest, get_set, iter_pieces
from audits.photos.stores import PhotoStore
from geo.errors import DomainError, ErrorKind

_FRESH_S = 5.0
"""For so long a process does not look again for a newer set."""
_MOST_KNOWN = 8
_MOST_READERS = 64
"""Downloads at the same time; each holds one piece of a file in memory."""
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


class RangeNotSatisfiableError(DomainError):
    """The range begins behind the end of the file; `byte_count` says how long it is."""

    code = "range-not-satisfiable"
    title = "The file is shorter than the range that was asked for"
    kind = ErrorKind.BAD_REQUEST


class OpenShelf:
    """The sets that one process knows of."""

    def __init__(self, store: PhotoStore) -> None:
        self._store = store
        self._newest: Manifest | None = None
        self._looked_at = float("-inf")
        self._known: dict[str, Manifest] = {}
        self._readers = 0
        self._lock = asyncio.Lock()

    async def find_newest(self) -> Manifest | None:
        """Find the newest set; as of a few seconds ago."""
        async with self._lock:
            if time.monotonic() - self._looked_at >= _FRESH_S:
                self._newest = await asyncio.to_thread(find_newest, self._store)
                # Before the first set everybody waits for it: look each time.
                self._looked_at = time.monotonic() if self._newest else float("-inf")
            return self._newest

    async def get(self, set_id: str | None) -> Manifest:
        """Give the set of an address, the newest without one; raises OpenDataMissingError."""
        newest = await self.find_newest()
        if newest is not None and set_id in {None, newest.set_id}:
            return newest
        if set_id is None:
            raise OpenDataMissingError
        known = self._known.get(set_id)
        if known is None:
            known = await asyncio.to_thread(get_set, self._store, set_id)
            while len(self._known) >= _MOST_KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[set_id] = known
        return known

    async def stream(self, manifest: Manifest, number: int, span: "Span") -> AsyncIterator[bytes]:
        """Give the bytes of a range, piece by piece; raises OverloadedError before the first."""
        if self._readers >= _MOST_READERS:
            raise OverloadedError(retry_after_s=5)
        self._readers += 1
        try:
            for key, offset, count in iter_pieces(
                manifest, number, start=span.start, length=span.length
            ):
                piece = await asyncio.to_thread(self._store.get, key)
                yield piece[offset : offset + count] if len(piece) != count else piece
        finally:
            self._readers -= 1


@dataclass(frozen=True, slots=True)
class Span:
    """A range of bytes of a file."""

    start: int
    length: int
    is_part: bool = False


def read_span(request: Request, *, byte_count: int, tag: str, changed: datetime) -> Span:
    """Read which bytes are wanted; raises RangeNotSatisfiableError."""
    whole = Span(0, byte_count)
    header = request.headers.get("range")
    if header is None or not _is_current(request.headers.get("if-range"), tag, changed):
        return whole
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return whole
    first, last = found.groups()
    if not first:
        length = min(int(last), byte_count)
        if length == 0:
            raise RangeNotSatisfiableError(byte_count=byte_count)
        return Span(byte_count - length, length, is_part=True)
    start = int(first)
    if start >= byte_count:
        raise RangeNotSatisfiableError(byte_count=byte_count)
    if last and int(last) < start:
        return whole
    end = min(int(last), byte_count - 1) if last else byte_count - 1
    return Span(start, end - start + 1, is_part=True)


def is_unchanged(headers: Headers, tag: str, changed: datetime) -> bool:
    """Tell whether the reader has this content: by tag, else by date (RFC 9110 §13.2.2)."""
    named = headers.get("if-none-match")
    if named is not None:
        return matches(named, tag)
    since = _read_date(headers.get("if-modified-since"))
    return since is not None and changed.replace(microsecond=0) <= since


def http_date(moment: datetime) -> str:
    """Write a moment as HTTP does."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _is_current(header: str | None, tag: str, changed: datetime) -> bool:
    if header is None:
        return True
    if header.startswith('"'):
        return header == tag
    return _read_date(header) == changed.replace(microsecond=0)


def _read_date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
