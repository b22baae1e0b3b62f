"""Points around a building that has no known door."""

import pytest
from shapely import wkt
from shapely.geometry import Point

from audits.journeys.ends import _spread_along

_HOUSE = "POLYGON((0 0, 3 0, 3 3, 0 3, 0 0))"
_COURTYARD = "POLYGON((0 0, 3 0, 3 3, 0 3, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))"
_TWO_HOUSES = "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 1, 0 0)), ((5 0, 7 0, 7 2, 5 2, 5 0)))"


@pytest.mark.parametrize("outline", [_HOUSE, _COURTYARD, _TWO_HOUSES])
def test_points_stand_along_the_outer_walls(outline: str) -> None:
    """Twelve points, each on a wall, whether a building has a courtyard or several parts."""
    shape = wkt.loads(outline)
    spots = _spread_along(shape)
    assert len(set(spots)) == 12
    assert all(shape.boundary.distance(Point(spot)) < 1e-9 for spot in spots)


def test_every_part_of_a_building_gets_its_share() -> None:
    """A third of the walls is a third of the points."""
    spots = _spread_along(wkt.loads(_TWO_HOUSES))
    assert sum(lon < 2 for lon, _lat in spots) == 4


def test_a_courtyard_is_no_way_in() -> None:
    """No street reaches an inner wall."""
    inner = wkt.loads("POLYGON((1 1, 2 1, 2 2, 1 2, 1 1))")
    assert all(inner.distance(Point(spot)) > 0.5 for spot in _spread_along(wkt.loads(_COURTYARD)))


def test_an_outline_without_walls_gives_no_points() -> None:
    """A line or nothing at all is no reason to fail."""
    assert _spread_along(wkt.loads("POLYGON EMPTY")) == []
    assert _spread_along(wkt.loads("LINESTRING(0 0, 1 1)")) == []
