"""Take an audit back, and erase later what was in it.

Only what was not approved can be taken back: facts that rest on an approved audit belong to the
city, and taking away the evidence of a barrier could open a way. Its author sends a correction.
The row stays as a tombstone: its id is taken for ever, and a phone that sends again learns why.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.errors import AuditNotFoundError, NoSuchTransitionError
from audits.history import record_event
from audits.models import Audit, AuditVersion, Observation
from audits.workflow import State, Step, find_transition
from geo.db.changes import ChangeKind, record_change

ERASED_AFTER = timedelta(days=30)
"""A withdrawal by mistake can be looked up for so long (proposed)."""
BATCH = 100


async def withdraw_audit(db: AsyncSession, *, actor: Actor, audit_id: UUID, now: datetime) -> Audit:
    """Take one's own audit back; doing it again changes nothing.

    Raises AuditNotFoundError and NoSuchTransitionError (approved, or replaced by a newer one).
    """
    require(actor, Action.SUBMIT_AUDIT)
    audit = await db.get(Audit, audit_id, with_for_update=True, populate_existing=True)
    if audit is None or audit.author_id != actor.account_id:
        raise AuditNotFoundError
    if audit.state == State.WITHDRAWN:
        return audit
    transition = find_transition(State(audit.state), Step.WITHDRAW)
    if transition is None:
        raise NoSuchTransitionError(state=audit.state, step=Step.WITHDRAW.value)
    audit.state = transition.target
    audit.withdrawn_at = now
    audit.version += 1
    await db.flush()
    await record_event(db, kind="audit_withdrawn", subject=audit, actor_id=actor.account_id)
    await record_change(db, kind=ChangeKind.AUDIT, subject_id=audit.id, account_id=audit.author_id)
    return audit


async def erase_withdrawn(db: AsyncSession, *, now: datetime) -> int:
    """Erase bodies, answers and positions of audits withdrawn long ago; gives how many.

    At most BATCH a call. Digests, decisions and the history stay: they hold no content.
    """
    rows = await db.scalars(
        select(Audit)
        .where(
            Audit.state == State.WITHDRAWN,
            Audit.withdrawn_at <= now - ERASED_AFTER,
            Audit.erased_at.is_(None),
        )
        .order_by(Audit.withdrawn_at, Audit.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    audits = rows.all()
    ids = [audit.id for audit in audits]
    if not ids:
        return 0
    await db.execute(update(AuditVersion).where(AuditVersion.audit_id.in_(ids)).values(body={}))
    await db.execute(delete(Observation).where(Observation.audit_id.in_(ids)))
    for audit in audits:
        audit.erased_at = now
        audit.position = None
        audit.flags = []
    await db.flush()
    for audit in audits:
        await record_event(db, kind="audit_erased", subject=audit)
        await record_change(
            db, kind=ChangeKind.AUDIT, subject_id=audit.id, account_id=audit.author_id
        )
    return len(audits)
