"""Walkable ways become vertices and edges.

A way is cut at nodes shared with other ways, at its ends, at nodes that carry something for
walkers (kerb, crossing, barrier, lift), and at nodes where an override or a barrier of the old
network ended, so that what people measured never spreads over more street than they saw.

Areas: the outline of a pedestrian square can be walked, and so can the straight lines between
its gates that stay inside. A lift with an area becomes one edge between each pair of its doors.
A node keeps its OSM id as its id; edge ids are never used twice in a database.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, combinations, pairwise

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from geo.network.models import EdgeKind
from geo.osm.elevation import Elevation
from geo.osm.geometry import LonLat, line_ewkb, measure_m, point_ewkb, step_m
from geo.osm.staging import Stage, encode, encode_row
from geo.osm.tags.vertices import NOTHING, VertexFacts
from geo.osm.tags.walking import Walk

_WALK_COLUMNS = (
    "kind highway name forward backward access layer level bridge tunnel indoor surface "
    "smoothness width_mm incline_permille climb cross_slope_permille kerb_height_mm step_count "
    "handrail ramp conveying crossing crossing_island signal_sound tactile_paving lit "
    "sidewalk_left sidewalk_right lanes wheelchair"
)
_CROSSED_FREELY = frozenset({EdgeKind.PEDESTRIAN, EdgeKind.FOOTWAY, EdgeKind.PLATFORM})
_MAX_GATES = 24
"""Squares with more gates get only their outline; pairs grow with the square."""
_OWN_GROUND = frozenset({EdgeKind.LIFT, EdgeKind.ESCALATOR})
_MIN_RING = 4
_WORTH_A_SHORT_CUT = 1.15
"""The outline may be this much longer than the straight line before one is drawn."""


@dataclass(slots=True)
class StreetCounts:
    """What was built and what was left out."""

    ways: int = 0
    nodes: int = 0
    edges: int = 0
    missing_nodes: int = 0
    clipped_ways: list[int] = field(default_factory=list)
    length_mm: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Bounds:
    """The box around everything that can be walked, in degrees."""

    west: float = 180.0
    south: float = 90.0
    east: float = -180.0
    north: float = -90.0

    def grow(self, lon: float, lat: float) -> None:
        """Take in a point."""
        self.west, self.east = min(self.west, lon), max(self.east, lon)
        self.south, self.north = min(self.south, lat), max(self.north, lat)


@dataclass(frozen=True, slots=True)
class Way:
    """A walkable way with the nodes that the extract has."""

    id: int
    refs: Sequence[int]
    points: Sequence[LonLat | None]
    """`None` where the extract lacks the node."""
    walk: Walk


class Streets:
    """Cuts ways and queues the rows of vertices and edges."""

    def __init__(
        self,
        stage: Stage,
        *,
        vertices: set[int],
        facts: dict[int, VertexFacts],
        elevation: Elevation | None,
        first_edge_id: int,
    ) -> None:
        self._stage = stage
        self._vertices = vertices
        self._facts = facts
        self._elevation = elevation
        self._next_edge_id = first_edge_id
        self._written: set[int] = set()
        self.counts = StreetCounts()
        self.bounds = Bounds()

    def add(self, way: Way) -> None:
        """Cut one way; parts without coordinates are counted and left out."""
        self.counts.ways += 1
        pieces = list(self._pieces(way))
        walk_text = encode_row([getattr(way.walk, name) for name in _WALK_COLUMNS.split()])
        if way.walk.is_area and len(pieces) == 1 and self._add_area(way, pieces[0], walk_text):
            return
        for refs, points in pieces:
            self._add_piece(way, refs, points, walk_text)

    def _pieces(self, way: Way) -> Iterator[tuple[list[int], list[LonLat]]]:
        """Give the runs of nodes that have coordinates, without repeats."""
        missing = sum(point is None for point in way.points)
        if missing:
            self.counts.missing_nodes += missing
            self.counts.clipped_ways.append(way.id)
        refs: list[int] = []
        points: list[LonLat] = []
        for ref, point in zip(way.refs, way.points, strict=True):
            if point is None:
                if len(refs) > 1:
                    yield refs, points
                refs, points = [], []
            elif not refs or refs[-1] != ref:
                refs.append(ref)
                points.append(point)
        if len(refs) > 1:
            yield refs, points

    def _is_vertex(self, ref: int) -> bool:
        return ref in self._vertices or ref in self._facts

    def _add_piece(self, way: Way, refs: list[int], points: list[LonLat], walk_text: str) -> None:
        reached_m = [0.0]
        for before, point in pairwise(points):
            reached_m.append(reached_m[-1] + step_m(before, point))
        last = len(refs) - 1
        cuts = [0, *(i for i in range(1, last) if self._is_vertex(refs[i])), last]
        for start, end in _without_loops(cuts, refs):
            self._add_edge(
                way,
                refs[start : end + 1],
                points[start : end + 1],
                walk_text,
                length_m=reached_m[end] - reached_m[start],
                dem_permille=self._dem_incline(
                    way.walk, points, reached_m, reached_m[start], reached_m[end]
                ),
            )

    def _dem_incline(
        self,
        walk: Walk,
        points: list[LonLat],
        reached_m: list[float],
        start_m: float,
        end_m: float,
    ) -> int | None:
        """Give the terrain's incline; a bridge, a tunnel, a lift or a room is not on it."""
        off_ground = walk.bridge or walk.tunnel or walk.indoor or walk.kind in _OWN_GROUND
        if self._elevation is None or off_ground:
            return None
        return self._elevation.incline_permille(points, reached_m, start_m, end_m)

    def _add_edge(
        self,
        way: Way,
        refs: Sequence[int],
        points: Sequence[LonLat],
        walk_text: str,
        *,
        length_m: float,
        dem_permille: int | None,
    ) -> None:
        self._add_vertex(refs[0], points[0])
        self._add_vertex(refs[-1], points[-1])
        # Two nodes on one spot still connect; a length of zero would hide the edge.
        length_mm = max(1, round(length_m * 1000))
        head = (
            f"{self._next_edge_id}\t{refs[0]}\t{refs[-1]}\t{way.id}\t"
            f"{{{','.join(map(str, refs))}}}\t{line_ewkb(points)}\t{length_mm}\t"
            f"{encode(dem_permille)}\t"
        )
        self._stage.add("staging_street_edges", head + walk_text)
        self._next_edge_id += 1
        self.counts.edges += 1
        self.counts.length_mm += length_mm
        kind = way.walk.kind.value
        self.counts.by_kind[kind] = self.counts.by_kind.get(kind, 0) + 1

    def _add_vertex(self, ref: int, point: LonLat) -> None:
        if ref in self._written:
            return
        self._written.add(ref)
        lon, lat = point
        self.bounds.grow(lon, lat)
        facts = self._facts.get(ref, NOTHING)
        height_m = self._elevation.sample(lon, lat) if self._elevation else None
        row = (
            ref,
            ref,
            point_ewkb(lon, lat),
            facts.kerb,
            facts.kerb_height_mm,
            facts.crossing,
            facts.signal_sound,
            facts.tactile_paving,
            facts.obstacle,
            facts.obstacle_width_mm,
            facts.locked,
            facts.lift,
            facts.level,
            None if height_m is None else round(height_m, 1),
        )
        self._stage.add("staging_street_nodes", encode_row(row))
        self.counts.nodes += 1

    def _add_area(self, way: Way, piece: tuple[list[int], list[LonLat]], walk_text: str) -> bool:
        """Connect the gates of an area; `True` when its outline needs no edges any more."""
        refs, points = piece
        if refs[0] != refs[-1] or len(refs) < _MIN_RING:
            return False
        gates = [i for i in range(len(refs) - 1) if self._is_vertex(refs[i])]
        if way.walk.kind is EdgeKind.LIFT:
            self._join(way, refs, points, walk_text, list(combinations(gates, 2)))
            return True
        if way.walk.kind in _CROSSED_FREELY and len(gates) <= _MAX_GATES:
            visible = _visible_pairs(points, gates)
            self._join(way, refs, points, walk_text, visible)
        return False

    def _join(
        self,
        way: Way,
        refs: list[int],
        points: list[LonLat],
        walk_text: str,
        pairs: list[tuple[int, int]],
    ) -> None:
        for a, b in pairs:
            line = (points[a], points[b])
            self._add_edge(
                way,
                (refs[a], refs[b]),
                line,
                walk_text,
                length_m=measure_m(line),
                dem_permille=None,
            )


def _without_loops(cuts: list[int], refs: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give the stretches between cuts; one that returns to its start is cut in the middle."""
    for start, end in pairwise(cuts):
        if refs[start] != refs[end]:
            yield start, end
        elif end - start > 1:
            middle = (start + end) // 2
            yield start, middle
            yield middle, end


def _visible_pairs(points: list[LonLat], gates: list[int]) -> list[tuple[int, int]]:
    """Give the pairs of gates that see each other inside the area, where that is a short cut."""
    area = Polygon(points)
    if not area.is_valid:
        return []
    grown = area.buffer(1e-9)
    shapely.prepare(grown)
    reached_m = [0.0, *accumulate(step_m(a, b) for a, b in pairwise(points))]
    pairs = []
    for a, b in combinations(gates, 2):
        along_m = min(reached_m[b] - reached_m[a], reached_m[-1] - reached_m[b] + reached_m[a])
        if along_m > _WORTH_A_SHORT_CUT * step_m(points[a], points[b]):
            pairs.append((a, b))
    lines = [LineString((points[a], points[b])) for a, b in pairs]
    inside = shapely.covers(grown, np.array(lines)) if lines else np.empty(0, bool)
    return [pair for pair, seen in zip(pairs, inside, strict=True) if seen]
