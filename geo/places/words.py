"""Publish the words of places, so that lists and tiles read them from one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.base import Shape
from geo.db.changes import ChangeKind, record_changes
from geo.mobility.profiles import PROFILES, Profile
from geo.mobility.words import Word
from geo.places.models import Element, Place

Words = Mapping[Profile, Word]


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """What is published of one place."""

    entry: Words
    service: Words
    coverage_percent: int
    badges: Sequence[str]
    entry_confidence: Mapping[Profile, int] = field(default_factory=dict)
    """How sure each word is: 0 low, 1 medium, 2 high."""
    service_confidence: Mapping[Profile, int] = field(default_factory=dict)
    features: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Facts that places are looked for by, as `geo.places.features.list_known` reads them."""
    features_until: datetime | None = None
    """When the first of them goes out of date."""


@dataclass(frozen=True, slots=True)
class WordsBefore:
    """The words that a place had until now."""

    entry: Words
    service: Words


async def publish_words(
    db: AsyncSession, words: Mapping[UUID, PlaceWords]
) -> dict[UUID, WordsBefore]:
    """Write the words of places and announce them, in the caller's transaction.

    Gives the words before. Every place gets a new version, also where its words stay: the
    reasons behind them may be new. Rows are locked in the order of their ids.
    """
    rows = await db.scalars(
        select(Place).where(Place.id.in_(words)).order_by(Place.id).with_for_update()
    )
    before = {}
    places = rows.all()
    for place in places:
        new = words[place.id]
        before[place.id] = WordsBefore(_read(place.entry_words), _read(place.service_words))
        place.entry_words = [new.entry[profile].code for profile in PROFILES]
        place.service_words = [new.service[profile].code for profile in PROFILES]
        place.coverage_percent = new.coverage_percent
        place.badges = sorted(new.badges)
        place.entry_confidences = [new.entry_confidence.get(profile, 0) for profile in PROFILES]
        place.service_confidences = [new.service_confidence.get(profile, 0) for profile in PROFILES]
        place.features = {name: dict(row) for name, row in new.features.items()}
        place.features_until = new.features_until
        place.updated_at = func.now()
    await db.flush()
    areas = await _find_areas(db, [place.id for place in places])
    await record_changes(db, kind=ChangeKind.PLACE, subjects=areas)
    return before


async def _find_areas(db: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Shape]:
    """Find where places are drawn: a door may lie on another tile than its place."""
    spots = (
        select(Place.id, Place.point.label("spot"))
        .where(Place.id.in_(ids))
        .union_all(
            select(Element.place_id, Element.geom).where(
                Element.place_id.in_(ids), Element.geom.is_not(None)
            )
        )
        .subquery()
    )
    rows = await db.execute(
        select(spots.c.id, func.ST_Envelope(func.ST_Collect(spots.c.spot)).label("area")).group_by(
            spots.c.id
        )
    )
    return {row.id: row.area for row in rows}


def _read(codes: Sequence[int]) -> dict[Profile, Word]:
    return {profile: Word.from_code(codes[profile.position]) for profile in PROFILES}
