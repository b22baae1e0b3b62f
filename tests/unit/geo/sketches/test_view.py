"""Views of sketches: what they show, what they refuse, and where names of streets stand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.sketches.labels import NamedLine, place_labels
from geo.sketches.view import (
    MAX_ZOOM,
    MIN_ZOOM,
    InvalidViewError,
    find_box,
    view_around,
    view_of_box,
)


@given(
    lon=st.floats(50, 88), lat=st.floats(40, 56), zoom=st.floats(MIN_ZOOM, MAX_ZOOM),
    width=st.integers(160, 1600), height=st.integers(160, 1600),
)  # fmt: skip
def test_a_view_shows_its_middle(
    lon: float, lat: float, zoom: float, width: int, height: int
) -> None:
    """The point that was asked for is in the middle, and pixels and degrees agree."""
    view = view_around(lon, lat, zoom=zoom, width_px=width, height_px=height)
    assert view.project(lon, lat) == pytest.approx((width / 2, height / 2), abs=0.01)
    assert view.middle == pytest.approx((lon, lat), abs=1e-6)
    west, south, east, north = view.bounds()
    assert view.project(west, north) == pytest.approx((0, 0), abs=0.01)
    assert view.project(east, south) == pytest.approx((width, height), abs=0.01)
    assert view.zoom == pytest.approx(zoom)


@given(
    west=st.floats(76.0, 77.0), south=st.floats(43.0, 43.5),
    across=st.floats(0, 0.9), down=st.floats(0, 0.7),
)  # fmt: skip
def test_a_view_of_a_box_holds_the_box(
    west: float, south: float, across: float, down: float
) -> None:
    """All of the box is on the picture, inside the padding; a box without size has a view too."""
    box = (west, south, west + across, south + down)
    view = view_of_box(box, width_px=640, height_px=480, padding_px=20)
    for lon, lat in ((box[0], box[1]), (box[2], box[3])):
        assert view.shows(lon, lat, -19.9)
    assert MIN_ZOOM <= view.zoom <= MAX_ZOOM


@pytest.mark.parametrize(
    "box",
    [
        (76.0, 43.0, 75.0, 44.0),
        (76.0, 44.0, 77.0, 43.0),
        (-180.0, -80.0, 180.0, 80.0),
        (60.0, 40.0, 80.0, 50.0),
        (math.nan, 43.0, 77.0, 44.0),
        (179.0, 43.0, 181.0, 44.0),
        (76.0, 43.0, 77.0, 91.0),
    ],
)
def test_what_is_no_view_is_refused(box: tuple[float, float, float, float]) -> None:
    """Turned, too large, off the world, not a number: a clear problem, before any work."""
    with pytest.raises(InvalidViewError):
        view_of_box(box, width_px=640, height_px=480)


@pytest.mark.parametrize(
    ("lon", "lat", "zoom"),
    [(76, 43, 7.9), (76, 43, 21), (76, 86, 12), (181, 43, 12), (76, 43, math.nan)],
)
def test_a_point_off_the_map_is_refused(lon: float, lat: float, zoom: float) -> None:
    """Zooms and places that no picture has."""
    with pytest.raises(InvalidViewError):
        view_around(lon, lat, zoom=zoom, width_px=640, height_px=480)


def test_ground_metres_follow_the_latitude() -> None:
    """A pixel shows fewer metres in the north than the map's own metres say."""
    view = view_around(76.93, 43.24, zoom=16, width_px=640, height_px=480)
    assert view.metres_per_px == pytest.approx(
        40_075_016.7 * math.cos(math.radians(43.24)) / (512 * 2**16), rel=1e-4
    )


def test_labels_stay_inside_and_apart() -> None:
    """No name leaves the picture, lies on another, or is upside down."""
    lines = [
        NamedLine("Абай даңғылы", [(600.0, 100.0), (20.0, 100.0)]),
        NamedLine("улица Толе би", [(20.0, 104.0), (600.0, 104.0)]),
        NamedLine("Short", [(0.0, 0.0), (10.0, 0.0)]),
        NamedLine("Outside", [(-500.0, -50.0), (500.0, -50.0)]),
        NamedLine("Corner", [(300.0, 300.0), (302.0, 300.0), (302.0, 302.0), (300.0, 302.0)] * 30),
    ]
    labels = place_labels(lines, width_px=640, height_px=480)
    assert [label.text for label in labels] == ["Абай даңғылы"] or [
        label.text for label in labels
    ] == ["Абай даңғылы", "улица Толе би"]
    for label in labels:
        assert -90 < label.angle <= 90
        assert 0 <= label.at[0] <= 640
    if len(labels) == 2:
        assert abs(labels[0].at[0] - labels[1].at[0]) > 80


def test_a_long_name_is_cut() -> None:
    """A name longer than the picture would cover everything."""
    [label] = place_labels(
        [NamedLine("ұ" * 300, [(0.0, 50.0), (600.0, 50.0)])], width_px=640, height_px=480
    )
    assert len(label.text) == 40


def test_a_box_around_points() -> None:
    """The box holds all of them."""
    assert find_box([(1, 5), (3, 2)]) == (1, 2, 3, 5)
