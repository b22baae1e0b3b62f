"""From segments to steps: message keys with parameters, no sentences.

A step is one thing to do: walk along a street, cross it, take the stairs, ride a lift. What is
worth knowing on the way (slope, surface, kerbs, help, what nobody surveyed) are remarks of the
step. `geo.routing.texts` turns both into whole sentences. Pure.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from geo.mobility import Profile
from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.answer import Phrase, Place, Segment, SegmentKind, Step, Target
from geo.routing.costs import limits_in_force
from geo.routing.encoding import Crossing, Evidence, LimitKind, Side
from geo.routing.needs import Needs
from geo.routing.plane import turn

STEEP_PERMILLE = 40
"""From this slope on a step mentions it (the norm's 1:20 is 50; what leads there matters)."""
HIGH_KERB_MM = 20
NARROW_MM = 1200
TIGHT_MM = 1000
TILTED_PERMILLE = 30
_SHORT_MM = 6000
"""Shorter pieces of path belong to what comes before them."""
_BEND_DEG = 50.0
_MOSTLY, _RARELY = 0.6, 0.3
"""What holds for most of the way is said once, what holds for a part where it is."""

_FORMS = {
    SegmentKind.ACCESS: "access",
    SegmentKind.CROSSING: "cross",
    SegmentKind.STEPS: "steps",
    SegmentKind.LIFT: "lift",
    SegmentKind.ESCALATOR: "escalator",
}
_UNNAMED = {
    SegmentKind.STREET: "street",
    SegmentKind.PAVEMENT: "street",
    SegmentKind.CARRIAGEWAY: "street",
}
_COMPASS = (
    "east",
    "north_east",
    "north",
    "north_west",
    "west",
    "south_west",
    "south",
    "south_east",
)


@dataclass(slots=True)
class _Leg:
    form: str
    first: int
    segments: list[Segment]

    @property
    def name(self) -> dict[str, str]:
        own = [s for s in self.segments if _form_of(s) == self.form]
        return next((dict(s.name) for s in own if s.name), {})

    @property
    def length_mm(self) -> int:
        return sum(segment.length_mm for segment in self.segments)

    @property
    def is_short(self) -> bool:
        return self.form == "walk" and self.length_mm < _SHORT_MM

    @property
    def core(self) -> Segment:
        """The first segment that is what the leg is about."""
        return next(s for s in self.segments if _form_of(s) == self.form)

    @property
    def side(self) -> Side:
        return self.core.side

    @property
    def start(self) -> Place:
        return self.segments[0].shape[0]


def describe(segments: list[Segment], target: Target, needs: Needs) -> list[Step]:
    """Return the steps of a way, the arrival last."""
    if not segments:
        return [_arrive(target, (target.lon, target.lat), 0)]
    limits = limits_in_force(needs)
    sparse = _unsurveyed(segments, limits) > _MOSTLY * sum(s.length_mm for s in segments)
    guessed = _share(segments, _is_guessed) > _RARELY
    legs = list(_merge_short(_split(segments)))
    steps, heading = [], None
    for number, leg in enumerate(legs):
        phrase = _phrase(leg, heading, last=number == len(legs) - 1)
        remarks = [*_face(leg, heading), *_remarks(leg, needs)]
        if leg.form == "walk" and not guessed and all(s.inferred for s in leg.segments):
            remarks.append(Phrase("remark.pavement_inferred"))
        if not sparse and leg.form != "access" and (gap := _unsurveyed(leg.segments, limits)):
            remarks.append(Phrase("remark.unsurveyed", {"distance_mm": gap}))
        steps.append(
            Step(
                phrase=phrase,
                place=leg.start,
                length_mm=leg.length_mm,
                duration_s=sum(segment.duration_s for segment in leg.segments),
                first_segment=leg.first,
                segment_count=len(leg.segments),
                remarks=tuple(remarks),
            )
        )
        heading = _bearing(leg.segments[-1].shape, at_end=True)
    return [*steps, _arrive(target, segments[-1].shape[-1], len(segments))]


def list_warnings(segments: list[Segment], needs: Needs, target: Target) -> list[Phrase]:
    """Return what holds for the whole way: help needed, unsurveyed metres, doubtful barriers."""
    found: list[Phrase] = []
    whole = sum(segment.length_mm for segment in segments)
    gap = _unsurveyed(segments, limits_in_force(needs))
    if gap:
        key = "warning.unsurveyed_all" if gap == whole else "warning.unsurveyed"
        found.append(Phrase(key, {"distance_mm": gap}))
    helped = [segment for segment in segments if segment.helps]
    if helped:
        found.append(Phrase("warning.help", {"n": len(_runs(segments))}))
    if _share(segments, _is_guessed) > _RARELY:
        found.append(Phrase("warning.pavement_inferred"))
    free = [s for s in segments if s.crossing is Crossing.INFERRED]
    if free:
        found.append(Phrase("warning.inferred_crossings", {"n": len(free)}))
    for notice in dict.fromkeys(n for segment in segments for n in segment.notices):
        state = "doubtful" if notice.state == "expired" else "reported"
        if state == "doubtful" and notice.until is not None:
            params = {"until": notice.until.date().isoformat()}
            found.append(Phrase(f"warning.doubtful.{notice.kind}", params))
        else:
            found.append(Phrase(f"warning.reported.{notice.kind}"))
    if target.word.value in {"unknown", "with_help"}:
        found.append(Phrase(f"warning.door.{target.word.value}"))
    return found


def _is_guessed(segment: Segment) -> bool:
    return segment.kind is SegmentKind.PAVEMENT and segment.inferred


def _share(segments: list[Segment], holds: Callable[[Segment], bool]) -> float:
    """Return the part of the way for which something holds."""
    whole = sum(segment.length_mm for segment in segments)
    return sum(s.length_mm for s in segments if holds(s)) / max(whole, 1)


def _runs(segments: list[Segment]) -> list[int]:
    """Return where stretches that need help begin."""
    return [
        number
        for number, segment in enumerate(segments)
        if segment.helps and (number == 0 or not segments[number - 1].helps)
    ]


def _unsurveyed(segments: list[Segment], limits: list[LimitKind]) -> int:
    """Return the millimetres of which at least one limit is neither audited nor mapped."""
    return sum(
        segment.length_mm
        for segment in segments
        if any(segment.evidence[limit] < Evidence.MAPPED for limit in limits)
    )


def _split(segments: list[Segment]) -> Iterator[_Leg]:
    leg: _Leg | None = None
    for number, segment in enumerate(segments):
        form = _form_of(segment)
        if leg is None or not _continues(leg, form, segment):
            if leg is not None:
                yield leg
            leg = _Leg(form, number, [])
        leg.segments.append(segment)
    if leg is not None:
        yield leg


def _form_of(segment: Segment) -> str:
    if segment.lift:
        return "lift"
    return _FORMS.get(segment.kind, "walk")


def _continues(leg: _Leg, form: str, segment: Segment) -> bool:
    last = leg.segments[-1]
    if form != leg.form or form == "access":
        return False
    if form == "cross":
        return dict(last.name) == dict(segment.name)
    if form != "walk":
        return True
    if dict(last.name) != dict(segment.name) or last.side is not segment.side:
        return False
    if segment.name:
        return True
    bend = turn(_bearing(last.shape, at_end=True), _bearing(segment.shape, at_end=False))
    return abs(bend) < _BEND_DEG


def _merge_short(legs: Iterator[_Leg]) -> Iterator[_Leg]:
    """Give pieces of a few metres to the walk before them, else to whatever follows."""
    held: _Leg | None = None
    for leg in legs:
        if held is None:
            held = leg
        elif held.form == "walk" and leg.is_short:
            held.segments.extend(leg.segments)
        elif held.is_short and leg.form != "access":
            held = _Leg(leg.form, held.first, [*held.segments, *leg.segments])
        else:
            yield held
            held = leg
    if held is not None:
        yield held


def _phrase(leg: _Leg, heading: float | None, *, last: bool) -> Phrase:
    if leg.form == "access":
        return Phrase("access.end" if last else "access.start", {"distance_mm": leg.length_mm})
    if leg.form != "walk":
        return _SPECIAL[leg.form](leg)
    bearing = _bearing(leg.segments[0].shape, at_end=False)
    params: dict[str, object] = {"distance_mm": leg.length_mm}
    named = "named" if leg.name else _UNNAMED.get(leg.core.kind, "path")
    if leg.name:
        params["name"] = leg.name
    if heading is None:
        return Phrase(f"depart.{_compass(bearing)}.{named}", params)
    return Phrase(f"turn.{_turn_word(turn(heading, bearing))}.{named}", params)


def _crossing_phrase(leg: _Leg) -> Phrase:
    worst = max(leg.segments, key=lambda s: _CROSSING_RISK[s.crossing])
    key = f"cross.{worst.crossing.name.lower()}"
    if leg.name:
        return Phrase(f"{key}.named", {"name": leg.name})
    return Phrase(f"{key}.unnamed")


_CROSSING_RISK = {
    Crossing.NONE: 0,
    Crossing.SIGNALS: 1,
    Crossing.MARKED: 2,
    Crossing.INFERRED_SIGNALS: 3,
    Crossing.UNMARKED: 4,
    Crossing.INFERRED: 5,
}


def _steps_phrase(leg: _Leg) -> Phrase:
    flights = [segment for segment in leg.segments if _form_of(segment) == "steps"]
    counts = [segment.steps for segment in flights]
    slope = leg.core.slope_permille or 0
    way = "up" if slope > 0 else "down" if slope < 0 else "level"
    ramp = ".ramp" if all(segment.ramp for segment in flights) else ""
    if None in counts:
        return Phrase(f"steps.{way}.uncounted{ramp}")
    return Phrase(f"steps.{way}.counted{ramp}", {"n": sum(c or 0 for c in counts)})


def _lift_phrase(leg: _Leg) -> Phrase:
    rides = [segment for segment in leg.segments if segment.lift]
    first, last = rides[0].level_tenths, rides[-1].level_tenths
    if first == last:
        return Phrase("lift.plain")
    return Phrase("lift.to", {"level_tenths": last})


_SPECIAL: dict[str, Callable[[_Leg], Phrase]] = {
    "cross": _crossing_phrase,
    "steps": _steps_phrase,
    "lift": _lift_phrase,
    "escalator": lambda _leg: Phrase("escalator"),
}


def _face(leg: _Leg, heading: float | None) -> Iterator[Phrase]:
    """Say where a crossing, stairs or a lift lie as one comes."""
    if heading is None or leg.form in {"walk", "access"}:
        return
    word = _turn_word(turn(heading, _bearing(leg.core.shape, at_end=False)))
    if word.endswith("left"):
        yield Phrase("face.left")
    elif word.endswith("right"):
        yield Phrase("face.right")


def _remarks(leg: _Leg, needs: Needs) -> Iterator[Phrase]:
    if leg.form == "walk" and leg.side is not Side.NONE:
        yield Phrase(f"remark.side.{leg.side.name.lower()}")
    yield from _pavement_remarks(leg)
    yield from _slope_remarks(leg)
    yield from _ground_remarks(leg)
    yield from _measured_remarks(leg)
    if needs.profile is Profile.LOW_VISION:
        yield from _unseen_remarks(leg)
    for hindrance in dict.fromkeys(h for segment in leg.segments for h in segment.helps):
        yield Phrase(f"remark.help.{hindrance.name.lower()}")
    if any(segment.private for segment in leg.segments):
        yield Phrase("remark.private")
    for notice in dict.fromkeys(n for segment in leg.segments for n in segment.notices):
        if notice.state == "expired" and notice.until is not None:
            params = {"until": notice.until.date().isoformat()}
            yield Phrase(f"warning.doubtful.{notice.kind}", params)


def _pavement_remarks(leg: _Leg) -> Iterator[Phrase]:
    if any(segment.kind is SegmentKind.CARRIAGEWAY for segment in leg.segments):
        yield Phrase("remark.no_pavement")


def _slope_remarks(leg: _Leg) -> Iterator[Phrase]:
    if leg.form in {"steps", "lift", "escalator", "access"}:
        return
    for sure, suffix in ((True, ""), (False, "_assumed")):
        slopes = [
            segment.slope_permille
            for segment in leg.segments
            if segment.slope_permille is not None
            and (segment.evidence[LimitKind.INCLINE] >= Evidence.MAPPED) is sure
        ]
        up, down = max(slopes, default=0), min(slopes, default=0)
        if up >= STEEP_PERMILLE:
            yield Phrase(f"remark.slope_up{suffix}", {"slope_permille": up})
        if down <= -STEEP_PERMILLE:
            yield Phrase(f"remark.slope_down{suffix}", {"slope_permille": -down})


def _ground_remarks(leg: _Leg) -> Iterator[Phrase]:
    surface = max((s.surface for s in leg.segments if s.surface is not None), default=0)
    if surface >= SurfaceRank.UNEVEN:
        yield Phrase(f"remark.surface.{SurfaceRank(surface).name.lower()}")
    rough = max((s.smoothness for s in leg.segments if s.smoothness is not None), default=0)
    if rough >= SmoothnessRank.BAD:
        yield Phrase("remark.rough")


def _measured_remarks(leg: _Leg) -> Iterator[Phrase]:
    kerb = max((s.kerb_mm for s in leg.segments if s.kerb_mm is not None), default=0)
    if kerb >= HIGH_KERB_MM:
        yield Phrase("remark.kerb", {"height_mm": kerb})
    widths = [s.width_mm for s in leg.segments if s.width_mm is not None]
    if min(widths, default=NARROW_MM) < NARROW_MM:
        yield Phrase("remark.narrow", {"width_mm": min(widths)})
    gaps = [s.passage_mm for s in leg.segments if s.passage_mm is not None]
    if min(gaps, default=TIGHT_MM) < TIGHT_MM:
        yield Phrase("remark.passage", {"width_mm": min(gaps)})
    tilts = [s.cross_slope_permille for s in leg.segments if s.cross_slope_permille is not None]
    if max(tilts, default=0) >= TILTED_PERMILLE:
        yield Phrase("remark.tilted", {"slope_permille": max(tilts)})


def _unseen_remarks(leg: _Leg) -> Iterator[Phrase]:
    """Say what helps or fails somebody who does not see."""
    if leg.form == "cross":
        lit = any(s.crossing in {Crossing.SIGNALS, Crossing.INFERRED_SIGNALS} for s in leg.segments)
        if any(segment.sound for segment in leg.segments):
            yield Phrase("remark.sound")
        elif lit:
            yield Phrase("remark.no_sound")
    if any(segment.tactile for segment in leg.segments):
        yield Phrase("remark.tactile")
    if leg.form == "steps" and any(segment.handrail for segment in leg.segments):
        yield Phrase("remark.handrail")


def _arrive(target: Target, place: Place, segments: int) -> Step:
    return Step(
        phrase=Phrase(f"arrive.{target.word.value}"),
        place=place,
        length_mm=0,
        duration_s=target.extra_seconds,
        first_segment=segments,
        segment_count=0,
    )


def _bearing(shape: list[Place], *, at_end: bool) -> float:
    """Return the direction at one end of a line, over its last metres, radians from east."""
    line = shape[::-1] if at_end else shape
    kx = math.cos(math.radians(line[0][1]))
    dx = dy = 0.0
    for lon, lat in line[1:]:
        dx, dy = (lon - line[0][0]) * kx, lat - line[0][1]
        if math.hypot(dx, dy) > 5e-5:  # noqa: PLR2004 - about five metres, in degrees
            break
    return math.atan2(-dy, -dx) if at_end else math.atan2(dy, dx)


def _compass(bearing: float) -> str:
    return _COMPASS[round(math.degrees(bearing) / 45.0) % 8]


def _turn_word(angle: float) -> str:
    size = abs(angle)
    if size < 25.0:  # noqa: PLR2004 - degrees, as people say it
        return "straight"
    if size > 160.0:  # noqa: PLR2004 - degrees, as people say it
        return "back"
    side = "left" if angle > 0 else "right"
    if size < 60.0:  # noqa: PLR2004 - degrees, as people say it
        return f"slight_{side}"
    return side if size <= 125.0 else f"sharp_{side}"  # noqa: PLR2004 - degrees, as people say it
