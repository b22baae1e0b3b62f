"""Which photos anyone may see.

All of it must hold: the photo is ready, a detector has looked for faces since anything about it
changed, and its audit is approved now. One condition, used by every question here, and asked
anew each time: a photo whose audit is withdrawn is gone at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.models import Audit
from audits.photos.errors import PhotoNotFoundError
from audits.photos.models import Photo, PhotoState
from audits.workflow import State

_COUNTING = tuple(state.value for state in State if state.counts)


def is_public() -> ColumnElement[bool]:
    """Give the condition over photos joined with their audits."""
    return and_(
        Photo.state == PhotoState.READY,
        Photo.faces_checked_by.is_not(None),
        Photo.public_id.is_not(None),
        Audit.state.in_(_COUNTING),
    )


@dataclass(frozen=True, slots=True)
class PublicPhoto:
    """A photo as the public sees it; nothing leads back to its author."""

    public_id: UUID
    element_id: UUID | None
    field: str | None
    widths: tuple[int, ...]
    """Long sides in pixels that can be asked for."""
    width: int
    height: int
    """Of the largest picture."""
    thumb_hash: str | None


async def find_public_photo(db: AsyncSession, *, public_id: UUID) -> Photo | None:
    """Find a public photo by the random name of its pictures."""
    photo: Photo | None = await db.scalar(
        select(Photo)
        .join(Audit, Audit.id == Photo.audit_id)
        .where(Photo.public_id == public_id, is_public())
    )
    return photo


def get_picture_key(photo: Photo, long_side: int) -> str:
    """Give the key of one picture of a photo; raises PhotoNotFoundError."""
    picture = photo.derivatives.get(str(long_side))
    if picture is None:
        raise PhotoNotFoundError
    return str(picture["key"])


async def list_public_photos(
    db: AsyncSession, *, place_id: UUID, limit: int = 30
) -> Sequence[PublicPhoto]:
    """List the public photos of a place, the newest first."""
    rows = await db.scalars(
        select(Photo)
        .join(Audit, Audit.id == Photo.audit_id)
        .where(Audit.place_id == place_id, is_public())
        .order_by(Photo.id.desc())
        .limit(limit)
    )
    return [_as_public(photo) for photo in rows]


def _as_public(photo: Photo) -> PublicPhoto:
    if photo.public_id is None:
        raise PhotoNotFoundError
    widths = tuple(sorted(int(side) for side in photo.derivatives))
    largest = photo.derivatives[str(widths[-1])]
    return PublicPhoto(
        photo.public_id,
        photo.element_id,
        photo.field,
        widths,
        int(largest["width"]),
        int(largest["height"]),
        photo.thumb_hash,
    )
