"""Barrier reports: the light path from "the lift is broken" to a route that goes around.

Anybody signed in may close a way, because a wrong detour costs minutes. Only a reviewer opens
one again: neither another report nor the clock does. An expired barrier leaves the edge unknown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from geoalchemy2.shape import to_shape
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.checks import check_inside_city
from audits.errors import (
    BarrierNotFoundError,
    BarrierTakenError,
    NotUuid7Error,
    UnknownElementError,
)
from audits.history import record_event
from geo.geojson import read_geometry
from geo.ids import is_uuid7
from geo.network.models import Barrier, BarrierKind, BarrierState
from geo.network.overrides import BarrierChange, apply_changes
from geo.places.models import Element
from geo.places.queries import find_district_id
from geo.places.search import envelope

_SHAPES = ("Point", "LineString")

LIFETIME_DAYS: Mapping[BarrierKind, int] = {
    BarrierKind.PARKED_VEHICLES: 1,
    BarrierKind.FLOODED: 2,
    BarrierKind.ICE: 4,
    BarrierKind.SNOW: 4,
    BarrierKind.BLOCKED: 14,
    BarrierKind.OTHER: 14,
    BarrierKind.DUG_UP: 30,
    BarrierKind.LIFT_OUT_OF_ORDER: 30,
    BarrierKind.CONSTRUCTION: 90,
    BarrierKind.BROKEN_SURFACE: 180,
}
"""How long a report is taken for certain, days (proposed: how long such a thing usually lasts)."""

SHOWN = (BarrierState.REPORTED, BarrierState.CONFIRMED, BarrierState.EXPIRED)


class BarrierOutcome(StrEnum):
    """What a reviewer may decide about a report."""

    CONFIRM = "confirm"
    CLEAR = "clear"
    REJECT = "reject"


_STATES = {
    BarrierOutcome.CONFIRM: BarrierState.CONFIRMED,
    BarrierOutcome.CLEAR: BarrierState.CLEARED,
    BarrierOutcome.REJECT: BarrierState.REJECTED,
}


async def report_barrier(
    db: AsyncSession,
    *,
    actor: Actor,
    barrier_id: UUID,
    kind: BarrierKind,
    geometry: dict[str, Any],
    note: str | None,
    element_id: UUID | None,
    now: datetime,
) -> tuple[Barrier, bool]:
    """Store a report under the phone's id and close the way; gives it and whether it is new.

    Raises NotUuid7Error, InvalidGeometryError, and BarrierTakenError for an id with other
    content or of somebody else.
    """
    require(actor, Action.REPORT_BARRIER)
    if not is_uuid7(barrier_id):
        raise NotUuid7Error(id=str(barrier_id))
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": str(barrier_id)}
    )
    geom = read_geometry(geometry, kinds=_SHAPES)
    known = await db.get(Barrier, barrier_id)
    if known is not None:
        same = known.kind is kind and to_shape(known.geom).equals_exact(to_shape(geom), 1e-7)
        if known.reported_by != actor.account_id or not same:
            raise BarrierTakenError
        return known, False
    await check_inside_city(db, [geom])
    if element_id is not None and await db.get(Element, element_id) is None:
        raise UnknownElementError(element_id=str(element_id))
    await apply_changes(
        db,
        barriers=[
            BarrierChange(
                id=barrier_id,
                kind=kind,
                state=BarrierState.REPORTED,
                geom=to_shape(geom),
                element_id=element_id,
                note=note,
                reported_by=actor.account_id,
                expires_at=now + timedelta(days=LIFETIME_DAYS[kind]),
                district_id=await find_district_id(db, geom),
            )
        ],
    )
    barrier = await db.get_one(Barrier, barrier_id)
    await record_event(
        db, kind="barrier_reported", subject=barrier, actor_id=actor.account_id,
        data={"kind": kind.value},
    )  # fmt: skip
    return barrier, True


async def decide_barrier(
    db: AsyncSession,
    *,
    actor: Actor,
    barrier_id: UUID,
    outcome: BarrierOutcome,
    now: datetime,
) -> Barrier:
    """Confirm a report, or open the way again; raises BarrierNotFoundError and NotAllowedError."""
    barrier = await db.get(Barrier, barrier_id, with_for_update=True)
    if barrier is None:
        raise BarrierNotFoundError
    require(actor, Action.REVIEW_BARRIER, district_id=barrier.district_id)
    lasts = timedelta(days=LIFETIME_DAYS[barrier.kind])
    confirmed = outcome is BarrierOutcome.CONFIRM
    await apply_changes(
        db,
        barriers=[
            BarrierChange(
                id=barrier.id,
                kind=barrier.kind,
                state=_STATES[outcome],
                geom=to_shape(barrier.geom),
                osm_way_id=barrier.osm_way_id,
                osm_node_ids=barrier.osm_node_ids or (),
                element_id=barrier.element_id,
                note=barrier.note,
                reported_by=barrier.reported_by,
                expires_at=now + lasts if confirmed else barrier.expires_at,
                district_id=barrier.district_id,
            )
        ],
    )
    barrier = await db.get_one(Barrier, barrier_id, populate_existing=True)
    await record_event(
        db,
        kind=f"barrier_{barrier.state.value}",
        subject=barrier,
        actor_id=actor.account_id,
    )
    return barrier


async def list_barriers(
    db: AsyncSession, *, box: tuple[float, float, float, float], limit: int
) -> Sequence[Barrier]:
    """List barriers in a box that stand, or of which nobody knows whether they were cleared."""
    rows = await db.scalars(
        select(Barrier)
        .where(Barrier.geom.bool_op("&&")(envelope(box)), Barrier.state.in_(SHOWN))
        .order_by(Barrier.id.desc())
        .limit(limit)
    )
    return rows.all()
