"""Entrances, stairs and lifts of places meet those the city already has.

An element keeps its own id for ever, because audits speak about it. It is found again by its
OSM node or way, then by nearness within its place. A position that was surveyed on site
(`position_source` other than `osm`) is never moved, and such an element never becomes `gone`
because the map lost it.
"""

from dataclasses import dataclass

from geo.osm.staging import Connection

_PLACE = """
UPDATE staging_elements e SET place_id = p.place_id
FROM staging_places p WHERE p.osm_type = e.osm_type AND p.osm_id = e.osm_id
"""

_BY_ID = """
UPDATE staging_elements s SET element_id = e.id
FROM elements e
WHERE e.place_id = s.place_id AND e.kind = s.kind
  AND (e.osm_node_id = s.osm_node_id OR s.osm_node_id IS NULL AND e.osm_way_id = s.osm_way_id)
"""

# The same door of a building that was drawn anew: its old place lost it, so it comes along.
_BY_ID_ELSEWHERE = """
UPDATE staging_elements s SET element_id = e.id
FROM elements e
WHERE s.element_id IS NULL AND e.kind = s.kind AND e.place_id IS NOT NULL
  AND (e.osm_node_id = s.osm_node_id OR s.osm_node_id IS NULL AND e.osm_way_id = s.osm_way_id)
  AND NOT EXISTS (SELECT FROM staging_elements t WHERE t.element_id = e.id)
  AND NOT EXISTS (SELECT FROM staging_elements t
                  WHERE t.place_id = e.place_id AND t.kind = e.kind
                    AND t.osm_node_id IS NOT DISTINCT FROM e.osm_node_id
                    AND t.osm_way_id IS NOT DISTINCT FROM e.osm_way_id)
  AND 1 = (SELECT count(*) FROM staging_elements t
           WHERE t.kind = s.kind AND t.osm_node_id IS NOT DISTINCT FROM s.osm_node_id
             AND t.osm_way_id IS NOT DISTINCT FROM s.osm_way_id)
  AND ST_DWithin(e.geom::geography, s.geom::geography, 100)
"""

_BY_DISTANCE = """
WITH pairs AS (
    SELECT s.new_id, e.id, ST_Distance(s.geom::geography, e.geom::geography) AS apart
    FROM staging_elements s
    JOIN elements e ON e.place_id = s.place_id AND e.kind = s.kind
    WHERE s.element_id IS NULL AND e.geom IS NOT NULL AND e.state IN ('active', 'gone', 'proposed')
      AND NOT EXISTS (SELECT FROM staging_elements t WHERE t.element_id = e.id)
      AND ST_DWithin(s.geom::geography, e.geom::geography, 5)
),
ranked AS (
    SELECT new_id, id,
           row_number() OVER (PARTITION BY new_id ORDER BY apart, id) AS for_new,
           row_number() OVER (PARTITION BY id ORDER BY apart, new_id) AS for_old
    FROM pairs
)
UPDATE staging_elements s SET element_id = r.id
FROM ranked r WHERE r.new_id = s.new_id AND r.for_new = 1 AND r.for_old = 1
"""

# Ids move between rows of one place when a mapper redraws it; clearing first keeps them unique.
_FREE_IDS = """
UPDATE elements e SET osm_node_id = NULL
FROM staging_elements s
WHERE s.element_id IS NOT NULL AND e.place_id = s.place_id AND e.kind = s.kind
  AND e.osm_node_id = s.osm_node_id AND e.id <> s.element_id
"""

_UPDATE = """
UPDATE elements e
SET place_id = s.place_id, osm_node_id = s.osm_node_id, osm_way_id = s.osm_way_id,
    osm_tags = s.osm_tags, level = coalesce(s.level, e.level),
    name = CASE WHEN s.name = '{}' THEN e.name ELSE s.name END,
    state = CASE WHEN e.state = 'gone' AND e.position_source = 'osm' THEN 'active'
                 ELSE e.state END,
    geom = CASE WHEN e.position_source = 'osm' OR e.geom IS NULL THEN s.geom ELSE e.geom END,
    version = e.version + 1, updated_at = now()
FROM staging_elements s
WHERE s.element_id = e.id
  AND (e.place_id, e.osm_node_id, e.osm_way_id, e.osm_tags, e.level, e.name, e.state,
       e.geom::bytea)
   IS DISTINCT FROM
      (s.place_id, s.osm_node_id, s.osm_way_id, s.osm_tags, coalesce(s.level, e.level),
       CASE WHEN s.name = '{}' THEN e.name ELSE s.name END,
       CASE WHEN e.state = 'gone' AND e.position_source = 'osm' THEN 'active' ELSE e.state END,
       (CASE WHEN e.position_source = 'osm' OR e.geom IS NULL THEN s.geom ELSE e.geom END)::bytea)
"""

_INSERT = """
INSERT INTO elements (id, place_id, kind, state, name, level, geom, position_source, osm_node_id,
                      osm_way_id, osm_tags)
SELECT new_id, place_id, kind, 'active', name, level, geom, 'osm', osm_node_id, osm_way_id,
       osm_tags
FROM staging_elements WHERE element_id IS NULL AND place_id IS NOT NULL
"""

_SETTLE = "UPDATE staging_elements SET element_id = new_id WHERE element_id IS NULL"

_GONE = """
UPDATE elements e SET state = 'gone', version = e.version + 1, updated_at = now()
WHERE e.state = 'active' AND e.position_source = 'osm' AND e.place_id IS NOT NULL
  AND (e.osm_node_id IS NOT NULL OR e.osm_way_id IS NOT NULL)
  AND NOT EXISTS (SELECT FROM staging_elements s WHERE s.element_id = e.id)
"""


@dataclass(frozen=True, slots=True)
class PartMerge:
    """What the merge did to elements of places."""

    new: int
    changed: int
    gone: int


def merge_parts(connection: Connection) -> PartMerge:
    """Bring the staged elements in; places must be merged before."""
    for statement in (
        _PLACE,
        "ANALYZE staging_elements",
        _BY_ID,
        _BY_ID_ELSEWHERE,
        _BY_DISTANCE,
        _FREE_IDS,
    ):
        connection.execute(statement)
    changed = connection.execute(_UPDATE).rowcount
    new = connection.execute(_INSERT).rowcount
    connection.execute(_SETTLE)
    gone = connection.execute(_GONE).rowcount
    return PartMerge(new=new, changed=changed, gone=gone)
