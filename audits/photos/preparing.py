"""Work on one photo in the worker: read its bytes, clean them in a cell, write them, note it.

Three steps, because no transaction is open while a picture is decoded or the store is asked:
`load_job`, `prepare`, then `mark_ready` or `mark_rejected`. Each may run twice: what a crash
leaves behind is files under a random name that nothing refers to, and the reconciler finds them.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.ext.asyncio import AsyncSession

from audits.arrival import Flag, FlagCode
from audits.history import record_event
from audits.models import Audit
from audits.photos import staging
from audits.photos.cleaning import CleanPhoto, Redaction
from audits.photos.hashing import SAME_PICTURE_BITS
from audits.photos.isolation import CellReport, CleaningLimits, clean_in_cell
from audits.photos.models import Photo, PhotoState, Upload
from audits.photos.owners import get_owner
from audits.photos.reasons import UnusablePhotoError
from audits.photos.stores import ObjectMissingError, PhotoStore
from geo.db.changes import ChangeKind, record_change

ORIGINALS = "q"
"""Private prefix: bytes as they were sent, with all their metadata."""
DERIVATIVES = "d"
"""Prefix of clean pictures."""


@dataclass(frozen=True, slots=True)
class PhotoJob:
    """What there is to do about one photo."""

    photo_id: UUID
    staged: bytes | None
    """Bytes that still lie in the database; otherwise `source_keys` says where they are."""
    source_keys: tuple[str, ...]
    """Keys of the store to clean from, the best first."""
    redactions: tuple[Redaction, ...]


@dataclass(frozen=True, slots=True)
class PreparedPhoto:
    """A clean photo whose files are already in the store."""

    public_id: UUID
    original_key: str | None
    """Set when this job moved the original into the store."""
    derivatives: Mapping[str, Mapping[str, Any]]
    clean: CleanPhoto
    redactions: tuple[Redaction, ...]
    peak_memory_kb: int
    complaint: str | None

    @property
    def keys(self) -> list[str]:
        """Keys of its derivatives."""
        return [str(facts["key"]) for facts in self.derivatives.values()]


async def load_job(db: AsyncSession, *, photo_id: UUID) -> PhotoJob | None:
    """Say what there is to do about a photo, or `None` when nothing is."""
    photo = await db.get(Photo, photo_id)
    if photo is None:
        return None
    redactions = tuple(Redaction(**each) for each in photo.redactions)
    if photo.state is PhotoState.RECEIVED:
        upload_id = await db.scalar(select(Upload.id).where(Upload.photo_id == photo_id))
        if upload_id is None:
            return None
        content = await staging.read_staged(db, upload_id=upload_id)
        return PhotoJob(photo_id, content, (), redactions)
    if photo.state is PhotoState.READY and photo.faces_checked_by is None:
        # Without the original, the largest clean picture serves: what was hidden stays hidden.
        sides = sorted(photo.derivatives, key=int, reverse=True)
        keys = [str(photo.derivatives[side]["key"]) for side in sides]
        first = [photo.original_key] if photo.original_key is not None else []
        return PhotoJob(photo_id, None, (*first, *keys), redactions)
    return None


async def store_original(store: PhotoStore, job: PhotoJob) -> str | None:
    """Move the bytes as they were sent into the store, under their own SHA-256; gives the key.

    Before they are decoded: whatever becomes of the photo, its bytes are kept for their lifetime.
    """
    if job.staged is None:
        return None
    key = f"{ORIGINALS}/{job.photo_id}/{hashlib.sha256(job.staged).hexdigest()}"
    await asyncio.to_thread(store.put, key, job.staged, media_type="application/octet-stream")
    return key


async def prepare(
    store: PhotoStore, job: PhotoJob, *, original_key: str | None, limits: CleaningLimits
) -> PreparedPhoto:
    """Clean a photo and write its pictures to the store.

    Raises UnusablePhotoError, CellError, StoreUnavailableError, and ObjectMissingError when
    neither the original nor any picture is there any more.
    """
    content = job.staged if job.staged is not None else await _read_source(store, job.source_keys)
    report: CellReport = await asyncio.to_thread(
        clean_in_cell, content, limits=limits, redactions=job.redactions
    )
    public_id = uuid4()
    derivatives: dict[str, dict[str, Any]] = {}
    for side, picture in report.clean.derivatives.items():
        digest = hashlib.sha256(picture.content).hexdigest()
        key = f"{DERIVATIVES}/{public_id}/{side}-{digest[:16]}.webp"
        await asyncio.to_thread(store.put, key, picture.content, media_type="image/webp")
        derivatives[str(side)] = {
            "key": key,
            "width": picture.width,
            "height": picture.height,
            "byte_count": len(picture.content),
        }
    return PreparedPhoto(
        public_id,
        original_key,
        derivatives,
        report.clean,
        job.redactions,
        report.peak_memory_kb,
        report.complaint,
    )


async def _read_source(store: PhotoStore, keys: Sequence[str]) -> bytes:
    for key in keys:
        try:
            return await asyncio.to_thread(store.get, key)
        except ObjectMissingError:
            continue
    raise ObjectMissingError("no source of the photo is left")


async def mark_ready(
    db: AsyncSession, *, photo_id: UUID, prepared: PreparedPhoto, now: datetime
) -> list[str]:
    """Record the clean pictures and drop the staged bytes; gives keys to delete after the commit.

    Those are the old pictures, or the new ones where somebody else was faster or has hidden more
    of the photo meanwhile.
    """
    photo = await db.get(Photo, photo_id, with_for_update=True, populate_existing=True)
    if (
        photo is None
        or photo.state not in {PhotoState.RECEIVED, PhotoState.READY}
        or photo.faces_checked_by is not None
        or tuple(Redaction(**each) for each in photo.redactions) != prepared.redactions
    ):
        return [*prepared.keys, *_list_unwanted(photo, prepared.original_key)]
    old = [str(facts["key"]) for facts in photo.derivatives.values()]
    first = photo.state is PhotoState.RECEIVED
    photo.state = PhotoState.READY
    photo.original_key = prepared.original_key or photo.original_key
    photo.public_id = prepared.public_id
    photo.derivatives = {side: dict(facts) for side, facts in prepared.derivatives.items()}
    photo.thumb_hash = prepared.clean.thumb_hash
    photo.faces_checked_by = prepared.clean.faces_checked_by
    photo.face_count = prepared.clean.face_count
    photo.taken_at = photo.taken_at or prepared.clean.taken_at
    if first:
        # Later ones are made from pictures in which something is hidden already.
        photo.perceptual_hash = prepared.clean.perceptual_hash
        await _flag_reuse(db, photo, prepared.clean)
    await _settle(db, photo, kind="photo_processed" if first else "photo_checked_again", now=now)
    return old


async def mark_rejected(
    db: AsyncSession,
    *,
    photo_id: UUID,
    error: UnusablePhotoError,
    original_key: str | None,
    now: datetime,
) -> list[str]:
    """Record why a photo cannot be used; the audit stays and counts it as settled.

    Gives keys to delete after the commit.
    """
    photo = await db.get(Photo, photo_id, with_for_update=True, populate_existing=True)
    if photo is None or photo.state is not PhotoState.RECEIVED:
        return _list_unwanted(photo, original_key)
    photo.state = PhotoState.REJECTED
    photo.reject_reason = error.reason.value
    photo.original_key = original_key
    await _settle(db, photo, kind="photo_rejected", now=now)
    return []


def _list_unwanted(photo: Photo | None, original_key: str | None) -> list[str]:
    """Give the original that must not stay: its author was forgotten while it was being cleaned."""
    if original_key is None:
        return []
    if photo is None:
        return [original_key]
    refused = photo.state is PhotoState.REJECTED and photo.original_key != original_key
    return [original_key] if refused else []


async def put_off(db: AsyncSession, *, photo_id: UUID, now: datetime) -> None:
    """Note that cleaning again failed, so that others come first next time; it stays private."""
    photo = await db.get(Photo, photo_id, with_for_update=True)
    if photo is not None:
        photo.updated_at = now


async def _settle(db: AsyncSession, photo: Photo, *, kind: str, now: datetime) -> None:
    photo.processed_at = now
    await staging.unstage(db, photo_id=photo.id, now=now)
    await db.flush()
    owner = await get_owner(db, photo.id)
    await record_event(db, kind=kind, subject=photo, data={"reason": photo.reject_reason})
    await record_change(db, kind=ChangeKind.PHOTO, subject_id=photo.id, account_id=owner.author_id)


async def _flag_reuse(db: AsyncSession, photo: Photo, clean: CleanPhoto) -> None:
    """Tell the reviewer when the same picture, or its mirror image, shows another place."""
    if photo.audit_id is None:
        return
    audit = await db.get(Audit, photo.audit_id, with_for_update=True, populate_existing=True)
    if audit is None:
        return
    near = [
        func.bit_count(Photo.perceptual_hash.op("#")(value).cast(BIT(64))) <= SAME_PICTURE_BITS
        for value in (clean.perceptual_hash, clean.mirrored_hash)
    ]
    other = await db.scalar(
        select(Photo.id)
        .join(Audit, Audit.id == Photo.audit_id)
        .where(
            Photo.id != photo.id,
            Photo.perceptual_hash.is_not(None),
            Audit.place_id.is_distinct_from(audit.place_id),
            or_(*near),
        )
        .order_by(Photo.id)
        .limit(1)
    )
    known = {(each["code"], each.get("params", {}).get("photo_id")) for each in audit.flags}
    if other is None or (FlagCode.PHOTO_REUSED.value, str(photo.id)) in known:
        return
    flag = Flag(
        FlagCode.PHOTO_REUSED,
        photo.element_id,
        (photo.field,) if photo.field else (),
        {"photo_id": str(photo.id), "like_photo_id": str(other)},
    )
    audit.flags = [*audit.flags, flag.as_json()]
