"""Move audits on that waited for their photos: when all are settled, or after long enough."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.arrival import Flag, FlagCode
from audits.history import record_event
from audits.models import Audit, AuditVersion
from audits.photos.models import Photo, PhotoState
from audits.workflow import INCOMPLETE_FOR, State, Step, find_transition
from geo.db.changes import ChangeKind, record_change

BATCH = 100
"""Audits that one transaction of the sweep moves on."""


async def settle_photos(db: AsyncSession, *, audit_id: UUID) -> None:
    """Move an audit on once no photo of its manifest is missing any more.

    A rejected photo is settled: the author learns why, and the audit does not wait for it.
    """
    # The lock comes first: two last photos at once would each see the other one missing.
    audit = await db.get(Audit, audit_id, with_for_update=True, populate_existing=True)
    if audit is None or find_transition(State(audit.state), Step.COMPLETE) is None:
        return
    if await count_missing_photos(db, audit_id=audit_id):
        return
    await _submit(db, audit, Step.COMPLETE)


async def count_missing_photos(db: AsyncSession, *, audit_id: UUID) -> int:
    """Count photos of the manifest whose bytes are not all here."""
    missing = await db.scalar(
        select(func.count())
        .select_from(Photo)
        .where(Photo.audit_id == audit_id, Photo.state == PhotoState.EXPECTED)
    )
    return missing or 0


async def give_up_waiting(db: AsyncSession, *, now: datetime) -> int:
    """Submit audits whose photos did not come for 30 days, with a flag; gives how many.

    Counted from the newest version, at most BATCH a call. The photos may still come later.
    """
    newest = (
        select(func.max(AuditVersion.received_at))
        .where(AuditVersion.audit_id == Audit.id)
        .scalar_subquery()
    )
    before = now - INCOMPLETE_FOR
    rows = await db.scalars(
        select(Audit)
        .where(Audit.state == State.INCOMPLETE, Audit.received_at <= before, newest <= before)
        .order_by(Audit.received_at, Audit.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    audits = rows.all()
    for audit in audits:
        missing = await count_missing_photos(db, audit_id=audit.id)
        flag = Flag(FlagCode.PHOTOS_MISSING, params={"count": missing})
        audit.flags = [*audit.flags, flag.as_json()]
        await _submit(db, audit, Step.GIVE_UP_WAITING)
        await record_event(
            db, kind="audit_submitted_incomplete", subject=audit, data={"photos": missing}
        )
    return len(audits)


async def _submit(db: AsyncSession, audit: Audit, step: Step) -> None:
    transition = find_transition(State(audit.state), step)
    if transition is None:
        return
    audit.state = transition.target
    await db.flush()
    await record_change(db, kind=ChangeKind.AUDIT, subject_id=audit.id, account_id=audit.author_id)
