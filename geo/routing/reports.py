"""Reads overrides and barriers in force for the overlay."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import psycopg
import shapely
from psycopg.rows import dict_row

from geo.routing.overlay import Obstacle, Override

_OVERRIDES = (
    "SELECT id::text, target, attributes, edge_ids, node_id, observed_at,"
    " ST_AsBinary(geom) AS geom"
    " FROM edge_overrides WHERE state = 'active'"
)
_BARRIERS = (
    "SELECT id::text, kind, state, edge_ids, expires_at, note, ST_AsBinary(geom) AS geom"
    " FROM barriers WHERE state IN ('reported', 'confirmed', 'expired')"
)


async def read_everything(
    connection: psycopg.AsyncConnection[Any],
) -> tuple[dict[str, Override | None], dict[str, Obstacle | None]]:
    """Return every override and barrier in force, by id."""
    overrides = await _read(connection, _OVERRIDES, None)
    barriers = await _read(connection, _BARRIERS, None)
    return (
        {row["id"]: _as_override(row) for row in overrides},
        {row["id"]: _as_obstacle(row) for row in barriers},
    )


async def read_changed(
    connection: psycopg.AsyncConnection[Any],
    override_ids: Collection[str],
    barrier_ids: Collection[str],
) -> tuple[dict[str, Override | None], dict[str, Obstacle | None]]:
    """Return the named overrides and barriers; `None` for one that is no longer in force."""
    overrides: dict[str, Override | None] = dict.fromkeys(override_ids)
    obstacles: dict[str, Obstacle | None] = dict.fromkeys(barrier_ids)
    if override_ids:
        for row in await _read(connection, _OVERRIDES, override_ids):
            overrides[row["id"]] = _as_override(row)
    if barrier_ids:
        for row in await _read(connection, _BARRIERS, barrier_ids):
            obstacles[row["id"]] = _as_obstacle(row)
    return overrides, obstacles


async def _read(
    connection: psycopg.AsyncConnection[Any], query: str, ids: Collection[str] | None
) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        if ids is None:
            await cursor.execute(query.encode())
        else:
            await cursor.execute(f"{query} AND id = ANY(%s::uuid[])".encode(), (list(ids),))
        return await cursor.fetchall()


def _as_override(row: Mapping[str, Any]) -> Override:
    return Override(
        id=row["id"],
        target=row["target"],
        attributes=row["attributes"] or {},
        edge_ids=tuple(row["edge_ids"] or ()),
        node_id=row["node_id"],
        observed_at=row["observed_at"],
        shape=_points(row["geom"]),
    )


def _as_obstacle(row: Mapping[str, Any]) -> Obstacle:
    return Obstacle(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        edge_ids=tuple(row["edge_ids"] or ()),
        shape=_points(row["geom"]),
        expires_at=row["expires_at"],
        note=row["note"],
    )


def _points(wkb: bytes) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(shapely.get_coordinates(shapely.from_wkb(bytes(wkb))), np.float64)
