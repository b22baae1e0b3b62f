"""Decide about audits: the queue, the decision, and everything that follows from it.

One transaction holds the decision, the facts, the words, the street and the announcement, so
the map and the routes follow at once or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, may, require
from audits.barriers import follow_lifts
from audits.effects import describe_effects, read_words
from audits.errors import (
    AuditNotFoundError,
    NoSuchTransitionError,
    OwnAuditError,
    ReasonMissingError,
    StaleAuditError,
    UnknownObservationError,
)
from audits.history import record_event
from audits.intake import ELEMENT_SHAPES
from audits.models import Audit, Decision, Observation
from audits.queries import get_body
from audits.recompute import recompute_place, recompute_street_elements
from audits.workflow import State, Step, find_transition
from geo.db.changes import ChangeKind, record_change
from geo.db.keyset import Key, encode_cursor, read_cursor_key
from geo.geojson import read_geometry
from geo.ids import uuid7
from geo.places.kinds import STREET_ELEMENTS, PlaceState
from geo.places.models import Element, Place

QUEUE_STATES = (State.SUBMITTED, State.IN_REVIEW, State.NEEDS_INFO)


class Outcome(StrEnum):
    """What a reviewer may decide."""

    APPROVE = "approve"
    REJECT = "reject"
    NEEDS_INFO = "needs_info"


_STEPS = {
    Outcome.APPROVE: Step.APPROVE,
    Outcome.REJECT: Step.REJECT,
    Outcome.NEEDS_INFO: Step.ASK,
}


class ReasonCode(StrEnum):
    """Why an audit was not simply approved; each has a text for the author."""

    PHOTO_UNCLEAR = "photo_unclear"
    WRONG_PLACE = "wrong_place"
    OUTSIDE_CITY = "outside_city"
    DUPLICATE = "duplicate"
    NOT_ACCESSIBILITY = "not_accessibility"
    PRIVACY = "privacy"
    MEASUREMENT_IMPLAUSIBLE = "measurement_implausible"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    OUTDATED = "outdated"
    ABUSIVE = "abusive"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Audits that wait, oldest first."""

    audits: Sequence[Audit]
    cursor: str | None


async def list_queue(
    db: AsyncSession, *, actor: Actor, limit: int, cursor: str | None = None
) -> QueuePage:
    """List audits that wait for a decision in the reviewer's districts, oldest first."""
    _require_reviewer(actor)
    statement = select(Audit).where(Audit.state.in_(QUEUE_STATES))
    if actor.district_ids:
        statement = statement.where(Audit.district_id.in_(actor.district_ids))
    if cursor is not None:
        last = read_cursor_key(cursor, question="queue", read=_read_place_in_queue)
        statement = statement.where(tuple_(Audit.received_at, Audit.id) > tuple_(*last))
    # By the server's clock: the ids carry the phones' own.
    oldest_first = statement.order_by(Audit.received_at, Audit.id)
    audits = (await db.scalars(oldest_first.limit(limit + 1))).all()
    following = None
    if len(audits) > limit:
        audits = audits[:limit]
        last_audit = audits[-1]
        key = [last_audit.received_at.isoformat(), str(last_audit.id)]
        following = encode_cursor(key, question="queue")
    return QueuePage(audits, following)


def _read_place_in_queue(key: Key) -> tuple[datetime, UUID]:
    received_at, last_id = key
    return datetime.fromisoformat(str(received_at)), UUID(str(last_id))


async def get_reviewable_audit(db: AsyncSession, *, actor: Actor, audit_id: UUID) -> Audit:
    """Give an audit to somebody who may decide about it; not found for anyone else."""
    return _check_reviewable(actor, await db.get(Audit, audit_id))


async def decide(
    db: AsyncSession,
    *,
    actor: Actor,
    audit_id: UUID,
    outcome: Outcome,
    reason_code: ReasonCode | None,
    note: str | None,
    rejected_observation_ids: Sequence[UUID] = (),
    expected_version: int,
    now: datetime,
) -> Audit:
    """Record a decision and let facts, words, map and routes follow in the same transaction.

    Single observations may be rejected while the rest is approved. Raises AuditNotFoundError,
    NotAllowedError, StaleAuditError, OwnAuditError, ReasonMissingError and
    NoSuchTransitionError.
    """
    found = await db.get(Audit, audit_id, with_for_update=True, populate_existing=True)
    audit = _check_reviewable(actor, found)
    if audit.author_id == actor.account_id:
        raise OwnAuditError
    if audit.version != expected_version:
        raise StaleAuditError(version=audit.version)
    if outcome is not Outcome.APPROVE and reason_code is None:
        raise ReasonMissingError
    transition = find_transition(State(audit.state), _STEPS[outcome])
    if transition is None:
        raise NoSuchTransitionError(state=audit.state, outcome=outcome.value)
    audit.state = transition.target
    audit.decided_at = now
    audit.version += 1
    decision = await _record(
        db, audit, actor, outcome, reason_code, note, rejected_observation_ids, now
    )
    if transition.changes_facts:
        replaced = await _supersede(db, audit)
        before = await read_words(db, audit)
        elements = await _apply(db, audit, replaced, now)
        decision.effects = await describe_effects(db, before=before, elements=elements)
    await record_event(
        db,
        kind=f"audit_{transition.target.value}",
        subject=audit,
        actor_id=actor.account_id,
        data={"reason": reason_code.value if reason_code else None},
    )
    await record_change(db, kind=ChangeKind.AUDIT, subject_id=audit.id, account_id=audit.author_id)
    return audit


def _require_reviewer(actor: Actor) -> None:
    """Raise NotAllowedError for who reviews nowhere."""
    require(actor, Action.REVIEW_AUDIT, district_id=next(iter(actor.district_ids), None))


def _check_reviewable(actor: Actor, audit: Audit | None) -> Audit:
    """Refuse who is no reviewer before anything else, so that no answer tells what exists.

    An audit of a foreign district is not found, like one that is not there.
    """
    _require_reviewer(actor)
    if audit is None or not may(actor, Action.REVIEW_AUDIT, district_id=audit.district_id):
        raise AuditNotFoundError
    return audit


async def _record(
    db: AsyncSession,
    audit: Audit,
    actor: Actor,
    outcome: Outcome,
    reason_code: ReasonCode | None,
    note: str | None,
    rejected_observation_ids: Sequence[UUID],
    now: datetime,
) -> Decision:
    def decision(kind: Outcome, about: Observation | None) -> Decision:
        reason = reason_code
        if kind is Outcome.REJECT and reason is None:
            reason = ReasonCode.MEASUREMENT_IMPLAUSIBLE
        return Decision(
            id=uuid7(),
            audit_id=audit.id,
            audit_version=audit.version,
            observation_id=about.id if about else None,
            element_id=about.element_id if about else None,
            field=about.field if about else None,
            outcome=kind.value,
            reason_code=reason.value if reason else None,
            note=note,
            decided_by=actor.account_id,
            decided_at=now,
        )

    whole = decision(outcome, None)
    db.add(whole)
    if rejected_observation_ids:
        rows = await db.scalars(
            select(Observation).where(
                Observation.audit_id == audit.id, Observation.id.in_(rejected_observation_ids)
            )
        )
        own = {row.id: row for row in rows}
        if unknown := set(rejected_observation_ids) - own.keys():
            raise UnknownObservationError(observation_ids=sorted(map(str, unknown)))
        db.add_all(decision(Outcome.REJECT, row) for row in own.values())
    await db.flush()
    return whole


async def _supersede(db: AsyncSession, audit: Audit) -> UUID | None:
    """Let an approved correction take the place of what it corrects; gives the id of that."""
    if audit.state != State.APPROVED or audit.supersedes_id is None:
        return None
    old = await db.get(Audit, audit.supersedes_id, with_for_update=True, populate_existing=True)
    step = find_transition(State(old.state), Step.SUPERSEDE) if old else None
    if old is None or step is None:
        return None
    old.state = step.target
    old.version += 1
    await db.flush()
    await record_event(db, kind="audit_superseded", subject=old, data={"by": str(audit.id)})
    await record_change(db, kind=ChangeKind.AUDIT, subject_id=old.id, account_id=old.author_id)
    return old.id


async def _apply(
    db: AsyncSession, audit: Audit, replaced_id: UUID | None, now: datetime
) -> Sequence[Element]:
    """Let an approval (or its undoing) reach facts, words, the map and the street.

    Gives the parts that the audit speaks about, with those of the audit that it replaced.
    """
    elements = [*await _activate_elements(db, audit), *await _elements_of(db, replaced_id, audit)]
    street = [element for element in elements if element.kind in STREET_ELEMENTS]
    if street:
        await recompute_street_elements(db, elements=street, now=now)
    if audit.state == State.APPROVED:
        await follow_lifts(db, audit=audit, now=now)
    if audit.place_id is not None:
        place = await db.get(Place, audit.place_id, with_for_update=True)
        if place is not None:
            if place.state is PlaceState.PROPOSED:
                place.state = PlaceState.ACTIVE
            await recompute_place(db, place_id=place.id, now=now)
    return elements


async def _elements_of(
    db: AsyncSession, replaced_id: UUID | None, audit: Audit
) -> Sequence[Element]:
    """Give parts of the replaced audit that the correction no longer speaks about."""
    if replaced_id is None:
        return ()
    still = select(Observation.element_id).where(
        Observation.audit_id == audit.id, Observation.element_id.is_not(None)
    )
    rows = await db.scalars(
        select(Element)
        .join(Observation, Observation.element_id == Element.id)
        .where(Observation.audit_id == replaced_id, Element.id.not_in(still))
        .distinct()
    )
    return rows.all()


async def _activate_elements(db: AsyncSession, audit: Audit) -> Sequence[Element]:
    """Make the parts real that an approved audit proposed, and mark all of them as surveyed."""
    rows = await db.scalars(
        select(Element)
        .join(Observation, Observation.element_id == Element.id)
        .where(Observation.audit_id == audit.id)
        .distinct()
    )
    elements = rows.all()
    if audit.state == State.APPROVED:
        positions = await _sent_positions(db, audit, elements)
        for element in elements:
            if element.state is PlaceState.PROPOSED:
                element.state = PlaceState.ACTIVE
            if element.geom is None and element.id in positions:
                element.geom = read_geometry(positions[element.id], kinds=ELEMENT_SHAPES)
            # Somebody stood there: a mapped part now survives its removal from the map. A part
            # that was imported without a position stays imported until somebody places it.
            if element.geom is not None:
                element.position_source = "audit"
    await db.flush()
    return elements


async def _sent_positions(
    db: AsyncSession, audit: Audit, elements: Sequence[Element]
) -> dict[UUID, dict[str, Any]]:
    """Give what the audit says about where parts are that have no position yet."""
    if all(element.geom is not None for element in elements):
        return {}
    sent = (await get_body(db, audit.id)).get("elements", [])
    return {UUID(item["id"]): item["geometry"] for item in sent if item.get("geometry")}
