"""Take in audits: idempotent by client-made id, checked against the catalogue, never lost.

The same id with the same content is a replay, with other content a conflict; another author's
id is not found. Answers are checked here, once; what is merely odd becomes a flag for the
reviewer and is kept.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.canonical import digest
from audits.checks import check_positions, check_submission, flag_submission
from audits.errors import (
    AuditContentDiffersError,
    AuditGoneError,
    AuditNotFoundError,
    ElementMismatchError,
    NotUuid7Error,
    PhotoTakenError,
    UnknownPlaceError,
)
from audits.history import record_event
from audits.models import Audit, AuditVersion, Observation
from audits.photos.models import Photo, PhotoState
from audits.submission import Submission, SubmittedElement
from audits.workflow import State
from geo.db.base import Shape
from geo.db.changes import ChangeKind, record_change
from geo.geojson import point, read_geometry
from geo.ids import is_uuid7
from geo.places.kinds import STREET_ELEMENTS, PlaceState
from geo.places.models import Element, Place
from geo.places.queries import PlaceNotFoundError, find_district_id, get_place

ELEMENT_SHAPES = ("Point", "LineString")
"""Geometries that a part may have (GeoJSON)."""


async def put_audit(
    db: AsyncSession, *, actor: Actor, audit_id: UUID, submission: Submission, now: datetime
) -> tuple[Audit, bool]:
    """Store an audit under the phone's id; gives it and whether it is new.

    Raises AuditContentDiffersError, AuditGoneError, AuditNotFoundError (somebody else's id),
    AuditInvalidError with a JSON pointer per answer, UnknownPlaceError, ElementMismatchError,
    ElementTooFarError.
    """
    require(actor, Action.SUBMIT_AUDIT)
    if not is_uuid7(audit_id):
        raise NotUuid7Error(id=str(audit_id))
    # Two sendings of one id must not race each other to the insert.
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": str(audit_id)}
    )
    content = digest(submission.body)
    known = await db.get(Audit, audit_id)
    if known is not None:
        return await _replay(db, known, actor=actor, content=content), False
    place = await _find_place(db, submission.place_id)
    elements = await _resolve_elements(db, submission, place)
    check_submission(submission, elements=elements)
    await check_positions(db, place=place, elements=elements)
    audit = await _insert(
        db,
        actor=actor,
        audit_id=audit_id,
        submission=submission,
        place=place,
        content=content,
        elements=elements,
        now=now,
    )
    await record_event(
        db,
        kind="audit_submitted",
        subject=audit,
        actor_id=actor.account_id,
        data={"digest": content},
    )
    await record_change(db, kind=ChangeKind.AUDIT, subject_id=audit.id, account_id=actor.account_id)
    return audit, True


async def get_own_audit(db: AsyncSession, *, actor: Actor, audit_id: UUID) -> Audit:
    """Give the actor's own audit; anybody else's is not found."""
    audit = await db.get(Audit, audit_id)
    if audit is None or audit.author_id != actor.account_id:
        raise AuditNotFoundError
    return audit


async def settle_photos(db: AsyncSession, *, audit_id: UUID) -> None:
    """Move an audit on once no photo of its manifest is missing any more."""
    waiting = await db.scalar(
        select(func.count())
        .select_from(Photo)
        .where(Photo.audit_id == audit_id, Photo.state == PhotoState.EXPECTED)
    )
    if waiting:
        return
    audit = await db.get(Audit, audit_id, with_for_update=True)
    if audit is not None and audit.state == State.INCOMPLETE:
        audit.state = State.SUBMITTED
        await db.flush()
        await record_change(
            db, kind=ChangeKind.AUDIT, subject_id=audit.id, account_id=audit.author_id
        )


async def list_photos(db: AsyncSession, audit_id: UUID) -> Sequence[Photo]:
    """List the photos of an audit's manifest."""
    rows = await db.scalars(select(Photo).where(Photo.audit_id == audit_id).order_by(Photo.id))
    return rows.all()


async def _replay(db: AsyncSession, audit: Audit, *, actor: Actor, content: str) -> Audit:
    if audit.author_id != actor.account_id:
        raise AuditNotFoundError
    if audit.state == State.WITHDRAWN:
        raise AuditGoneError
    sent_before = await db.scalar(
        select(AuditVersion.version).where(
            AuditVersion.audit_id == audit.id, AuditVersion.digest == content
        )
    )
    if sent_before is None:
        raise AuditContentDiffersError(stored_digest=audit.digest, received_digest=content)
    return audit


async def _find_place(db: AsyncSession, place_id: UUID | None) -> Place | None:
    if place_id is None:
        return None
    try:
        return await get_place(db, place_id)
    except PlaceNotFoundError as error:
        raise UnknownPlaceError(place_id=str(place_id)) from error


async def _resolve_elements(
    db: AsyncSession, submission: Submission, place: Place | None
) -> dict[UUID, Element]:
    """Give every element the audit names, known ones as they are, new ones not stored yet."""
    named = {element.id for element in submission.elements}
    named |= {item.element_id for item in submission.observations if item.element_id}
    named |= {element.parent_id for element in submission.elements if element.parent_id}
    rows = await db.scalars(select(Element).where(Element.id.in_(named)))
    elements = {element.id: element for element in rows}
    for sent in submission.elements:
        if sent.id in elements:
            if elements[sent.id].kind is not sent.kind:
                raise ElementMismatchError(element_id=str(sent.id))
            if sent.geometry:
                # Stored on approval where the part has no position yet, so it must be readable.
                read_geometry(sent.geometry, kinds=ELEMENT_SHAPES)
        else:
            elements[sent.id] = _new_element(sent, place)
    for element_id, element in elements.items():
        of_the_street = element.kind in STREET_ELEMENTS
        if not of_the_street and (place is None or element.place_id != place.id):
            raise ElementMismatchError(element_id=str(element_id))
    return elements


def _new_element(sent: SubmittedElement, place: Place | None) -> Element:
    if not is_uuid7(sent.id):
        raise NotUuid7Error(id=str(sent.id))
    street = sent.kind in STREET_ELEMENTS
    geom = read_geometry(sent.geometry, kinds=ELEMENT_SHAPES) if sent.geometry is not None else None
    return Element(
        id=sent.id,
        place_id=None if street or place is None else place.id,
        parent_id=sent.parent_id,
        kind=sent.kind,
        state=PlaceState.PROPOSED,
        name=sent.name,
        level=sent.level,
        geom=geom,
        position_source="audit",
        osm_way_id=sent.osm_way_id,
        osm_node_ids=list(sent.osm_node_ids) or None,
    )


async def _insert(
    db: AsyncSession,
    *,
    actor: Actor,
    audit_id: UUID,
    submission: Submission,
    place: Place | None,
    content: str,
    elements: dict[UUID, Element],
    now: datetime,
) -> Audit:
    where = _where(submission, place, elements)
    audit = Audit(
        id=audit_id,
        author_id=actor.account_id,
        device_id=actor.device_id,
        place_id=place.id if place else None,
        district_id=await find_district_id(db, where) if where is not None else None,
        state=State.INCOMPLETE if submission.photos else State.SUBMITTED,
        digest=content,
        catalogue_version=submission.catalogue_version,
        depth=submission.depth,
        started_at=submission.started_at,
        finished_at=submission.finished_at,
        received_at=now,
        position=_position(submission),
        position_accuracy_m=submission.position.accuracy_m if submission.position else None,
        flags=flag_submission(
            submission,
            place=place,
            elements=elements,
            author_id=actor.account_id,
            received_at=now,
            reused_photo_ids=await _find_reused_photos(db, submission, place),
        ),
    )
    db.add(audit)
    # Parents before children: the rows refer to each other.
    await db.flush()
    for element in _parents_first(elements):
        db.add(element)
        await db.flush()
    db.add(AuditVersion(audit_id=audit_id, version=1, digest=content, body=submission.body))
    db.add_all(_observations(audit, submission, now))
    await _expect_photos(db, audit, submission)
    await db.flush()
    return audit


def _where(
    submission: Submission, place: Place | None, elements: dict[UUID, Element]
) -> Shape | None:
    if place is not None:
        return place.point
    shapes = [element.geom for element in elements.values() if element.geom is not None]
    return shapes[0] if shapes else _position(submission)


def _position(submission: Submission) -> Shape | None:
    if submission.position is None:
        return None
    return point(submission.position.lon, submission.position.lat)


def _parents_first(elements: dict[UUID, Element]) -> list[Element]:
    ordered: list[Element] = []
    placed: set[UUID] = set()
    waiting = list(elements.values())
    while waiting:
        ready = [e for e in waiting if e.parent_id not in elements or e.parent_id in placed]
        if not ready:
            raise ElementMismatchError("elements are parents of each other in a circle")
        ordered += ready
        placed |= {element.id for element in ready}
        waiting = [element for element in waiting if element.id not in placed]
    return ordered


def _observations(audit: Audit, submission: Submission, now: datetime) -> list[Observation]:
    return [
        Observation(
            audit_id=audit.id,
            place_id=audit.place_id,
            element_id=item.element_id,
            field=item.field,
            state=item.state,
            operator=item.operator or ("=" if item.state == "value" else None),
            value=item.value,
            precision=item.precision,
            method=item.method,
            photo_ids=list(item.photo_ids),
            # A phone whose clock is ahead must not outlive votes and expiry dates.
            observed_at=min(item.observed_at or submission.finished_at, now),
        )
        for item in submission.observations
    ]


async def _find_reused_photos(
    db: AsyncSession, submission: Submission, place: Place | None
) -> frozenset[UUID]:
    """Give photos whose very bytes are known from an audit of another place."""
    by_digest = {photo.sha256: photo.id for photo in submission.photos}
    rows = await db.scalars(
        select(Photo.sha256)
        .join(Audit, Audit.id == Photo.audit_id)
        .where(
            Photo.sha256.in_(by_digest),
            Audit.place_id.is_distinct_from(place.id if place else None),
        )
    )
    return frozenset(by_digest[sha256] for sha256 in rows)


async def _expect_photos(db: AsyncSession, audit: Audit, submission: Submission) -> None:
    ids = [photo.id for photo in submission.photos]
    taken = await db.scalar(select(Photo.id).where(Photo.id.in_(ids)).limit(1))
    if taken is not None:
        raise PhotoTakenError(photo_id=str(taken))
    db.add_all(
        Photo(
            id=photo.id,
            audit_id=audit.id,
            element_id=photo.element_id,
            field=photo.field,
            state=PhotoState.EXPECTED,
            sha256=photo.sha256,
            byte_count=photo.byte_count,
            media_type=photo.media_type,
            taken_at=photo.taken_at,
        )
        for photo in submission.photos
    )


def as_status(audit: Audit, photos: Sequence[Photo]) -> dict[str, Any]:
    """Say what is stored and what is missing, for the phone."""
    return {
        "id": audit.id,
        "state": audit.state,
        "version": audit.version,
        "digest": audit.digest,
        "place_id": audit.place_id,
        "received_at": audit.received_at,
        "flags": audit.flags,
        "photos": [photo_status(photo) for photo in photos],
    }


def photo_status(photo: Photo) -> dict[str, Any]:
    """Say how far a photo has come, and how many of its bytes are still to come."""
    return {
        "id": photo.id,
        "state": photo.state,
        "reject_reason": photo.reject_reason,
        "missing_bytes": photo.byte_count if photo.state is PhotoState.EXPECTED else 0,
    }
