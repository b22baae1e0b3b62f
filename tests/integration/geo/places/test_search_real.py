"""Search in real cities, whose streets have a name in one language only."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from geo.osm.importer import import_osm
from tests.support.search_quality import REAL_CENTRES, measure

_FILES = {"almaty": "almaty/almaty-2024-10.osm.pbf", "monaco": "monaco/monaco.osm.pbf"}
_FLOOR = 0.95


@pytest.mark.realdata
@pytest.mark.parametrize("city", sorted(_FILES))
async def test_search_finds_what_people_mean_in_a_real_city(
    city: str, engine: AsyncEngine, clean_database: str, shared_data: Path
) -> None:
    """Russian words find Kazakh names and the other way round; accents need not be typed."""
    await import_osm(
        database_url=clean_database, path=shared_data / _FILES[city], progress=lambda _text: None
    )
    async with AsyncSession(engine) as db:
        groups = await measure(db, real_city=city, near=REAL_CENTRES[city])
    total = groups["total"]
    assert total.asked > 20
    assert total.recall >= _FLOOR, "\n".join(total.missed)
