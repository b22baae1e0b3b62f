"""The old network goes and the new one comes, and what people said is attached again.

Everything here runs in one transaction. Readers keep the old rows until it commits (DELETE and
INSERT, never TRUNCATE), so nobody sees half a city. Approvals wait on `NETWORK_LOCK` meanwhile
and then match against the new streets.
"""

from dataclasses import dataclass, field
from uuid import UUID

from geo.network.candidates import (
    candidates_sql,
    match_parameters,
    match_rows,
    update_sql,
)
from geo.network.matching import Match
from geo.osm.staging import COLUMNS, Connection

TABLES = ("edge_overrides", "barriers", "elements")
_STREETS = "staging_street_edges"

_DELETE = ("DELETE FROM street_edges", "DELETE FROM street_nodes", "DELETE FROM map_features")


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Something people said that no street of the new network fits."""

    table: str
    id: UUID
    lon: float
    lat: float


@dataclass(slots=True)
class Plan:
    """Matches worked out before the transaction, so that it stays short."""

    matches: dict[str, dict[UUID, Match]] = field(default_factory=dict)
    unmatched: list[Unmatched] = field(default_factory=list)


def plan_matches(connection: Connection) -> Plan:
    """Match all overrides, barriers and street elements against the staged network."""
    plan = Plan()
    for table in TABLES:
        plan.matches[table] = {}
        _match_into(plan, table, connection, "true", None)
    return plan


def _match_into(plan: Plan, table: str, connection: Connection, only: str, since: object) -> None:
    statement = candidates_sql(table, streets=_STREETS, only=only)
    rows = connection.execute(statement, {"since": since} if since else None).fetchall()
    for item, found in match_rows(rows):
        plan.matches[table][item.id] = found
        plan.unmatched = [each for each in plan.unmatched if each.id != item.id]
        if not found.found:
            place = item.geom.centroid
            plan.unmatched.append(Unmatched(table, item.id, place.x, place.y))


def swap_streets(connection: Connection) -> None:
    """Replace vertices, edges and map features by the staged ones."""
    for statement in _DELETE:
        connection.execute(statement)
    for table in ("street_nodes", "street_edges", "map_features"):
        columns = ", ".join(COLUMNS[f"staging_{table}"])
        order = " ORDER BY geom" if table != "street_nodes" else ""
        connection.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM staging_{table}{order}"  # noqa: S608 - constants of this package
        )


def attach(connection: Connection, plan: Plan, *, since: object) -> None:
    """Store the matches; what was said or changed after `since` is matched now."""
    for table in TABLES:
        touched = f"i.id IN (SELECT id FROM {table} WHERE updated_at >= %(since)s)"  # noqa: S608 - constants
        _match_into(plan, table, connection, touched, since)
        update = update_sql(table)
        parameters = [match_parameters(key, m) for key, m in plan.matches[table].items()]
        if parameters:
            with connection.cursor() as cursor:
                cursor.executemany(update, parameters)
