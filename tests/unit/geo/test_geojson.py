"""Geometry from outside is checked before it is stored."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidGeometryError
from geo.geojson import read_geometry, write_geometry

_LINE = {"type": "LineString", "coordinates": [[76.9, 43.2], [76.901, 43.2]]}


def test_a_line_comes_back_as_it_went() -> None:
    """Reading and writing keep type and coordinates to a centimetre."""
    stored = read_geometry(_LINE, kinds=("LineString",))
    written = write_geometry(stored)
    assert written is not None
    assert written["type"] == "LineString"
    assert [list(pair) for pair in written["coordinates"]] == _LINE["coordinates"]


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"type": "Point"},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Point", "coordinates": [43.2, 176.9]},
        {"type": "Point", "coordinates": [float("nan"), 1]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        {"type": "LineString", "coordinates": [[0, 0]]},
        {"type": "LineString", "coordinates": [[0, 0], [40, 0]]},
        {"type": "LineString", "coordinates": [[i * 1e-6, 0] for i in range(5000)]},
    ],
)
def test_a_bad_geometry_is_refused(bad: dict[str, object]) -> None:
    """Malformed, swapped, empty, endless and too detailed geometries raise the typed error."""
    with pytest.raises(InvalidGeometryError):
        read_geometry(bad, kinds=("Point", "LineString"))


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.sampled_from(["Point", "LineString", "Nonsense"]), _JSON)
def test_no_coordinates_crash_the_reader(kind: str, coordinates: object) -> None:
    """Whatever stands for coordinates, the reader stores it or raises the typed error."""
    geometry = {"type": kind, "coordinates": coordinates}
    with contextlib.suppress(InvalidGeometryError):
        stored = read_geometry(geometry, kinds=("Point", "LineString"))
        assert write_geometry(stored) is not None
