"""Whether a way can be walked, and what the map knows about walking it.

Follows the wiki's access defaults for `foot`. One-way signs bind vehicles: a walker is bound
only by `oneway:foot`, `foot:forward`, `foot:backward`, and by moving stairs and walkways.
"""

from dataclasses import dataclass

from geo.network.models import EdgeKind
from geo.osm.tags import Tags
from geo.osm.tags.naming import read_names
from geo.osm.tags.values import (
    parse_count,
    parse_flag,
    parse_incline,
    parse_layer,
    parse_length_mm,
)

_KINDS: dict[str, EdgeKind] = {
    "footway": EdgeKind.FOOTWAY,
    "pedestrian": EdgeKind.PEDESTRIAN,
    "steps": EdgeKind.STEPS,
    "elevator": EdgeKind.LIFT,
    "corridor": EdgeKind.CORRIDOR,
    "path": EdgeKind.PATH,
    "platform": EdgeKind.PLATFORM,
    "cycleway": EdgeKind.PATH,
    "bridleway": EdgeKind.PATH,
    **dict.fromkeys(
        (
            "track",
            "service",
            "residential",
            "living_street",
            "unclassified",
            "tertiary",
            "tertiary_link",
            "secondary",
            "secondary_link",
            "primary",
            "primary_link",
            "trunk",
            "trunk_link",
            "road",
            "motorway",
            "motorway_link",
            "busway",
        ),
        EdgeKind.ROAD,
    ),
}
_ONLY_WHEN_ALLOWED = frozenset({"cycleway", "bridleway", "motorway", "motorway_link", "busway"})
"""Walked only where `foot` or a pavement says so."""

_PART_KINDS = {"sidewalk": EdgeKind.SIDEWALK, "crossing": EdgeKind.CROSSING}
_PLATFORM_KEYS = (("railway", "platform"), ("public_transport", "platform"))
_ALLOWED = frozenset({"yes", "designated", "permissive", "official", "public"})
_FORBIDDEN = frozenset({"no", "use_sidepath", "construction", "impassable"})
_RESTRICTED = {
    "private": "private",
    "permit": "permit",
    "residents": "private",
    "customers": "customers",
    "destination": "destination",
    "delivery": "private",
    "agricultural": "private",
    "forestry": "private",
    "military": "private",
    "employees": "private",
    "students": "private",
}
_NOT_A_PASSAGE = frozenset({"", "no", "building_passage"})
_CONVEYED = frozenset({"yes", "forward", "backward", "reversible"})
_SIDES = {
    "both": ("yes", "yes"),
    "yes": ("yes", "yes"),
    "left": ("yes", "no"),
    "right": ("no", "yes"),
    "no": ("no", "no"),
    "none": ("no", "no"),
    "separate": ("separate", "separate"),
}
_SIDE_VALUES = {"yes": "yes", "no": "no", "none": "no", "separate": "separate"}
_CROSSINGS = {
    "traffic_signals": "traffic_signals",
    "pelican": "traffic_signals",
    "toucan": "traffic_signals",
    "puffin": "traffic_signals",
    "pegasus": "traffic_signals",
    "marked": "marked",
    "zebra": "marked",
    "uncontrolled": "uncontrolled",
    "unmarked": "unmarked",
    "informal": "unmarked",
    "no": "no",
    "none": "no",
}
_RAMPS = ("wheelchair", "stroller", "bicycle")
_SMALLINT = 32_767
_KERB_AT_MOST_MM = 500
"""`kerb:height=3` is a slip for 3 cm; higher than half a metre is not a kerb."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What the map says about a walkable way, along its direction."""

    kind: EdgeKind
    highway: str
    name: dict[str, str]
    forward: bool
    backward: bool
    access: str | None
    layer: int
    level: str | None
    bridge: bool
    tunnel: bool
    indoor: bool
    surface: str | None
    smoothness: str | None
    width_mm: int | None
    incline_permille: int | None
    climb: int | None
    cross_slope_permille: int | None
    kerb_height_mm: int | None
    step_count: int | None
    handrail: bool | None
    ramp: str | None
    conveying: str | None
    crossing: str | None
    crossing_island: bool | None
    signal_sound: bool | None
    tactile_paving: str | None
    lit: bool | None
    sidewalk_left: str | None
    sidewalk_right: str | None
    lanes: int | None
    wheelchair: str | None
    is_area: bool


def find_walk(tags: Tags) -> Walk | None:
    """Tell what walking this way is like, `None` when it is not a way for walkers."""
    highway = _find_highway(tags)
    if highway is None:
        return None
    access = find_access(tags, default_allowed=highway not in _ONLY_WHEN_ALLOWED)
    if access == "no":
        return None
    kind = find_kind(tags, highway)
    forward, backward = find_directions(tags, kind)
    if not (forward or backward):
        return None
    permille, climb = parse_incline(tags.get("incline"))
    left, right = find_sidewalks(tags)
    paved_beside = "yes" in (left, right)
    return Walk(
        kind=kind,
        highway=highway,
        name=read_names(tags),
        forward=forward,
        backward=backward,
        access=access,
        layer=parse_layer(tags.get("layer")),
        level=tags.get("level"),
        bridge=is_passage(tags.get("bridge")),
        tunnel=is_passage(tags.get("tunnel")),
        indoor=kind is EdgeKind.CORRIDOR or tags.get("indoor", "no") != "no",
        surface=_of_the_walk(tags, "surface", paved_beside=paved_beside),
        smoothness=_of_the_walk(tags, "smoothness", paved_beside=paved_beside),
        width_mm=_find_width_mm(tags, paved_beside=paved_beside),
        incline_permille=permille,
        climb=climb,
        cross_slope_permille=parse_incline(tags.get("incline:across"))[0],
        kerb_height_mm=parse_length_mm(tags.get("kerb:height"), at_most_mm=_KERB_AT_MOST_MM),
        step_count=parse_count(tags.get("step_count")),
        handrail=find_handrail(tags),
        ramp=find_ramp(tags),
        conveying=tags["conveying"] if tags.get("conveying") in _CONVEYED else None,
        crossing=find_crossing(tags) if kind is EdgeKind.CROSSING else None,
        crossing_island=find_island(tags),
        signal_sound=parse_flag(tags.get("traffic_signals:sound")),
        tactile_paving=tags.get("tactile_paving"),
        lit=find_lit(tags),
        sidewalk_left=left,
        sidewalk_right=right,
        lanes=parse_count(tags.get("lanes"), at_most=30),
        wheelchair=tags.get("wheelchair"),
        is_area=tags.get("area") == "yes" or kind is EdgeKind.LIFT,
    )


def is_passage(value: str | None) -> bool:
    """Tell whether `bridge` or `tunnel` says that there is one; a way through a house is none."""
    return (value or "") not in _NOT_A_PASSAGE


def _find_highway(tags: Tags) -> str | None:
    """Give the road class; platforms of rail and bus count as `platform`."""
    highway = tags.get("highway")
    if highway in _KINDS:
        return None if tags.get("ladder") == "yes" else highway
    if highway is None and any(tags.get(key) == value for key, value in _PLATFORM_KEYS):
        return "platform"
    return None


def find_kind(tags: Tags, highway: str) -> EdgeKind:
    """Tell how one moves along a way of this road class."""
    if highway == "steps" and tags.get("conveying") in _CONVEYED:
        return EdgeKind.ESCALATOR
    if highway in ("footway", "path", "cycleway"):
        part = tags.get(highway) or tags.get("footway") or ""
        return _PART_KINDS.get(part, _KINDS[highway])
    return _KINDS[highway]


def find_access(tags: Tags, *, default_allowed: bool = True) -> str | None:
    """Tell who may walk: `None` everybody, `no` nobody, or the restriction.

    `foot` overrules `access`; a pavement is a permission; a motor road is closed to walkers.
    """
    foot = tags.get("foot", "").strip()
    if foot in _FORBIDDEN:
        return "no"
    if foot in _RESTRICTED:
        return _RESTRICTED[foot]
    if foot in _ALLOWED:
        return None
    if not (default_allowed or _has_pavement(tags)) or tags.get("motorroad") == "yes":
        return "no"
    access = tags.get("access", "").strip()
    if access in _FORBIDDEN:
        return "no"
    return _RESTRICTED.get(access)


def _has_pavement(tags: Tags) -> bool:
    return "yes" in find_sidewalks(tags)


def find_directions(tags: Tags, kind: EdgeKind) -> tuple[bool, bool]:
    """Tell whether one may walk along the way and against it."""
    oneway = tags.get("oneway:foot")
    conveying = tags.get("conveying")
    if oneway is None and (kind is EdgeKind.ESCALATOR or conveying in _CONVEYED):
        oneway = {"forward": "yes", "backward": "-1"}.get(conveying or "", tags.get("oneway"))
    forward = oneway not in ("-1", "reverse") and tags.get("foot:forward") != "no"
    backward = oneway not in ("yes", "true", "1") and tags.get("foot:backward") != "no"
    return forward, backward


def find_sidewalks(tags: Tags) -> tuple[str | None, str | None]:
    """Tell the pavements left and right along the way: yes, no, separate or unknown."""
    left, right = _SIDES.get(tags.get("sidewalk", ""), (None, None))
    both = _SIDE_VALUES.get(tags.get("sidewalk:both", ""))
    return (
        _SIDE_VALUES.get(tags.get("sidewalk:left", ""), both or left),
        _SIDE_VALUES.get(tags.get("sidewalk:right", ""), both or right),
    )


def _of_the_walk(tags: Tags, key: str, *, paved_beside: bool) -> str | None:
    """Give a property of what is walked: the pavement where there is one, not the carriageway."""
    beside = [
        tags[f"{prefix}:{key}"]
        for prefix in ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right", "footway")
        if tags.get(f"{prefix}:{key}")
    ]
    if beside:
        return beside[0]
    return None if paved_beside else tags.get(key)


def _find_width_mm(tags: Tags, *, paved_beside: bool) -> int | None:
    widths = [
        parse_length_mm(tags.get(f"{prefix}:width"))
        for prefix in ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right", "footway")
    ]
    known = [width for width in widths if width is not None]
    if known:
        return min(known)
    if paved_beside:
        return None
    at_the_narrowest = parse_length_mm(tags.get("maxwidth:physical"))
    width = parse_length_mm(tags.get("width"))
    if at_the_narrowest is None or width is None:
        return at_the_narrowest if width is None else width
    return min(at_the_narrowest, width)


def find_handrail(tags: Tags) -> bool | None:
    """Tell whether there is any handrail."""
    flags = [
        parse_flag(tags.get(key))
        for key in ("handrail", "handrail:left", "handrail:right", "handrail:center")
    ]
    if True in flags:
        return True
    return False if False in flags else None


def find_ramp(tags: Tags) -> str | None:
    """Tell the ramp on steps: wheelchair before stroller before bicycle, else yes or no."""
    for kind in _RAMPS:
        if tags.get(f"ramp:{kind}") in ("yes", "limited", "separate", "automatic"):
            return kind
    if (value := tags.get("ramp")) in ("yes", "no", "separate"):
        return "yes" if value == "separate" else value
    if any(tags.get(f"ramp:{kind}") == "no" for kind in _RAMPS):
        return "no"
    return None


def find_crossing(tags: Tags) -> str | None:
    """Tell the kind of crossing; `yes` where only its existence is mapped."""
    for value in tags.get("crossing", "").split(";"):
        if value in _CROSSINGS:
            if value == "uncontrolled" and tags.get("crossing:markings") == "no":
                return "unmarked"
            return _CROSSINGS[value]
    if parse_flag(tags.get("crossing:signals")):
        return "traffic_signals"
    if (markings := tags.get("crossing:markings")) is not None:
        return "unmarked" if markings == "no" else "marked"
    mapped = tags.get("highway") == "crossing" or "crossing" in tags
    is_way = any(tags.get(key) == "crossing" for key in ("footway", "path", "cycleway"))
    return "yes" if mapped or is_way else None


def find_island(tags: Tags) -> bool | None:
    """Tell whether a crossing has an island to wait on."""
    if tags.get("crossing") == "island":
        return True
    return parse_flag(tags.get("crossing:island"))


def find_lit(tags: Tags) -> bool | None:
    """Tell whether there is light at night; times of day count as light."""
    value = tags.get("lit")
    if value in ("automatic", "24/7", "limited", "interval", "sunset-sunrise"):
        return True
    return False if value == "disused" else parse_flag(value)
