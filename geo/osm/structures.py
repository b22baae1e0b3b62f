"""Over- and underpasses: bridges and tunnels for walkers with their stairs and lifts.

OpenStreetMap knows only ways. Spans (footways on a bridge or in a tunnel) that touch are one
structure; stairs, escalators and lifts that touch it, directly or over one more flight, belong
to it. A span without stairs or lift is a level bridge and no place of its own.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from geo.network.models import EdgeKind
from geo.osm.geometry import LonLat, line_ewkb, measure_m, point_ewkb
from geo.osm.places import Places
from geo.osm.tags import Tags
from geo.osm.tags.categories import Offer
from geo.osm.tags.walking import Walk
from geo.places.kinds import ElementKind, Ownership, PlaceKind, Sector

_ON_FOOT = frozenset(
    {
        EdgeKind.FOOTWAY,
        EdgeKind.SIDEWALK,
        EdgeKind.PEDESTRIAN,
        EdgeKind.PATH,
        EdgeKind.CORRIDOR,
        EdgeKind.CROSSING,
        EdgeKind.STEPS,
    }
)
_CLIMBS = frozenset({EdgeKind.STEPS, EdgeKind.ESCALATOR, EdgeKind.LIFT})
_PARTS = {EdgeKind.STEPS: ElementKind.STAIRS, EdgeKind.LIFT: ElementKind.LIFT}
_HOPS = 2


@dataclass(frozen=True, slots=True)
class _Piece:
    id: int
    refs: Sequence[int]
    points: Sequence[LonLat]
    tags: Tags
    kind: EdgeKind
    span: str | None
    """`bridge`, `tunnel`, or `None` for stairs and lifts."""


class Structures:
    """Collects spans and climbs while ways are read, and builds places from them."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._lifts: dict[int, tuple[LonLat, Tags]] = {}

    def add_lift(self, node_id: int, point: LonLat, tags: Tags) -> None:
        """Remember a lift mapped as a node."""
        self._lifts[node_id] = point, tags

    def add_way(
        self,
        way_id: int,
        refs: Sequence[int],
        points: Sequence[LonLat | None],
        tags: Tags,
        walk: Walk,
    ) -> None:
        """Remember a way that may be part of a structure."""
        span = None
        if walk.kind in _ON_FOOT and (walk.bridge or walk.tunnel):
            span = "bridge" if walk.bridge else "tunnel"
        known = [point for point in points if point is not None]
        if (span or walk.kind in _CLIMBS) and len(known) > 1:
            self._pieces.append(_Piece(way_id, refs, known, tags, walk.kind, span))

    def write(self, places: Places) -> int:
        """Queue one place per structure and its stairs and lifts; give their number."""
        by_node: dict[int, list[int]] = defaultdict(list)
        for index, piece in enumerate(self._pieces):
            for ref in piece.refs:
                by_node[ref].append(index)
        written = 0
        taken: set[int] = set()
        for index, piece in enumerate(self._pieces):
            if piece.span and index not in taken:
                spans = self._grow({index}, by_node, spans=True, hops=len(self._pieces))
                taken |= spans
                members = self._grow(spans, by_node, spans=False, hops=_HOPS) - (taken - spans)
                taken |= members
                written += self._write_one(spans, members, places)
        return written

    def _grow(
        self, start: set[int], by_node: dict[int, list[int]], *, spans: bool, hops: int
    ) -> set[int]:
        found, edge = set(start), set(start)
        for _hop in range(hops):
            near = {other for i in edge for ref in self._pieces[i].refs for other in by_node[ref]}
            edge = {i for i in near - found if bool(self._pieces[i].span) == spans}
            if not edge:
                break
            found |= edge
        return found

    def _write_one(self, spans: set[int], members: set[int], places: Places) -> bool:
        pieces = [self._pieces[i] for i in sorted(members)]
        refs = {ref for piece in pieces for ref in piece.refs}
        lifts = {ref: lift for ref in refs if (lift := self._lifts.get(ref)) is not None}
        climbs = [piece for piece in pieces if piece.kind in _CLIMBS]
        if not climbs and not lifts:
            return False
        main = max((self._pieces[i] for i in spans), key=lambda piece: measure_m(piece.points))
        category = "overpass" if main.span == "bridge" else "underpass"
        offer = Offer(PlaceKind.CROSSING_STRUCTURE, category, Sector.TRANSPORT, Ownership.STATE)
        # The point is the middle of the first line, so the main span leads.
        ordered = [main, *(piece for piece in pieces if piece is not main)]
        lines = shapely.multilinestrings([shapely.linestrings(piece.points) for piece in ordered])
        owner = ("way", main.id)
        places.add_line(*owner, offer, main.tags, lines)
        for piece in climbs:
            if (part := _PARTS.get(piece.kind)) is not None:
                places.add_part(
                    owner=owner,
                    kind=part,
                    geom=line_ewkb(piece.points),
                    tags=piece.tags,
                    osm_way_id=piece.id,
                )
        for ref, (point, tags) in lifts.items():
            places.add_part(
                owner=owner,
                kind=ElementKind.LIFT,
                geom=point_ewkb(*point),
                tags=tags,
                osm_node_id=ref,
            )
        return True
