"""What an approved audit of a lift means for the way: out of order closes, working opens.

An approval is a reviewer's word about a fresh measurement, so it may open a way that reports
have closed. It opens only what was last seen before the measurement.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from geoalchemy2.shape import to_shape
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.barriers.reporting import LIFETIME_DAYS, change_of
from audits.models import Audit, Decision, Observation
from geo.network.models import Barrier, BarrierKind, BarrierState
from geo.network.overrides import BarrierChange, apply_changes
from geo.network.queries import OPEN_BARRIERS
from geo.places.models import Element

FIELDS = ("lift.state", "platform_lift.working")
_WORKING, _BROKEN = "working", "out_of_order"


async def follow_lifts(db: AsyncSession, *, audit: Audit, now: datetime) -> None:
    """Close the way at lifts that the approved audit found broken, open it at working ones."""
    rejected = exists().where(
        Decision.observation_id == Observation.id, Decision.outcome == "reject"
    )
    rows = await db.execute(
        select(Observation.value, Observation.observed_at, Element)
        .join(Element, Element.id == Observation.element_id)
        .where(Observation.audit_id == audit.id, Observation.field.in_(FIELDS), ~rejected)
    )
    for value, observed_at, element in rows.all():
        if value == _WORKING:
            await _open(db, element.id, observed_at)
        elif value == _BROKEN and element.geom is not None:
            await _close(db, element, audit, observed_at, now)


async def _open(db: AsyncSession, element_id: UUID, observed_at: datetime) -> None:
    rows = await db.scalars(
        select(Barrier).where(
            Barrier.element_id == element_id,
            Barrier.kind == BarrierKind.LIFT_OUT_OF_ORDER,
            Barrier.state.in_(OPEN_BARRIERS),
            Barrier.last_seen_at.is_(None) | (Barrier.last_seen_at <= observed_at),
        )
    )
    changes = [
        change_of(barrier, state=BarrierState.CLEARED, expires_at=barrier.expires_at)
        for barrier in rows
    ]
    await apply_changes(db, barriers=changes)


async def _close(
    db: AsyncSession, element: Element, audit: Audit, observed_at: datetime, now: datetime
) -> None:
    until = observed_at + timedelta(days=LIFETIME_DAYS[BarrierKind.LIFT_OUT_OF_ORDER])
    if element.geom is None or until <= now:
        return
    key = uuid5(element.id, f"lift {audit.id}")
    change = BarrierChange(
        id=key,
        kind=BarrierKind.LIFT_OUT_OF_ORDER,
        state=BarrierState.CONFIRMED,
        geom=to_shape(element.geom),
        osm_way_id=element.osm_way_id,
        osm_node_ids=element.osm_node_ids or (),
        element_id=element.id,
        reported_by=audit.author_id,
        expires_at=until,
        district_id=audit.district_id,
    )
    await apply_changes(db, barriers=[change])
    barrier = await db.get_one(Barrier, key, populate_existing=True)
    barrier.last_seen_at = observed_at
    await db.flush()
