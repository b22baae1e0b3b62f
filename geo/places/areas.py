"""Polygons in questions about places (pure).

A polygon is GeoJSON, or corners `lon,lat` joined by semicolons. Invariant: what comes out is
valid, no larger than a region, and has a bounded number of corners.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import DomainError, ErrorKind

MOST_CORNERS = 1_000
MOST_DEGREES = 5.0
_FEWEST_CORNERS = 3
_MOST_TEXT = 200_000
_WORLD, _POLE = 180.0, 90.0


class InvalidPolygonError(DomainError):
    """A polygon cannot be read, crosses itself, or is too large; `reason` says which."""

    code = "invalid-polygon"
    title = (
        "The polygon is GeoJSON or `lon,lat;lon,lat;lon,lat`, must not cross itself, has at most "
        "1,000 corners and spans at most 5 degrees"
    )
    kind = ErrorKind.INVALID


def read_polygon(text: str) -> BaseGeometry:
    """Read a Polygon or MultiPolygon; raises InvalidPolygonError.

    One that crosses the antimeridian spans the world when written with corners on both sides, so
    it is refused as too large.
    """
    shape = _read_geojson(text) if text.lstrip().startswith("{") else _read_corners(text)
    corners = int(shapely.get_num_coordinates(shape))
    if corners > MOST_CORNERS:
        raise InvalidPolygonError(reason="too_many_corners", limit=MOST_CORNERS)
    if not shape.is_valid:
        raise InvalidPolygonError(reason="not_simple", where=shapely.is_valid_reason(shape)[:100])
    if shape.is_empty or shape.area == 0:
        raise InvalidPolygonError(reason="no_area")
    west, south, east, north = shape.bounds
    if east - west > MOST_DEGREES or north - south > MOST_DEGREES:
        raise InvalidPolygonError(reason="too_large", limit_degrees=MOST_DEGREES)
    return shape


def _read_corners(text: str) -> BaseGeometry:
    parts = text.strip().strip(";").split(";")
    if len(parts) > MOST_CORNERS:
        raise InvalidPolygonError(reason="too_many_corners", limit=MOST_CORNERS)
    return _make([[[_read_spot(part.split(",")) for part in parts]]])


def _read_geojson(text: str) -> BaseGeometry:
    if len(text) > _MOST_TEXT:
        raise InvalidPolygonError(reason="too_many_corners", limit=MOST_CORNERS)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidPolygonError(reason="unreadable") from error
    kind, coordinates = value.get("type"), value.get("coordinates")
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(kind))
    if not isinstance(polygons, list):
        raise InvalidPolygonError(reason="wrong_type")
    try:
        read = [
            [[_read_spot(spot) for spot in _bounded(ring)] for ring in polygon]
            for polygon in polygons
        ]
    except TypeError as error:
        raise InvalidPolygonError(reason="unreadable") from error
    return _make(read)


def _bounded(ring: Any) -> Iterator[Any]:  # noqa: ANN401 - whatever was sent
    if len(ring) > MOST_CORNERS:
        raise InvalidPolygonError(reason="too_many_corners", limit=MOST_CORNERS)
    return iter(ring)


def _read_spot(parts: Any) -> tuple[float, float]:  # noqa: ANN401 - whatever was sent
    try:
        lon, lat = (float(part) for part in parts[:2])
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise InvalidPolygonError(reason="unreadable") from error
    wrong = isinstance(parts[0], bool) or isinstance(parts[1], bool)
    if wrong or not (math.isfinite(lon) and math.isfinite(lat)):
        raise InvalidPolygonError(reason="unreadable")
    if abs(lon) > _WORLD or abs(lat) > _POLE:
        raise InvalidPolygonError(reason="outside_the_world")
    return lon, lat


def _make(polygons: list[list[list[tuple[float, float]]]]) -> BaseGeometry:
    shapes = []
    for rings in polygons:
        if not rings or any(len(set(ring)) < _FEWEST_CORNERS for ring in rings):
            raise InvalidPolygonError(reason="too_few_corners", limit=_FEWEST_CORNERS)
        shapes.append(shapely.Polygon(rings[0], rings[1:]))
    if not shapes:
        raise InvalidPolygonError(reason="too_few_corners", limit=_FEWEST_CORNERS)
    return shapes[0] if len(shapes) == 1 else shapely.MultiPolygon(shapes)
