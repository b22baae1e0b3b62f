"""Staging: temporary tables that an import fills with COPY before the city changes.

They are temporary tables of the importing connection, so nobody else sees them, they cost no
write-ahead log, and they vanish with the connection whatever happens.
"""

import json
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[object, ...]]

_FLUSH_LINES = 20_000
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


def _columns(row: str) -> tuple[str, ...]:
    return tuple(row.split())


COLUMNS: dict[str, tuple[str, ...]] = {
    "staging_street_nodes": _columns(
        "id osm_id geom kerb kerb_height_mm crossing signal_sound tactile_paving obstacle "
        "obstacle_width_mm locked lift level elevation_m"
    ),
    "staging_street_edges": _columns(
        "id from_node_id to_node_id osm_way_id osm_node_ids geom length_mm dem_incline_permille "
        "kind highway name walk_forward walk_backward access layer level bridge tunnel indoor "
        "surface smoothness width_mm incline_permille climb cross_slope_permille kerb_height_mm "
        "step_count handrail ramp conveying crossing crossing_island signal_sound "
        "tactile_paving lit sidewalk_left sidewalk_right lanes wheelchair"
    ),
    "staging_map_features": ("id", "kind", "name", "first_zoom", "geom"),
    "staging_map_ways": ("class", "layer", "bridge", "tunnel", "name", "geom"),
    "staging_places": _columns(
        "new_id osm_type osm_id kind name category sector ownership address phone opening_hours "
        "website level osm_tags point footprint"
    ),
    "staging_elements": _columns(
        "new_id osm_type osm_id kind name level geom osm_node_id osm_way_id osm_tags"
    ),
    "staging_addresses": ("geom", "address"),
    "staging_districts": ("new_id", "source_key", "name", "admin_level", "geom"),
}

_CREATE = """
SET client_min_messages = warning;
DROP TABLE IF EXISTS staging_street_nodes, staging_street_edges, staging_map_features,
    staging_places, staging_elements, staging_addresses, staging_districts,
    staging_street_matches, staging_map_ways;
CREATE TEMPORARY TABLE staging_street_nodes (LIKE street_nodes INCLUDING DEFAULTS);
CREATE TEMPORARY TABLE staging_street_edges (LIKE street_edges INCLUDING DEFAULTS);
CREATE TEMPORARY TABLE staging_map_features (LIKE map_features INCLUDING DEFAULTS);
CREATE TEMPORARY TABLE staging_map_ways (
    class text NOT NULL,
    layer smallint NOT NULL,
    bridge boolean NOT NULL,
    tunnel boolean NOT NULL,
    name jsonb NOT NULL,
    geom geometry(LINESTRING, 4326) NOT NULL
);
CREATE TEMPORARY TABLE staging_places (
    new_id uuid NOT NULL,
    osm_type text NOT NULL,
    osm_id bigint NOT NULL,
    kind text NOT NULL,
    name jsonb NOT NULL,
    category text NOT NULL,
    sector text NOT NULL,
    ownership text,
    address jsonb NOT NULL,
    phone text,
    opening_hours text,
    website text,
    level text,
    osm_tags jsonb NOT NULL,
    point geometry(POINT, 4326) NOT NULL,
    footprint geometry(GEOMETRY, 4326),
    parent_new_id uuid,
    district_id uuid,
    place_id uuid,
    how text
);
CREATE TEMPORARY TABLE staging_elements (
    new_id uuid NOT NULL,
    osm_type text,
    osm_id bigint,
    kind text NOT NULL,
    name jsonb NOT NULL,
    level text,
    geom geometry(GEOMETRY, 4326) NOT NULL,
    osm_node_id bigint,
    osm_way_id bigint,
    osm_tags jsonb NOT NULL,
    place_id uuid,
    element_id uuid
);
CREATE TEMPORARY TABLE staging_addresses (
    geom geometry(POINT, 4326) NOT NULL,
    address jsonb NOT NULL
);
CREATE TEMPORARY TABLE staging_districts (
    new_id uuid NOT NULL,
    source_key text NOT NULL,
    name jsonb NOT NULL,
    admin_level integer,
    geom geometry(MULTIPOLYGON, 4326) NOT NULL,
    district_id uuid
);
"""

_INDEX = """
CREATE INDEX ON staging_street_nodes (id);
CREATE INDEX ON staging_street_edges USING gist (geom);
CREATE INDEX ON staging_street_edges (osm_way_id);
CREATE INDEX ON staging_places (osm_type, osm_id);
CREATE INDEX ON staging_places (new_id);
CREATE INDEX ON staging_places (place_id);
CREATE INDEX ON staging_places USING gist (point);
CREATE INDEX ON staging_places USING gist (footprint);
CREATE INDEX ON staging_elements (osm_type, osm_id);
CREATE INDEX ON staging_elements (element_id);
CREATE INDEX ON staging_elements (place_id);
CREATE INDEX ON staging_elements USING gist (geom);
CREATE INDEX ON staging_addresses USING gist (geom);
CREATE INDEX ON staging_districts USING gist (geom);
ANALYZE staging_street_nodes, staging_street_edges, staging_map_features, staging_places,
    staging_elements, staging_addresses, staging_districts;
"""


def encode(value: object) -> str:
    """Write one value as COPY's text format wants it."""
    if value is None:
        return _NULL
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, Mapping):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.replace("\\u0000", "").translate(_ESCAPES)
    if isinstance(value, list | tuple):
        return "{" + ",".join(map(str, value)) + "}"
    return str(value)


def encode_row(values: Sequence[object]) -> str:
    """Write one row as COPY's text format wants it, without the line end."""
    return "\t".join(map(encode, values))


class Stage:
    """Buffers rows per table and sends them with COPY; memory is bounded by the buffers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lines: dict[str, list[str]] = {table: [] for table in COLUMNS}
        self.counts: dict[str, int] = dict.fromkeys(COLUMNS, 0)

    def create(self) -> None:
        """Create the empty staging tables."""
        self._connection.execute(_CREATE)

    def add(self, table: str, line: str) -> None:
        """Queue an encoded row."""
        lines = self._lines[table]
        lines.append(line)
        if len(lines) >= _FLUSH_LINES:
            self.flush(table)

    def flush(self, table: str) -> None:
        """Send what is queued for one table."""
        lines = self._lines[table]
        if not lines:
            return
        self.counts[table] += len(lines)
        lines.append("")
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table]))
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write("\n".join(lines))
        lines.clear()

    def finish(self) -> None:
        """Send the rest, build indexes and statistics."""
        for table in COLUMNS:
            self.flush(table)
        self._connection.execute(_INDEX)
