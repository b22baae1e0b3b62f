"""How a way is drawn on the map, whether anybody walks it or not (pure)."""

from geo.osm.tags import Tags

_CLASSES = {
    **dict.fromkeys(("motorway", "motorway_link", "trunk", "trunk_link"), "motorway"),
    **dict.fromkeys(("primary", "primary_link"), "primary"),
    **dict.fromkeys(("secondary", "secondary_link"), "secondary"),
    **dict.fromkeys(("tertiary", "tertiary_link"), "tertiary"),
    **dict.fromkeys(("unclassified", "residential", "living_street", "road"), "minor"),
    "pedestrian": "pedestrian",
    **dict.fromkeys(("service", "track", "busway", "raceway"), "service"),
    **dict.fromkeys(("footway", "path", "cycleway", "bridleway"), "path"),
    "steps": "steps",
    "elevator": "lift",
}
_SERVICE_ENDS = frozenset({"driveway", "parking_aisle", "drive-through", "emergency_access"})
_FOOTWAYS = {"sidewalk": "sidewalk", "crossing": "crossing"}


def find_road_class(tags: Tags) -> str | None:
    """Give the class a way is drawn in, `None` for what is no road or lies inside a building."""
    found = _CLASSES.get(tags.get("highway", ""))
    if found is None or tags.get("indoor", "no") != "no" or tags.get("area") == "yes":
        return None
    if found == "service" and tags.get("service") in _SERVICE_ENDS:
        return "driveway"
    if found == "path":
        part = tags.get("footway") or tags.get("path") or tags.get("cycleway")
        return _FOOTWAYS.get(part or "", found)
    return found


def has_name_on_map(road_class: str) -> bool:
    """Tell whether a name is written along roads of a class."""
    return road_class not in {"crossing", "sidewalk", "lift", "driveway"}
