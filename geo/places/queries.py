"""Reads of places, elements and districts."""

from collections.abc import Sequence
from uuid import UUID

from geoalchemy2 import functions as gis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.base import Shape
from geo.errors import DomainError, ErrorKind
from geo.places.kinds import PlaceState
from geo.places.models import District, Element, Place

_MAX_MERGES = 10


class PlaceNotFoundError(DomainError):
    """There is no place with this id."""

    code = "place-not-found"
    title = "There is no such place"
    kind = ErrorKind.NOT_FOUND


async def get_place(db: AsyncSession, place_id: UUID) -> Place:
    """Give a place, following merges; raises PlaceNotFoundError."""
    place = await db.get(Place, place_id)
    for _step in range(_MAX_MERGES):
        if place is None or place.state is not PlaceState.MERGED:
            break
        place = await db.get(Place, place.merged_into_id)
    if place is None or place.state is PlaceState.MERGED:
        raise PlaceNotFoundError
    return place


async def get_public_place(db: AsyncSession, place_id: UUID) -> Place:
    """Give a place that everybody may see; raises PlaceNotFoundError, also for a proposed one."""
    place = await get_place(db, place_id)
    if place.state is PlaceState.PROPOSED:
        raise PlaceNotFoundError
    return place


async def list_elements(db: AsyncSession, place_id: UUID) -> Sequence[Element]:
    """List the parts of one place that are proposed or active, oldest first."""
    rows = await db.scalars(
        select(Element)
        .where(
            Element.place_id == place_id,
            Element.state.in_([PlaceState.PROPOSED, PlaceState.ACTIVE]),
        )
        .order_by(Element.created_at, Element.id)
    )
    return rows.all()


async def list_child_places(db: AsyncSession, place_id: UUID) -> Sequence[Place]:
    """List the organisations inside a building."""
    rows = await db.scalars(
        select(Place)
        .where(Place.parent_id == place_id, Place.state == PlaceState.ACTIVE)
        .order_by(Place.id)
    )
    return rows.all()


async def find_district_id(db: AsyncSession, geom: Shape) -> UUID | None:
    """Find the district that contains a geometry; the smallest where they overlap."""
    found: UUID | None = await db.scalar(
        select(District.id)
        .where(gis.ST_Intersects(District.geom, gis.ST_PointOnSurface(geom)))
        .order_by(gis.ST_Area(District.geom))
        .limit(1)
    )
    return found
