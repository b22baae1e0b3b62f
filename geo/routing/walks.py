"""From a found path to segments: what is walked, how long, and what is known about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Metres, Place, Segment, SegmentKind
from geo.routing.costs import Hindrance, Rules, exceeds, name_flags, price, seconds_on
from geo.routing.encoding import (
    ARC,
    EDGE,
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
from geo.routing.kernels import kernel
from geo.routing.overlay import Overlay
from geo.routing.plane import Shape


@dataclass(frozen=True, slots=True)
class Walk:
    """A part of an edge as walked. `edge` below zero is a link: -1 - its number."""

    edge: int
    against: bool
    """Walked from its last to its first vertex."""
    start: float = 0.0
    end: float = 1.0
    """Shares of the length, in walking order."""


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


def judge(overlay: Overlay, rules: Rules, walks: list[Walk]) -> tuple[Judged, NDArray[Any]]:
    """Return time, cost and broken limits of whole edges, and their forward records."""
    records = np.array([_record_of(overlay, walk) for walk in walks], ARC).reshape(-1)
    signs = np.array([-1 if walk.against else 1 for walk in walks], np.int64)
    out = np.zeros((len(walks), 4), np.float64)
    if walks:
        _judge(rules, records, signs, out)
    hard, soft = out[:, 2].astype(np.int64), out[:, 3].astype(np.int64)
    return Judged(out[:, 0], out[:, 1], hard, soft), records


def _record_of(overlay: Overlay, walk: Walk) -> NDArray[Any]:
    if walk.edge < 0:
        return overlay.links.edges[-1 - walk.edge].record
    return overlay.get_record(walk.edge)


def walk_of_arc(overlay: Overlay, code: int) -> Walk:
    """Return the walk for one entry of a traced path (2 * arc, plus 1 against it)."""
    arc, against = code >> 1, bool(code & 1)
    base = len(overlay.view.head)
    record = overlay.view.arcs[arc] if arc < base else overlay.view.links[arc - base]
    return Walk(int(record["edge"]), bool(record["reversed"]) != against)


def make_segments(overlay: Overlay, rules: Rules, walks: list[Walk]) -> list[Segment]:
    """Return what is walked, in order."""
    judged, records = judge(overlay, rules, walks)
    edges = overlay.graph.arrays.edges
    rows = edges[np.array([max(walk.edge, 0) for walk in walks], np.int64)].tolist()
    closing, helping = int(rules.closing_flags), int(rules.helping_flags)
    facts = zip(
        *(walks, records.tolist(), rows, judged.seconds.tolist()),
        *(judged.hard.tolist(), judged.soft.tolist()),
        strict=True,
    )
    segments = []
    for walk, record, row, seconds, hard, soft in facts:
        arc = dict(zip(_ARC_FIELDS, record, strict=True))
        edge = dict(zip(_EDGE_FIELDS, row, strict=True)) if walk.edge >= 0 else _NO_EDGE
        flags = arc["flags"]
        helps = _name_bits(soft & ~hard, flags & helping & ~closing)
        closed = _name_bits(hard, flags & closing)
        segments.append(_make_segment(overlay, walk, arc, edge, seconds, helps, closed))
    return segments


def _make_segment(
    overlay: Overlay,
    walk: Walk,
    arc: dict[str, Any],
    edge: dict[str, Any],
    seconds: float,
    helps: tuple[Hindrance, ...],
    closed: tuple[Hindrance, ...],
) -> Segment:
    share, flags = walk.end - walk.start, arc["flags"]
    evidence = read_evidence(arc["evidence"])
    slope = None if evidence[LimitKind.INCLINE] is Evidence.MISSING else arc["slope_permille"]
    if slope is not None and flags & _UNSIGNED:
        slope = abs(slope)
    elif slope is not None and walk.against:
        slope = -slope
    return Segment(
        kind=_KINDS[arc["kind"]],
        shape=_cut_out(overlay, walk),
        length_mm=round(arc["length_m"] * 1000 * share),
        duration_s=seconds * share,
        evidence=evidence,
        name=overlay.graph.get_name(edge["name"]),
        side=_SIDES[edge["side"]][walk.against],
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
        level_tenths=arc["level"],
        lift=flags & _LIFT != 0,
        private=flags & _PRIVATE != 0,
        tactile=flags & _TACTILE != 0,
        sound=flags & _SOUND != 0,
        ramp=flags & _RAMP != 0,
        handrail=flags & _HANDRAIL != 0,
        helps=helps,
        violations=closed,
        notices=overlay.notices.get(walk.edge, ()),
        edge_id=edge["source_id"],
        osm_way_id=edge["osm_way_id"],
    )


_ARC_FIELDS: tuple[str, ...] = ARC.names or ()
_EDGE_FIELDS: tuple[str, ...] = EDGE.names or ()
_NO_EDGE: dict[str, Any] = dict.fromkeys(_EDGE_FIELDS, 0)
_KINDS = tuple(SegmentKind.of(kind) for kind in Kind)
_ROAD_CLASSES, _CROSSINGS = tuple(RoadClass), tuple(Crossing)
_SIDES = ((Side.NONE, Side.NONE), (Side.LEFT, Side.RIGHT), (Side.RIGHT, Side.LEFT))
"""Side as walked, by side of the edge and whether it is walked against its direction."""
_UNSIGNED, _INFERRED = int(Flag.SLOPE_UNSIGNED), int(Flag.INFERRED)
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


def _cut_out(overlay: Overlay, walk: Walk) -> list[Place]:
    """Return the part of the edge's line that a walk covers, in walking order."""
    if walk.edge < 0:
        shape = overlay.links.edges[-1 - walk.edge].shape
    else:
        shape = overlay.graph.get_shape(walk.edge)
    whole = walk.start <= 0.0 and walk.end >= 1.0
    line: list[list[float]] = (shape if whole else _cut(shape, walk)).tolist()
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
