"""Change an audit: a new version of an open one, a new audit that replaces an approved one.

What was sent before stays in its own version. An answer that did not change keeps its row, and
with it what a reviewer decided about it; a changed one is a new row.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.accounts.quotas import Quota, spend
from audits.canonical import digest
from audits.errors import (
    AuditGoneError,
    AuditNotFoundError,
    NoSuchTransitionError,
    StaleAuditError,
    SuccessorExistsError,
)
from audits.intake import receiving, rows
from audits.intake.reading import StoredVersion, find_version
from audits.intake.settling import settle_photos
from audits.models import Audit, AuditVersion, Observation
from audits.queries import get_body
from audits.submission import Submission
from audits.workflow import State, Step, find_transition
from geo.db.bulk import insert_rows
from geo.ids import uuid7

_COMPARED = ("state", "operator", "value", "precision", "method")


async def revise_audit(
    db: AsyncSession,
    *,
    actor: Actor,
    audit_id: UUID,
    submission: Submission,
    expected_version: int,
    now: datetime,
) -> receiving.Stored:
    """Store a change of one's own audit that is based on `expected_version`.

    An open audit gets a new version. An approved one stays as it is; a new audit is stored that
    replaces it when it is approved itself. Sending the same change again is a replay, also after
    its answer was lost. Raises StaleAuditError with the current content, NoSuchTransitionError
    while a reviewer has it and after the end, SuccessorExistsError, and what `put_audit` raises.
    """
    require(actor, Action.SUBMIT_AUDIT)
    content = digest(submission.body)
    await receiving.lock_id(db, audit_id)
    audit = await db.get(Audit, audit_id, with_for_update=True, populate_existing=True)
    if audit is None or audit.author_id != actor.account_id:
        raise AuditNotFoundError
    if audit.state == State.WITHDRAWN:
        raise AuditGoneError
    if audit.digest == content:
        version = await find_version(db, audit_id, content)
        if version is not None:
            return receiving.Stored(audit, version, created=False)
    if audit.state in {State.APPROVED, State.SUPERSEDED}:
        return await _follow(db, audit, actor, submission, content, expected_version, now)
    await _check_version(db, audit, expected_version)
    step = Step.ANSWER if audit.state == State.NEEDS_INFO else Step.EDIT
    transition = find_transition(State(audit.state), step)
    if transition is None:
        raise NoSuchTransitionError(state=audit.state, step=step.value)
    audit.state = transition.target
    await _replace_content(db, audit, actor, submission, content, now)
    await receiving.announce(db, audit, kind="audit_revised", actor=actor)
    await settle_photos(db, audit_id=audit_id)
    version = StoredVersion(audit_id, audit.version, content, now)
    return receiving.Stored(audit, version, created=True)


async def _check_version(db: AsyncSession, audit: Audit, expected_version: int) -> None:
    if audit.version != expected_version:
        raise StaleAuditError(
            current={
                "version": audit.version,
                "state": audit.state,
                "digest": audit.digest,
                "body": await get_body(db, audit.id),
            }
        )


async def _follow(
    db: AsyncSession,
    audit: Audit,
    actor: Actor,
    submission: Submission,
    content: str,
    expected_version: int,
    now: datetime,
) -> receiving.Stored:
    """Store the change of an approved audit as a new audit, once."""
    repeated = await db.execute(
        select(Audit, AuditVersion)
        .join(AuditVersion, AuditVersion.audit_id == Audit.id)
        .where(Audit.supersedes_id == audit.id, AuditVersion.digest == content)
        .limit(1)
    )
    row = repeated.one_or_none()
    if row is not None:
        again, stored = row
        version = StoredVersion(again.id, stored.version, content, stored.received_at)
        return receiving.Stored(again, version, created=False)
    await _check_version(db, audit, expected_version)
    if audit.state != State.APPROVED:
        raise NoSuchTransitionError(state=audit.state, step=Step.EDIT.value)
    successor = await receiving.find_successor(db, audit.id)
    if successor is not None:
        raise SuccessorExistsError(successor_id=str(successor.id))
    return await receiving.create_audit(
        db,
        actor=actor,
        audit_id=uuid7(),
        submission=receiving.follow(submission, audit.id),
        content=content,
        now=now,
    )


async def _replace_content(
    db: AsyncSession,
    audit: Audit,
    actor: Actor,
    submission: Submission,
    content: str,
    now: datetime,
) -> None:
    checked = await receiving.check(db, submission, content=content, now=now)
    await spend(db, actor=actor, quota=Quota.AUDITS, amount=1, now=now)
    await rows.move_proposed(db, submission, checked.elements, author_id=audit.author_id)
    audit.version += 1
    audit.digest = content
    audit.place_id = checked.place.id if checked.place else None
    audit.catalogue_version, audit.depth = submission.catalogue_version, submission.depth
    audit.started_at, audit.finished_at = submission.started_at, submission.finished_at
    audit.position = rows.find_position(submission)
    audit.position_accuracy_m = submission.position.accuracy_m if submission.position else None
    audit.flags = await receiving.find_flags(db, checked, audit=audit, now=now)
    if checked.place is not None:
        db.add(checked.place)
    await db.flush()
    await rows.store_elements(db, checked.elements.values())
    db.add(
        AuditVersion(
            audit_id=audit.id,
            version=audit.version,
            digest=content,
            body=submission.body,
            received_at=now,
        )
    )
    await db.flush()
    await _replace_answers(db, audit, submission, now)
    await rows.expect_photos(db, audit, submission)


async def _replace_answers(
    db: AsyncSession, audit: Audit, submission: Submission, now: datetime
) -> None:
    """Keep the rows of answers that did not change, replace the others."""
    known = await db.scalars(select(Observation).where(Observation.audit_id == audit.id))
    before = {(item.element_id, item.field): item for item in known}
    finished_at = submission.finished_at
    wanted = [rows.observation_row(audit, i, finished_at, now) for i in submission.observations]
    kept, fresh = [], []
    for row in wanted:
        old = before.get((row["element_id"], row["field"]))
        if old is not None and _is_same(old, row):
            kept.append(old.id)
            old.photo_ids, old.observed_at = row["photo_ids"], row["observed_at"]
        else:
            fresh.append(row)
    await db.flush()
    gone = [item.id for item in before.values() if item.id not in kept]
    await db.execute(delete(Observation).where(Observation.id.in_(gone)))
    await insert_rows(db, Observation, fresh)


def _is_same(old: Observation, row: dict[str, Any]) -> bool:
    return old.place_id == row["place_id"] and all(
        getattr(old, name) == row[name] and type(getattr(old, name)) is type(row[name])
        for name in _COMPARED
    )
