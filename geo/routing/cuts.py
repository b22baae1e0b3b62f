"""Ways that cut a bigger road without meeting it: a crossing of its own for each cut.

Where a path is drawn across a road and the map joins the two nowhere, people cross there
although no crossing is mapped. The stretch over the carriageway becomes a piece of its own:
an inferred crossing beside a junction, else one that the answer calls unmapped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely import STRtree, points

from geo.routing.attributes import NO_KERB, classify_road, new_arc, set_evidence
from geo.routing.encoding import (
    UNKNOWN_MM,
    Crossing,
    Evidence,
    Flag,
    Kind,
    LimitKind,
    RoadClass,
)
from geo.routing.plane import Shape, measure_m, scale_at
from geo.routing.rows import EdgeRow
from geo.routing.sketch import NO_NODE, Piece, Sketch
from geo.routing.walls import Cut, Walls
from geo.routing.widths import measure_half_width

_JUNCTION_M = 25.0
"""This near to a junction of streets a road is crossed because of the junction (proposed)."""
_REMNANT_M = 1.5
"""A shorter rest before or after the carriageway belongs to the crossing."""
_FLATTEST = 0.35
"""Sine of the flattest angle for which the way over a carriageway is drawn at its length."""
_HELD = Flag.CLOSED_FORWARD | Flag.CLOSED_BACKWARD | Flag.PRIVATE | Flag.WHEELCHAIR_NO


@dataclass(slots=True)
class _Stretch:
    """Part of a way that lies on carriageways, in metres from its start."""

    start: float
    end: float
    road: EdgeRow
    spots: list[Shape]


class Junctions:
    """Where streets meet."""

    def __init__(self, spots: Shape) -> None:
        self._scale = scale_at(float(spots[:, 1].mean()) if len(spots) else 0.0)
        self._tree = STRtree(np.asarray(points(spots * self._scale), dtype=object))

    def has_near(self, spot: Shape) -> bool:
        """Whether one lies near a place."""
        found = self._tree.query(points(spot * self._scale), "dwithin", _JUNCTION_M)
        return bool(len(found))


def name_cuts(sketch: Sketch, walls: Walls, junctions: Junctions) -> int:
    """Replace every piece that cuts a wall by its parts, and return how many did."""
    free = [piece for piece in sketch.pieces if piece.record["kind"] not in _CROSS]
    cuts = walls.find_cuts([piece.shape for piece in free], [piece.level for piece in free])
    if not cuts:
        return 0
    cut = {id(free[number]) for number in cuts}
    kept = [piece for piece in sketch.pieces if id(piece) not in cut]
    for number, found in sorted(cuts.items()):
        kept.extend(_split(sketch, free[number], found, junctions))
    sketch.pieces = kept
    return len(cuts)


_CROSS = (int(Kind.CROSSING), int(Kind.LIFT))


def _split(sketch: Sketch, piece: Piece, cuts: Sequence[Cut], junctions: Junctions) -> list[Piece]:
    """Return the parts of a piece: what lies beside the roads, and a crossing over each."""
    along = _measure_along(piece.shape)
    stretches = _find_stretches(piece.shape, along, cuts)
    parts: list[Piece] = []
    place, vertex, kerb = 0.0, piece.first, piece.kerb_first
    for stretch in stretches:
        if stretch.start > place:
            corner = _add_vertex(sketch, piece.shape, along, stretch.start)
            parts.append(_part(piece, (vertex, corner), (place, stretch.start), along, kerb))
            vertex, kerb = corner, NO_KERB
        far = piece.last
        if stretch.end < along[-1]:
            far = _add_vertex(sketch, piece.shape, along, stretch.end)
        shape = _between(piece.shape, along, stretch.start, stretch.end)
        parts.append(_cross(piece, (vertex, far), shape, stretch, junctions))
        place, vertex, kerb = stretch.end, far, NO_KERB
    if place < along[-1]:
        parts.append(_part(piece, (vertex, piece.last), (place, float(along[-1])), along, kerb))
        parts[-1].kerb_last = piece.kerb_last
    return parts


def _find_stretches(shape: Shape, along: Shape, cuts: Sequence[Cut]) -> list[_Stretch]:
    whole = float(along[-1])
    found: list[_Stretch] = []
    for cut in sorted(cuts, key=lambda c: (c.part, c.share)):
        middle = along[cut.part] + (along[cut.part + 1] - along[cut.part]) * cut.share
        reach = measure_half_width(cut.road) / max(cut.sine, _FLATTEST)
        start, end = max(float(middle) - reach, 0.0), min(float(middle) + reach, whole)
        start, end = (
            (0.0 if start < _REMNANT_M else start),
            (whole if whole - end < _REMNANT_M else end),
        )
        spot = shape[cut.part] + (shape[cut.part + 1] - shape[cut.part]) * cut.share
        if found and start <= found[-1].end + _REMNANT_M:
            last = found[-1]
            last.end = max(last.end, end)
            last.spots.append(spot)
            if _rank(cut.road) > _rank(last.road):
                last.road = cut.road
        else:
            found.append(_Stretch(start, end, cut.road, [spot]))
    return found


def _rank(road: EdgeRow) -> RoadClass:
    return classify_road(road.highway)


def _measure_along(shape: Shape) -> Shape:
    scale = scale_at(float(shape[:, 1].mean()))
    return np.concatenate([[0.0], np.cumsum(np.hypot(*(np.diff(shape, axis=0) * scale).T))])


def _point_at(shape: Shape, along: Shape, place: float) -> tuple[float, float]:
    lon, lat = (float(np.interp(place, along, shape[:, axis])) for axis in (0, 1))
    return lon, lat


def _add_vertex(sketch: Sketch, shape: Shape, along: Shape, place: float) -> int:
    return sketch.add_vertex(*_point_at(shape, along, place), NO_NODE)


def _between(shape: Shape, along: Shape, start: float, end: float) -> Shape:
    inner = (along > start) & (along < end)
    ends = [_point_at(shape, along, place) for place in (start, end)]
    return np.vstack([ends[:1], shape[inner], ends[1:]])


def _part(
    piece: Piece, ends: tuple[int, int], places: tuple[float, float], along: Shape, kerb: int
) -> Piece:
    shape = _between(piece.shape, along, *places)
    record = piece.record.copy()
    record["length_m"] = max(measure_m(shape), 0.1)
    return replace(
        piece,
        first=ends[0],
        last=ends[1],
        shape=shape,
        record=record,
        kerb_first=kerb,
        kerb_last=NO_KERB,
    )


def _cross(
    piece: Piece, ends: tuple[int, int], shape: Shape, stretch: _Stretch, junctions: Junctions
) -> Piece:
    at_junction = any(junctions.has_near(spot) for spot in stretch.spots)
    record = describe_crossing(
        stretch.road, Crossing.INFERRED if at_junction else Crossing.UNMAPPED, piece.level
    )
    record["flags"] |= int(piece.record["flags"]) & int(_HELD)
    record["slope_permille"] = piece.record["slope_permille"]
    record["length_m"] = max(measure_m(shape), 0.1)
    return Piece(
        first=ends[0],
        last=ends[1],
        shape=shape,
        record=record,
        road=stretch.road,
        kerb_first=UNKNOWN_MM,
        kerb_last=UNKNOWN_MM,
        level=piece.level,
    )


def describe_crossing(road: EdgeRow, crossing: Crossing, level: int) -> np.ndarray:
    """Return the record of a crossing that is no way of the map; its length is not set."""
    record = new_arc()
    record["kind"] = Kind.CROSSING
    record["road_class"] = classify_road(road.highway)
    record["crossing"] = crossing
    record["level"] = level
    for limit in (LimitKind.INCLINE, LimitKind.STEPS, LimitKind.WIDTH, LimitKind.SURFACE):
        set_evidence(record, limit, Evidence.ASSUMED)
    guessed = crossing in {Crossing.INFERRED, Crossing.INFERRED_SIGNALS, Crossing.UNMAPPED}
    record["flags"] = int(Flag.NO_SNAP | (Flag.INFERRED if guessed else Flag(0)))
    return record
