"""Small reads that only pages need: the city in force, reasons for a list, counts of a view."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import functions as gis
from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.texts import CHECKS, ROLES
from audits.models import VerdictRow
from audits.past import list_past
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.network.models import NetworkImport
from geo.places.models import Place
from geo.places.search import PlaceFilter, list_conditions

_MOST_EVENTS = 40
"""Looked through for checks; words computed anew are events too."""


@dataclass(frozen=True, slots=True)
class City:
    """Where the city lies, and whether it is invented."""

    bounds: tuple[float, float, float, float]
    is_demo: bool

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the bounds, longitude first."""
        west, south, east, north = self.bounds
        return (west + east) / 2, (south + north) / 2


async def find_city(db: AsyncSession) -> City | None:
    """Find the network in force; `None` before the first import."""
    box = NetworkImport.bounds
    row = (
        await db.execute(
            select(
                gis.ST_XMin(box),
                gis.ST_YMin(box),
                gis.ST_XMax(box),
                gis.ST_YMax(box),
                NetworkImport.is_demo,
            )
            .order_by(NetworkImport.imported_at.desc(), NetworkImport.id.desc())
            .limit(1)
        )
    ).first()
    return City(bounds=(row[0], row[1], row[2], row[3]), is_demo=row[4]) if row else None


async def list_first_reasons(
    db: AsyncSession, *, place_ids: Sequence[UUID], profile: Profile
) -> dict[UUID, dict[str, Any]]:
    """List, per place, the first thing that blocks the entry, else the first that is missing."""
    rows = await db.execute(
        select(VerdictRow.place_id, VerdictRow.blocking, VerdictRow.missing).where(
            VerdictRow.place_id.in_(place_ids),
            VerdictRow.profile == profile.value,
            VerdictRow.scope == "entry",
        )
    )
    return {
        place_id: (blocking or missing)[0]
        for place_id, blocking, missing in rows
        if blocking or missing
    }


@dataclass(frozen=True, slots=True)
class ViewCounts:
    """How many places of a view have each word."""

    total: int
    by_word: dict[Word, int]


async def count_view(db: AsyncSession, *, wanted: PlaceFilter, profile: Profile) -> ViewCounts:
    """Count the places of a list by the word for a profile; its filter by word does not count."""
    # PostgreSQL counts array elements from one.
    position: ColumnElement[int] = literal_column(str(profile.position + 1))
    word = Place.entry_words[position]
    rows = await db.execute(
        select(word, func.count()).where(*list_conditions(replace(wanted, words=()))).group_by(word)
    )
    by_word = {Word.from_code(code): count for code, count in rows}
    return ViewCounts(total=sum(by_word.values()), by_word=by_word)


@dataclass(frozen=True, slots=True)
class Check:
    """Somebody found out something about a place."""

    day: datetime
    what: str
    """Message of what was done."""
    role: str
    """Message of who did it; never a name."""


async def list_checks(
    db: AsyncSession, *, place_ids: Iterable[UUID], limit: int = 6
) -> Sequence[Check]:
    """List who in which role found out about places, the newest first."""
    found = []
    for place_id in place_ids:
        past = await list_past(db, place_id=place_id, limit=_MOST_EVENTS)
        found += [
            Check(event.happened_at, CHECKS[event.kind], ROLES[event.role])
            for event in past.events
            if event.kind in CHECKS and event.role in ROLES
        ]
    return sorted(found, key=lambda check: check.day, reverse=True)[:limit]
