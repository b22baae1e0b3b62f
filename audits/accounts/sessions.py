"""Sessions: rotating refresh tokens, their reuse, their end, and who an access token speaks for.

A refresh token works once. The answer that carries the next one may get lost, and two tabs may ask
at the same moment, so for a short time the same token gives the same successor again: the chain
never forks. Later than that it was copied, and the whole family ends.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.consents import find_missing_consents
from audits.accounts.counters import digest
from audits.accounts.limits import QuotaLimits
from audits.accounts.models import Account, AccountDistrict, Device, RefreshToken
from audits.accounts.policy import STAFF, Actor
from audits.accounts.roles import AccountState, Role
from audits.accounts.tokens import InvalidTokenError
from audits.history import record_event
from geo.ids import uuid7

_KEPT = timedelta(days=30)
REPLAY_GRACE = timedelta(seconds=60)
"""A phone whose answer was lost asks again with the same token; that is not a theft."""


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """A refresh token for an account; the text is known only here."""

    account_id: UUID
    device_id: UUID | None
    token: str
    expires_at: datetime


async def grant_refresh(
    db: AsyncSession,
    *,
    account_id: UUID,
    now: datetime,
    lifetime: timedelta,
    device_id: UUID | None = None,
) -> RefreshGrant:
    """Issue the first refresh token of a new family; `device_id` if a device's key proved it."""
    token = secrets.token_urlsafe(32)
    grant = RefreshGrant(account_id, device_id, token, now + lifetime)
    return await _store(db, grant, family_id=uuid7(), now=now)


async def rotate_refresh(
    db: AsyncSession, *, token: str, now: datetime, lifetime: timedelta
) -> RefreshGrant | None:
    """Spend a refresh token for the next one; within the grace time for the same next one.

    Gives `None` when a spent token comes again after the grace time: that is a copied token,
    and the whole family is ended. Raises InvalidTokenError for an unknown or expired token.
    """
    row = await db.scalar(
        select(RefreshToken).where(RefreshToken.token_hash == digest(token)).with_for_update()
    )
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        raise InvalidTokenError
    if row.used_at is not None and row.successor_salt is not None:
        if now - row.used_at > REPLAY_GRACE:
            await end_family(db, family_id=row.family_id, now=now)
            account = await db.get_one(Account, row.account_id)
            await record_event(db, kind="session_reused", subject=account)
            return None
        return await _repeat(db, row, _derive(token, row.successor_salt))
    row.used_at = now
    row.successor_salt = secrets.token_urlsafe(16)
    following = RefreshGrant(
        row.account_id, row.device_id, _derive(token, row.successor_salt), now + lifetime
    )
    return await _store(db, following, family_id=row.family_id, now=now)


async def end_family(db: AsyncSession, *, family_id: UUID, now: datetime) -> None:
    """Revoke every token of a family."""
    await _revoke(db, RefreshToken.family_id == family_id, now=now)


async def sign_out(db: AsyncSession, *, token: str, now: datetime) -> None:
    """End the family of a refresh token; an unknown token is already signed out."""
    row = await db.scalar(select(RefreshToken).where(RefreshToken.token_hash == digest(token)))
    if row is not None:
        await end_family(db, family_id=row.family_id, now=now)


async def end_all_sessions(db: AsyncSession, *, account: Account, now: datetime) -> None:
    """End every session of an account at once, access tokens included."""
    account.sessions_valid_from = now
    await db.flush()
    await _revoke(db, RefreshToken.account_id == account.id, now=now)


async def end_device_sessions(db: AsyncSession, *, device_id: UUID, now: datetime) -> None:
    """End the sessions that a device began with its key."""
    await _revoke(db, RefreshToken.device_id == device_id, now=now)


async def get_actor(
    db: AsyncSession,
    *,
    account_id: UUID,
    device_id: UUID | None = None,
    issued_at: datetime | None = None,
    second_factor_required: bool = False,
    limits: QuotaLimits | None = None,
) -> Actor:
    """Give who is asking, with districts, and what they still owe before they may act.

    Raises InvalidTokenError for an account that may not act, a revoked device, and a token from
    before its sessions were ended.
    """
    account = await db.get(Account, account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        raise InvalidTokenError
    ended = account.sessions_valid_from
    if issued_at is not None and ended is not None and issued_at < ended:
        raise InvalidTokenError
    if device_id is not None:
        await _check_device(db, account_id, device_id)
    districts: frozenset[UUID] = frozenset()
    if account.role is Role.REVIEWER:
        rows = await db.scalars(
            select(AccountDistrict.district_id).where(AccountDistrict.account_id == account_id)
        )
        districts = frozenset(rows)
    return Actor(
        account_id,
        account.role,
        districts,
        device_id,
        limits,
        missing_consents=() if account.is_demo else find_missing_consents(account.consents),
        lacks_second_factor=(
            second_factor_required and account.role in STAFF and account.totp_confirmed_at is None
        ),
    )


async def _check_device(db: AsyncSession, account_id: UUID, device_id: UUID) -> None:
    alive = await db.scalar(
        select(Device.id).where(
            Device.id == device_id, Device.account_id == account_id, Device.revoked_at.is_(None)
        )
    )
    if alive is None:
        raise InvalidTokenError


async def _store(
    db: AsyncSession, grant: RefreshGrant, *, family_id: UUID, now: datetime
) -> RefreshGrant:
    db.add(
        RefreshToken(
            family_id=family_id,
            account_id=grant.account_id,
            device_id=grant.device_id,
            token_hash=digest(grant.token),
            issued_at=now,
            expires_at=grant.expires_at,
        )
    )
    await db.flush()
    return grant


async def _repeat(db: AsyncSession, spent: RefreshToken, token: str) -> RefreshGrant:
    following = await db.scalar(
        select(RefreshToken).where(
            RefreshToken.token_hash == digest(token), RefreshToken.revoked_at.is_(None)
        )
    )
    if following is None:
        raise InvalidTokenError
    return RefreshGrant(spent.account_id, spent.device_id, token, following.expires_at)


def _derive(token: str, salt: str) -> str:
    """Give the next token: known to whoever holds this one, not to whoever reads the table."""
    raw = hmac.digest(token.encode(), salt.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def _revoke(db: AsyncSession, which: ColumnElement[bool], *, now: datetime) -> None:
    await db.execute(
        update(RefreshToken).where(which, RefreshToken.revoked_at.is_(None)).values(revoked_at=now)
    )


async def sweep_tokens(db: AsyncSession, *, now: datetime) -> None:
    """Remove tokens that expired a month ago; until then a late reuse is still noticed."""
    await db.execute(delete(RefreshToken).where(RefreshToken.expires_at < now - _KEPT))
