"""A submission against the catalogue: what refuses it, and what merely looks odd."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy.ext.asyncio import AsyncSession

from audits import arrival
from audits.catalogue import PLACE, Answer, check_answers, find_catalogue
from audits.errors import AuditInvalidError, ElementTooFarError
from audits.observations import Method, Observation, Operator, State
from audits.submission import Submission
from geo.db.base import Shape
from geo.distance import metres_between
from geo.ids import uuid7
from geo.network.queries import find_network
from geo.places.kinds import PlaceState
from geo.places.models import Element, Place

FARTHEST_PART_M = 500
"""A part of a place lies on it or near it; a large campus fits in (proposed)."""
CITY_MARGIN_DEGREES = 0.1
"""The edge of an extract is not the edge of the city: about 10 km (proposed)."""


def check_submission(submission: Submission, *, elements: Mapping[UUID, Element]) -> None:
    """Raise AuditInvalidError unless every answer fits its catalogue version.

    An old version is as good as a new one: a phone may have been offline for months.
    """
    catalogue = find_catalogue(submission.catalogue_version)
    if catalogue is None:
        raise AuditInvalidError(
            errors=[{"pointer": "/catalogue_version", "code": "unknown_catalogue"}]
        )
    answers = [
        Answer(
            field=item.field,
            element_id=item.element_id,
            element_kind=_kind_of(item.element_id, elements),
            state=item.state,
            value=item.value,
            operator=item.operator,
            precision=item.precision,
            method=item.method,
            unit=item.unit,
        )
        for item in submission.observations
    ]
    problems = [problem.as_json() for problem in check_answers(catalogue, answers)]
    problems += _unknown_references(submission, elements)
    problems += _repeated_ids(submission)
    if problems:
        raise AuditInvalidError(errors=problems)


def _kind_of(element_id: UUID | None, elements: Mapping[UUID, Element]) -> str:
    element = elements.get(element_id) if element_id else None
    return element.kind.value if element else PLACE


def _unknown_references(submission: Submission, known: Collection[UUID]) -> list[dict[str, Any]]:
    """Name every id that points to nothing in the audit."""
    photo_ids = {photo.id for photo in submission.photos}
    wanted = [
        (f"/observations/{number}/element_id", item.element_id, known)
        for number, item in enumerate(submission.observations)
    ]
    wanted += [
        (f"/observations/{number}/photo_ids/{place}", photo_id, photo_ids)
        for number, item in enumerate(submission.observations)
        for place, photo_id in enumerate(item.photo_ids)
    ]
    wanted += [
        (f"/photos/{number}/element_id", photo.element_id, known)
        for number, photo in enumerate(submission.photos)
    ]
    wanted += [
        (f"/elements/{number}/parent_id", element.parent_id, known)
        for number, element in enumerate(submission.elements)
    ]
    return [
        {"pointer": pointer, "code": "unknown_reference"}
        for pointer, reference, there in wanted
        if reference is not None and reference not in there
    ]


def _repeated_ids(submission: Submission) -> list[dict[str, Any]]:
    """Name every element and photo that the audit brings twice."""
    found = []
    elements = [element.id for element in submission.elements]
    photos = [photo.id for photo in submission.photos]
    for name, ids in (("elements", elements), ("photos", photos)):
        found += [
            {"pointer": f"/{name}/{number}/id", "code": "repeated"}
            for number, item in enumerate(ids)
            if item in ids[:number]
        ]
    return found


async def check_positions(
    db: AsyncSession, *, place: Place | None, elements: Mapping[UUID, Element]
) -> None:
    """Raise ElementTooFarError for a new part far from its place or outside the city.

    Swapped longitude and latitude are the usual reason; such a part would send people away.
    """
    elsewhere: list[Shape] = []
    for element in elements.values():
        if element.state is not PlaceState.PROPOSED or element.geom is None:
            continue
        if place is not None and element.place_id == place.id:
            around = place.footprint if place.footprint is not None else place.point
            away_m = metres_between(to_shape(element.geom), to_shape(around))
            if away_m > FARTHEST_PART_M:
                raise ElementTooFarError(element_id=str(element.id), distance_m=round(away_m))
        else:
            elsewhere.append(element.geom)
    if elsewhere:
        await check_inside_city(db, elsewhere)


async def check_inside_city(db: AsyncSession, shapes: Sequence[Shape]) -> None:
    """Raise ElementTooFarError if one of these lies outside the imported city."""
    network = await find_network(db)
    if network is None:
        return
    bounds = to_shape(network.bounds).envelope.buffer(CITY_MARGIN_DEGREES)
    if not all(bounds.covers(to_shape(shape)) for shape in shapes):
        raise ElementTooFarError


def flag_submission(
    submission: Submission,
    *,
    place: Place | None,
    elements: Mapping[UUID, Element],
    author_id: UUID,
    received_at: datetime,
    made_at: datetime | None,
    reused_photo_ids: frozenset[UUID],
) -> list[dict[str, Any]]:
    """Give everything that a reviewer should look at; nothing is refused for it.

    `made_at` is the time that the audit's own id carries.
    """
    visit = arrival.Visit(
        received_at=received_at,
        # An audit may be days old when it arrives; only a clock that runs ahead is odd.
        device_sent_at=max(submission.finished_at, received_at, made_at or received_at),
        distance_to_place_m=_distance_m(submission, place, elements),
        position_accuracy_m=submission.position.accuracy_m if submission.position else None,
        underground=_is_underground(place),
        reused_photo_ids=reused_photo_ids,
    )
    observations = [
        Observation(
            id=uuid7(),
            field=item.field,
            element_id=item.element_id,
            state=State(item.state),
            observed_at=item.observed_at or submission.finished_at,
            author_id=author_id,
            operator=Operator(item.operator or "="),
            value=None if isinstance(item.value, float) else item.value,
            precision=item.precision,
            method=Method(item.method),
            photo_ids=item.photo_ids,
        )
        for item in submission.observations
    ]
    return [flag.as_json() for flag in arrival.flag_visit(observations, visit)]


def _distance_m(
    submission: Submission, place: Place | None, elements: Mapping[UUID, Element]
) -> int | None:
    if submission.position is None:
        return None
    here = shapely.Point(submission.position.lon, submission.position.lat)
    if place is not None:
        shapes = [place.footprint, place.point]
    else:
        shapes = [element.geom for element in elements.values()]
    distances = [metres_between(here, to_shape(shape)) for shape in shapes if shape is not None]
    return round(min(distances)) if distances else None


def _is_underground(place: Place | None) -> bool:
    """Whether the place lies below the ground, by its floor; no satellite is seen there."""
    return bool(place and place.level and place.level.strip().startswith("-"))
