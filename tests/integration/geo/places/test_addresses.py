"""Addresses among many places: found by index, whatever is typed."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from geo.db.engine import create_read_engine
from geo.db.session import read_session, session_factory
from geo.places.addresses import AddressNotFoundError, find_address
from tests.support.plans import explain, record_statements

_MANY = """
INSERT INTO places (id, kind, state, category, sector, point, name, address)
SELECT gen_random_uuid(), 'building', 'active', 'shop', 'education',
       ST_SetSRID(ST_MakePoint(76.7 + (n % 200) * 0.002, 43.1 + (n / 200) * 0.002), 4326),
       jsonb_build_object('ru', 'Дом ' || md5(n::text)),
       jsonb_build_object('street', 'улица ' || md5((n / 50)::text),
                          'housenumber', (n % 50 + 1)::text)
FROM generate_series(1, 20000) AS n;
UPDATE places SET name = '{"ru": "Берёзовая аптека"}', address = '{"street": "улица Абая",
  "housenumber": "7"}' WHERE id = (SELECT id FROM places ORDER BY id LIMIT 1);
ANALYZE places;
"""


@pytest.fixture(scope="module")
async def engine(libpq_url: str, database_url: str) -> AsyncIterator[AsyncEngine]:
    """Give the read engine over 20,000 places with names and addresses."""
    from tests.support.db import empty_database  # noqa: PLC0415 - as the tests beside it

    with psycopg.connect(libpq_url, autocommit=True) as writer:
        writer.execute(_MANY)
    engine = create_read_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()
    empty_database(libpq_url)


@pytest.mark.parametrize("typed", ["Березовая аптека", "ул. Абая, 7", "абая 7"])
async def test_an_address_is_found_by_index(engine: AsyncEngine, typed: str) -> None:
    """Names and addresses are found without reading every place."""
    with record_statements(engine) as recorder:
        async with read_session(session_factory(engine)) as db:
            hit, others = await find_address(db, typed)
    assert hit.exact
    assert not others
    plan = await explain(engine, recorder)
    assert "ix_places_search_words" in plan
    assert "Seq Scan on places" not in plan


async def test_what_nobody_has_is_told_by_index(engine: AsyncEngine) -> None:
    """A text that no place has is refused without reading every place."""
    with record_statements(engine) as recorder:
        async with read_session(session_factory(engine)) as db:
            with pytest.raises(AddressNotFoundError):
                await find_address(db, "Неведомая 5")
    assert "ix_places_search_words" in await explain(engine, recorder)
