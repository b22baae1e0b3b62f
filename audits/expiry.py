"""Time passing is a change too: what expires becomes unknown, and that is announced.

The clock may close a way and never opens one: an expired barrier leaves the edge unknown.
"""

from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.models import VerdictRow
from audits.recompute import recompute_places
from geo.db.changes import ChangeKind, record_change
from geo.network.models import Barrier, BarrierState
from geo.places.kinds import PlaceState
from geo.places.models import Place

BATCH = 25
"""Places recomputed in one transaction: a reviewer who meets one waits for a moment only."""


async def sweep_expired(db: AsyncSession, *, now: datetime) -> int:
    """Recompute places whose words or features are out of date, expire barriers.

    Gives how many changed.

    At most BATCH places a call; the caller calls again until nothing is left.
    """
    due = select(VerdictRow.place_id).where(VerdictRow.valid_until <= now)
    rows = await db.scalars(
        select(Place)
        .where(
            or_(Place.id.in_(due), Place.features_until <= now), Place.state != PlaceState.MERGED
        )
        .order_by(Place.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    places = rows.all()
    if places:
        await recompute_places(db, places=places, now=now)
    return len(places) + await _expire_barriers(db, now=now)


async def _expire_barriers(db: AsyncSession, *, now: datetime) -> int:
    open_states = [BarrierState.REPORTED, BarrierState.CONFIRMED]
    expired = await db.execute(
        update(Barrier)
        .where(Barrier.state.in_(open_states), Barrier.expires_at <= now)
        .values(state=BarrierState.EXPIRED, updated_at=func.now())
        .returning(Barrier.id, Barrier.geom)
    )
    rows = expired.all()
    for barrier_id, geom in rows:
        await record_change(db, kind=ChangeKind.BARRIER, subject_id=barrier_id, area=geom)
    return len(rows)
