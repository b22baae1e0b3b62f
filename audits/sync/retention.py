"""How long the change log is kept: longer than any cursor is good for."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

KEPT = timedelta(days=100)
"""Longer than `cursors.RETENTION`, so that a cursor that is taken never misses a row."""
BATCH = 5_000

_PRUNE = text(
    "DELETE FROM changes WHERE id IN ("
    " SELECT id FROM changes WHERE changed_at < :before ORDER BY xid, id LIMIT :batch)"
)


async def prune_changes(db: AsyncSession, *, now: datetime) -> int:
    """Delete changes that no cursor can ask for any more, at most BATCH; gives how many."""
    result = await db.execute(_PRUNE, {"before": now - KEPT, "batch": BATCH})
    return int(getattr(result, "rowcount", 0))
