"""Read the ground of a view from PostGIS, generalised by zoom, ready to be drawn.

Shapes are clipped and simplified in degrees and moved to pixels in SQL; one statement each,
every one with a limit and an order, so that work is bounded and equal rows give equal text.
"""

from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.templates import read_statement
from geo.network.drawing import class_of_edges
from geo.sketches.labels import NamedLine, place_labels
from geo.sketches.model import Ground, Label
from geo.sketches.view import View
from geo.tiles.grid import pixel_degrees

_MARGIN_PX = 24.0
_BUILDINGS_FROM = 14.0
_LABELS_FROM = 12.5
_ALL_LABELS_FROM = 14.0
_HOUSES_FROM = 17.2
_NEAR = 16.0
"""From here on people look at doors, so shapes are kept."""
_MOST_AREAS = 600
_MOST_BUILDINGS = 4_000
_MOST_EDGES = 12_000
_MOST_NAMES = 60
_MOST_HOUSES = 80
_LEAST_AREA_PX = 5.0

_FIRST_ZOOM = {
    "motorway": 5.0,
    "primary": 7.0,
    "secondary": 9.0,
    "tertiary": 11.0,
    "minor": 12.5,
    "pedestrian": 13.5,
    "service": 14.5,
    "path": 14.5,
    "steps": 14.5,
    "lift": 15.5,
    "crossing": 15.5,
}
"""Where each class of street begins to be drawn."""

_MAIN = ["trunk", "primary", "secondary"]
"""Streets whose names are read from far away."""
_ROADS = ("motorway", "primary", "secondary", "tertiary")
_PROJECTED = (
    "ST_TransScale(ST_Transform(ST_Simplify(ST_ClipByBox2D({0}, box.geom), :tolerance), 3857),"
    " -:west_m, -:north_m, :scale, :scale)"
)


def _drawn(column: str) -> str:
    # On a grid first: relative coordinates are then exact and do not drift.
    return f"ST_AsSVG(ST_SnapToGrid({_PROJECTED.format(column)}, 0.1), 1, 1)"


_FRAGMENTS = {
    "box": "SELECT ST_MakeEnvelope(:west, :south, :east, :north, 4326) AS geom",
    "area_shape": _drawn("map_features.geom"),
    "footprint": _drawn("footprint"),
    "merged": _drawn("line"),
    "line": _PROJECTED.format("line"),
    "class": class_of_edges("crossing", "lift"),
}


_AREAS, _LINES, _BUILDINGS, _STREETS, _NAMES, _HOUSES, _FOOTPRINT = (
    read_statement("geo.sketches", name, _FRAGMENTS)
    for name in ("areas", "lines", "buildings", "streets", "names", "houses", "footprint")
)


async def read_ground(db: AsyncSession, view: View, *, language: str) -> Ground:
    """Read what lies in a view: areas, lines, buildings, streets, and labels that fit."""
    params = _params(view)
    zoom = view.zoom
    classes = [name for name, first in _FIRST_ZOOM.items() if zoom >= first]
    far = [way for name in _ROADS if name in classes for way in (name, f"{name}_link")]
    streets = {
        "classes": classes,
        "all_ways": zoom >= _FIRST_ZOOM["minor"],
        "highways": [*far, "trunk", "trunk_link"],
        "most": _MOST_EDGES,
    }
    least = (pixel_degrees_at(view) ** 2) * _LEAST_AREA_PX
    areas = await db.execute(_AREAS, {**params, "least_area": least, "most": _MOST_AREAS})
    lines = await db.execute(_LINES, params | {"most": _MOST_AREAS})
    buildings = ""
    if zoom >= _BUILDINGS_FROM:
        small = least if zoom >= _NEAR else least * 3
        asked = params | {"least_area": small, "most": _MOST_BUILDINGS}
        buildings = await db.scalar(_BUILDINGS, asked) or ""
    ways = await db.execute(_STREETS, params | streets)
    return Ground(
        areas=[(row.kind, row.path) for row in areas if row.path],
        lines=[(row.kind, row.path) for row in lines if row.path],
        buildings=buildings,
        streets=[(row.sort, row.path) for row in ways if row.path],
        labels=await _read_labels(db, view, params, language),
    )


async def find_footprint(db: AsyncSession, view: View, place_id: Any) -> str:  # noqa: ANN401 - a key as the driver takes it
    """Give the path of the footprint of a place; empty when it has none."""
    return await db.scalar(_FOOTPRINT, _params(view) | {"id": place_id}) or ""


def pixel_degrees_at(view: View) -> float:
    """Give the width of a pixel of this view in degrees of longitude."""
    return pixel_degrees(0) / 2**view.zoom


async def _read_labels(
    db: AsyncSession, view: View, params: dict[str, Any], language: str
) -> Sequence[Label]:
    if view.zoom < _LABELS_FROM:
        return ()
    asked = {"most": _MOST_NAMES, "all_ways": view.zoom >= _ALL_LABELS_FROM, "highways": _MAIN}
    rows = await db.execute(_NAMES, params | asked)
    lines = [
        NamedLine(name, [(x, -y) for x, y in shapely.from_wkb(bytes(row.wkb)).coords])
        for row in rows
        if (name := _choose(row.name, language))
    ]
    labels = place_labels(lines, width_px=view.width_px, height_px=view.height_px)
    if view.zoom < _HOUSES_FROM:
        return labels
    houses = await db.execute(_HOUSES, params | {"most": _MOST_HOUSES})
    numbers = [
        Label(row.housenumber[:8], view.project(row.lon, row.lat), sort="house") for row in houses
    ]
    return [*numbers, *labels]


def _choose(names: dict[str, str], language: str) -> str:
    return next((names[key] for key in (language, "", "ru", "kk", "en") if names.get(key)), "")


def _params(view: View) -> dict[str, Any]:
    return {
        **view.bounds(_MARGIN_PX)._asdict(),
        "west_m": view.west_m,
        "north_m": view.north_m,
        "scale": view.scale,
        "tolerance": pixel_degrees_at(view) * (0.4 if view.zoom >= _NEAR else 0.8),
    }
