"""The cursor of a phone: how far it has read, and that it may not be too old (pure).

A cursor belongs to one question (whose audits, which area). While a phone still loads the
present state it holds the stage and the last id, and where the change log stood when it began.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from geo.db.keyset import decode_cursor, encode_cursor, read_row_number
from geo.errors import DomainError, ErrorKind, InvalidCursorError

RETENTION = timedelta(days=90)
"""Changes and tombstones are kept longer than this (`retention.KEPT`)."""


class CursorTooOldError(DomainError):
    """What changed since then is no longer known; `bootstrap_url` starts again."""

    code = "cursor-too-old"
    title = "The cursor is too old; start again without one"
    kind = ErrorKind.GONE


class Stage(StrEnum):
    """What a phone is being told."""

    AUDITS = "audits"
    PLACES = "places"
    BARRIERS = "barriers"
    CHANGES = "changes"
    """It has everything and follows the change log."""


@dataclass(frozen=True, slots=True)
class SyncCursor:
    """How far a phone has read."""

    stage: Stage
    xid: int
    """Transaction id of the last change that was read, or where the log stood at the start."""
    change_id: int
    """Last change of that transaction; zero when none of it was read."""
    after: UUID | None = None
    """Last id of the stage, while the present state is being loaded."""


def write_cursor(cursor: SyncCursor, *, question: object, now: datetime) -> str:
    """Write a cursor as opaque text, with the server's time."""
    after = str(cursor.after) if cursor.after else ""
    key = [cursor.stage.value, cursor.xid, cursor.change_id, after, int(now.timestamp())]
    return encode_cursor(key, question=question)


def read_cursor(text: str, *, question: object, horizon: int, now: datetime) -> SyncCursor:
    """Read a cursor; raises InvalidCursorError and CursorTooOldError.

    One that lies beyond the log (`horizon`) is from before a restore, so it is too old as well.
    """
    try:
        stage, xid, change_id, after, issued = decode_cursor(text, question=question)
        cursor = SyncCursor(
            Stage(str(stage)),
            read_row_number(xid),
            read_row_number(change_id),
            UUID(str(after)) if after else None,
        )
        issued_at = datetime.fromtimestamp(int(issued), UTC)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise InvalidCursorError from error
    if issued_at < now - RETENTION or cursor.xid > horizon:
        raise CursorTooOldError(bootstrap_url="/v1/sync")
    return cursor
