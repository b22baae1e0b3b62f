"""The nearest places that this person can reach: of the same category, when the wanted one fails.

The word of each is the person's own, not the published one; an unknown word stays unknown and
is said so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Float, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.journeys.ends import resolve_places
from audits.journeys.model import End, Ends, Person
from geo.db.base import SRID
from geo.places.kinds import PlaceState
from geo.places.models import Place
from geo.places.queries import get_place
from geo.routing.answer import Phrase
from geo.routing.answer import Place as Spot
from geo.routing.ranking import Ranked
from geo.routing.texts import render

MOST_CANDIDATES = 30
"""Nearest places of the category whose doors are judged for the person (P)."""
MOST_KM = 5.0
"""Farther places of the same category are no help to a walker (P)."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Places with the entrances that work for a person."""

    places: Sequence[Place]
    ends: Mapping[UUID, Ends]

    @property
    def groups(self) -> list[list[End]]:
        """Usable entrances by place, in the order of `places`."""
        return [list(self.ends[place.id].usable) for place in self.places]


async def find_candidates(
    db: AsyncSession, *, like: UUID, near: Spot, person: Person
) -> Candidates:
    """Give the nearest places of the same category, other than the wanted one."""
    wanted = await get_place(db, like)
    middle = func.geography(func.ST_SetSRID(func.ST_MakePoint(*near), SRID))
    away = func.geography(Place.point).op("<->", return_type=Float())(middle)
    rows = await db.scalars(
        select(Place)
        .where(
            Place.state == PlaceState.ACTIVE,
            Place.category == wanted.category,
            Place.id != wanted.id,
            func.ST_DWithin(func.geography(Place.point), middle, MOST_KM * 1000),
        )
        .order_by(away)
        .limit(MOST_CANDIDATES)
    )
    places = rows.all()
    if not places:
        return Candidates([], {})
    ends = await resolve_places(db, places=places, person=person)
    return Candidates([place for place in places if ends[place.id].usable], ends)


def show_nearest(found: Ranked, candidates: Candidates, language: str) -> dict[str, Any]:
    """Give a reachable place with its word, time and a sentence."""
    place = candidates.places[found.group]
    end = candidates.ends[place.id].usable[found.target_index]
    name = dict(place.name) or {"": _address(place)}
    params = {"distance_mm": found.length_mm, "place": name}
    return {
        "place_id": str(place.id),
        "name": dict(place.name),
        "address": dict(place.address),
        "category": place.category,
        "target": end.as_json(),
        "word": end.target.word.value,
        "distance_m": round(found.length_mm / 1000, 1),
        "duration_s": round(found.duration_s),
        "text": render(Phrase("no_route.nearest", params), language),
    }


def _address(place: Place) -> str:
    parts = (place.address.get("street", ""), place.address.get("housenumber", ""))
    return ", ".join(part for part in parts if part) or place.category
