"""Street tags as small integers, with the evidence of each limit.

Pure: one row in, one `ARC` record out; the same tables serve the base (what the map says) and
the overlay (what an audit measured). Only known values are stored, so a stored width, height
or rank may close a way. Slope alone is also stored as an assumption, because it costs time;
its evidence says so, and it never closes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from geo.mobility.surfaces import find_smoothness_rank, find_surface_rank
from geo.routing.encoding import (
    ARC,
    ROAD_CLASSES,
    STEPS_UNCOUNTED,
    UNKNOWN_MM,
    UNKNOWN_U8,
    Crossing,
    Evidence,
    Flag,
    Kind,
    LimitKind,
    RoadClass,
)
from geo.routing.rows import EdgeRow, NodeRow

KERB_MM = {"raised": 150, "lowered": 30, "flush": 0, "rolled": 50, "no": 0}
"""Height that a kerb word allows at worst (OSM wiki: lowered up to about 3 cm, raised more).

`raised` has no upper end; 150 mm is the usual Kazakh street kerb.
"""
NO_KERB = -2
"""There is no kerb line at this end of the edge."""

_INCLINE_CAP = 1000
_NARROW_OBSTACLES_MM = {"cycle_barrier": 700, "stile": 0, "turnstile": 600, "kissing_gate": 600}
"""Clear width of obstacles that are mapped without one (proposed figures)."""
_SHUT_OBSTACLES = frozenset({"block", "debris", "jersey_barrier", "log", "stile"})
"""What wheels do not get past unless a width says so."""
_KINDS: dict[str, Kind] = {
    "footway": Kind.FOOTWAY,
    "sidewalk": Kind.SIDEWALK,
    "crossing": Kind.CROSSING,
    "pedestrian": Kind.PEDESTRIAN,
    "path": Kind.PATH,
    "steps": Kind.STEPS,
    "lift": Kind.LIFT,
    "escalator": Kind.ESCALATOR,
    "corridor": Kind.CORRIDOR,
    "platform": Kind.PLATFORM,
    "road": Kind.STREET,
}
_CROSSINGS = {
    "traffic_signals": Crossing.SIGNALS,
    "road_signals": Crossing.INFERRED_SIGNALS,
    "marked": Crossing.MARKED,
    "zebra": Crossing.MARKED,
    "uncontrolled": Crossing.MARKED,
    "unmarked": Crossing.UNMARKED,
}
_YES = frozenset({"yes", "designated", "contrasted", "partial", "primitive"})
_OWN_WAYS = frozenset(
    {
        Kind.FOOTWAY,
        Kind.SIDEWALK,
        Kind.PEDESTRIAN,
        Kind.PATH,
        Kind.CORRIDOR,
        Kind.PLATFORM,
        Kind.LIFT,
        Kind.ESCALATOR,
    }
)
"""Kinds along which the map itself says that no kerb line is crossed."""


def new_arc() -> np.ndarray:
    """Return one record in which nothing is known."""
    record = np.zeros((), ARC)
    record["width_mm"] = UNKNOWN_MM
    record["cross_slope_permille"] = UNKNOWN_MM
    record["kerb_mm"] = UNKNOWN_MM
    record["passage_mm"] = UNKNOWN_MM
    record["surface"] = UNKNOWN_U8
    record["smoothness"] = UNKNOWN_U8
    return record


ROAD_SIGNALS = "road_signals"
"""Lights for vehicles stand here; the map shows no crossing."""


def classify_crossing(crossing: str | None) -> Crossing:
    """Return how a mapped crossing is made; a value nobody knows counts as unmarked."""
    if crossing is None or crossing in {"no", ROAD_SIGNALS}:
        return Crossing.NONE
    return _CROSSINGS.get(crossing, Crossing.UNMARKED)


def classify_road(highway: str) -> RoadClass:
    """Return the class of a road, `NONE` for a way that is not a road."""
    return ROAD_CLASSES.get(highway, RoadClass.NONE)


def measure_kerb(kerb: str | None, height_mm: int | None) -> int:
    """Return the height of a kerb in mm, the word's worst case without one, or -1 unknown."""
    if height_mm is not None:
        return min(max(height_mm, 0), 2000)
    return KERB_MM.get(kerb, UNKNOWN_MM) if kerb is not None else UNKNOWN_MM


def set_evidence(record: np.ndarray, limit: LimitKind, source: Evidence) -> None:
    """Write where the value of one limit comes from."""
    shift = 2 * int(limit)
    packed = int(record["evidence"]) & ~(3 << shift)
    record["evidence"] = packed | (int(source) << shift)


def encode_edge(row: EdgeRow) -> np.ndarray:
    """Return the record of walking an edge forward, as the map describes it.

    Length, kind of street side and kerbs at nodes are set by the builder.
    """
    record = new_arc()
    kind = _KINDS.get(row.kind, Kind.FOOTWAY)
    record["kind"] = kind
    record["road_class"] = classify_road(row.highway) if kind is Kind.STREET else RoadClass.NONE
    record["level"] = parse_level(row.level)
    if kind is Kind.CROSSING or row.crossing not in (None, "no"):
        record["crossing"] = classify_crossing(row.crossing) or Crossing.UNMARKED
    _assume_by_kind(record, kind)
    if row.dem_incline_permille is not None:
        record["slope_permille"] = _clip(row.dem_incline_permille, _INCLINE_CAP)
        set_evidence(record, LimitKind.INCLINE, Evidence.ASSUMED)
    known = {name: getattr(row, name, None) for name in _SETTERS}
    write_values(record, known, Evidence.MAPPED)
    record["flags"] |= int(_flags_of(row, kind))
    return record


def write_values(record: np.ndarray, values: Mapping[str, Any], source: Evidence) -> None:
    """Write what is known about an edge, along its direction, with where it comes from.

    `values` are columns of `street_edges`; `None` and names without a meaning for the router
    are left alone. Slopes run along the record's own direction.
    """
    for name, value in values.items():
        setter = _SETTERS.get(name)
        if setter is not None and value is not None:
            setter(record, value, source)


def write_obstacle(record: np.ndarray, node: NodeRow) -> None:
    """Write what stands on a node onto an edge that one walks to pass it."""
    width = node.obstacle_width_mm
    if width is None and node.obstacle is not None:
        width = _NARROW_OBSTACLES_MM.get(node.obstacle)
    if width is not None:
        known = int(record["passage_mm"])
        record["passage_mm"] = min(width, 30000) if known < 0 else min(known, width)
    elif node.obstacle in _SHUT_OBSTACLES:
        record["passage_mm"] = 0
    if node.locked:
        record["flags"] |= int(Flag.LOCKED)


def parse_level(level: str | None) -> int:
    """Return the first floor number of an OSM `level` in tenths, 0 when empty or unreadable."""
    if not level:
        return 0
    first = level.split(";")[0].strip()
    try:
        return round(float(first) * 10)
    except ValueError:
        return 0


def _clip(value: int, bound: int) -> int:
    return int(min(max(value, -bound), bound))


def _assume_by_kind(record: np.ndarray, kind: Kind) -> None:
    """Write what follows from the kind of way alone."""
    steps = Evidence.ASSUMED if kind is Kind.STREET else Evidence.MAPPED
    set_evidence(record, LimitKind.STEPS, steps)
    if kind in _OWN_WAYS or kind is Kind.STEPS:
        set_evidence(record, LimitKind.KERB, Evidence.MAPPED)
    elif kind is Kind.STREET:
        set_evidence(record, LimitKind.KERB, Evidence.ASSUMED)
        set_evidence(record, LimitKind.WIDTH, Evidence.ASSUMED)
        if int(record["road_class"]) >= RoadClass.LIVING_STREET:
            set_evidence(record, LimitKind.SURFACE, Evidence.ASSUMED)
    if kind is Kind.PEDESTRIAN:
        set_evidence(record, LimitKind.WIDTH, Evidence.ASSUMED)
    if kind is Kind.STEPS:
        record["steps"] = STEPS_UNCOUNTED
        # How many there are is not known until somebody counts them.
        set_evidence(record, LimitKind.STEPS, Evidence.MISSING)
        for limit in (LimitKind.INCLINE, LimitKind.CROSS_SLOPE):
            set_evidence(record, limit, Evidence.MAPPED)
    if kind in {Kind.LIFT, Kind.ESCALATOR, Kind.CORRIDOR, Kind.PLATFORM}:
        level = (LimitKind.INCLINE, LimitKind.CROSS_SLOPE, LimitKind.SURFACE, LimitKind.SMOOTHNESS)
        for limit in level:
            set_evidence(record, limit, Evidence.ASSUMED)


def _flags_of(row: EdgeRow, kind: Kind) -> Flag:
    flags = Flag(0)
    if not row.walk_forward:
        flags |= Flag.CLOSED_FORWARD
    if not row.walk_backward:
        flags |= Flag.CLOSED_BACKWARD
    if kind is Kind.LIFT:
        flags |= Flag.LIFT
    if row.crossing_island:
        flags |= Flag.ISLAND
    # Whoever stands below a footbridge cannot step onto it.
    above = row.bridge and kind is not Kind.STREET
    if row.tunnel or above or kind in {Kind.LIFT, Kind.CROSSING, Kind.ESCALATOR}:
        flags |= Flag.NO_SNAP
    return flags


# One setter per column; `_SETTERS` below is the list of what the router understands. ----------


def _set_incline(record: np.ndarray, value: int, source: Evidence) -> None:
    _flag(record, Flag.SLOPE_UNSIGNED, on=False)
    record["slope_permille"] = _clip(value, _INCLINE_CAP)
    set_evidence(record, LimitKind.INCLINE, source)


def _set_cross_slope(record: np.ndarray, value: int, source: Evidence) -> None:
    record["cross_slope_permille"] = min(abs(value), _INCLINE_CAP)
    set_evidence(record, LimitKind.CROSS_SLOPE, source)


def _set_width(record: np.ndarray, value: int, source: Evidence) -> None:
    record["width_mm"] = min(max(value, 0), 100_000)
    set_evidence(record, LimitKind.WIDTH, source)


def _set_kerb(record: np.ndarray, value: int, source: Evidence) -> None:
    record["kerb_mm"] = min(max(value, 0), 2000)
    set_evidence(record, LimitKind.KERB, source)


def _set_steps(record: np.ndarray, value: int, source: Evidence) -> None:
    if value > 0 or record["kind"] != Kind.STEPS or source is Evidence.AUDITED:
        record["steps"] = min(max(value, 0), STEPS_UNCOUNTED - 1)
        set_evidence(record, LimitKind.STEPS, source)


def _set_surface(record: np.ndarray, value: str, source: Evidence) -> None:
    rank = find_surface_rank(value)
    if rank is not None:
        record["surface"] = rank
        set_evidence(record, LimitKind.SURFACE, source)


def _set_smoothness(record: np.ndarray, value: str, source: Evidence) -> None:
    rank = find_smoothness_rank(value)
    if rank is not None:
        record["smoothness"] = rank
        set_evidence(record, LimitKind.SMOOTHNESS, source)


def _flag(record: np.ndarray, flag: Flag, on: bool) -> None:  # noqa: FBT001 - both values are meant
    flags = int(record["flags"])
    record["flags"] = flags | int(flag) if on else flags & ~int(flag)


def _set_ramp(record: np.ndarray, value: str, _source: Evidence) -> None:
    # A plain `yes` may be two rails for a pushchair; only `wheelchair` is for a wheelchair.
    _flag(record, Flag.RAMP_WHEELCHAIR, value == "wheelchair")
    _flag(record, Flag.RAMP_STROLLER, value in {"wheelchair", "stroller", "yes"})


def _set_access(record: np.ndarray, value: str, _source: Evidence) -> None:
    _flag(record, Flag.PRIVATE, value in {"private", "customers", "permit"})
    _flag(record, Flag.KEY, value in {"key", "permit"})


def _set_wheelchair(record: np.ndarray, value: str, _source: Evidence) -> None:
    _flag(record, Flag.WHEELCHAIR_NO, value == "no")
    _flag(record, Flag.WHEELCHAIR_LIMITED, value == "limited")


def _set_island(record: np.ndarray, value: bool, _source: Evidence) -> None:  # noqa: FBT001 - a fact
    _flag(record, Flag.ISLAND, on=value)


def _set_crossing(record: np.ndarray, value: str, _source: Evidence) -> None:
    if int(record["crossing"]) != Crossing.NONE:
        record["crossing"] = classify_crossing(value) or Crossing.UNMARKED
        _flag(record, Flag.INFERRED, on=False)


def _set_sound(record: np.ndarray, value: bool, _source: Evidence) -> None:  # noqa: FBT001 - a fact
    _flag(record, Flag.SOUND, on=value)


def _set_tactile(record: np.ndarray, value: str | bool, _source: Evidence) -> None:  # noqa: FBT001 - a fact
    _flag(record, Flag.TACTILE, on=value is True or value in _YES)


def _set_handrail(record: np.ndarray, value: bool, _source: Evidence) -> None:  # noqa: FBT001 - a fact
    _flag(record, Flag.HANDRAIL, on=value)


def _set_lit(record: np.ndarray, value: bool, _source: Evidence) -> None:  # noqa: FBT001 - a fact
    _flag(record, Flag.LIT, on=value)


def _set_locked(record: np.ndarray, value: bool, _source: Evidence) -> None:  # noqa: FBT001 - a fact
    _flag(record, Flag.LOCKED, on=value)


def _set_passage(record: np.ndarray, value: int, _source: Evidence) -> None:
    record["passage_mm"] = min(max(value, 0), 30000)


_Setter = Callable[[np.ndarray, Any, Evidence], None]
_SETTERS: dict[str, _Setter] = {
    "incline_permille": _set_incline,
    "cross_slope_permille": _set_cross_slope,
    "width_mm": _set_width,
    "kerb_height_mm": _set_kerb,
    "step_count": _set_steps,
    "surface": _set_surface,
    "smoothness": _set_smoothness,
    "ramp": _set_ramp,
    "access": _set_access,
    "wheelchair": _set_wheelchair,
    "crossing": _set_crossing,
    "crossing_island": _set_island,
    "signal_sound": _set_sound,
    "tactile_paving": _set_tactile,
    "handrail": _set_handrail,
    "lit": _set_lit,
    "locked": _set_locked,
    "obstacle_width_mm": _set_passage,
}
"""The last two are columns of `street_nodes` that an override of an edge may carry too."""
