"""The approved facts of active places, page by page, for every export."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.models import FactRow
from geo.places.kinds import PlaceState
from geo.places.models import Element, Place

PAGE = 200
"""Places held in memory at a time."""


@dataclass(frozen=True, slots=True)
class PublishedPlace:
    """A place with everything that may be shown of it."""

    place: Place
    elements: Sequence[Element]
    facts: Sequence[FactRow]


async def iter_published(
    db: AsyncSession, *, now: datetime, place_ids: Sequence[UUID] | None = None
) -> AsyncIterator[PublishedPlace]:
    """Give active places in the order of their ids; all, or those asked for.

    Good news that expired or is disputed is left out, bad news stays.
    """
    after: UUID | None = None
    while True:
        statement = select(Place).where(Place.state == PlaceState.ACTIVE).order_by(Place.id)
        if place_ids is not None:
            statement = statement.where(Place.id.in_(place_ids))
        if after is not None:
            statement = statement.where(Place.id > after)
        places = (await db.scalars(statement.limit(PAGE))).all()
        if not places:
            return
        after = places[-1].id
        for published in await _gather(db, places, now):
            yield published
        db.expunge_all()


async def _gather(db: AsyncSession, places: Sequence[Place], now: datetime) -> list[PublishedPlace]:
    ids = [place.id for place in places]
    elements: dict[UUID, list[Element]] = defaultdict(list)
    owners: dict[UUID, UUID] = {}
    for element in await db.scalars(
        select(Element)
        .where(Element.place_id.in_(ids), Element.state == PlaceState.ACTIVE)
        .order_by(Element.id)
    ):
        if element.place_id is not None:
            elements[element.place_id].append(element)
            owners[element.id] = element.place_id
    facts: dict[UUID, list[FactRow]] = defaultdict(list)
    for fact in await db.scalars(
        select(FactRow)
        .where(or_(FactRow.place_id.in_(ids), FactRow.element_id.in_(list(owners))))
        .order_by(FactRow.element_id, FactRow.field)
    ):
        owner = fact.place_id if fact.element_id is None else owners.get(fact.element_id)
        if owner is not None and _counts(fact, now):
            facts[owner].append(fact)
    return [PublishedPlace(place, elements[place.id], facts[place.id]) for place in places]


def _counts(fact: FactRow, now: datetime) -> bool:
    if fact.state in {"unknown", "not_applicable"}:
        return False
    stale = fact.expires_at is not None and fact.expires_at <= now
    stale = stale or bool(fact.agreement.get("disputed"))
    return not stale or fact.state == "absent" or fact.value in {"out_of_order", "not_cleared"}
