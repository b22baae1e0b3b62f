"""Read barriers: for everybody, and for those who decide about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.barriers.voting import BarrierVoteKind
from audits.errors import BarrierNotFoundError
from audits.models import BarrierVote
from geo.network.models import Barrier
from geo.network.queries import OPEN_BARRIERS
from geo.places.search import envelope


@dataclass(frozen=True, slots=True)
class BarrierCase:
    """A barrier as a reviewer sees it."""

    barrier: Barrier
    gone_votes: int
    """People who said since it was last seen that it is gone."""


async def get_barrier(db: AsyncSession, barrier_id: UUID) -> Barrier:
    """Give a barrier of any state; raises BarrierNotFoundError."""
    barrier = await db.get(Barrier, barrier_id)
    if barrier is None:
        raise BarrierNotFoundError
    return barrier


async def list_barriers(
    db: AsyncSession, *, box: tuple[float, float, float, float], limit: int
) -> Sequence[Barrier]:
    """List barriers in a box that stand, or of which nobody knows whether they were cleared."""
    rows = await db.scalars(
        select(Barrier)
        .where(Barrier.geom.bool_op("&&")(envelope(box)), Barrier.state.in_(OPEN_BARRIERS))
        .order_by(Barrier.id.desc())
        .limit(limit)
    )
    return rows.all()


async def list_for_review(db: AsyncSession, *, actor: Actor, limit: int) -> Sequence[BarrierCase]:
    """List open barriers of the reviewer's districts: those said to be gone first, then newest."""
    require(actor, Action.REVIEW_BARRIER, district_id=next(iter(actor.district_ids), None))
    gone = (
        select(func.count(BarrierVote.account_id.distinct()))
        .where(
            BarrierVote.barrier_id == Barrier.id,
            BarrierVote.vote == BarrierVoteKind.GONE.value,
            BarrierVote.voted_at >= func.coalesce(Barrier.last_seen_at, Barrier.created_at),
        )
        .scalar_subquery()
    )
    statement = select(Barrier, gone.label("gone")).where(Barrier.state.in_(OPEN_BARRIERS))
    if actor.district_ids:
        statement = statement.where(Barrier.district_id.in_(actor.district_ids))
    rows = await db.execute(
        statement.order_by(gone.desc(), Barrier.created_at.desc(), Barrier.id).limit(limit)
    )
    return [BarrierCase(barrier, number) for barrier, number in rows.all()]
