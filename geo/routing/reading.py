"""From a found path to the way as rows: what is walked, how long, and what is known about it."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Notice, Phrase
from geo.routing.costs import Record, Rules, exceeds, find_hindrances, seconds_on
from geo.routing.encoding import (
    STEPS_UNCOUNTED,
    UNKNOWN_U8,
    Crossing,
    Evidence,
    Flag,
    Kind,
    LimitKind,
)
from geo.routing.kernels import inline, maker, straight
from geo.routing.overlay import Overlay
from geo.routing.plane import Shape
from geo.routing.roadside import (
    ROAD_CLASS,
    ROAD_NAME,
    SAME_PLACE_M,
    Roads,
    find_carriageways,
)
from geo.routing.segments import Reports
from geo.routing.snapping import Hit
from geo.routing.stretches import KIND, NO_EDGE, STRETCH, UNCOUNTED, UNKNOWN, Mark, Way
from geo.routing.walks import Changed, Walk, Walks, find_changed

PER_DEGREE = 1e7
_KINDS = np.array([int(KIND[kind.name]) for kind in Kind], np.int64)
_ACCESS, _CROSSING = int(KIND["ACCESS"]), int(KIND["CROSSING"])
_UNMAPPED = int(Crossing.UNMAPPED)
_SIDES = np.array([0, 0, 1, 2, 2, 1], np.int64)
"""Side as walked, by twice the side of the edge, plus 1 where it is walked against."""
_INCLINE_SHIFT, _SOURCE, _MISSING = 2 * int(LimitKind.INCLINE), 3, int(Evidence.MISSING)
_UNSIGNED = int(Flag.SLOPE_UNSIGNED)
_MARKS = (
    (int(Flag.INFERRED), int(Mark.INFERRED)),
    (int(Flag.NAME_INFERRED), int(Mark.NAME_INFERRED)),
    (int(Flag.LIFT | Flag.HALF_LIFT), int(Mark.LIFT)),
    (int(Flag.PRIVATE), int(Mark.PRIVATE)),
    (int(Flag.TACTILE), int(Mark.TACTILE)),
    (int(Flag.SOUND), int(Mark.SOUND)),
    (int(Flag.RAMP_WHEELCHAIR | Flag.RAMP_STROLLER), int(Mark.RAMP)),
    (int(Flag.HANDRAIL), int(Mark.HANDRAIL)),
)
_INFERRED_MARK = int(Mark.INFERRED)


class Aside(NamedTuple):
    """A straight step between a door or point and the street, as one walks; degrees."""

    lon: float
    lat: float
    to_lon: float
    to_lat: float
    length_m: float


Asides = NDArray[np.float64]
"""Two of them, a row each: from where a way begins, and to where it ends."""
Lines = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Lines of walked links end to end, and where each begins."""
NO_ASIDES: Asides = np.zeros((2, 5))


def read_way(
    overlay: Overlay,
    rules: Rules,
    roads: Roads,
    walks: Walks,
    asides: Asides = NO_ASIDES,
    *,
    with_points: bool = False,
) -> Way:
    """Return what is walked, in order, with the steps aside at both ends.

    Steps aside shorter than half a metre are left out; so are walks of no length, unless
    `with_points`. What is reported along the way is not read; see `note_reports`.
    """
    arrays = overlay.graph.arrays
    changed, lines = find_changed(overlay, walks), _cut_links(overlay, walks)
    stretches, points, bounds = _read(
        *(rules, roads, overlay.view.arcs, arrays.edges, arrays.shapes),
        *(walks, changed, lines, asides, with_points),
    )
    return Way(stretches, points, bounds, _NOTHING)


def find_aside(lon: float, lat: float, hit: Hit, *, outward: bool) -> Aside:
    """Return the step between a place and the street next to it, in walking order."""
    if outward:
        return Aside(lon, lat, hit.lon, hit.lat, hit.distance_m)
    return Aside(hit.lon, hit.lat, lon, lat, hit.distance_m)


def time_aside(rules: Rules, roads: Roads, aside: Aside) -> float:
    """Return the seconds that a step aside takes, as an answer counts them."""
    return float(
        _time_aside(float(rules.pace[len(rules.pace) // 2]), rules.crossing_s, roads, aside)
    )


_NOTHING = np.zeros(0, np.int64)
_NO_LINES = np.zeros((0, 2)), np.zeros(1, np.int64)


@straight
@maker
def _read(
    rules: Rules,
    roads: Roads,
    arcs: NDArray[Any],
    edges: NDArray[Any],
    shapes: NDArray[np.int32],
    walks: Walks,
    changed: Changed,
    lines: Lines,
    asides: Asides,
    with_points: bool,  # noqa: FBT001 - numba has no keywords
) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.int64]]:
    """Return the rows, all points end to end, and where each row's points begin."""
    pace = np.float64(rules.pace[len(rules.pace) // 2])
    out, corners = _read_aside(pace, rules.crossing_s, roads, _take_aside(asides[0]))
    back, back_corners = _read_aside(pace, rules.crossing_s, roads, _take_aside(asides[1]))
    most = len(out) + len(walks) + len(back)
    stretches, bounds = np.empty(most, STRETCH), np.zeros(most + 1, np.int64)
    room = 2 * (len(out) + len(back)) + len(lines[0])
    for place in range(len(walks)):
        room += edges[max(int(walks[place, 0]), 0)].shape_count + 2
    points = np.empty((room, 2), np.float64)
    count = _copy_aside(out, corners, stretches, points, bounds, 0)
    path = rules, arcs, edges, shapes, walks, changed, lines
    count = _read_walks(path, stretches, points, bounds, count, with_points)
    count = _copy_aside(back, back_corners, stretches, points, bounds, count)
    return stretches[:count], points[: bounds[count]], bounds[: count + 1]


@inline
def _read_walks(
    path: tuple[Rules, NDArray[Any], NDArray[Any], NDArray[np.int32], Walks, Changed, Lines],
    stretches: NDArray[Any],
    points: NDArray[np.float64],
    bounds: NDArray[np.int64],
    count: int,
    with_points: bool,  # noqa: FBT001 - numba has no keywords
) -> int:
    """Write the rows and points of all walks; return how many rows there are."""
    rules, arcs, edges, shapes, walks, changed, lines = path
    link, seen = 0, 0
    for place in range(len(walks)):
        row, at = stretches[count], bounds[count]
        edge = edges[max(int(walks[place, 0]), 0)]
        if seen < len(changed.places) and changed.places[seen] == place:
            _say_walk(rules, changed.records[seen], edge, walks[place], row)
            seen += 1
        else:
            _say_walk(rules, arcs[edge.arc_forward], edge, walks[place], row)
        is_link = walks[place, 0] < 0
        link += is_link
        if row.length_mm <= 0 and not with_points:
            continue
        if is_link:
            for point in range(lines[1][link - 1], lines[1][link]):
                points[at, 0], points[at, 1] = lines[0][point, 0], lines[0][point, 1]
                at += 1
        else:
            line = shapes[edge.shape_start : edge.shape_start + edge.shape_count]
            at = _draw(line, walks[place, 1] > 0, walks[place, 2], walks[place, 3], points, at)
        count += 1
        bounds[count] = at
    return count


@inline
def _say_walk(
    rules: Rules, record: Record, edge: Record, walk: NDArray[np.float64], row: Record
) -> None:
    """Say what is known about a part of an edge as walked."""
    against, share, linear = walk[1] > 0, walk[3] - walk[2], walk[0] >= 0
    sign = -1 if against else 1
    row.kind = _KINDS[record.kind]
    row.name = edge.name if linear else 0
    row.side = _SIDES[2 * edge.side + against] if linear else 0
    row.road_class, row.crossing = record.road_class, record.crossing
    row.slope_permille = _slope_on(record, against)
    row.cross_slope_permille = _known(record.cross_slope_permille)
    row.width_mm, row.passage_mm = _known(record.width_mm), _known(record.passage_mm)
    row.kerb_mm = _known(record.kerb_mm)
    row.steps = UNCOUNTED if record.steps == STEPS_UNCOUNTED else record.steps
    row.surface = UNKNOWN if record.surface == UNKNOWN_U8 else record.surface
    row.smoothness = UNKNOWN if record.smoothness == UNKNOWN_U8 else record.smoothness
    row.level_tenths, row.evidence = record.level, record.evidence
    row.marks = _mark(record.flags)
    hard = exceeds(rules, record, sign, True)
    soft = exceeds(rules, record, sign, False)
    figures = rules.figures[0]
    closing = record.flags & figures.closing_flags
    helping = record.flags & figures.helping_flags & ~figures.closing_flags
    row.violations = hard | find_hindrances(closing)
    row.helps = (soft & ~hard) | find_hindrances(helping)
    row.length_mm = int(np.rint(np.float64(record.length_m) * 1000.0 * share))
    row.duration_s = seconds_on(rules, record, sign) * share
    row.edge_id = edge.source_id if linear else 0
    row.osm_way_id = edge.osm_way_id if linear else 0
    row.edge = int(walk[0])
    row.first_report, row.report_count = 0, 0


@inline
def _slope_on(record: Record, against: bool) -> int:  # noqa: FBT001 - numba has no keywords
    """Return the slope as walked; one of which nobody knows the direction leads up."""
    if (record.evidence >> _INCLINE_SHIFT) & _SOURCE == _MISSING:
        return UNKNOWN
    slope = int(record.slope_permille)
    if (record.flags & _UNSIGNED) != 0:
        return abs(slope)
    return -slope if against else slope


@inline
def _known(value: int) -> int:
    return UNKNOWN if value < 0 else int(value)


@inline
def _mark(flags: int) -> int:
    marks = 0
    for flag, mark in _MARKS:
        if (flags & flag) != 0:
            marks |= mark
    return marks


@inline
def _draw(
    line: NDArray[np.int32],
    against: bool,  # noqa: FBT001 - numba has no keywords
    start: float,
    end: float,
    points: NDArray[np.float64],
    at: int,
) -> int:
    """Write the part of a line between two shares of its length; return where it ends."""
    last = len(line) - 1
    wide = math.cos(math.radians(line[last if against else 0, 1] / PER_DEGREE))
    whole = 0.0
    for point in range(last):
        whole += _size(line, point, point + 1, wide)
    along, open_end = 0.0, True
    for point in range(last):
        one = last - point if against else point
        other = one - 1 if against else one + 1
        ax, ay = np.float64(line[one, 0]), np.float64(line[one, 1])
        dx, dy = line[other, 0] - ax, line[other, 1] - ay
        part = _size(line, one, other, wide)
        first, beyond = along / max(whole, 1e-9), (along + part) / max(whole, 1e-9)
        if point == last - 1:
            beyond = 1.0
        along += part
        if open_end and (start < beyond or point == last - 1):
            cut = min(max((start - first) / max(beyond - first, 1e-15), 0.0), 1.0)
            _put(points, at, ax + dx * cut, ay + dy * cut)
            at += 1
            open_end = False
        if not open_end:
            cut = min(max((end - first) / max(beyond - first, 1e-15), 0.0), 1.0)
            _put(points, at, ax + dx * cut, ay + dy * cut)
            at += 1
            if end <= beyond:
                break
    return at


@inline
def _size(line: NDArray[np.int32], one: int, other: int, wide: float) -> float:
    """Return how far two points of a line are apart, in stored units of latitude."""
    dx = np.float64(line[other, 0] - line[one, 0]) * wide
    dy = np.float64(line[other, 1] - line[one, 1])
    return math.sqrt(dx * dx + dy * dy)


@inline
def _put(points: NDArray[np.float64], at: int, x: float, y: float) -> None:
    points[at, 0], points[at, 1] = np.rint(x) / PER_DEGREE, np.rint(y) / PER_DEGREE


# -- steps aside -----------------------------------------------------------------------------


@maker
def _time_aside(pace: float, crossing_s: NDArray[np.float32], roads: Roads, aside: Aside) -> float:
    seconds = 0.0
    for row in _read_aside(pace, crossing_s, roads, aside)[0]:
        seconds += row.duration_s
    return seconds


@inline
def _take_aside(row: NDArray[np.float64]) -> Aside:
    return Aside(row[0], row[1], row[2], row[3], row[4])


@maker
def _read_aside(
    pace: float, crossing_s: NDArray[np.float32], roads: Roads, aside: Aside
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the rows of a straight step, and the ends of each (lon, lat, lon, lat).

    Beside roads nothing is known of it; over each bigger one it is a crossing. `pace` is in
    seconds per metre.
    """
    if aside.length_m < SAME_PLACE_M:
        return np.empty(0, STRETCH), np.empty((0, 4))
    aside = Aside(
        _round(aside.lon),
        _round(aside.lat),
        _round(aside.to_lon),
        _round(aside.to_lat),
        aside.length_m,
    )
    over = find_carriageways(
        roads,
        # Whole units, as `crowd` asks: a road may lie just at one end of the step.
        np.rint(aside.lon * PER_DEGREE),
        np.rint(aside.lat * PER_DEGREE),
        np.rint(aside.to_lon * PER_DEGREE),
        np.rint(aside.to_lat * PER_DEGREE),
        aside.length_m,
    )
    stretches, corners = np.empty(2 * len(over) + 1, STRETCH), np.empty((2 * len(over) + 1, 4))
    count, reached = 0, 0.0
    for place in range(len(over)):
        first, last, line = over[place, 0], over[place, 1], int(over[place, 2])
        if first > reached:
            _say_aside(pace, aside, (reached, first), stretches[count], corners[count])
            count += 1
        row = stretches[count]
        _say_aside(pace, aside, (first, last), row, corners[count])
        row.kind, row.crossing, row.marks = _CROSSING, _UNMAPPED, _INFERRED_MARK
        row.name, row.road_class = roads.lines[line, ROAD_NAME], roads.lines[line, ROAD_CLASS]
        row.duration_s += np.float64(crossing_s[_UNMAPPED, row.road_class])
        count, reached = count + 1, last
    if reached < 1.0:
        _say_aside(pace, aside, (reached, 1.0), stretches[count], corners[count])
        count += 1
    return stretches[:count], corners[:count]


@inline
def _round(degrees: float) -> float:
    return float(np.rint(degrees * PER_DEGREE) / PER_DEGREE)


@inline
def _say_aside(
    pace: float,
    aside: Aside,
    shares: tuple[float, float],
    row: Record,
    corners: NDArray[np.float64],
) -> None:
    """Say of a part of a step aside where it is, and that nothing is known of it."""
    length_m = aside.length_m * (shares[1] - shares[0])
    for end in range(2):
        lon = aside.lon + (aside.to_lon - aside.lon) * shares[end]
        lat = aside.lat + (aside.to_lat - aside.lat) * shares[end]
        corners[2 * end], corners[2 * end + 1] = _round(lon), _round(lat)
    row.kind, row.name, row.side, row.road_class, row.crossing = _ACCESS, 0, 0, 0, 0
    row.slope_permille, row.cross_slope_permille = UNKNOWN, UNKNOWN
    row.width_mm, row.passage_mm, row.kerb_mm = UNKNOWN, UNKNOWN, UNKNOWN
    row.steps, row.surface, row.smoothness = UNCOUNTED, UNKNOWN, UNKNOWN
    row.level_tenths, row.evidence, row.marks, row.helps, row.violations = 0, 0, 0, 0, 0
    row.length_mm = int(np.rint(length_m * 1000.0))
    row.duration_s = length_m * pace
    row.edge_id, row.osm_way_id, row.edge = 0, 0, NO_EDGE
    row.first_report, row.report_count = 0, 0


@inline
def _copy_aside(
    rows: NDArray[Any],
    corners: NDArray[np.float64],
    stretches: NDArray[Any],
    points: NDArray[np.float64],
    bounds: NDArray[np.int64],
    count: int,
) -> int:
    """Append the rows of a step aside; return how many rows there are."""
    for place in range(len(rows)):
        at = bounds[count]
        stretches[count] = rows[place]
        points[at, 0], points[at, 1] = corners[place, 0], corners[place, 1]
        points[at + 1, 0], points[at + 1, 1] = corners[place, 2], corners[place, 3]
        count += 1
        bounds[count] = at + 2
    return count


# -- links and reports -----------------------------------------------------------------------


def _cut_links(overlay: Overlay, walks: Walks) -> Lines:
    """Return the lines of walked links end to end, and where each begins; degrees."""
    if not overlay.links.edges:
        return _NO_LINES
    lines = [_cut_link(overlay, row) for row in walks[walks[:, 0] < 0]]
    if not lines:
        return _NO_LINES
    bounds = np.cumsum([0, *(len(line) for line in lines)], dtype=np.int64)
    return np.ascontiguousarray(np.vstack(lines)), bounds


def _cut_link(overlay: Overlay, row: NDArray[np.float64]) -> Shape:
    """Return the part of a link's line that a walk covers, in walking order."""
    walk = Walk(int(row[0]), bool(row[1]), float(row[2]), float(row[3]))
    shape = overlay.links.edges[-1 - walk.edge].shape
    if walk.start > 0.0 or walk.end < 1.0:
        return _cut(shape, walk).round(7)
    return (shape[::-1] if walk.against else shape).round(7)


def _cut(shape: Shape, walk: Walk) -> Shape:
    line = shape[::-1] if walk.against else shape
    steps = np.diff(line, axis=0) * (np.cos(np.radians(line[0, 1])), 1.0)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    along /= max(float(along[-1]), 1e-15)
    inner = (along > walk.start) & (along < walk.end)
    first = [np.interp(walk.start, along, line[:, axis]) for axis in (0, 1)]
    last = [np.interp(walk.end, along, line[:, axis]) for axis in (0, 1)]
    return np.vstack([first, line[inner], last])


class Reported(NamedTuple):
    """What is reported along a way."""

    way: Way
    notices: Mapping[int, tuple[Notice, ...]]
    """By place of the stretch."""
    phrases: list[Phrase]
    """What `Way.reports` number."""


def note_reports(overlay: Overlay, way: Way) -> Reported:
    """Return a way with what is reported along it; its rows are changed."""
    notices = {
        place: overlay.notices[edge]
        for place, edge in enumerate(way.stretches["edge"].tolist() if overlay.notices else ())
        if edge in overlay.notices
    }
    if not notices:
        return Reported(way, {}, [])
    reports = Reports()
    for place, found in notices.items():
        way.stretches["first_report"][place] = len(reports.numbers)
        way.stretches["report_count"][place] = len(found)
        reports.add(found)
    numbers = np.array(reports.numbers, np.int64)
    return Reported(way._replace(reports=numbers), notices, reports.phrases)
