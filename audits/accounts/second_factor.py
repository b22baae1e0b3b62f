"""The second factor of staff: time-based codes (RFC 6238) and recovery codes.

A code works once: the step of the last one that was taken is kept, and it and older ones are
refused. Recovery codes are random, hashed, and each works once. The secret is sealed with a key
that lies outside the database.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import delete, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.counters import digest
from audits.accounts.models import Account, RecoveryCode
from audits.accounts.sealing import BrokenSealError, Sealer
from audits.history import record_event
from geo.errors import DomainError, ErrorKind

STEP_S = 30
_DRIFT_STEPS = 1
"""One step either way for a slow clock (RFC 6238 §5.2 recommends at most one)."""
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_TOTP_DIGITS = 6
_ISSUER = "Esik"


class SecondFactorRequiredError(DomainError):
    """The password is right; send it again with a code of the second factor."""

    code = "second-factor-required"
    title = "A code of the second factor is needed"
    kind = ErrorKind.UNAUTHENTICATED


class WrongSecondFactorError(DomainError):
    """The code of the second factor is wrong, too old, or was used before."""

    code = "wrong-second-factor"
    title = "The code of the second factor is wrong"
    kind = ErrorKind.UNAUTHENTICATED


class SecondFactorSetError(DomainError):
    """The account has a second factor; an administrator can reset it."""

    code = "second-factor-set"
    title = "There is a second factor already"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs; shown once."""

    secret: str
    uri: str


async def begin_enrolment(db: AsyncSession, *, account: Account, sealer: Sealer) -> Enrolment:
    """Make a secret that counts once it is confirmed; a new call replaces the unconfirmed one.

    Raises SecondFactorSetError.
    """
    if account.totp_confirmed_at is not None:
        raise SecondFactorSetError
    secret = pyotp.random_base32()
    account.totp_secret = sealer.seal(secret, bound_to=_owner(account.id))
    account.totp_last_step = None
    await db.flush()
    name = account.login or str(account.id)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER))


async def confirm_enrolment(
    db: AsyncSession, *, account: Account, sealer: Sealer, code: str, now: datetime
) -> list[str]:
    """Switch the second factor on and give recovery codes, shown once.

    Raises SecondFactorSetError and WrongSecondFactorError.
    """
    if account.totp_confirmed_at is not None:
        raise SecondFactorSetError
    if not await _take_step(db, account=account, sealer=sealer, code=code, now=now):
        raise WrongSecondFactorError
    account.totp_confirmed_at = now
    codes = [_make_recovery_code() for _ in range(RECOVERY_CODES)]
    await db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    db.add_all(
        RecoveryCode(account_id=account.id, code_hash=digest(_plain(each))) for each in codes
    )
    await db.flush()
    await record_event(db, kind="second_factor_set", subject=account, actor_id=account.id)
    return codes


async def check_second_factor(
    db: AsyncSession, *, account: Account, sealer: Sealer, code: str | None, now: datetime
) -> None:
    """Let an account pass that has no second factor, or whose code is right.

    Takes a code of the app or a recovery code. Raises SecondFactorRequiredError where a code is
    missing, and WrongSecondFactorError.
    """
    if account.totp_confirmed_at is None:
        return
    if not code:
        raise SecondFactorRequiredError
    if len(code) == _TOTP_DIGITS:
        if await _take_step(db, account=account, sealer=sealer, code=code, now=now):
            return
    elif await _take_recovery_code(db, account=account, code=code, now=now):
        return
    raise WrongSecondFactorError


async def reset_second_factor(db: AsyncSession, *, account: Account, actor_id: UUID | None) -> None:
    """Take the second factor away, for somebody who lost phone and recovery codes."""
    account.totp_secret = None
    account.totp_confirmed_at = None
    account.totp_last_step = None
    await db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    await db.flush()
    await record_event(db, kind="second_factor_reset", subject=account, actor_id=actor_id)


async def _take_step(
    db: AsyncSession, *, account: Account, sealer: Sealer, code: str, now: datetime
) -> bool:
    """Tell whether the code is right and new; takes its step in one statement."""
    if account.totp_secret is None:
        return False
    try:
        secret = sealer.open(account.totp_secret, bound_to=_owner(account.id))
    except BrokenSealError:
        return False
    step = _find_step(secret, code, now)
    if step is None:
        return False
    taken = await db.scalar(
        update(Account)
        .where(
            Account.id == account.id,
            or_(Account.totp_last_step.is_(None), Account.totp_last_step < step),
        )
        .values(totp_last_step=step)
        .returning(Account.id)
    )
    return taken is not None


def _find_step(secret: str, code: str, now: datetime) -> int | None:
    current = int(now.timestamp()) // STEP_S
    generator = pyotp.TOTP(secret)
    found = None
    # All are compared, so that the time taken says nothing.
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), code.encode()):
            found = step
    return found


async def _take_recovery_code(
    db: AsyncSession, *, account: Account, code: str, now: datetime
) -> bool:
    taken = await db.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.code_hash == digest(_plain(code)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    if taken is None:
        return False
    await record_event(db, kind="recovery_code_used", subject=account, actor_id=account.id)
    return True


def _make_recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").upper()


def _owner(account_id: UUID) -> str:
    return f"totp:{account_id}"
