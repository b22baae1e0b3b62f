"""Coordinates to lengths and to the database's own binary text (pure).

Points are (longitude, latitude) in degrees, WGS 84. Lengths follow the ellipsoid.
"""

import math
import struct
from collections.abc import Sequence
from itertools import pairwise

LonLat = tuple[float, float]

_SEMI_MAJOR_M = 6_378_137.0
_ECCENTRICITY_SQUARED = 6.694_379_990_14e-3
_LONG_STEP_DEGREES = 0.05
"""Above some 5 km the local formula is less exact than a millimetre per metre."""
_SRID = 4326
_POINT = struct.Struct("<BIIdd")
_LINE_HEAD = struct.Struct("<BIII")
_POINT_TYPE = 0x20000001
_LINE_TYPE = 0x20000002
_WKB_HEAD_CHARS = 10
_EWKB_FLAG = 0x20000000


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Give metres per degree of longitude and of latitude on the ellipsoid at a latitude."""
    phi = math.radians(lat)
    curve = 1.0 - _ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    normal_m = _SEMI_MAJOR_M / math.sqrt(curve)
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (curve * math.sqrt(curve))
    return math.radians(normal_m * math.cos(phi)), math.radians(meridian_m)


def step_m(start: LonLat, end: LonLat) -> float:
    """Measure a straight step on the ellipsoid; within 1 mm per km up to some 5 km."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    if abs(dx) > _LONG_STEP_DEGREES or abs(dy) > _LONG_STEP_DEGREES:
        middle = (start[0] + dx / 2, start[1] + dy / 2)
        return step_m(start, middle) + step_m(middle, end)
    per_lon, per_lat = metres_per_degree((start[1] + end[1]) / 2)
    return math.hypot(dx * per_lon, dy * per_lat)


def measure_m(points: Sequence[LonLat]) -> float:
    """Measure a line on the ellipsoid."""
    return sum(step_m(a, b) for a, b in pairwise(points))


def point_ewkb(lon: float, lat: float) -> str:
    """Write a point as PostGIS reads it in COPY."""
    return _POINT.pack(1, _POINT_TYPE, _SRID, lon, lat).hex()


def line_ewkb(points: Sequence[LonLat]) -> str:
    """Write a line as PostGIS reads it in COPY."""
    flat = [value for point in points for value in point]
    head = _LINE_HEAD.pack(1, _LINE_TYPE, _SRID, len(points))
    return (head + struct.pack(f"<{len(flat)}d", *flat)).hex()


def with_srid(wkb_hex: str) -> str:
    """Add the SRID to a little-endian WKB in hexadecimal text."""
    kind = int.from_bytes(bytes.fromhex(wkb_hex[2:_WKB_HEAD_CHARS]), "little") | _EWKB_FLAG
    head = struct.pack("<BII", 1, kind, _SRID).hex()
    return head + wkb_hex[_WKB_HEAD_CHARS:]
