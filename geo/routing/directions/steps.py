"""The steps of a way, in order, each with what is worth knowing on it.

One kernel decides them all: what to do on each leg, the remarks, the landmarks, the arrival, and
what holds for the whole way. `Steps` makes objects of the rows for those who want objects.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.mobility.surfaces import SurfaceRank
from geo.routing.costs import Record
from geo.routing.directions import codes
from geo.routing.directions.codes import NOTE, TURNS, Notes, note
from geo.routing.directions.guide import Anchors, Guide, mention
from geo.routing.directions.headings import (
    AHEAD,
    LEFT,
    SLIGHT_DEG,
    add_bends,
    find_side,
    find_turn,
    read_clock,
    turn,
)
from geo.routing.directions.legs import outcome_of, outset_of, split
from geo.routing.directions.measures import Measures, measure
from geo.routing.directions.phrases import instruct
from geo.routing.directions.records import LEG, STEP, Form, Reader, Telling, Whole
from geo.routing.directions.remarks import add_remarks
from geo.routing.directions.warnings import add_warnings
from geo.routing.directions.whole import summarise
from geo.routing.kernels import inline, maker, straight
from geo.routing.stretches import Way

_NEAR_DOOR_MM = 15_000
"""A last stretch no longer than this is said by its side at the arrival."""
_WINDING_DEG = 150.0
_MM_PER_PACE = 650
_MOST_PACES = 100
_MOST_PASSED = 1000
"""Landmarks on one leg; of more, those that one passes last are not looked at."""
_NOTES_PER_LEG = 64
"""More than all remarks of a leg together, but for reports."""

_WALK, _CROSS, _STEPS, _LIFT, _ESCALATOR, _ACCESS = (int(form) for form in Form)
_STRAIGHT, _BACK, _FIRST_RIGHT = 0, TURNS.index("back"), TURNS.index("slight_right")
_FACES = (0, codes.FACE_CROSS, codes.FACE_STEPS, codes.FACE_LIFT, codes.FACE_ESCALATOR, 0)
"""By form of the leg."""
_LASTING = (codes.SURFACE + int(SurfaceRank.UNEVEN), codes.PRIVATE)
"""Remarks that go without saying when the step before said them: uneven ground, private ways."""
_ARRIVE, _ARRIVE_BESIDE = codes.ARRIVE, codes.ARRIVE_BESIDE
_CLOCK, _PACES, _BENDS, _WINDS, _SHIFT = (
    codes.CLOCK,
    codes.PACES,
    codes.BENDS,
    codes.WINDS,
    codes.SHIFT,
)


class End(NamedTuple):
    """Where a way ends."""

    arrival: int
    """Place of the phrase among those of `codes.ARRIVE`."""
    door: int
    """What to warn of: 0 nothing, else 1 + a place among those of `codes.WARN_DOOR`."""
    seconds: float
    """From the last point to inside."""


class Told(NamedTuple):
    """What the kernel found out about a way."""

    steps: NDArray[Any]
    """Rows of `STEP`, the arrival last."""
    notes: NDArray[Any]
    """Rows of `NOTE`; a step's phrase is followed by its remarks."""
    warnings: NDArray[Any]
    """Rows of `NOTE`."""
    whole: Whole
    measures: Measures


@straight
@maker
def describe_way(way: Way, reader: Reader, landmarks: Anchors, end: End) -> Told:
    """Return the steps and warnings of a way of at least one stretch."""
    stretches = len(way.stretches)
    guide = Guide(
        landmarks.beside,
        landmarks.titles,
        np.zeros(landmarks.owner_count, np.bool_),
        np.zeros(landmarks.title_count, np.bool_),
        np.empty((min(landmarks.owner_count, _MOST_PASSED), 2), np.int64),
    )
    own, legs = np.empty(stretches, np.bool_), np.empty(stretches, LEG)
    count = split(way, own, legs)
    room = _NOTES_PER_LEG * (count + 1) + len(way.reports)
    notes = Notes(np.empty(room, NOTE), np.zeros(1, np.int64))
    steps = np.empty(count + 1, STEP)
    telling = Telling(way, own, reader, summarise(way, reader), notes)
    last = legs[count - 1]
    near = count > 1 and last.form == _ACCESS and last.length_mm < _NEAR_DOOR_MM
    count -= near
    heading, comes = 0.0, False
    for number in range(count):
        leg, step = legs[number], steps[number]
        _tell_leg(telling, leg, heading, comes, number == count - 1, step)
        if number > 0:
            _drop_lasting(notes, steps[number - 1], step)
        mention(telling, guide, leg, heading, comes)
        step.remark_count = notes.used[0] - step.phrase - 1
        # Who comes out of a door has no heading: they are told the compass point.
        comes = number > 0 or leg.form != _ACCESS
        heading = outcome_of(way, own, leg)
    _arrive(telling, last, near, heading, comes, end, steps[count])
    warnings = Notes(np.empty(_NOTES_PER_LEG + len(way.reports), NOTE), np.zeros(1, np.int64))
    add_warnings(Telling(way, own, reader, telling.whole, warnings), end.door)
    return Told(
        steps[: count + 1],
        notes.rows[: notes.used[0]],
        warnings.rows[: warnings.used[0]],
        telling.whole,
        measure(way),
    )


@inline
def _tell_leg(
    telling: Telling,
    leg: Record,
    heading: float,
    comes: bool,  # noqa: FBT001 - numba has no keywords
    last: bool,  # noqa: FBT001
    step: Record,
) -> None:
    """Note what to do on a leg and what is worth knowing there."""
    way, start = telling.way, telling.way.bounds[leg.first]
    step.lon, step.lat = way.points[start, 0], way.points[start, 1]
    step.first_segment, step.segment_count = leg.first, leg.count
    step.length_mm, step.duration_s = leg.length_mm, _time(way, leg)
    step.phrase = telling.notes.used[0]
    instruct(telling, leg, heading, comes, last)
    _place_in_space(telling, leg, heading, comes)
    add_remarks(telling, leg)


@inline
def _time(way: Way, leg: Record) -> float:
    seconds = 0.0
    for stretch in range(leg.first, leg.first + leg.count):
        seconds += way.stretches[stretch].duration_s
    return seconds


@inline
def _drop_lasting(notes: Notes, before: Record, step: Record) -> None:
    """Take remarks out that say what was just said and did not change."""
    kept = step.phrase + 1
    for place in range(step.phrase + 1, notes.used[0]):
        if notes.rows[place].key in _LASTING and _says(notes, before, notes.rows[place].key):
            continue
        notes.rows[kept] = notes.rows[place]
        kept += 1
    notes.used[0] = kept


@inline
def _says(notes: Notes, step: Record, key: int) -> bool:
    for place in range(step.phrase + 1, step.phrase + 1 + step.remark_count):
        if notes.rows[place].key == key:
            return True
    return False


@inline
def _place_in_space(telling: Telling, leg: Record, heading: float, comes: bool) -> None:  # noqa: FBT001 - numba has no keywords
    """Say where a crossing, stairs or a lift lie as one comes, and directions without sight."""
    notes, blind = telling.notes, telling.reader.blind != 0
    outset = outset_of(telling.way, telling.own, leg)
    if comes:
        _face(notes, leg, turn(heading, outset), blind)
    paces = int(np.rint(leg.length_mm / _MM_PER_PACE))
    on_foot = leg.form in (_WALK, _ACCESS)
    if blind and on_foot and 0 < paces <= _MOST_PACES:
        note(notes, _PACES, paces)
    if leg.form != _WALK:
        return
    net = turn(outset, outcome_of(telling.way, telling.own, leg))
    if abs(net) >= SLIGHT_DEG:
        note(notes, _BENDS + (net < 0))
    elif add_bends(telling.way, leg.first, leg.first + leg.count) >= _WINDING_DEG:
        note(notes, _WINDS)
    if blind and leg.shift_deg != 0.0:
        note(notes, _SHIFT + (leg.shift_deg < 0))


@inline
def _face(notes: Notes, leg: Record, angle: float, blind: bool) -> None:  # noqa: FBT001 - numba has no keywords
    """Say to which side a leg leads."""
    word = find_turn(angle)
    ahead = word in (_STRAIGHT, _BACK)
    right = word >= _FIRST_RIGHT
    if leg.form == _ACCESS:
        note(notes, _ARRIVE_BESIDE + (2 if ahead else 1 if right else 0))
    elif leg.form != _WALK and word != _STRAIGHT:
        note(notes, _FACES[leg.form] + (2 if ahead else 1 if right else 0))
    hour = read_clock(angle)
    if blind and word != _STRAIGHT and hour % 3 != 0:
        note(notes, _CLOCK, hour)


@inline
def _arrive(
    telling: Telling,
    last: Record,
    near: bool,  # noqa: FBT001 - numba has no keywords
    heading: float,
    comes: bool,  # noqa: FBT001
    end: End,
    step: Record,
) -> None:
    """Note the arrival; `last` is the last leg, which a near door makes a part of it."""
    way, notes = telling.way, telling.notes
    at = way.bounds[last.first] if near else len(way.points) - 1
    step.lon, step.lat = way.points[at, 0], way.points[at, 1]
    step.first_segment = last.first if near else len(way.stretches)
    step.segment_count = last.count if near else 0
    step.length_mm = last.length_mm if near else 0
    step.duration_s = end.seconds + (_time(way, last) if near else 0.0)
    step.phrase = notes.used[0]
    note(notes, _ARRIVE + end.arrival)
    if near and comes:
        there = way.points[-1]
        side = find_side(heading, step.lon, step.lat, there[0], there[1])
        note(notes, _ARRIVE_BESIDE + (2 if side == AHEAD else 0 if side == LEFT else 1))
    step.remark_count = notes.used[0] - step.phrase - 1
