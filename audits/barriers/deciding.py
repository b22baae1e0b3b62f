"""What a reviewer decides about a report: only here a way is opened by word alone."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.barriers.reporting import LIFETIME_DAYS, change_of
from audits.errors import BarrierNotFoundError
from audits.history import record_event
from geo.network.models import Barrier, BarrierState
from geo.network.overrides import apply_changes


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


async def decide_barrier(
    db: AsyncSession,
    *,
    actor: Actor,
    barrier_id: UUID,
    outcome: BarrierOutcome,
    note: str | None = None,
    now: datetime,
) -> Barrier:
    """Confirm a report, or open the way again; raises BarrierNotFoundError and NotAllowedError.

    Confirming publishes `note`, or the reporter's words where it is `None`; an empty text
    publishes nothing.
    """
    barrier = await db.get(Barrier, barrier_id, with_for_update=True, populate_existing=True)
    if barrier is None:
        raise BarrierNotFoundError
    require(actor, Action.REVIEW_BARRIER, district_id=barrier.district_id)
    confirmed = outcome is BarrierOutcome.CONFIRM
    public = None
    if confirmed:
        public = note if note is not None else barrier.reported_note
    lasts = timedelta(days=LIFETIME_DAYS[barrier.kind])
    change = change_of(
        barrier,
        state=_STATES[outcome],
        expires_at=now + lasts if confirmed else barrier.expires_at,
        note=public,
    )
    await apply_changes(db, barriers=[change])
    if confirmed:
        seen = update(Barrier).where(Barrier.id == barrier_id).values(last_seen_at=now)
        await db.execute(seen)
    barrier = await db.get_one(Barrier, barrier_id, populate_existing=True)
    await record_event(
        db,
        kind=f"barrier_{barrier.state.value}",
        subject=barrier,
        actor_id=actor.account_id,
    )
    return barrier
