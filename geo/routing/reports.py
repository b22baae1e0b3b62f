"""Reads overrides and barriers in force for the overlay, always as of one moment.

Whoever follows the change log reads rows a little later than it read of their change, and by
then the next transaction may have changed some of them and some others. So everything is read
in one snapshot, and what was announced up to that snapshot is read with it: an overlay never
holds a part of a transaction.
"""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import shapely
from psycopg.rows import dict_row

from geo.routing.overlay import Obstacle, Override
from geo.routing.plane import Shape

_OVERRIDES = (
    "SELECT id::text, target, attributes, edge_ids, node_id, observed_at,"
    " ST_AsBinary(geom) AS geom"
    " FROM edge_overrides WHERE state = 'active'"
)
_BARRIERS = (
    "SELECT id::text, kind, state, edge_ids, expires_at, note, ST_AsBinary(geom) AS geom"
    " FROM barriers WHERE state IN ('reported', 'confirmed', 'expired')"
)

_ANNOUNCED = (
    "SELECT id, xid::text AS xid, kind, subject_id FROM changes"
    " WHERE xid >= %s::xid8 AND kind IN ('edge_override', 'barrier')"
)
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon"


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to which change an overlay is: everything below the horizon, and some rows above it."""

    horizon: int
    seen: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows of one moment by id; `None` for one that is no longer in force."""

    overrides: Mapping[str, Override | None]
    obstacles: Mapping[str, Obstacle | None]
    mark: Mark


async def read_everything(connection: psycopg.AsyncConnection[Any]) -> Reading:
    """Return every override and barrier in force."""
    async with _one_moment(connection):
        horizon = await _read_horizon(connection)
        announced = await _read(connection, _ANNOUNCED, (str(horizon),))
        overrides = await _read(connection, _OVERRIDES)
        barriers = await _read(connection, _BARRIERS)
    return Reading(
        {row.id: row for row in _as_overrides(overrides)},
        {row.id: row for row in _as_obstacles(barriers)},
        Mark(horizon, frozenset(row["id"] for row in announced)),
    )


async def read_changed(
    connection: psycopg.AsyncConnection[Any],
    override_ids: Collection[str],
    barrier_ids: Collection[str],
    since: Mark,
) -> Reading | None:
    """Return the named overrides and barriers and all others announced after a mark.

    `None` when something was announced that names no row: then everything is to be read.
    """
    async with _one_moment(connection):
        horizon = await _read_horizon(connection)
        announced = await _read(connection, _ANNOUNCED, (str(since.horizon),))
        news = [row for row in announced if row["id"] not in since.seen]
        overrides: dict[str, Override | None] = dict.fromkeys(override_ids)
        obstacles: dict[str, Obstacle | None] = dict.fromkeys(barrier_ids)
        overrides |= {r["subject_id"]: None for r in news if r["kind"] == "edge_override"}
        obstacles |= {r["subject_id"]: None for r in news if r["kind"] == "barrier"}
        if "" in overrides or "" in obstacles:
            return None
        measured = await _read_named(connection, _OVERRIDES, overrides)
        reported = await _read_named(connection, _BARRIERS, obstacles)
    overrides |= {row.id: row for row in _as_overrides(measured)}
    obstacles |= {row.id: row for row in _as_obstacles(reported)}
    seen = frozenset(row["id"] for row in announced if int(row["xid"]) >= horizon)
    return Reading(overrides, obstacles, Mark(horizon, seen))


@asynccontextmanager
async def _one_moment(connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[None]:
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


async def _read_horizon(connection: psycopg.AsyncConnection[Any]) -> int:
    """Return the oldest transaction that may still announce something."""
    return int((await _read(connection, _HORIZON))[0]["horizon"])


async def _read_named(
    connection: psycopg.AsyncConnection[Any], query: str, ids: Collection[str]
) -> list[dict[str, Any]]:
    if not ids:
        return []
    return await _read(connection, f"{query} AND id = ANY(%s::uuid[])", (list(ids),))


async def _read(
    connection: psycopg.AsyncConnection[Any], query: str, parameters: tuple[Any, ...] = ()
) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), parameters)
        return await cursor.fetchall()


def _as_overrides(rows: Sequence[Mapping[str, Any]]) -> Iterator[Override]:
    for row, shape in zip(rows, _list_points(rows), strict=True):
        yield Override(
            id=row["id"],
            target=row["target"],
            attributes=row["attributes"] or {},
            edge_ids=tuple(row["edge_ids"] or ()),
            node_id=row["node_id"],
            observed_at=row["observed_at"],
            shape=shape,
        )


def _as_obstacles(rows: Sequence[Mapping[str, Any]]) -> Iterator[Obstacle]:
    for row, shape in zip(rows, _list_points(rows), strict=True):
        yield Obstacle(
            id=row["id"],
            kind=row["kind"],
            state=row["state"],
            edge_ids=tuple(row["edge_ids"] or ()),
            shape=shape,
            expires_at=row["expires_at"],
            note=row["note"],
        )


def _list_points(rows: Sequence[Mapping[str, Any]]) -> list[Shape]:
    """Return the points of each row's geometry.

    All in one call: it gives the interpreter away and, beside busy threads, waits for it back.
    """
    shapes = shapely.from_wkb([bytes(row["geom"]) for row in rows])
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    return np.split(points, np.searchsorted(owner, np.arange(1, len(rows))))[: len(rows)]
