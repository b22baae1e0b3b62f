"""Small-integer form of streets: record types, codes, flags and where a value comes from.

One `Arc` record says everything the cost kernel needs about walking an edge one way. One
`Edge` record says what an answer needs besides. Both are plain numpy records, so a base file
is mapped into memory as it stands and numba reads the fields by name.

Invariant: a code, once in a base file, keeps its meaning; changing one changes `LAYOUT`.
"""

from collections.abc import Mapping
from enum import IntEnum, IntFlag
from functools import lru_cache
from types import MappingProxyType

import numpy as np

LAYOUT = 2
"""Version of the records and codes; part of the name of a base file."""

BLOCK_SHIFT = 4
"""Vertices per block as a power of two: a search asks per block whether anything lies over it."""


class LimitKind(IntEnum):
    """The limits for which an answer says where its knowledge comes from."""

    INCLINE = 0
    CROSS_SLOPE = 1
    WIDTH = 2
    KERB = 3
    STEPS = 4
    SURFACE = 5
    SMOOTHNESS = 6


LIMIT_COUNT = len(LimitKind)


class Evidence(IntEnum):
    """Where a value comes from, from worst to best. Two bits per limit."""

    MISSING = 0
    ASSUMED = 1
    """From the road class or a coarse elevation model: never closes, never vouches."""
    MAPPED = 2
    """A tag of the map, or the kind of way itself."""
    AUDITED = 3
    """Measured on site and approved."""


class Kind(IntEnum):
    """How one moves along an edge."""

    FOOTWAY = 0
    SIDEWALK = 1
    CROSSING = 2
    PEDESTRIAN = 3
    PATH = 4
    STEPS = 5
    LIFT = 6
    ESCALATOR = 7
    CORRIDOR = 8
    PLATFORM = 9
    STREET = 10
    """A quiet street, walked and crossed anywhere."""
    PAVEMENT = 11
    """A pavement of a bigger road that is not a way of its own on the map."""
    CARRIAGEWAY = 12
    """The edge of a bigger road that is mapped as having no pavement."""
    LINK = 13
    """A connection that an audit added."""


class RoadClass(IntEnum):
    """Class of the road walked along or crossed; bigger is busier."""

    NONE = 0
    SERVICE = 1
    LIVING_STREET = 2
    RESIDENTIAL = 3
    UNCLASSIFIED = 4
    TERTIARY = 5
    SECONDARY = 6
    PRIMARY = 7
    TRUNK = 8


class Crossing(IntEnum):
    """How a road is crossed on this edge."""

    NONE = 0
    SIGNALS = 1
    MARKED = 2
    UNMARKED = 3
    """Mapped as a crossing without markings, or of an unknown sort."""
    INFERRED = 4
    """At a junction, or where mapped paths meet the road: nobody mapped a crossing."""
    INFERRED_SIGNALS = 5
    """At a junction with mapped traffic lights; the crossing itself is not mapped."""
    UNMAPPED = 6
    """A way is drawn across the road where the map shows neither crossing nor junction."""


class Side(IntEnum):
    """Which side of the road, seen along the edge from its first to its last vertex."""

    NONE = 0
    LEFT = 1
    RIGHT = 2


class Flag(IntFlag):
    """Yes/no facts of an arc; a missing flag means "not known to be so"."""

    CLOSED_FORWARD = 1 << 0
    """Cannot be walked from this arc's tail to its head."""
    CLOSED_BACKWARD = 1 << 1
    LIFT = 1 << 2
    HALF_LIFT = 1 << 3
    """One of the two edges at a lift shaft: two of them make one ride."""
    KEY = 1 << 4
    """A key or card is needed."""
    LOCKED = 1 << 5
    PRIVATE = 1 << 6
    RAMP_WHEELCHAIR = 1 << 7
    """Steps with a ramp that a wheelchair may use."""
    RAMP_STROLLER = 1 << 8
    HANDRAIL = 1 << 9
    SOUND = 1 << 10
    """The signal can be heard or felt."""
    TACTILE = 1 << 11
    ISLAND = 1 << 12
    WHEELCHAIR_NO = 1 << 13
    WHEELCHAIR_LIMITED = 1 << 14
    SLIPPERY = 1 << 15
    """A reported barrier: ice or snow."""
    BLOCKED = 1 << 16
    """A reported barrier that nobody passes: a trench, a fence, a flood."""
    OBSTRUCTED = 1 << 17
    """A reported barrier that wheels do not pass: parked cars, a broken surface."""
    LIFT_BROKEN = 1 << 18
    DOUBTFUL = 1 << 19
    """A barrier was reported here until some day and nobody confirmed that it is gone."""
    INFERRED = 1 << 20
    """This edge is not on the map; it follows from the road it runs along or crosses."""
    HALF_CROSSING = 1 << 21
    """One of two edges that together cross one road."""
    AVOIDED = 1 << 22
    """The person asked to stay out of this area (set for one request only)."""
    SLOPE_UNSIGNED = 1 << 23
    """A measured slope of which nobody knows whether it goes up or down; it counts as both."""
    LIT = 1 << 24
    NO_SNAP = 1 << 25
    """Nobody starts here: tunnels, lifts, crossings."""
    NAME_INFERRED = 1 << 26
    """The map names the road beside it, not this way."""


UNKNOWN_U8 = 255
"""An unknown rank."""
UNKNOWN_MM = -1
"""An unknown height, width or slope; stored as int16 or int32."""
STEPS_UNCOUNTED = 255
"""Steps, but nobody counted them."""

ARC = np.dtype(
    [
        ("length_m", np.float32),
        ("flags", np.uint32),
        ("width_mm", np.int32),
        ("edge", np.int32),
        ("slope_permille", np.int16),
        ("cross_slope_permille", np.int16),
        ("kerb_mm", np.int16),
        ("passage_mm", np.int16),
        ("evidence", np.uint16),
        ("surface", np.uint8),
        ("smoothness", np.uint8),
        ("steps", np.uint8),
        ("kind", np.uint8),
        ("road_class", np.uint8),
        ("crossing", np.uint8),
        ("penalty", np.uint8),
        ("reversed", np.uint8),
        ("level", np.int16),
    ],
    align=True,
)
"""One way along an edge. `edge` is the row in `Edge`, `reversed` 1 when walked last to first.

`slope_permille` is signed along the arc. `penalty` in steps of 10 % is set for one request
only. Unknown: width, kerb, passage, cross slope -1; surface and smoothness 255.
"""

EDGE = np.dtype(
    [
        ("source_id", np.int64),
        ("osm_way_id", np.int64),
        ("first", np.int32),
        ("last", np.int32),
        ("shape_start", np.int64),
        ("shape_count", np.int32),
        ("arc_forward", np.int32),
        ("arc_backward", np.int32),
        ("name", np.int32),
        ("component", np.int32),
        ("kerb_first", np.int16),
        ("kerb_last", np.int16),
        ("side", np.uint8),
    ],
    align=True,
)
"""`source_id` is the row in `street_edges`, 0 for a crossing that only follows from a junction.

`kerb_first`, `kerb_last` are kerb heights at the two ends in mm, -1 unknown, -2 no kerb line.
`shape_start`, `shape_count` point into the packed coordinates, `name` into the names (0: none),
`component` names the connected part of the whole network that it belongs to.
"""


def pack_evidence(sources: Mapping[LimitKind, Evidence]) -> int:
    """Return two bits per limit; a limit that is not named is missing."""
    packed = 0
    for limit, source in sources.items():
        packed |= int(source) << (2 * int(limit))
    return packed


def unpack_evidence(packed: int, limit: LimitKind) -> Evidence:
    """Return where the value of one limit comes from."""
    return Evidence((packed >> (2 * int(limit))) & 3)


@lru_cache(maxsize=4096)
def read_evidence(packed: int) -> Mapping[LimitKind, Evidence]:
    """Return where each limit's value comes from; callers share the mapping."""
    return MappingProxyType({limit: unpack_evidence(packed, limit) for limit in LimitKind})


ROAD_CLASSES: dict[str, RoadClass] = {
    "trunk": RoadClass.TRUNK,
    "trunk_link": RoadClass.TRUNK,
    "motorway": RoadClass.TRUNK,
    "motorway_link": RoadClass.TRUNK,
    "primary": RoadClass.PRIMARY,
    "primary_link": RoadClass.PRIMARY,
    "secondary": RoadClass.SECONDARY,
    "secondary_link": RoadClass.SECONDARY,
    "tertiary": RoadClass.TERTIARY,
    "tertiary_link": RoadClass.TERTIARY,
    "unclassified": RoadClass.UNCLASSIFIED,
    "road": RoadClass.UNCLASSIFIED,
    "residential": RoadClass.RESIDENTIAL,
    "living_street": RoadClass.LIVING_STREET,
    "service": RoadClass.SERVICE,
    "track": RoadClass.SERVICE,
}
"""OSM `highway` to class; anything else is no road."""

BIG_ROAD = RoadClass.TERTIARY
"""From this class upward a road has sides and is crossed only at crossings."""
