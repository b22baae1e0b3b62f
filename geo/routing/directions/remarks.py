"""What is worth knowing on a leg, and to whom. Kernels.

Somebody on wheels wants slope, kerb, width and ground first; somebody who does not see wants
the side, the edge of the road and what can be heard or felt; somebody who does not hear must
look where cars need not stop. No two topics share a sentence, so nothing is said twice.
"""

from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.costs import Hindrance, Record
from geo.routing.directions import codes
from geo.routing.directions.codes import note
from geo.routing.directions.crossings import find_crossing
from geo.routing.directions.legs import first_own
from geo.routing.directions.records import Form, Telling
from geo.routing.directions.whole import (
    STEEP_PERMILLE,
    is_guessed,
    is_lit,
    is_measured,
    measure_unsurveyed,
)
from geo.routing.encoding import BIG_ROAD, Crossing, Side
from geo.routing.kernels import inline
from geo.routing.stretches import KIND, UNKNOWN, Mark

LOW_KERB_MM = 20
"""Up to here a kerb counts as lowered and is said to be so."""
FLUSH_MM = 5
NARROW_MM = 1200
TIGHT_MM = 1000
TILTED_PERMILLE = 30
_FELT_MM = 30
"""From this height on a cane finds the edge of the road."""
_WORTH_MM = 20_000
"""Slopes known from the terrain alone are named from this length on; below it they are noise."""
_ALONG_MM = 15_000
"""A slope that begins within this distance begins at once."""
_NEARLY_ALL = 0.8

_UP, _DOWN = 0, 1
"""Places of the words in `codes.WAYS`."""
_WALK, _CROSS, _STEPS = int(Form.WALK), int(Form.CROSS), int(Form.STEPS)
_ACCESS = int(Form.ACCESS)
_CARRIAGEWAY, _PAVEMENT = KIND["CARRIAGEWAY"], KIND["PAVEMENT"]
_NO_SIDE, _LEFT = int(Side.NONE), int(Side.LEFT)
_UNEVEN, _SOFT, _BAD = int(SurfaceRank.UNEVEN), int(SurfaceRank.SOFT), int(SmoothnessRank.BAD)
_BIG_ROAD = int(BIG_ROAD)
_HINDRANCES = len(Hindrance)
_PRIVATE, _HANDRAIL = int(Mark.PRIVATE), int(Mark.HANDRAIL)
_TACTILE, _SOUND = int(Mark.TACTILE), int(Mark.SOUND)
_FREE = (
    int(Crossing.NONE),
    int(Crossing.INFERRED),
    int(Crossing.UNMARKED),
    int(Crossing.UNMAPPED),
)
"""Crossings at which nothing makes cars stop."""


@inline
def add_remarks(telling: Telling, leg: Record) -> None:
    """Note what is worth knowing on a leg, what matters most to this person first."""
    if telling.reader.blind:
        _add_side(telling, leg)
        _add_crossing(telling, leg)
        _add_senses(telling, leg)
        _add_kerbs(telling, leg)
        _add_rails(telling, leg)
        _add_widths(telling, leg)
        _add_slopes(telling, leg)
        _add_ground(telling, leg)
        _add_help(telling, leg)
    else:
        _add_slopes(telling, leg)
        _add_kerbs(telling, leg)
        _add_widths(telling, leg)
        _add_ground(telling, leg)
        _add_rails(telling, leg)
        _add_help(telling, leg)
        _add_side(telling, leg)
        _add_crossing(telling, leg)
    _add_provenance(telling, leg)


@inline
def add_reports(telling: Telling, first: int, last: int) -> None:
    """Note each thing reported along the stretches from `first` up to, but not with, `last`.

    What is reported on several of them is said once.
    """
    way, notes = telling.way, telling.notes
    begin = notes.used[0]
    for number in range(first, last):
        row = way.stretches[number]
        for place in range(row.first_report, row.first_report + row.report_count):
            key = codes.REPORT + way.reports[place]
            said = False
            for before in range(begin, notes.used[0]):
                said |= notes.rows[before].key == key
            if not said:
                note(notes, key)


# -- one topic each --------------------------------------------------------------------------


@inline
def _add_side(telling: Telling, leg: Record) -> None:
    """Say on which side of the street one walks, and where there is no pavement."""
    if leg.form != _WALK:
        return
    side = _side_of(telling, leg)
    if side != _NO_SIDE:
        sure = telling.whole.guessed or not _is_guess(telling, leg)
        note(telling.notes, (codes.SIDE if sure else codes.SIDE_INFERRED) + side - _LEFT)
    for number in range(leg.first, leg.first + leg.count):
        if telling.way.stretches[number].kind == _CARRIAGEWAY:
            note(telling.notes, codes.NO_PAVEMENT)
            return


@inline
def _add_slopes(telling: Telling, leg: Record) -> None:
    if leg.form not in (_WALK, _CROSS):
        return
    assumed = telling.reader.careful_on_slopes and not telling.whole.slopes_assumed
    for word, sign in ((_UP, 1), (_DOWN, -1)):
        _add_known_slope(telling, leg, word, sign)
        if assumed:
            _add_assumed_slope(telling, leg, word, sign)


@inline
def _add_known_slope(telling: Telling, leg: Record, word: int, sign: int) -> None:
    """Say how steep it gets, over which length, and after which."""
    least = STEEP_PERMILLE if telling.reader.careful_on_slopes else 2 * STEEP_PERMILLE
    worst = length = before = walked = 0
    for number in range(leg.first, leg.first + leg.count):
        row = telling.way.stretches[number]
        slope = _rise(row, sign)
        if slope >= least and is_measured(row):
            before = walked if worst == 0 else before
            worst, length = max(worst, slope), length + row.length_mm
        walked += row.length_mm
    if worst == 0:
        return
    if length > _NEARLY_ALL * leg.length_mm or leg.form == _CROSS:
        note(telling.notes, codes.SLOPE + word, worst)
    elif before < _ALONG_MM:
        note(telling.notes, codes.SLOPE_PART + word, worst, length)
    else:
        note(telling.notes, codes.SLOPE_LATER + word, worst, length, before)


@inline
def _add_assumed_slope(telling: Telling, leg: Record, word: int, sign: int) -> None:
    """Say how steep it may be where only the terrain tells."""
    worst = length = 0
    for number in range(leg.first, leg.first + leg.count):
        row = telling.way.stretches[number]
        slope = _rise(row, sign)
        if slope >= STEEP_PERMILLE and not is_measured(row):
            worst, length = max(worst, slope), length + row.length_mm
    if length >= _WORTH_MM:
        note(telling.notes, codes.SLOPE_ASSUMED + word, worst)


@inline
def _add_kerbs(telling: Telling, leg: Record) -> None:
    """Say the highest kerb; at a crossing also that it is low, flush, or known to nobody."""
    if telling.reader.deaf:
        return
    highest, gap = -1, False
    for number in range(leg.first, leg.first + leg.count):
        kerb = telling.way.stretches[number].kerb_mm
        highest = max(highest, kerb)
        gap |= telling.own[number] and kerb == UNKNOWN
    if highest > LOW_KERB_MM:
        felt = telling.reader.blind and highest >= _FELT_MM
        at_road = codes.KERB_EDGE if felt else codes.KERB
        note(telling.notes, at_road if leg.form == _CROSS else codes.KERB_ON_WAY, highest)
    elif leg.form == _CROSS and not gap:
        _add_low_kerb(telling, highest)
    elif leg.form == _CROSS and not telling.whole.kerbs_unknown:
        note(telling.notes, codes.KERB_UNKNOWN)


@inline
def _add_low_kerb(telling: Telling, kerb_mm: int) -> None:
    if kerb_mm > FLUSH_MM:
        note(telling.notes, codes.KERB_LOW, kerb_mm)
    elif telling.reader.blind:
        note(telling.notes, codes.KERB_FLUSH_UNFELT)
    else:
        note(telling.notes, codes.KERB_FLUSH)


@inline
def _add_widths(telling: Telling, leg: Record) -> None:
    """Say how narrow the way, how tight a passage and how tilted the ground gets."""
    width, passage, tilt = NARROW_MM, TIGHT_MM, 0
    for number in range(leg.first, leg.first + leg.count):
        row = telling.way.stretches[number]
        width = min(width, row.width_mm) if row.width_mm != UNKNOWN else width
        passage = min(passage, row.passage_mm) if row.passage_mm != UNKNOWN else passage
        tilt = max(tilt, row.cross_slope_permille)
    if width < NARROW_MM:
        note(telling.notes, codes.NARROW, width)
    if 0 < passage < TIGHT_MM:
        note(telling.notes, codes.PASSAGE, passage)
    if tilt >= TILTED_PERMILLE:
        note(telling.notes, codes.TILTED, tilt)


@inline
def _add_ground(telling: Telling, leg: Record) -> None:
    surface = rough = 0
    for number in range(leg.first, leg.first + leg.count):
        row = telling.way.stretches[number]
        surface, rough = max(surface, row.surface), max(rough, row.smoothness)
    if surface >= (_SOFT if telling.reader.deaf else _UNEVEN):
        note(telling.notes, codes.SURFACE + surface)
    if rough >= _BAD:
        note(telling.notes, codes.ROUGH)


@inline
def _add_crossing(telling: Telling, leg: Record) -> None:
    """Say what is crossed on the way, and how to cross where cars need not stop."""
    if leg.island:
        note(telling.notes, codes.ISLAND)
    if leg.driveways and not telling.reader.chair:
        note(telling.notes, codes.DRIVEWAYS, leg.driveways)
    if leg.form != _CROSS or find_crossing(telling.way, telling.own, leg) not in _FREE:
        return
    if telling.reader.blind and _is_busy(telling, leg):
        note(telling.notes, codes.CROSS_WITH_SOMEONE)
    elif telling.reader.deaf:
        note(telling.notes, codes.LOOK_BOTH_WAYS)


@inline
def _add_senses(telling: Telling, leg: Record) -> None:
    """Say what can be heard or felt, and what nobody recorded."""
    if leg.form == _CROSS:
        _add_sounds(telling, leg)
    if _is_marked(telling, leg, _TACTILE):
        note(telling.notes, codes.TACTILE)
    elif leg.form == _CROSS and not telling.whole.tactile_unknown:
        note(telling.notes, codes.NO_TACTILE)


@inline
def _add_sounds(telling: Telling, leg: Record) -> None:
    sound, lit = False, False
    for number in range(leg.first, leg.first + leg.count):
        if telling.own[number]:
            row = telling.way.stretches[number]
            sound |= (row.marks & _SOUND) != 0
            lit |= is_lit(row)
    if sound:
        note(telling.notes, codes.SOUND)
    elif lit and not telling.whole.sounds_unknown:
        note(telling.notes, codes.NO_SOUND)


@inline
def _add_rails(telling: Telling, leg: Record) -> None:
    if leg.form != _STEPS or telling.reader.deaf:
        return
    railed = True
    for number in range(leg.first, leg.first + leg.count):
        if telling.own[number]:
            railed &= (telling.way.stretches[number].marks & _HANDRAIL) != 0
    note(telling.notes, codes.HANDRAIL if railed else codes.NO_HANDRAIL)


@inline
def _add_help(telling: Telling, leg: Record) -> None:
    """Say what asks for help, each once where one meets it first, and what is reported."""
    said = 0
    for number in range(leg.first, leg.first + leg.count):
        fresh = telling.way.stretches[number].helps & ~said
        said |= fresh
        for hindrance in range(_HINDRANCES if fresh else 0):
            if (fresh >> hindrance) & 1:
                note(telling.notes, codes.HELP + hindrance)
    add_reports(telling, leg.first, leg.first + leg.count)


@inline
def _add_provenance(telling: Telling, leg: Record) -> None:
    """Say whose way it is, and what about it nobody surveyed."""
    if _is_marked(telling, leg, _PRIVATE):
        note(telling.notes, codes.PRIVATE)
    sided = _side_of(telling, leg) != _NO_SIDE
    if not sided and not telling.whole.guessed and _is_guess(telling, leg):
        note(telling.notes, codes.PAVEMENT_INFERRED)
    if telling.whole.sparse or leg.form == _ACCESS:
        return
    gap = measure_unsurveyed(telling.way, telling.reader, leg.first, leg.first + leg.count)
    if gap:
        note(telling.notes, codes.UNSURVEYED, gap)


# -- what a leg is like ----------------------------------------------------------------------


@inline
def _rise(row: Record, sign: int) -> int:
    """Return the slope up (`sign` 1) or down (-1), 0 where nobody knows."""
    return 0 if row.slope_permille == UNKNOWN else sign * row.slope_permille


@inline
def _side_of(telling: Telling, leg: Record) -> int:
    """Return the side of the road as walked (`Side`), of the first part of a leg."""
    return int(telling.way.stretches[first_own(telling.own, leg)].side)


@inline
def _is_marked(telling: Telling, leg: Record, mark: int) -> bool:
    """Whether any part of a leg bears a mark."""
    marks = 0
    for number in range(leg.first, leg.first + leg.count):
        marks |= telling.way.stretches[number].marks
    return (marks & mark) != 0


@inline
def _is_guess(telling: Telling, leg: Record) -> bool:
    """Whether the map shows none of the pavements that a leg follows."""
    walked = guessed = 0
    for number in range(leg.first, leg.first + leg.count):
        if telling.own[number]:
            row = telling.way.stretches[number]
            walked += row.kind == _PAVEMENT
            guessed += is_guessed(row)
    return 0 < walked == guessed


@inline
def _is_busy(telling: Telling, leg: Record) -> bool:
    """Whether the road crossed is one of the bigger ones."""
    busiest = 0
    for number in range(leg.first, leg.first + leg.count):
        if telling.own[number]:
            busiest = max(busiest, telling.way.stretches[number].road_class)
    return busiest >= _BIG_ROAD
