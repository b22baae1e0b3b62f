"""Sign in with a code, and claim a pseudonymous account with a phone or an e-mail address.

When the contact belongs to nobody, it is added to the account that asked. When another account has
it, both are the same person, and the account that asked becomes part of the other: its devices,
audits, votes and reports move there, so that authorship stays with the person. Only an account
of a volunteer without a contact of its own can be merged away, and never into staff: else a
reviewer could come to have decided about their own audits. A vote that the one gave about what
the other observed is one's own after the merge; it moves too, and no longer counts.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, CursorResult, Table, update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.codes import find_by_contact
from audits.accounts.contacts import Channel, Contact
from audits.accounts.models import Account
from audits.accounts.policy import STAFF
from audits.accounts.roles import AccountState, Role
from audits.accounts.sessions import end_all_sessions
from audits.history import record_event
from geo.db.base import Base
from geo.errors import DomainError, ErrorKind
from geo.ids import uuid7
from geo.network.models import Barrier

_STAYS = {"accounts", "account_districts", "refresh_tokens", "one_time_codes", "recovery_codes"}
"""What proves or allows something; it ends with the account instead of moving."""


class AccountClosedError(DomainError):
    """The account may not act any more; write to the city to ask why."""

    code = "account-closed"
    title = "This account was closed by the city"
    kind = ErrorKind.FORBIDDEN


class MergeRefusedError(DomainError):
    """The contact belongs to an account that this one cannot become part of."""

    code = "merge-refused"
    title = "These two accounts cannot become one"
    kind = ErrorKind.CONFLICT


async def sign_in_by_contact(
    db: AsyncSession, *, contact: Contact, language: str, now: datetime
) -> Account:
    """Give the account of a proven contact, a new one where there is none.

    Raises AccountClosedError for a banned one. Staff never come this far: no code is sent.
    """
    account = await find_by_contact(db, contact)
    if account is None:
        account = Account(
            id=uuid7(), role=Role.VOLUNTEER, state=AccountState.ACTIVE, language=language
        )
        _attach(account, contact)
        db.add(account)
        await db.flush()
        await record_event(
            db, kind="account_created", subject=account, data={"role": account.role.value}
        )
    if account.state is not AccountState.ACTIVE or account.role in STAFF:
        raise AccountClosedError
    account.updated_at = now
    return account


async def claim_contact(
    db: AsyncSession, *, account_id: UUID, contact: Contact, now: datetime
) -> Account:
    """Give the account that has the contact afterwards: the one that asked, or its elder.

    The contact has been proven by a code that this account asked for. Raises MergeRefusedError
    and AccountClosedError.
    """
    owner = await find_by_contact(db, contact)
    # Always in the same order, so that two merges of the same pair cannot wait for each other.
    ids = sorted({account_id, owner.id} if owner else {account_id})
    rows = {id_: await db.get_one(Account, id_, with_for_update=True) for id_ in ids}
    asking = rows[account_id]
    if asking.state is not AccountState.ACTIVE:
        raise AccountClosedError
    if owner is None:
        _attach(asking, contact)
        await db.flush()
        await record_event(
            db,
            kind="contact_attached",
            subject=asking,
            actor_id=asking.id,
            data={"channel": contact.channel.value},
        )
        return asking
    if owner.id != asking.id:
        await _merge(db, source=asking, target=rows[owner.id], now=now)
    return rows[owner.id]


async def _merge(db: AsyncSession, *, source: Account, target: Account, now: datetime) -> None:
    if target.state is not AccountState.ACTIVE:
        raise AccountClosedError
    pseudonymous = source.phone is None and source.email is None and source.login is None
    if not pseudonymous or {source.role, target.role} != {Role.VOLUNTEER}:
        raise MergeRefusedError
    moved = {}
    for table, column in _work_of_accounts():
        done = await db.execute(
            update(table).where(column == source.id).values({column.name: target.id})
        )
        moved[table.name] = done.rowcount if isinstance(done, CursorResult) else 0
    target.consents = {**source.consents, **target.consents}
    await end_all_sessions(db, account=source, now=now)
    source.state = AccountState.DELETED
    source.deleted_at = now
    source.merged_into_id = target.id
    source.display_name = ""
    await db.flush()
    await record_event(
        db,
        kind="account_merged",
        subject=target,
        actor_id=target.id,
        data={"from": str(source.id), **moved},
    )


def _work_of_accounts() -> Iterator[tuple[Table, Column[UUID]]]:
    """Give every column that names an author, also of tables that come later."""
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table is Account.__table__ and table.name not in _STAYS:
                yield table, key.parent
    barriers = Base.metadata.tables[Barrier.__tablename__]
    yield barriers, barriers.columns["reported_by"]  # geo knows no accounts, so no foreign key


def _attach(account: Account, contact: Contact) -> None:
    if contact.channel is Channel.SMS:
        account.phone = contact.address
    else:
        account.email = contact.address
