"""Take in the bytes of photos, in one piece or in many, and say what became of them.

Bytes are first rows of the database, in the same transaction as the answer that acknowledges
them. Only the worker moves them into the store, so a store that is down loses nothing. A photo
whose first bytes show that it is none is refused at once and gets no receipt: the phone keeps
it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Actor
from audits.history import record_event
from audits.photos import staging
from audits.photos.cleaning import Redaction
from audits.photos.errors import (
    DigestMismatchError,
    PhotoTooLargeError,
    TooManyRedactionsError,
    UploadLengthError,
)
from audits.photos.models import Photo, PhotoState, Upload
from audits.photos.owners import get_own_photo, get_owner, get_visible_photo
from audits.photos.reasons import HEAD_BYTES, find_refusal
from audits.photos.staging import StagingLimits
from audits.receipts import ReceiptKind, Signer, sign_receipt
from geo.db.changes import ChangeKind, record_change

MAX_REDACTIONS = 50
ROOMY = StagingLimits(max_staged_bytes=1 << 40)
"""For callers that bring photos of their own making."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an upload stands after something was done to it."""

    photo: Photo
    upload: Upload
    arrived: bool = False
    """The last byte came with this; the photo waits for the worker, or was refused."""
    mismatch: str | None = None
    """SHA-256 of what came instead of the photo; the upload begins again at 0."""


def check_size(photo_bytes: int, *, max_bytes: int) -> None:
    """Raise PhotoTooLargeError when a photo has more bytes than allowed."""
    if photo_bytes > max_bytes:
        raise PhotoTooLargeError(limit_bytes=max_bytes)


async def receive_content(
    db: AsyncSession,
    *,
    photo_id: UUID,
    author_id: UUID,
    content: bytes,
    now: datetime,
    limits: StagingLimits = ROOMY,
) -> tuple[Photo, bool]:
    """Stage all bytes of a photo; gives the photo and whether this was news.

    Idempotent: the same bytes again change nothing. Half an upload of the same photo is replaced.
    Raises PhotoNotFoundError for another author's photo too, DigestMismatchError when the bytes
    are not the announced ones, and StagingFullError.
    """
    photo = await get_own_photo(db, photo_id=photo_id, author_id=author_id)
    digest = hashlib.sha256(content).hexdigest()
    if digest != photo.sha256 or len(content) != photo.byte_count:
        raise DigestMismatchError(expected=photo.sha256, received=digest, bytes=len(content))
    if photo.state is not PhotoState.EXPECTED:
        return photo, False
    upload, _new = await staging.begin_upload(db, photo=photo, now=now, limits=limits)
    await staging.start_over(db, upload=upload)
    await staging.append(db, upload=upload, offset=0, content=content, now=now)
    await _arrive(db, photo, upload, head=content[:HEAD_BYTES], author_id=author_id, now=now)
    return photo, True


async def begin_upload(
    db: AsyncSession,
    *,
    photo_id: UUID,
    author_id: UUID,
    total_bytes: int,
    now: datetime,
    limits: StagingLimits,
) -> tuple[Progress, bool]:
    """Begin to send a photo in pieces; gives where it stands and whether it is new.

    Beginning again, after a lost answer, gives the same upload. Raises PhotoNotFoundError,
    UploadLengthError and StagingFullError.
    """
    photo = await get_own_photo(db, photo_id=photo_id, author_id=author_id)
    if total_bytes != photo.byte_count:
        raise UploadLengthError(announced_bytes=photo.byte_count)
    upload, created = await staging.begin_upload(db, photo=photo, now=now, limits=limits)
    if photo.state is not PhotoState.EXPECTED and upload.completed_at is None:
        # The bytes came in one piece long ago, and what remembered that was swept away.
        upload.received_bytes = upload.total_bytes
        upload.completed_at = upload.unstaged_at = now
        await db.flush()
    return Progress(photo, upload), created


async def get_upload(
    db: AsyncSession, *, upload_id: UUID, author_id: UUID, now: datetime
) -> Progress:
    """Say where one's own upload stands; raises UploadNotFoundError and UploadExpiredError."""
    upload, photo = await staging.get_upload(db, upload_id=upload_id, author_id=author_id, now=now)
    return Progress(photo, upload)


async def append(
    db: AsyncSession,
    *,
    upload_id: UUID,
    author_id: UUID,
    offset: int,
    content: bytes,
    is_last: bool,
    now: datetime,
) -> Progress:
    """Append bytes to an upload; with the last ones the photo has arrived.

    Sending the last piece again after it arrived is harmless. Raises UploadNotFoundError,
    UploadExpiredError, UploadOffsetError with the right offset, and UploadLengthError for too
    many bytes, or for too few with `is_last`. A digest that does not fit is no exception here,
    because starting over must be committed: see `Progress.mismatch`.
    """
    upload, photo = await staging.get_upload(
        db, upload_id=upload_id, author_id=author_id, now=now, lock=True
    )
    if upload.completed_at is not None and is_last:
        return Progress(photo, upload)
    await staging.append(db, upload=upload, offset=offset, content=content, now=now)
    if upload.received_bytes < upload.total_bytes:
        if is_last:
            raise UploadLengthError(
                announced_bytes=upload.total_bytes, received_bytes=upload.received_bytes
            )
        return Progress(photo, upload)
    # Of what the database holds, not of what passed by: the receipt is about the former.
    whole = await staging.read_staged(db, upload_id=upload.id)
    digest = hashlib.sha256(whole).hexdigest()
    if digest != photo.sha256:
        await staging.start_over(db, upload=upload)
        return Progress(photo, upload, mismatch=digest)
    await _arrive(db, photo, upload, head=whole[:HEAD_BYTES], author_id=author_id, now=now)
    return Progress(photo, upload, arrived=True)


async def cancel(db: AsyncSession, *, upload_id: UUID, author_id: UUID, now: datetime) -> None:
    """Give up a half-sent upload; one that is complete stays, as it is acknowledged."""
    upload, _photo = await staging.get_upload(
        db, upload_id=upload_id, author_id=author_id, now=now, lock=True
    )
    if upload.completed_at is None:
        await db.delete(upload)
        await db.flush()


async def _arrive(
    db: AsyncSession, photo: Photo, upload: Upload, *, head: bytes, author_id: UUID, now: datetime
) -> None:
    """Note that all bytes are here, or refuse what their beginning shows to be no photo."""
    upload.completed_at = now
    refusal = find_refusal(head)
    if refusal is None:
        photo.state = PhotoState.RECEIVED
        photo.received_at = now
    else:
        photo.state = PhotoState.REJECTED
        photo.reject_reason = refusal.value
        photo.processed_at = now
        await staging.unstage(db, photo_id=photo.id, now=now)
    await db.flush()
    kind = "photo_received" if refusal is None else "photo_rejected"
    await record_event(
        db, kind=kind, subject=photo, actor_id=author_id, data={"reason": photo.reject_reason}
    )
    await record_change(db, kind=ChangeKind.PHOTO, subject_id=photo.id, account_id=author_id)


def find_receipt(photo: Photo, *, key: Signer) -> str | None:
    """Give the receipt of a photo, or `None` while there is nothing to promise.

    Its digest is the server's own, computed over the bytes that it holds; intake refuses a photo
    whose digest is another, so the stored one is both.
    """
    if photo.received_at is None:
        return None
    return sign_receipt(
        key,
        subject=photo.id,
        kind=ReceiptKind.PHOTO,
        sha256=photo.sha256,
        received_at=photo.received_at,
    )


async def redact(
    db: AsyncSession, *, photo_id: UUID, actor: Actor, rectangles: Sequence[Redaction]
) -> Photo:
    """Hide rectangles of a photo for good; from this moment on nothing of it is public.

    The worker makes new pictures under a new name and removes the old ones. Rectangles are only
    ever added. Raises PhotoNotFoundError and TooManyRedactionsError.
    """
    await get_visible_photo(db, photo_id=photo_id, actor=actor)
    photo = await db.get(Photo, photo_id, with_for_update=True, populate_existing=True)
    assert photo is not None  # noqa: S101 - rows of photos are never deleted in between
    known = [Redaction(**each) for each in photo.redactions]
    added = [each for each in rectangles if each not in known]
    if len(known) + len(added) > MAX_REDACTIONS:
        raise TooManyRedactionsError(limit=MAX_REDACTIONS)
    if not added:
        return photo
    photo.redactions = [asdict(each) for each in (*known, *added)]
    photo.faces_checked_by = None
    await db.flush()
    owner = await get_owner(db, photo.id)
    await record_event(
        db,
        kind="photo_redacted",
        subject=photo,
        actor_id=actor.account_id,
        data={"rectangles": len(added)},
    )
    await record_change(db, kind=ChangeKind.PHOTO, subject_id=photo.id, account_id=owner.author_id)
    return photo
