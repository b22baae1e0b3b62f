"""What time does to photos: originals go, half-sent uploads go, stuck work is asked for again."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.history import record_event
from audits.models import Audit
from audits.photos.models import Photo, PhotoState
from audits.photos.stores import PhotoStore
from audits.workflow import State
from geo.db.session import Sessions, write_session

UNDECIDED_FOR = timedelta(days=365)
"""An original is kept no longer than this, even if nobody ever decides."""
_STUCK_FOR = timedelta(minutes=15)
_BATCH = 200
_OVER = (State.WITHDRAWN.value, State.SUPERSEDED.value)


async def list_old_originals(
    db: AsyncSession, *, now: datetime, lifetime: timedelta
) -> Sequence[tuple[UUID, str]]:
    """List originals whose lifetime is over, as photo and key; at most 200 a call.

    The lifetime begins with the decision about the audit, or with the processing where no
    decision will come: the photo was rejected, belongs to a barrier, or its audit is withdrawn.
    """
    cutoff = now - lifetime
    no_decision = or_(
        Photo.state == PhotoState.REJECTED, Photo.audit_id.is_(None), Audit.state.in_(_OVER)
    )
    rows = await db.execute(
        select(Photo.id, Photo.original_key)
        .outerjoin(Audit, Audit.id == Photo.audit_id)
        .where(
            Photo.original_key.is_not(None),
            or_(
                Audit.decided_at <= cutoff,
                and_(Photo.processed_at <= cutoff, no_decision),
                Photo.processed_at <= now - UNDECIDED_FOR,
            ),
        )
        .order_by(Photo.id)
        .limit(_BATCH)
    )
    return [(photo_id, str(key)) for photo_id, key in rows]


async def forget_originals(
    sessions: Sessions, store: PhotoStore, *, originals: Sequence[tuple[UUID, str]]
) -> None:
    """Delete originals from the store, then note it, one by one.

    In this order: a crash between leaves a row that names nothing, never bytes that nobody
    remembers. Raises StoreUnavailableError.
    """
    for photo_id, key in originals:
        await asyncio.to_thread(store.delete, key)
        async with write_session(sessions) as db:
            photo = await db.get(Photo, photo_id, with_for_update=True)
            if photo is not None and photo.original_key == key:
                photo.original_key = None
                await db.flush()
                await record_event(db, kind="photo_original_removed", subject=photo)


async def claim_unfinished(
    db: AsyncSession, *, now: datetime, has_detector: bool, limit: int = 100
) -> list[UUID]:
    """Give photos whose work got lost or was put off, and note that it is asked for again.

    Received ones that nobody processed for a while, and, once a detector is there, ready ones
    that nobody has looked at for faces.
    """
    waiting = Photo.state == PhotoState.RECEIVED
    unchecked = and_(Photo.state == PhotoState.READY, Photo.faces_checked_by.is_(None))
    claimed = await db.scalars(
        select(Photo.id)
        .where(
            or_(waiting, unchecked) if has_detector else waiting,
            Photo.updated_at <= now - _STUCK_FOR,
        )
        .order_by(Photo.updated_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(claimed)
    if ids:
        await db.execute(update(Photo).where(Photo.id.in_(ids)).values(updated_at=func.now()))
    return ids
