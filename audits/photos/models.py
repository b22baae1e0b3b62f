"""Tables of photos and of bytes on their way into the store."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from geo.db.base import Base, Timestamps, text_enum, uuid_key


class PhotoState(StrEnum):
    """How far a photo has come. Only `ready` may ever be public."""

    EXPECTED = "expected"
    """Named in an audit's manifest; no bytes yet."""
    RECEIVED = "received"
    """All bytes are here and their digest is right."""
    READY = "ready"
    """Cleaned derivatives exist."""
    REJECTED = "rejected"
    """Cannot be used; the reason says why. The audit stays."""


class Photo(Base, Timestamps):
    """One photo of an audit or of a barrier report, under an id that the phone made."""

    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_audit_id", "audit_id"),
        Index("ix_photos_barrier_id", "barrier_id"),
        Index("uq_photos_public_id", "public_id", unique=True),
        Index(
            "ix_photos_unfinished",
            "updated_at",
            postgresql_where=text(
                "state = 'received' OR (state = 'ready' AND faces_checked_by IS NULL)"
            ),
        ),
        Index("ix_photos_originals", "id", postgresql_where=text("original_key IS NOT NULL")),
        Index("ix_photos_sha256", "sha256"),
        Index("ix_photos_element_id", "element_id"),
        CheckConstraint("byte_count > 0", "has_bytes"),
        CheckConstraint("length(sha256) = 64", "sha256_is_hex"),
        CheckConstraint(
            "(state = 'rejected') = (reject_reason IS NOT NULL)", "rejected_has_reason"
        ),
        CheckConstraint("num_nonnulls(audit_id, barrier_id) = 1", "has_one_owner"),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    audit_id: Mapped[UUID | None] = mapped_column(ForeignKey("audits.id"))
    barrier_id: Mapped[UUID | None] = mapped_column(ForeignKey("barriers.id"))
    """What it belongs to: an audit or a report of a barrier, never both."""
    element_id: Mapped[UUID | None] = mapped_column(ForeignKey("elements.id"))
    field: Mapped[str | None] = mapped_column(Text)
    state: Mapped[PhotoState] = mapped_column(text_enum(PhotoState, "state"))
    reject_reason: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    """Of the bytes as sent, hex."""
    byte_count: Mapped[int] = mapped_column(Integer)
    media_type: Mapped[str] = mapped_column(Text)
    original_key: Mapped[str | None] = mapped_column(Text)
    """Where the private original lies in the store; empty again after its lifetime."""
    public_id: Mapped[UUID | None]
    """Random name of the derivatives, so that a withdrawn photo cannot be guessed again."""
    derivatives: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Width in pixels → {key, width, height, byte_count}."""
    perceptual_hash: Mapped[int | None] = mapped_column(BigInteger)
    """64-bit DCT hash, as a signed integer."""
    thumb_hash: Mapped[str | None] = mapped_column(Text)
    """A blurred preview in about 25 bytes (ThumbHash), base64."""
    faces_checked_by: Mapped[str | None] = mapped_column(Text)
    """Detector that looked for faces; while it is empty the photo is not public."""
    face_count: Mapped[int | None] = mapped_column(Integer)
    redactions: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Rectangles to burn in, as fractions of width and height."""
    taken_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    """When the last byte was committed; the receipt names it."""
    processed_at: Mapped[datetime | None]


class Upload(Base, Timestamps):
    """Bytes of one photo on their way, staged in rows so that nothing lives in one process."""

    __tablename__ = "uploads"
    __table_args__ = (
        Index("uq_uploads_photo_id", "photo_id", unique=True),
        Index("ix_uploads_staged", "id", postgresql_where=text("unstaged_at IS NULL")),
        Index("ix_uploads_expires_at", "expires_at"),
        CheckConstraint("received_bytes >= 0 AND received_bytes <= total_bytes", "offset_inside"),
    )

    id: Mapped[UUID] = uuid_key()
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"))
    total_bytes: Mapped[int] = mapped_column(Integer)
    received_bytes: Mapped[int] = mapped_column(Integer, server_default="0")
    completed_at: Mapped[datetime | None]
    unstaged_at: Mapped[datetime | None]
    """When its bytes left the database; the row stays to answer a phone that missed the end."""
    expires_at: Mapped[datetime] = mapped_column(server_default=text("now() + interval '30 days'"))


class UploadChunk(Base):
    """A run of bytes of an upload, in order."""

    __tablename__ = "upload_chunks"

    upload_id: Mapped[UUID] = mapped_column(
        ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True
    )
    start_byte: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
