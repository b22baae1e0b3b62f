"""What is worth knowing on a leg, and to whom.

Somebody on wheels wants slope, kerb, width and ground first; somebody who does not see wants
the side, the edge of the road and what can be heard or felt; somebody who does not hear must
look where cars need not stop.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from geo.mobility import Profile
from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.answer import Notice, Phrase, Segment, SegmentKind
from geo.routing.directions.legs import Leg
from geo.routing.directions.phrases import find_crossing
from geo.routing.directions.whole import (
    STEEP_PERMILLE,
    Whole,
    is_measured,
    measure_unsurveyed,
)
from geo.routing.encoding import BIG_ROAD, Crossing, LimitKind, Side
from geo.routing.walks import SAID

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

_SEVERAL = 2
_TOPICS = "topics"
_SLOPES, _KERBS, _WIDTHS, _GROUND, _HELP, _CARRIAGEWAY = 1, 2, 4, 8, 16, 32
_TACTILE, _PRIVATE, _GUESSES, _DRIVEWAYS, _GAPS = 64, 128, 256, 512, 1024
"""Topics that a segment or a leg may give reason to speak about, one bit each."""

_FREE = frozenset({Crossing.NONE, Crossing.INFERRED, Crossing.UNMARKED, Crossing.UNMAPPED})
"""Crossings at which nothing makes cars stop."""
WHEELS = frozenset({Profile.MANUAL_WHEELCHAIR, Profile.POWERED_WHEELCHAIR, Profile.PUSHCHAIR})
ON_FOOT_WITH_CARE = frozenset({Profile.LIMITED_WALKING, Profile.LOW_VISION})
CAREFUL_ON_SLOPES = WHEELS | {Profile.LIMITED_WALKING}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the steps, and what they were told for the whole way."""

    profile: Profile
    whole: Whole
    limits: list[LimitKind]

    @property
    def blind(self) -> bool:
        """Whether the steps must work without sight."""
        return self.profile is Profile.LOW_VISION

    @property
    def on_wheels(self) -> bool:
        """Whether kerbs, width and ground decide."""
        return self.profile in WHEELS


def list_remarks(leg: Leg, reader: Reader) -> list[Phrase]:
    """Return the remarks of a leg, what matters most to this person first."""
    topics = _DRIVEWAYS if leg.driveways else 0
    topics |= 0 if reader.whole.sparse else _GAPS
    for segment in leg.segments:
        topics |= _list_topics(segment)
    found: list[Phrase] = []
    for part, about, forms in _FOR_SIGHTLESS if reader.blind else _FOR_OTHERS:
        if topics & about or leg.form in forms:
            found += part(leg, reader)
    if len(found) < _SEVERAL:
        return found
    return list({(each.key, str(each.params)): each for each in found}.values())


def _list_topics(segment: Segment) -> int:
    """Return what there may be to say about a segment; alike ones are looked at once."""
    alike = segment.__dict__.get(SAID)
    known = None if alike is None else alike.get(_TOPICS)
    if known is None:
        known = _find_topics(segment)
        if alike is not None:
            alike[_TOPICS] = known
    topics: int = known
    return topics | _HELP if segment.notices else topics


def _find_topics(segment: Segment) -> int:
    narrow = (segment.width_mm, segment.passage_mm, segment.cross_slope_permille)
    rough = (segment.surface or 0) >= SurfaceRank.UNEVEN
    rough |= (segment.smoothness or 0) >= SmoothnessRank.BAD
    guessed = segment.kind is SegmentKind.PAVEMENT and segment.inferred
    return (
        (abs(segment.slope_permille or 0) >= STEEP_PERMILLE) * _SLOPES
        | (segment.kerb_mm is not None) * _KERBS
        | any(each is not None for each in narrow) * _WIDTHS
        | rough * _GROUND
        | bool(segment.helps) * _HELP
        | (segment.kind is SegmentKind.CARRIAGEWAY) * _CARRIAGEWAY
        | segment.tactile * _TACTILE
        | segment.private * _PRIVATE
        | guessed * _GUESSES
    )


def _sides(leg: Leg, reader: Reader) -> Iterator[Phrase]:
    if leg.form != "walk":
        return
    if leg.side is not Side.NONE:
        sure = reader.whole.guessed or not _is_guess(leg)
        key = "remark.side" if sure else "remark.side_inferred"
        yield Phrase(f"{key}.{leg.side.name.lower()}")
    if any(segment.kind is SegmentKind.CARRIAGEWAY for segment in leg.segments):
        yield Phrase("remark.no_pavement")


def _slopes(leg: Leg, reader: Reader) -> Iterator[Phrase]:
    if leg.form not in {"walk", "cross"}:
        return
    for word, sign in (("up", 1), ("down", -1)):
        yield from _known_slope(leg, reader, word, sign)
        if reader.profile in CAREFUL_ON_SLOPES and not reader.whole.slopes_assumed:
            yield from _assumed_slope(leg, word, sign)


def _known_slope(leg: Leg, reader: Reader, word: str, sign: int) -> Iterator[Phrase]:
    least = STEEP_PERMILLE if reader.profile in CAREFUL_ON_SLOPES else 2 * STEEP_PERMILLE
    steep = [is_measured(s) and sign * (s.slope_permille or 0) >= least for s in leg.segments]
    if not any(steep):
        return
    worst = max(sign * (s.slope_permille or 0) for s in leg.segments if is_measured(s))
    params: dict[str, object] = {"slope_permille": worst}
    length = sum(s.length_mm for s, hit in zip(leg.segments, steep, strict=True) if hit)
    before = sum(s.length_mm for s in leg.segments[: steep.index(True)])
    if length > _NEARLY_ALL * leg.length_mm or leg.form == "cross":
        yield Phrase(f"remark.slope_{word}", params)
    elif before < _ALONG_MM:
        yield Phrase(f"remark.slope_{word}.part", params | {"distance_mm": length})
    else:
        params |= {"distance_mm": length, "after_mm": before}
        yield Phrase(f"remark.slope_{word}.later", params)


def _assumed_slope(leg: Leg, word: str, sign: int) -> Iterator[Phrase]:
    steep = [
        segment
        for segment in leg.segments
        if not is_measured(segment) and sign * (segment.slope_permille or 0) >= STEEP_PERMILLE
    ]
    if sum(segment.length_mm for segment in steep) >= _WORTH_MM:
        worst = max(sign * (segment.slope_permille or 0) for segment in steep)
        yield Phrase(f"remark.slope_{word}_assumed", {"slope_permille": worst})


def _kerbs(leg: Leg, reader: Reader) -> Iterator[Phrase]:
    if reader.profile is Profile.DEAF:
        return
    known = [s.kerb_mm for s in leg.segments if s.kerb_mm is not None]
    highest = max(known, default=-1)
    if highest > LOW_KERB_MM:
        felt = reader.blind and highest >= _FELT_MM
        at_road = "remark.kerb_edge" if felt else "remark.kerb"
        key = at_road if leg.form == "cross" else "remark.kerb_on_way"
        yield Phrase(key, {"height_mm": highest})
        return
    if leg.form != "cross":
        return
    if any(s.kerb_mm is None for s in leg.own):
        if not reader.whole.kerbs_unknown:
            yield Phrase("remark.kerb_unknown")
    elif highest > FLUSH_MM:
        yield Phrase("remark.kerb_low", {"height_mm": highest})
    elif reader.blind:
        yield Phrase("remark.kerb_flush_unfelt")
    else:
        yield Phrase("remark.kerb_flush")


def _widths(leg: Leg, _reader: Reader) -> Iterator[Phrase]:
    widths = [s.width_mm for s in leg.segments if s.width_mm is not None]
    if min(widths, default=NARROW_MM) < NARROW_MM:
        yield Phrase("remark.narrow", {"width_mm": min(widths)})
    gaps = [s.passage_mm for s in leg.segments if s.passage_mm is not None]
    if 0 < min(gaps, default=TIGHT_MM) < TIGHT_MM:
        yield Phrase("remark.passage", {"width_mm": min(gaps)})
    tilts = [s.cross_slope_permille for s in leg.segments if s.cross_slope_permille is not None]
    if max(tilts, default=0) >= TILTED_PERMILLE:
        yield Phrase("remark.tilted", {"slope_permille": max(tilts)})


def _ground(leg: Leg, reader: Reader) -> Iterator[Phrase]:
    surface = max((s.surface for s in leg.segments if s.surface is not None), default=0)
    least = SurfaceRank.UNEVEN if reader.profile is not Profile.DEAF else SurfaceRank.SOFT
    if surface >= least:
        yield Phrase(f"remark.surface.{SurfaceRank(surface).name.lower()}")
    rough = max((s.smoothness for s in leg.segments if s.smoothness is not None), default=0)
    if rough >= SmoothnessRank.BAD:
        yield Phrase("remark.rough")


def _crossing(leg: Leg, reader: Reader) -> Iterator[Phrase]:
    if leg.island:
        yield Phrase("remark.island")
    if leg.driveways and reader.profile is not Profile.MANUAL_WHEELCHAIR:
        yield Phrase("remark.driveways", {"n": leg.driveways})
    if leg.form != "cross":
        return
    crossing = find_crossing(leg)
    free = crossing in _FREE
    busy = any(s.road_class >= BIG_ROAD for s in leg.own)
    if free and busy and reader.blind:
        yield Phrase("remark.cross_with_someone")
    elif free and reader.profile is Profile.DEAF:
        yield Phrase("remark.look_both_ways")


def _senses(leg: Leg, reader: Reader) -> Iterator[Phrase]:
    """Say what can be heard or felt, and what nobody recorded."""
    if leg.form == "cross":
        yield from _sounds(leg, reader)
    if any(segment.tactile for segment in leg.segments):
        yield Phrase("remark.tactile")
    elif leg.form == "cross" and not reader.whole.tactile_unknown:
        yield Phrase("remark.no_tactile")


def _sounds(leg: Leg, reader: Reader) -> Iterator[Phrase]:
    if any(segment.sound for segment in leg.own):
        yield Phrase("remark.sound")
        return
    lit = any(s.crossing in {Crossing.SIGNALS, Crossing.INFERRED_SIGNALS} for s in leg.own)
    if lit and not reader.whole.sounds_unknown:
        yield Phrase("remark.no_sound")


def _rails(leg: Leg, reader: Reader) -> Iterator[Phrase]:
    if leg.form != "steps" or reader.profile is Profile.DEAF:
        return
    railed = all(segment.handrail for segment in leg.own)
    yield Phrase("remark.handrail" if railed else "remark.no_handrail")


def _help(leg: Leg, _reader: Reader) -> Iterator[Phrase]:
    for hindrance in dict.fromkeys(h for segment in leg.segments for h in segment.helps):
        yield Phrase(f"remark.help.{hindrance.name.lower()}")
    for notice in dict.fromkeys(n for segment in leg.segments for n in segment.notices):
        yield _name(notice)


def _name(notice: Notice) -> Phrase:
    if notice.state == "expired" and notice.until is not None:
        params = {"until": notice.until.date().isoformat()}
        return Phrase(f"warning.doubtful.{notice.kind}", params)
    return Phrase(f"warning.reported.{notice.kind}")


def _provenance(leg: Leg, reader: Reader) -> Iterator[Phrase]:
    if any(segment.private for segment in leg.segments):
        yield Phrase("remark.private")
    if leg.side is Side.NONE and not reader.whole.guessed and _is_guess(leg):
        yield Phrase("remark.pavement_inferred")
    if reader.whole.sparse or leg.form == "access":
        return
    if gap := measure_unsurveyed(leg.segments, reader.limits):
        yield Phrase("remark.unsurveyed", {"distance_mm": gap})


def _is_guess(leg: Leg) -> bool:
    """Whether the map shows none of the pavements that a leg follows."""
    walked = [segment for segment in leg.own if segment.kind is SegmentKind.PAVEMENT]
    return bool(walked) and all(segment.inferred for segment in walked)


_WALK, _CROSS, _STAIRS, _NEVER = (frozenset(w.split()) for w in ("walk", "cross", "steps", ""))
_PARTS: dict[Callable[[Leg, Reader], Iterator[Phrase]], tuple[int, frozenset[str]]] = {
    _slopes: (_SLOPES, _NEVER),
    _kerbs: (_KERBS, _CROSS),
    _widths: (_WIDTHS, _NEVER),
    _ground: (_GROUND, _NEVER),
    _rails: (0, _STAIRS),
    _help: (_HELP, _NEVER),
    _sides: (_CARRIAGEWAY, _WALK),
    _crossing: (_DRIVEWAYS, _CROSS),
    _senses: (_TACTILE, _CROSS),
    _provenance: (_PRIVATE | _GUESSES | _GAPS, _NEVER),
}
"""Who says something, about what, and on which legs in any case."""
_FOR_OTHERS = [
    (part, *_PARTS[part])
    for part in (
        _slopes,
        _kerbs,
        _widths,
        _ground,
        _rails,
        _help,
        _sides,
        _crossing,
        _provenance,
    )
]
_FOR_SIGHTLESS = [
    (part, *_PARTS[part])
    for part in (
        _sides,
        _crossing,
        _senses,
        _kerbs,
        _rails,
        _widths,
        _slopes,
        _ground,
        _help,
        _provenance,
    )
]


def list_notices(segments: list[Segment]) -> list[Phrase]:
    """Return a sentence for each thing reported along some segments."""
    return [_name(n) for n in dict.fromkeys(n for s in segments for n in s.notices)]
