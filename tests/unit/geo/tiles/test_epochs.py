"""Epochs: a change makes exactly the tiles around it stale."""

import pytest

from geo.db.changes import ChangeKind, ChangeRow
from geo.tiles.epochs import Epochs
from geo.tiles.grid import Bounds, TileAddress, iter_tiles
from geo.tiles.layers import LAYERS

Box = tuple[float, float, float, float]
_ALMATY = (76.945, 43.238, 76.945, 43.238)


def _change(kind: ChangeKind, bounds: Box | None = _ALMATY) -> ChangeRow:
    return ChangeRow(id=1, kind=kind, subject_id="", data={}, bounds=bounds)


def _tile_at(zoom: int, lon: float = 76.945, lat: float = 43.238) -> TileAddress:
    return next(iter_tiles(Bounds(lon, lat, lon, lat), zoom, 0))


def test_a_change_touches_its_tile_at_every_zoom() -> None:
    """From the world down to the deepest tile, the changed point's tiles get new tags."""
    epochs = Epochs()
    before = [epochs.find("places", _tile_at(zoom)) for zoom in range(17)]
    epochs.apply(_change(ChangeKind.PLACE))
    after = [epochs.find("places", _tile_at(zoom)) for zoom in range(17)]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_a_change_leaves_the_other_end_of_the_city_alone() -> None:
    """A tile five kilometres away keeps its tag."""
    epochs = Epochs()
    far = _tile_at(15, 77.01)
    before = epochs.find("places", far)
    epochs.apply(_change(ChangeKind.PLACE))
    assert epochs.find("places", far) == before


def test_a_change_touches_only_layers_that_show_it() -> None:
    """A report of ice changes barriers and the words of streets, and nothing else."""
    epochs = Epochs()
    before = {name: epochs.find(name, _tile_at(15)) for name in LAYERS}
    epochs.apply(_change(ChangeKind.BARRIER))
    changed = {name for name in LAYERS if epochs.find(name, _tile_at(15)) != before[name]}
    assert changed == {"barriers", "streets"}


@pytest.mark.parametrize("area", [None, (76.0, 43.0, 76.1, 43.1)])
def test_an_import_touches_everything(area: Box | None) -> None:
    """What it takes off the map lay where the map was: every tile of every layer changes."""
    epochs = Epochs()
    before = {name: epochs.find(name, _tile_at(15)) for name in LAYERS}
    epochs.apply(_change(ChangeKind.NETWORK, area))
    for name in LAYERS:
        assert epochs.find(name, _tile_at(15)) != before[name]


def test_a_huge_area_touches_everything_without_listing_cells() -> None:
    """The whole world changes in one step and leaves no million of counts behind."""
    epochs = Epochs()
    far = TileAddress(14, 3, 3)
    before = epochs.find("places", far)
    epochs.apply(_change(ChangeKind.PLACE, (-180.0, -80.0, 180.0, 80.0)))
    assert epochs.find("places", far) != before
    assert not epochs._cells["places"]


def test_streets_change_where_the_router_says_so() -> None:
    """Boxes of changed stretches reach their tiles only; an unknown extent reaches all."""
    epochs = Epochs()
    here, far = _tile_at(15), _tile_at(15, 77.01)
    before = [epochs.find("streets", tile) for tile in (here, far)]
    epochs.apply_streets([])
    assert [epochs.find("streets", tile) for tile in (here, far)] == before
    epochs.apply_streets([_ALMATY])
    assert epochs.find("streets", here) != before[0]
    assert epochs.find("streets", far) == before[1]
    epochs.apply_streets(None)
    assert epochs.find("streets", far) != before[1]
