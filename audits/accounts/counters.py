"""Count what may happen only so often: attempts, messages, things and bytes.

Counters are rows of PostgreSQL, so every process counts together and a restart forgets nothing.
Subjects are stored as digests: no log-in, phone or address can be read from the table.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.models import RateCounter

DAY = timedelta(days=1)
KEPT = timedelta(days=2)
"""Longer than the longest window; older counters say nothing any more."""


async def take(
    db: AsyncSession,
    *,
    limits: Mapping[str, int],
    window: timedelta,
    now: datetime,
    amount: int = 1,
) -> int | None:
    """Add `amount` to every subject of `limits`; gives `None`, or the seconds to wait.

    Atomic per subject over all processes: no two callers pass a limit together. Windows are
    fixed and begin at multiples of their length. A subject over its limit is not added to; who
    gets a wait should roll back, so that the other subjects are not charged either. Holds the
    rows until the transaction ends, always in the same order.
    """
    start = now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % window
    wait_s = int((start + window - now).total_seconds()) + 1
    if amount > min(limits.values()):
        return wait_s
    by_digest = {digest(subject): limit for subject, limit in limits.items()}
    statement = insert(RateCounter).values(
        [
            {"subject": subject, "window_start": start, "count": amount}
            for subject in sorted(by_digest)
        ]
    )
    after = RateCounter.count + statement.excluded.count
    taken = await db.scalars(
        statement.on_conflict_do_update(
            index_elements=[RateCounter.subject, RateCounter.window_start],
            set_={"count": after},
            where=after <= case(by_digest, value=RateCounter.subject),
        ).returning(RateCounter.subject)
    )
    return None if len(taken.all()) == len(by_digest) else wait_s


async def forget(db: AsyncSession, *, subject: str) -> None:
    """Start again from nothing for one subject."""
    await db.execute(delete(RateCounter).where(RateCounter.subject == digest(subject)))


async def sweep_counters(db: AsyncSession, *, now: datetime) -> None:
    """Remove counters whose windows are long over."""
    await db.execute(delete(RateCounter).where(RateCounter.window_start < now - KEPT))


def digest(secret: str) -> str:
    """Give the form under which a subject or a random token is stored: SHA-256, hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
