"""Which of our places an imported object is: by their id, else by nearness and name, else none."""

from geoalchemy2 import Geography
from sqlalchemy import cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.doskaz.objects import DoskazObject, find_category, fold
from geo.geojson import point
from geo.ids import uuid7
from geo.places.kinds import PlaceKind, PlaceState, Sector
from geo.places.models import Place
from geo.places.queries import find_district_id, get_place

NEAR_M = 150
"""A pin set by hand and the same place on the map lie no further apart (proposed here)."""


async def find_place(db: AsyncSession, *, found: DoskazObject) -> Place | None:
    """Find the place of an object and lock it; the nearest one where several fit."""
    by_id = await db.scalar(
        select(Place).where(Place.external_ids["doskaz"].as_string() == found.key)
    )
    place = by_id or await _find_near(db, found)
    if place is None:
        return None
    current = await get_place(db, place.id)
    await db.refresh(current, with_for_update=True)
    return current


async def new_place(db: AsyncSession, *, found: DoskazObject) -> Place:
    """Make the place of an object nobody knows yet; the import policy makes it active."""
    meaning = find_category(found.category)
    where = point(found.lon, found.lat)
    place = Place(
        id=uuid7(),
        kind=meaning.kind if meaning else PlaceKind.ORGANISATION,
        state=PlaceState.ACTIVE,
        category=meaning.category if meaning else "other",
        sector=meaning.sector if meaning else Sector.OTHER,
        name={"": found.name},
        address={"street": found.address} if found.address else {},
        external_ids={"doskaz": found.key},
        field_sources={"name": "doskaz", "category": "doskaz", "point": "doskaz"},
        point=where,
        district_id=await find_district_id(db, where),
    )
    db.add(place)
    await db.flush()
    return place


async def _find_near(db: AsyncSession, found: DoskazObject) -> Place | None:
    where = point(found.lon, found.lat)
    here = cast(where, Geography)
    rows = await db.scalars(
        select(Place)
        .where(
            func.ST_DWithin(cast(Place.point, Geography), here, NEAR_M),
            Place.state.in_([PlaceState.PROPOSED, PlaceState.ACTIVE]),
            Place.external_ids["doskaz"].as_string().is_(None),
            Place.name != {},
        )
        .order_by(func.ST_Distance(cast(Place.point, Geography), here), Place.id)
    )
    names = {fold(name) for name in (found.name, *found.other_names)} - {""}
    for place in rows:
        if names & {fold(name) for name in place.name.values()}:
            return place
    return None
