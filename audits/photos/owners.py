"""Whose photo it is: what every question about permission goes through."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, may
from audits.models import Audit
from audits.photos.errors import PhotoNotFoundError
from audits.photos.models import Photo
from geo.network.models import Barrier


@dataclass(frozen=True, slots=True)
class Owner:
    """Who sent a photo, and which district it is of."""

    author_id: UUID | None
    district_id: UUID | None


def list_owners() -> Select[UUID, UUID | None, UUID | None]:
    """Select the photo's id, its author and its district, through the audit or the barrier."""
    return (
        select(
            Photo.id.label("photo_id"),
            func.coalesce(Audit.author_id, Barrier.reported_by).label("author_id"),
            func.coalesce(Audit.district_id, Barrier.district_id).label("district_id"),
        )
        .outerjoin(Audit, Audit.id == Photo.audit_id)
        .outerjoin(Barrier, Barrier.id == Photo.barrier_id)
    )


async def get_owner(db: AsyncSession, photo_id: UUID) -> Owner:
    """Give whose photo it is; raises PhotoNotFoundError."""
    row = (await db.execute(list_owners().where(Photo.id == photo_id))).one_or_none()
    if row is None:
        raise PhotoNotFoundError
    return Owner(row.author_id, row.district_id)


async def get_own_photo(db: AsyncSession, *, photo_id: UUID, author_id: UUID) -> Photo:
    """Lock and give one's own photo; raises PhotoNotFoundError for anybody else's too."""
    photo = await db.get(Photo, photo_id, with_for_update=True, populate_existing=True)
    if photo is None or (await get_owner(db, photo_id)).author_id != author_id:
        raise PhotoNotFoundError
    return photo


async def get_visible_photo(db: AsyncSession, *, photo_id: UUID, actor: Actor) -> Photo:
    """Give a photo to its author or to a reviewer of its district; not found for anyone else."""
    photo = await db.get(Photo, photo_id)
    if photo is None:
        raise PhotoNotFoundError
    owner = await get_owner(db, photo_id)
    if owner.author_id != actor.account_id and not may(
        actor, Action.SEE_PRIVATE_PHOTO, district_id=owner.district_id
    ):
        raise PhotoNotFoundError
    return photo
