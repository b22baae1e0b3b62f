"""Find what a proposed place or part may be a double of: near it, and with a name like it.

A candidate never refuses anything: it stands in the answer and is a flag for the reviewer.
Thresholds follow what others publish (75 m and 200 m at acceslibre, 250 m at FixMyStreet).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from geoalchemy2 import functions as gis
from geoalchemy2.shape import to_shape
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.arrival import Flag, FlagCode
from audits.intake.folding import fold_name, likeness_percent
from audits.submission import ProposedPlace, Submission
from geo.db.base import SRID
from geo.distance import metres_between
from geo.places.kinds import STREET_ELEMENTS, PlaceState
from geo.places.models import Element, Place

PLACE_RADIUS_M = 200
SAME_SPOT_M = 25
"""Nameless places of one kind so near are taken for one."""
LIKE_ENOUGH_PERCENT = 50
PART_RADIUS_M = 5
"""Two entrances or two kerbs are rarely nearer to each other (proposed)."""
_NEAREST = 60
_SHOWN = 5


async def flag_duplicates(
    db: AsyncSession,
    submission: Submission,
    *,
    place: Place | None,
    elements: Mapping[UUID, Element],
) -> list[Flag]:
    """Give a flag for every known place or part that a proposed one may be a double of."""
    flags: list[Flag] = []
    proposed = submission.new_place
    if proposed is not None:
        flags += await _flag_places(db, proposed)
    fresh = [each for each in elements.values() if each.state is PlaceState.PROPOSED]
    if fresh:
        flags += await _flag_parts(db, fresh, place)
    return flags


async def _flag_places(db: AsyncSession, proposed: ProposedPlace) -> list[Flag]:
    here = func.geography(gis.ST_SetSRID(gis.ST_MakePoint(proposed.lon, proposed.lat), SRID))
    metres = gis.ST_Distance(func.geography(Place.point), here)
    found = await db.execute(
        select(Place.id, Place.kind, Place.category, Place.name, metres.label("metres"))
        .where(
            gis.ST_DWithin(func.geography(Place.point), here, PLACE_RADIUS_M),
            Place.state.in_([PlaceState.ACTIVE, PlaceState.PROPOSED]),
            Place.id != proposed.id,
        )
        .order_by(metres)
        .limit(_NEAREST)
    )
    scored = []
    for row in found:
        likeness = compare_names(proposed.name, row.name)
        same_kind = row.kind is proposed.kind and row.category == proposed.category
        if is_candidate(likeness, distance_m=row.metres, same_kind=same_kind):
            scored.append((likeness or 0, -row.metres, row))
    scored.sort(key=lambda each: each[:2], reverse=True)
    return [
        Flag(
            FlagCode.POSSIBLE_DUPLICATE,
            params={
                "place_id": str(row.id),
                "distance_m": round(row.metres),
                "likeness_percent": likeness,
            },
        )
        for likeness, _nearness, row in scored[:_SHOWN]
    ]


def compare_names(one: Mapping[str, str], other: Mapping[str, str]) -> int | None:
    """Give the best likeness of two sets of names in percent, `None` where one has no name."""
    left = {fold_name(name) for name in one.values()} - {""}
    right = {fold_name(name) for name in other.values()} - {""}
    if not left or not right:
        return None
    return max(likeness_percent(a, b) for a in left for b in right)


def is_candidate(likeness: int | None, *, distance_m: float, same_kind: bool) -> bool:
    """Tell whether a place so near, so alike, may be the same one."""
    if likeness is None:
        return same_kind and distance_m <= SAME_SPOT_M
    return likeness >= LIKE_ENOUGH_PERCENT


async def _flag_parts(db: AsyncSession, fresh: list[Element], place: Place | None) -> list[Flag]:
    """Compare new parts with the known parts of the place, or with the street around them."""
    flags: list[Flag] = []
    for element in fresh:
        if element.geom is None:
            continue
        near = func.ST_Expand(element.geom, PART_RADIUS_M / 70_000)
        statement = select(Element.id, Element.geom).where(
            Element.kind == element.kind,
            Element.state == PlaceState.ACTIVE,
            Element.id != element.id,
            Element.geom.bool_op("&&")(near),
        )
        if element.kind not in STREET_ELEMENTS and place is not None:
            statement = statement.where(Element.place_id == place.id)
        for row in (await db.execute(statement.limit(_SHOWN))).all():
            away_m = metres_between(to_shape(element.geom), to_shape(row.geom))
            if away_m <= PART_RADIUS_M:
                params: dict[str, Any] = {"element_id": str(row.id), "distance_m": round(away_m)}
                flags.append(Flag(FlagCode.POSSIBLE_DUPLICATE, element.id, params=params))
    return flags
