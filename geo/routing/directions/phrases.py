"""What to do on a leg: one instruction each."""

from collections.abc import Callable

from geo.routing.answer import Phrase, SegmentKind
from geo.routing.directions.headings import name_compass, name_turn
from geo.routing.directions.legs import Leg
from geo.routing.encoding import Crossing
from geo.routing.plane import turn

_WHERE = {
    SegmentKind.STREET: "street",
    SegmentKind.CARRIAGEWAY: "street",
    SegmentKind.PEDESTRIAN: "street",
    SegmentKind.PAVEMENT: "pavement",
    SegmentKind.SIDEWALK: "pavement",
    SegmentKind.CORRIDOR: "passage",
    SegmentKind.PLATFORM: "platform",
}
_CROSSING_RISK = {
    Crossing.NONE: 0,
    Crossing.SIGNALS: 1,
    Crossing.MARKED: 2,
    Crossing.INFERRED_SIGNALS: 3,
    Crossing.UNMARKED: 4,
    Crossing.INFERRED: 5,
    Crossing.UNMAPPED: 6,
}


def instruct(leg: Leg, heading: float | None, *, last: bool) -> Phrase:
    """Return the instruction of a leg, for somebody who comes with a heading, if any."""
    if leg.form == "access":
        key = "access.end" if last else f"access.start.{name_compass(leg.outset)}"
        return Phrase(key, {"distance_mm": leg.length_mm})
    if leg.form != "walk":
        return _SPECIAL[leg.form](leg)
    params: dict[str, object] = {"distance_mm": leg.length_mm}
    where = _WHERE.get(leg.kind, "path")
    if name := leg.name:
        where, params["name"] = "named", name
    if heading is None:
        return Phrase(f"depart.{name_compass(leg.outset)}.{where}", params)
    return Phrase(f"turn.{name_turn(turn(heading, leg.outset))}.{where}", params)


def find_crossing(leg: Leg) -> Crossing:
    """Return how the road is crossed, the riskiest part counting."""
    found = max((s.crossing for s in leg.own), key=_CROSSING_RISK.__getitem__)
    if found is Crossing.NONE and any(s.inferred for s in leg.own):
        return Crossing.INFERRED
    return found


def _crossing(leg: Leg) -> Phrase:
    key = f"cross.{find_crossing(leg).name.lower()}"
    name = leg.name
    return Phrase(f"{key}.named", {"name": name}) if name else Phrase(f"{key}.unnamed")


def _steps(leg: Leg) -> Phrase:
    counts = [segment.steps for segment in leg.own]
    slope = leg.own[0].slope_permille or 0
    way = "up" if slope > 0 else "down" if slope < 0 else "level"
    ramp = ".ramp" if all(segment.ramp for segment in leg.own) else ""
    if None in counts:
        return Phrase(f"steps.{way}.uncounted{ramp}")
    return Phrase(f"steps.{way}.counted{ramp}", {"n": sum(c or 0 for c in counts)})


def _lift(leg: Leg) -> Phrase:
    first, last = leg.own[0].level_tenths, leg.own[-1].level_tenths
    return Phrase("lift.plain") if first == last else Phrase("lift.to", {"level_tenths": last})


_SPECIAL: dict[str, Callable[[Leg], Phrase]] = {
    "cross": _crossing,
    "steps": _steps,
    "lift": _lift,
    "escalator": lambda _leg: Phrase("escalator"),
}
