"""What holds for most of a way, so that it is said once and not on every step. Kernels."""

from geo.routing.costs import Record
from geo.routing.directions.records import Reader, Whole
from geo.routing.encoding import Crossing, Evidence, LimitKind, pack_evidence
from geo.routing.kernels import inline
from geo.routing.stretches import KIND, UNKNOWN, Mark, Way

MOSTLY, RARELY = 0.6, 0.3
"""What holds for most of the way is said once, what holds for a part where it is."""
STEEP_PERMILLE = 40
"""From this slope on a step mentions it (the norm's 1:20 is 50; what leads there matters)."""
_FEW = 2
_LIT = (int(Crossing.SIGNALS), int(Crossing.INFERRED_SIGNALS))
_CROSSING, _PAVEMENT = KIND["CROSSING"], KIND["PAVEMENT"]
_INFERRED, _LIFT = int(Mark.INFERRED), int(Mark.LIFT)
_TACTILE, _SOUND = int(Mark.TACTILE), int(Mark.SOUND)
_MEASURED = pack_evidence({LimitKind.INCLINE: Evidence.MAPPED})
"""Set in packed evidence where a slope is mapped or audited."""


@inline
def summarise(way: Way, reader: Reader) -> Whole:
    """Return what holds for most of a way."""
    length = guessed = steep = 0
    crossings = kerbless = untouchable = lights = silent = 0
    for number in range(len(way.stretches)):
        row = way.stretches[number]
        length += row.length_mm
        guessed += row.length_mm if is_guessed(row) else 0
        steep += row.length_mm if is_steep(row) and not is_measured(row) else 0
        if row.kind != _CROSSING:
            continue
        crossings += 1
        kerbless += row.kerb_mm == UNKNOWN
        untouchable += (row.marks & _TACTILE) == 0
        if is_lit(row):
            lights += 1
            silent += (row.marks & _SOUND) == 0
    unsurveyed = measure_unsurveyed(way, reader, 0, len(way.stretches))
    return Whole(
        length_mm=length,
        unsurveyed_mm=unsurveyed,
        guessed=guessed / max(length, 1) > RARELY,
        kerbs_unknown=_is_most(kerbless, crossings),
        sounds_unknown=_is_most(silent, lights),
        tactile_unknown=_is_most(untouchable, crossings),
        slopes_assumed=steep > RARELY * max(length, 1),
        sparse=unsurveyed > MOSTLY * length,
    )


@inline
def is_guessed(row: Record) -> bool:
    """Whether this is a pavement that the map does not show."""
    return bool(row.kind == _PAVEMENT and (row.marks & _INFERRED) != 0)


@inline
def is_lit(row: Record) -> bool:
    """Whether one crosses by traffic lights."""
    return row.crossing in _LIT


@inline
def is_steep(row: Record) -> bool:
    """Whether the slope, known or assumed, is worth a word."""
    slope = row.slope_permille
    return bool(slope != UNKNOWN and abs(slope) >= STEEP_PERMILLE and (row.marks & _LIFT) == 0)


@inline
def is_measured(row: Record) -> bool:
    """Whether the slope comes from a survey or from the map, not from the terrain."""
    return bool((row.evidence & _MEASURED) != 0)


@inline
def measure_unsurveyed(way: Way, reader: Reader, first: int, last: int) -> int:
    """Return the millimetres of which at least one limit is neither audited nor mapped.

    Of the stretches from `first` up to, but not with, `last`.
    """
    total = 0
    for number in range(first, last):
        row = way.stretches[number]
        if (row.evidence & reader.limits) != reader.limits:
            total += row.length_mm
    return total


@inline
def _is_most(count: int, among: int) -> bool:
    return count >= _FEW and count > MOSTLY * among
