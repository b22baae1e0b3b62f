"""The application in-process, with a small city of one building and one street."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx2
import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from audits.accounts.roles import Role
from audits.accounts.service import create_account
from tests.support.clients import open_app, sign_in
from tests.support.corner import add_corner
from tests.support.people import agree

_CITY = """
INSERT INTO districts (id, source_key, name, geom) VALUES
  ('0199a000-0000-7000-8000-0000000000d1', 'city', '{"ru": "Город"}',
   ST_Multi(ST_MakeEnvelope(76.8, 43.1, 77.1, 43.4, 4326)));
INSERT INTO places (id, kind, state, category, sector, point, footprint, district_id) VALUES
  ('0199a000-0000-7000-8000-0000000000a1', 'building', 'active', 'school', 'education',
   ST_SetSRID(ST_MakePoint(76.9305, 43.2403), 4326),
   ST_MakeEnvelope(76.9303, 43.2402, 76.9307, 43.2404, 4326),
   '0199a000-0000-7000-8000-0000000000d1');
INSERT INTO network_imports (id, source_name, source_sha256, counts, bounds) VALUES
  (gen_random_uuid(), 'test', 'x', '{}', ST_MakeEnvelope(76.92, 43.23, 76.94, 43.25, 4326));
INSERT INTO street_nodes (id, osm_id, geom) VALUES
  (1, 101, ST_SetSRID(ST_MakePoint(76.929, 43.24), 4326)),
  (2, 102, ST_SetSRID(ST_MakePoint(76.930, 43.24), 4326)),
  (3, 103, ST_SetSRID(ST_MakePoint(76.932, 43.24), 4326));
INSERT INTO street_edges
  (id, from_node_id, to_node_id, osm_way_id, osm_node_ids, geom, length_mm, kind, highway,
   surface, name)
SELECT e.id, e.a, e.b, 11, ARRAY[100 + e.a, 100 + e.b], ST_MakeLine(n.geom, m.geom),
       round(ST_Length(ST_MakeLine(n.geom, m.geom)::geography) * 1000), 'footway', 'footway',
       'asphalt', '{"ru": "Аллея"}'
FROM (VALUES (1, 1, 2), (2, 2, 3)) AS e (id, a, b)
JOIN street_nodes n ON n.id = e.a JOIN street_nodes m ON m.id = e.b;
"""

PLACE_ID = UUID("0199a000-0000-7000-8000-0000000000a1")
DISTRICT_ID = UUID("0199a000-0000-7000-8000-0000000000d1")
PASSWORD = "a long enough password"  # noqa: S105 - of accounts that live for one test


@dataclass(frozen=True)
class SmallCity:
    """A client, and headers of the people who use it."""

    client: httpx2.AsyncClient
    volunteer: dict[str, str]
    other_volunteer: dict[str, str]
    reviewer: dict[str, str]
    libpq_url: str
    place_id: UUID = PLACE_ID


@pytest.fixture
async def small_city(
    engine: AsyncEngine, database_url: str, libpq_url: str, clean_database: str, tmp_path: Path
) -> AsyncIterator[SmallCity]:
    """Give the application over one school at one alley, with three people signed in."""
    assert clean_database
    with psycopg.connect(libpq_url) as connection:
        connection.execute(_CITY)
    people = {"anna": Role.VOLUNTEER, "boris": Role.VOLUNTEER, "reviewer": Role.REVIEWER}
    async with AsyncSession(engine) as db, db.begin():
        for login, role in people.items():
            account = await create_account(db, role=role, login=login, password=PASSWORD)
            await agree(db, account)
    async with open_app(database_url, tmp_path) as client:
        headers = {login: await sign_in(client, login, PASSWORD) for login in people}
        people_of = (headers["anna"], headers["boris"], headers["reviewer"])
        yield SmallCity(client, *people_of, libpq_url)


@pytest.fixture
async def corner(committed_db: AsyncSession) -> UUID:
    """Commit the corner; gives the id of its pharmacy."""
    return await add_corner(committed_db)


@pytest.fixture
async def client(
    corner: UUID, clean_database: str, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    """Open the application on the corner."""
    assert corner
    async with open_app(clean_database, tmp_path) as opened:
        yield opened
