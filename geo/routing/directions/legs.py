"""Cuts a way into legs: the runs of stretches for which one instruction is enough.

Drawn lines are finer than what a person perceives. A piece of a few metres belongs to its
neighbour, a shift between two pieces of one street is no pair of turns, both halves of a
crossing with the island between them are one crossing, and a driveway across the pavement is
part of the pavement.

Kernels. Legs are rows of `LEG`, joined in place from the first to the last; every stretch is in
exactly one, in order.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Record
from geo.routing.directions.headings import (
    SLIGHT_DEG,
    STRAIGHT_DEG,
    heading_at_end,
    heading_at_start,
    turn,
)
from geo.routing.directions.records import Form
from geo.routing.encoding import Crossing, RoadClass
from geo.routing.kernels import inline
from geo.routing.stretches import KIND, UNKNOWN, Mark, Way

SHORT_MM = 6000
"""Shorter pieces of way belong to what comes before them."""
SHIFT_MM = 12_000
"""Two turns that are no farther apart are perceived as one."""
ISLAND_MM = 12_000
"""A refuge between two halves of one crossing is no longer than this."""
INTERLUDE_MM = 30_000
"""A piece between two straight parts of one street that is part of it for who walks there."""
WIGGLE_MM = 15_000
"""Between two slight bends one just follows the way."""
_BEND_DEG = 45.0
_LOW_KERB_MM = 20

_WALK, _CROSS, _STEPS, _ACCESS = (
    int(Form.WALK),
    int(Form.CROSS),
    int(Form.STEPS),
    int(Form.ACCESS),
)
_LIFT, _LIFT_MARK = int(Form.LIFT), int(Mark.LIFT)
_SIGNALS, _INFERRED_SIGNALS = int(Crossing.SIGNALS), int(Crossing.INFERRED_SIGNALS)
_SERVICE = int(RoadClass.SERVICE)


def _list_forms() -> NDArray[np.int64]:
    forms = np.full(len(KIND), _WALK, np.int64)
    forms[KIND["ACCESS"]] = _ACCESS
    forms[KIND["CROSSING"]] = _CROSS
    forms[KIND["STEPS"]] = _STEPS
    forms[KIND["LIFT"]] = _LIFT
    forms[KIND["ESCALATOR"]] = int(Form.ESCALATOR)
    return forms


_FORMS = _list_forms()
"""What one does on a stretch, by its kind."""


@inline
def split(way: Way, own: NDArray[np.bool_], legs: NDArray[Any]) -> int:
    """Cut a way into legs, as many rows as stretches at most; return how many there are.

    `own` is filled with what the legs are about.
    """
    own[:] = True
    count = _cut(way, own, legs)
    for number in range(count):
        _demote(way, legs[number])
    count = _merge_islands(way, own, legs, count)
    count = _merge_short(way, own, legs, count)
    count = _merge_flights(way, own, legs, count)
    count = _merge_interludes(way, own, legs, count)
    return _merge_straight(way, own, legs, count)


# -- what is known of a leg ------------------------------------------------------------------


@inline
def outset_of(way: Way, own: NDArray[np.bool_], leg: Record) -> float:
    """Return the direction in which one sets off on a leg."""
    return heading_at_start(way, own, leg.first, leg.first + leg.count)


@inline
def outcome_of(way: Way, own: NDArray[np.bool_], leg: Record) -> float:
    """Return the direction in which one comes off a leg."""
    return heading_at_end(way, own, leg.first, leg.first + leg.count)


@inline
def first_own(own: NDArray[np.bool_], leg: Record) -> int:
    """Return the first stretch that a leg is about."""
    for stretch in range(leg.first, leg.first + leg.count):
        if own[stretch]:
            return int(stretch)
    return int(leg.first)


@inline
def last_own(own: NDArray[np.bool_], leg: Record) -> int:
    """Return the last stretch that a leg is about."""
    for stretch in range(leg.first + leg.count - 1, leg.first - 1, -1):
        if own[stretch]:
            return int(stretch)
    return int(leg.first)


@inline
def _name_of(way: Way, own: NDArray[np.bool_], leg: Record) -> int:
    """Return the name of the longest part that has one."""
    name, longest = 0, -1
    for stretch in range(leg.first, leg.first + leg.count):
        row = way.stretches[stretch]
        if own[stretch] and row.name != 0 and row.length_mm > longest:
            name, longest = row.name, row.length_mm
    return name


# -- cutting ---------------------------------------------------------------------------------


@inline
def _form_of(row: Record) -> int:
    return _LIFT if (row.marks & _LIFT_MARK) != 0 else _FORMS[row.kind]


@inline
def _cut(way: Way, own: NDArray[np.bool_], legs: NDArray[Any]) -> int:
    """Give the pieces on which one goes on doing the same, each at least one stretch."""
    whole, first, count = len(way.stretches), 0, 0
    for number in range(1, whole + 1):
        if number < whole and _continues(way, own, first, number):
            continue
        leg, length = legs[count], 0
        for stretch in range(first, number):
            length += way.stretches[stretch].length_mm
        leg.form, leg.first, leg.count = _form_of(way.stretches[first]), first, number - first
        leg.length_mm, leg.island, leg.driveways, leg.shift_deg = length, 0, 0, 0.0
        leg.name = _name_of(way, own, leg)
        first, count = number, count + 1
    return count


@inline
def _continues(way: Way, own: NDArray[np.bool_], first: int, number: int) -> bool:
    """Whether a stretch belongs to the piece that begins with the first."""
    last, row = way.stretches[number - 1], way.stretches[number]
    form = _form_of(row)
    if form != _form_of(way.stretches[first]) or form == _ACCESS:
        return False
    if form == _CROSS:
        return bool(last.name == 0 or row.name in (0, last.name))
    if form != _WALK:
        return True
    if last.name != row.name or last.side != row.side:
        return False
    # Where one turns, one looks some metres both ways; that costs more than the first corner.
    ahead = heading_at_start(way, own, number, number + 1)
    if abs(turn(heading_at_end(way, own, number - 1, number), ahead)) < STRAIGHT_DEG:
        return True
    return abs(turn(heading_at_end(way, own, first, number), ahead)) < _BEND_DEG


@inline
def _demote(way: Way, leg: Record) -> None:
    """Turn a crossing of nothing but a driveway or a cycle path into a part of the walk."""
    if leg.form != _CROSS:
        return
    busiest = 0
    for stretch in range(leg.first, leg.first + leg.count):
        row = way.stretches[stretch]
        busiest = max(busiest, row.road_class)
        lit = row.crossing in (_SIGNALS, _INFERRED_SIGNALS)
        if lit or row.helps != 0 or row.report_count != 0 or row.kerb_mm > _LOW_KERB_MM:
            return
    if busiest <= _SERVICE:
        leg.form, leg.driveways = _WALK, 1 if busiest == _SERVICE else 0


# -- joining ---------------------------------------------------------------------------------


@inline
def _take(way: Way, own: NDArray[np.bool_], held: Record, leg: Record) -> None:
    """Let a leg go on over the next."""
    held.count += leg.count
    held.length_mm += leg.length_mm
    held.name = _name_of(way, own, held)


@inline
def _give_up(own: NDArray[np.bool_], leg: Record) -> None:
    """Note that what a leg was about is only a piece of another."""
    for stretch in range(leg.first, leg.first + leg.count):
        own[stretch] = False


@inline
def _span(way: Way, own: NDArray[np.bool_], held: Record, between: Record, other: Record) -> None:
    """Let a leg go on over one that is only a piece of it, and over the next."""
    _give_up(own, between)
    _take(way, own, held, between)
    _take(way, own, held, other)


@inline
def _merge_islands(way: Way, own: NDArray[np.bool_], legs: NDArray[Any], count: int) -> int:
    """Join two crossings of one road with the refuge between them."""
    kept, number = 0, 0
    while number < count:
        legs[kept] = legs[number]
        held = legs[kept]
        while number + 2 < count and _has_island(
            way, own, held, legs[number + 1], legs[number + 2]
        ):
            _span(way, own, held, legs[number + 1], legs[number + 2])
            held.island = 1
            number += 2
        kept, number = kept + 1, number + 1
    return kept


@inline
def _has_island(
    way: Way, own: NDArray[np.bool_], leg: Record, between: Record, other: Record
) -> bool:
    if leg.form != _CROSS or between.form != _WALK or other.form != _CROSS:
        return False
    if between.length_mm > ISLAND_MM or leg.name != other.name:
        return False
    return abs(turn(outcome_of(way, own, leg), outset_of(way, own, other))) < _BEND_DEG


@inline
def _merge_short(way: Way, own: NDArray[np.bool_], legs: NDArray[Any], count: int) -> int:
    """Give pieces of a few metres to the walk before them, else to whatever follows."""
    kept = 0
    for number in range(1, count):
        held, leg, last = legs[kept], legs[number], number == count - 1
        if (held.form == _WALK or last) and _is_short(leg, not last):
            _append(way, own, held, leg)
        elif _is_short(held, held.first > 0) and leg.form != _ACCESS:
            _prepend(way, own, held, leg)
        else:
            kept += 1
            legs[kept] = leg
    return kept + 1


@inline
def _is_short(leg: Record, between: bool) -> bool:  # noqa: FBT001 - numba has no keywords
    if leg.form == _ACCESS:
        return bool(leg.first == 0 and leg.length_mm < SHIFT_MM)
    if leg.form != _WALK:
        return False
    return bool(leg.length_mm < (SHIFT_MM if between else SHORT_MM))


@inline
def _append(way: Way, own: NDArray[np.bool_], held: Record, leg: Record) -> None:
    angle = turn(outcome_of(way, own, held), outset_of(way, own, leg))
    if abs(angle) >= _BEND_DEG:
        _give_up(own, leg)
        if leg.length_mm > SHORT_MM // 2:
            held.shift_deg = angle
    held.driveways += leg.driveways
    _take(way, own, held, leg)


@inline
def _prepend(way: Way, own: NDArray[np.bool_], held: Record, leg: Record) -> None:
    """Let the held piece be the beginning of what follows it."""
    _give_up(own, held)
    held.form, held.island, held.shift_deg = leg.form, leg.island, leg.shift_deg
    held.driveways += leg.driveways
    _take(way, own, held, leg)


@inline
def _merge_flights(way: Way, own: NDArray[np.bool_], legs: NDArray[Any], count: int) -> int:
    """Join flights of stairs between which there is no more than a landing."""
    kept = 0
    for number in range(1, count):
        held, leg = legs[kept], legs[number]
        if _is_next_flight(way, own, held, leg):
            _take(way, own, held, leg)
        else:
            kept += 1
            legs[kept] = leg
    return kept + 1


@inline
def _is_next_flight(way: Way, own: NDArray[np.bool_], held: Record, leg: Record) -> bool:
    if held.form != _STEPS or leg.form != _STEPS:
        return False
    return rise_of(way, own, held) == rise_of(way, own, leg)


@inline
def rise_of(way: Way, own: NDArray[np.bool_], leg: Record) -> int:
    """Return whether a leg leads up (1), down (-1), or nobody knows (0)."""
    slope = way.stretches[first_own(own, leg)].slope_permille
    return 1 if slope > 0 else -1 if slope < 0 and slope != UNKNOWN else 0


@inline
def _merge_interludes(way: Way, own: NDArray[np.bool_], legs: NDArray[Any], count: int) -> int:
    """Join walks across a square or past a side street, and follow a way that wiggles."""
    kept, number = 0, 0
    while number < count:
        legs[kept] = legs[number]
        held = legs[kept]
        while number + 2 < count and _is_interlude(
            way, own, held, legs[number + 1], legs[number + 2]
        ):
            held.driveways += legs[number + 1].driveways + legs[number + 2].driveways
            _span(way, own, held, legs[number + 1], legs[number + 2])
            number += 2
        kept, number = kept + 1, number + 1
    return kept


@inline
def _is_interlude(
    way: Way, own: NDArray[np.bool_], leg: Record, between: Record, other: Record
) -> bool:
    if leg.form != _WALK or between.form != _WALK or other.form != _WALK:
        return False
    sides = way.stretches[last_own(own, leg)].side, way.stretches[first_own(own, other)].side
    if leg.name != other.name or sides[0] != sides[1]:
        return False
    before = outcome_of(way, own, leg)
    if abs(turn(before, outset_of(way, own, other))) >= STRAIGHT_DEG:
        return False
    if between.name == leg.name:
        return bool(between.length_mm < WIGGLE_MM)
    aside = abs(turn(before, outset_of(way, own, between)))
    return bool(between.length_mm < INTERLUDE_MM and aside < SLIGHT_DEG)


@inline
def _merge_straight(way: Way, own: NDArray[np.bool_], legs: NDArray[Any], count: int) -> int:
    """Join two walks between which one neither turns nor changes street or side."""
    kept = 0
    for number in range(1, count):
        held, leg = legs[kept], legs[number]
        if _goes_on(way, own, held, leg):
            held.driveways += leg.driveways
            held.shift_deg = held.shift_deg if held.shift_deg != 0.0 else leg.shift_deg
            _take(way, own, held, leg)
        else:
            kept += 1
            legs[kept] = leg
    return kept + 1


@inline
def _goes_on(way: Way, own: NDArray[np.bool_], held: Record, leg: Record) -> bool:
    if held.form != _WALK or leg.form != _WALK:
        return False
    sides = way.stretches[last_own(own, held)].side, way.stretches[first_own(own, leg)].side
    if sides[0] != sides[1]:
        return False
    if held.name != leg.name:
        # A street and a way without a name may be one, unless the nameless one is long.
        nameless = held.length_mm if held.name == 0 else leg.length_mm
        if (held.name != 0 and leg.name != 0) or nameless > INTERLUDE_MM:
            return False
    return abs(turn(outcome_of(way, own, held), outset_of(way, own, leg))) < STRAIGHT_DEG
