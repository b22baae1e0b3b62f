"""TileJSON 3.0: what a map client needs to know about a layer (pure)."""

from collections.abc import Mapping
from typing import Any

from geo.tiles.layers import TileLayer

ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
DEMO_ATTRIBUTION = "Demo data: this city is invented"
_WORLD = (-180.0, -85.0511, 180.0, 85.0511)


def describe_layer(
    layer: TileLayer, url_template: str, city: Mapping[str, Any] | None
) -> dict[str, object]:
    """Describe a layer; `city` has `west`, `south`, `east`, `north` and `is_demo`."""
    description: dict[str, object] = {
        "tilejson": "3.0.0",
        "name": layer.name,
        "scheme": "xyz",
        "tiles": [url_template],
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "bounds": list(_WORLD),
        "attribution": ATTRIBUTION,
        "vector_layers": [
            {
                "id": each.name,
                "description": each.description,
                "minzoom": each.min_zoom,
                "maxzoom": each.max_zoom,
                "fields": each.fields,
            }
            for each in layer.contents
        ],
    }
    if city is not None:
        west, south, east, north = (float(city[k]) for k in ("west", "south", "east", "north"))
        description["bounds"] = [west, south, east, north]
        description["center"] = [(west + east) / 2, (south + north) / 2, max(layer.min_zoom, 12)]
        if city["is_demo"]:
            description["attribution"] = DEMO_ATTRIBUTION
    return description
