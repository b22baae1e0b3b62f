"""Finding again, in another version of the network, the street that somebody spoke about (pure).

Two ways, in this order: by OSM ids (consecutive way nodes that both have, so a split or joined
way does not matter), then by geometry (distance, direction and overlap), because mappers redraw
and renumber. Ids alone are not trusted: what they name must also be near. Nothing is guessed:
what fits no street well enough gives an empty match, and the caller lists it.

Geometries come in degrees; distances here are metres in a local projection.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.network.models import EdgeKind

SEARCH_M = 40.0
"""Candidates further away need not be loaded."""
_ID_REACH_M = 40.0
"""A street named by ids that lies further away is another street under an old number."""
_LINE_REACH_M = 8.0
_POINT_REACH_M = 15.0
_NODE_REACH_M = 8.0
LINK_REACH_M = 15.0
"""So near to a street an end of a link must lie (proposed)."""
_OBSTACLE_REACH_M = 2.0
_MAX_ANGLE_DEGREES = 35.0
_SHARE_OF_EDGE = 0.5
_SHARE_OF_ITEM = 0.8
_OTHER_KIND_PENALTY_M = 6.0
"""A street of another kind wins only when it is so much nearer."""
_METRES_PER_DEGREE = 111_195.0

_BESIDE_ROADS = frozenset(EdgeKind) - {EdgeKind.ROAD, EdgeKind.LIFT, EdgeKind.ESCALATOR}


class Sort(StrEnum):
    """How an item lies on the street."""

    STRETCH = "stretch"
    """Along the street: a measured pavement, a crossing."""
    NODE = "node"
    """At one point of the street: a kerb, a lift."""
    LINK = "link"
    """A connection the map does not have; its ends lie on streets."""
    OBSTACLE = "obstacle"
    """Across or on the street, in any direction."""
    LIFT = "lift"
    """About a lift: a lift way, or every edge that ends at a lift's node."""


@dataclass(frozen=True, slots=True)
class Item:
    """What somebody said about a street."""

    id: UUID
    sort: Sort
    geom: BaseGeometry
    osm_way_id: int | None = None
    osm_node_ids: tuple[int, ...] = ()
    kinds: frozenset[EdgeKind] = frozenset()
    """Kinds of street it was said about; empty means any."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A candidate of the network."""

    id: int
    from_node_id: int
    to_node_id: int
    osm_way_id: int
    osm_node_ids: tuple[int, ...]
    kind: EdgeKind
    geom: BaseGeometry
    lift: bool = False
    """It is a lift or ends at one."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where an item lies now; empty edges and no node mean that nothing fits."""

    edge_ids: tuple[int, ...] = ()
    node_id: int | None = None
    osm_way_id: int | None = None
    osm_node_ids: tuple[int, ...] = ()
    how: str = "none"
    """`ids`, `geometry` or `none`."""

    @property
    def found(self) -> bool:
        """Tell whether the street was found."""
        return bool(self.edge_ids) or self.node_id is not None


@dataclass(slots=True)
class _Fit:
    edge: Edge
    distance_m: float
    start: float
    end: float
    """Stretch of the item that the edge covers, as shares of its length."""
    rank: float = field(default=0.0)


def match(item: Item, candidates: Sequence[Edge]) -> Match:
    """Find the edges, or the node, that an item speaks about."""
    if not candidates:
        return Match()
    project = _Projection(item.geom)
    if item.sort in (Sort.STRETCH, Sort.OBSTACLE):
        by_ids = _match_ids(item, candidates, project)
        if by_ids is not None:
            return by_ids
    return _MATCHERS[item.sort](item, candidates, project)


def preferred_kinds(element_kind: str | None) -> frozenset[EdgeKind]:
    """Give the kinds of street an element of this kind lies on."""
    if element_kind == "crossing":
        return frozenset({EdgeKind.CROSSING})
    if element_kind == "pavement":
        return _BESIDE_ROADS - {EdgeKind.CROSSING, EdgeKind.STEPS}
    return frozenset()


class _Projection:
    """Metres around an item; exact enough for some hundred metres."""

    def __init__(self, around: BaseGeometry) -> None:
        west, south, east, north = around.bounds
        self._origin = np.array([(west + east) / 2, (south + north) / 2])
        squeeze = math.cos(math.radians((south + north) / 2))
        self._scale = np.array([_METRES_PER_DEGREE * squeeze, _METRES_PER_DEGREE])

    def __call__(self, geom: BaseGeometry) -> BaseGeometry:
        return shapely.transform(geom, lambda xy: (xy - self._origin) * self._scale)


def _pairs(nodes: Iterable[int]) -> set[tuple[int, int]]:
    listed = list(nodes)
    return {(min(a, b), max(a, b)) for a, b in pairwise(listed)}


def _match_ids(item: Item, candidates: Sequence[Edge], project: _Projection) -> Match | None:
    """Match by consecutive nodes; `None` when the ids do not decide."""
    wanted = _pairs(item.osm_node_ids)
    if not wanted:
        return None
    place = project(item.geom)
    least = 0.0 if item.sort is Sort.OBSTACLE else _SHARE_OF_EDGE
    found: list[Edge] = []
    covered: set[tuple[int, int]] = set()
    for edge in candidates:
        own = _pairs(edge.osm_node_ids)
        common = own & wanted
        if common and len(common) / len(own) >= least and _near(project(edge.geom), place):
            found.append(edge)
            covered |= common
    if len(covered) / len(wanted) < _SHARE_OF_EDGE:
        return None
    if item.sort is Sort.OBSTACLE and len(found) > 1:
        found = _touched(found, place, project) or found
    return _as_match(found, item, "ids")


def _near(edge: BaseGeometry, place: BaseGeometry) -> bool:
    return bool(edge.distance(place) <= _ID_REACH_M)


def _touched(edges: Sequence[Edge], place: BaseGeometry, project: _Projection) -> list[Edge]:
    """Keep the edges that an obstacle really lies on."""
    return [e for e in edges if project(e.geom).distance(place) <= _POINT_REACH_M / 2]


def _match_node(item: Item, candidates: Sequence[Edge], project: _Projection) -> Match:
    place = project(item.geom).centroid
    best: tuple[float, int] | None = None
    for edge in candidates:
        line = project(edge.geom)
        ends = ((edge.from_node_id, line.coords[0]), (edge.to_node_id, line.coords[-1]))
        for node_id, xy in ends:
            distance_m = place.distance(shapely.Point(xy))
            if node_id in item.osm_node_ids[:1] and distance_m <= _ID_REACH_M:
                return Match((), node_id, edge.osm_way_id, (node_id,), "ids")
            if distance_m <= _NODE_REACH_M and (best is None or distance_m < best[0]):
                best = distance_m, node_id
    if best is not None:
        return Match((), best[1], None, (best[1],), "geometry")
    # No vertex there: it is a point on the stretch between two.
    near = _nearest(place, candidates, project, _NODE_REACH_M, kinds=item.kinds)
    return _as_match([near], item, "geometry") if near else Match()


def _match_link(item: Item, candidates: Sequence[Edge], project: _Projection) -> Match:
    line = project(item.geom)
    if line.geom_type != "LineString":
        return Match()
    ends: list[Edge] = []
    for xy in (line.coords[0], line.coords[-1]):
        near = _nearest(shapely.Point(xy), candidates, project, LINK_REACH_M)
        if near is None:
            return Match()
        ends.append(near)
    ids = tuple(dict.fromkeys(edge.id for edge in ends))
    return Match(ids, None, ends[0].osm_way_id, (), "geometry")


def _match_lift(item: Item, candidates: Sequence[Edge], project: _Projection) -> Match:
    """Match everything that needs the nearest lift; without a lift near, nothing."""
    place = project(item.geom)
    known = set(item.osm_node_ids)
    lifts = [edge for edge in candidates if edge.lift]
    apart = {edge.id: project(edge.geom).distance(place) for edge in lifts}
    by_ids = [e for e in lifts if e.osm_way_id == item.osm_way_id and e.kind is EdgeKind.LIFT]
    by_ids += [e for e in lifts if known & {e.from_node_id, e.to_node_id} and e not in by_ids]
    near = [e for e in by_ids if apart[e.id] <= _ID_REACH_M]
    if near:
        return _as_match(near, item, "ids")
    near = [e for e in lifts if apart[e.id] <= _POINT_REACH_M]
    ways = [e for e in near if e.kind is EdgeKind.LIFT]
    return _as_match(ways or near, item, "geometry")


def _match_obstacle(item: Item, candidates: Sequence[Edge], project: _Projection) -> Match:
    if item.geom.geom_type in ("Point", "MultiPoint"):
        return _match_point(item, candidates, project)
    place = project(item.geom)
    touched = [e for e in candidates if project(e.geom).distance(place) <= _OBSTACLE_REACH_M]
    if touched:
        return _as_match(touched, item, "geometry")
    return _match_point(item, candidates, project)


def _match_point(item: Item, candidates: Sequence[Edge], project: _Projection) -> Match:
    place = project(item.geom)
    near = _nearest(
        place, candidates, project, _POINT_REACH_M, kinds=item.kinds, way_id=item.osm_way_id
    )
    return _as_match([near], item, "geometry") if near else Match()


def _nearest(
    place: BaseGeometry,
    candidates: Sequence[Edge],
    project: _Projection,
    reach_m: float,
    *,
    kinds: frozenset[EdgeKind] = frozenset(),
    way_id: int | None = None,
) -> Edge | None:
    """Give the nearest edge in reach; the right kind and the known way count as nearer."""
    best: tuple[float, int] | None = None
    for index, edge in enumerate(candidates):
        distance_m = project(edge.geom).distance(place)
        if distance_m > reach_m:
            continue
        rank = distance_m + (_OTHER_KIND_PENALTY_M if kinds and edge.kind not in kinds else 0.0)
        rank -= _OTHER_KIND_PENALTY_M if edge.osm_way_id == way_id else 0.0
        if best is None or rank < best[0]:
            best = rank, index
    return candidates[best[1]] if best else None


def _match_stretch(item: Item, candidates: Sequence[Edge], project: _Projection) -> Match:
    """Cover the item with the best edges along it, each part only once."""
    if item.geom.geom_type in ("Point", "MultiPoint"):
        return _match_point(item, candidates, project)
    line = max(shapely.get_parts(project(item.geom)), key=lambda part: part.length)
    if line.geom_type != "LineString" or line.length == 0:
        return _match_obstacle(item, candidates, project)
    tube = line.buffer(_LINE_REACH_M, cap_style="flat")
    fits = [fit for edge in candidates if (fit := _fit(edge, line, tube, project)) is not None]
    for fit in fits:
        other = bool(item.kinds) and fit.edge.kind not in item.kinds
        fit.rank = fit.distance_m + (_OTHER_KIND_PENALTY_M if other else 0.0)
    chosen: list[_Fit] = []
    for fit in sorted(fits, key=lambda each: each.rank):
        doubled = sum(_overlap(fit, other) for other in chosen)
        if doubled < (fit.end - fit.start) * (1 - _SHARE_OF_EDGE):
            chosen.append(fit)
    chosen.sort(key=lambda each: each.start)
    return _as_match([fit.edge for fit in chosen], item, "geometry")


def _fit(edge: Edge, line: BaseGeometry, tube: BaseGeometry, project: _Projection) -> _Fit | None:
    own = project(edge.geom)
    inside = own.intersection(tube)
    shared_m = inside.length
    if own.length == 0 or shared_m == 0:
        return None
    if shared_m / own.length < _SHARE_OF_EDGE and shared_m / line.length < _SHARE_OF_ITEM:
        return None
    part = max(shapely.get_parts(inside), key=lambda each: each.length)
    first, last = shapely.Point(part.coords[0]), shapely.Point(part.coords[-1])
    start, end = sorted((line.project(first), line.project(last)))
    if end - start <= 0 or _angle_degrees(part, line, start, end) > _MAX_ANGLE_DEGREES:
        return None
    distance_m = part.interpolate(0.5, normalized=True).distance(line)
    return _Fit(edge, distance_m, start / line.length, end / line.length)


def _angle_degrees(part: BaseGeometry, line: BaseGeometry, start: float, end: float) -> float:
    """Give the angle between two stretches, whichever way they were drawn."""
    ax, ay = np.subtract(part.coords[-1], part.coords[0])
    a, b = line.interpolate(start), line.interpolate(end)
    bx, by = b.x - a.x, b.y - a.y
    size = math.hypot(ax, ay) * math.hypot(bx, by)
    if size == 0:
        return 90.0
    return math.degrees(math.acos(min(1.0, abs(ax * bx + ay * by) / size)))


def _overlap(a: _Fit, b: _Fit) -> float:
    return max(0.0, min(a.end, b.end) - max(a.start, b.start))


def _as_match(edges: Sequence[Edge], item: Item, how: str) -> Match:
    if not edges:
        return Match()
    nodes = item.osm_node_ids if how == "ids" else _chain(edges)
    ids = tuple(edge.id for edge in edges)
    return Match(ids, None, edges[0].osm_way_id, nodes, how)


def _chain(edges: Sequence[Edge]) -> tuple[int, ...]:
    """Join the nodes of edges that follow each other, turning them where needed."""
    nodes = list(edges[0].osm_node_ids)
    if len(edges) > 1 and nodes[0] in (edges[1].osm_node_ids[0], edges[1].osm_node_ids[-1]):
        nodes.reverse()
    for edge in edges[1:]:
        own = list(edge.osm_node_ids)
        if own[-1] == nodes[-1]:
            own.reverse()
        nodes.extend(own[1:] if own[0] == nodes[-1] else own)
    return tuple(nodes)


_MATCHERS = {
    Sort.STRETCH: _match_stretch,
    Sort.OBSTACLE: _match_obstacle,
    Sort.NODE: _match_node,
    Sort.LINK: _match_link,
    Sort.LIFT: _match_lift,
}
