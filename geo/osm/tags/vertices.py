"""What stands on a point of the way: kerb, crossing, barrier, lift (pure)."""

from dataclasses import dataclass

from geo.osm.tags import Tags
from geo.osm.tags.values import parse_flag, parse_length_mm
from geo.osm.tags.walking import find_crossing

_KERBS = {
    "raised": "raised",
    "lowered": "lowered",
    "flush": "flush",
    "rolled": "rolled",
    "no": "no",
    "none": "no",
    "yes": "yes",
}
_KERB_AT_MOST_MM = 500
_NOT_OBSTACLES = frozenset({"kerb", "entrance", "no", "toll_booth", "height_restrictor"})
_OPEN_TO_ALL = frozenset({"yes", "designated", "permissive", "public", "official"})
ROAD_SIGNALS = "road_signals"
"""Lights for vehicles stand here; a crossing is likely, but the map does not show one."""


@dataclass(frozen=True, slots=True)
class VertexFacts:
    """What the map says about a node of a walkable way."""

    kerb: str | None = None
    kerb_height_mm: int | None = None
    crossing: str | None = None
    signal_sound: bool | None = None
    tactile_paving: str | None = None
    obstacle: str | None = None
    obstacle_width_mm: int | None = None
    locked: bool | None = None
    lift: bool = False
    level: str | None = None


NOTHING = VertexFacts()
VERTEX_KEYS = ("kerb", "barrier", "highway", "crossing", "tactile_paving", "kerb:height")
"""A node without any of these keys says nothing about walking."""


def find_vertex_facts(tags: Tags) -> VertexFacts | None:
    """Tell what matters for a walker at this node, `None` when nothing does."""
    obstacle = find_obstacle(tags)
    kerb = find_kerb(tags)
    crossing = _find_node_crossing(tags)
    facts = VertexFacts(
        kerb=kerb,
        kerb_height_mm=parse_length_mm(tags.get("kerb:height"), at_most_mm=_KERB_AT_MOST_MM),
        crossing=crossing,
        signal_sound=parse_flag(tags.get("traffic_signals:sound")),
        tactile_paving=tags.get("tactile_paving"),
        obstacle=obstacle,
        obstacle_width_mm=_find_gap_mm(tags) if obstacle else None,
        locked=find_locked(tags) if obstacle else None,
        lift=tags.get("highway") == "elevator",
    )
    if facts == NOTHING:
        return None
    return VertexFacts(
        **{name: getattr(facts, name) for name in VertexFacts.__slots__ if name != "level"},
        level=tags.get("level"),
    )


def find_kerb(tags: Tags) -> str | None:
    """Give the kind of kerb; `yes` where only its existence is mapped."""
    if kind := _KERBS.get(tags.get("kerb", "")):
        return kind
    return "yes" if tags.get("barrier") == "kerb" else None


def _find_node_crossing(tags: Tags) -> str | None:
    if tags.get("highway") == "crossing" or tags.get("railway") in ("crossing", "tram_crossing"):
        return find_crossing(tags | {"highway": "crossing"})
    if "crossing" in tags and "highway" in tags:
        return find_crossing(tags)
    return ROAD_SIGNALS if tags.get("highway") == "traffic_signals" else None


def find_obstacle(tags: Tags) -> str | None:
    """Give `barrier=*` where it stands in a walker's way."""
    barrier = tags.get("barrier")
    if not barrier or barrier in _NOT_OBSTACLES:
        return None
    return barrier


def _find_gap_mm(tags: Tags) -> int | None:
    widths = [
        parse_length_mm(tags.get(key))
        for key in ("maxwidth:physical", "maxwidth", "opening:width", "width", "spacing")
    ]
    return next((width for width in widths if width is not None), None)


def find_locked(tags: Tags) -> bool | None:
    """Tell whether a gate is shut for the public; a gate for residents counts as shut."""
    foot = tags.get("foot")
    if tags.get("locked") == "yes":
        return foot not in _OPEN_TO_ALL
    if foot in ("no", "private"):
        return True
    if foot is None and tags.get("access") in ("no", "private"):
        return True
    if foot in _OPEN_TO_ALL or tags.get("locked") == "no":
        return False
    return None
