"""What holds for most of a way, so that it is said once and not on every step."""

from collections.abc import Callable
from dataclasses import dataclass

from geo.routing.answer import Segment, SegmentKind
from geo.routing.costs import limits_in_force
from geo.routing.encoding import Crossing, Evidence, LimitKind
from geo.routing.needs import Needs

MOSTLY, RARELY = 0.6, 0.3
"""What holds for most of the way is said once, what holds for a part where it is."""
STEEP_PERMILLE = 40
"""From this slope on a step mentions it (the norm's 1:20 is 50; what leads there matters)."""
_FEW = 2
_INCLINE, _MAPPED = LimitKind.INCLINE, Evidence.MAPPED
_LIT = frozenset({Crossing.SIGNALS, Crossing.INFERRED_SIGNALS})


@dataclass(frozen=True, slots=True)
class Whole:
    """What a warning says for the whole way and a step therefore leaves out."""

    length_mm: int
    unsurveyed_mm: int
    guessed: bool
    """Most pavements are not on the map."""
    kerbs_unknown: bool
    """At most crossings nobody measured the kerb."""
    sounds_unknown: bool
    """Of most traffic lights nobody knows whether they can be heard."""
    tactile_unknown: bool
    """At most crossings no tactile paving is recorded."""
    slopes_assumed: bool
    """Steep stretches are known from the terrain alone, in many places."""

    @property
    def sparse(self) -> bool:
        """Whether most of the way is not fully surveyed."""
        return self.unsurveyed_mm > MOSTLY * self.length_mm


def summarise(segments: list[Segment], needs: Needs) -> Whole:
    """Return what holds for most of a way."""
    crossings = [s for s in segments if s.kind is SegmentKind.CROSSING]
    lights = [s for s in crossings if s.crossing in _LIT]
    length = sum([segment.length_mm for segment in segments])
    least = max(length, 1)
    steep = sum([s.length_mm for s in segments if is_steep(s) and not is_measured(s)])
    return Whole(
        length_mm=length,
        unsurveyed_mm=measure_unsurveyed(segments, limits_in_force(needs)),
        guessed=sum([s.length_mm for s in segments if is_guessed(s)]) / least > RARELY,
        kerbs_unknown=_mostly(crossings, lambda s: s.kerb_mm is None),
        sounds_unknown=_mostly(lights, lambda s: not s.sound),
        tactile_unknown=_mostly(crossings, lambda s: not s.tactile),
        slopes_assumed=steep > RARELY * least,
    )


def is_guessed(segment: Segment) -> bool:
    """Whether this is a pavement that the map does not show."""
    return segment.kind is SegmentKind.PAVEMENT and segment.inferred


def is_steep(segment: Segment) -> bool:
    """Whether the slope, known or assumed, is worth a word."""
    slope = segment.slope_permille
    return slope is not None and abs(slope) >= STEEP_PERMILLE and not segment.lift


def is_measured(segment: Segment) -> bool:
    """Whether the slope comes from a survey or from the map, not from the terrain."""
    return segment.evidence[_INCLINE] >= _MAPPED


def measure_unsurveyed(segments: list[Segment], limits: list[LimitKind]) -> int:
    """Return the millimetres of which at least one limit is neither audited nor mapped."""
    # Few stretches differ in where their values come from, and those that agree share it.
    gaps: dict[int, bool] = {}
    total = 0
    for segment in segments:
        key = id(segment.evidence)
        gap = gaps.get(key)
        if gap is None:
            gap = any(segment.evidence[limit] < _MAPPED for limit in limits)
            gaps[key] = gap
        total += segment.length_mm if gap else 0
    return total


def _mostly(segments: list[Segment], holds: Callable[[Segment], bool]) -> bool:
    count = sum(1 for segment in segments if holds(segment))
    return count >= _FEW and count > MOSTLY * len(segments)
