"""Create accounts, sign in with a password, rotate refresh tokens, and find who is asking."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.models import Account, AccountDistrict, RateCounter, RefreshToken
from audits.accounts.passwords import hash_password, verify_password
from audits.accounts.policy import Actor
from audits.accounts.roles import AccountState, Role
from audits.accounts.tokens import InvalidTokenError
from audits.history import record_event
from geo.errors import DomainError, ErrorKind
from geo.ids import uuid7

LOGIN_WINDOW = timedelta(minutes=15)
LOGIN_ATTEMPTS = 10
"""Wrong or right log-ins per login name and window; OWASP ASVS 5 asks for a bound, not a figure."""

REPLAY_GRACE = timedelta(seconds=60)
"""A phone whose answer was lost asks again with the same token; that is not a theft."""

MIN_PASSWORD_LENGTH = 12


class WrongCredentialsError(DomainError):
    """Login and password do not belong together, or the account may not act."""

    code = "wrong-credentials"
    title = "The login or the password is wrong"
    kind = ErrorKind.UNAUTHENTICATED


class TooManyAttemptsError(DomainError):
    """The same thing was tried too often in a short time."""

    code = "too-many-attempts"
    title = "Too many attempts; wait a little"
    kind = ErrorKind.RATE_LIMITED


class LoginTakenError(DomainError):
    """Another account already has this login."""

    code = "login-taken"
    title = "This login is taken"
    kind = ErrorKind.CONFLICT


class WeakPasswordError(DomainError):
    """The password is too short."""

    code = "weak-password"
    title = f"A password needs at least {MIN_PASSWORD_LENGTH} characters"
    kind = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """A fresh refresh token for an account; the text is known only here."""

    account_id: UUID
    token: str
    expires_at: datetime


async def create_account(
    db: AsyncSession,
    *,
    role: Role,
    login: str,
    password: str,
    display_name: str = "",
    is_demo: bool = False,
) -> Account:
    """Create an account with a login; raises LoginTakenError and WeakPasswordError."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise WeakPasswordError
    folded = fold_login(login)
    if await db.scalar(select(Account.id).where(Account.login == folded)):
        raise LoginTakenError(login=folded)
    account = Account(
        id=uuid7(),
        role=role,
        state=AccountState.ACTIVE,
        login=folded,
        password_hash=hash_password(password),
        display_name=display_name,
        is_demo=is_demo,
    )
    db.add(account)
    await db.flush()
    await record_event(db, kind="account_created", subject=account, data={"role": role.value})
    return account


def fold_login(login: str) -> str:
    """Give the one form of a log-in name under which it is stored, found and counted."""
    return login.strip().casefold()


async def find_by_login(db: AsyncSession, login: str) -> Account | None:
    """Find the account of a log-in name."""
    found: Account | None = await db.scalar(
        select(Account).where(Account.login == fold_login(login))
    )
    return found


async def check_password(account: Account | None, password: str) -> Account:
    """Give the account back if the password is right and it may act.

    Raises WrongCredentialsError. Needs no connection: argon2id takes tens of milliseconds of
    CPU, in a thread, and must hold up neither the event loop nor the pool.
    """
    known_hash = account.password_hash if account else None
    if not await asyncio.to_thread(verify_password, password, known_hash) or account is None:
        raise WrongCredentialsError
    if account.state is not AccountState.ACTIVE:
        raise WrongCredentialsError
    return account


async def count_attempt(db: AsyncSession, *, subject: str, now: datetime) -> None:
    """Count one attempt in the current window; raises TooManyAttemptsError over the bound.

    Runs in a transaction of its own, so that a refused attempt is counted too.
    """
    window = now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % LOGIN_WINDOW
    statement = (
        insert(RateCounter)
        .values(subject=_digest(subject), window_start=window, count=1)
        .on_conflict_do_update(
            index_elements=[RateCounter.subject, RateCounter.window_start],
            set_={"count": RateCounter.count + 1},
        )
        .returning(RateCounter.count)
    )
    count = await db.scalar(statement)
    if count is not None and count > LOGIN_ATTEMPTS:
        wait_s = int((window + LOGIN_WINDOW - now).total_seconds()) + 1
        raise TooManyAttemptsError(retry_after_s=wait_s)


async def forget_attempts(db: AsyncSession, *, subject: str) -> None:
    """Stop counting for somebody who has proven to be who they say."""
    await db.execute(delete(RateCounter).where(RateCounter.subject == _digest(subject)))


async def grant_refresh(
    db: AsyncSession,
    *,
    account_id: UUID,
    now: datetime,
    lifetime: timedelta,
    family_id: UUID | None = None,
) -> RefreshGrant:
    """Issue a refresh token, as the first of a family or as the next of one."""
    token = secrets.token_urlsafe(32)
    db.add(
        RefreshToken(
            family_id=family_id or uuid7(),
            account_id=account_id,
            token_hash=_digest(token),
            issued_at=now,
            expires_at=now + lifetime,
        )
    )
    await db.flush()
    return RefreshGrant(account_id, token, now + lifetime)


async def rotate_refresh(
    db: AsyncSession, *, token: str, now: datetime, lifetime: timedelta
) -> RefreshGrant | None:
    """Spend a refresh token for the next one.

    Gives `None` when a spent token comes again after the grace time: that is a copied token,
    and the whole family is ended. Raises InvalidTokenError for an unknown or expired token.
    """
    row = await db.scalar(
        select(RefreshToken).where(RefreshToken.token_hash == _digest(token)).with_for_update()
    )
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        raise InvalidTokenError
    if row.used_at is not None and now - row.used_at > REPLAY_GRACE:
        await end_family(db, family_id=row.family_id, now=now)
        return None
    row.used_at = row.used_at or now
    return await grant_refresh(
        db, account_id=row.account_id, now=now, lifetime=lifetime, family_id=row.family_id
    )


async def end_family(db: AsyncSession, *, family_id: UUID, now: datetime) -> None:
    """Revoke every token of a family."""
    await db.execute(
        update(RefreshToken)
        .where(RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def sign_out(db: AsyncSession, *, token: str, now: datetime) -> None:
    """End the family of a refresh token; an unknown token is already signed out."""
    row = await db.scalar(select(RefreshToken).where(RefreshToken.token_hash == _digest(token)))
    if row is not None:
        await end_family(db, family_id=row.family_id, now=now)


async def get_actor(db: AsyncSession, *, account_id: UUID, device_id: UUID | None) -> Actor:
    """Give who is asking, with districts; raises InvalidTokenError if they may not act any more."""
    account = await db.get(Account, account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        raise InvalidTokenError
    districts: frozenset[UUID] = frozenset()
    if account.role is Role.REVIEWER:
        rows = await db.scalars(
            select(AccountDistrict.district_id).where(AccountDistrict.account_id == account_id)
        )
        districts = frozenset(rows)
    return Actor(account_id, account.role, districts, device_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
