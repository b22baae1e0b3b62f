"""Lists of places: right, in order, page by page, and through the indexes."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from geo.db.engine import create_read_engine
from geo.db.session import Sessions, read_session, session_factory
from geo.errors import InvalidCursorError
from geo.geojson import point
from geo.ids import uuid7
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.queries import find_district_id, list_elements
from geo.places.search import BoxTooLargeError, PlaceFilter, list_places
from tests.support.plans import explain, record_statements

_MANY = """
INSERT INTO districts (id, source_key, name, geom) VALUES (gen_random_uuid(), 'city',
  '{"ru": "Город"}', ST_Multi(ST_MakeEnvelope(76.6, 43.0, 77.2, 43.4, 4326)));
INSERT INTO places (id, kind, state, category, sector, point, entry_words)
SELECT gen_random_uuid(), 'building', 'active', CASE n % 4 WHEN 0 THEN 'school' ELSE 'shop' END,
       'education',
       ST_SetSRID(ST_MakePoint(76.7 + (n % 200) * 0.002, 43.1 + (n / 200) * 0.002), 4326),
       CASE n % 10 WHEN 0 THEN '{3,2,3,3,0,3}' ELSE '{0,0,0,0,0,0}' END::smallint[]
FROM generate_series(1, 20000) AS n;
INSERT INTO elements (id, place_id, kind, state, geom)
SELECT gen_random_uuid(), id, 'entrance', 'active', point FROM places;
ANALYZE places, elements, districts;
"""
_BOX = (76.75, 43.15, 76.77, 43.17)
_NEAR = (76.8001, 43.2001)


@pytest.fixture(scope="module")
async def engine(libpq_url: str, database_url: str) -> AsyncIterator[AsyncEngine]:
    """Give the read engine over 20,000 places."""
    from tests.support.db import empty_database  # noqa: PLC0415

    with psycopg.connect(libpq_url, autocommit=True) as writer:
        writer.execute(_MANY)
    engine = create_read_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()
    empty_database(libpq_url)


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    """Give read-only sessions."""
    return session_factory(engine)


async def test_a_box_lists_what_lies_in_it_and_nothing_else(
    sessions: Sessions, libpq_url: str
) -> None:
    """Every page together is exactly the content of the box, without a repetition."""
    seen = []
    cursor = None
    async with read_session(sessions) as db:
        while True:
            page = await list_places(db, PlaceFilter(box=_BOX, limit=40), cursor=cursor)
            seen += [found.place.id for found in page.items]
            cursor = page.cursor
            if cursor is None:
                break
        everything = await list_places(db, PlaceFilter(box=_BOX, limit=500))
    assert len(seen) == len(set(seen)) > 100
    assert seen == [found.place.id for found in everything.items]
    with psycopg.connect(libpq_url) as connection:
        rows = connection.execute(
            "SELECT count(*) FROM places WHERE ST_X(point) BETWEEN %s AND %s"
            " AND ST_Y(point) BETWEEN %s AND %s",
            (_BOX[0], _BOX[2], _BOX[1], _BOX[3]),
        ).fetchone()
    assert rows == (len(seen),)


async def test_nearest_first_means_metres(sessions: Sessions, libpq_url: str) -> None:
    """The order of pages is the order of distances on the ground, checked by brute force."""
    found: list[Any] = []
    cursor = None
    async with read_session(sessions) as db:
        for _page in range(4):
            page = await list_places(db, PlaceFilter(near=_NEAR, limit=25), cursor=cursor)
            found += page.items
            cursor = page.cursor
    with psycopg.connect(libpq_url) as connection:
        rows = connection.execute(
            "SELECT ST_Distance(point::geography, ST_MakePoint(%s, %s)::geography, false) AS metres"
            " FROM places ORDER BY metres LIMIT 100",
            _NEAR,
        ).fetchall()
    expected = [row[0] for row in rows]
    assert [item.distance_m for item in found] == pytest.approx(expected, abs=0.01)
    assert len({item.place.id for item in found}) == 100


async def test_a_word_filters_by_the_profile_that_asks(sessions: Sessions) -> None:
    """`yes` for a manual wheelchair is another list than `with_help` for a powered one."""
    async with read_session(sessions) as db:
        wanted = PlaceFilter(
            box=_BOX, profile=Profile.POWERED_WHEELCHAIR, words=(Word.WITH_HELP,), limit=500
        )
        page = await list_places(db, wanted)
        none = PlaceFilter(box=_BOX, profile=Profile.POWERED_WHEELCHAIR, words=(Word.YES,))
        assert page.items
        assert all(item.place.entry_words[1] == 2 for item in page.items)
        assert not (await list_places(db, none)).items


async def test_a_bad_box_and_a_foreign_cursor_are_refused(sessions: Sessions) -> None:
    """A box across the world and a cursor of another list raise typed errors."""
    async with read_session(sessions) as db:
        for box in ((77.0, 43.0, 76.0, 44.0), (0.0, 0.0, 90.0, 1.0), (-200.0, 0.0, 1.0, 1.0)):
            with pytest.raises(BoxTooLargeError):
                await list_places(db, PlaceFilter(box=box))
        page = await list_places(db, PlaceFilter(box=_BOX, limit=2))
        with pytest.raises(InvalidCursorError):
            await list_places(db, PlaceFilter(near=_NEAR), cursor=page.cursor)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (PlaceFilter(box=_BOX, limit=50), "ix_places_point"),
        (PlaceFilter(near=_NEAR, limit=50), "ix_places_geography"),
    ],
    ids=["box", "near"],
)
async def test_lists_use_the_spatial_index(
    engine: AsyncEngine, sessions: Sessions, wanted: PlaceFilter, index: str
) -> None:
    """The plan is an index scan, without parallel workers and without reading every place."""
    with record_statements(engine) as recorder:
        async with read_session(sessions) as db:
            await list_places(db, wanted)
    plan = await explain(engine, recorder)
    assert index in plan
    assert "Seq Scan on places" not in plan
    assert "Gather" not in plan


async def test_parts_and_districts_are_found_by_index(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    """The parts of a place come by its key; the district of a point by area."""
    with record_statements(engine) as recorder:
        async with read_session(sessions) as db:
            assert not await list_elements(db, uuid7())
            assert await find_district_id(db, point(*_NEAR)) is not None
            assert await find_district_id(db, point(10, 10)) is None
    plan = await explain(engine, recorder)
    assert "ix_elements_place_id" in plan
    assert "Seq Scan on elements" not in plan
