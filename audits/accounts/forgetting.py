"""Forget a person: the city's facts stay, whoever measured them goes.

Gone: names, contacts, log-in and password, second factor, device keys, sessions, codes, districts,
where the phone was, photos that were not cleaned yet and the originals of those that were. Kept
without a person: the account's id as an anonymous author, answers, cleaned photos under their
licence, votes, decisions, and which texts were agreed to when, as proof that the rest is lawful.
"""

import asyncio
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.counters import digest, forget
from audits.accounts.models import (
    Account,
    AccountDistrict,
    CodePurpose,
    Device,
    OneTimeCode,
    RecoveryCode,
    RefreshToken,
)
from audits.accounts.roles import AccountState, Role
from audits.history import record_event
from audits.models import Audit, AuditVersion
from audits.photos.models import Photo, PhotoState, Upload
from audits.photos.stores import PhotoStore
from geo.db.base import Base
from geo.db.session import Sessions, write_session
from geo.errors import DomainError, ErrorKind
from geo.ids import uuid7
from geo.network.models import Barrier

CONFIRMATION_LIFETIME = timedelta(minutes=15)
AUTHOR_LEFT = "author_left"
"""Why a photo that was not cleaned yet is not used."""


class WrongConfirmationError(DomainError):
    """The confirmation is not the one that was given out, was used, or is too old."""

    code = "wrong-confirmation"
    title = "Ask for a new confirmation"
    kind = ErrorKind.CONFLICT


class LastAdminError(DomainError):
    """Without this account nobody could manage accounts any more."""

    code = "last-admin"
    title = "This is the last administrator"
    kind = ErrorKind.CONFLICT


async def request_deletion(db: AsyncSession, *, account_id: UUID, now: datetime) -> str:
    """Give the confirmation with which the account can be deleted for 15 minutes."""
    confirmation = secrets.token_urlsafe(24)
    db.add(
        OneTimeCode(
            id=uuid7(),
            recipient=f"account:{account_id}",
            purpose=CodePurpose.DELETION,
            account_id=account_id,
            code_hash=digest(confirmation),
            created_at=now,
            expires_at=now + CONFIRMATION_LIFETIME,
        )
    )
    await db.flush()
    return confirmation


async def confirm_deletion(
    db: AsyncSession, *, account_id: UUID, confirmation: str, now: datetime
) -> None:
    """Forget the person behind an account; raises WrongConfirmationError and LastAdminError.

    The caller enqueues `forget_originals` in the same transaction.
    """
    known = await db.scalar(
        select(OneTimeCode.id).where(
            OneTimeCode.account_id == account_id,
            OneTimeCode.purpose == CodePurpose.DELETION,
            OneTimeCode.code_hash == digest(confirmation),
            OneTimeCode.expires_at > now,
        )
    )
    if known is None:
        raise WrongConfirmationError
    await forget_person(db, account_id=account_id, actor_id=account_id, now=now)


async def forget_person(
    db: AsyncSession, *, account_id: UUID, actor_id: UUID | None, now: datetime
) -> None:
    """Remove everything that leads to a person; repeating it changes nothing."""
    account = await db.get_one(Account, account_id, with_for_update=True)
    if account.state is AccountState.DELETED:
        return
    await refuse_last_admin(db, account=account)
    merged = await db.scalars(select(Account.id).where(Account.merged_into_id == account_id))
    ids = [account_id, *merged]
    for subject in _counted_subjects(account):
        await forget(db, subject=subject)
    await _forget_visits(db, ids)
    await _forget_staged_photos(db, ids)
    await _forget_proofs(db, ids, account)
    _empty(account, now)
    await db.flush()
    await record_event(db, kind="account_deleted", subject=account, actor_id=actor_id)


async def forget_originals(sessions: Sessions, store: PhotoStore, *, account_id: UUID) -> int:
    """Remove originals of an account's photos from the store; gives how many. May run twice."""
    async with write_session(sessions) as db:
        rows = await db.execute(
            select(Photo.id, Photo.original_key).where(
                Photo.original_key.is_not(None), _photos_of([account_id])
            )
        )
        found = rows.all()
    for photo_id, key in found:
        await asyncio.to_thread(store.delete, str(key))
        async with write_session(sessions) as db:
            await db.execute(update(Photo).where(Photo.id == photo_id).values(original_key=None))
    return len(found)


async def refuse_last_admin(db: AsyncSession, *, account: Account) -> None:
    """Raise LastAdminError if nobody else could manage accounts without this account."""
    if account.role is not Role.ADMIN or account.state is not AccountState.ACTIVE:
        return
    admins = await db.scalars(
        select(Account.id)
        .where(Account.role == Role.ADMIN, Account.state == AccountState.ACTIVE)
        .order_by(Account.id)
        .with_for_update()
    )
    if len(admins.all()) <= 1:
        raise LastAdminError


def _counted_subjects(account: Account) -> list[str]:
    subjects = [f"login:{account.login}"] if account.login else []
    for address in (account.phone, account.email):
        if address is not None:
            subjects += [f"code:{address}:900", f"code:{address}:86400", f"guess:{address}"]
    return subjects


async def _forget_visits(db: AsyncSession, ids: list[UUID]) -> None:
    """Take away where the phone was; where the parts are stays with the parts."""
    mine = select(Audit.id).where(Audit.author_id.in_(ids)).scalar_subquery()
    await db.execute(
        update(Audit)
        .where(Audit.author_id.in_(ids))
        .values(position=None, position_accuracy_m=None, device_id=None)
    )
    await db.execute(
        update(AuditVersion)
        .where(AuditVersion.audit_id.in_(mine), AuditVersion.body.has_key("position"))
        .values(body=AuditVersion.body.op("-")("position"))
    )


async def _forget_staged_photos(db: AsyncSession, ids: list[UUID]) -> None:
    photos = _photos_of(ids)
    await db.execute(delete(Upload).where(Upload.photo_id.in_(select(Photo.id).where(photos))))
    await db.execute(
        update(Photo)
        .where(photos, Photo.state.in_((PhotoState.EXPECTED, PhotoState.RECEIVED)))
        .values(state=PhotoState.REJECTED, reject_reason=AUTHOR_LEFT, processed_at=func.now())
    )


async def _forget_proofs(db: AsyncSession, ids: list[UUID], account: Account) -> None:
    devices = select(Device.id).where(Device.account_id.in_(ids)).scalar_subquery()
    await _unlink_devices(db, devices)
    addresses = [each for each in (account.phone, account.email) if each is not None]
    await db.execute(
        delete(OneTimeCode).where(
            or_(OneTimeCode.account_id.in_(ids), OneTimeCode.recipient.in_(addresses))
        )
    )
    for table in (RefreshToken, RecoveryCode, AccountDistrict, Device):
        await db.execute(delete(table).where(table.account_id.in_(ids)))


async def _unlink_devices(db: AsyncSession, devices: ScalarSelect[UUID]) -> None:
    """Let go of devices wherever a row may do without one; sessions go with their device."""
    for table in Base.metadata.tables.values():
        column = table.columns.get("device_id")
        if column is not None and table is not RefreshToken.__table__:
            await db.execute(update(table).where(column.in_(devices)).values(device_id=None))


def _empty(account: Account, now: datetime) -> None:
    account.state = AccountState.DELETED
    account.deleted_at = now
    account.sessions_valid_from = now
    account.role = Role.VOLUNTEER
    account.display_name = ""
    account.language = "kk"
    for name in ("login", "email", "phone", "password_hash", "totp_secret", "ban_reason"):
        setattr(account, name, None)
    account.totp_confirmed_at = None
    account.totp_last_step = None


def _photos_of(ids: list[UUID]) -> ColumnElement[bool]:
    return or_(
        Photo.audit_id.in_(select(Audit.id).where(Audit.author_id.in_(ids))),
        Photo.barrier_id.in_(select(Barrier.id).where(Barrier.reported_by.in_(ids))),
    )
