"""The statement and the parameters of each tile.

The texts are in `statements/`, one finished MVT each. Geometry is stored in degrees: the box of
the tile is compared with the stored column, so the GiST index answers, and only what is kept is
projected. Simplifying comes before projecting and clipping, since both cost per vertex. Every
aggregate is ordered, so equal data give equal bytes. No statement reads the clock: time passing
is a change that is announced.
"""

from sqlalchemy import TextClause, text

from geo.db.templates import read_statement
from geo.mobility.profiles import PROFILES
from geo.network.drawing import ROAD_ZOOMS, find_band
from geo.network.links import link_number_sql
from geo.tiles.clusters import build_cluster_statement
from geo.tiles.grid import EXTENT, TileAddress, pixel_degrees, tile_bounds
from geo.tiles.layers import CLUSTER_MAX_ZOOM, NAMES_FROM_ZOOM, WORDS, TileLayer
from geo.tiles.streets import STREET_FRAGMENTS, say_words

Params = dict[str, object]

_STREET_LEVEL_ZOOM = 14

_MEASURED = {
    "surface": "text",
    "smoothness": "text",
    "width_mm": "int",
    "incline_permille": "int",
    "kerb_height_mm": "int",
    "step_count": "int",
    "crossing": "text",
    "wheelchair": "text",
}
"""Columns of a street that an approved measurement may replace."""

_WORD_NAMES = "ARRAY[" + ", ".join(f"'{word}'" for word in WORDS) + "]"

# A point in units of the tile by arithmetic: a fifth of the whole statement faster than
# transforming and clipping, with equal bytes (measured).
_SIZE = "(1 << CAST(:z AS int))"
_SPOT = (
    f"ST_MakePoint(round(((ST_X(point) + 180) / 360 * {_SIZE} - CAST(:x AS int)) * {EXTENT}),"
    f" round(((0.5 - asinh(tan(radians(ST_Y(point)))) / (2 * pi())) * {_SIZE}"
    f" - CAST(:y AS int)) * {EXTENT}))"
)

_FRAGMENTS = {
    **STREET_FRAGMENTS,
    "link_number": link_number_sql("o.id"),
    "area": "ST_MakeEnvelope(:west, :south, :east, :north, 4326)",
    "clip": "ST_TileEnvelope(CAST(:z AS int), CAST(:x AS int), CAST(:y AS int)),"
    f" {EXTENT}, CAST(:margin_units AS int), true",
    "spot": _SPOT,
    "in_category": "(CAST(:categories AS text[]) IS NULL"
    " OR category = ANY(CAST(:categories AS text[])))",
    # The same line as geo.places.search.is_listed: what people look for, not every plain house.
    "listed": "(kind <> 'building' OR name <> '{}'::jsonb"
    " OR entry_words <> '{0,0,0,0,0,0}'::smallint[])",
    "names": ", ".join(
        f"name ->> '{language}' AS {column}"
        for language, column in (
            ("", "name"),
            ("kk", "name_kk"),
            ("ru", "name_ru"),
            ("en", "name_en"),
        )
    ),
    "names_from_zoom": str(NAMES_FROM_ZOOM),
    "words": ", ".join(
        f"({_WORD_NAMES})[{scope}_words[{position}] + 1] AS {scope}_{profile}"
        for scope in ("entry", "service")
        for position, profile in enumerate(PROFILES, start=1)
    ),
    "measured": ", ".join(
        f"CAST(o.attributes ->> '{column}' AS {kind})" for column, kind in _MEASURED.items()
    ),
    "measured_or_mapped": ", ".join(
        f"coalesce(CAST(m.said ->> '{column}' AS {kind}), e.{column}) AS {column}"
        for column, kind in _MEASURED.items()
    ),
}


_STATEMENTS = {
    name: read_statement("geo.tiles", name, _FRAGMENTS)
    for name in ("places", "entrances", "barriers", "streets", "basemap")
}

CITY = text("""
SELECT ST_XMin(bounds) AS west, ST_YMin(bounds) AS south,
       ST_XMax(bounds) AS east, ST_YMax(bounds) AS north, is_demo
FROM network_imports ORDER BY imported_at DESC, id DESC LIMIT 1
""")
"""Where the city lies and whether it is invented; no row before the first import."""

_LEAST_PIXELS = 6.0
"""Buildings smaller than this many square pixels are left out when far away."""


def build_statement(
    layer: TileLayer, tile: TileAddress, categories: tuple[str, ...] = ()
) -> tuple[TextClause, Params]:
    """Give the statement of a layer and its parameters for one tile.

    It returns one row with one `bytea`, which is empty for an empty tile.
    """
    if layer.name == "places" and tile.z <= CLUSTER_MAX_ZOOM:
        return build_cluster_statement(tile, categories)
    params: Params = {
        "z": tile.z,
        "x": tile.x,
        "y": tile.y,
        "margin_units": layer.margin_units,
        **tile_bounds(tile, layer.margin_units)._asdict(),
    }
    if layer.takes_categories:
        params["categories"] = list(categories) or None
    if layer.name in {"streets", "basemap"}:
        params["tolerance"] = _tolerance_degrees(tile.z)
    if layer.name == "basemap":
        params |= _basemap_params(tile.z)
    if layer.name == "streets":
        params |= say_words([])  # until somebody knows better
    return _STATEMENTS[layer.name], params


def _tolerance_degrees(zoom: int) -> float:
    """Give how far drawing may shift a line: less near the ground, where people look at doors."""
    if zoom >= NAMES_FROM_ZOOM:
        return pixel_degrees(zoom) / 4
    return pixel_degrees(zoom) * (0.5 if zoom >= _STREET_LEVEL_ZOOM else 0.8)


def _basemap_params(zoom: int) -> Params:
    return {
        "band": find_band(zoom),
        "classes": [name for name, first in ROAD_ZOOMS.items() if zoom >= first],
        "least_area": 0.0 if zoom >= NAMES_FROM_ZOOM else pixel_degrees(zoom) ** 2 * _LEAST_PIXELS,
    }
