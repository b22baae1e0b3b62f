"""The sea lies on the right of a coastline, and only where that is certain."""

from collections.abc import Sequence

import pytest
from shapely.geometry import Point
from shapely.ops import unary_union

from geo.osm.coast import Coast

_BOX = (0.0, 0.0, 10.0, 10.0)


def _sea(*lines: Sequence[tuple[float, float] | None]) -> object:
    coast = Coast()
    for line in lines:
        coast.add(line)
    return unary_union(coast.draw_sea(_BOX))


def _is_wet(sea: object, x: float, y: float) -> bool:
    return bool(sea.contains(Point(x, y)))  # type: ignore[attr-defined]


def test_water_is_on_the_right() -> None:
    """A shore from west to east has its sea in the south; turned around, in the north."""
    south = _sea([(-1, 5), (5, 6), (11, 5)])
    assert _is_wet(south, 5, 1)
    assert not _is_wet(south, 5, 9)
    north = _sea([(11, 5), (5, 6), (-1, 5)])
    assert _is_wet(north, 5, 9)
    assert not _is_wet(north, 5, 1)


def test_pieces_of_a_shore_belong_together_in_any_order() -> None:
    """Ways of one shore meet end to start, however the file sorts them."""
    sea = _sea([(6, 5), (11, 5)], [(-1, 5), (3, 4)], [(3, 4), (6, 5)])
    assert _is_wet(sea, 5, 1)
    assert not _is_wet(sea, 5, 9)


def test_an_island_is_dry_and_a_harbour_wet() -> None:
    """A ring with land on its left is an island; the sea around it has a hole."""
    shore = [(-1.0, 8.0), (11.0, 8.0)]
    island = [(4.0, 3.0), (6.0, 3.0), (6.0, 5.0), (4.0, 5.0), (4.0, 3.0)]
    sea = _sea(shore, island)
    assert _is_wet(sea, 1, 1)
    assert not _is_wet(sea, 5, 4)
    assert not _is_wet(sea, 5, 9)


def test_an_island_without_any_other_shore_lies_in_the_sea() -> None:
    """When only an island is in the box, everything around it is water."""
    sea = _sea([(4.0, 3.0), (6.0, 3.0), (6.0, 5.0), (4.0, 5.0), (4.0, 3.0)])
    assert _is_wet(sea, 1, 1)
    assert not _is_wet(sea, 5, 4)


def test_a_shore_that_the_extract_cut_short_reaches_the_nearest_side() -> None:
    """Loose ends, and ends at nodes that the extract lacks, are closed against the box."""
    sea = _sea([(0.2, 5), (5, 6), (9.8, 5)])
    assert _is_wet(sea, 5, 1)
    assert not _is_wet(sea, 5, 9)
    torn = _sea([(0.2, 5), (5, 6), (9.8, 5), None, None, (20, 20), (21, 20)])
    assert torn.equals(sea)  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", [[], [(20.0, 20.0), (30.0, 30.0)], [(5.0, 5.0)], [None]])
def test_without_a_shore_there_is_no_sea(line: list[tuple[float, float] | None]) -> None:
    """A city far from the sea gets none."""
    coast = Coast()
    coast.add(line)
    assert coast.draw_sea(_BOX) == []
