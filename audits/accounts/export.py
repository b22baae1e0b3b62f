"""Everything the service keeps about one person, as a ZIP that is made while it is sent.

One JSON file per table, a line per row, and the person's photos. Secrets that prove who somebody is
(password, second factor, tokens) are left out: they say nothing about the person and would be
worth stealing.
"""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from audits.photos.stores import ObjectMissingError, PhotoStore
from geo.db.session import Sessions, read_session

SECRETS = (
    "password_hash",
    "totp_secret",
    "totp_last_step",
    "token_hash",
    "successor_salt",
    "code_hash",
)
_MY_AUDITS = "SELECT id FROM audits WHERE author_id = :me"
_MY_BARRIERS = "SELECT id FROM barriers WHERE reported_by = :me"
_MY_PHOTOS = (
    f"SELECT id FROM photos WHERE audit_id IN ({_MY_AUDITS}) OR barrier_id IN ({_MY_BARRIERS})"  # noqa: S608 - constants
)

TABLES: Mapping[str, str] = {
    "accounts": "id = :me OR merged_into_id = :me",
    "account_districts": "account_id = :me",
    "devices": "account_id = :me",
    "refresh_tokens": "account_id = :me",
    "one_time_codes": "account_id = :me",
    "recovery_codes": "account_id = :me",
    "audits": "author_id = :me",
    "audit_versions": f"audit_id IN ({_MY_AUDITS})",
    "observations": f"audit_id IN ({_MY_AUDITS})",
    "photos": f"id IN ({_MY_PHOTOS})",
    "uploads": f"photo_id IN ({_MY_PHOTOS})",
    "decisions": f"decided_by = :me OR audit_id IN ({_MY_AUDITS})",
    "confirmations": "account_id = :me",
    "barriers": "reported_by = :me",
    "barrier_votes": "account_id = :me",
    "events": "actor_id = :me",
}
"""Table → which of its rows are about the person `:me`."""

_ABOUT = """Everything that Esik keeps about the account {account_id}, made {made_at}.

One file a table, one JSON object a line. Positions are GeoJSON, longitude first.
photos/ holds your photos as they may be shown, and originals/ what is still kept unchanged.
"""


async def export_person(
    sessions: Sessions, store: PhotoStore, *, account_id: UUID, now: datetime
) -> AsyncIterator[bytes]:
    """Stream the ZIP; holds the person's rows of one table, or one photo, in memory.

    No connection is held while bytes are on their way: a slow reader costs nobody anything.
    """
    out = _Tap()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        about = _ABOUT.format(account_id=account_id, made_at=now.isoformat(timespec="seconds"))
        archive.writestr("about.txt", about)
        for table, condition in TABLES.items():
            rows = await _read_rows(sessions, table, condition, account_id)
            lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            archive.writestr(f"{table}.jsonl", "".join(lines))
            for chunk in out.drain():
                yield chunk
        async for name, content in _iter_pictures(sessions, store, account_id):
            # Pictures do not get smaller.
            archive.writestr(name, content, zipfile.ZIP_STORED)
            for chunk in out.drain():
                yield chunk
    for chunk in out.drain():
        yield chunk


async def _read_rows(
    sessions: Sessions, table: str, condition: str, account_id: UUID
) -> Sequence[dict[str, object]]:
    query = text(
        f"SELECT to_jsonb(t) - CAST(:secrets AS text[]) FROM {table} AS t"  # noqa: S608 - constants
        f" WHERE {condition}"
    )
    async with read_session(sessions) as db:
        rows = await db.scalars(query, {"me": account_id, "secrets": list(SECRETS)})
        return rows.all()


async def _iter_pictures(
    sessions: Sessions, store: PhotoStore, account_id: UUID
) -> AsyncIterator[tuple[str, bytes]]:
    query = f"SELECT id, original_key, derivatives FROM photos WHERE id IN ({_MY_PHOTOS})"  # noqa: S608 - constants
    async with read_session(sessions) as db:
        photos = (await db.execute(text(query), {"me": account_id})).all()
    for photo_id, original_key, derivatives in photos:
        keys = {f"originals/{photo_id}": original_key}
        if derivatives:
            largest = max(derivatives, key=int)
            keys[f"photos/{photo_id}.webp"] = derivatives[largest]["key"]
        for name, key in keys.items():
            if key is None:
                continue
            try:
                yield name, await asyncio.to_thread(store.get, key)
            except ObjectMissingError:
                continue


class _Tap(io.RawIOBase):
    """A file that cannot seek and gives its bytes away as they come."""

    def __init__(self) -> None:
        super().__init__()
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        """Tell that it takes bytes."""
        return True

    def write(self, content: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Take bytes."""
        self._chunks.append(bytes(content))
        return len(content)

    def drain(self) -> Iterator[bytes]:
        """Give away what came since the last time."""
        chunks, self._chunks = self._chunks, []
        yield from chunks
