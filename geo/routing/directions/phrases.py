"""What to do on a leg: one instruction each. Kernels."""

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Record
from geo.routing.directions import codes
from geo.routing.directions.codes import CROSS_NAMED, CROSS_UNNAMED, WHERES, note
from geo.routing.directions.crossings import find_crossing
from geo.routing.directions.headings import find_compass, find_turn, turn
from geo.routing.directions.legs import first_own, last_own, outset_of, rise_of
from geo.routing.directions.records import Form, Telling
from geo.routing.kernels import inline
from geo.routing.stretches import KIND, UNCOUNTED, Mark

_WHERES = len(WHERES)
_NAMED = WHERES.index("named")
_RAMP = int(Mark.RAMP)
_CROSS, _STEPS, _LIFT, _ESCALATOR, _ACCESS = (
    int(Form.CROSS),
    int(Form.STEPS),
    int(Form.LIFT),
    int(Form.ESCALATOR),
    int(Form.ACCESS),
)
_ACCESS_END, _ACCESS_START = codes.ACCESS_END, codes.ACCESS_START
_DEPART, _TURN = codes.DEPART, codes.TURN
_STEPS_COUNTED, _STEPS_UNCOUNTED = codes.STEPS_COUNTED, codes.STEPS_UNCOUNTED
_LIFT_PLAIN, _LIFT_TO, _ESCALATOR_RIDE = codes.LIFT_PLAIN, codes.LIFT_TO, codes.ESCALATOR


def _list_wheres() -> NDArray[np.int64]:
    named = {
        "street": ("STREET", "CARRIAGEWAY", "PEDESTRIAN"),
        "pavement": ("PAVEMENT", "SIDEWALK"),
        "passage": ("CORRIDOR",),
        "platform": ("PLATFORM",),
    }
    wheres = np.full(len(KIND), WHERES.index("path"), np.int64)
    for where, kinds in named.items():
        for kind in kinds:
            wheres[KIND[kind]] = WHERES.index(where)
    return wheres


_WHERE_BY_KIND = _list_wheres()
"""On what one walks, by kind of stretch; everything else is a path."""


@inline
def instruct(telling: Telling, leg: Record, heading: float, comes: bool, last: bool) -> None:  # noqa: FBT001 - numba has no keywords
    """Say what to do on a leg, to somebody who `comes` with a heading, or steps out of a door."""
    notes = telling.notes
    if leg.form == _CROSS:
        _cross(telling, leg)
    elif leg.form == _STEPS:
        _climb(telling, leg)
    elif leg.form == _LIFT:
        _ride(telling, leg)
    elif leg.form == _ESCALATOR:
        note(notes, _ESCALATOR_RIDE)
    elif leg.form == _ACCESS and last:
        note(notes, _ACCESS_END, leg.length_mm)
    elif leg.form == _ACCESS:
        compass = find_compass(outset_of(telling.way, telling.own, leg))
        note(notes, _ACCESS_START + compass, leg.length_mm)
    else:
        _walk(telling, leg, heading, comes)


@inline
def _walk(telling: Telling, leg: Record, heading: float, comes: bool) -> None:  # noqa: FBT001 - numba has no keywords
    where = _NAMED if leg.name != 0 else _WHERE_BY_KIND[_kind_of(telling, leg)]
    outset = outset_of(telling.way, telling.own, leg)
    if comes:
        key = _TURN + find_turn(turn(heading, outset)) * _WHERES + where
    else:
        key = _DEPART + find_compass(outset) * _WHERES + where
    note(telling.notes, key, leg.length_mm, leg.name)


@inline
def _kind_of(telling: Telling, leg: Record) -> int:
    """Return the kind of the longest part of a leg."""
    kind, longest = 0, -1
    for stretch in range(leg.first, leg.first + leg.count):
        row = telling.way.stretches[stretch]
        if telling.own[stretch] and row.length_mm > longest:
            kind, longest = row.kind, row.length_mm
    return kind


@inline
def _cross(telling: Telling, leg: Record) -> None:
    crossing = find_crossing(telling.way, telling.own, leg)
    if leg.name != 0:
        note(telling.notes, CROSS_NAMED + crossing, leg.name)
    else:
        note(telling.notes, CROSS_UNNAMED + crossing)


@inline
def _climb(telling: Telling, leg: Record) -> None:
    steps, counted, ramp = 0, True, 1
    for stretch in range(leg.first, leg.first + leg.count):
        row = telling.way.stretches[stretch]
        if telling.own[stretch]:
            counted &= row.steps != UNCOUNTED
            steps += row.steps
            ramp &= (row.marks & _RAMP) != 0
    rise = rise_of(telling.way, telling.own, leg)
    which = 2 * (0 if rise > 0 else 1 if rise < 0 else 2) + ramp
    if counted:
        note(telling.notes, _STEPS_COUNTED + which, steps)
    else:
        note(telling.notes, _STEPS_UNCOUNTED + which)


@inline
def _ride(telling: Telling, leg: Record) -> None:
    stretches = telling.way.stretches
    first = stretches[first_own(telling.own, leg)].level_tenths
    last = stretches[last_own(telling.own, leg)].level_tenths
    if first == last:
        note(telling.notes, _LIFT_PLAIN)
    else:
        note(telling.notes, _LIFT_TO, last)
