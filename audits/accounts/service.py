"""Create accounts and sign in with a password.

What comes after the password (second factor, sessions) has modules of its own.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.counters import take
from audits.accounts.models import Account
from audits.accounts.passwords import hash_password, verify_password
from audits.accounts.roles import AccountState, Role
from audits.accounts.sessions import end_all_sessions
from audits.history import record_event
from geo.errors import DomainError, ErrorKind
from geo.ids import uuid7

LOGIN_WINDOW = timedelta(minutes=15)
LOGIN_ATTEMPTS = 10
"""Wrong or right log-ins per login name and window; OWASP ASVS 5 asks for a bound, not a figure."""

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


async def create_account(
    db: AsyncSession,
    *,
    role: Role,
    login: str,
    password: str,
    display_name: str = "",
    is_demo: bool = False,
    actor_id: UUID | None = None,
) -> Account:
    """Create an account with a login; raises LoginTakenError and WeakPasswordError.

    Takes ~50 ms of CPU for the password.
    """
    check_strength(password)
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
    await record_event(
        db,
        kind="account_created",
        subject=account,
        actor_id=actor_id,
        data={"role": role.value},
    )
    return account


def check_strength(password: str) -> None:
    """Raise WeakPasswordError for a password that is too short (NIST SP 800-63B: length counts)."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise WeakPasswordError


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


async def hash_new_password(password: str) -> str:
    """Hash in a thread; raises WeakPasswordError. Needs no connection."""
    check_strength(password)
    return await asyncio.to_thread(hash_password, password)


async def set_password(
    db: AsyncSession, *, account: Account, password_hash: str, now: datetime
) -> None:
    """Set a new password and end all sessions."""
    account.password_hash = password_hash
    await end_all_sessions(db, account=account, now=now)
    await record_event(db, kind="password_changed", subject=account, actor_id=account.id)


async def count_attempt(db: AsyncSession, *, subject: str, now: datetime) -> None:
    """Count one attempt in the current window; raises TooManyAttemptsError over the bound.

    Runs in a transaction of its own, so that a refused attempt is counted too.
    """
    wait_s = await take(db, limits={subject: LOGIN_ATTEMPTS}, window=LOGIN_WINDOW, now=now)
    if wait_s is not None:
        raise TooManyAttemptsError(retry_after_s=wait_s)
