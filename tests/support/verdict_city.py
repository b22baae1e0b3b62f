"""Many audited places in a database, made by SQL from one approved audit's shape.

Every place is a building with an entrance, the answers of a volunteer audit and a reviewer's
approval; every third is usable, every third has a step, every third lacks its door's width.
"""

import psycopg
from psycopg.types.json import Jsonb

from tests.support.verdict_cases import base_answers

_ACCOUNTS = """
INSERT INTO accounts (id, role, state) VALUES
  ('0199a000-0000-7000-8000-00000000ac01', 'volunteer', 'active'),
  ('0199a000-0000-7000-8000-00000000ac02', 'reviewer', 'active')
ON CONFLICT DO NOTHING;
"""
_PLACES = """
INSERT INTO places (id, kind, state, category, sector, point)
SELECT ('0199a000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'building', 'active',
       'school', 'education',
       ST_SetSRID(ST_MakePoint(76.8 + (n %% 300) * 0.001, 43.1 + (n / 300) * 0.001), 4326)
FROM generate_series(%(first)s::int, %(last)s::int) AS n;
INSERT INTO elements (id, place_id, kind, state, geom, position_source)
SELECT ('0199a000-0002-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('0199a000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'entrance', 'active',
       ST_SetSRID(ST_MakePoint(76.8 + (n %% 300) * 0.001, 43.1 + (n / 300) * 0.001), 4326), 'audit'
FROM generate_series(%(first)s::int, %(last)s::int) AS n;
INSERT INTO audits (id, author_id, place_id, state, digest, catalogue_version, depth,
                    started_at, finished_at, decided_at)
SELECT ('0199a000-0003-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       '0199a000-0000-7000-8000-00000000ac01',
       ('0199a000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       %(state)s, '', '1', 'volunteer', now() - interval '1 day', now() - interval '1 day', now()
FROM generate_series(%(first)s::int, %(last)s::int) AS n;
"""
_ANSWERS = """
INSERT INTO observations (id, audit_id, place_id, element_id, field, state, operator, value,
                          method, observed_at)
SELECT gen_random_uuid(), ('0199a000-0003-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('0199a000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       CASE WHEN a.at_door
            THEN ('0199a000-0002-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid END,
       a.field, 'value', '=', a.value, 'tape', now() - interval '1 day'
FROM generate_series(%(first)s::int, %(last)s::int) AS n,
     jsonb_to_recordset(%(answers)s) AS a (field text, value jsonb, at_door boolean)
WHERE NOT (n %% 3 = 2 AND a.field = 'door.clear_width')
  AND NOT (n %% 3 = 1 AND a.field LIKE 'ramp.%%');
"""


def add_places(
    connection: psycopg.Connection, *, first: int, last: int, state: str = "approved"
) -> None:
    """Add audited places numbered `first` to `last`; `state` is that of their audits."""
    inside = {
        name: value
        for name, value in base_answers("perfect").items()
        if not name.startswith(
            ("entrance.", "ramp.", "door.", "path.", "stairs.", "kerb.", "call.")
        )
    }
    at_door = {
        "entrance.level_change": 160,
        "ramp.kind": "fixed",
        "ramp.slope": 70,
        "ramp.width": 1250,
        "door.clear_width": 920,
        "door.threshold": 10,
        "path.step_count": 0,
        "path.width_min": 1600,
    }
    answers = [{"field": f, "value": v, "at_door": True} for f, v in at_door.items()]
    answers += [
        {"field": f, "value": v, "at_door": False}
        for f, v in inside.items()
        if not isinstance(v, dict)
    ]
    given = {"first": first, "last": last, "state": state, "answers": Jsonb(answers)}
    connection.execute(_ACCOUNTS)
    # One statement at a time: parameters are bound on the server.
    for statement in [*_PLACES.strip().split(";\n"), _ANSWERS]:
        connection.execute(statement.rstrip(";\n"), given)
