"""Count the cluster pyramid anew from the places, for when it may be wrong.

Nothing of Esik makes it wrong, but a restore of data into tables whose triggers fire counts
twice, and hands may slip. One snapshot holds the truth: places are counted in it, and counts and
queue are set to what it says. Writers go on: what they change meanwhile is no part of the
snapshot, stays in the queue and is folded afterwards. The folding of the worker is kept out by
its own lock; should that be lost, the database refuses this transaction rather than mix the two.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.changes import ChangeKind, record_change
from geo.db.session import Sessions, write_session
from geo.tiles.clusters import FOLDING, KEY, read_cluster_statement
from geo.tiles.layers import CLUSTER_MAX_ZOOM
from geo.tiles.models import COUNT_NAMES

_PATIENT = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
# In the order in which a TRUNCATE of places takes them. Locking comes before the snapshot: who
# empties a table is seen by every snapshot, also by an older one.
_LOCKS = (
    "LOCK TABLE places IN ACCESS SHARE MODE",
    "LOCK TABLE place_clusters, place_cluster_deltas IN ROW EXCLUSIVE MODE",
)
_VALUES = ("total", "sum_x", "sum_y", *COUNT_NAMES)
_COLUMNS = ", ".join((*KEY, *_VALUES))


def _values(alias: str) -> str:
    return "(" + ", ".join(f"{alias}.{name}" for name in _VALUES) + ")"


_ONE_ZOOM = "(SELECT CAST(:zoom AS int) AS zoom)"
_SPOTS = read_cluster_statement("recount_spots", _ONE_ZOOM)
_CELLS = read_cluster_statement("recount_cells", _ONE_ZOOM)
_COMPARE = read_cluster_statement(
    "recount_compare", _ONE_ZOOM, told_values=_values("t"), true_values=_values("r")
)
_DROP_FALSE = text(
    "DELETE FROM place_clusters c WHERE c.zoom = :zoom AND NOT EXISTS (SELECT FROM recounted r"  # noqa: S608 - names of our own columns
    f" WHERE {' AND '.join(f'r.{name} = c.{name}' for name in KEY)})"
)
_WRITE_TRUE = text(
    f"INSERT INTO place_clusters AS c ({_COLUMNS}) SELECT {_COLUMNS} FROM recounted"  # noqa: S608 - names of our own columns
    f" ORDER BY {', '.join(KEY)} ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET"
    f" {', '.join(f'{name} = excluded.{name}' for name in _VALUES)}"
    f" WHERE {_values('c')} IS DISTINCT FROM {_values('excluded')}"
)


@dataclass(frozen=True, slots=True)
class ZoomCount:
    """What counting anew found at one zoom."""

    zoom: int
    cells: int
    """Cells that hold places, one for each category and one for all."""
    wrong_cells: int
    """Cells of which readers were told something else, folded and waiting together."""
    told_places: int
    """Places of all cells, as readers were told."""
    places: int
    """The same, counted."""


async def recount_clusters(
    sessions: Sessions, *, on_zoom: Callable[[ZoomCount], None] = lambda _count: None
) -> list[ZoomCount]:
    """Set the pyramid to what the places say; gives what was wrong, by zoom.

    Safe while others write and fold; a folding under way is waited for, and another recount.
    Where a cell was wrong, all processes forget their tiles. Needs two connections. Raises
    `DatabaseUnavailableError` when the database goes away: nothing is changed then.
    """
    async with write_session(sessions) as guard:
        for statement in _PATIENT:
            await guard.execute(text(statement))
        await guard.execute(text(f"SELECT pg_advisory_xact_lock({FOLDING})"))
        async with write_session(sessions) as db:
            return await _recount(db, on_zoom)


async def _recount(db: AsyncSession, on_zoom: Callable[[ZoomCount], None]) -> list[ZoomCount]:
    await db.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    for statement in (*_PATIENT, *_LOCKS):
        await db.execute(text(statement))
    await db.execute(_SPOTS)
    await db.execute(text("CREATE TEMPORARY TABLE recounted (LIKE place_clusters) ON COMMIT DROP"))
    counts = []
    for zoom in range(CLUSTER_MAX_ZOOM + 1):
        await db.execute(text("TRUNCATE recounted"))
        await db.execute(_CELLS, {"zoom": zoom})
        await db.execute(text("ANALYZE recounted"))
        row = (await db.execute(_COMPARE, {"zoom": zoom})).one()
        counts.append(ZoomCount(zoom, *row))
        await db.execute(_DROP_FALSE, {"zoom": zoom})
        await db.execute(_WRITE_TRUE)
        on_zoom(counts[-1])
    # What the snapshot sees of the queue is in the counts now.
    await db.execute(text("DELETE FROM place_cluster_deltas"))
    if any(count.wrong_cells for count in counts):
        await record_change(db, kind=ChangeKind.PLACES)
    return counts
