"""The steps of a way, in order, each with what is worth knowing on it."""

from collections.abc import Iterator

import numpy as np

from geo.mobility import Profile
from geo.routing.answer import Phrase, Place, Segment, Step, Target
from geo.routing.bearings import add_bends
from geo.routing.costs import limits_in_force
from geo.routing.directions.guide import Guide
from geo.routing.directions.headings import (
    SLIGHT_DEG,
    draw,
    name_side,
    name_turn,
    note_faces,
    read_clock,
)
from geo.routing.directions.legs import Leg, split
from geo.routing.directions.phrases import instruct
from geo.routing.directions.remarks import Reader, list_remarks
from geo.routing.directions.whole import Whole, summarise
from geo.routing.landmarks import Landmarks
from geo.routing.needs import Needs
from geo.routing.plane import turn

_NEAR_DOOR_MM = 15_000
"""A last stretch no longer than this is said by its side at the arrival."""
_LASTING = frozenset({"remark.surface.uneven", "remark.private"})
"""Remarks that go without saying when the step before said them."""
_WINDING_DEG = 150.0
_SIDES = frozenset({"left", "right"})
_QUARTERS = frozenset({3, 6, 9, 12})
_MM_PER_PACE = 650
_MOST_PACES = 100


def describe(
    segments: list[Segment],
    target: Target,
    needs: Needs,
    landmarks: Landmarks | None = None,
    whole: Whole | None = None,
) -> list[Step]:
    """Return the steps of a way, the arrival last.

    `landmarks` are named places beside it; `whole` is the summary of the same segments, when
    somebody made it already.
    """
    if not segments:
        return [_arrive(target, (target.lon, target.lat), 0)]
    line = draw(segments)
    note_faces(segments, line)
    legs = split(segments)
    near = legs[-1] if _ends_beside(legs) else None
    if near is not None:
        legs = legs[:-1]
    spans = [(leg.first, leg.first + len(leg.segments)) for leg in legs]
    bends = add_bends(*line, np.array(spans, np.int64).reshape(-1, 2)).tolist()
    reader = Reader(needs.profile, whole or summarise(segments, needs), limits_in_force(needs))
    guide = Guide(landmarks, line, legs) if landmarks is not None else None
    steps: list[Step] = []
    heading: float | None = None
    for number, leg in enumerate(legs):
        leg.bends_deg = bends[number]
        phrase = instruct(leg, heading, last=number == len(legs) - 1)
        remarks = list(_place_in_space(leg, heading, needs.profile))
        remarks += list_remarks(leg, reader)
        if steps:
            remarks = [each for each in remarks if not _is_still_so(each, steps[-1])]
        if guide is not None:
            remarks += guide.mention(leg, heading)
        steps.append(
            Step(
                phrase=phrase,
                place=leg.start,
                length_mm=leg.length_mm,
                duration_s=leg.duration_s,
                first_segment=leg.first,
                segment_count=len(leg.segments),
                remarks=tuple(remarks),
            )
        )
        # Who comes out of a door has no heading: they are told the compass point.
        heading = leg.outcome if number or leg.form != "access" else None
    return [*steps, _arrive(target, segments[-1].shape[-1], len(segments), near, heading)]


def _is_still_so(remark: Phrase, before: Step) -> bool:
    """Whether a remark says what was just said and did not change."""
    return remark.key in _LASTING and remark in before.remarks


def _ends_beside(legs: list[Leg]) -> bool:
    last = legs[-1]
    return len(legs) > 1 and last.form == "access" and last.length_mm < _NEAR_DOOR_MM


def _place_in_space(leg: Leg, heading: float | None, profile: Profile) -> Iterator[Phrase]:
    """Say where a crossing, stairs or a lift lie as one comes, and directions without sight."""
    blind = profile is Profile.LOW_VISION
    if heading is not None:
        angle = turn(heading, leg.outset)
        word = name_turn(angle)
        where = word.rpartition("_")[2]
        if leg.form == "access":
            yield Phrase(f"remark.arrive.{where}" if where in _SIDES else "remark.arrive.ahead")
        elif leg.form != "walk" and word != "straight":
            yield Phrase(f"face.{leg.form}.{where}")
        hour = read_clock(angle)
        if blind and word != "straight" and hour not in _QUARTERS:
            yield Phrase("remark.clock", {"n": hour})
    paces = round(leg.length_mm / _MM_PER_PACE)
    if blind and leg.form in {"walk", "access"} and 0 < paces <= _MOST_PACES:
        yield Phrase("remark.paces", {"n": paces})
    if leg.form == "walk":
        yield from _bend(leg)
    if blind and leg.shift_deg and leg.form == "walk":
        yield Phrase(f"remark.shift.{'left' if leg.shift_deg > 0 else 'right'}")


def _bend(leg: Leg) -> Iterator[Phrase]:
    """Say when one way leads elsewhere than it sets off, or turns to and fro."""
    net = turn(leg.outset, leg.outcome)
    if abs(net) >= SLIGHT_DEG:
        yield Phrase(f"remark.bends.{'left' if net > 0 else 'right'}")
    elif (leg.bends_deg or 0.0) >= _WINDING_DEG:
        yield Phrase("remark.winds")


def _arrive(
    target: Target,
    place: Place,
    segments: int,
    near: Leg | None = None,
    heading: float | None = None,
) -> Step:
    remarks = []
    if near is not None and heading is not None:
        side = name_side(heading, near.segments[0].shape[0], near.segments[-1].shape[-1])
        remarks.append(Phrase(f"remark.arrive.{side or 'ahead'}"))
    # A bare point is no door, so nothing is said about getting in.
    is_point = target.ref is None and target.note is None and not target.extra_seconds
    return Step(
        phrase=Phrase("arrive.point" if is_point else f"arrive.{target.word.value}"),
        place=near.start if near is not None else place,
        length_mm=near.length_mm if near is not None else 0,
        duration_s=target.extra_seconds + (near.duration_s if near is not None else 0.0),
        first_segment=near.first if near is not None else segments,
        segment_count=len(near.segments) if near is not None else 0,
        remarks=tuple(remarks),
    )
