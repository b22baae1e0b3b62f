"""The web-mercator tile grid (pure): from degrees to tiles and back.

Tiles are addressed XYZ: column from the antimeridian eastward, row from the north southward.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

EXTENT = 4096
"""Units along one side of a tile; eight to a pixel of a 512 px tile."""

MAX_LATITUDE = 85.051128779806604
"""Where the square web-mercator world ends."""


class TileAddress(NamedTuple):
    """One tile of the grid."""

    z: int
    x: int
    y: int


class Bounds(NamedTuple):
    """A box in degrees that does not cross the antimeridian."""

    west: float
    south: float
    east: float
    north: float


def tile_bounds(tile: TileAddress, margin_units: int = 0) -> Bounds:
    """Give the box of a tile, wider by `margin_units` of `EXTENT` on every side.

    The box is cut at the edge of the world.
    """
    size = 1 << tile.z
    margin = margin_units / EXTENT
    return Bounds(
        west=max(-180.0, (tile.x - margin) / size * 360.0 - 180.0),
        south=_latitude((tile.y + 1 + margin) / size),
        east=min(180.0, (tile.x + 1 + margin) / size * 360.0 - 180.0),
        north=_latitude((tile.y - margin) / size),
    )


def count_tiles(bounds: Bounds, zoom: int, margin_units: int) -> int:
    """Count the tiles of one zoom that the box touches once tiles have their margin."""
    west, north, east, south = _tile_range(bounds, zoom, margin_units)
    return (east - west + 1) * (south - north + 1)


def iter_tiles(bounds: Bounds, zoom: int, margin_units: int) -> Iterator[TileAddress]:
    """Stream the tiles of one zoom whose box, margin included, touches the given box."""
    west, north, east, south = _tile_range(bounds, zoom, margin_units)
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            yield TileAddress(zoom, x, y)


def ancestor(tile: TileAddress, zoom: int) -> TileAddress:
    """Give the tile itself, or the one that contains it at a lower zoom."""
    if tile.z <= zoom:
        return tile
    shift = tile.z - zoom
    return TileAddress(zoom, tile.x >> shift, tile.y >> shift)


def pixel_degrees(zoom: int) -> float:
    """Give the width of one pixel of a 512 px tile in degrees of longitude."""
    return 360.0 / (512 << zoom)


def _tile_range(bounds: Bounds, zoom: int, margin_units: int) -> tuple[int, int, int, int]:
    size = 1 << zoom
    margin = margin_units / EXTENT
    last = size - 1

    def clamp(value: float) -> int:
        return min(max(math.floor(value), 0), last)

    return (
        clamp((bounds.west + 180.0) / 360.0 * size - margin),
        clamp(_row(bounds.north) * size - margin),
        clamp((bounds.east + 180.0) / 360.0 * size + margin),
        clamp(_row(bounds.south) * size + margin),
    )


def _row(latitude: float) -> float:
    """Give the row as a share of the world's height, 0 in the north."""
    limited = min(max(latitude, -MAX_LATITUDE), MAX_LATITUDE)
    return 0.5 - math.asinh(math.tan(math.radians(limited))) / (2 * math.pi)


def _latitude(row: float) -> float:
    limited = min(max(row, 0.0), 1.0)
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * limited))))
