"""Geometry in and out, with limits: what comes from outside is checked before it is stored."""

import math
from typing import Any

import shapely
from geoalchemy2 import WKBElement
from geoalchemy2.shape import from_shape, to_shape
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from geo.db.base import SRID
from geo.distance import METRES_PER_DEGREE
from geo.errors import InvalidGeometryError

MAX_VERTICES = 2_000
MAX_LENGTH_M = 5_000.0
"""An audited path or a reported barrier longer than this is a mistake."""

WORLD = shapely.box(-180, -90, 180, 90)


def read_geometry(value: dict[str, Any], *, kinds: tuple[str, ...]) -> WKBElement:
    """Read a GeoJSON geometry (RFC 7946: longitude first) for storing.

    Raises InvalidGeometryError when it is malformed, not one of `kinds`, outside the world,
    empty, crossing the antimeridian, too long or too detailed.
    """
    if _count_numbers(value) > 3 * MAX_VERTICES:
        raise InvalidGeometryError("too many vertices", limit=MAX_VERTICES)
    try:
        geometry = shapely.force_2d(shape(value))
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise InvalidGeometryError("not a GeoJSON geometry") from error
    _check(geometry, kinds)
    return from_shape(geometry, srid=SRID)


def _count_numbers(value: object) -> int:
    """Count what stands in the coordinates, before anybody builds a geometry of it."""
    if isinstance(value, dict):
        return sum(_count_numbers(part) for part in value.values())
    if isinstance(value, list | tuple):
        if len(value) > 3 * MAX_VERTICES:
            return len(value)
        return sum(_count_numbers(part) for part in value)
    if isinstance(value, bool):
        raise InvalidGeometryError("coordinates are numbers")
    return 1


def _check(geometry: BaseGeometry, kinds: tuple[str, ...]) -> None:
    if geometry.geom_type not in kinds:
        raise InvalidGeometryError(f"expected {' or '.join(kinds)}", given=geometry.geom_type)
    if geometry.is_empty or not all(math.isfinite(number) for number in geometry.bounds):
        raise InvalidGeometryError("the geometry is empty or not finite")
    if geometry.geom_type == "LineString" and geometry.length == 0:
        raise InvalidGeometryError("the line has no length")
    west, south, east, north = geometry.bounds
    if not WORLD.covers(geometry):
        raise InvalidGeometryError("coordinates are longitude, latitude in degrees")
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise InvalidGeometryError("too many vertices", limit=MAX_VERTICES)
    span_m = math.hypot(east - west, north - south) * METRES_PER_DEGREE
    if span_m > MAX_LENGTH_M:
        raise InvalidGeometryError("the geometry is too long", limit_m=MAX_LENGTH_M)


def write_geometry(value: WKBElement | None) -> dict[str, Any] | None:
    """Write a stored geometry as GeoJSON, rounded to 7 decimals (about 1 cm)."""
    if value is None:
        return None
    rounded = shapely.set_precision(to_shape(value), 1e-7, mode="pointwise")
    return dict(mapping(rounded))


def point(lon: float, lat: float) -> WKBElement:
    """Make a storable point from degrees."""
    return from_shape(shapely.Point(lon, lat), srid=SRID)


def read_point(value: WKBElement | None) -> tuple[float, float] | None:
    """Give longitude and latitude of a stored point, or of the middle of anything else."""
    if value is None:
        return None
    middle = to_shape(value).representative_point()
    return middle.x, middle.y
