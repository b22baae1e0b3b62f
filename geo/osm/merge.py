"""Places and their parts meet those the city already has; runs inside the one transaction.

A place keeps its own id for ever. Staged places are matched by OSM key, then, for objects that
were renumbered and for places a volunteer proposed, by kind, name or category, and nearness.
Every field has an owner: what a reviewer or a volunteer said (`field_sources`) stays, the rest
follows the map. What vanished from the map becomes `gone` and returns when the map has it again;
what a reviewer decided about the state stays. Nothing is deleted, unchanged rows are not touched.
"""

from dataclasses import dataclass

import psycopg

from geo.osm.staging import Connection

_ONE_PER_OBJECT = """
DELETE FROM staging_places a USING staging_places b
WHERE a.osm_type = b.osm_type AND a.osm_id = b.osm_id
  AND (a.kind = 'crossing_structure', a.ctid) > (b.kind = 'crossing_structure', b.ctid)
"""

# A platform drawn beside the stop it belongs to would be a second stop of the same name.
_ONE_PER_STOP = """
DELETE FROM staging_places p USING staging_places s
WHERE p.kind = 'stop' AND p.category = 'platform' AND s.kind = 'stop'
  AND s.category IN ('bus_stop', 'tram_stop') AND s.osm_type = 'node'
  AND ST_DWithin(s.point, coalesce(p.footprint, p.point), 0.0005)
  AND ST_DWithin(s.point::geography, coalesce(p.footprint, p.point)::geography, 20)
  AND (p.name = '{}' OR p.name = s.name)
"""

_DOORS_BESIDE = """
WITH nearest AS (
    SELECT e.new_id, b.osm_type, b.osm_id
    FROM staging_elements e
    CROSS JOIN LATERAL (
        SELECT p.osm_type, p.osm_id FROM staging_places p
        WHERE p.kind = 'building' AND ST_DWithin(p.footprint, e.geom, 0.0001)
          AND ST_DWithin(p.footprint::geography, e.geom::geography, 3)
        ORDER BY ST_Distance(p.footprint, e.geom), p.osm_id LIMIT 1
    ) b
    WHERE e.osm_id IS NULL
)
UPDATE staging_elements e SET osm_type = n.osm_type, osm_id = n.osm_id
FROM nearest n WHERE n.new_id = e.new_id
"""

_DROP_LOST_PARTS = """
DELETE FROM staging_elements e
WHERE e.osm_id IS NULL OR NOT EXISTS (
    SELECT FROM staging_places p WHERE p.osm_type = e.osm_type AND p.osm_id = e.osm_id)
"""

_PARENTS = """
UPDATE staging_places o SET parent_new_id = b.new_id
FROM (
    SELECT c.new_id AS child, p.new_id,
           row_number() OVER (PARTITION BY c.new_id ORDER BY ST_Area(p.footprint), p.osm_id) AS rank
    FROM staging_places c
    JOIN staging_places p ON p.kind = 'building' AND ST_Covers(p.footprint, c.point)
    WHERE c.kind = 'organisation'
) b
WHERE o.new_id = b.child AND b.rank = 1
"""

# Grounds of a school hold the school's building; without this the grounds would have no door.
_PARENTS_IN_GROUNDS = """
WITH inside AS (
    SELECT c.new_id AS child, p.new_id, p.sector = c.sector AS same,
           count(*) OVER (PARTITION BY c.new_id) AS buildings,
           row_number() OVER (PARTITION BY c.new_id
               ORDER BY (p.sector = c.sector) DESC, ST_Area(p.footprint) DESC, p.osm_id) AS rank
    FROM staging_places c
    JOIN staging_places p ON p.kind = 'building' AND ST_Covers(c.footprint, p.point)
    WHERE c.kind = 'organisation' AND c.parent_new_id IS NULL AND c.footprint IS NOT NULL
)
UPDATE staging_places o SET parent_new_id = i.new_id
FROM inside i
WHERE o.new_id = i.child AND i.rank = 1 AND (i.same OR i.buildings = 1)
"""

_ADDRESSES = """
WITH found AS (
    SELECT p.new_id, a.address->>'street' AS street, min(a.address->>'city') AS city,
           string_agg(DISTINCT a.address->>'housenumber', ';') AS numbers,
           row_number() OVER (PARTITION BY p.new_id
               ORDER BY count(*) DESC, a.address->>'street') AS rank
    FROM staging_addresses a
    JOIN staging_places p ON p.kind = 'building' AND ST_DWithin(p.footprint, a.geom, 0.00001)
    WHERE NOT p.address ? 'housenumber'
    GROUP BY p.new_id, a.address->>'street'
)
UPDATE staging_places p
SET address = p.address || jsonb_strip_nulls(jsonb_build_object(
        'street', f.street, 'housenumber', f.numbers, 'city', f.city))
FROM found f
WHERE f.new_id = p.new_id AND f.rank = 1
"""

_DISTRICT_OF_PLACE = """
UPDATE staging_places p SET district_id = d.new_id
FROM (
    SELECT s.new_id, (array_agg(d.new_id ORDER BY d.source_key))[1] AS district
    FROM staging_places s JOIN staging_districts d ON ST_Covers(d.geom, s.point)
    GROUP BY s.new_id
) found JOIN staging_districts d ON d.new_id = found.district
WHERE p.new_id = found.new_id
"""

_PREPARE = (
    _ONE_PER_OBJECT,
    _ONE_PER_STOP,
    _DOORS_BESIDE,
    _DROP_LOST_PARTS,
    _PARENTS,
    _PARENTS_IN_GROUNDS,
    _ADDRESSES,
    _DISTRICT_OF_PLACE,
    "ANALYZE staging_places",
    "ANALYZE staging_elements",
)

_DISTRICTS = (
    """
    UPDATE staging_districts s SET district_id = d.id
    FROM districts d WHERE d.source_key = s.source_key
    """,
    """
    UPDATE districts d SET name = s.name, geom = s.geom, updated_at = now()
    FROM staging_districts s
    WHERE s.district_id = d.id AND (d.name <> s.name OR NOT ST_OrderingEquals(d.geom, s.geom))
    """,
    """
    INSERT INTO districts (id, source_key, name, geom)
    SELECT new_id, source_key, name, geom FROM staging_districts WHERE district_id IS NULL
    """,
    "UPDATE staging_districts SET district_id = new_id WHERE district_id IS NULL",
    """
    UPDATE staging_places p SET district_id = d.district_id
    FROM staging_districts d WHERE d.new_id = p.district_id AND d.district_id <> d.new_id
    """,
)

_MATCH_BY_KEY = """
UPDATE staging_places s SET place_id = p.id, how = 'key'
FROM places p
WHERE p.osm_type = s.osm_type AND p.osm_id = s.osm_id
"""

# Old places that the new map does not name by key, against new ones without a place: the same
# kind, the same name (or the same category where neither has one), and nearly the same spot.
# Each pair must be the best for both sides, so that two shops never share one history.
_MATCH_MOVED = """
WITH old AS (
    SELECT p.* FROM places p
    WHERE p.state IN ('active', 'gone', 'proposed')
      AND NOT EXISTS (SELECT FROM staging_places t WHERE t.place_id = p.id)
),
pairs AS (
    SELECT s.new_id, p.id,
           ST_Distance(s.point::geography, p.point::geography)
               + CASE WHEN p.category = s.category THEN 0 ELSE 10 END AS apart
    FROM staging_places s
    JOIN old p ON p.kind = s.kind AND ST_DWithin(p.point, s.point, 0.001)
    WHERE s.place_id IS NULL
      AND ST_DWithin(p.point::geography, s.point::geography, 50)
      AND (
        EXISTS (SELECT FROM jsonb_each_text(s.name) a JOIN jsonb_each_text(p.name) b
                ON lower(a.value) = lower(b.value))
            AND (p.category = s.category OR p.sector = s.sector)
        OR (s.name = '{}' OR p.name = '{}') AND p.category = s.category AND CASE
            WHEN s.footprint IS NULL OR p.footprint IS NULL
                THEN ST_DWithin(p.point::geography, s.point::geography, 10)
            WHEN ST_Dimension(s.footprint) < 2 OR ST_Dimension(p.footprint) < 2
                THEN ST_DWithin(p.footprint::geography, s.footprint::geography, 10)
            ELSE ST_Area(ST_Intersection(ST_MakeValid(s.footprint), ST_MakeValid(p.footprint)))
                >= 0.5 * greatest(ST_Area(s.footprint), ST_Area(p.footprint))
            END
      )
),
ranked AS (
    SELECT new_id, id,
           row_number() OVER (PARTITION BY new_id ORDER BY apart, id) AS for_new,
           row_number() OVER (PARTITION BY id ORDER BY apart, new_id) AS for_old
    FROM pairs
)
UPDATE staging_places s SET place_id = r.id, how = 'moved'
FROM ranked r
WHERE r.new_id = s.new_id AND r.for_new = 1 AND r.for_old = 1
"""

_INSERT = """
INSERT INTO places (id, kind, state, district_id, name, category, sector, ownership, address,
                    phone, opening_hours, website, level, osm_type, osm_id, osm_tags, point,
                    footprint)
SELECT new_id, kind, 'active', district_id, name, category, sector, ownership, address, phone,
       opening_hours, website, level, osm_type, osm_id, osm_tags, point, footprint
FROM staging_places WHERE place_id IS NULL
"""

_FIELDS = (
    "kind state name category sector ownership address phone opening_hours website level point "
    "footprint"
)
_SETTLE = "UPDATE staging_places SET place_id = new_id, how = 'new' WHERE place_id IS NULL"

# The map may say a field when nobody else did. A place that was not from the map keeps what
# it has, also where its author left no mark.
_UPDATE = """
WITH wanted AS (
    SELECT p.id, s.osm_type, s.osm_id, s.osm_tags, s.district_id,
           CASE WHEN MAY(kind) THEN s.kind ELSE p.kind END AS kind,
           CASE WHEN p.state = 'merged' OR NOT FREE(state) THEN p.state ELSE 'active' END AS state,
           CASE WHEN MAY(name) OR p.name = '{}' THEN s.name ELSE p.name END AS name,
           CASE WHEN MAY(category) THEN s.category ELSE p.category END AS category,
           CASE WHEN MAY(sector) THEN s.sector ELSE p.sector END AS sector,
           CASE WHEN MAY(ownership) OR p.ownership IS NULL
                THEN s.ownership ELSE p.ownership END AS ownership,
           CASE WHEN MAY(address) OR p.address = '{}' THEN s.address ELSE p.address END AS address,
           CASE WHEN MAY(phone) OR p.phone IS NULL THEN s.phone ELSE p.phone END AS phone,
           CASE WHEN MAY(opening_hours) OR p.opening_hours IS NULL
                THEN s.opening_hours ELSE p.opening_hours END AS opening_hours,
           CASE WHEN MAY(website) OR p.website IS NULL
                THEN s.website ELSE p.website END AS website,
           CASE WHEN MAY(level) OR p.level IS NULL THEN s.level ELSE p.level END AS level,
           CASE WHEN MAY(point) THEN s.point ELSE p.point END AS point,
           CASE WHEN MAY(footprint) OR p.footprint IS NULL
                THEN s.footprint ELSE p.footprint END AS footprint
    FROM staging_places s JOIN places p ON p.id = s.place_id
    WHERE s.how IN ('key', 'moved') AND p.state <> 'merged'
)
UPDATE places p
SET osm_type = w.osm_type, osm_id = w.osm_id, osm_tags = w.osm_tags, kind = w.kind,
    state = w.state, name = w.name, category = w.category, sector = w.sector,
    ownership = w.ownership, address = w.address, phone = w.phone,
    opening_hours = w.opening_hours, website = w.website, level = w.level, point = w.point,
    footprint = w.footprint, district_id = w.district_id, version = p.version + 1,
    updated_at = now()
FROM wanted w
WHERE w.id = p.id
  AND (p.osm_type, p.osm_id, p.osm_tags, p.kind, p.state, p.name, p.category, p.sector,
       p.ownership, p.address, p.phone, p.opening_hours, p.website, p.level, p.district_id,
       p.point::bytea, p.footprint::bytea)
   IS DISTINCT FROM
      (w.osm_type, w.osm_id, w.osm_tags, w.kind, w.state, w.name, w.category, w.sector,
       w.ownership, w.address, w.phone, w.opening_hours, w.website, w.level, w.district_id,
       w.point::bytea, w.footprint::bytea)
RETURNING p.id
"""


def _with_rules(statement: str) -> str:
    """Write the precedence of sources out for each field."""
    for field in _FIELDS.split():
        free = f"coalesce(p.field_sources->>'{field}', 'osm') = 'osm'"
        statement = statement.replace(f"FREE({field})", f"({free})")
        statement = statement.replace(f"MAY({field})", f"({free} AND p.osm_id IS NOT NULL)")
    return statement


_RETURNED = """
SELECT count(*) FROM staging_places s JOIN places p ON p.id = s.place_id
WHERE p.state = 'gone' AND coalesce(p.field_sources->>'state', 'osm') = 'osm'
  AND s.how IN ('key', 'moved')
"""

_GONE = """
UPDATE places p SET state = 'gone', version = p.version + 1, updated_at = now()
WHERE p.state = 'active' AND p.osm_id IS NOT NULL
  AND coalesce(p.field_sources->>'state', 'osm') = 'osm'
  AND NOT EXISTS (SELECT FROM staging_places s WHERE s.place_id = p.id)
"""

_SET_PARENTS = """
WITH wanted AS (
    SELECT c.place_id, b.place_id AS parent_id
    FROM staging_places c LEFT JOIN staging_places b ON b.new_id = c.parent_new_id
)
UPDATE places p SET parent_id = w.parent_id, updated_at = now()
FROM wanted w
WHERE p.id = w.place_id AND p.state <> 'merged'
  AND coalesce(p.field_sources->>'parent_id', 'osm') = 'osm'
  AND p.parent_id IS DISTINCT FROM w.parent_id AND w.parent_id IS DISTINCT FROM p.id
"""

_STRAYS = """
UPDATE places p SET district_id = (
    SELECT d.district_id FROM staging_districts d WHERE ST_Covers(d.geom, p.point)
    ORDER BY d.source_key LIMIT 1)
WHERE NOT EXISTS (SELECT FROM staging_places s WHERE s.place_id = p.id)
  AND (p.district_id IS NULL
       OR NOT EXISTS (SELECT FROM staging_districts d WHERE d.district_id = p.district_id))
"""


_OLD_DISTRICTS = """
SELECT d.id, d.source_key FROM districts d
WHERE NOT EXISTS (SELECT FROM staging_districts s WHERE s.district_id = d.id)
ORDER BY d.source_key
"""


@dataclass(frozen=True, slots=True)
class PlaceMerge:
    """What the merge did to places."""

    new: int
    changed: int
    unchanged: int
    moved: int
    gone: int
    returned: int


def prepare_places(connection: Connection) -> int:
    """Settle doubles, doors, parents, addresses and districts among the staged places.

    Give the number of doors that belong to no building; they are left out.
    """
    lost = 0
    for statement in _PREPARE:
        cursor = connection.execute(statement)
        if statement is _DROP_LOST_PARTS:
            lost = cursor.rowcount
    return lost


def merge_districts(connection: Connection) -> None:
    """Bring the staged districts in under the ids they already have."""
    for statement in _DISTRICTS:
        connection.execute(statement)


def drop_old_districts(connection: Connection) -> list[str]:
    """Delete districts that are no more; give the keys of those that something still names."""
    kept = []
    for key, name in connection.execute(_OLD_DISTRICTS).fetchall():
        try:
            with connection.transaction():
                connection.execute("DELETE FROM districts WHERE id = %s", (key,))
        except psycopg.errors.ForeignKeyViolation:
            kept.append(str(name))
    return kept


def merge_places(connection: Connection) -> PlaceMerge:
    """Bring the staged places in; see the module for the rules."""
    connection.execute(_MATCH_BY_KEY)
    moved = connection.execute(_MATCH_MOVED).rowcount
    row = connection.execute(_RETURNED).fetchone()
    matched = connection.execute(
        "SELECT count(*) FROM staging_places WHERE place_id IS NOT NULL"
    ).fetchone()
    changed = connection.execute(_with_rules(_UPDATE)).rowcount
    gone = connection.execute(_GONE).rowcount
    new = connection.execute(_INSERT).rowcount
    connection.execute(_SETTLE)
    # A first import fills an empty table; without statistics the planner would loop over it.
    connection.execute("ANALYZE staging_places (place_id)")
    connection.execute("ANALYZE places")
    connection.execute(_SET_PARENTS)
    connection.execute(_STRAYS)
    return PlaceMerge(
        new=new,
        changed=changed,
        unchanged=_first(matched) - changed,
        moved=moved,
        gone=gone,
        returned=_first(row),
    )


def _first(row: tuple[object, ...] | None) -> int:
    return int(str(row[0])) if row else 0
