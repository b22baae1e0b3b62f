"""Counting clusters anew from the places themselves, to compare the pyramid with.

Nothing here is shared with the pyramid: the cells of every zoom are computed from degrees again.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, TextClause, text

from geo.mobility.profiles import PROFILES
from geo.tiles.clusters import build_cluster_statement
from geo.tiles.grid import TileAddress, tile_bounds
from geo.tiles.layers import CLUSTER_MAX_ZOOM, WORDS

_LISTED = """state = 'active'
  AND (kind <> 'building' OR name <> '{}' OR entry_words <> '{0,0,0,0,0,0}')"""
_COUNTS = {
    f"{profile}_{word}": f"sum(n) FILTER (WHERE words[{position}] = {word.code})::int"
    for position, profile in enumerate(PROFILES, start=1)
    for word in WORDS
}
_COUNTED = ", ".join(f"{counted} AS {name}" for name, counted in _COUNTS.items())
_NAMES = ", ".join(_COUNTS)

# What a tile held before there was a pyramid: every place of its area, counted while it waits.
_TILE = text(f"""
WITH placed AS (
  SELECT entry_words AS words,
         (ST_X(point) + 180.0) / 360.0 * :cells AS u,
         (0.5 - asinh(tan(radians(ST_Y(point)))) / (2 * pi())) * :cells AS v
  FROM places
  WHERE {_LISTED} AND point && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
    AND (CAST(:categories AS text[]) IS NULL OR category = ANY(CAST(:categories AS text[])))
), celled AS (
  SELECT words, floor(u)::bigint AS cx, floor(v)::bigint AS cy,
         floor((u - floor(u)) * 512)::bigint AS du, floor((v - floor(v)) * 512)::bigint AS dv
  FROM placed
), grouped AS (
  SELECT cx, cy, words, count(*) AS n, sum(du) AS du, sum(dv) AS dv
  FROM celled
  WHERE cx BETWEEN :first_cx AND :first_cx + 7 AND cy BETWEEN :first_cy AND :first_cy + 7
  GROUP BY cx, cy, words
), counted AS (
  SELECT cx, cy, sum(n)::int AS count,
         least(greatest(sum(du) / sum(n), 103), 409) AS du,
         least(greatest(sum(dv) / sum(n), 103), 409) AS dv, {_COUNTED}
  FROM grouped
  GROUP BY cx, cy
), drawn AS (
  SELECT ST_MakePoint((cx - :first_cx) * 512 + round(du), (cy - :first_cy) * 512 + round(dv))
           AS geom, count, {_NAMES}
  FROM counted
  ORDER BY cx, cy
)
SELECT coalesce((SELECT ST_AsMVT(drawn, 'clusters', 4096, 'geom') FROM drawn), '')
""")  # noqa: S608 - names of our own columns

_WHOLE = f"""
WITH placed AS (
  SELECT zoom, category, entry_words AS words, 1 AS n,
         (ST_X(point) + 180.0) / 360.0 * (8 << zoom) AS u,
         (0.5 - asinh(tan(radians(ST_Y(point)))) / (2 * pi())) * (8 << zoom) AS v
  FROM (
    SELECT category, entry_words, point FROM places WHERE {_LISTED}
    UNION ALL
    SELECT '', entry_words, point FROM places WHERE {_LISTED}
  ) AS counted CROSS JOIN generate_series(0, {CLUSTER_MAX_ZOOM}) AS zoom
), recounted AS (
  SELECT zoom, floor(u)::int / 8 AS x, floor(v)::int / 8 AS y,
         floor(u)::int % 8 * 8 + floor(v)::int % 8 AS cell, category, count(*)::int AS total,
         sum(floor((u - floor(u)) * 512))::bigint AS sum_x,
         sum(floor((v - floor(v)) * 512))::bigint AS sum_y, {_COUNTED}
  FROM placed
  WHERE u >= 0 AND u < 8 << zoom AND v >= 0 AND v < 8 << zoom
  GROUP BY 1, 2, 3, 4, 5
), folded AS (
  SELECT zoom, x, y, cell, category, total, sum_x, sum_y, {_NAMES} FROM place_clusters
)
"""  # noqa: S608 - names of our own columns
_WRONG = text(f"""
{_WHOLE}
SELECT 'missing' AS what, m.* FROM (SELECT * FROM recounted EXCEPT SELECT * FROM folded) AS m
UNION ALL
SELECT 'false', f.* FROM (SELECT * FROM folded EXCEPT SELECT * FROM recounted) AS f
""")  # noqa: S608 - names of our own columns
_COMPARED = text(f"""
{_WHOLE}
SELECT count(*) AS cells, count(DISTINCT category) AS categories
FROM recounted WHERE category <> ''
""")  # noqa: S608 - names of our own columns


def recount_tile(
    tile: TileAddress, categories: Sequence[str] = ()
) -> tuple[TextClause, dict[str, object]]:
    """Give a statement that counts the places of a tile while it is asked for."""
    return _TILE, {
        "cells": float(8 << tile.z),
        "first_cx": tile.x * 8,
        "first_cy": tile.y * 8,
        "categories": list(categories) or None,
        **tile_bounds(tile)._asdict(),
    }


def find_wrong_tiles(
    connection: Connection, tiles: Iterable[TileAddress], categories: Iterable[tuple[str, ...]]
) -> list[object]:
    """Find tiles whose bytes are not those of a recount in the snapshot of the connection."""
    filters = [tuple(each) for each in categories]
    return [
        (tile, chosen)
        for tile in tiles
        for chosen in filters
        if connection.execute(*build_cluster_statement(tile, chosen)).scalar_one()
        != connection.execute(*recount_tile(tile, chosen)).scalar_one()
    ]


def find_wrong_cells(connection: Connection) -> list[object]:
    """Find cells of any zoom and category, once all is folded, that a recount does not confirm."""
    return list(connection.execute(_WRONG))


def count_cells(connection: Connection) -> tuple[int, int]:
    """Count what a recount has to compare: cells of all zooms and categories, and categories."""
    row = connection.execute(_COMPARED).one()
    return row.cells, row.categories
