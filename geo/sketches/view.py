"""The rectangle of ground that a sketch shows (pure): degrees to pixels in web mercator.

Work is bounded here: the zoom and the size of every picture lie between fixed limits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from geo.errors import DomainError, ErrorKind
from geo.tiles.grid import MAX_LATITUDE, Bounds

LEAST_SIDE_PX = 160
MOST_SIDE_PX = 1600
MIN_ZOOM = 8.0
"""About 220 m of ground per pixel at 43° N: a city with its region."""
MAX_ZOOM = 20.0
_TILE_PX = 512
_RADIUS_M = 6378137.0
_AROUND_M = 2 * math.pi * _RADIUS_M
_LEAST_SPAN_M = 40.0
"""A view of one point shows at least this much ground, in mercator metres."""


class InvalidViewError(DomainError):
    """A map view is no box, lies off the map, or is larger than a city with its region."""

    code = "invalid-map-view"
    title = "A map view is a box of at most a region, or a point with a zoom of 8 to 20"
    kind = ErrorKind.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class View:
    """A picture of some ground; `scale` is pixels per mercator metre."""

    west_m: float
    north_m: float
    scale: float
    width_px: int
    height_px: int

    @property
    def zoom(self) -> float:
        """Zoom as maps of 512 px tiles count it."""
        return math.log2(self.scale * _AROUND_M / _TILE_PX)

    @property
    def metres_per_px(self) -> float:
        """Ground metres that one pixel shows, in the middle of the picture."""
        middle = self.north_m - self.height_px / 2 / self.scale
        return 1 / (self.scale * math.cosh(middle / _RADIUS_M))

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle."""
        x = self.west_m + self.width_px / 2 / self.scale
        y = self.north_m - self.height_px / 2 / self.scale
        return _to_degrees(x, y)

    def bounds(self, margin_px: float = 0.0) -> Bounds:
        """Give the box in degrees, wider by a margin."""
        margin = margin_px / self.scale
        west, north = _to_degrees(self.west_m - margin, self.north_m + margin)
        east, south = _to_degrees(
            self.west_m + self.width_px / self.scale + margin,
            self.north_m - self.height_px / self.scale - margin,
        )
        return Bounds(max(west, -180.0), south, min(east, 180.0), north)

    def project(self, lon: float, lat: float) -> tuple[float, float]:
        """Give the pixel of a point, from the upper left corner."""
        x, y = _to_metres(lon, lat)
        return (x - self.west_m) * self.scale, (self.north_m - y) * self.scale

    def shows(self, lon: float, lat: float, margin_px: float = 0.0) -> bool:
        """Tell whether a point lies on the picture."""
        x, y = self.project(lon, lat)
        across = -margin_px <= x <= self.width_px + margin_px
        return across and -margin_px <= y <= self.height_px + margin_px


def view_around(lon: float, lat: float, *, zoom: float, width_px: int, height_px: int) -> View:
    """Give the view with a point in its middle; raises InvalidViewError."""
    if not MIN_ZOOM <= zoom <= MAX_ZOOM or abs(lat) > MAX_LATITUDE or abs(lon) > 180:  # noqa: PLR2004 - the world
        raise InvalidViewError(zoom=zoom, min_zoom=MIN_ZOOM, max_zoom=MAX_ZOOM)
    x, y = _to_metres(lon, lat)
    return _centred(x, y, _TILE_PX * 2**zoom / _AROUND_M, width_px, height_px)


def view_of_box(
    box: Sequence[float], *, width_px: int, height_px: int, padding_px: float = 0.0
) -> View:
    """Give the closest view that holds a box (west, south, east, north), with some padding.

    A box without width or height is shown from the nearest zoom. Raises InvalidViewError.
    """
    west, south, east, north = box
    if not (-180 <= west <= east <= 180 and -MAX_LATITUDE <= south <= north <= MAX_LATITUDE):  # noqa: PLR2004 - the world
        raise InvalidViewError(box=list(box))
    left, bottom = _to_metres(west, south)
    right, top = _to_metres(east, north)
    scale = min(
        (width_px - 2 * padding_px) / max(right - left, _LEAST_SPAN_M),
        (height_px - 2 * padding_px) / max(top - bottom, _LEAST_SPAN_M),
    )
    scale = min(scale, _TILE_PX * 2**MAX_ZOOM / _AROUND_M)
    if scale < _TILE_PX * 2**MIN_ZOOM / _AROUND_M:
        raise InvalidViewError(box=list(box), min_zoom=MIN_ZOOM)
    return _centred((left + right) / 2, (bottom + top) / 2, scale, width_px, height_px)


def find_box(points: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    """Give the box around points, longitude first; raises ValueError without any."""
    lons = [point[0] for point in points]
    lats = [point[1] for point in points]
    return min(lons), min(lats), max(lons), max(lats)


def _centred(x: float, y: float, scale: float, width_px: int, height_px: int) -> View:
    return View(
        west_m=x - width_px / 2 / scale,
        north_m=y + height_px / 2 / scale,
        scale=scale,
        width_px=width_px,
        height_px=height_px,
    )


def _to_metres(lon: float, lat: float) -> tuple[float, float]:
    limited = min(max(lat, -MAX_LATITUDE), MAX_LATITUDE)
    return (
        _RADIUS_M * math.radians(lon),
        _RADIUS_M * math.asinh(math.tan(math.radians(limited))),
    )


def _to_degrees(x: float, y: float) -> tuple[float, float]:
    return math.degrees(x / _RADIUS_M), math.degrees(math.atan(math.sinh(y / _RADIUS_M)))
