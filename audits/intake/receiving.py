"""Store an audit under the phone's id, exactly once.

The same id with the same content is a replay, with other content a conflict; another author's
id is not found. Answers are checked here, once; what is merely odd becomes a flag for the
reviewer and is kept.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.accounts.quotas import Quota, spend
from audits.arrival import Flag
from audits.canonical import digest
from audits.checks import check_positions, check_submission, flag_submission
from audits.conduct import find_conduct_flags
from audits.errors import (
    AuditContentDiffersError,
    AuditGoneError,
    AuditNotFoundError,
    SuccessorExistsError,
    UnknownPredecessorError,
)
from audits.history import record_event
from audits.intake import rows
from audits.intake.duplicates import flag_duplicates
from audits.intake.ids import check_client_id, read_id_time
from audits.intake.links import check_links
from audits.intake.reading import StoredVersion, find_version
from audits.models import Audit, AuditVersion, Observation
from audits.submission import Submission
from audits.workflow import State
from geo.db.bulk import insert_rows
from geo.db.changes import ChangeKind, record_change
from geo.places.models import Element, Place
from geo.places.queries import find_district_id

_DEAD = (State.REJECTED, State.WITHDRAWN, State.SUPERSEDED)
"""States in which a correction no longer stands in the way of another one."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An audit, the content that was sent, and whether either is news."""

    audit: Audit
    version: StoredVersion
    created: bool
    """Whether this call stored the content; otherwise it was here before."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A submission that fits the catalogue, with what it speaks about."""

    submission: Submission
    content: str
    place: Place | None
    elements: dict[UUID, Element]


async def put_audit(
    db: AsyncSession, *, actor: Actor, audit_id: UUID, submission: Submission, now: datetime
) -> Stored:
    """Store an audit under the phone's id.

    Raises AuditContentDiffersError, AuditGoneError, AuditNotFoundError (somebody else's id),
    AuditInvalidError with a JSON pointer per answer, UnknownPlaceError, ElementMismatchError,
    ElementTooFarError, PhotoTakenError, UnknownPredecessorError, SuccessorExistsError,
    ContentNotCanonicalError, NotUuid7Error and ClockAheadError.
    """
    require(actor, Action.SUBMIT_AUDIT)
    check_client_id(audit_id, now=now)
    content = digest(submission.body)
    await lock_id(db, audit_id)
    known = await db.get(Audit, audit_id)
    if known is not None:
        return await _replay(db, known, actor=actor, content=content)
    await _check_predecessor(db, submission, actor=actor)
    return await create_audit(
        db, actor=actor, audit_id=audit_id, submission=submission, content=content, now=now
    )


async def lock_id(db: AsyncSession, key: UUID) -> None:
    """Wait until nobody else stores something under this id; held until the transaction ends."""
    # Two sendings of one id must not race each other to the insert.
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": str(key)}
    )


async def check(
    db: AsyncSession, submission: Submission, *, content: str, now: datetime
) -> Checked:
    """Check a submission against the catalogue and the map; nothing is stored yet."""
    place = await rows.resolve_place(db, submission, now)
    elements = await rows.resolve_elements(db, submission, place=place, now=now)
    check_submission(submission, elements=elements)
    await check_positions(db, place=place, elements=elements)
    await check_links(db, submission.elements, elements)
    return Checked(submission, content, place, elements)


async def create_audit(
    db: AsyncSession,
    *,
    actor: Actor,
    audit_id: UUID,
    submission: Submission,
    content: str,
    now: datetime,
) -> Stored:
    """Insert a new audit with everything it brings; the caller holds the lock of its id.

    Raises QuotaExceededError besides what the checks raise.
    """
    checked = await check(db, submission, content=content, now=now)
    await spend(db, actor=actor, quota=Quota.AUDITS, amount=1, now=now)
    place = checked.place
    where = rows.find_where(submission, place, checked.elements)
    audit = Audit(
        id=audit_id,
        author_id=actor.account_id,
        device_id=actor.device_id,
        place_id=place.id if place else None,
        district_id=await find_district_id(db, where) if where is not None else None,
        state=State.INCOMPLETE if submission.photos else State.SUBMITTED,
        version=1,
        digest=content,
        catalogue_version=submission.catalogue_version,
        depth=submission.depth,
        started_at=submission.started_at,
        finished_at=submission.finished_at,
        received_at=now,
        position=rows.find_position(submission),
        position_accuracy_m=submission.position.accuracy_m if submission.position else None,
        flags=[],
        supersedes_id=submission.supersedes_id,
    )
    audit.flags = await find_flags(db, checked, audit=audit, now=now)
    if place is not None:
        db.add(place)
        await db.flush()
    await rows.store_elements(db, checked.elements.values())
    db.add(audit)
    await db.flush()
    await store_version(db, audit, checked, now=now)
    await announce(db, audit, kind="audit_submitted", actor=actor)
    return Stored(audit, StoredVersion(audit_id, 1, content, now), created=True)


async def find_flags(
    db: AsyncSession, checked: Checked, *, audit: Audit, now: datetime
) -> list[dict[str, object]]:
    """Give everything that a reviewer should look at, as stored."""
    flags = flag_submission(
        checked.submission,
        place=checked.place,
        elements=checked.elements,
        author_id=audit.author_id,
        received_at=now,
        made_at=read_id_time(audit.id),
        reused_photo_ids=await rows.find_reused_photos(db, checked.submission, checked.place),
    )
    doubles: list[Flag] = await flag_duplicates(
        db, checked.submission, place=checked.place, elements=checked.elements
    )
    conduct = await find_conduct_flags(db, audit=audit)
    return [*flags, *(flag.as_json() for flag in (*doubles, *conduct))]


async def store_version(db: AsyncSession, audit: Audit, checked: Checked, *, now: datetime) -> None:
    """Write the content under the audit's version, its answers and its manifest."""
    submission = checked.submission
    db.add(
        AuditVersion(
            audit_id=audit.id,
            version=audit.version,
            digest=checked.content,
            body=submission.body,
            received_at=now,
        )
    )
    await db.flush()
    finished_at = submission.finished_at
    answers = [
        rows.observation_row(audit, item, finished_at, now) for item in submission.observations
    ]
    await insert_rows(db, Observation, answers)
    if submission.photos:
        await rows.expect_photos(db, audit, submission)


async def announce(db: AsyncSession, audit: Audit, *, kind: str, actor: Actor) -> None:
    """Write what happened into the history and the change log."""
    await record_event(
        db,
        kind=kind,
        subject=audit,
        actor_id=actor.account_id,
        data={"digest": audit.digest, "version": audit.version},
    )
    await record_change(db, kind=ChangeKind.AUDIT, subject_id=audit.id, account_id=audit.author_id)


async def _replay(db: AsyncSession, audit: Audit, *, actor: Actor, content: str) -> Stored:
    if audit.author_id != actor.account_id:
        raise AuditNotFoundError
    if audit.state == State.WITHDRAWN:
        raise AuditGoneError
    version = await find_version(db, audit.id, content)
    if version is None:
        raise AuditContentDiffersError(stored_digest=audit.digest, received_digest=content)
    return Stored(audit, version, created=False)


async def _check_predecessor(db: AsyncSession, submission: Submission, *, actor: Actor) -> None:
    """Raise unless what is to be replaced is one's own, approved, here, and not replaced yet."""
    if submission.supersedes_id is None:
        return
    old = await db.get(Audit, submission.supersedes_id, with_for_update=True)
    named = {submission.place_id} if submission.new_place is None else set()
    if (
        old is None
        or old.author_id != actor.account_id
        or old.state != State.APPROVED
        or old.place_id not in named
    ):
        raise UnknownPredecessorError(audit_id=str(submission.supersedes_id))
    successor = await find_successor(db, old.id)
    if successor is not None:
        raise SuccessorExistsError(successor_id=str(successor.id))


async def find_successor(db: AsyncSession, audit_id: UUID) -> Audit | None:
    """Find the audit that waits to replace an approved one."""
    found: Audit | None = await db.scalar(
        select(Audit)
        .where(Audit.supersedes_id == audit_id, Audit.state.not_in(_DEAD))
        .order_by(Audit.received_at.desc())
        .limit(1)
    )
    return found


def follow(submission: Submission, audit_id: UUID) -> Submission:
    """Give the same submission as a correction of an approved audit."""
    return replace(submission, supersedes_id=audit_id)
