"""Put the legs behind both ends into a way: segments and steps from door to door.

The router walks in a straight line between the street and a target; what is known to lie there
(a path, a ramp, steps, a door) takes the place of that line. Pure. Lengths stay whole
millimetres, so the evidence of the result still adds up to its length, and the steps still
cover every segment once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audits.journeys.model import End, LegPart, ResolvedBy
from geo.distance import measure_m
from geo.mobility import Profile
from geo.routing.answer import Phrase, Place, Route, Segment, SegmentKind, Step
from geo.routing.directions.measures import measure
from geo.routing.directions.telling import add_phrases
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.paces import PACES, SLOPE_CAP, slope_paces
from geo.routing.segments import pack

_NOTHING_KNOWN = dict.fromkeys(LimitKind, Evidence.MISSING)
_DOUBTED = frozenset({ResolvedBy.MAPPED_ENTRANCE, ResolvedBy.BUILDING_SIDE, ResolvedBy.CENTROID})
_NEAR_DOOR_MM = 50_000
"""So far from a door the description of "the way to the door" is taken to reach (P)."""


@dataclass(frozen=True, slots=True)
class Doorstep:
    """A way from door to door, and which of its segments are parts of an entrance."""

    route: Route
    parts: dict[int, LegPart]
    """By number of the segment."""


def walk_to_the_door(route: Route, origin: End, target: End, profile: Profile) -> Doorstep:
    """Return the way with the legs of both ends in it; `route` is not changed.

    For a way without stops, or one leg of a way with some (`audits.journeys.stops`).
    """
    if not (origin.leg or target.leg):
        doubts = list_doubts(target)
        if not doubts:
            return Doorstep(route, {})
        return Doorstep(replace(route, warnings=add_phrases(route.warnings, doubts)), {})
    middle = list(route.segments)
    tail = _take_line(middle, -1) if target.leg else None
    head = _take_line(middle, 0) if origin.leg else None
    line_in, parts_in = _enter(tail, target, profile)
    line_out, parts_out = _enter(_turn_around(head), origin, profile)
    line_out, parts_out = _turn_around(line_out), [_reverse(s) for s in reversed(parts_out)]
    before = [line for line in (line_out,) if line is not None]
    after = [line for line in (line_in,) if line is not None]
    whole = [*parts_out, *before, *middle, *after, *parts_in]
    gone = ({0} if head and not line_out else set()) | (
        {len(route.segments) - 1} if tail and not line_in else set()
    )
    steps = _place_steps(route, whole, len(parts_out), gone)
    told = [*_say_out(parts_out, origin.leg), *steps[:-1]]
    first_in = len(whole) - len(parts_in)
    told += _say_in(parts_in, target.leg, first_in, steps[-1:], whole)
    silent = (0.0 if parts_out else origin.target.extra_seconds) + (
        0.0 if parts_in else target.target.extra_seconds
    )
    measures = measure(pack(whole).way)
    result = replace(
        route,
        segments=whole,
        steps=told,
        length_mm=sum(segment.length_mm for segment in whole),
        duration_s=measures.duration_s + silent,
        climb_mm=measures.climb_mm,
        descent_mm=measures.descent_mm,
        evidence_mm=measures.evidence_mm.tolist(),
        warnings=add_phrases(route.warnings, list_doubts(target)),
    )
    parts = dict(enumerate(reversed(origin.leg))) if parts_out else {}
    parts |= dict(enumerate(target.leg, first_in))
    return Doorstep(result, parts)


def list_doubts(target: End) -> list[Phrase]:
    """Say that nobody surveyed the door where a way ends, where that is so."""
    if target.resolved_by in _DOUBTED and target.place_id is not None:
        return [Phrase(f"warning.resolved.{target.resolved_by.value}")]
    return []


# -- segments ----------------------------------------------------------------------------------


def _take_line(segments: list[Segment], at: int) -> Segment | None:
    """Take the straight line to the street off one end of a way, where there is one."""
    if segments and segments[at].kind is SegmentKind.ACCESS:
        return segments.pop(at)
    return None


def _enter(
    line: Segment | None, end: End, profile: Profile
) -> tuple[Segment | None, list[Segment]]:
    """Return what is left of the line from the street, and the parts, as one walks in.

    Parts of a known length without a line of their own lie on the last stretch of the straight
    line; where they are longer than it, nothing of it is left.
    """
    if not end.leg:
        return line, []
    begin = (end.target.lon, end.target.lat)
    door = end.door or begin
    shaped = next((n for n, part in enumerate(end.leg) if part.shape), len(end.leg))
    lengths = [_length_of(part, line) for part in end.leg[:shaped]]
    wanted = sum(lengths)
    foot = begin
    if line is not None and wanted:
        left = max(line.length_mm - wanted, 0)
        share = left / max(line.length_mm, 1)
        foot = _between(line.shape[0], begin, share)
        seconds = line.duration_s * share
        shape = [line.shape[0], foot]
        line = replace(line, shape=shape, length_mm=left, duration_s=seconds) if left else None
    made, walked = [], 0
    for number, part in enumerate(end.leg):
        if part.shape:
            spots: Sequence[Place] = part.shape
        elif number < shaped:
            spots = [_between(foot, begin, walked / max(wanted, 1))]
            walked += lengths[number]
            spots = [*spots, _between(foot, begin, walked / max(wanted, 1))]
        else:
            spots = (door, door)
        length_mm = lengths[number] if number < shaped else part.length_mm
        made.append(_segment(part, spots, length_mm, profile))
    return line, made


def _length_of(part: LegPart, line: Segment | None) -> int:
    """Return how long a part without a line is; a described way to the door lies on the line."""
    if part.length_mm or part.kind is not SegmentKind.PATH or line is None:
        return part.length_mm
    return min(line.length_mm, _NEAR_DOOR_MM)


def _segment(part: LegPart, shape: Sequence[Place], length_mm: int, profile: Profile) -> Segment:
    drawn_mm = round(measure_m(shape) * 1000)
    # A surveyed line says more about its length than a number does.
    length_mm = drawn_mm if part.shape else length_mm
    slope = min(max(part.slope_permille or 0, -SLOPE_CAP), SLOPE_CAP)
    pace = float(slope_paces(PACES[profile])[slope + SLOPE_CAP])
    return Segment(
        kind=part.kind,
        shape=list(shape),
        length_mm=length_mm,
        duration_s=length_mm / 1000 * pace + part.extra_s,
        evidence=part.evidence or _NOTHING_KNOWN,
        slope_permille=part.slope_permille,
        cross_slope_permille=part.cross_slope_permille,
        width_mm=part.width_mm,
        passage_mm=part.passage_mm,
        kerb_mm=part.kerb_mm,
        steps=part.steps,
        surface=part.surface,
        smoothness=part.smoothness,
        lift=part.lift,
        ramp=part.ramp,
        handrail=part.handrail,
    )


def _turn_around(segment: Segment | None) -> Segment | None:
    return None if segment is None else _reverse(segment)


def _reverse(segment: Segment) -> Segment:
    slope = segment.slope_permille
    return replace(
        segment, shape=segment.shape[::-1], slope_permille=None if slope is None else -slope
    )


def _between(one: Place, other: Place, share: float) -> Place:
    return (one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share)


# -- steps -------------------------------------------------------------------------------------


def _place_steps(route: Route, whole: list[Segment], shift: int, gone: set[int]) -> list[Step]:
    """Give steps their new segments; a step of which nothing is left goes."""
    placed = []
    for step in route.steps:
        covered = range(step.first_segment, step.first_segment + step.segment_count)
        left = step.segment_count - sum(number in gone for number in covered)
        first = step.first_segment - sum(number < step.first_segment for number in gone) + shift
        if step.segment_count and not left and step is not route.steps[-1]:
            continue
        segments = whole[first : first + left]
        length_mm = sum(segment.length_mm for segment in segments)
        # An arrival may take longer than what it covers: the way in, of which nothing is known.
        seconds = step.duration_s + sum(segment.duration_s for segment in segments)
        seconds -= sum(route.segments[number].duration_s for number in covered)
        phrase = step.phrase
        if phrase.key.startswith("access.") and length_mm != step.length_mm:
            phrase = Phrase(phrase.key, {**phrase.params, "distance_mm": length_mm})
        placed.append(
            replace(
                step,
                phrase=phrase,
                place=segments[0].shape[0] if segments else step.place,
                first_segment=first,
                segment_count=left,
                length_mm=length_mm if left else 0,
                duration_s=max(seconds, 0.0),
            )
        )
    return placed


def _say_out(segments: list[Segment], leg: Sequence[LegPart]) -> list[Step]:
    return [
        _step(segment, part.phrase_out, _turned(part.remarks), number)
        for number, (segment, part) in enumerate(zip(segments, reversed(leg), strict=False))
    ]


def _say_in(
    segments: list[Segment],
    leg: Sequence[LegPart],
    first: int,
    arrival: list[Step],
    whole: list[Segment],
) -> list[Step]:
    """Say the parts of an entrance before the arrival.

    The arrival may cover the last metres from the street and say on which side they go off;
    that then belongs to the first part.
    """
    if not segments or not arrival:
        return arrival
    end = arrival[0]
    steps = [
        _step(segment, part.phrase, part.remarks, first + number)
        for number, (segment, part) in enumerate(zip(segments, leg, strict=True))
    ]
    near = whole[end.first_segment : end.first_segment + end.segment_count]
    steps[0] = replace(
        steps[0],
        place=end.place if near else steps[0].place,
        length_mm=steps[0].length_mm + sum(segment.length_mm for segment in near),
        duration_s=steps[0].duration_s + sum(segment.duration_s for segment in near),
        first_segment=first - len(near),
        segment_count=1 + len(near),
        remarks=(*end.remarks, *steps[0].remarks),
    )
    steps.append(
        replace(
            end,
            place=segments[-1].shape[-1],
            length_mm=0,
            duration_s=0.0,
            first_segment=len(whole),
            segment_count=0,
            remarks=(),
        )
    )
    return steps


def _step(segment: Segment, phrase: Phrase, remarks: Sequence[Phrase], number: int) -> Step:
    if phrase.key.endswith(".path.plain") and segment.length_mm:
        key = phrase.key.removesuffix(".plain")
        phrase = Phrase(key, {"distance_mm": segment.length_mm})
    elif phrase.key.endswith(".path"):
        phrase = Phrase(phrase.key, {"distance_mm": segment.length_mm})
    return Step(
        phrase=phrase,
        place=segment.shape[0],
        length_mm=segment.length_mm,
        duration_s=segment.duration_s,
        first_segment=number,
        segment_count=1,
        remarks=tuple(remarks),
    )


_OTHER_WAY = {
    "remark.slope_up": "remark.slope_down",
    "remark.slope_down": "remark.slope_up",
    "remark.door.help.staff": "open.staff",
    "remark.door.help.companion": "open.companion",
    "remark.door.help.key": "remark.help.key",
}
"""What is said instead for somebody who goes out."""
_ONLY_IN = frozenset(
    {
        "remark.door.ask",
        "remark.door.bell",
        "remark.door.intercom",
        "remark.door.help.effort",
    }
)


def _turned(remarks: Sequence[Phrase]) -> list[Phrase]:
    """Say remarks for somebody who goes out."""
    return [
        Phrase(_OTHER_WAY.get(remark.key, remark.key), remark.params)
        for remark in remarks
        if remark.key not in _ONLY_IN
    ]
