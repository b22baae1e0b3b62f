"""Lengths on the ellipsoid and the database's binary text."""

import pytest
import shapely

from geo.osm.geometry import line_ewkb, measure_m, metres_per_degree, point_ewkb, step_m, with_srid


def test_a_degree_has_its_known_length() -> None:
    """One degree at the equator and at 45° (WGS 84, NIMA TR8350.2)."""
    assert metres_per_degree(0.0) == pytest.approx((111_319.491, 110_574.276), abs=0.01)
    assert metres_per_degree(45.0) == pytest.approx((78_846.835, 111_131.778), abs=0.01)


def test_long_steps_are_cut_before_they_lose_exactness() -> None:
    """Half a degree in one step equals the same line in fifty steps to a centimetre."""
    steps = [(76.5 + i / 100, 43.0 + i / 200) for i in range(51)]
    assert step_m(steps[0], steps[-1]) == pytest.approx(measure_m(steps), abs=1.0)


def test_binary_text_is_what_the_database_reads() -> None:
    """Points, lines and polygons survive with their SRID."""
    point = shapely.from_wkb(point_ewkb(76.9, 43.2))
    line = shapely.from_wkb(line_ewkb([(76.9, 43.2), (77.0, 43.3)]))
    polygon = shapely.box(0, 0, 1, 1)
    area = shapely.from_wkb(with_srid(shapely.to_wkb(polygon, hex=True, byte_order=1)))
    assert (point.x, point.y) == (76.9, 43.2)
    assert list(line.coords) == [(76.9, 43.2), (77.0, 43.3)]
    assert area.equals(polygon)
    assert [shapely.get_srid(each) for each in (point, line, area)] == [4326, 4326, 4326]
