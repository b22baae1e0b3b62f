"""The schema goes up, down and up again, and the models say the same as the migrations."""

import os
import subprocess
import sys

import psycopg
import pytest

from tests.support import postgres
from tests.support.machine import ROOT

_SEED = """
INSERT INTO districts (id, source_key, name, geom) VALUES (gen_random_uuid(), 'city',
  '{"ru": "Город"}', ST_Multi(ST_MakeEnvelope(76.8, 43.1, 77.1, 43.4, 4326)));
INSERT INTO places (id, kind, state, name, category, sector, point, district_id)
  SELECT gen_random_uuid(), 'building', 'active', '{}', 'school', 'education',
         ST_SetSRID(ST_MakePoint(76.9 + n * 0.0001, 43.2), 4326), districts.id
  FROM generate_series(1, 50) AS n, districts;
INSERT INTO elements (id, place_id, kind, state, geom)
  SELECT gen_random_uuid(), id, 'entrance', 'active', point FROM places;
INSERT INTO accounts (id, role, state) VALUES (gen_random_uuid(), 'volunteer', 'active');
INSERT INTO confirmations (id, element_id, place_id, field, account_id, vote)
  SELECT gen_random_uuid(), elements.id, place_id, 'door.kind', accounts.id, vote
  FROM elements, accounts, unnest(ARRAY['disagree', 'agree']) AS vote;
INSERT INTO events (kind, subject_type, subject_id) VALUES ('seeded', 'test', '1');
INSERT INTO changes (kind) VALUES ('places');
"""


def _alembic(url: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "alembic", *arguments],
        cwd=ROOT,
        env={**os.environ, "ESIK_DATABASE__URL": postgres.as_sqlalchemy(url)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr[-3000:]}"
    return done.stdout


def _tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for schema, name in postgres.list_tables(connection) if schema == "public"}


@pytest.mark.parametrize("seed", ["", _SEED], ids=["empty", "seeded"])
def test_the_schema_goes_up_down_and_up(empty_database_url: str, seed: str) -> None:
    """Both ways work on an empty and on a filled database, and nothing of ours is left behind."""
    _alembic(empty_database_url, "upgrade", "head")
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(seed or "SELECT 1")
    first = _tables(empty_database_url)
    _alembic(empty_database_url, "downgrade", "base")
    assert _tables(empty_database_url) <= {"alembic_version"}
    _alembic(empty_database_url, "upgrade", "head")
    assert _tables(empty_database_url) == first
    assert {"places", "audits", "street_edges", "changes", "events"} <= first


def test_the_models_say_what_the_migrations_made(libpq_url: str) -> None:
    """Autogenerate finds nothing to do, beside the tables of the job queue."""
    assert "No new upgrade operations" in _alembic(libpq_url, "check")
