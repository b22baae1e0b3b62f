"""One tap of somebody who stands there: still there, or gone.

"Still there" renews the report and closes a way again that had become doubtful. "Gone" of two
different people on two different devices, with nobody saying otherwise since, makes the way
doubtful: routes warn and prefer others, and the report goes to the head of the reviewer's list.
It never opens the way; one person or two phones of one person change nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.accounts.quotas import Quota, spend
from audits.barriers.reporting import LIFETIME_DAYS, change_of
from audits.errors import BarrierClosedError, BarrierNotFoundError, BarrierVoteTakenError
from audits.history import record_event
from audits.intake.ids import check_client_id
from audits.intake.receiving import lock_id
from audits.models import BarrierVote
from geo.network.models import Barrier, BarrierState
from geo.network.overrides import apply_changes

GONE_VOTES = 2
"""Different people who must say that it is gone (proposed)."""
_OPEN = (BarrierState.REPORTED, BarrierState.CONFIRMED, BarrierState.EXPIRED)


class BarrierVoteKind(StrEnum):
    """What somebody saw."""

    STILL_THERE = "still_there"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class VoteCount:
    """Different people since the barrier was last seen."""

    gone: int
    still_there: int


async def vote(
    db: AsyncSession,
    *,
    actor: Actor,
    barrier_id: UUID,
    vote_id: UUID,
    kind: BarrierVoteKind,
    now: datetime,
) -> tuple[Barrier, bool]:
    """Store a vote under the phone's id, and let the way follow; gives the barrier and news.

    Raises BarrierNotFoundError, BarrierClosedError after a reviewer's word, and
    BarrierVoteTakenError for an id with another vote.
    """
    require(actor, Action.REPORT_BARRIER)
    check_client_id(vote_id, now=now)
    await lock_id(db, vote_id)
    barrier = await db.get(Barrier, barrier_id, with_for_update=True, populate_existing=True)
    if barrier is None:
        raise BarrierNotFoundError
    known = await db.get(BarrierVote, vote_id)
    if known is not None:
        same = (known.account_id, known.barrier_id, known.vote)
        if same != (actor.account_id, barrier_id, kind.value):
            raise BarrierVoteTakenError
        return barrier, False
    if barrier.state not in _OPEN:
        raise BarrierClosedError(state=barrier.state.value)
    await spend(db, actor=actor, quota=Quota.BARRIERS, amount=1, now=now)
    db.add(
        BarrierVote(
            id=vote_id,
            barrier_id=barrier_id,
            account_id=actor.account_id,
            device_id=actor.device_id,
            vote=kind.value,
            voted_at=now,
        )
    )
    await db.flush()
    await record_event(
        db,
        kind="barrier_voted",
        subject=barrier,
        actor_id=actor.account_id,
        data={"vote": kind.value},
    )
    if kind is BarrierVoteKind.STILL_THERE:
        await _renew(db, barrier, now)
    elif (await count_votes(db, barrier)).gone >= GONE_VOTES:
        await _doubt(db, barrier, now)
    return await db.get_one(Barrier, barrier_id, populate_existing=True), True


async def count_votes(db: AsyncSession, barrier: Barrier) -> VoteCount:
    """Count people by their newest vote since the barrier was last seen or confirmed."""
    newest = (
        select(BarrierVote.account_id, BarrierVote.device_id, BarrierVote.vote)
        .where(BarrierVote.barrier_id == barrier.id)
        .ext(distinct_on(BarrierVote.account_id))
        .order_by(BarrierVote.account_id, BarrierVote.voted_at.desc(), BarrierVote.id.desc())
    )
    if barrier.last_seen_at is not None:
        newest = newest.where(BarrierVote.voted_at >= barrier.last_seen_at)
    votes = newest.subquery()
    device = func.coalesce(votes.c.device_id, votes.c.account_id)
    rows = await db.execute(
        select(votes.c.vote, func.count(device.distinct())).group_by(votes.c.vote)
    )
    counts = {row[0]: row[1] for row in rows}
    return VoteCount(
        gone=counts.get(BarrierVoteKind.GONE.value, 0),
        still_there=counts.get(BarrierVoteKind.STILL_THERE.value, 0),
    )


async def _renew(db: AsyncSession, barrier: Barrier, now: datetime) -> None:
    until = now + timedelta(days=LIFETIME_DAYS[barrier.kind])
    again = barrier.state is BarrierState.EXPIRED
    state = BarrierState.REPORTED if again else barrier.state
    longest = max(until, barrier.expires_at) if barrier.expires_at and not again else until
    change = change_of(barrier, state=state, expires_at=longest)
    await apply_changes(db, barriers=[change])
    await db.execute(update(Barrier).where(Barrier.id == change.id).values(last_seen_at=now))


async def _doubt(db: AsyncSession, barrier: Barrier, now: datetime) -> None:
    if barrier.state is BarrierState.EXPIRED:
        return
    change = change_of(barrier, state=BarrierState.EXPIRED, expires_at=now)
    await apply_changes(db, barriers=[change])
    doubted = await db.get_one(Barrier, change.id, populate_existing=True)
    await record_event(db, kind="barrier_doubted", subject=doubted, data={"votes": GONE_VOTES})
