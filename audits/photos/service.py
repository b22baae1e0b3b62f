"""Take in the bytes of a photo, and turn them into clean pictures in the background.

Bytes are first rows of the database, in the same transaction as the answer that acknowledges
them. Only the worker moves them into the store, so a store that is down loses nothing.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, may
from audits.history import record_event
from audits.models import Audit
from audits.photos.models import Photo, PhotoState, Upload, UploadChunk
from audits.photos.processing import CleanPhoto, UnusablePhotoError, clean_photo
from audits.photos.store import PhotoStore
from geo.db.changes import ChangeKind, record_change
from geo.errors import DomainError, ErrorKind
from geo.ids import uuid7

CHUNK_BYTES = 131_072


class PhotoNotFoundError(DomainError):
    """No photo of yours has this id."""

    code = "photo-not-found"
    title = "There is no such photo"
    kind = ErrorKind.NOT_FOUND


class DigestMismatchError(DomainError):
    """The bytes are not those that the audit announced."""

    code = "digest-mismatch"
    title = "The bytes differ from the announced digest"
    kind = ErrorKind.BAD_REQUEST


class PhotoTooLargeError(DomainError):
    """The photo has more bytes than allowed."""

    code = "photo-too-large"
    title = "The photo is too large"
    kind = ErrorKind.TOO_LARGE


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """How large a photo may be."""

    max_bytes: int
    max_pixels: int


async def receive_content(
    db: AsyncSession, *, photo_id: UUID, author_id: UUID, content: bytes, now: datetime
) -> tuple[Photo, bool]:
    """Stage all bytes of a photo; gives the photo and whether this was news.

    Idempotent: the same bytes again change nothing. Raises PhotoNotFoundError for another
    author's photo too, and DigestMismatchError when the bytes are not the announced ones.
    """
    photo = await _get_own(db, photo_id=photo_id, author_id=author_id)
    digest = hashlib.sha256(content).hexdigest()
    if digest != photo.sha256 or len(content) != photo.byte_count:
        raise DigestMismatchError(expected=photo.sha256, received=digest, bytes=len(content))
    if photo.state is not PhotoState.EXPECTED:
        return photo, False
    upload = Upload(
        id=uuid7(),
        photo_id=photo.id,
        total_bytes=len(content),
        received_bytes=len(content),
        completed_at=now,
    )
    db.add(upload)
    await db.flush()
    db.add_all(
        UploadChunk(upload_id=upload.id, start_byte=start, content=content[start:][:CHUNK_BYTES])
        for start in range(0, len(content), CHUNK_BYTES)
    )
    photo.state = PhotoState.RECEIVED
    await db.flush()
    await record_event(db, kind="photo_received", subject=photo, actor_id=author_id)
    return photo, True


async def _get_own(db: AsyncSession, *, photo_id: UUID, author_id: UUID) -> Photo:
    photo = await db.scalar(
        select(Photo)
        .join(Audit, Audit.id == Photo.audit_id)
        .where(Photo.id == photo_id, Audit.author_id == author_id)
        .with_for_update(of=Photo)
    )
    if photo is None:
        raise PhotoNotFoundError
    return photo


async def get_visible_photo(db: AsyncSession, *, photo_id: UUID, actor: Actor) -> Photo:
    """Give a photo to its author or to a reviewer of its district; not found for anyone else."""
    row = (
        await db.execute(
            select(Photo, Audit.author_id, Audit.district_id)
            .join(Audit, Audit.id == Photo.audit_id)
            .where(Photo.id == photo_id)
        )
    ).one_or_none()
    if row is None:
        raise PhotoNotFoundError
    photo, author_id, district_id = row
    if author_id != actor.account_id and not may(
        actor, Action.SEE_PRIVATE_PHOTO, district_id=district_id
    ):
        raise PhotoNotFoundError
    return photo


async def load_received(db: AsyncSession, *, photo_id: UUID) -> bytes | None:
    """Give the staged bytes of a photo, or `None` when nothing is left to do."""
    photo = await db.get(Photo, photo_id)
    if photo is None or photo.state is not PhotoState.RECEIVED:
        return None
    chunks = await db.scalars(
        select(UploadChunk.content)
        .join(Upload, Upload.id == UploadChunk.upload_id)
        .where(Upload.photo_id == photo_id, Upload.completed_at.is_not(None))
        .order_by(UploadChunk.upload_id, UploadChunk.start_byte)
    )
    return b"".join(chunks)


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A processed photo whose files are already in the store."""

    public_id: UUID
    original_key: str
    derivatives: Mapping[str, Mapping[str, object]]
    clean: CleanPhoto


async def process(
    *, store: PhotoStore, photo_id: UUID, content: bytes, limits: PhotoLimits
) -> StoredPhoto:
    """Clean a photo and write it to the store; no transaction is open meanwhile.

    Raises UnusablePhotoError. Repeating it after a crash leaves at most files under a random
    name that nothing refers to.
    """
    return await asyncio.to_thread(_process, store, photo_id, content, limits)


def _process(store: PhotoStore, photo_id: UUID, content: bytes, limits: PhotoLimits) -> StoredPhoto:
    clean = clean_photo(content, max_pixels=limits.max_pixels)
    original_key = f"q/{photo_id}/{hashlib.sha256(content).hexdigest()}"
    store.put(original_key, content, media_type="application/octet-stream")
    public_id = uuid4()
    derivatives = {}
    for side, picture in clean.derivatives.items():
        key = f"d/{public_id}/{side}.webp"
        store.put(key, picture.content, media_type="image/webp")
        derivatives[str(side)] = {
            "key": key,
            "width": picture.width,
            "height": picture.height,
            "byte_count": len(picture.content),
        }
    return StoredPhoto(public_id, original_key, derivatives, clean)


async def mark_ready(
    db: AsyncSession, *, photo_id: UUID, stored: StoredPhoto, now: datetime
) -> None:
    """Record the clean pictures and drop the staged bytes."""
    photo = await db.get(Photo, photo_id, with_for_update=True)
    if photo is None or photo.state is not PhotoState.RECEIVED:
        return
    photo.state = PhotoState.READY
    photo.original_key = stored.original_key
    photo.public_id = stored.public_id
    photo.derivatives = {side: dict(facts) for side, facts in stored.derivatives.items()}
    photo.perceptual_hash = stored.clean.perceptual_hash
    photo.taken_at = photo.taken_at or stored.clean.taken_at
    await _settle(db, photo, kind="photo_processed", now=now)


async def mark_rejected(
    db: AsyncSession, *, photo_id: UUID, error: UnusablePhotoError, now: datetime
) -> None:
    """Record why a photo cannot be used; the audit stays and counts it as settled."""
    photo = await db.get(Photo, photo_id, with_for_update=True)
    if photo is None or photo.state is not PhotoState.RECEIVED:
        return
    photo.state = PhotoState.REJECTED
    photo.reject_reason = error.reason
    await _settle(db, photo, kind="photo_rejected", now=now)


async def _settle(db: AsyncSession, photo: Photo, *, kind: str, now: datetime) -> None:
    photo.processed_at = now
    await db.execute(delete(Upload).where(Upload.photo_id == photo.id))
    await db.flush()
    author_id = await db.scalar(select(Audit.author_id).where(Audit.id == photo.audit_id))
    await record_event(db, kind=kind, subject=photo, data={"reason": photo.reject_reason})
    await record_change(db, kind=ChangeKind.PHOTO, subject_id=photo.id, account_id=author_id)
