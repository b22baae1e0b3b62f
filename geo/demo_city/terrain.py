"""The ground of the demo city: projection, height and an optional elevation tile.

Plan coordinates are metres east (x) and north (y) of the centre, on a straight grid. The city
on the globe is that grid bent a little, so that streets do not look ruled. Heights belong to
the place on the globe and are the same for every seed.
"""

import math
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

CENTRE_LON: Final = 76.93
CENTRE_LAT: Final = 43.24
HALF_SIZE_M: Final = 1500.0

_M_PER_DEG_LAT: Final = 111_100.0
_M_PER_DEG_LON: Final = 81_220.0
_BEND_M: Final = 14.0
_BEND_WAVE: Final = 2 * math.pi / 3400.0

_CENTRE_HEIGHT_M: Final = 780.0
_SLOPE: Final = 0.045
_SLOPE_GROWTH: Final = 0.00001  # per metre southward: 3 % at the north edge, 6 % at the south
_EDGE_M: Final = 2000.0
_FADE_M: Final = 8000.0

_TILE_SAMPLES: Final = 1201
_TILE_LON: Final = 76
_TILE_LAT: Final = 43


def project(x: float, y: float) -> tuple[float, float]:
    """Turn plan metres into (lon, lat) in degrees, rounded to OSM's 1e-7."""
    east = x + _BEND_M * math.sin(y * _BEND_WAVE)
    north = y + _BEND_M * 0.6 * math.sin(x * _BEND_WAVE + 1.0)
    return (
        round(CENTRE_LON + east / _M_PER_DEG_LON, 7),
        round(CENTRE_LAT + north / _M_PER_DEG_LAT, 7),
    )


def _rise(north: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the height over the centre, in metres, along the fall line."""
    inside = np.clip(north, -_EDGE_M, _EDGE_M)
    body = -_SLOPE * inside + _SLOPE_GROWTH / 2 * inside**2
    flat_slope = _SLOPE - _SLOPE_GROWTH * _EDGE_M
    beyond = np.maximum(north - _EDGE_M, 0.0)
    plain = -flat_slope * _FADE_M * (1 - np.exp(-beyond / _FADE_M))
    mountains = (_SLOPE + _SLOPE_GROWTH * _EDGE_M) * np.maximum(-_EDGE_M - north, 0.0)
    return np.asarray(body + plain + mountains, dtype=np.float64)


def elevations_m(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return heights in metres above the sea for arrays of lon and lat in degrees."""
    east = (lon - CENTRE_LON) * _M_PER_DEG_LON
    north = (lat - CENTRE_LAT) * _M_PER_DEG_LAT
    ripple = 1.6 * np.sin(east / 380.0) * np.cos(north / 460.0)
    return np.asarray(_CENTRE_HEIGHT_M + _rise(north) + ripple, dtype=np.float64)


def elevation_m(lon: float, lat: float) -> float:
    """Return the height in metres above the sea at one point in degrees.

    The ground falls to the north: about 6 % at the south edge of the city, 3 % at the north.
    """
    return float(elevations_m(np.asarray([lon]), np.asarray([lat]))[0])


def height_m(x: float, y: float) -> float:
    """Return the height in metres at a point of the plan."""
    return elevation_m(*project(x, y))


def write_demo_dem(folder: Path) -> Path:
    """Write `N43E076.hgt` (SRTM3: 1201 x 1201, int16, big-endian, north row first).

    Heights are whole metres as in the real tiles. Returns the path; the folder is made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = np.linspace(0.0, 1.0, _TILE_SAMPLES)
    lon, lat = np.meshgrid(_TILE_LON + steps, _TILE_LAT + steps[::-1])
    path = folder / f"N{_TILE_LAT:02d}E{_TILE_LON:03d}.hgt"
    path.write_bytes(np.rint(elevations_m(lon, lat)).astype(">i2").tobytes())
    return path
