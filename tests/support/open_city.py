"""A small city for tests of what everybody may take: audited places, and things to keep back.

`CANARIES` are texts and ids of people, of unreviewed work and of free words. None of them may
ever stand in a file or an answer.
"""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from audits.models import Audit
from audits.recompute import recompute_places
from geo.places.models import Place
from tests.support import postgres
from tests.support.verdict_city import add_places

PLACES = 60
"""Audited places; one more place was never audited."""
_BATCH = 100
SCHOOL_ID = UUID("0199a000-0000-7000-8000-0000000000a1")
BARRIER_ID = UUID("0199a000-0000-7000-8000-0000000000b1")

CANARIES = (
    "Канарейка Певчая", "canary@esik.example", "+77010009988", "canary-ban", "canary-phone-name",
    "canary-key", "canary-body", "canary-remark", "canary-reporter", "canary-proposed",
    "canary-gone", "canary-description", "canary-original", "+7 727 000 99 88",
    "0199a000-0000-7000-8000-00000000ac01", "0199a000-0000-7000-8000-00000000ac02",
    "0199a000-0000-7000-8000-00000000ac03", "0199a000-0000-7000-8000-0000000000b2",
    "0199a000-0000-7000-8000-0000000000e9", "0199a000-0000-7000-8000-0000000000f9",
)  # fmt: skip

_PEOPLE = """
INSERT INTO accounts (id, role, state, display_name, email, phone, ban_reason) VALUES
  ('0199a000-0000-7000-8000-00000000ac03', 'volunteer', 'active', 'Канарейка Певчая',
   'canary@esik.example', '+77010009988', 'canary-ban');
INSERT INTO devices (id, account_id, key_id, public_key, name) VALUES
  (gen_random_uuid(), '0199a000-0000-7000-8000-00000000ac03', 'canary-key', '{}',
   'canary-phone-name');
"""
_CITY = """
INSERT INTO districts (id, source_key, name, geom) VALUES
  ('0199a000-0000-7000-8000-0000000000d1', 'city', '{"ru": "Город"}',
   ST_Multi(ST_MakeEnvelope(76.7, 43.0, 77.2, 43.5, 4326)));
INSERT INTO places
  (id, kind, state, category, sector, point, district_id, name, address, phone, osm_type, osm_id)
VALUES
  ('0199a000-0000-7000-8000-0000000000a1', 'building', 'active', 'school', 'education',
   ST_SetSRID(ST_MakePoint(76.9305, 43.2403), 4326), '0199a000-0000-7000-8000-0000000000d1',
   '{"kk": "№ 1 мектеп", "ru": "=Школа; «№ 1», 2-й корпус"}',
   '{"street": "улица Абая", "street:kk": "Абай көшесі", "housenumber": "1-3"}',
   '+7 727 000 99 88', 'way', 77),
  ('0199a000-0000-7000-8000-0000000000f9', 'building', 'proposed', 'school', 'education',
   ST_SetSRID(ST_MakePoint(76.93, 43.24), 4326), NULL, '{"ru": "canary-proposed"}', '{}', NULL,
   NULL, NULL),
  (gen_random_uuid(), 'building', 'gone', 'school', 'education',
   ST_SetSRID(ST_MakePoint(76.93, 43.24), 4326), NULL, '{"ru": "canary-gone"}', '{}', NULL,
   NULL, NULL);
INSERT INTO elements (id, place_id, kind, state, geom, osm_node_id, osm_tags) VALUES
  (gen_random_uuid(), '0199a000-0000-7000-8000-0000000000a1', 'entrance', 'active',
   ST_GeomFromText('LINESTRING(76.9304 43.2402, 76.9306 43.2402)', 4326), 5,
   '{"entrance": "main"}'),
  ('0199a000-0000-7000-8000-0000000000e9', '0199a000-0000-7000-8000-0000000000a1', 'entrance',
   'proposed', ST_SetSRID(ST_MakePoint(76.9304, 43.2401), 4326), NULL, '{}');
UPDATE places SET osm_type = 'node', osm_id = 1000 + ('x' || right(id::text, 8))::bit(32)::int
WHERE id::text LIKE '0199a000-0001%';
INSERT INTO barriers
  (id, kind, state, geom, note, reported_note, reported_by, expires_at, created_at, edge_ids)
VALUES
  ('0199a000-0000-7000-8000-0000000000b1', 'dug_up', 'confirmed',
   ST_GeomFromText('LINESTRING(76.9295 43.24, 76.9298 43.24)', 4326), 'Трубы до декабря',
   'canary-reporter', '0199a000-0000-7000-8000-00000000ac03', now() + interval '9 days',
   now() - interval '1 hour', '{1}'),
  ('0199a000-0000-7000-8000-0000000000b3', 'ice', 'confirmed',
   ST_SetSRID(ST_MakePoint(76.931, 43.24), 4326), NULL, NULL, NULL, now() + interval '1 day',
   now() - interval '30 days', '{}'),
  ('0199a000-0000-7000-8000-0000000000b2', 'blocked', 'reported',
   ST_SetSRID(ST_MakePoint(76.931, 43.24), 4326), NULL, 'canary-reporter',
   '0199a000-0000-7000-8000-00000000ac03', now() + interval '9 days',
   now() - interval '1 hour', '{}');
INSERT INTO network_imports (id, source_name, source_sha256, counts, bounds, source_timestamp)
VALUES (gen_random_uuid(), 'test.osm.pbf', 'x', '{}',
        ST_MakeEnvelope(76.92, 43.23, 76.94, 43.25, 4326), '2026-11-01T00:00:00Z');
INSERT INTO street_nodes (id, osm_id, geom) VALUES
  (1, 101, ST_SetSRID(ST_MakePoint(76.929, 43.24), 4326)),
  (2, 102, ST_SetSRID(ST_MakePoint(76.930, 43.24), 4326)),
  (3, 103, ST_SetSRID(ST_MakePoint(76.932, 43.24), 4326));
INSERT INTO street_edges
  (id, from_node_id, to_node_id, osm_way_id, osm_node_ids, geom, length_mm, kind, highway,
   surface, name, incline_permille, lit)
SELECT e.id, e.a, e.b, 11, ARRAY[100 + e.a, 100 + e.b], ST_MakeLine(n.geom, m.geom),
       round(ST_Length(ST_MakeLine(n.geom, m.geom)::geography) * 1000), 'footway', 'footway',
       'asphalt', '{"ru": "Аллея"}', -40, true
FROM (VALUES (1, 1, 2), (2, 2, 3)) AS e (id, a, b)
JOIN street_nodes n ON n.id = e.a JOIN street_nodes m ON m.id = e.b;
INSERT INTO edge_overrides (id, target, state, geom, edge_ids, attributes, observed_at)
VALUES (gen_random_uuid(), 'edge', 'active',
        ST_GeomFromText('LINESTRING(76.929 43.24, 76.930 43.24)', 4326), '{1}',
        '{"width_mm": 1250, "surface": "gravel"}', now());
INSERT INTO elements (id, kind, state, geom) VALUES
  ('0199a000-0000-7000-8000-0000000000e1', 'link', 'active',
   ST_GeomFromText('LINESTRING(76.9305 43.24, 76.9307 43.2402, 76.932 43.24)', 4326));
INSERT INTO edge_overrides (id, target, state, element_id, geom, edge_ids, attributes, observed_at)
SELECT 'c0ffee00-0000-5000-8000-00000000beef', 'link', 'active', id, geom, '{2}',
       '{"width_mm": 900, "surface": "asphalt"}', now()
FROM elements WHERE kind = 'link';
"""
_WORK = """
INSERT INTO audit_versions (audit_id, version, digest, body)
SELECT id, 1, '', '{"comment": "canary-body"}' FROM audits;
INSERT INTO decisions (id, audit_id, audit_version, outcome, note, decided_by)
SELECT gen_random_uuid(), id, 1, 'approve', 'canary-remark',
       '0199a000-0000-7000-8000-00000000ac02'
FROM audits;
INSERT INTO observations (id, audit_id, place_id, field, state, operator, value, method,
                          observed_at)
SELECT gen_random_uuid(), id, place_id, 'place.description', 'value', '=',
       '"canary-description"', 'estimate', now()
FROM audits;
INSERT INTO photos (id, audit_id, state, sha256, byte_count, media_type, original_key)
SELECT gen_random_uuid(), id, 'received', repeat('0', 64), 9, 'image/jpeg', 'canary-original'
FROM audits LIMIT 1;
"""


async def fill_open_city(libpq_url: str, *, places: int = PLACES) -> None:
    """Commit the city with real words, made by the rules from approved audits."""
    with psycopg.connect(libpq_url) as connection:
        connection.execute(_PEOPLE)
        add_places(connection, first=1, last=places)
        connection.execute(_CITY)
        connection.execute(_WORK)
    engine = create_async_engine(postgres.as_sqlalchemy(libpq_url), poolclass=NullPool)
    async with AsyncSession(engine) as db:
        audited = select(Place.id).where(exists().where(Audit.place_id == Place.id))
        ids = (await db.scalars(audited.order_by(Place.id))).all()
        for first in range(0, len(ids), _BATCH):
            some = select(Place).where(Place.id.in_(ids[first : first + _BATCH]))
            rows = (await db.scalars(some.order_by(Place.id))).all()
            await recompute_places(db, places=rows, now=datetime.now(UTC))
            await db.commit()
            db.expunge_all()
    await engine.dispose()
