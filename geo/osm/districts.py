"""Districts: from the extract's admin boundaries, from a GeoJSON file, or one for the city.

Of the admin levels in the extract the coarsest is taken that cuts the city into at least two
parts and covers a good share of its places: a district is there to share work among reviewers.
What no district covers becomes one more, the rest, so that no place is without a reviewer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely.geometry import shape

from geo.ids import uuid7
from geo.osm.errors import DistrictsUnreadableError
from geo.osm.geometry import with_srid
from geo.osm.staging import Connection, Stage, encode_row
from geo.osm.tags import Tags
from geo.osm.tags.naming import LANGUAGES, read_names

CITY_KEY = "city"
REST_KEY = "rest"
REST_NAME = {
    "kk": "Қаланың қалған бөлігі",
    "ru": "Остальная часть города",
    "en": "Rest of the city",
}
CITY_NAME = {"kk": "Қала", "ru": "Город", "en": "City"}
_LEVELS = range(5, 12)
_LEAST_PARTS = 2
_LEAST_COVERAGE = 0.4
_SRID = 4326
_MAX_FILE_BYTES = 50_000_000

_COVERAGE = """
WITH sample AS (
    SELECT point FROM staging_places WHERE kind <> 'crossing_structure'
    UNION ALL
    SELECT geom FROM staging_street_nodes WHERE id % 10 = 0
)
SELECT d.admin_level, count(DISTINCT d.new_id), count(*)::float / (SELECT count(*) FROM sample)
FROM staging_districts d JOIN sample s ON ST_Covers(d.geom, s.point)
WHERE d.admin_level IS NOT NULL
GROUP BY d.admin_level
ORDER BY d.admin_level
"""

_CITY = """
INSERT INTO staging_districts (new_id, source_key, name, geom)
SELECT %(id)s, %(key)s, %(name)s::jsonb,
       ST_Multi(ST_Buffer(ST_ConvexHull(ST_Collect(point))::geography, 200)::geometry)
FROM (SELECT point FROM staging_places
      UNION ALL
      SELECT geom FROM staging_street_nodes) AS everything
"""

_REST = """
WITH whole AS (
    SELECT ST_Buffer(ST_ConvexHull(ST_Collect(point))::geography, 200)::geometry AS geom
    FROM (SELECT point FROM staging_places
          UNION ALL
          SELECT geom FROM staging_street_nodes) AS everything
)
INSERT INTO staging_districts (new_id, source_key, name, geom)
SELECT %(id)s, %(key)s, %(name)s::jsonb, rest.geom
FROM (SELECT ST_Multi(ST_CollectionExtract(ST_Difference(
          (SELECT geom FROM whole),
          (SELECT ST_Union(ST_MakeValid(geom)) FROM staging_districts)), 3)) AS geom) AS rest
WHERE NOT ST_IsEmpty(rest.geom) AND EXISTS (
    SELECT FROM staging_places p
    WHERE NOT EXISTS (SELECT FROM staging_districts d WHERE ST_Covers(d.geom, p.point)))
"""

_KEEP_LEVEL = """
DELETE FROM staging_districts d
WHERE d.admin_level IS DISTINCT FROM %(level)s
   OR NOT EXISTS (SELECT FROM staging_street_nodes n WHERE ST_Covers(d.geom, n.geom))
"""


@dataclass(frozen=True, slots=True)
class DistrictChoice:
    """Where the districts come from."""

    source: str
    """`admin_level 6`, `file` or `city`."""
    count: int


def add_boundary(stage: Stage, osm_id: int, tags: Tags, wkb: str) -> None:
    """Queue an admin boundary of the extract; the level is chosen when all are known."""
    level = tags.get("admin_level", "")
    names = read_names(tags)
    if level.isdecimal() and int(level) in _LEVELS and names:
        row = (uuid7(), f"osm:relation/{osm_id}", names, int(level), with_srid(wkb))
        stage.add("staging_districts", encode_row(row))


def choose_districts(connection: Connection, stage: Stage, file: Path | None) -> DistrictChoice:
    """Leave exactly the districts in force in the staging table.

    Raises `DistrictsUnreadableError` when a file is given and cannot be used.
    """
    if file is not None:
        connection.execute("DELETE FROM staging_districts")
        for line in _read_file(file):
            stage.add("staging_districts", line)
        stage.flush("staging_districts")
        _add_rest(connection)
        return DistrictChoice("file", _count(connection))
    for level, parts, covered in connection.execute(_COVERAGE).fetchall():
        if int(str(parts)) >= _LEAST_PARTS and float(str(covered)) >= _LEAST_COVERAGE:
            connection.execute(_KEEP_LEVEL, {"level": level})
            _add_rest(connection)
            return DistrictChoice(f"admin_level {level}", _count(connection))
    connection.execute("DELETE FROM staging_districts")
    city = {"id": uuid7(), "key": CITY_KEY, "name": json.dumps(CITY_NAME)}
    connection.execute(_CITY, city)
    return DistrictChoice("city", 1)


def _add_rest(connection: Connection) -> None:
    rest = {"id": uuid7(), "key": REST_KEY, "name": json.dumps(REST_NAME)}
    connection.execute(_REST, rest)


def _count(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM staging_districts").fetchone()
    return int(str(row[0])) if row else 0


def _read_file(file: Path) -> list[str]:
    try:
        if file.stat().st_size > _MAX_FILE_BYTES:
            raise DistrictsUnreadableError("larger than 50 MB", name=file.name)
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DistrictsUnreadableError("missing or not JSON", name=file.name) from error
    features = content.get("features") if isinstance(content, Mapping) else None
    if not isinstance(features, list) or not features:
        raise DistrictsUnreadableError("not a FeatureCollection with features", name=file.name)
    lines = {}
    for number, feature in enumerate(features, 1):
        key, line = _read_feature(feature, number, file.name)
        if key in lines:
            raise DistrictsUnreadableError("two districts share an id", name=file.name, id=key)
        lines[key] = line
    return list(lines.values())


def _read_feature(feature: object, number: int, name: str) -> tuple[str, str]:
    try:
        if not isinstance(feature, Mapping):
            raise TypeError("not an object")  # noqa: TRY301 - one answer for every defect
        geom = shape(feature["geometry"])
        properties = feature.get("properties") or {}
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise DistrictsUnreadableError("a feature is damaged", name=name, number=number) from error
    if geom.geom_type not in ("Polygon", "MultiPolygon") or geom.is_empty:
        raise DistrictsUnreadableError("a feature is no polygon", name=name, number=number)
    west, south, east, north = geom.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004
        raise DistrictsUnreadableError("coordinates are not degrees", name=name, number=number)
    if not geom.is_valid:
        geom = shapely.make_valid(geom, method="structure")
    polygons = [p for p in shapely.get_parts(geom) if p.geom_type == "Polygon"]
    whole = shapely.set_srid(shapely.force_2d(shapely.multipolygons(polygons)), _SRID)
    key = feature.get("id") or properties.get("id") or properties.get("code") or number
    wkb = shapely.to_wkb(whole, hex=True, include_srid=True)
    row = (uuid7(), f"file:{key}", _feature_names(properties, number), None, wkb)
    return str(key), encode_row(row)


def _feature_names(properties: Mapping[str, object], number: int) -> dict[str, str]:
    """Read `name`, `name:kk` or `name_kk`; a district without any is called by its number."""
    tags = {key: str(value) for key, value in properties.items() if isinstance(value, str)}
    for language in LANGUAGES:
        if f"name_{language}" in tags:
            tags.setdefault(f"name:{language}", tags[f"name_{language}"])
    return read_names(tags) or {"": str(number)}
