"""Heights and inclines from coarse rasters."""

import zipfile
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from geo.osm.elevation import Elevation, load_elevation
from geo.osm.errors import ElevationUnreadableError
from geo.osm.geometry import LonLat, metres_per_degree, step_m

SIDE = 1201


def _slope(permille: float = 50.0) -> np.ndarray:
    """Make a plane that rises to the north from 1,000 m at 43° north."""
    rows = (SIDE - 1 - np.arange(SIDE)) / (SIDE - 1) * metres_per_degree(43.5)[1]
    return np.repeat((1000 + rows * permille / 1000)[:, None], SIDE, axis=1)


def _hgt(folder: Path, heights: np.ndarray, name: str = "N43E076.hgt") -> Path:
    path = folder / name
    path.write_bytes(np.clip(heights, -32768, 32767).round().astype(">i2").tobytes())
    return path


def _along(way: list[LonLat]) -> list[float]:
    return [0.0, *accumulate(step_m(a, b) for a, b in pairwise(way))]


def _incline(model: Elevation, way: list[LonLat], start_m: float, end_m: float) -> int | None:
    return model.incline_permille(way, _along(way), start_m, end_m)


@pytest.fixture
def plane(tmp_path: Path) -> Elevation:
    """A plane of 5 % to the north."""
    return load_elevation(_hgt(tmp_path, _slope()))


def test_heights_lie_between_their_samples(tmp_path: Path) -> None:
    """Interpolation is linear between the four samples around."""
    heights = np.zeros((SIDE, SIDE))
    heights[0, 0], heights[0, 1] = 100, 200
    model = load_elevation(_hgt(tmp_path, heights))
    step = 1 / (SIDE - 1)
    assert model.sample(76.0, 44.0) == 100
    assert model.sample(76 + step / 2, 44.0) == pytest.approx(150)
    assert model.sample(76 + step / 2, 44 - step / 2) == pytest.approx(75)
    assert model.sample(78.0, 44.0) is None


def test_voids_are_unknown_not_zero(tmp_path: Path) -> None:
    """A void among the four samples is left out by weight; mostly void is unknown."""
    heights = np.full((SIDE, SIDE), 500.0)
    heights[0, 1] = -32768
    model = load_elevation(_hgt(tmp_path, heights))
    step = 1 / (SIDE - 1)
    assert model.sample(76 + step * 0.2, 44.0 - step * 0.2) == pytest.approx(500)
    assert model.sample(76 + step * 0.9, 44.0) is None


def test_incline_is_signed_along_the_way(plane: Elevation) -> None:
    """Uphill northwards, downhill southwards, level to the east; SRTM knows whole metres only."""
    north: list[LonLat] = [(76.5, 43.5), (76.5, 43.501)]
    assert _incline(plane, north, 0, 111) == pytest.approx(50, abs=9)
    assert _incline(plane, north[::-1], 0, 111) == pytest.approx(-50, abs=9)
    assert _incline(plane, [(76.5, 43.5), (76.501, 43.5)], 0, 80) == 0


def test_short_stretches_are_widened_along_the_way(tmp_path: Path) -> None:
    """Ten metres get the slope of the sixty around them, not of one raster cell."""
    noisy = _slope(0.0)
    noisy[600, :] += 6
    model = load_elevation(_hgt(tmp_path, noisy))
    way: list[LonLat] = [(76.5, 43.499), (76.5, 43.4999), (76.5, 43.5001), (76.5, 43.501)]
    long = _incline(model, way, 99, 121)
    assert long is not None
    assert abs(long) < 60


def test_stretch_at_the_end_of_a_way_goes_straight_on(plane: Elevation) -> None:
    """A footway of 5 m alone still has the slope of its direction."""
    stub: list[LonLat] = [(76.5, 43.5), (76.5, 43.500045)]
    assert _incline(plane, stub, 0, 5) == pytest.approx(50, abs=10)


def test_zip_and_folder_are_read(tmp_path: Path) -> None:
    """Rasters come as files, zipped, or as a folder that holds other things too."""
    _hgt(tmp_path, np.full((SIDE, SIDE), 700.0))
    zipped = tmp_path / "N42E076.hgt.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        content = np.full((SIDE, SIDE), 900, dtype=">i2").tobytes()
        archive.writestr("N42E076.hgt", content)
    (tmp_path / "readme.txt").write_text("x")
    model = load_elevation(tmp_path)
    assert len(model) == 2
    assert model.sample(76.5, 43.5) == 700
    assert model.sample(76.5, 42.5) == 900


def _geotiff(path: Path, heights: np.ndarray, **tags: object) -> Path:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[33550] = (0.01, 0.01, 0.0)
    info[33922] = (0.0, 0.0, 0.0, 76.0, 44.0, 0.0)
    info[34735] = (1, 1, 0, 2, 1024, 0, 1, tags.get("model", 2), 1025, 0, 1, tags.get("raster", 1))
    if "nodata" in tags:
        info[42113] = str(tags["nodata"])
    for tag, kind in ((33550, 12), (33922, 12), (34735, 3), (42113, 2)):
        info.tagtype[tag] = kind
    Image.fromarray(heights.astype(np.float32)).save(
        path, tiffinfo=info, compression="tiff_adobe_deflate"
    )
    return path


def test_geotiff_values_stand_in_cell_middles(tmp_path: Path) -> None:
    """Of an area raster the value stands half a cell in; of a point raster at the corner."""
    heights = np.arange(100, dtype=float).reshape(10, 10)
    area = load_elevation(_geotiff(tmp_path / "dem.tif", heights))
    assert area.sample(76.005, 43.995) == pytest.approx(0)
    assert area.sample(76.015, 43.995) == pytest.approx(1)
    point = load_elevation(_geotiff(tmp_path / "points.tif", heights, raster=2))
    assert point.sample(76.01, 44.0) == pytest.approx(1)


def test_geotiff_nodata_is_unknown(tmp_path: Path) -> None:
    """The raster's own mark for nothing is honoured."""
    heights = np.full((10, 10), -9999.0)
    model = load_elevation(_geotiff(tmp_path / "dem.tif", heights, nodata=-9999))
    assert model.sample(76.05, 43.95) is None


def test_other_rasters_of_a_folder_are_no_heights(tmp_path: Path) -> None:
    """A population raster beside the elevation must not become a mountain."""
    _geotiff(tmp_path / "worldpop.tif", np.full((10, 10), 500.0))
    _hgt(tmp_path, np.full((SIDE, SIDE), 700.0))
    assert len(load_elevation(tmp_path)) == 1


@pytest.mark.parametrize("what", ["projected", "short", "plain", "text", "nothing", "broken_zip"])
def test_unusable_files_are_refused(what: str, tmp_path: Path) -> None:
    """Each defect is told before anything is imported."""
    path = tmp_path / {"text": "dem.txt", "broken_zip": "N43E076.hgt.zip"}.get(what, "dem.tif")
    if what == "projected":
        _geotiff(path, np.zeros((10, 10)), model=1)
    elif what == "short":
        path = _hgt(tmp_path, np.zeros((10, 10)))
    elif what == "plain":
        Image.new("L", (10, 10)).save(path)
    elif what != "nothing":
        path.write_text("no heights here")
    with pytest.raises(ElevationUnreadableError):
        load_elevation(path)


def test_damage_inside_a_raster_is_found_when_it_is_read(tmp_path: Path) -> None:
    """A zipped raster with broken content looks whole, and raises the same error on first use."""
    path = tmp_path / "N43E076.hgt.zip"
    heights = np.random.default_rng(1).integers(0, 4000, (SIDE, SIDE)).astype(">i2")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("N43E076.hgt", heights.tobytes())
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + b"\xff" * 200 + content[middle + 200 :])
    model = load_elevation(path)
    with pytest.raises(ElevationUnreadableError):
        model.sample(76.5, 43.5)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")  # Pillow's own words for it
def test_geotiff_that_breaks_off_is_refused(tmp_path: Path) -> None:
    """Half a file is no raster."""
    path = _geotiff(tmp_path / "dem.tif", np.random.default_rng(1).random((200, 200)) * 100)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(ElevationUnreadableError):
        load_elevation(path).sample(76.5, 43.5)
