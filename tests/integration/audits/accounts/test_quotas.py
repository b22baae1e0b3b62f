"""Quotas hold however many ask at once, and cost nothing when the change rolls back."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from audits.accounts.limits import QuotaLimits
from audits.accounts.policy import Actor
from audits.accounts.quotas import Quota, QuotaExceededError, spend
from audits.accounts.roles import Role
from geo.ids import uuid7

_NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


def _actor(*, audits: int = 5, device_id: UUID | None = None) -> Actor:
    limits = QuotaLimits(audits=audits, photo_bytes=4_000_000_000, device_percent=60)
    return Actor(uuid7(), Role.VOLUNTEER, device_id=device_id, limits=limits)


async def test_a_quota_ends_and_begins_again_the_next_day(db: AsyncSession) -> None:
    """The bound itself is allowed, one more is refused with the time to wait, tomorrow is new."""
    actor = _actor()
    await spend(db, actor=actor, quota=Quota.AUDITS, amount=5, now=_NOW)
    with pytest.raises(QuotaExceededError) as refused:
        await spend(db, actor=actor, quota=Quota.AUDITS, amount=1, now=_NOW)
    assert refused.value.params["retry_after_s"] == 17.5 * 3600 + 1
    await spend(db, actor=actor, quota=Quota.BARRIERS, amount=1, now=_NOW)
    await spend(db, actor=_actor(), quota=Quota.AUDITS, amount=5, now=_NOW)
    await spend(db, actor=actor, quota=Quota.AUDITS, amount=5, now=_NOW + timedelta(days=1))


async def test_one_device_gets_less_than_its_account(db: AsyncSession) -> None:
    """A device that runs wild leaves room for the account's other devices."""
    one = _actor(device_id=uuid7())
    other = Actor(one.account_id, Role.VOLUNTEER, device_id=uuid7(), limits=one.limits)
    await spend(db, actor=one, quota=Quota.AUDITS, amount=3, now=_NOW)
    savepoint = await db.begin_nested()
    with pytest.raises(QuotaExceededError):
        await spend(db, actor=one, quota=Quota.AUDITS, amount=1, now=_NOW)
    await savepoint.rollback()
    await spend(db, actor=other, quota=Quota.AUDITS, amount=2, now=_NOW)


async def test_bytes_beyond_32_bits_are_counted(db: AsyncSession) -> None:
    """Photos of a day are more bytes than a small counter can hold."""
    actor = _actor()
    await spend(db, actor=actor, quota=Quota.PHOTO_BYTES, amount=2_500_000_000, now=_NOW)
    await spend(db, actor=actor, quota=Quota.PHOTO_BYTES, amount=1_500_000_000, now=_NOW)
    with pytest.raises(QuotaExceededError):
        await spend(db, actor=actor, quota=Quota.PHOTO_BYTES, amount=1, now=_NOW)


async def test_no_two_pass_together(engine: AsyncEngine, clean_database: str) -> None:
    """Of twelve transactions at once exactly as many pass as the bound allows."""
    assert clean_database
    actor = _actor(device_id=uuid7(), audits=10)

    async def try_once() -> bool:
        try:
            async with AsyncSession(engine) as db, db.begin():
                await spend(db, actor=actor, quota=Quota.AUDITS, amount=1, now=_NOW)
        except QuotaExceededError:
            return False
        return True

    passed = await asyncio.gather(*(try_once() for _ in range(12)))
    assert passed.count(True) == 6


async def test_what_rolls_back_costs_nothing(db: AsyncSession) -> None:
    """A refused audit gives its share back with everything else it did."""
    actor = _actor(audits=1)
    savepoint = await db.begin_nested()
    await spend(db, actor=actor, quota=Quota.AUDITS, amount=1, now=_NOW)
    await savepoint.rollback()
    await spend(db, actor=actor, quota=Quota.AUDITS, amount=1, now=_NOW)
