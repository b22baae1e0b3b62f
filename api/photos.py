"""Rows of a photo put together into its private body; used by photos and by uploads."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.lifespan import State
from api.photo_jobs import enqueue_photo
from api.schemas.photos import PhotoRead
from audits import intake
from audits.photos import errors
from audits.photos.models import Photo, PhotoState, Upload
from audits.photos.reasons import describe_reason
from audits.photos.service import Progress, find_receipt


async def describe_photo(db: AsyncSession, state: State, photo: Photo, language: str) -> PhotoRead:
    """Give what is stored of a photo to its author or a reviewer, with the receipt."""
    upload = await db.scalar(select(Upload).where(Upload.photo_id == photo.id))
    return build_photo(state, photo, upload, language)


def build_photo(state: State, photo: Photo, upload: Upload | None, language: str) -> PhotoRead:
    """Build the body from rows that are at hand."""
    begun = upload if photo.state is PhotoState.EXPECTED else None
    status = intake.photo_status(photo, 0 if begun is None else begun.received_bytes)
    reason = photo.reject_reason
    return PhotoRead.model_validate(
        {
            **status,
            "reject_text": None if reason is None else describe_reason(reason, language),
            "sha256": photo.sha256,
            "received_at": photo.received_at,
            "receipt": find_receipt(photo, key=state.keys.signing),
            "upload_id": None if begun is None else begun.id,
            "thumb_hash": photo.thumb_hash,
            "widths": sorted(int(side) for side in photo.derivatives),
            "public_id": photo.public_id if photo.faces_checked_by is not None else None,
            "face_count": photo.face_count,
        }
    )


async def announce_arrival(db: AsyncSession, state: State, photo: Photo) -> None:
    """Let the worker begin, and the audit move on, in the transaction of the last byte."""
    if photo.state is PhotoState.RECEIVED:
        await enqueue_photo(state.jobs, db, photo.id)
    if photo.audit_id is not None:
        await intake.settle_photos(db, audit_id=photo.audit_id)


def upload_headers(state: State, progress: Progress) -> dict[str, str]:
    """Say in headers where an upload stands and what it may still do."""
    upload = progress.upload
    limits = state.settings.photos
    return {
        "Upload-Offset": str(upload.received_bytes),
        "Upload-Complete": "?1" if upload.completed_at is not None else "?0",
        "Upload-Length": str(upload.total_bytes),
        "Upload-Limit": f"max-size={limits.max_bytes}, max-append-size={limits.max_bytes},"
        " max-age=604800",
        "Esik-Upload-Version": UPLOAD_VERSION,
        "Cache-Control": "no-store",
    }


UPLOAD_VERSION = "1"
"""Of the upload protocol; a phone that speaks another one is told so."""


def upload_path(upload_id: UUID) -> str:
    """Give the address of an upload."""
    return f"/v1/uploads/{upload_id}"


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Read at most the allowed bytes; a longer body is refused before it is all here."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise errors.PhotoTooLargeError(limit_bytes=max_bytes)
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > max_bytes:
            raise errors.PhotoTooLargeError(limit_bytes=max_bytes)
    return bytes(content)
