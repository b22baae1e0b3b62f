"""The registry of tile layers: zooms, margins, contents, and which changes make them stale.

Pure data. `geo.tiles.sql` has the statement of each layer; a test compares the two.
"""

from dataclasses import dataclass

from geo.db.changes import ChangeKind
from geo.mobility.profiles import PROFILES
from geo.mobility.words import Word
from geo.tiles.errors import TileLayerNotFoundError

MAX_ZOOM = 16
"""Deepest tile of every layer; clients enlarge it further (one unit is 11 cm at 43° N)."""

CLUSTER_MAX_ZOOM = 13
"""Deepest zoom at which places come as counts per cell."""

NAMES_FROM_ZOOM = 16
"""Names of places more than double a tile, so they come only where labels are drawn."""

WORDS: tuple[Word, ...] = tuple(Word.from_code(code) for code in range(4))
"""The four words in the order of their stored codes."""


@dataclass(frozen=True, slots=True)
class VectorLayer:
    """One layer inside a tile, as TileJSON describes it."""

    name: str
    description: str
    min_zoom: int
    max_zoom: int
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class TileLayer:
    """One address space of tiles."""

    name: str
    min_zoom: int
    max_zoom: int
    margin_units: int
    """Overlap of neighbouring tiles, so that wide lines do not end at a seam."""
    changed_by: frozenset[ChangeKind]
    contents: tuple[VectorLayer, ...]
    takes_categories: bool = False


_PLACE_CHANGES = frozenset({ChangeKind.PLACE, ChangeKind.PLACES, ChangeKind.NETWORK})
_WORD_TEXT = "yes, with_help, no or unknown"

_NAMES = {
    "name": "Name in an unknown language",
    "name_kk": "Name in Kazakh",
    "name_ru": "Name in Russian",
    "name_en": "Name in English",
}

_CLUSTERS = VectorLayer(
    "clusters",
    "Listed places counted per grid cell of 64 pixels; a missing count is zero",
    0,
    CLUSTER_MAX_ZOOM,
    {"count": "Number of places"}
    | {
        f"{profile}_{word}": f"Number of places whose entry is {word} for {profile}"
        for profile in PROFILES
        for word in WORDS
    },
)

_PLACES = VectorLayer(
    "places",
    "Places with the published word per profile",
    CLUSTER_MAX_ZOOM + 1,
    MAX_ZOOM,
    {
        "id": "UUID of the place",
        "kind": "building, organisation, stop, crossing_structure or outdoor",
        "category": "What it offers, in OpenStreetMap words",
        "coverage_percent": "How much of what matters has been audited",
        "badges": "Comma-separated badges",
        "plain": "True for a building without name and word (zoom 16 and deeper)",
    }
    | {f"entry_{profile}": f"{_WORD_TEXT}: from the street inside" for profile in PROFILES}
    | {f"service_{profile}": f"{_WORD_TEXT}: on to the service" for profile in PROFILES}
    | {key: f"{text} (zoom {NAMES_FROM_ZOOM} and deeper)" for key, text in _NAMES.items()},
)

_ENTRANCES = VectorLayer(
    "entrances",
    "Doors of places",
    MAX_ZOOM,
    MAX_ZOOM,
    {
        "id": "UUID of the entrance",
        "place_id": "UUID of its place",
        "role": "OpenStreetMap entrance value: main, yes, service, emergency",
        "position_source": "audit, osm or import",
    },
)

_BARRIERS = VectorLayer(
    "barriers",
    "Temporary obstacles; an expired one is not known to be gone",
    11,
    MAX_ZOOM,
    {
        "id": "UUID of the report",
        "kind": "What stands in the way",
        "state": "reported, confirmed or expired",
        "expires_at": "When it stops being believed, ISO 8601",
    },
)

_STREETS = VectorLayer(
    "streets",
    "Walkable street edges with what is known about them",
    14,
    MAX_ZOOM,
    {
        "kind": "footway, sidewalk, crossing, steps, road…; link is a way that the map does not"
        " have and an approved audit added",
        "highway": "OpenStreetMap highway value",
        "surface": "OpenStreetMap surface value",
        "smoothness": "OpenStreetMap smoothness value",
        "width_mm": "Usable width in millimetres",
        "incline_permille": "Slope along the line in ‰, negative is down",
        "kerb_height_mm": "Highest kerb in millimetres",
        "step_count": "Number of steps",
        "crossing": "traffic_signals, marked, uncontrolled, unmarked",
        "wheelchair": "OpenStreetMap wheelchair value",
        "evidence": "audited where an approved audit measured it, mapped otherwise",
        "side": "left or right along the line, where the two sides differ",
        "element_id": "UUID of the part that the audit of a link measured",
    }
    | {f"can_{profile}": f"{_WORD_TEXT}: along this stretch" for profile in PROFILES}
    | {
        f"known_{profile}": "audited, mapped, assumed or missing: what the word rests on"
        for profile in PROFILES
    },
)

_ROADS = VectorLayer(
    "roads",
    "Streets to draw, merged by class and name",
    5,
    MAX_ZOOM,
    {
        "class": "motorway, primary, secondary, tertiary, minor, pedestrian, service, driveway,"
        " path, sidewalk, steps, crossing, lift",
        "layer": "Level above (+) or below (-) the ground",
        "bridge": "On a bridge",
        "tunnel": "In a tunnel",
    }
    | _NAMES,
)
_LAND = VectorLayer("land", "Water, parks and other ground", 5, MAX_ZOOM, {"kind": "What it is"})
_LINES = VectorLayer("lines", "Waterways and railways", 8, MAX_ZOOM, {"kind": "What it is"})
_LABELS = VectorLayer(
    "labels",
    "Names of settlements, peaks and ground, as points",
    6,
    MAX_ZOOM,
    {
        "kind": "city, town, village, suburb, borough, hamlet, quarter, neighbourhood, peak,"
        " water_name, park_name, wood_name, square_name"
    }
    | _NAMES,
)
_BUILDINGS = VectorLayer(
    "buildings",
    "Outlines of buildings",
    14,
    MAX_ZOOM,
    {"housenumber": f"House number (zoom {NAMES_FROM_ZOOM} and deeper)"},
)

LAYERS: dict[str, TileLayer] = {
    layer.name: layer
    for layer in (
        TileLayer(
            name="places",
            min_zoom=0,
            max_zoom=MAX_ZOOM,
            # One pixel: a point on the seam rounds into one of the two tiles, never into none.
            margin_units=8,
            changed_by=_PLACE_CHANGES,
            contents=(_CLUSTERS, _PLACES),
            takes_categories=True,
        ),
        TileLayer(
            name="entrances",
            min_zoom=MAX_ZOOM,
            max_zoom=MAX_ZOOM,
            margin_units=8,
            changed_by=_PLACE_CHANGES,
            contents=(_ENTRANCES,),
        ),
        TileLayer(
            name="barriers",
            min_zoom=11,
            max_zoom=MAX_ZOOM,
            margin_units=64,
            changed_by=frozenset({ChangeKind.BARRIER, ChangeKind.NETWORK}),
            contents=(_BARRIERS,),
        ),
        TileLayer(
            name="streets",
            min_zoom=14,
            max_zoom=MAX_ZOOM,
            margin_units=64,
            changed_by=frozenset(
                {ChangeKind.EDGE_OVERRIDE, ChangeKind.BARRIER, ChangeKind.NETWORK}
            ),
            contents=(_STREETS,),
        ),
        TileLayer(
            name="basemap",
            min_zoom=5,
            max_zoom=MAX_ZOOM,
            margin_units=64,
            changed_by=_PLACE_CHANGES,
            contents=(_LAND, _LINES, _BUILDINGS, _ROADS, _LABELS),
        ),
    )
}


def get_layer(name: str) -> TileLayer:
    """Give a layer by name; raises TileLayerNotFoundError with the names there are."""
    layer = LAYERS.get(name)
    if layer is None:
        raise TileLayerNotFoundError(layer=name, layers=sorted(LAYERS))
    return layer
