"""Read audits as their author may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Actor
from audits.errors import AuditGoneError, AuditNotFoundError
from audits.models import Audit, AuditVersion
from audits.photos.models import Photo, PhotoState
from geo.db.keyset import decode_cursor, encode_cursor
from geo.errors import InvalidCursorError


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One content as it is stored for good: what a receipt names."""

    audit_id: UUID
    version: int
    digest: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Audits of one author, newest first."""

    audits: Sequence[Audit]
    cursor: str | None


async def get_own_audit(db: AsyncSession, *, actor: Actor, audit_id: UUID) -> Audit:
    """Give the actor's own audit; anybody else's is not found, an erased one is gone."""
    audit = await db.get(Audit, audit_id)
    if audit is None or audit.author_id != actor.account_id:
        raise AuditNotFoundError
    if audit.erased_at is not None:
        raise AuditGoneError
    return audit


async def get_newest_version(db: AsyncSession, audit_id: UUID) -> StoredVersion:
    """Give the content that an audit has now; raises AuditNotFoundError."""
    found = await db.execute(
        select(AuditVersion.version, AuditVersion.digest, AuditVersion.received_at)
        .where(AuditVersion.audit_id == audit_id)
        .order_by(AuditVersion.version.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        raise AuditNotFoundError
    return StoredVersion(audit_id, row.version, row.digest, row.received_at)


async def find_version(db: AsyncSession, audit_id: UUID, digest: str) -> StoredVersion | None:
    """Find the version of an audit that has this content, the newest of them."""
    found = await db.execute(
        select(AuditVersion.version, AuditVersion.received_at)
        .where(AuditVersion.audit_id == audit_id, AuditVersion.digest == digest)
        .order_by(AuditVersion.version.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else StoredVersion(audit_id, row.version, digest, row.received_at)


async def list_own_audits(
    db: AsyncSession, *, actor: Actor, limit: int, cursor: str | None = None
) -> AuditPage:
    """List the actor's audits, newest id first; raises InvalidCursorError."""
    question = ["own audits", str(actor.account_id)]
    statement = select(Audit).where(Audit.author_id == actor.account_id, Audit.erased_at.is_(None))
    if cursor is not None:
        (last_id,) = decode_cursor(cursor, question=question)[:1]
        try:
            statement = statement.where(Audit.id < UUID(str(last_id)))
        except ValueError as error:
            raise InvalidCursorError from error
    audits = (await db.scalars(statement.order_by(Audit.id.desc()).limit(limit + 1))).all()
    following = None
    if len(audits) > limit:
        audits = audits[:limit]
        following = encode_cursor([str(audits[-1].id)], question=question)
    return AuditPage(audits, following)


async def list_photos(db: AsyncSession, audit_id: UUID) -> Sequence[Photo]:
    """List the photos of an audit's manifest."""
    rows = await db.scalars(select(Photo).where(Photo.audit_id == audit_id).order_by(Photo.id))
    return rows.all()


def photo_status(photo: Photo, staged_bytes: int = 0) -> dict[str, Any]:
    """Say how far a photo has come, and how many of its bytes are still to come."""
    return {
        "id": photo.id,
        "state": photo.state,
        "reject_reason": photo.reject_reason,
        "missing_bytes": photo.byte_count - staged_bytes
        if photo.state is PhotoState.EXPECTED
        else 0,
    }


def as_status(audit: Audit, photos: Sequence[Photo], staged: Mapping[UUID, int]) -> dict[str, Any]:
    """Say what is stored and what is missing, for the phone.

    `staged` are the bytes that came so far, by photo (`audits.photos.staging.count_staged`).
    """
    return {
        "id": audit.id,
        "state": audit.state,
        "version": audit.version,
        "digest": audit.digest,
        "place_id": audit.place_id,
        "supersedes_id": audit.supersedes_id,
        "received_at": audit.received_at,
        "flags": audit.flags,
        "photos": [photo_status(photo, staged.get(photo.id, 0)) for photo in photos],
    }
