"""The cluster pyramid: places counted per cell of 64 px, category, profile and word, zooms 0-13.

Triggers on `places` append what a statement changed to a queue, in the same transaction; here
the queue is folded into the counts and tiles are read from both. Writers insert into the queue
and wait for nobody, not even in the one cell that the whole city shares at zoom 0. Folding moves
rows from the queue to the counts in one transaction and touches no other table, in the order of
the key. So no lock of the pyramid is ever part of a circle, and a reader, whose statement has
one snapshot, counts exactly what is in `places` of that snapshot, folded or not.

A change of what counts as listed, or of the words, needs a migration that replaces the trigger's
function and recounts.
"""

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.templates import read_statement
from geo.mobility.profiles import PROFILES
from geo.tiles.grid import TileAddress
from geo.tiles.layers import CLUSTER_MAX_ZOOM, WORDS
from geo.tiles.models import COUNT_NAMES

CELLS_PER_TILE = 8
"""Cells of 64 px along a 512 px tile."""

FOLD_BATCH = 5_000
"""Queued rows moved in one transaction."""

_CELL_BITS = 3
_UNIT_BITS = 9
"""A cell has 512 units along its side, as the tile's own grid has."""
_WORLD_BITS = CLUSTER_MAX_ZOOM + _CELL_BITS + _UNIT_BITS
"""Positions in the queue are whole units of the deepest zoom, so every shallower cell and the
unit inside it are shifts."""

FOLDING = "hashtext('esik-fold-clusters')"
"""Advisory lock of whoever changes the counts."""
_LOCK = f"SELECT pg_try_advisory_xact_lock({FOLDING})"
_ALL = ""
"""Category of rows that count all places of a cell, so that a map without a filter adds up no
more than a row a cell. A place without a category is counted there and answers to no filter."""

# In the order in which tiles read them and a TRUNCATE of places empties them.
_LOCK_TABLES = "LOCK TABLE place_clusters, place_cluster_deltas IN ROW EXCLUSIVE MODE"
KEY = ("zoom", "x", "y", "category", "cell")
_OFTEN = ("total", "sum_x", "sum_y")

_COUNTED = ", ".join(
    f"nullif(sum(n) FILTER (WHERE words[{position}] = {word.code}), 0)::int AS {profile}_{word}"
    for position, profile in enumerate(PROFILES, start=1)
    for word in WORDS
)

_FRAGMENTS = {
    "key": ", ".join(KEY),
    "count_names": ", ".join(COUNT_NAMES),
    "counts_per_word": _COUNTED,
    "counts_added": ", ".join(f"nullif(sum({name}), 0)::int AS {name}" for name in COUNT_NAMES),
    "add_excluded": ", ".join(
        [f"{name} = c.{name} + excluded.{name}" for name in _OFTEN]
        + [
            f"{name} = nullif(coalesce(c.{name}, 0) + coalesce(excluded.{name}, 0), 0)"
            for name in COUNT_NAMES
        ]
    ),
    "world_bits": str(_WORLD_BITS),
    "cell_bits": str(CLUSTER_MAX_ZOOM + _UNIT_BITS),
    "unit_bits": str(CLUSTER_MAX_ZOOM),
}


def read_cluster_statement(name: str, zooms: str, **more: str) -> TextClause:
    """Read a statement of the pyramid; `zooms` is SQL for the zooms that it works out."""
    cells = read_statement("geo.tiles", "cells", {**_FRAGMENTS, "zooms": zooms}).text
    return read_statement("geo.tiles", name, {**_FRAGMENTS, "cells": cells.rstrip(), **more})


_ALL_ZOOMS = f"generate_series(0, {CLUSTER_MAX_ZOOM})"
_TILE = read_cluster_statement("clusters", _ALL_ZOOMS)
_FOLD = read_cluster_statement("fold_clusters", _ALL_ZOOMS)
_DROP_EMPTY = text(f"""
DELETE FROM place_clusters c
USING jsonb_to_recordset(CAST(:emptied AS jsonb))
      AS e (zoom int, x int, y int, cell int, category text)
WHERE c.zoom = e.zoom AND c.x = e.x AND c.y = e.y AND c.cell = e.cell AND c.category = e.category
  AND c.total = 0 AND c.sum_x = 0 AND c.sum_y = 0 AND num_nonnulls({", ".join(COUNT_NAMES)}) = 0
""")  # noqa: S608 - names of our own columns


def build_cluster_statement(
    tile: TileAddress, categories: tuple[str, ...]
) -> tuple[TextClause, dict[str, object]]:
    """Give the statement of one cluster tile, zooms 0 to 13, and its parameters."""
    side = _WORLD_BITS - tile.z
    chosen = [category for category in categories if category != _ALL]
    return _TILE, {
        "z": tile.z,
        "x": tile.x,
        "y": tile.y,
        "first_x": tile.x << side,
        "last_x": ((tile.x + 1) << side) - 1,
        "first_y": tile.y << side,
        "last_y": ((tile.y + 1) << side) - 1,
        "cell_shift": side - _CELL_BITS,
        "unit_shift": side - _CELL_BITS - _UNIT_BITS,
        "rows_of": chosen if categories else [_ALL],
        "categories": chosen if categories else None,
    }


async def fold_clusters(db: AsyncSession, *, batch: int = FOLD_BATCH) -> int:
    """Move queued changes into the counts, oldest first; gives how many rows were moved.

    Needs a transaction of its own. Gives 0 when the queue is empty, and also while another
    process folds: what it leaves is folded by the next call.
    """
    if not await db.scalar(text(_LOCK)):
        return 0
    await db.execute(text(_LOCK_TABLES))
    folded = (await db.execute(_FOLD, {"batch": batch})).one()
    if folded.emptied:
        await db.execute(_DROP_EMPTY, {"emptied": folded.emptied})
    return int(folded.taken)
