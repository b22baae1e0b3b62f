"""Bytes on their way: rows of the database, appended in order together with the offset.

Invariant: what was acknowledged as received is in the database, and the chunks of an upload are
always exactly the first `received_bytes` bytes. Two requests that append to one upload take
turns by a lock on its row; the slower one learns the offset that the other one left.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.photos.errors import (
    StagingFullError,
    UploadExpiredError,
    UploadLengthError,
    UploadNotFoundError,
    UploadOffsetError,
)
from audits.photos.models import Photo, PhotoState, Upload, UploadChunk
from audits.photos.owners import list_owners
from geo.ids import uuid7

CHUNK_BYTES = 131_072
"""Bytes of one row; also what a request that is cut off loses at most."""
LIFETIME = timedelta(days=7)
"""An upload that nobody continues is given up after this time; every byte prolongs it."""


@dataclass(frozen=True, slots=True)
class StagingLimits:
    """What may lie in the database at a time."""

    max_staged_bytes: int


async def begin_upload(
    db: AsyncSession, *, photo: Photo, now: datetime, limits: StagingLimits
) -> tuple[Upload, bool]:
    """Give the upload of a photo and whether it is new; the caller holds the photo's lock.

    A photo has one upload: asking again, after a lost answer, gives the one that was begun, and
    an expired one begins anew. Raises StagingFullError.
    """
    known = await db.scalar(select(Upload).where(Upload.photo_id == photo.id).with_for_update())
    if known is not None and (known.completed_at is not None or known.expires_at > now):
        return known, False
    if known is not None:
        await db.delete(known)
        await db.flush()
    await require_room(db, byte_count=photo.byte_count, limits=limits)
    upload = Upload(
        id=uuid7(),
        photo_id=photo.id,
        total_bytes=photo.byte_count,
        received_bytes=0,
        expires_at=now + LIFETIME,
    )
    db.add(upload)
    await db.flush()
    return upload, True


async def require_room(db: AsyncSession, *, byte_count: int, limits: StagingLimits) -> None:
    """Raise StagingFullError when so many more bytes would be too many."""
    staged = await db.scalar(
        select(func.coalesce(func.sum(Upload.total_bytes), 0)).where(Upload.unstaged_at.is_(None))
    )
    if int(staged or 0) + byte_count > limits.max_staged_bytes:
        raise StagingFullError(retry_after_s=60)


async def get_upload(
    db: AsyncSession, *, upload_id: UUID, author_id: UUID, now: datetime, lock: bool = False
) -> tuple[Upload, Photo]:
    """Give one's own upload and its photo.

    Raises UploadNotFoundError, for somebody else's too, and UploadExpiredError.
    """
    owner = list_owners().subquery()
    statement = (
        select(Upload, Photo)
        .join(Photo, Photo.id == Upload.photo_id)
        .join(owner, owner.c.photo_id == Photo.id)
        .where(Upload.id == upload_id, owner.c.author_id == author_id)
        .execution_options(populate_existing=True)
    )
    if lock:
        # The photo first, as everybody does, so that no two wait for each other.
        await db.execute(
            select(Photo.id)
            .where(
                Photo.id == select(Upload.photo_id).where(Upload.id == upload_id).scalar_subquery()
            )
            .with_for_update()
        )
        statement = statement.with_for_update(of=Upload)
    row = (await db.execute(statement)).one_or_none()
    if row is None:
        raise UploadNotFoundError
    upload, photo = row
    if upload.completed_at is None and upload.expires_at <= now:
        raise UploadExpiredError
    return upload, photo


async def append(
    db: AsyncSession, *, upload: Upload, offset: int, content: bytes, now: datetime
) -> None:
    """Append bytes at an offset; the caller holds the upload's lock.

    Raises UploadOffsetError with the right offset, and UploadLengthError when there are more
    bytes than the photo has.
    """
    if upload.completed_at is not None or offset != upload.received_bytes:
        raise UploadOffsetError(
            offset=upload.received_bytes, complete=upload.completed_at is not None
        )
    if offset + len(content) > upload.total_bytes:
        raise UploadLengthError(announced_bytes=upload.total_bytes)
    if not content:
        return
    await _write_chunks(db, upload, content)
    upload.received_bytes += len(content)
    upload.expires_at = now + LIFETIME
    await db.flush()


async def _write_chunks(db: AsyncSession, upload: Upload, content: bytes) -> None:
    """Fill the last row up before a new one begins, so that tiny pieces make no tiny rows."""
    start = upload.received_bytes
    last = await db.scalar(
        select(UploadChunk)
        .where(UploadChunk.upload_id == upload.id)
        .order_by(UploadChunk.start_byte.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    room = 0 if last is None else max(0, CHUNK_BYTES - len(last.content))
    if last is not None and room:
        last.content += content[:room]
    rest = content[room:]
    start += min(room, len(content))
    db.add_all(
        UploadChunk(
            upload_id=upload.id,
            start_byte=start + place,
            content=rest[place : place + CHUNK_BYTES],
        )
        for place in range(0, len(rest), CHUNK_BYTES)
    )


async def count_staged(db: AsyncSession, photos: Iterable[Photo]) -> dict[UUID, int]:
    """Give how many bytes of expected photos are here already, by photo; none begun, none said."""
    awaited = [photo.id for photo in photos if photo.state is PhotoState.EXPECTED]
    if not awaited:
        return {}
    rows = await db.execute(
        select(Upload.photo_id, Upload.received_bytes).where(Upload.photo_id.in_(awaited))
    )
    return {row.photo_id: row.received_bytes for row in rows}


async def read_staged(db: AsyncSession, *, upload_id: UUID) -> bytes:
    """Give all bytes of an upload that lie in the database, in order."""
    chunks = await db.scalars(
        select(UploadChunk.content)
        .where(UploadChunk.upload_id == upload_id)
        .order_by(UploadChunk.start_byte)
    )
    return b"".join(chunks)


async def start_over(db: AsyncSession, *, upload: Upload) -> None:
    """Forget what came so far, because it turned out to be something else."""
    await db.execute(delete(UploadChunk).where(UploadChunk.upload_id == upload.id))
    upload.received_bytes = 0
    await db.flush()


async def unstage(db: AsyncSession, *, photo_id: UUID, now: datetime) -> None:
    """Drop the bytes of a photo that are in the store; the upload stays to answer the phone."""
    upload = await db.scalar(select(Upload).where(Upload.photo_id == photo_id).with_for_update())
    if upload is None or upload.unstaged_at is not None:
        return
    await db.execute(delete(UploadChunk).where(UploadChunk.upload_id == upload.id))
    upload.unstaged_at = now
    upload.expires_at = now + LIFETIME
    await db.flush()


async def drop_expired(db: AsyncSession, *, now: datetime, limit: int = 500) -> int:
    """Remove uploads that nobody continued and answers that nobody fetches; gives how many."""
    old = (
        select(Upload.id)
        .where(
            Upload.expires_at <= now,
            Upload.completed_at.is_(None) | Upload.unstaged_at.is_not(None),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = await db.execute(delete(Upload).where(Upload.id.in_(old)).returning(Upload.id))
    return len(gone.all())
