"""Publish the words of a place, so that lists and tiles read them from one table."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.changes import ChangeKind, record_change
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.models import Place


async def publish_words(
    db: AsyncSession,
    *,
    place_id: UUID,
    entry: Mapping[Profile, Word],
    service: Mapping[Profile, Word],
    coverage_percent: int,
    badges: Sequence[str],
) -> None:
    """Write the words of one place and announce the change, in the caller's transaction."""
    place = (await db.scalars(select(Place).where(Place.id == place_id).with_for_update())).one()
    place.entry_words = [entry[profile].code for profile in Profile]
    place.service_words = [service[profile].code for profile in Profile]
    place.coverage_percent = coverage_percent
    place.badges = sorted(badges)
    await db.flush()
    await record_change(db, kind=ChangeKind.PLACE, subject_id=place.id, area=place.point)
