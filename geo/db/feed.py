"""The listener: one per process, feeding overlays, tile epochs and caches from the change log.

Guarantees: every committed change reaches the handler at least once, in id order within a
batch, also when transactions commit out of order and after a lost connection. A change may
come twice; handlers make re-applying harmless. A long transaction elsewhere delays nothing:
rows above the horizon are delivered at once and only remembered until the horizon passes them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import psycopg
import structlog
from psycopg.rows import dict_row

from geo.db.changes import CHANNEL, ChangeKind, ChangeRow

log = structlog.get_logger()

Handler = Callable[[Sequence[ChangeRow]], Awaitable[None]]

_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon"

# One statement, one snapshot: the horizon and the rows must agree with each other.
_READ = """
WITH snapshot AS (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon)
SELECT s.horizon::text AS horizon, c.id, c.xid::text AS xid, c.kind, c.subject_id, c.data,
       ST_XMin(c.area) AS west, ST_YMin(c.area) AS south,
       ST_XMax(c.area) AS east, ST_YMax(c.area) AS north
FROM snapshot s LEFT JOIN changes c ON c.xid >= %(watermark)s::xid8
ORDER BY c.id
"""


class ChangeFeed:
    """Follow the change log of one database and hand every new change to a handler."""

    def __init__(self, conninfo: str, handler: Handler, *, poll_s: float = 5.0) -> None:
        self._conninfo = conninfo
        self._handler = handler
        self._poll_s = poll_s
        self._watermark: int | None = None
        self._seen: set[int] = set()
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    async def start(self) -> None:
        """Fix the starting point, then follow in the background.

        Whatever the caller loads after this returns is at least as new as the starting point,
        so no change can fall between the loading and the following.
        """
        connection = await self._connect()
        self._task = asyncio.create_task(self._follow(connection), name="change-feed")

    async def stop(self) -> None:
        """Stop following and close the connection."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _connect(self) -> psycopg.AsyncConnection[dict[str, object]]:
        connection = await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, row_factory=dict_row, application_name="esik-feed"
        )
        await connection.execute(f"LISTEN {CHANNEL}")
        if self._watermark is None:
            cursor = await connection.execute(_HORIZON)
            row = await cursor.fetchone()
            self._watermark = int(str(row["horizon"])) if row else 0
        return connection

    async def _follow(self, connection: psycopg.AsyncConnection[dict[str, object]] | None) -> None:
        delay_s = 0.1
        while True:
            try:
                if connection is None:
                    connection = await self._connect()
                while True:
                    await self._catch_up(connection)
                    self.connected.set()
                    delay_s = 0.1
                    async for _notice in connection.notifies(timeout=self._poll_s, stop_after=1):
                        pass
            except asyncio.CancelledError:
                if connection is not None:
                    await connection.close()
                raise
            except Exception as error:
                # A handler that fails is asked again with the same changes: the watermark has
                # not moved, and until then nobody may take caches for fresh.
                self.connected.clear()
                if isinstance(error, psycopg.Error):
                    log.warning("change_feed_lost", error=type(error).__name__)
                else:
                    log.exception("change_handler_failed")
                if connection is not None:
                    with suppress(psycopg.Error):
                        await connection.close()
                connection = None
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, 5.0)

    async def _catch_up(self, connection: psycopg.AsyncConnection[dict[str, object]]) -> None:
        cursor = await connection.execute(_READ, {"watermark": str(self._watermark)})
        rows = await cursor.fetchall()
        fresh = [row for row in rows if row["id"] is not None and row["id"] not in self._seen]
        if fresh:
            await self._handler([_as_change(row) for row in fresh])
        self._watermark = int(str(rows[0]["horizon"]))
        self._seen = {
            int(str(row["id"]))
            for row in rows
            if row["id"] is not None and int(str(row["xid"])) >= self._watermark
        }


def _as_change(row: dict[str, object]) -> ChangeRow:
    bounds = None
    if row["west"] is not None:
        west, south, east, north = (float(str(row[k])) for k in ("west", "south", "east", "north"))
        bounds = (west, south, east, north)
    data = row["data"]
    return ChangeRow(
        id=int(str(row["id"])),
        kind=ChangeKind(str(row["kind"])),
        subject_id=str(row["subject_id"]),
        data=data if isinstance(data, dict) else {},
        bounds=bounds,
    )
