"""What a request asks and what the answer holds. Plain values: no arrays of the graph.

Lengths are whole millimetres, so that sums are exact: for every limit the parts audited,
mapped, assumed and missing add up to the length of the route.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from geo.errors import DomainError, ErrorKind
from geo.mobility import Word
from geo.routing.costs import Hindrance
from geo.routing.encoding import Crossing, Evidence, LimitKind, RoadClass, Side
from geo.routing.needs import Needs

Place = tuple[float, float]
"""Longitude, latitude in degrees."""
Ring = Sequence[Place]
"""A closed line of a polygon; the last place may repeat the first."""
Rings = Sequence[Ring]
"""A polygon: its outline, then its holes; may cross itself."""


class OutsideNetworkError(DomainError):
    """A point lies farther from every walkable street than one could mean."""

    code = "outside-network"
    title = "There is no street for walkers near this point"
    kind = ErrorKind.INVALID


class TooFarError(DomainError):
    """The two ends are farther apart than a walk is planned for."""

    code = "route-too-far"
    title = "The way is too long to plan on foot"
    kind = ErrorKind.INVALID


class SearchTooLongError(DomainError):
    """The search did not finish before its deadline."""

    code = "route-too-slow"
    title = "The way could not be found in time; try a nearer target"
    kind = ErrorKind.UNAVAILABLE


class RouterNotReadyError(DomainError):
    """No network is loaded yet."""

    code = "router-not-ready"
    title = "The streets are being loaded; try again shortly"
    kind = ErrorKind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Target:
    """A place where a route may begin or end, for instance one of a building's entrances."""

    lon: float
    lat: float
    word: Word = Word.UNKNOWN
    """What is known about getting in there; `no` is never chosen."""
    extra_seconds: float = 0.0
    """Time from the street to inside: path, ramp, steps, door."""
    note: str | None = None
    ref: str | None = None
    """The caller's own key; comes back in the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """A way wanted: from the best of some places to the best of others."""

    origins: list[Target]
    targets: list[Target]
    needs: Needs
    at: datetime | None = None
    """When. Only doors have hours, and whoever makes the targets judges those."""
    deadline_s: float = 2.0
    """Longest time the search may take."""
    why_not: bool = True
    """When there is no way, say which barriers are in it."""
    via: Sequence[Sequence[Target]] = ()
    """Stops on the way in this order; of the targets of one stop any will do."""
    avoid: Sequence[Rings] = ()
    """Areas to stay out of."""
    alternatives: int = 0
    """How many more ways are wanted beside the best, 0 to 3."""
    check_return: bool = False
    """Say whether there is a way back as well."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something reported at a stretch: a barrier that is, or may be, still there."""

    kind: str
    state: str
    until: datetime | None
    ref: str
    note: str | None = None


class SegmentKind(StrEnum):
    """How one moves along a segment; as in the graph, plus the way to and from a door."""

    ACCESS = "access"
    FOOTWAY = "footway"
    SIDEWALK = "sidewalk"
    CROSSING = "crossing"
    PEDESTRIAN = "pedestrian"
    PATH = "path"
    STEPS = "steps"
    LIFT = "lift"
    ESCALATOR = "escalator"
    CORRIDOR = "corridor"
    PLATFORM = "platform"
    STREET = "street"
    PAVEMENT = "pavement"
    CARRIAGEWAY = "carriageway"
    LINK = "link"
    RAMP = "ramp"
    """At an entrance; on the street a ramp is a way like others."""
    DOOR = "door"


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One stretch as walked. Unknown values are `None`."""

    kind: SegmentKind
    shape: list[Place]
    length_mm: int
    duration_s: float
    evidence: Mapping[LimitKind, Evidence]
    name: Mapping[str, str] = field(default_factory=dict)
    name_inferred: bool = False
    """The map gives this name to the road beside the way."""
    side: Side = Side.NONE
    """Side of the road as one walks."""
    road_class: RoadClass = RoadClass.NONE
    crossing: Crossing = Crossing.NONE
    inferred: bool = False
    slope_permille: int | None = None
    """Signed as one walks; from an elevation model where the evidence says assumed."""
    cross_slope_permille: int | None = None
    width_mm: int | None = None
    passage_mm: int | None = None
    kerb_mm: int | None = None
    steps: int | None = 0
    """`None`: steps that nobody counted."""
    surface: int | None = None
    """`SurfaceRank`."""
    smoothness: int | None = None
    """`SmoothnessRank`."""
    level_tenths: int = 0
    lift: bool = False
    private: bool = False
    tactile: bool = False
    sound: bool = False
    ramp: bool = False
    handrail: bool = False
    helps: tuple[Hindrance, ...] = ()
    """What asks for help here."""
    violations: tuple[Hindrance, ...] = ()
    """What closes it; only in the answer to "what stands in the way"."""
    notices: tuple[Notice, ...] = ()
    edge_id: int = 0
    """Row in `street_edges`, 0 where no row stands behind it."""
    osm_way_id: int = 0
    leg: int = 0
    """Which leg of a way with stops this belongs to."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A message key with its parameters; rendered by `geo.routing.texts`."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction and the remarks that belong to it."""

    phrase: Phrase
    place: Place
    length_mm: int
    duration_s: float
    first_segment: int
    segment_count: int
    remarks: tuple[Phrase, ...] = ()


Metres = list[list[int]]
"""Millimetres of a route by `LimitKind`, and of each by `Evidence`: where it is known from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The part of a way between two stops."""

    first_segment: int
    segment_count: int
    first_step: int
    step_count: int
    length_mm: int
    duration_s: float
    target_index: int
    """Which of the targets of the stop at its end was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way, door to door."""

    segments: Sequence[Segment]
    steps: Sequence[Step]
    length_mm: int
    duration_s: float
    cost_s: float
    """Duration plus everything that counted against the way; what was minimised."""
    climb_mm: int
    descent_mm: int
    evidence_mm: Metres
    warnings: Sequence[Phrase]
    origin_index: int
    target_index: int
    graph_key: str
    overlay_version: int
    legs: tuple[Leg, ...] = ()
    """One per stretch between stops; empty for a way without stops."""
    way_back: bool | None = None
    """Whether the same ends can be walked the other way; `None`: not asked."""
    back_obstructions: tuple["Obstruction", ...] = ()
    """What stands in the way back, when there is none."""

    @property
    def distance_m(self) -> float:
        """Length in metres."""
        return self.length_mm / 1000

    @property
    def shape(self) -> list[Place]:
        """The whole line."""
        line: list[Place] = []
        for segment in self.segments:
            skip = 1 if line and line[-1] == segment.shape[0] else 0
            line.extend(segment.shape[skip:])
        return line


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstruction:
    """Something that stands in the way: what, where, how much against which limit."""

    hindrance: Hindrance
    shape: list[Place]
    length_mm: int
    measured: int | None
    limit: int | None
    unit: str
    """mm, permille, count, rank, or empty where there is nothing to measure."""
    evidence: Evidence
    name: Mapping[str, str]
    edge_ids: tuple[int, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def place(self) -> Place:
        """Where one meets it."""
        return self.shape[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The best way first, then others that are really different."""

    routes: list[Route]
    shared: list[float]
    """For each, the largest share of its length that it has in common with a better one."""

    @property
    def best(self) -> Route:
        """The first."""
        return self.routes[0]


class Change(StrEnum):
    """What could be different for this person today."""

    COMPANION = "companion"
    STAFF = "staff"
    LIFT_KEY = "lift_key"
    GATE_KEY = "gate_key"
    OTHER_ENTRANCE = "other_entrance"
    """An entrance that this person cannot use by itself, but can get to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Changes that together make a way where there is none; found by planning with them."""

    changes: tuple[Change, ...]
    length_mm: int
    duration_s: float
    target_index: int
    helps: tuple[Hindrance, ...] = ()
    """What the help would be needed for."""


class NoRouteReason(StrEnum):
    """Why there is no way."""

    BARRIERS = "barriers"
    """There is a way, but this person cannot pass it."""
    NOT_CONNECTED = "not_connected"
    """The map has no way at all between the two."""
    NO_ENTRANCE = "no_entrance"
    """No target can be entered."""
    AVOIDED = "avoided"
    """There is a way, but only through an area that was to be avoided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoute:
    """There is no way: what stands in it, and how far one gets."""

    reason: NoRouteReason
    obstructions: list[Obstruction] = field(default_factory=list)
    """The cheapest set of barriers that would have to go, in walking order."""
    reached: Place | None = None
    """The place before the first barrier."""
    reached_mm: int = 0
    remaining_mm: int = 0
    target_index: int | None = None
    """The target behind these barriers."""
    graph_key: str = ""
    overlay_version: int = 0
    leg: int = 0
    """Which leg of a way with stops cannot be walked."""
    would_open: tuple[Opening, ...] = ()
    """What would make a way, the smallest changes first."""
