"""What holds for the whole way, said once before one sets out. Kernels."""

from geo.routing.costs import Record
from geo.routing.directions import codes
from geo.routing.directions.codes import note
from geo.routing.directions.records import Telling
from geo.routing.directions.remarks import add_reports
from geo.routing.directions.whole import is_measured, is_steep
from geo.routing.encoding import Crossing
from geo.routing.kernels import inline
from geo.routing.stretches import KIND, Mark

_HELP, _OPEN_ROAD, _FLIGHT = 1, 2, 4
"""What is counted by its unbroken runs, one bit each."""
_STEPS, _LIFT = KIND["STEPS"], int(Mark.LIFT)
_NOT_MAPPED = (int(Crossing.INFERRED), int(Crossing.UNMAPPED))


@inline
def add_warnings(telling: Telling, door: int) -> None:
    """Note what to know before setting out, what stops or endangers first.

    `door` is 0 where nothing is to be said of the door, else 1 + the place of the word among
    those of `codes.WARN_DOOR`.
    """
    _add_dangers(telling)
    add_reports(telling, 0, len(telling.way.stretches))
    _add_unknowns(telling)
    if telling.whole.slopes_assumed and telling.reader.careful_on_slopes:
        _add_assumed_slopes(telling)
    if door:
        note(telling.notes, codes.WARN_DOOR + door - 1)


@inline
def _add_dangers(telling: Telling) -> None:
    """Count where help is needed, where one crosses on one's own, and flights of stairs."""
    helps = open_roads = flights = before = 0
    for number in range(len(telling.way.stretches)):
        dangers = _dangers_on(telling.way.stretches[number])
        begun = dangers & ~before
        helps += (begun & _HELP) != 0
        open_roads += (begun & _OPEN_ROAD) != 0
        flights += (begun & _FLIGHT) != 0
        before = dangers
    if helps:
        note(telling.notes, codes.WARN_HELP, helps)
    if open_roads:
        note(telling.notes, codes.WARN_CROSSINGS, open_roads)
    if flights:
        note(telling.notes, codes.WARN_STEPS, flights)


@inline
def _dangers_on(row: Record) -> int:
    dangers = _HELP if row.helps != 0 else 0
    if row.crossing in _NOT_MAPPED:
        dangers |= _OPEN_ROAD
    if row.kind == _STEPS and (row.marks & _LIFT) == 0:
        dangers |= _FLIGHT
    return dangers


@inline
def _add_unknowns(telling: Telling) -> None:
    """Say what nobody surveyed, and what of it matters to this person."""
    whole, reader, notes = telling.whole, telling.reader, telling.notes
    gap = whole.unsurveyed_mm
    if gap:
        everywhere = gap == whole.length_mm
        note(notes, codes.WARN_UNSURVEYED_ALL if everywhere else codes.WARN_UNSURVEYED, gap)
    if whole.guessed:
        note(notes, codes.WARN_PAVEMENT)
    if whole.kerbs_unknown and reader.careful_at_kerbs:
        note(notes, codes.WARN_KERBS)
    if whole.sounds_unknown and reader.blind:
        note(notes, codes.WARN_SOUNDS)


@inline
def _add_assumed_slopes(telling: Telling) -> None:
    """Say how steep it may get where only the terrain tells."""
    up = down = 0
    for number in range(len(telling.way.stretches)):
        row = telling.way.stretches[number]
        if is_steep(row) and not is_measured(row):
            up, down = max(up, row.slope_permille), max(down, -row.slope_permille)
    if up:
        note(telling.notes, codes.WARN_SLOPE, up)
    if down:
        note(telling.notes, codes.WARN_SLOPE + 1, down)
