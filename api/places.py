"""Rows of a place put together into its public body; used by the API and by the pages."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.schemas.photos import PublicPhotoRead
from api.schemas.places import (
    ElementRead,
    FactRead,
    FeatureRead,
    NormRead,
    OfficialStatus,
    PlaceRead,
    PlaceSummary,
    VerdictRead,
)
from audits.compliance import list_norm_answers
from audits.observations import Confidence
from audits.photos.publication import list_public_photos
from audits.queries import list_facts, list_verdicts
from audits.recompute import gather_own_facts
from audits.status import describe_status
from audits.verdicts import StatusPolicy
from geo.geojson import write_geometry
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.features import list_known
from geo.places.kinds import PlaceState
from geo.places.models import Element, Place
from geo.places.queries import get_public_place, list_child_places, list_elements


def summarise(
    place: Place, *, distance_m: float | None = None, now: datetime | None = None
) -> PlaceSummary:
    """Give a place as it stands in a list; `now` decides which facts are out of date."""
    return PlaceSummary(
        id=place.id,
        kind=place.kind,
        category=place.category,
        sector=place.sector,
        name=place.name,
        address=place.address,
        point=write_geometry(place.point) or {},
        entry=_words(place.entry_words),
        service=_words(place.service_words),
        coverage_percent=place.coverage_percent,
        badges=place.badges,
        features={
            name: FeatureRead.model_validate(known)
            for name, known in list_known(
                place.features, place.osm_tags, now=now or datetime.now(UTC)
            ).items()
        },
        entry_confidence=_confidences(place.entry_confidences),
        service_confidence=_confidences(place.service_confidences),
        distance_m=None if distance_m is None else round(distance_m),
    )


async def read_place(
    db: AsyncSession,
    wanted: UUID | Place,
    *,
    policy: StatusPolicy = StatusPolicy.YES_ONLY,
    now: datetime | None = None,
) -> tuple[Place, PlaceRead]:
    """Read a place with everything public about it; raises PlaceNotFoundError.

    An id gives only a place that everybody may see. `now` chooses the version of the norm where
    no permit date is known.
    """
    place = wanted if isinstance(wanted, Place) else await get_public_place(db, wanted)
    elements = await list_elements(db, place.id)
    facts = await list_facts(db, place.id)
    verdicts = await list_verdicts(db, place.id)
    children = await list_child_places(db, place.id)
    norms = list_norm_answers(
        gather_own_facts(place, elements, facts),
        permit_date=place.permit_date,
        at=now or datetime.now(UTC),
    )
    body = PlaceRead(
        **summarise(place, now=now).model_dump(),
        state=place.state,
        parent_id=place.parent_id,
        phone=place.phone,
        opening_hours=place.opening_hours,
        website=place.website,
        level=place.level,
        permit_date=place.permit_date,
        osm=f"{place.osm_type}/{place.osm_id}" if place.osm_id is not None else None,
        # What somebody only proposed is not public until a reviewer agreed.
        elements=[_element(e) for e in elements if e.state is PlaceState.ACTIVE],
        facts=[FactRead.model_validate(fact) for fact in facts],
        verdicts=[VerdictRead.model_validate(verdict) for verdict in verdicts],
        norms=[NormRead.model_validate(norm) for norm in norms],
        official=OfficialStatus.model_validate(describe_status(place, verdicts, policy=policy)),
        photos=[
            PublicPhotoRead.model_validate(photo)
            for photo in await list_public_photos(db, place_id=place.id)
        ],
        organisations=[summarise(child) for child in children],
    )
    return place, body


def _words(codes: list[int]) -> dict[Profile, Word]:
    return {profile: Word.from_code(codes[profile.position]) for profile in Profile}


def _confidences(ranks: list[int]) -> dict[Profile, Confidence]:
    return {profile: _BY_RANK[ranks[profile.position]] for profile in Profile}


_BY_RANK = {confidence.rank: confidence for confidence in Confidence}


def _element(element: Element) -> ElementRead:
    return ElementRead(
        id=element.id,
        parent_id=element.parent_id,
        kind=element.kind,
        state=element.state,
        name=element.name,
        level=element.level,
        geometry=write_geometry(element.geom),
        position_source=element.position_source,
    )
