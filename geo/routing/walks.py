"""From a found path to segments: what is walked, how long, and what is known about it."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Metres, Place, Segment, SegmentKind
from geo.routing.costs import Hindrance, Rules, exceeds, name_flags, price, seconds_on
from geo.routing.encoding import (
    ARC,
    STEPS_UNCOUNTED,
    UNKNOWN_U8,
    Crossing,
    Evidence,
    Flag,
    Kind,
    LimitKind,
    RoadClass,
    Side,
    unpack_evidence,
)
from geo.routing.kernels import inline, kernel
from geo.routing.overlay import Overlay
from geo.routing.plane import Shape


class Walk(NamedTuple):
    """A part of an edge as walked. `edge` below zero is a link: -1 - its number."""

    edge: int
    against: bool
    """Walked from its last to its first vertex."""
    start: float = 0.0
    end: float = 1.0
    """Shares of the length, in walking order."""


Walks = NDArray[np.float64]
"""Some walks, a row each, as kernels take them."""


def shares_of(walks: Walks) -> NDArray[np.float64]:
    """Return which part of its edge each walk covers."""
    return np.asarray(walks[:, 3] - walks[:, 2])


class Judged(NamedTuple):
    """What the kernel says about walks: one row each."""

    seconds: NDArray[np.float64]
    cost: NDArray[np.float64]
    hard: NDArray[np.int64]
    soft: NDArray[np.int64]


@kernel
def _judge(
    rules: Rules, records: NDArray[Any], signs: NDArray[np.int64], out: NDArray[np.float64]
) -> None:
    for row in range(len(records)):
        out[row, 0] = seconds_on(rules, records[row], signs[row])
        out[row, 1] = price(rules, records[row], signs[row])
        out[row, 2] = exceeds(rules, records[row], signs[row], True)
        out[row, 3] = exceeds(rules, records[row], signs[row], False)


def judge(overlay: Overlay, rules: Rules, walks: Walks) -> tuple[Judged, NDArray[Any]]:
    """Return time, cost and broken limits of whole edges, and their forward records."""
    records, _ = read_records(overlay, walks)
    signs = np.where(walks[:, 1] > 0, -1, 1)
    return judge_records(rules, records, signs), records


def judge_records(rules: Rules, records: NDArray[Any], signs: NDArray[np.int64]) -> Judged:
    """Return time, cost and broken limits of forward records, walked with or against (-1) them."""
    out = np.zeros((len(records), 4), np.float64)
    if len(records):
        _judge(rules, records, signs, out)
    hard, soft = out[:, 2].astype(np.int64), out[:, 3].astype(np.int64)
    return Judged(out[:, 0], out[:, 1], hard, soft)


def read_records(overlay: Overlay, walks: Walks) -> tuple[NDArray[Any], list[int]]:
    """Return forward records as they count now, and the rows that are not those of the base."""
    chosen = walks[:, 0].astype(np.int64)
    forward = overlay.graph.arrays.edges["arc_forward"]
    records = overlay.view.arcs[forward[np.maximum(chosen, 0)]]
    changed = []
    for place, edge in enumerate(chosen.tolist()):
        if edge < 0 or edge in overlay.records:
            known = overlay.links.edges[-1 - edge].record if edge < 0 else overlay.records[edge]
            records[place] = known
            changed.append(place)
    return records, changed


def lay_walks(
    overlay: Overlay, first: Sequence[Walk], codes: NDArray[np.int64], last: Sequence[Walk]
) -> Walks:
    """Return a traced path (2 * arc, plus 1 where walked against it) between other walks."""
    walks = np.empty((len(first) + len(codes) + len(last), 4))
    for row, walk in enumerate(first):
        walks[row] = walk
    for row, walk in enumerate(last, len(walks) - len(last)):
        walks[row] = walk
    _fill_in(overlay.view.arcs, overlay.view.links, codes, walks[len(first) :])
    return walks


@kernel
def _fill_in(
    arcs: NDArray[Any], links: NDArray[Any], codes: NDArray[np.int64], walks: NDArray[np.float64]
) -> None:
    for place in range(len(codes)):
        arc, against = codes[place] >> 1, (codes[place] & 1) != 0
        edge, turned = 0, False
        if arc < len(arcs):
            edge, turned = arcs[arc].edge, arcs[arc].reversed != 0
        else:
            edge, turned = links[arc - len(arcs)].edge, links[arc - len(arcs)].reversed != 0
        walks[place, 0], walks[place, 1] = edge, turned != against
        walks[place, 2], walks[place, 3] = 0.0, 1.0


def make_segments(overlay: Overlay, rules: Rules, walks: Walks) -> list[Segment]:
    """Return what is walked, in order.

    Segments that differ only in shape, length, time and ids share all their other values.
    """
    if not len(walks):
        return []
    records, changed = read_records(overlay, walks)
    arrays = overlay.graph.arrays
    rows, seconds, places, starts = _read(
        rules, records, arrays.edges, overlay.view.sort, arrays.shapes, walks
    )
    rows[changed, 0] = -1
    shapes = list(zip(*(places / PER_DEGREE).T.tolist(), strict=True))
    known, segments = overlay.graph.segments, []
    if len(known) > _MOST_ALIKE:
        known.clear()
    bounds = itertools.pairwise(starts.tolist())
    facts = zip(rows.tolist(), seconds.tolist(), bounds, strict=True)
    for place, (row, duration_s, (first, last)) in enumerate(facts):
        key, edge = tuple(row[:8]), row[11]
        alike = known.get(key)
        if alike is None:
            alike = _describe(overlay, key, records[place])
            if key[0] >= 0:
                known[key] = alike
        segment = object.__new__(Segment)
        values = {
            **alike,
            "shape": shapes[first:last] if edge >= 0 else _cut_out(overlay, walks[place]),
            "length_mm": row[8],
            "duration_s": duration_s,
            "notices": overlay.notices.get(edge, ()),
            "edge_id": row[9],
            "osm_way_id": row[10],
        }
        object.__setattr__(segment, "__dict__", values)
        segments.append(segment)
    return segments


def _describe(overlay: Overlay, key: tuple[int, ...], record: NDArray[Any]) -> dict[str, Any]:
    """Return the values of a segment that others may share, by field; see `_read` for the key."""
    _, name, side, level, hard, soft, closing, helping = key
    arc = dict(zip(_ARC_FIELDS, record.tolist(), strict=True))
    flags, against = arc["flags"], bool(side & 1)
    evidence = read_evidence(arc["evidence"])
    slope = None if evidence[LimitKind.INCLINE] is Evidence.MISSING else arc["slope_permille"]
    if slope is not None and flags & _UNSIGNED:
        slope = abs(slope)
    elif slope is not None and against:
        slope = -slope
    segment = Segment(
        kind=_KINDS[arc["kind"]],
        shape=[],
        length_mm=0,
        duration_s=0.0,
        evidence=evidence,
        name=overlay.graph.get_name(name),
        name_inferred=flags & _NAME_INFERRED != 0,
        side=_SIDES[side >> 1][against],
        road_class=_ROAD_CLASSES[arc["road_class"]],
        crossing=_CROSSINGS[arc["crossing"]],
        inferred=flags & _INFERRED != 0,
        slope_permille=slope,
        cross_slope_permille=_known(arc["cross_slope_permille"]),
        width_mm=_known(arc["width_mm"]),
        passage_mm=_known(arc["passage_mm"]),
        kerb_mm=_known(arc["kerb_mm"]),
        steps=None if arc["steps"] == STEPS_UNCOUNTED else arc["steps"],
        surface=None if arc["surface"] == UNKNOWN_U8 else arc["surface"],
        smoothness=None if arc["smoothness"] == UNKNOWN_U8 else arc["smoothness"],
        level_tenths=level,
        lift=flags & _LIFT != 0,
        private=flags & _PRIVATE != 0,
        tactile=flags & _TACTILE != 0,
        sound=flags & _SOUND != 0,
        ramp=flags & _RAMP != 0,
        handrail=flags & _HANDRAIL != 0,
        helps=_name_bits(soft & ~hard, helping),
        violations=_name_bits(hard, closing),
    )
    # What an answer says of all that, by language, is worked out once for all of them.
    return {**segment.__dict__, SAID: {}}


@kernel
def _read(
    rules: Rules,
    records: NDArray[Any],
    edges: NDArray[Any],
    sort: NDArray[np.int32],
    shapes: NDArray[np.int32],
    walks: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return per walk a row, the seconds, and all shapes end to end with where each begins.

    A row has the sort of arc, name, 2 * side + against, level, broken limits (hard, soft),
    flags that close and that ask for help; then length in mm, row of the street, way of OSM,
    edge.
    """
    count, points = len(walks), 0
    for place in range(count):
        points += edges[max(int(walks[place, 0]), 0)].shape_count + 2
    rows = np.zeros((count, 12), np.int64)
    seconds = np.zeros(count, np.float64)
    drawn = np.empty((points, 2), np.float64)
    starts = np.zeros(count + 1, np.int64)
    for place in range(count):
        edge, record, row = edges[max(int(walks[place, 0]), 0)], records[place], rows[place]
        against = walks[place, 1] > 0
        share, sign = walks[place, 3] - walks[place, 2], -1 if against else 1
        linear = walks[place, 0] >= 0
        closing = record.flags & rules.closing_flags
        row[0] = sort[edge.arc_forward]
        row[1] = edge.name if linear else 0
        row[2] = (2 * edge.side if linear else 0) + against
        row[3] = record.level
        row[4] = exceeds(rules, record, sign, True)
        row[5] = exceeds(rules, record, sign, False)
        row[6] = closing
        row[7] = record.flags & rules.helping_flags & ~rules.closing_flags
        row[8] = int(np.rint(np.float64(record.length_m) * 1000.0 * share))
        row[9] = edge.source_id if linear else 0
        row[10] = edge.osm_way_id if linear else 0
        row[11] = walks[place, 0]
        seconds[place] = seconds_on(rules, record, sign) * share
        starts[place + 1] = _draw(
            shapes[edge.shape_start : edge.shape_start + edge.shape_count],
            against,
            walks[place, 2],
            walks[place, 3],
            drawn,
            starts[place],
        )
    return rows, seconds, drawn[: starts[count]], starts


@inline
def _draw(
    line: NDArray[np.int32],
    against: bool,  # noqa: FBT001 - numba has no keywords
    start: float,
    end: float,
    drawn: NDArray[np.float64],
    at: int,
) -> int:
    """Write the part of a line between two shares of its length; return where it ends."""
    last = len(line) - 1
    wide = math.cos(math.radians(line[last if against else 0, 1] / PER_DEGREE))
    whole = 0.0
    for point in range(last):
        dx, dy = line[point + 1, 0] - line[point, 0], line[point + 1, 1] - line[point, 1]
        whole += math.hypot(dx * wide, dy)
    along, open_end = 0.0, True
    for point in range(last):
        one = last - point if against else point
        other = one - 1 if against else one + 1
        ax, ay = np.float64(line[one, 0]), np.float64(line[one, 1])
        dx, dy = line[other, 0] - ax, line[other, 1] - ay
        part = math.hypot(dx * wide, dy)
        first, beyond = along / max(whole, 1e-9), (along + part) / max(whole, 1e-9)
        if point == last - 1:
            beyond = 1.0
        along += part
        if open_end and (start < beyond or point == last - 1):
            cut = min(max((start - first) / max(beyond - first, 1e-15), 0.0), 1.0)
            drawn[at, 0], drawn[at, 1] = np.rint(ax + dx * cut), np.rint(ay + dy * cut)
            at += 1
            open_end = False
        if not open_end:
            cut = min(max((end - first) / max(beyond - first, 1e-15), 0.0), 1.0)
            drawn[at, 0], drawn[at, 1] = np.rint(ax + dx * cut), np.rint(ay + dy * cut)
            at += 1
            if end <= beyond:
                break
    return at


SAID = "_said"
"""Where segments that are alike keep, by language, what an answer says of them."""
_MOST_ALIKE = 50_000
PER_DEGREE = 1e7
_ARC_FIELDS: tuple[str, ...] = ARC.names or ()
_KINDS = tuple(SegmentKind.of(kind) for kind in Kind)
_ROAD_CLASSES, _CROSSINGS = tuple(RoadClass), tuple(Crossing)
_SIDES = ((Side.NONE, Side.NONE), (Side.LEFT, Side.RIGHT), (Side.RIGHT, Side.LEFT))
"""Side as walked, by side of the edge and whether it is walked against its direction."""
_UNSIGNED, _INFERRED = int(Flag.SLOPE_UNSIGNED), int(Flag.INFERRED)
_NAME_INFERRED = int(Flag.NAME_INFERRED)
_LIFT, _PRIVATE = int(Flag.LIFT | Flag.HALF_LIFT), int(Flag.PRIVATE)
_TACTILE, _SOUND, _HANDRAIL = int(Flag.TACTILE), int(Flag.SOUND), int(Flag.HANDRAIL)
_RAMP = int(Flag.RAMP_WHEELCHAIR | Flag.RAMP_STROLLER)


@lru_cache(maxsize=4096)
def read_evidence(packed: int) -> Mapping[LimitKind, Evidence]:
    """Return where each limit's value comes from; callers share the mapping."""
    return MappingProxyType({limit: unpack_evidence(packed, limit) for limit in LimitKind})


def access_segment(start: Place, end: Place, length_m: float, pace: float) -> Segment:
    """Return the stretch between a door or point and the street, of which nothing is known."""
    return Segment(
        kind=SegmentKind.ACCESS,
        shape=[start, end],
        length_mm=round(length_m * 1000),
        duration_s=length_m * pace,
        evidence=read_evidence(0),
        steps=None,
    )


def sum_evidence(segments: Iterable[Segment]) -> Metres:
    """Return millimetres by limit and source; for each limit they add up to the length."""
    alike: dict[int, tuple[Mapping[LimitKind, Evidence], int]] = {}
    for segment in segments:
        evidence, length = alike.get(id(segment.evidence), (segment.evidence, 0))
        alike[id(evidence)] = evidence, length + segment.length_mm
    sums: Metres = {limit: dict.fromkeys(Evidence, 0) for limit in LimitKind}
    for evidence, length in alike.values():
        for limit, source in evidence.items():
            sums[limit][source] += length
    return sums


def measure_climb(segments: Iterable[Segment]) -> tuple[int, int]:
    """Return (up, down) in millimetres, as far as slopes are known or assumed."""
    rises = [s.length_mm * (s.slope_permille or 0) / 1000 for s in segments if not s.lift]
    return round(sum(r for r in rises if r > 0)), round(-sum(r for r in rises if r < 0))


def _cut_out(overlay: Overlay, row: NDArray[np.float64]) -> list[Place]:
    """Return the part of a link's line that a walk covers, in walking order."""
    walk = Walk(int(row[0]), bool(row[1]), float(row[2]), float(row[3]))
    shape = overlay.links.edges[-1 - walk.edge].shape
    whole = walk.start <= 0.0 and walk.end >= 1.0
    line: list[list[float]] = (shape if whole else _cut(shape, walk)).round(7).tolist()
    if whole and walk.against:
        line.reverse()
    return [(lon, lat) for lon, lat in line]


def _cut(shape: Shape, walk: Walk) -> Shape:
    line = shape[::-1] if walk.against else shape
    steps = np.diff(line, axis=0) * (np.cos(np.radians(line[0, 1])), 1.0)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    along /= max(float(along[-1]), 1e-15)
    inner = (along > walk.start) & (along < walk.end)
    first = [np.interp(walk.start, along, line[:, axis]) for axis in (0, 1)]
    last = [np.interp(walk.end, along, line[:, axis]) for axis in (0, 1)]
    return np.vstack([first, line[inner], last])


def _known(value: int) -> int | None:
    return None if value < 0 else int(value)


def _name_bits(bits: int, flags: int) -> tuple[Hindrance, ...]:
    if not bits and not flags:
        return ()
    named = [each for each in Hindrance if bits >> int(each) & 1]
    return tuple(dict.fromkeys([*named, *name_flags(flags)]))
