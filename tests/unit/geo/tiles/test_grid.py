"""The tile grid: boxes, neighbours, ancestors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.tiles.grid import (
    EXTENT,
    Bounds,
    TileAddress,
    ancestor,
    count_tiles,
    iter_tiles,
    tile_bounds,
)

_TILES = st.integers(0, 16).flatmap(
    lambda z: st.builds(
        TileAddress, st.just(z), st.integers(0, (1 << z) - 1), st.integers(0, (1 << z) - 1)
    )
)


def test_the_world_is_one_tile() -> None:
    """Zoom 0 covers the square world of web mercator."""
    west, south, east, north = tile_bounds(TileAddress(0, 0, 0))
    assert (west, east) == (-180.0, 180.0)
    assert (south, north) == pytest.approx((-85.0511288, 85.0511288))


@given(_TILES)
def test_a_tile_finds_itself_by_its_middle(tile: TileAddress) -> None:
    """The middle of a tile's box lies in that tile and no other."""
    west, south, east, north = tile_bounds(tile)
    lon, lat = (west + east) / 2, (south + north) / 2
    assert list(iter_tiles(Bounds(lon, lat, lon, lat), tile.z, 0)) == [tile]


@given(_TILES)
def test_a_margin_reaches_the_neighbours(tile: TileAddress) -> None:
    """A point near the west edge also belongs to the western neighbour once tiles overlap."""
    west, south, east, north = tile_bounds(tile)
    lon, lat = west + (east - west) * 10 / EXTENT, (south + north) / 2
    found = set(iter_tiles(Bounds(lon, lat, lon, lat), tile.z, 64))
    expected = {tile} if tile.x == 0 else {tile, tile._replace(x=tile.x - 1)}
    assert found == expected


@given(_TILES, st.integers(0, 16))
def test_an_ancestor_contains_its_tile(tile: TileAddress, zoom: int) -> None:
    """The ancestor's box contains the tile's box."""
    above = ancestor(tile, zoom)
    assert above.z == min(tile.z, zoom)
    inner, outer = tile_bounds(tile), tile_bounds(above)
    assert outer.west <= inner.west
    assert inner.east <= outer.east
    assert outer.south <= inner.south + 1e-9
    assert inner.north <= outer.north + 1e-9


def test_counting_agrees_with_listing() -> None:
    """A box over Almaty touches as many tiles as are listed."""
    box = Bounds(76.8, 43.15, 77.05, 43.35)
    assert count_tiles(box, 12, 64) == len(list(iter_tiles(box, 12, 64)))


def test_a_box_outside_the_world_is_pulled_in() -> None:
    """Latitudes beyond web mercator touch the last row and do not fail."""
    assert list(iter_tiles(Bounds(0.0, -90.0, 0.0, -90.0), 3, 0)) == [TileAddress(3, 4, 7)]
