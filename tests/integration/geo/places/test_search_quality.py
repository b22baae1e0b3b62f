"""Search finds what people mean: a floor under the share of queries that are answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from geo.db.engine import create_read_engine
from geo.db.session import read_session, session_factory
from geo.demo_city import write_demo_city
from geo.osm.importer import import_osm
from geo.places.finding import HitKind, find_nearest_address, search
from tests.support.plans import explain, record_statements
from tests.support.search_quality import CENTRE, load_queries, measure

_TOTAL, _EACH = 0.98, 0.95


@pytest.fixture(scope="module")
async def engine(
    libpq_url: str, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AsyncEngine]:
    """Give the read engine over the demo city, imported as any extract."""
    from tests.support.db import empty_database  # noqa: PLC0415 - as the tests beside it

    path: Path = tmp_path_factory.mktemp("demo") / "demo.osm.pbf"
    write_demo_city(path)
    await import_osm(
        database_url=database_url, path=path, is_demo=True, progress=lambda _text: None
    )
    engine = create_read_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()
    empty_database(libpq_url)


async def test_search_finds_what_people_mean(engine: AsyncEngine) -> None:
    """Of 225 queries in three languages nearly all have their answer among the first five."""
    async with read_session(session_factory(engine)) as db:
        groups = await measure(db)
    assert groups["total"].asked == sum(map(len, load_queries().values())) >= 150
    missed = "\n".join(groups["total"].missed)
    assert groups["total"].recall >= _TOTAL, missed
    assert all(group.recall >= _EACH for group in groups.values()), missed


async def test_of_equal_finds_the_nearest_comes_first(engine: AsyncEngine) -> None:
    """Pharmacies and houses of one name are sorted by distance from the person."""
    async with read_session(session_factory(engine)) as db:
        hits = await search(db, text="аптека береке", language="ru", near=CENTRE, limit=20)
        away = [hit.distance_m for hit in hits if hit.name == "Аптека «Береке»"]
        assert len(away) > 3
        assert away == sorted(away, key=lambda metres: metres or 0.0)
        assert [hit.name for hit in hits[: len(away)]] == ["Аптека «Береке»"] * len(away)
        hits = await search(db, text="аптека", language="kk", near=CENTRE, limit=1)
        assert (hits[0].kind, hits[0].name) == (HitKind.CATEGORY, "Дәріхана")


async def test_without_a_position_it_finds_too(engine: AsyncEngine) -> None:
    """Nobody has to say where they are."""
    async with read_session(session_factory(engine)) as db:
        (street, *_more) = await search(db, text="Абай даңғылы", language="en")
        assert (street.kind, street.name, street.distance_m) == (
            HitKind.STREET, "Abai Avenue", None,
        )  # fmt: skip
        found = await find_nearest_address(db, point=CENTRE, language="en")
        assert found is not None
        assert found.kind is HitKind.ADDRESS
        assert await find_nearest_address(db, point=(10.0, 10.0), language="en") is None


async def test_search_goes_by_index(engine: AsyncEngine) -> None:
    """A rare word is found by index, also mistyped; nothing reads every place."""
    with record_statements(engine) as recorder:
        async with read_session(session_factory(engine)) as db:
            assert await search(db, text="Драмматический теотр", language="ru", near=CENTRE)
    plan = await explain(engine, recorder)
    assert "ix_places_search_words" in plan
    assert "Seq Scan on places" not in plan
    assert "Seq Scan on streets" not in plan
