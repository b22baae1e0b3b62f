"""From a found path to segments: what is walked, how long, and what is known about it."""

from collections.abc import Iterable
from dataclasses import dataclass
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
    plain = records.tolist()
    return [
        _make_segment(
            overlay, rules, walk, dict(zip(_FIELDS, plain[row], strict=True)), judged, row
        )
        for row, walk in enumerate(walks)
    ]


_FIELDS: tuple[str, ...] = ARC.names or ()


def _make_segment(
    overlay: Overlay, rules: Rules, walk: Walk, record: dict[str, Any], judged: Judged, row: int
) -> Segment:
    share = abs(walk.end - walk.start)
    flags, packed = int(record["flags"]), int(record["evidence"])
    evidence = {limit: unpack_evidence(packed, limit) for limit in LimitKind}
    closing = flags & int(rules.closing_flags)
    helping = flags & int(rules.helping_flags)
    hard, soft = int(judged.hard[row]), int(judged.soft[row]) & ~int(judged.hard[row])
    slope_known = evidence[LimitKind.INCLINE] is not Evidence.MISSING
    slope = -record["slope_permille"] if walk.against else record["slope_permille"]
    edge = None if walk.edge < 0 else overlay.graph.arrays.edges[walk.edge]
    return Segment(
        kind=SegmentKind.of(Kind(record["kind"])),
        shape=[tuple(p) for p in cut(_shape_of(overlay, walk), walk).tolist()],
        length_mm=round(float(record["length_m"]) * 1000 * share),
        duration_s=float(judged.seconds[row]) * share,
        evidence=evidence,
        name={} if edge is None else overlay.graph.get_name(int(edge["name"])),
        side=Side.NONE if edge is None else _side_walked(Side(int(edge["side"])), walk),
        road_class=RoadClass(record["road_class"]),
        crossing=Crossing(record["crossing"]),
        inferred=bool(flags & Flag.INFERRED),
        slope_permille=int(slope) if slope_known else None,
        cross_slope_permille=_known(record["cross_slope_permille"]),
        width_mm=_known(record["width_mm"]),
        passage_mm=_known(record["passage_mm"]),
        kerb_mm=_known(record["kerb_mm"]),
        steps=None if record["steps"] == STEPS_UNCOUNTED else int(record["steps"]),
        surface=None if record["surface"] == UNKNOWN_U8 else int(record["surface"]),
        smoothness=None if record["smoothness"] == UNKNOWN_U8 else int(record["smoothness"]),
        level_tenths=int(record["level"]),
        lift=bool(flags & (Flag.LIFT | Flag.HALF_LIFT)),
        private=bool(flags & Flag.PRIVATE),
        tactile=bool(flags & Flag.TACTILE),
        sound=bool(flags & Flag.SOUND),
        ramp=bool(flags & (Flag.RAMP_WHEELCHAIR | Flag.RAMP_STROLLER)),
        handrail=bool(flags & Flag.HANDRAIL),
        helps=_name_bits(soft, helping & ~closing),
        violations=_name_bits(hard, closing),
        notices=overlay.notices.get(walk.edge, ()),
        edge_id=0 if edge is None else int(edge["source_id"]),
        osm_way_id=0 if edge is None else int(edge["osm_way_id"]),
    )


def access_segment(start: Place, end: Place, length_m: float, pace: float) -> Segment:
    """Return the stretch between a door or point and the street, of which nothing is known."""
    return Segment(
        kind=SegmentKind.ACCESS,
        shape=[start, end],
        length_mm=round(length_m * 1000),
        duration_s=length_m * pace,
        evidence=dict.fromkeys(LimitKind, Evidence.MISSING),
        steps=None,
    )


def sum_evidence(segments: Iterable[Segment]) -> Metres:
    """Return millimetres by limit and source; for each limit they add up to the length."""
    sums: Metres = {limit: dict.fromkeys(Evidence, 0) for limit in LimitKind}
    for segment in segments:
        for limit, source in segment.evidence.items():
            sums[limit][source] += segment.length_mm
    return sums


def measure_climb(segments: Iterable[Segment]) -> tuple[int, int]:
    """Return (up, down) in millimetres, as far as slopes are known or assumed."""
    rises = [s.length_mm * (s.slope_permille or 0) / 1000 for s in segments if not s.lift]
    return round(sum(r for r in rises if r > 0)), round(-sum(r for r in rises if r < 0))


def cut(shape: Shape, walk: Walk) -> Shape:
    """Return the part of a line that a walk covers, in walking order."""
    line = shape[::-1] if walk.against else shape
    if walk.start <= 0.0 and walk.end >= 1.0:
        return line
    steps = np.diff(line, axis=0) * (np.cos(np.radians(line[0, 1])), 1.0)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    along /= max(float(along[-1]), 1e-15)
    inner = (along > walk.start) & (along < walk.end)
    first = [np.interp(walk.start, along, line[:, axis]) for axis in (0, 1)]
    last = [np.interp(walk.end, along, line[:, axis]) for axis in (0, 1)]
    return np.vstack([first, line[inner], last])


def _shape_of(overlay: Overlay, walk: Walk) -> Shape:
    if walk.edge < 0:
        return overlay.links.edges[-1 - walk.edge].shape
    return overlay.graph.get_shape(walk.edge)


def _side_walked(side: Side, walk: Walk) -> Side:
    if side is Side.NONE or not walk.against:
        return side
    return Side.RIGHT if side is Side.LEFT else Side.LEFT


def _known(value: int) -> int | None:
    return None if value < 0 else int(value)


def _name_bits(bits: int, flags: int) -> tuple[Hindrance, ...]:
    named = [each for each in Hindrance if bits >> int(each) & 1]
    return tuple(dict.fromkeys([*named, *name_flags(flags)]))
