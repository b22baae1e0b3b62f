"""What approved audits and reports changed on the street, laid over the imported network.

Audits push; the network never asks. Everything happens in the caller's transaction, together
with its change rows, so an approval and its effect on routes are one thing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from geoalchemy2.shape import from_shape
from psycopg import AsyncConnection
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.base import SRID
from geo.db.changes import ChangeKind, record_change
from geo.db.session import driver_connection
from geo.errors import DomainError, ErrorKind
from geo.network.candidates import candidates_sql, match_parameters, match_rows, update_sql
from geo.network.locks import NETWORK_LOCK
from geo.network.matching import Match
from geo.network.models import (
    Barrier,
    BarrierKind,
    BarrierState,
    EdgeOverride,
    OverrideState,
    OverrideTarget,
    StreetEdge,
    StreetNode,
)

_NOT_MEASURED = frozenset(
    {
        "id",
        "osm_id",
        "geom",
        "from_node_id",
        "to_node_id",
        "osm_way_id",
        "osm_node_ids",
        "length_mm",
    }
)
MEASURED = (
    frozenset(column.key for column in StreetEdge.__table__.columns)
    | frozenset(column.key for column in StreetNode.__table__.columns)
) - _NOT_MEASURED
"""Names an override may carry: columns of `street_edges`, for a node of `street_nodes`."""


class UnknownStreetAttributeError(DomainError):
    """An override names something that streets do not have."""

    code = "unknown-street-attribute"
    title = "Streets have no such attribute"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class StreetOverride:
    """A measured fact about a street, as it is to stand from now on.

    `geom` is in degrees: a line along the street for an edge or a link, a point for a node. OSM
    ids are those the measuring person saw, where known; they help to find the street again.
    `attributes` maps column names of `street_edges` (or `street_nodes`) to values.
    """

    id: UUID
    target: OverrideTarget
    geom: BaseGeometry
    attributes: Mapping[str, Any]
    element_id: UUID | None = None
    osm_way_id: int | None = None
    osm_node_ids: Sequence[int] = ()
    observed_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BarrierChange:
    """A barrier as it is to stand from now on; `geom` is a point, line or area in degrees."""

    id: UUID
    kind: BarrierKind
    state: BarrierState
    geom: BaseGeometry
    osm_way_id: int | None = None
    osm_node_ids: Sequence[int] = ()
    element_id: UUID | None = None
    note: str | None = None
    reported_by: UUID | None = None
    expires_at: datetime | None = None
    district_id: UUID | None = field(default=None)


async def apply_changes(
    db: AsyncSession,
    *,
    overrides: Sequence[StreetOverride] = (),
    retired: Sequence[UUID] = (),
    barriers: Sequence[BarrierChange] = (),
) -> None:
    """Store street facts and barriers, match them to the network in force, and announce them.

    New ids are inserted, known ids replaced; ids in `retired` go out of force. What fits no
    street becomes `unmatched` (a barrier: no edges) and is kept for the next import. One change
    row per item, of kind `edge_override` or `barrier`, with its id and area.

    Waits while an import replaces the streets. Raises `UnknownStreetAttributeError`.
    """
    if not (overrides or retired or barriers):
        return
    for override in overrides:
        if unknown := sorted(set(override.attributes) - MEASURED):
            raise UnknownStreetAttributeError(attributes=unknown)
    await db.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": NETWORK_LOCK})
    await _store_overrides(db, overrides)
    await _store_barriers(db, barriers)
    driver = await driver_connection(db)
    found = await _match(driver, "edge_overrides", [each.id for each in overrides])
    found |= await _match(driver, "barriers", [each.id for each in barriers])
    for override in overrides:
        await _announce(
            db, ChangeKind.EDGE_OVERRIDE, override.id, override.geom, found.get(override.id)
        )
    for barrier in barriers:
        await _announce(db, ChangeKind.BARRIER, barrier.id, barrier.geom, found.get(barrier.id))
    await _retire(db, retired)
    for each in db.identity_map.values():
        if isinstance(each, EdgeOverride | Barrier):
            db.expire(each)


async def _store_overrides(db: AsyncSession, overrides: Sequence[StreetOverride]) -> None:
    for override in overrides:
        values = {
            "target": override.target,
            "state": OverrideState.UNMATCHED,
            "element_id": override.element_id,
            "geom": from_shape(override.geom, srid=SRID),
            "osm_way_id": override.osm_way_id,
            "osm_node_ids": list(override.osm_node_ids) or None,
            "edge_ids": [],
            "node_id": None,
            "attributes": dict(override.attributes),
            "observed_at": override.observed_at,
            "expires_at": override.expires_at,
        }
        await _upsert(db, EdgeOverride, override.id, values)


async def _store_barriers(db: AsyncSession, barriers: Sequence[BarrierChange]) -> None:
    for barrier in barriers:
        values = {
            "kind": barrier.kind,
            "state": barrier.state,
            "geom": from_shape(barrier.geom, srid=SRID),
            "osm_way_id": barrier.osm_way_id,
            "osm_node_ids": list(barrier.osm_node_ids) or None,
            "element_id": barrier.element_id,
            "note": barrier.note,
            "reported_by": barrier.reported_by,
            "expires_at": barrier.expires_at,
            "district_id": barrier.district_id,
        }
        await _upsert(db, Barrier, barrier.id, values)


async def _upsert(
    db: AsyncSession,
    table: type[EdgeOverride | Barrier],
    row_id: UUID,
    values: dict[str, Any],
) -> None:
    statement = insert(table).values(id=row_id, **values)
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=[table.id], set_=values | {"updated_at": func.now()}
        )
    )


async def _match(
    driver: AsyncConnection[object], table: str, ids: Sequence[UUID]
) -> dict[UUID, Match]:
    if not ids:
        return {}
    statement = candidates_sql(table, staged=False, only="i.id = ANY(%(ids)s)")
    cursor = await driver.execute(statement.encode(), {"ids": list(ids)})
    rows: list[Any] = await cursor.fetchall()
    found = {item.id: match for item, _version, match in match_rows(rows)}
    for row_id, match in found.items():
        await driver.execute(update_sql(table).encode(), match_parameters(row_id, match))
    return found


async def _announce(
    db: AsyncSession, kind: ChangeKind, row_id: UUID, geom: BaseGeometry, match: Match | None
) -> None:
    data = {
        "edge_ids": list(match.edge_ids) if match else [],
        "node_id": match.node_id if match else None,
        "found": bool(match and match.found),
    }
    area = from_shape(geom, srid=SRID)
    await record_change(db, kind=kind, subject_id=row_id, data=data, area=area)


async def _retire(db: AsyncSession, ids: Sequence[UUID]) -> None:
    if not ids:
        return
    found = await db.execute(
        select(EdgeOverride.id, EdgeOverride.geom).where(
            EdgeOverride.id.in_(ids), EdgeOverride.state != OverrideState.RETIRED
        )
    )
    rows = found.all()
    await db.execute(
        update(EdgeOverride)
        .where(EdgeOverride.id.in_([row.id for row in rows]))
        .values(state=OverrideState.RETIRED, updated_at=func.now())
    )
    for row in rows:
        await record_change(
            db,
            kind=ChangeKind.EDGE_OVERRIDE,
            subject_id=row.id,
            data={"retired": True},
            area=row.geom,
        )
