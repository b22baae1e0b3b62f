"""Cuts a way into legs: the pieces for which one instruction is enough.

Drawn lines are finer than what a person perceives. A piece of a few metres belongs to its
neighbour, a shift between two pieces of one street is no pair of turns, both halves of a
crossing with the island between them are one crossing, and a driveway across the pavement is
part of the pavement.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from geo.routing.answer import Place, Segment, SegmentKind
from geo.routing.directions.headings import (
    SLIGHT_DEG,
    STRAIGHT_DEG,
    heading_at_end,
    heading_at_start,
)
from geo.routing.encoding import Crossing, RoadClass, Side
from geo.routing.plane import turn

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
_UNNAMED: Mapping[str, str] = {}

_FORMS = {
    SegmentKind.ACCESS: "access",
    SegmentKind.CROSSING: "cross",
    SegmentKind.STEPS: "steps",
    SegmentKind.LIFT: "lift",
    SegmentKind.ESCALATOR: "escalator",
}
_LIT = frozenset({Crossing.SIGNALS, Crossing.INFERRED_SIGNALS})


@dataclass(slots=True)
class Leg:
    """Some segments and what one does on them."""

    form: str
    """`walk`, `cross`, `steps`, `lift`, `escalator` or `access`."""
    first: int
    segments: list[Segment]
    own: list[Segment]
    """The segments that the leg is about; the rest are small pieces given to it."""
    island: bool = False
    driveways: int = 0
    shift_deg: float = 0.0
    """A sideways shift inside the leg, left positive; 0 for none."""
    bends_deg: float | None = None
    """By how much it turns in all, once that was measured."""
    length_mm: int = field(init=False)
    """Length with everything that belongs to it."""
    name: Mapping[str, str] = field(init=False)
    """The name of the longest part that has one."""
    # What was measured, and for how many segments; lists of a leg only ever grow.
    _outset: tuple[int, float] = field(default=(-1, 0.0), repr=False, compare=False)
    _outcome: tuple[int, float] = field(default=(-1, 0.0), repr=False, compare=False)

    def __post_init__(self) -> None:
        """Measure what is asked again and again."""
        self.length_mm = sum([segment.length_mm for segment in self.segments])
        self.name = _name_of(self.own)

    def take(self, segments: list[Segment], own: list[Segment]) -> None:
        """Go on over more segments, `own` of which the leg is about."""
        self.segments += segments
        self.length_mm += sum([segment.length_mm for segment in segments])
        if own:
            self.own += own
            self.name = _name_of(self.own)

    @property
    def duration_s(self) -> float:
        """Time with everything that belongs to it."""
        return sum([segment.duration_s for segment in self.segments])

    @property
    def side(self) -> Side:
        """Side of the road as walked, of its first part."""
        return self.own[0].side

    @property
    def kind(self) -> SegmentKind:
        """The kind of its longest part."""
        return max(self.own, key=lambda s: s.length_mm).kind

    @property
    def start(self) -> Place:
        """Where it begins."""
        return self.segments[0].shape[0]

    @property
    def outset(self) -> float:
        """Direction in which one sets off on it, radians from east."""
        count = len(self.own)
        if self._outset[0] != count:
            self._outset = count, heading_at_start(self.own)
        return self._outset[1]

    @property
    def outcome(self) -> float:
        """Direction in which one comes off it, radians from east."""
        count = len(self.own)
        if self._outcome[0] != count:
            self._outcome = count, heading_at_end(self.own)
        return self._outcome[1]


def _name_of(segments: list[Segment]) -> Mapping[str, str]:
    longest: Segment | None = None
    for segment in segments:
        if segment.name and (longest is None or segment.length_mm > longest.length_mm):
            longest = segment
    return _UNNAMED if longest is None else longest.name


def split(segments: list[Segment]) -> list[Leg]:
    """Return the legs of a way: every segment in exactly one, in order."""
    legs = list(_cut(segments))
    legs = [_demote(leg) for leg in legs]
    legs = list(_merge_islands(legs))
    legs = list(_merge_short(legs))
    legs = list(_merge_flights(legs))
    legs = list(_merge_interludes(legs))
    return list(_merge_straight(legs))


def _cut(segments: list[Segment]) -> Iterator[Leg]:
    """Give the pieces on which one goes on doing the same, each at least one segment."""
    forms = ["lift" if s.lift else _FORMS.get(s.kind, "walk") for s in segments]
    first = 0
    for number in range(1, len(segments) + 1):
        if number == len(segments) or not _continues(segments, forms, first, number):
            yield Leg(forms[first], first, segments[first:number], segments[first:number])
            first = number


def _continues(segments: list[Segment], forms: list[str], first: int, number: int) -> bool:
    """Whether a segment belongs to the piece that begins with the first."""
    last, segment, form = segments[number - 1], segments[number], forms[number]
    if form != forms[first] or form == "access":
        return False
    if form == "cross":
        return not last.name or not segment.name or last.name == segment.name
    if form != "walk":
        return True
    if last.name != segment.name or last.side is not segment.side:
        return False
    # Where one turns, one looks some metres both ways; that costs more than the first corner.
    if _corner(last, segment) < STRAIGHT_DEG:
        return True
    before = heading_at_end(segments[first:number])
    return abs(turn(before, heading_at_start([segment]))) < _BEND_DEG


def _corner(last: Segment, following: Segment) -> float:
    return abs(turn(heading_at_end([last]), heading_at_start([following])))


def _demote(leg: Leg) -> Leg:
    """Turn a crossing of nothing but a driveway or a cycle path into a part of the walk."""
    if leg.form != "cross" or any(s.crossing in _LIT for s in leg.own):
        return leg
    busiest = max(s.road_class for s in leg.own)
    if busiest > RoadClass.SERVICE or any(_is_hindered(s) for s in leg.own):
        return leg
    return Leg(
        "walk",
        leg.first,
        leg.segments,
        leg.own,
        driveways=1 if busiest is RoadClass.SERVICE else 0,
    )


def _is_hindered(segment: Segment) -> bool:
    return bool(segment.helps or segment.notices) or (segment.kerb_mm or 0) > _LOW_KERB_MM


def _merge_islands(legs: list[Leg]) -> Iterator[Leg]:
    """Join two crossings of one road with the refuge between them."""
    number = 0
    while number < len(legs):
        leg = legs[number]
        while leg.form == "cross" and _has_island(leg, legs[number + 1 : number + 3]):
            between, other = legs[number + 1 : number + 3]
            leg.take([*between.segments, *other.segments], other.own)
            leg.island = True
            number += 2
        yield leg
        number += 1


def _has_island(leg: Leg, following: list[Leg]) -> bool:
    if [each.form for each in following] != ["walk", "cross"]:
        return False
    between, other = following
    if between.length_mm > ISLAND_MM or leg.name != other.name:
        return False
    return abs(turn(leg.outcome, other.outset)) < _BEND_DEG


def _merge_short(legs: list[Leg]) -> Iterator[Leg]:
    """Give pieces of a few metres to the walk before them, else to whatever follows."""
    held: Leg | None = None
    for number, leg in enumerate(legs):
        last = number == len(legs) - 1
        if held is None:
            held = leg
        elif (held.form == "walk" or last) and _is_short(leg, between=not last):
            _append(held, leg)
        elif _is_short(held, between=held.first > 0) and leg.form != "access":
            held = _prepend(held, leg)
        else:
            yield held
            held = leg
    if held is not None:
        yield held


def _is_short(leg: Leg, *, between: bool) -> bool:
    if leg.form == "access":
        return leg.first == 0 and leg.length_mm < SHIFT_MM
    if leg.form != "walk":
        return False
    return leg.length_mm < (SHIFT_MM if between else SHORT_MM)


def _append(held: Leg, leg: Leg) -> None:
    angle = turn(held.outcome, leg.outset)
    same = abs(angle) < _BEND_DEG
    held.take(leg.segments, leg.own if same else [])
    held.driveways += leg.driveways
    if not same and leg.length_mm > SHORT_MM // 2:
        held.shift_deg = angle


def _prepend(held: Leg, leg: Leg) -> Leg:
    return Leg(
        leg.form,
        held.first,
        [*held.segments, *leg.segments],
        leg.own,
        island=leg.island,
        driveways=held.driveways + leg.driveways,
        shift_deg=leg.shift_deg,
    )


def _merge_flights(legs: list[Leg]) -> Iterator[Leg]:
    """Join flights of stairs between which there is no more than a landing."""
    held: Leg | None = None
    for leg in legs:
        if held is not None and _is_next_flight(held, leg):
            held.take(leg.segments, leg.own)
        else:
            if held is not None:
                yield held
            held = leg
    if held is not None:
        yield held


def _is_next_flight(held: Leg, leg: Leg) -> bool:
    if held.form != "steps" or leg.form != "steps":
        return False
    one, other = (each.own[0].slope_permille or 0 for each in (held, leg))
    return (one > 0, one < 0) == (other > 0, other < 0)


def _merge_interludes(legs: list[Leg]) -> Iterator[Leg]:
    """Join walks across a square or past a side street, and follow a way that wiggles."""
    number = 0
    while number < len(legs):
        leg = legs[number]
        while leg.form == "walk" and _is_interlude(leg, legs[number + 1 : number + 3]):
            between, other = legs[number + 1 : number + 3]
            leg.take([*between.segments, *other.segments], other.own)
            leg.driveways += between.driveways + other.driveways
            number += 2
        yield leg
        number += 1


def _is_interlude(leg: Leg, following: list[Leg]) -> bool:
    if [each.form for each in following] != ["walk", "walk"]:
        return False
    between, other = following
    if leg.name != other.name or leg.own[-1].side is not other.side:
        return False
    whole = abs(turn(leg.outcome, other.outset))
    if between.name and between.name == leg.name:
        return between.length_mm < WIGGLE_MM and whole < STRAIGHT_DEG
    if not leg.name and not between.name:
        return between.length_mm < WIGGLE_MM and whole < STRAIGHT_DEG
    return (
        between.length_mm < INTERLUDE_MM
        and whole < STRAIGHT_DEG
        and abs(turn(leg.outcome, between.outset)) < SLIGHT_DEG
    )


def _merge_straight(legs: Iterable[Leg]) -> Iterator[Leg]:
    """Join two walks between which one neither turns nor changes street or side."""
    held: Leg | None = None
    for leg in legs:
        if held is not None and _goes_on(held, leg):
            held.take(leg.segments, leg.own)
            held.driveways += leg.driveways
            held.shift_deg = held.shift_deg or leg.shift_deg
        else:
            if held is not None:
                yield held
            held = leg
    if held is not None:
        yield held


def _goes_on(held: Leg, leg: Leg) -> bool:
    if held.form != "walk" or leg.form != "walk":
        return False
    if held.own[-1].side is not leg.side:
        return False
    unnamed = held if not held.name else leg if not leg.name else None
    if held.name != leg.name and (unnamed is None or unnamed.length_mm > INTERLUDE_MM):
        return False
    return abs(turn(held.outcome, leg.outset)) < STRAIGHT_DEG
