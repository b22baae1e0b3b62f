"""Fields of the format beside the columns of the street tables, both ways. Pure.

What the format names is written under its own names and units: metres, slopes as ratios, kerbs
and crossings as words. Every other column is written as `ext:` and its name, so that a network
given out comes back the same; whoever does not know these fields loses nothing by it.
Follows the schema versions 0.1 to 0.2 (published by the Taskar Center).
"""

from collections.abc import Mapping
from typing import Any

from geo.network.models import EdgeKind
from geo.opensidewalks.errors import BadFeatureError, UnknownFieldsError
from geo.osm.tags import words
from geo.osm.tags.vertices import find_vertex_facts
from geo.osm.tags.walking import Walk, find_walk

EXT = "ext:"
LINK = "ext:link"
"""UUID of a way that an audit here added and the map lacks; see `geo.opensidewalks.joining`."""
_NAME = "ext:name_"
_ROADS = words("service residential living_street unclassified tertiary secondary primary trunk")
_SURFACES = words(
    "asphalt concrete dirt grass grass_paver gravel ground metal paved paving_stones sand "
    "unpaved wood"
)
_KERBS = frozenset({"flush", "lowered", "raised", "rolled"})
_TACTILE = frozenset({"contrasted", "no", "primitive", "yes"})
_MARKED = frozenset({"traffic_signals", "marked", "uncontrolled"})
_EDGE_FIELDS = words(
    "_id _u_id _v_id building climb crossing crossing:markings description foot footway highway "
    "incline indoor length name opening_hours service step_count surface tactile_paving "
    "width"
)
_NODE_FIELDS = words("_id barrier description kerb tactile_paving")
_WAYS = {
    EdgeKind.FOOTWAY: ("footway", None),
    EdgeKind.SIDEWALK: ("footway", "sidewalk"),
    EdgeKind.CROSSING: ("footway", "crossing"),
    EdgeKind.PEDESTRIAN: ("pedestrian", None),
    EdgeKind.STEPS: ("steps", None),
}
_STEEPEST = 1.0
_WIDEST_M = 100.0
_MOST_STEPS = 2000
Row = dict[str, Any]
Properties = Mapping[str, Any]

_EDGE_TYPES: dict[str, type] = {
    **dict.fromkeys(
        words(
            "access conveying crossing highway kind level osm_node_ids ramp sidewalk_left "
            "sidewalk_right smoothness surface tactile_paving wheelchair"
        ),
        str,
    ),
    **dict.fromkeys(
        words(
            "climb cross_slope_permille dem_incline_permille kerb_height_mm lanes layer osm_way_id "
            "incline_permille width_mm"
        ),
        int,
    ),
    **dict.fromkeys(
        words(
            "bridge crossing_island handrail indoor lit signal_sound tunnel walk_backward "
            "walk_forward"
        ),
        bool,
    ),
}
_NODE_TYPES: dict[str, type] = {
    **dict.fromkeys(words("crossing kerb level obstacle tactile_paving"), str),
    **dict.fromkeys(words("kerb_height_mm obstacle_width_mm osm_id"), int),
    **dict.fromkeys(words("lift locked signal_sound"), bool),
    "elevation_m": float,
}
_EDGE_DEFAULTS: Row = {
    "walk_forward": True,
    "walk_backward": True,
    "layer": 0,
    "bridge": False,
    "tunnel": False,
    "indoor": False,
}
"""Values that go without saying."""


# -- reading ---------------------------------------------------------------------------------


def read_edge(properties: Properties) -> Row | None:
    """Return the columns that a feature's fields say, `None` for a way that nobody walks.

    Raises `UnknownFieldsError` and `BadFeatureError`.
    """
    _refuse_unknown(properties, _EDGE_FIELDS)
    tags = {key: str(properties[key]) for key in _TAGS if properties.get(key) is not None}
    walk = find_walk(tags | _own_tags(properties)) or find_walk(tags)
    if walk is None:
        return None
    row = {_COLUMNS.get(name, name): getattr(walk, name) for name in Walk.__slots__}
    del row["is_area"]
    row |= _read_measures(properties)
    row |= _read_own(properties, _EDGE_TYPES)
    names = {
        key.removeprefix(_NAME).removesuffix("_"): str(value)
        for key, value in properties.items()
        if key.startswith(_NAME)
    }
    if names:
        row["name"] = names
    row["kind"] = _read_kind(row["kind"])
    return row


def read_node(properties: Properties) -> Row:
    """Return the columns that a feature's fields say.

    Raises `UnknownFieldsError` and `BadFeatureError`.
    """
    _refuse_unknown(properties, _NODE_FIELDS)
    _read_word(properties, "kerb", _KERBS)
    _read_word(properties, "tactile_paving", _TACTILE)
    tags = {
        key: str(properties[key])
        for key in ("barrier", "kerb", "tactile_paving")
        if key in properties
    }
    facts = find_vertex_facts(tags)
    row: Row = {} if facts is None else {name: getattr(facts, name) for name in facts.__slots__}
    return row | _read_own(properties, _NODE_TYPES)


def read_id(properties: Properties, key: str) -> str:
    """Return an id; raises `BadFeatureError` when there is none."""
    found = properties.get(key)
    if isinstance(found, bool) or not isinstance(found, str | int) or not str(found).strip():
        raise BadFeatureError(field=key, reason="missing")
    return str(found).strip()


_TAGS = (
    *("highway", "footway", "service", "name", "surface", "tactile_paving", "foot"),
    *("crossing", "crossing:markings", "indoor"),
)
_COLUMNS = {"forward": "walk_forward", "backward": "walk_backward"}


def _own_tags(properties: Properties) -> dict[str, str]:
    """Return what decides whether a way is walked at all, of the fields of our own."""
    highway = properties.get("ext:highway")
    return {"highway": str(highway)} if highway is not None else {}


def _refuse_unknown(properties: Properties, known: frozenset[str]) -> None:
    unknown = sorted(k for k in properties if k not in known and not k.startswith(EXT))
    if unknown:
        raise UnknownFieldsError(fields=unknown)


def _read_measures(properties: Properties) -> Row:
    row: Row = {}
    if (incline := _read_number(properties, "incline", -_STEEPEST, _STEEPEST)) is not None:
        row["incline_permille"] = round(incline * 1000)
    if (width := _read_number(properties, "width", 0.0, _WIDEST_M)) is not None:
        row["width_mm"] = round(width * 1000)
    if (steps := _read_number(properties, "step_count", 0, _MOST_STEPS)) is not None:
        row["step_count"] = round(steps)
    if (climb := _read_word(properties, "climb", frozenset({"up", "down"}))) is not None:
        row["climb"] = 1 if climb == "up" else -1
    return row


def _read_number(properties: Properties, key: str, least: float, most: float) -> float | None:
    value = properties.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadFeatureError(field=key, value=str(value)[:50], least=least, most=most)
    return float(value)


def _read_word(properties: Properties, key: str, allowed: frozenset[str]) -> str | None:
    value = properties.get(key)
    if value is None:
        return None
    if value not in allowed:
        raise BadFeatureError(field=key, value=str(value)[:50], words=sorted(allowed))
    return str(value)


def _read_own(properties: Properties, types: Mapping[str, type]) -> Row:
    row: Row = {}
    for name, sort in types.items():
        value = properties.get(EXT + name)
        if value is None:
            continue
        fits = isinstance(value, bool) if sort is bool else isinstance(value, sort)
        fits = fits or (sort is float and isinstance(value, int))
        if not fits or (sort is not bool and isinstance(value, bool)):
            raise BadFeatureError(field=EXT + name, value=str(value)[:50])
        row[name] = value
    return row


def _read_kind(kind: str) -> EdgeKind:
    try:
        return EdgeKind(kind)
    except ValueError as error:
        raise BadFeatureError(field="ext:kind", value=str(kind)[:50]) from error


# -- writing ---------------------------------------------------------------------------------


def write_edge(row: Row) -> Row:
    """Return the fields that say a row of `street_edges`; ids and length are the caller's."""
    kind = EdgeKind(row["kind"])
    highway, footway = _WAYS.get(kind, ("footway", None))
    if kind is EdgeKind.ROAD:
        base = row["highway"].removesuffix("_link")
        highway = base if base in _ROADS else "unclassified"
    own: Row = {"kind": kind.value if kind not in _WAYS and kind is not EdgeKind.ROAD else None}
    own["highway"] = row["highway"] if row["highway"] != highway else None
    fields: Row = {"highway": highway, "footway": footway, "foot": "yes"}
    _write_name(fields, row.get("name") or {})
    _write_measures(fields, own, row)
    _write_words(fields, own, row)
    for name in _EDGE_TYPES:
        if name not in own and name not in _SAID and row.get(name) is not None:
            own[name] = row[name] if row[name] != _EDGE_DEFAULTS.get(name) else None
    fields |= {EXT + name: value for name, value in own.items()}
    return {key: value for key, value in fields.items() if value is not None}


_SAID = frozenset({"kind", "highway", "incline_permille", "width_mm", "osm_node_ids"})
"""Columns with fields of the format's own, or with a form of their own."""


def write_node(row: Row) -> Row:
    """Return the fields that say a row of `street_nodes`; the id is the caller's."""
    fields: Row = {}
    own = {name: row.get(name) for name in _NODE_TYPES}
    if row.get("kerb") in _KERBS:
        fields |= {"barrier": "kerb", "kerb": own.pop("kerb")}
    if row.get("tactile_paving") in _TACTILE:
        fields["tactile_paving"] = own.pop("tactile_paving")
    own["lift"] = own["lift"] or None
    fields |= {EXT + name: value for name, value in own.items()}
    return {key: value for key, value in fields.items() if value is not None}


def _write_name(fields: Row, names: Mapping[str, str]) -> None:
    """Write the local name once as the format's own, and every language beside it."""
    first = next((names[key] for key in ("", "kk", "ru", "en") if key in names), None)
    if first is None:
        first = next(iter(names.values()), None)
    fields["name"] = first
    for language, name in names.items():
        fields[f"{_NAME}{language or '_'}"] = name


def _write_measures(fields: Row, own: Row, row: Row) -> None:
    for name, field, most in (
        ("incline_permille", "incline", 1000),
        ("width_mm", "width", 100_000),
    ):
        value = row.get(name)
        if value is not None and abs(value) <= most:
            fields[field] = value / 1000
        else:
            own[name] = value
    fields["step_count"] = row.get("step_count")
    climb = row.get("climb")
    fields["climb"] = {1: "up", -1: "down"}.get(climb) if climb is not None else None
    own["climb"] = None


def _write_words(fields: Row, own: Row, row: Row) -> None:
    surface = row.get("surface")
    fields["surface" if surface in _SURFACES else "ext:surface"] = surface
    own["surface"] = surface if surface not in _SURFACES else None
    crossing = row.get("crossing")
    if EdgeKind(row["kind"]) is EdgeKind.CROSSING:
        markings = {**dict.fromkeys(_MARKED, "yes"), "unmarked": "no", "no": "no"}
        fields["crossing:markings"] = markings.get(crossing or "")
    own["crossing"] = crossing
    fields["foot"] = {"private": "private", "destination": "destination"}.get(
        row.get("access") or "", "yes"
    )
