"""The old network goes and the new one comes, and what people said is attached again.

Everything here runs in one transaction. Readers keep the old rows until it commits (DELETE and
INSERT, never TRUNCATE), so nobody sees half a city. Approvals wait on `NETWORK_LOCK` meanwhile
and then match against the new streets.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from geo.network.candidates import (
    candidates_sql,
    match_parameters,
    match_rows,
    update_sql,
    versions_sql,
)
from geo.network.matching import Match
from geo.osm.staging import COLUMNS, Connection

TABLES = ("edge_overrides", "barriers", "elements")

_STREETS = ("street_edges", "street_nodes", "map_roads")
_ROAD_COLUMNS = ("band", "class", "layer", "bridge", "tunnel", "name", "geom")
_GROUND = ("map_features",)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Something people said that no street of the new network fits."""

    table: str
    id: UUID
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class _Planned:
    version: str
    """Row version that was matched; another one means that somebody changed it meanwhile."""
    match: Match
    spot: tuple[float, float]


Plan = dict[str, dict[UUID, _Planned]]
"""Matches by table and id, worked out before the transaction so that it stays short."""


def plan_matches(connection: Connection) -> Plan:
    """Match all overrides, barriers and street elements against the staged network."""
    return {table: _match(table, connection, "true", []) for table in TABLES}


def _match(table: str, connection: Connection, only: str, ids: list[UUID]) -> dict[UUID, _Planned]:
    statement = candidates_sql(table, staged=True, only=only)
    rows = connection.execute(statement, {"ids": ids} if ids else None).fetchall()
    return {
        item.id: _Planned(version, found, (item.geom.centroid.x, item.geom.centroid.y))
        for item, version, found in match_rows(rows)
    }


def swap_streets(connection: Connection, *, ground: bool = True) -> None:
    """Replace vertices, edges and drawn roads by the staged ones; with `ground` the ground too."""
    tables = (*_STREETS, *(_GROUND if ground else ()))
    for table in tables:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - constants of this package
    for table in ("street_nodes", "street_edges", *tables[2:]):
        columns = ", ".join(COLUMNS.get(f"staging_{table}", _ROAD_COLUMNS))
        order = " ORDER BY geom" if table != "street_nodes" else ""
        connection.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM staging_{table}{order}"  # noqa: S608 - constants of this package
        )


def attach(connection: Connection, plan: Plan) -> list[Unmatched]:
    """Store the matches and give what no street fits.

    What was said or changed since the plan was made is matched now.
    """
    unmatched = []
    for table in TABLES:
        listed: list[Any] = connection.execute(versions_sql(table)).fetchall()
        current: dict[UUID, str] = dict(listed)
        planned = {
            key: entry for key, entry in plan[table].items() if current.get(key) == entry.version
        }
        changed = [key for key in current if key not in planned]
        if changed:
            planned |= _match(table, connection, "i.id = ANY(%(ids)s)", changed)
        with connection.cursor() as cursor:
            cursor.executemany(
                update_sql(table),
                [match_parameters(key, entry.match) for key, entry in planned.items()],
            )
        unmatched += [
            Unmatched(table, key, *entry.spot)
            for key, entry in planned.items()
            if not entry.match.found
        ]
    return unmatched
