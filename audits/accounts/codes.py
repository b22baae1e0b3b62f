"""One-time codes: asked for, made and sent by the worker, and checked a few times.

The answers are the same whether or not anybody has the phone or address. The code itself is made
when it is sent: the queue holds an id, the table a hash. Six digits are a million guesses, so a
code dies after five wrong ones and a recipient gets few codes.
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.contacts import Channel, Contact, read_contact
from audits.accounts.counters import take
from audits.accounts.models import Account, CodePurpose, OneTimeCode
from audits.accounts.passwords import hash_password, verify_password
from audits.accounts.policy import STAFF
from audits.accounts.senders import CodeMessage, Senders
from geo.db.session import Sessions, write_session
from geo.errors import DomainError, ErrorKind
from geo.ids import uuid7

LIFETIME = timedelta(minutes=10)
"""As long as the slowest SMS plus a look at the phone; NIST SP 800-63B §5.1.3.2 allows ten."""

MAX_GUESSES = 5
_CODES_A_QUARTER = 3
_CODES_A_DAY = 10
_GUESSES_A_QUARTER = 15
_QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)
_DIGITS = 6


class ChannelOffError(DomainError):
    """No codes are sent that way by this installation."""

    code = "channel-off"
    title = "Codes cannot be sent this way here"


class TooManyCodesError(DomainError):
    """Too many codes were asked for, or too many guessed."""

    code = "too-many-codes"
    title = "Too many codes; wait a little"
    kind = ErrorKind.RATE_LIMITED


class WrongCodeError(DomainError):
    """The code is wrong, used, too old, or was guessed at too often."""

    code = "wrong-code"
    title = "The code is wrong or too old"
    kind = ErrorKind.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class LiveCode:
    """A code that may still be proven."""

    id: UUID
    code_hash: str | None


async def request_code(
    db: AsyncSession,
    *,
    contact: Contact,
    purpose: CodePurpose,
    language: str,
    now: datetime,
    channels: frozenset[Channel],
    account_id: UUID | None = None,
) -> UUID:
    """Note that a code is wanted and give its id, for the job that sends it.

    Raises ChannelOffError and TooManyCodesError. A code for a staff contact is noted too and
    never sent: staff sign in with two factors.
    """
    if contact.channel not in channels:
        raise ChannelOffError(channel=contact.channel.value)
    for limit, window in ((_CODES_A_QUARTER, _QUARTER), (_CODES_A_DAY, _DAY)):
        subject = f"code:{contact.address}:{window.total_seconds():.0f}"
        wait_s = await take(db, limits={subject: limit}, window=window, now=now)
        if wait_s is not None:
            raise TooManyCodesError(retry_after_s=wait_s)
    code = OneTimeCode(
        id=uuid7(),
        recipient=contact.address,
        purpose=purpose,
        account_id=account_id,
        language=language,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    db.add(code)
    await db.flush()
    return code.id


async def send_code(
    sessions: Sessions, senders: Senders, *, code_id: UUID, host: str, now: datetime
) -> bool:
    """Make the code, keep its hash, then send it; gives whether anything was sent.

    Run by the worker. Raises DeliveryError; run again, it makes another code. No transaction is
    open while the sender works.
    """
    async with write_session(sessions) as db:
        row = await db.get(OneTimeCode, code_id)
        if row is None or row.expires_at <= now or row.used_at or row.sent_at:
            return False
        contact = read_contact(row.recipient)
        if await _belongs_to_staff(db, contact):
            return False
        message = CodeMessage(
            to=contact,
            code="".join(secrets.choice("0123456789") for _ in range(_DIGITS)),
            language=row.language,
            minutes=int(LIFETIME.total_seconds() // 60),
            host=host,
        )
    code_hash = await asyncio.to_thread(hash_password, message.code)
    async with write_session(sessions) as db:
        await db.execute(
            update(OneTimeCode).where(OneTimeCode.id == code_id).values(code_hash=code_hash)
        )
    await asyncio.to_thread(senders[contact.channel].send, message)
    async with write_session(sessions) as db:
        await db.execute(update(OneTimeCode).where(OneTimeCode.id == code_id).values(sent_at=now))
    return True


async def begin_guess(
    db: AsyncSession,
    *,
    contact: Contact,
    purpose: CodePurpose,
    now: datetime,
    account_id: UUID | None = None,
) -> LiveCode | None:
    """Count a guess and give the newest live code for a recipient, `None` where there is none.

    Runs in a transaction of its own, so that a wrong guess is counted. Raises TooManyCodesError.
    """
    limits = {f"guess:{contact.address}": _GUESSES_A_QUARTER}
    wait_s = await take(db, limits=limits, window=_QUARTER, now=now)
    if wait_s is not None:
        raise TooManyCodesError(retry_after_s=wait_s)
    newest = (
        select(OneTimeCode.id)
        .where(
            OneTimeCode.recipient == contact.address,
            OneTimeCode.purpose == purpose,
            OneTimeCode.account_id.is_not_distinct_from(account_id),
            OneTimeCode.code_hash.is_not(None),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
        )
        .order_by(OneTimeCode.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = (
        await db.execute(
            update(OneTimeCode)
            .where(OneTimeCode.id == newest, OneTimeCode.attempts < MAX_GUESSES)
            .values(attempts=OneTimeCode.attempts + 1)
            .returning(OneTimeCode.id, OneTimeCode.code_hash)
        )
    ).one_or_none()
    return LiveCode(row.id, row.code_hash) if row else None


async def check_guess(live: LiveCode | None, guess: str) -> UUID:
    """Give the id of the code if the guess is right; raises WrongCodeError.

    Takes as long where there is no code. Needs no connection: argon2id works in a thread.
    """
    known = live.code_hash if live else None
    if not await asyncio.to_thread(verify_password, guess, known) or live is None:
        raise WrongCodeError
    return live.id


async def use_code(db: AsyncSession, *, code_id: UUID, now: datetime) -> None:
    """Spend a proven code; of two who bring it at once only one succeeds (WrongCodeError)."""
    used = await db.scalar(
        update(OneTimeCode)
        .where(OneTimeCode.id == code_id, OneTimeCode.used_at.is_(None))
        .values(used_at=now)
        .returning(OneTimeCode.id)
    )
    if used is None:
        raise WrongCodeError


async def find_by_contact(db: AsyncSession, contact: Contact) -> Account | None:
    """Find the account that owns a phone or an e-mail address."""
    found: Account | None = await db.scalar(
        select(Account).where(
            or_(Account.phone == contact.address, Account.email == contact.address)
        )
    )
    return found


async def sweep_codes(db: AsyncSession, *, now: datetime) -> None:
    """Remove codes a day after they ended; until then they explain a complaint."""
    await db.execute(delete(OneTimeCode).where(OneTimeCode.expires_at < now - _DAY))


async def _belongs_to_staff(db: AsyncSession, contact: Contact) -> bool:
    account = await find_by_contact(db, contact)
    return account is not None and account.role in STAFF
