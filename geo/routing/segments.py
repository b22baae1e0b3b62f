"""Segments as objects: made of the rows of a way where somebody asks for one, and back to rows.

Invariant: rows made of segments give equal segments again. Two things have no place in a row:
`Segment.leg`, which is 0 afterwards, and limits of which the evidence says nothing, which are
`missing` then.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from geo.routing.answer import Notice, Phrase, Place, Segment
from geo.routing.costs import Hindrance
from geo.routing.encoding import Crossing, RoadClass, Side, pack_evidence, read_evidence
from geo.routing.lazy import Lazy
from geo.routing.stretches import KINDS, NO_EDGE, STRETCH, UNCOUNTED, UNKNOWN, Mark, Way
from geo.routing.writing.lexicon import Lexica

_SIDES, _ROAD_CLASSES, _CROSSINGS = tuple(Side), tuple(RoadClass), tuple(Crossing)
_KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_INFERRED, _NAME_INFERRED = int(Mark.INFERRED), int(Mark.NAME_INFERRED)
_LIFT, _PRIVATE = int(Mark.LIFT), int(Mark.PRIVATE)
_TACTILE, _SOUND = int(Mark.TACTILE), int(Mark.SOUND)
_RAMP, _HANDRAIL = int(Mark.RAMP), int(Mark.HANDRAIL)


class Stretches(Lazy[Segment]):
    """The segments of a way; the rows behind them stay at hand."""

    __slots__ = ("lexica", "names", "notices", "way")

    def __init__(
        self,
        way: Way,
        names: Callable[[int], Mapping[str, str]],
        notices: Mapping[int, tuple[Notice, ...]],
        lexica: Lexica | None = None,
    ) -> None:
        """`names` gives the names of a number, `notices` are by place of the stretch.

        `lexica` keep what was written of names: the same for all ways that share these, and
        only for them.
        """
        super().__init__()
        self.lexica: Lexica = {} if lexica is None else lexica
        self.way = way
        self.names = names
        self.notices = notices

    def __len__(self) -> int:
        """Return the number of stretches."""
        return len(self.way.stretches)

    def _make(self) -> list[Segment]:
        way, segments = self.way, []
        points: list[Place] = [(lon, lat) for lon, lat in way.points.tolist()]
        bounds = way.bounds.tolist()
        for place, row in enumerate(way.stretches.tolist()):
            (kind, name, side, road_class, crossing, slope, cross_slope, width, passage) = row[:9]
            (kerb, steps, surface, smoothness, level, evidence, marks) = row[9:16]
            (helps, violations, length_mm, duration_s, edge_id, osm_way_id) = row[16:22]
            # As `Segment(...)` would, in a tenth of the time: a way has many, of many fields.
            segment = object.__new__(Segment)
            values = {
                "kind": KINDS[kind],
                "shape": points[bounds[place] : bounds[place + 1]],
                "length_mm": length_mm,
                "duration_s": duration_s,
                "evidence": read_evidence(evidence),
                "name": self.names(name),
                "name_inferred": marks & _NAME_INFERRED != 0,
                "side": _SIDES[side],
                "road_class": _ROAD_CLASSES[road_class],
                "crossing": _CROSSINGS[crossing],
                "inferred": marks & _INFERRED != 0,
                "slope_permille": None if slope == UNKNOWN else slope,
                "cross_slope_permille": None if cross_slope == UNKNOWN else cross_slope,
                "width_mm": None if width == UNKNOWN else width,
                "passage_mm": None if passage == UNKNOWN else passage,
                "kerb_mm": None if kerb == UNKNOWN else kerb,
                "steps": None if steps == UNCOUNTED else steps,
                "surface": None if surface == UNKNOWN else surface,
                "smoothness": None if smoothness == UNKNOWN else smoothness,
                "level_tenths": level,
                "lift": marks & _LIFT != 0,
                "private": marks & _PRIVATE != 0,
                "tactile": marks & _TACTILE != 0,
                "sound": marks & _SOUND != 0,
                "ramp": marks & _RAMP != 0,
                "handrail": marks & _HANDRAIL != 0,
                "helps": list_hindrances(helps),
                "violations": list_hindrances(violations),
                "notices": self.notices.get(place, ()),
                "edge_id": edge_id,
                "osm_way_id": osm_way_id,
                "leg": 0,
            }
            object.__setattr__(segment, "__dict__", values)
            segments.append(segment)
        return segments


class Packed(NamedTuple):
    """Segments as rows, and what the numbers in the rows mean."""

    way: Way
    names: list[Mapping[str, str]]
    """By number; the first is empty."""
    reports: list[Phrase]
    """By number in `Way.reports`."""


def pack(segments: Sequence[Segment]) -> Packed:
    """Return the rows of some segments."""
    names: dict[frozenset[tuple[str, str]], tuple[int, Mapping[str, str]]] = {}
    names[frozenset()] = 0, {}
    rows: list[tuple[int | float, ...]] = []
    points: list[Place] = []
    bounds, reports = [0], Reports()
    for segment in segments:
        key = frozenset(segment.name.items())
        name, _ = names.setdefault(key, (len(names), segment.name))
        rows.append(_pack_row(segment, name, len(reports.numbers)))
        reports.add(segment.notices)
        points += segment.shape
        bounds.append(len(points))
    way = Way(
        np.array(rows, STRETCH),
        np.array(points, np.float64).reshape(-1, 2),
        np.array(bounds, np.int64),
        np.array(reports.numbers, np.int64),
    )
    known = [mapping for _, mapping in names.values()]
    return Packed(way, known, reports.phrases)


def as_stretches(segments: Sequence[Segment]) -> Stretches:
    """Return segments with rows behind them; what has rows already comes back as it is."""
    if isinstance(segments, Stretches):
        return segments
    packed = pack(segments)
    notices = {n: segment.notices for n, segment in enumerate(segments) if segment.notices}
    return Stretches(packed.way, packed.names.__getitem__, notices)


def _pack_row(segment: Segment, name: int, first_report: int) -> tuple[int | float, ...]:
    marks = (
        segment.inferred * _INFERRED
        | segment.name_inferred * _NAME_INFERRED
        | segment.lift * _LIFT
        | segment.private * _PRIVATE
        | segment.tactile * _TACTILE
        | segment.sound * _SOUND
        | segment.ramp * _RAMP
        | segment.handrail * _HANDRAIL
    )
    return (
        _KIND_NUMBERS[segment.kind],
        name,
        segment.side,
        segment.road_class,
        segment.crossing,
        _or_unknown(segment.slope_permille),
        _or_unknown(segment.cross_slope_permille),
        _or_unknown(segment.width_mm),
        _or_unknown(segment.passage_mm),
        _or_unknown(segment.kerb_mm),
        UNCOUNTED if segment.steps is None else segment.steps,
        _or_unknown(segment.surface),
        _or_unknown(segment.smoothness),
        segment.level_tenths,
        pack_evidence(segment.evidence),
        marks,
        _pack_hindrances(segment.helps),
        _pack_hindrances(segment.violations),
        segment.length_mm,
        segment.duration_s,
        segment.edge_id,
        segment.osm_way_id,
        NO_EDGE,
        first_report,
        len(segment.notices),
    )


def _or_unknown(value: int | None) -> int:
    return UNKNOWN if value is None else value


class Reports:
    """What is reported along a way, numbered as `Way.reports` has it."""

    def __init__(self) -> None:
        self.phrases: list[Phrase] = []
        """Each once, in the order in which one meets them; there are few."""
        self.numbers: list[int] = []

    def add(self, notices: Sequence[Notice]) -> None:
        """Add what is reported on the next stretch."""
        for phrase in map(report_phrase, notices):
            if phrase not in self.phrases:
                self.phrases.append(phrase)
            self.numbers.append(self.phrases.index(phrase))


def report_phrase(notice: Notice) -> Phrase:
    """Return what is said of something reported: that it is there, or was until some day."""
    if notice.state == "expired" and notice.until is not None:
        params = {"until": notice.until.date().isoformat()}
        return Phrase(f"warning.doubtful.{notice.kind}", params)
    return Phrase(f"warning.reported.{notice.kind}")


@lru_cache(maxsize=1024)
def list_hindrances(bits: int) -> tuple[Hindrance, ...]:
    """Return the hindrances of which a bit is set, in the order of their numbers."""
    return tuple(each for each in Hindrance if bits >> each & 1)


def _pack_hindrances(hindrances: Sequence[Hindrance]) -> int:
    bits = 0
    for each in hindrances:
        bits |= 1 << each
    return bits
