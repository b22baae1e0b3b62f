"""Roads as they are drawn, generalised once per import instead of once per tile.

Ways of one class and name become lines as long as they go, simplified for each range of zooms.
Everything happens in temporary tables of the import, before the city changes.
"""

from typing import NamedTuple

from geo.network.drawing import ROAD_ZOOMS, class_of_edges
from geo.osm.staging import Connection

_WORLD_DEGREES = 360.0
_TILE_PIXELS = 512


class _Band(NamedTuple):
    first: int
    last: int
    pixels: float
    """How far a line may be shifted, in pixels at the deepest zoom."""
    cell_degrees: float
    """Lines are merged within cells of this size, so that none runs through a whole country."""
    named: bool = False
    detailed: bool = False
    """Bridges, tunnels and levels are told apart."""


_BANDS = (
    _Band(5, 7, 0.7, 4.0),
    _Band(8, 9, 0.7, 1.0),
    _Band(10, 11, 0.7, 0.5),
    _Band(12, 13, 0.6, 0.25, named=True),
    _Band(14, 16, 0.25, 0.1, named=True, detailed=True),
)
_LEAST_PIXELS = 3.0
"""Unnamed leftovers shorter than this are dropped where nobody could see them."""

_CREATE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staging_map_roads (
    LIKE map_roads INCLUDING DEFAULTS EXCLUDING IDENTITY
);
ALTER TABLE staging_map_roads ALTER COLUMN id DROP NOT NULL;
TRUNCATE staging_map_roads
"""
_FROM_EDGES = f"""
INSERT INTO staging_map_ways (class, layer, bridge, tunnel, name, geom)
SELECT {class_of_edges("crossing", "lift", "sidewalk")},
       layer, bridge, tunnel, name, geom
FROM staging_street_edges ORDER BY id
"""  # noqa: S608 - no value in it
"""For a network whose format has no ways beside the stretches that are walked."""
_GENERALISE = """
INSERT INTO staging_map_roads (band, class, layer, bridge, tunnel, name, geom)
SELECT %(first)s, class, layer, bridge, tunnel, name, line.geom
FROM (
  SELECT class, layer, bridge, tunnel, name,
         ST_LineMerge(ST_Collect(geom ORDER BY ST_XMin(geom), geom)) AS geom
  FROM (
    SELECT class, geom,
           CASE WHEN %(detailed)s THEN nullif(layer, 0) END AS layer,
           %(detailed)s AND bridge AS bridge, %(detailed)s AND tunnel AS tunnel,
           CASE WHEN %(named)s THEN name ELSE '{}'::jsonb END AS name,
           floor(ST_X(ST_StartPoint(geom)) / %(cell)s) AS cx,
           floor(ST_Y(ST_StartPoint(geom)) / %(cell)s) AS cy
    FROM staging_map_ways
    WHERE class = ANY(%(classes)s)
  ) AS ways
  GROUP BY class, layer, bridge, tunnel, name, cx, cy
) AS merged, LATERAL ST_Dump(ST_Simplify(merged.geom, %(tolerance)s)) AS line
WHERE ST_Dimension(line.geom) = 1
  AND (ST_Length(line.geom) > %(least)s OR name <> '{}'::jsonb)
"""
_RATE_GROUND = """
UPDATE staging_map_features
SET first_zoom = least(greatest(
  ceil(0.5 * ln(2.966 / greatest(ST_Area(geom), 1e-14)) / ln(2)), 5), 16)
WHERE ST_Dimension(geom) = 2
"""
"""From where it covers six pixels: 2.966 is 6 · (360 / 512)², and each zoom quarters an area."""
_NAME_GROUND = """
INSERT INTO staging_map_features (id, kind, name, first_zoom, geom)
SELECT (SELECT coalesce(max(id), 0) FROM staging_map_features) + row_number() OVER (ORDER BY id),
       kind || '_name', name, least(first_zoom + 4, 16), ST_PointOnSurface(geom)
FROM staging_map_features
WHERE ST_Dimension(geom) = 2 AND name <> '{}'::jsonb AND kind IN ('water', 'park', 'wood', 'square')
  AND first_zoom <= 15
"""
"""A name needs room: it comes four zooms after its ground."""


def generalise(connection: Connection) -> None:
    """Fill `staging_map_roads` from the staged ways, and rate and name the staged ground."""
    for statement in _CREATE.split(";"):
        connection.execute(statement.encode())
    if connection.execute("SELECT FROM staging_map_ways LIMIT 1").fetchone() is None:
        connection.execute(_FROM_EDGES.encode())
    for band in _BANDS:
        pixel = _WORLD_DEGREES / (_TILE_PIXELS << band.last)
        far_out = not band.named
        connection.execute(
            _GENERALISE.encode(),
            {
                "first": band.first,
                "classes": [name for name, zoom in ROAD_ZOOMS.items() if zoom <= band.last],
                "named": band.named,
                "detailed": band.detailed,
                "cell": band.cell_degrees,
                "tolerance": pixel * band.pixels,
                "least": pixel * _LEAST_PIXELS if far_out else 0.0,
            },
        )
    connection.execute(_RATE_GROUND.encode())
    connection.execute(_NAME_GROUND.encode())
