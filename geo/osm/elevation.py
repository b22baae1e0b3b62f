"""Heights from coarse elevation models: a low-confidence hint, never a measured slope.

Supported: SRTM `.hgt` and `.hgt.zip` (1 or 3 arc-seconds), and GeoTIFF in geographic WGS 84
(Copernicus GLO-30 and GLO-90 as published, deflate or LZW). A raster of 30-90 m sees no kerb and
no ramp, so an incline is taken over at least 60 m of way, and bridges and tunnels get none.
"""

import math
import re
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from geo.osm.errors import ElevationUnreadableError
from geo.osm.geometry import LonLat, metres_per_degree

BASELINE_M = 60.0
"""Shortest stretch over which an incline is taken."""
_STEEPEST_PERMILLE = 600
_SRTM_NAME = re.compile(r"([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)
_MODEL_NAME = re.compile(r"dem|dsm|dtm|srtm|elev|copernicus|alos|aster", re.IGNORECASE)
"""A folder may hold other rasters; only these names are taken for heights."""
_SRTM_SIDES = (1201, 3601)
_VOID = -32_768
_LOWEST_M = -500.0
_HIGHEST_M = 9000.0
_TAG_SCALE = 33_550
_TAG_TIEPOINT = 33_922
_TAG_TRANSFORM = 34_264
_TAG_GEO_KEYS = 34_735
_TAG_NODATA = 42_113
_KEY_RASTER_TYPE = 1025
_KEY_MODEL_TYPE = 1024
_POINT_RASTER = 2
_GEOGRAPHIC = 2
_MAX_SAMPLES = 80_000_000
_LEAST_KNOWN_WEIGHT = 0.5
_MARGIN = 0.5
"""Cells; rasters whose values stand in cell middles leave half a cell at their rim."""
_DAMAGED = (OSError, StopIteration, zipfile.BadZipFile, zlib.error, ValueError)

Grid = NDArray[np.float32]


class Tile:
    """One raster, read from its file when first asked.

    Row 0 is the northern edge; values stand at the sample centres, in metres above the model's
    zero, NaN where the model knows nothing.
    """

    def __init__(
        self,
        *,
        corner: LonLat,
        steps: tuple[float, float],
        size: tuple[int, int],
        read: Callable[[], Grid],
    ) -> None:
        self.west, self.north = corner
        self.lon_step, self.lat_step = steps
        self.columns, self.rows = size
        self._read = read
        self._heights: Grid | None = None

    @property
    def heights(self) -> Grid:
        """The samples; a damaged file raises `ElevationUnreadableError` here."""
        if self._heights is None:
            self._heights = self._read()
        return self._heights

    def contains(self, lon: float, lat: float) -> bool:
        """Tell whether the point is on the raster, half a cell of margin included."""
        x = (lon - self.west) / self.lon_step
        y = (self.north - lat) / self.lat_step
        return -_MARGIN <= x < self.columns - _MARGIN and -_MARGIN <= y < self.rows - _MARGIN

    def sample(self, lon: float, lat: float) -> float | None:
        """Interpolate between the four samples; voids among them are left out by weight."""
        x = min(max((lon - self.west) / self.lon_step, 0.0), self.columns - 1.0)
        y = min(max((self.north - lat) / self.lat_step, 0.0), self.rows - 1.0)
        column, row = min(int(x), self.columns - 2), min(int(y), self.rows - 2)
        fx, fy = x - column, y - row
        corners = self.heights[row : row + 2, column : column + 2]
        weights = ((1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx)
        total = height = 0.0
        for weight, value in zip(weights, corners.flat, strict=True):
            if value == value:  # noqa: PLR0124 - false for NaN only, and fast
                total += weight
                height += weight * float(value)
        # With the nearer corners void, the far ones would only guess.
        return height / total if total >= _LEAST_KNOWN_WEIGHT else None


class Elevation:
    """The rasters of a folder or file; only those under the city are read."""

    def __init__(self, tiles: Sequence[Tile]) -> None:
        self._tiles = list(tiles)
        self._last: Tile | None = None

    def __len__(self) -> int:
        return len(self._tiles)

    def sample(self, lon: float, lat: float) -> float | None:
        """Give the height in metres, `None` outside the rasters and in voids."""
        if self._last is not None and self._last.contains(lon, lat):
            return self._last.sample(lon, lat)
        for tile in self._tiles:
            if tile.contains(lon, lat):
                self._last = tile
                return tile.sample(lon, lat)
        return None

    def incline_permille(
        self, way: Sequence[LonLat], reached_m: Sequence[float], start_m: float, end_m: float
    ) -> int | None:
        """Give the mean incline along a stretch of a way, signed, over at least 60 m.

        `reached_m` is the distance of every point from the way's start. A shorter stretch is
        widened along the way on both sides, and straight on where the way ends, so that no
        raster cell is compared with itself.
        """
        widen_m = max(0.0, (BASELINE_M - (end_m - start_m)) / 2)
        below = self.sample(*_point_at(way, reached_m, start_m - widen_m))
        above = self.sample(*_point_at(way, reached_m, end_m + widen_m))
        if below is None or above is None:
            return None
        permille = round((above - below) / (end_m - start_m + 2 * widen_m) * 1000)
        return permille if abs(permille) <= _STEEPEST_PERMILLE else None


def _point_at(way: Sequence[LonLat], reached_m: Sequence[float], distance_m: float) -> LonLat:
    """Give the point at a distance along the way, going straight on beyond its ends."""
    if distance_m < 0:
        return _beyond(way[1], way[0], -distance_m)
    if distance_m > reached_m[-1]:
        return _beyond(way[-2], way[-1], distance_m - reached_m[-1])
    at = min(max(bisect_left(reached_m, distance_m), 1), len(way) - 1)
    length_m = reached_m[at] - reached_m[at - 1]
    share = (distance_m - reached_m[at - 1]) / length_m if length_m else 0.0
    (lon, lat), (next_lon, next_lat) = way[at - 1], way[at]
    return lon + (next_lon - lon) * share, lat + (next_lat - lat) * share


def _beyond(before: LonLat, end: LonLat, distance_m: float) -> LonLat:
    per_lon, per_lat = metres_per_degree(end[1])
    dx, dy = (end[0] - before[0]) * per_lon, (end[1] - before[1]) * per_lat
    length_m = math.hypot(dx, dy)
    if length_m == 0:
        return end
    reach = distance_m / length_m
    return end[0] + dx * reach / per_lon, end[1] + dy * reach / per_lat


def load_elevation(path: Path) -> Elevation:
    """Read every raster of a folder, or one file.

    Raises `ElevationUnreadableError` for a missing path, a folder without rasters, a damaged
    file, and a raster that is not in geographic WGS 84.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    tiles = [tile for file in files if (tile := _load(file, alone=file == path)) is not None]
    if not tiles:
        raise ElevationUnreadableError("no .hgt, .hgt.zip or .tif file", name=path.name)
    return Elevation(tiles)


def _load(file: Path, *, alone: bool) -> Tile | None:
    name = file.name.lower()
    try:
        if name.endswith((".hgt", ".hgt.zip")):
            return _open_srtm(file)
        if name.endswith((".tif", ".tiff")) and (alone or _MODEL_NAME.search(name)):
            return _open_geotiff(file)
    except _DAMAGED as error:
        raise ElevationUnreadableError("the file is missing or damaged", name=file.name) from error
    if alone:
        raise ElevationUnreadableError("not a .hgt, .hgt.zip or .tif file", name=file.name)
    return None


def _open_srtm(file: Path) -> Tile:
    place = _SRTM_NAME.search(file.name)
    if file.name.lower().endswith(".zip"):
        with zipfile.ZipFile(file) as archive:
            inside = next(each for each in archive.infolist() if each.filename.endswith(".hgt"))
            length = inside.file_size
    else:
        length = file.stat().st_size
    side = math.isqrt(length // 2)
    if place is None or side not in _SRTM_SIDES or side * side * 2 != length:
        raise ElevationUnreadableError("not an SRTM raster of 1201 or 3601 samples", name=file.name)
    south = int(place[2]) * (1 if place[1].upper() == "N" else -1)
    west = int(place[4]) * (1 if place[3].upper() == "E" else -1)
    step = 1.0 / (side - 1)
    return Tile(
        corner=(float(west), south + 1.0),
        steps=(step, step),
        size=(side, side),
        read=partial(_read_srtm, file, side),
    )


def _read_srtm(file: Path, side: int) -> Grid:
    try:
        if file.name.lower().endswith(".zip"):
            with zipfile.ZipFile(file) as archive:
                inside = next(name for name in archive.namelist() if name.endswith(".hgt"))
                content = archive.read(inside)
        else:
            content = file.read_bytes()
    except _DAMAGED as error:
        raise ElevationUnreadableError("the file is damaged", name=file.name) from error
    return _clean(np.frombuffer(content, dtype=">i2").reshape(side, side), _VOID)


def _clean(raw: NDArray[np.generic], void: float | None) -> Grid:
    heights = raw.astype(np.float32)
    if void is not None:
        heights[heights == np.float32(void)] = np.nan
    heights[(heights < _LOWEST_M) | (heights > _HIGHEST_M)] = np.nan
    return heights


def _open_geotiff(file: Path) -> Tile:
    """Look at a single-band GeoTIFF."""
    with Image.open(file, formats=["TIFF"]) as image:
        tags = image.tag_v2  # type: ignore[attr-defined]  # only TIFF images have it
        size, bands = image.size, len(image.getbands())
    scale, tie = tags.get(_TAG_SCALE), tags.get(_TAG_TIEPOINT)
    keys = _geo_keys(tags.get(_TAG_GEO_KEYS, ()))
    if scale is None or tie is None or _TAG_TRANSFORM in tags:
        raise ElevationUnreadableError("the TIFF has no plain georeference", name=file.name)
    if keys.get(_KEY_MODEL_TYPE, _GEOGRAPHIC) != _GEOGRAPHIC:
        raise ElevationUnreadableError(
            "the raster is projected; use geographic WGS 84", name=file.name
        )
    if size[0] * size[1] > _MAX_SAMPLES or bands != 1:
        raise ElevationUnreadableError("the raster is too large or in colour", name=file.name)
    nodata = str(tags.get(_TAG_NODATA, "")).strip("\x00 ")
    # A value of a PixelIsArea raster stands at the middle of its cell.
    shift = 0.0 if keys.get(_KEY_RASTER_TYPE) == _POINT_RASTER else 0.5
    return Tile(
        corner=(
            float(tie[3] + (shift - tie[0]) * scale[0]),
            float(tie[4] - (shift - tie[1]) * scale[1]),
        ),
        steps=(float(scale[0]), float(scale[1])),
        size=size,
        read=partial(_read_geotiff, file, float(nodata) if nodata else _VOID),
    )


def _read_geotiff(file: Path, void: float) -> Grid:
    try:
        with Image.open(file, formats=["TIFF"]) as image:
            return _clean(np.asarray(image), void)
    except _DAMAGED as error:
        raise ElevationUnreadableError("the file is damaged", name=file.name) from error


def _geo_keys(directory: Sequence[int]) -> dict[int, int]:
    """Read the short values of a GeoKeyDirectory: four numbers per key after a head of four."""
    quads = [directory[at : at + 4] for at in range(4, len(directory) - 3, 4)]
    return {key: value for key, place, _count, value in quads if place == 0}
