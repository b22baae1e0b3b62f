"""Small reads that only pages need: the city in force, reasons for a list, counts of a view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from geoalchemy2 import functions as gis
from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.models import VerdictRow
from geo.db.base import SRID
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.network.models import NetworkImport
from geo.places.kinds import PlaceState
from geo.places.models import Place
from geo.places.search import is_listed


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


async def count_view(
    db: AsyncSession, *, box: tuple[float, float, float, float], profile: Profile
) -> ViewCounts:
    """Count the listed places of a box by the word for a profile."""
    # PostgreSQL counts array elements from one.
    position: ColumnElement[int] = literal_column(str(profile.position + 1))
    word = Place.entry_words[position]
    rows = await db.execute(
        select(word, func.count())
        .where(
            Place.state == PlaceState.ACTIVE,
            Place.point.bool_op("&&")(gis.ST_MakeEnvelope(*box, SRID)),
            is_listed(),
        )
        .group_by(word)
    )
    by_word = {Word.from_code(code): count for code, count in rows}
    return ViewCounts(total=sum(by_word.values()), by_word=by_word)
