"""Turn a submission into rows: the place and parts it proposes, its answers, its photos."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.checks import check_inside_city
from audits.errors import ElementMismatchError, PhotoTakenError, UnknownPlaceError
from audits.intake.ids import check_client_id
from audits.models import Audit, Observation
from audits.photos.models import Photo, PhotoState
from audits.submission import Submission, SubmittedElement, SubmittedObservation
from geo.db.base import Shape
from geo.geojson import point, read_geometry
from geo.ids import uuid7
from geo.places.kinds import STREET_ELEMENTS, PlaceState
from geo.places.models import Element, Place
from geo.places.queries import PlaceNotFoundError, find_district_id, get_place

ELEMENT_SHAPES = ("Point", "LineString")
"""Geometries that a part may have (GeoJSON)."""


async def resolve_place(db: AsyncSession, submission: Submission, now: datetime) -> Place | None:
    """Give the place of an audit: a known one, a proposed one not stored yet, or none.

    Raises UnknownPlaceError, and for a proposed place NotUuid7Error, ClockAheadError and
    ElementTooFarError.
    """
    proposed = submission.new_place
    if proposed is None:
        return await _find_place(db, submission.place_id)
    if submission.place_id not in {None, proposed.id}:
        raise UnknownPlaceError("place_id must be the id of new_place", place_id=str(proposed.id))
    known = await db.get(Place, proposed.id)
    if known is not None:
        return known
    check_client_id(proposed.id, now=now)
    where = point(proposed.lon, proposed.lat)
    await check_inside_city(db, [where])
    parent = await _find_place(db, proposed.parent_id)
    return Place(
        id=proposed.id,
        kind=proposed.kind,
        state=PlaceState.PROPOSED,
        parent_id=parent.id if parent else None,
        district_id=await find_district_id(db, where),
        name=proposed.name,
        category=proposed.category,
        sector=proposed.sector,
        address=proposed.address,
        level=proposed.level,
        field_sources=dict.fromkeys(("name", "category", "address", "point"), "volunteer"),
        point=where,
        footprint=None,
    )


async def _find_place(db: AsyncSession, place_id: UUID | None) -> Place | None:
    if place_id is None:
        return None
    try:
        return await get_place(db, place_id)
    except PlaceNotFoundError as error:
        raise UnknownPlaceError(place_id=str(place_id)) from error


async def resolve_elements(
    db: AsyncSession, submission: Submission, *, place: Place | None, now: datetime
) -> dict[UUID, Element]:
    """Give every element the audit names, known ones as they are, new ones not stored yet.

    Raises ElementMismatchError, InvalidGeometryError, NotUuid7Error and ClockAheadError.
    """
    named = {element.id for element in submission.elements}
    named |= {item.element_id for item in submission.observations if item.element_id}
    named |= {element.parent_id for element in submission.elements if element.parent_id}
    rows = await db.scalars(select(Element).where(Element.id.in_(named))) if named else ()
    elements = {element.id: element for element in rows}
    for sent in submission.elements:
        if sent.id in elements:
            if elements[sent.id].kind is not sent.kind:
                raise ElementMismatchError(element_id=str(sent.id))
            if sent.geometry:
                # Stored on approval where the part has no position yet, so it must be readable.
                read_geometry(sent.geometry, kinds=ELEMENT_SHAPES)
        else:
            check_client_id(sent.id, now=now)
            elements[sent.id] = _new_element(sent, place)
    for element_id, element in elements.items():
        of_the_street = element.kind in STREET_ELEMENTS
        if not of_the_street and (place is None or element.place_id != place.id):
            raise ElementMismatchError(element_id=str(element_id))
    return elements


def _new_element(sent: SubmittedElement, place: Place | None) -> Element:
    street = sent.kind in STREET_ELEMENTS
    return Element(
        id=sent.id,
        place_id=None if street or place is None else place.id,
        parent_id=sent.parent_id,
        kind=sent.kind,
        state=PlaceState.PROPOSED,
        name=sent.name,
        level=sent.level,
        geom=_read_shape(sent),
        position_source="audit",
        osm_way_id=sent.osm_way_id,
        osm_node_ids=list(sent.osm_node_ids) or None,
    )


def _read_shape(sent: SubmittedElement) -> Shape | None:
    if sent.geometry is None:
        return None
    return read_geometry(sent.geometry, kinds=ELEMENT_SHAPES)


async def move_proposed(
    db: AsyncSession, submission: Submission, elements: dict[UUID, Element], *, author_id: UUID
) -> None:
    """Let an edit move and rename parts that only its author has proposed so far."""
    proposed = [
        sent
        for sent in submission.elements
        if sent.id in elements and elements[sent.id].state is PlaceState.PROPOSED
    ]
    if not proposed:
        return
    of_others = exists().where(
        Observation.element_id == Element.id,
        Observation.audit_id == Audit.id,
        Audit.author_id != author_id,
    )
    shared = set(
        await db.scalars(
            select(Element.id).where(Element.id.in_([sent.id for sent in proposed]), of_others)
        )
    )
    for sent in proposed:
        element = elements[sent.id]
        if sent.id in shared:
            continue
        element.geom = _read_shape(sent)
        element.name, element.level = sent.name, sent.level


async def store_elements(db: AsyncSession, elements: Iterable[Element]) -> None:
    """Insert what is new, parents before their parts; raises ElementMismatchError for circles."""
    waiting = list(elements)
    ids = {element.id for element in waiting}
    placed: set[UUID] = set()
    while waiting:
        ready = [e for e in waiting if e.parent_id not in ids or e.parent_id in placed]
        if not ready:
            raise ElementMismatchError("elements are parents of each other in a circle")
        db.add_all(ready)
        await db.flush()
        placed |= {element.id for element in ready}
        waiting = [element for element in waiting if element.id not in placed]


def observation_row(
    audit: Audit, item: SubmittedObservation, finished_at: datetime, now: datetime
) -> dict[str, Any]:
    """Give one answer as a row for a bulk insert."""
    # A phone whose clock is ahead must not outlive votes and expiry dates.
    observed_at = min(item.observed_at or finished_at, now)
    return {
        "id": uuid7(),
        "audit_id": audit.id,
        "place_id": audit.place_id,
        "element_id": item.element_id,
        "field": item.field,
        "state": item.state,
        "operator": item.operator or ("=" if item.state == "value" else None),
        "value": item.value,
        "precision": item.precision,
        "method": item.method,
        "photo_ids": list(item.photo_ids),
        "observed_at": observed_at,
    }


async def expect_photos(db: AsyncSession, audit: Audit, submission: Submission) -> None:
    """Make the photos of the manifest expected; those that the audit has already stay.

    What the manifest no longer names and never arrived is forgotten. Raises PhotoTakenError.
    """
    wanted = {photo.id: photo for photo in submission.photos}
    statement = select(Photo).where(
        (Photo.audit_id == audit.id) | Photo.id.in_(wanted)
        if wanted
        else Photo.audit_id == audit.id
    )
    known = {photo.id: photo for photo in await db.scalars(statement)}
    for photo_id, photo in known.items():
        sent = wanted.get(photo_id)
        if photo.audit_id != audit.id:
            raise PhotoTakenError(photo_id=str(photo_id))
        if sent is None:
            if photo.state is PhotoState.EXPECTED:
                await db.delete(photo)
        elif sent.sha256 != photo.sha256:
            raise PhotoTakenError(photo_id=str(photo_id))
        else:
            photo.element_id, photo.field = sent.element_id, sent.field
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
        if photo.id not in known
    )
    await db.flush()


async def find_reused_photos(
    db: AsyncSession, submission: Submission, place: Place | None
) -> frozenset[UUID]:
    """Give photos whose very bytes are known from an audit of another place."""
    by_digest = {photo.sha256: photo.id for photo in submission.photos}
    if not by_digest:
        return frozenset()
    rows = await db.scalars(
        select(Photo.sha256)
        .join(Audit, Audit.id == Photo.audit_id)
        .where(
            Photo.sha256.in_(by_digest),
            Audit.place_id.is_distinct_from(place.id if place else None),
        )
    )
    return frozenset(by_digest[sha256] for sha256 in rows)


def find_position(submission: Submission) -> Shape | None:
    """Give where the phone was as a storable point."""
    if submission.position is None:
        return None
    return point(submission.position.lon, submission.position.lat)


def find_where(
    submission: Submission, place: Place | None, elements: dict[UUID, Element]
) -> Shape | None:
    """Give the point that decides about the district: of the place, of a part, of the phone."""
    if place is not None:
        return place.point
    shapes: Sequence[Shape] = [e.geom for e in elements.values() if e.geom is not None]
    return shapes[0] if shapes else find_position(submission)
