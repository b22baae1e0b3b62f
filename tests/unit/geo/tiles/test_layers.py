"""The registry of layers and TileJSON."""

import pytest

from geo.tiles.describe import DEMO_ATTRIBUTION, describe_layer
from geo.tiles.errors import TileLayerNotFoundError
from geo.tiles.layers import LAYERS, get_layer

_CITY = {"west": 76.8, "south": 43.1, "east": 77.0, "north": 43.3, "is_demo": True}


def test_an_unknown_layer_names_the_known_ones() -> None:
    """The error helps to correct the address."""
    with pytest.raises(TileLayerNotFoundError) as caught:
        get_layer("plcaes")
    assert caught.value.params["layers"] == sorted(LAYERS)


def test_contents_stay_within_the_zooms_of_their_layer() -> None:
    """TileJSON never promises a zoom that the address space does not have."""
    for layer in LAYERS.values():
        assert min(each.min_zoom for each in layer.contents) >= layer.min_zoom
        assert max(each.max_zoom for each in layer.contents) == layer.max_zoom


def test_tilejson_says_that_a_demo_is_a_demo() -> None:
    """The attribution of an invented city claims no survey."""
    described = describe_layer(LAYERS["places"], "http://h/{z}/{x}/{y}", _CITY)
    assert described["attribution"] == DEMO_ATTRIBUTION
    assert described["bounds"] == [76.8, 43.1, 77.0, 43.3]
    assert described["tilejson"] == "3.0.0"


def test_tilejson_works_before_the_first_import() -> None:
    """Without a city the bounds are the world's."""
    described = describe_layer(LAYERS["basemap"], "http://h/{z}/{x}/{y}", None)
    assert described["bounds"] == [-180.0, -85.0511, 180.0, 85.0511]
    assert "center" not in described
