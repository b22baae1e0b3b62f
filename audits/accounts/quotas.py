"""Charge what an account and its device send against what they may send in a day.

The bounds stop floods, not diligence: a hard-working volunteer sends some fifty audits a day. They
are spent in the transaction of what they pay for, so what rolls back costs nothing.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.counters import DAY, take
from audits.accounts.limits import DEFAULT_LIMITS, Quota
from audits.accounts.policy import Actor
from geo.errors import DomainError, ErrorKind

__all__ = ["Quota", "QuotaExceededError", "spend"]


class QuotaExceededError(DomainError):
    """The account or the device has sent as much as it may today."""

    code = "quota-exceeded"
    title = "This is more than one account may send in a day"
    kind = ErrorKind.RATE_LIMITED


async def spend(
    db: AsyncSession, *, actor: Actor, quota: Quota, amount: int, now: datetime
) -> None:
    """Charge the actor's account and device; raises QuotaExceededError with `retry_after_s`.

    Call it for something new only, never for a replay, and after the lock of the id that is
    being stored: the counter stays locked until the transaction ends. A negative amount is a
    mistake of the caller.
    """
    if amount < 0:
        raise ValueError("an amount is not negative")
    limits = actor.limits or DEFAULT_LIMITS
    bound = limits.of(quota)
    subjects = {f"quota:{quota}:account:{actor.account_id}": bound}
    if actor.device_id is not None:
        subjects[f"quota:{quota}:device:{actor.device_id}"] = bound * limits.device_percent // 100
    wait_s = await take(db, limits=subjects, window=DAY, now=now, amount=amount)
    if wait_s is not None:
        raise QuotaExceededError(quota=quota.value, limit=bound, retry_after_s=wait_s)
