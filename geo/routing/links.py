"""Connections that the map does not have: a new ramp, a gap in a fence, a way through a yard.

A link runs between two places on edges that exist. Where it meets an edge between its ends,
the edge gets a vertex there; the edge itself stays in the base, and its parts are links.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.routing.attributes import encode_edge, write_values
from geo.routing.encoding import ARC, Evidence, Kind
from geo.routing.graph import DEGREES_E7, Graph, reverse_arc
from geo.routing.plane import Shape, measure_m, project
from geo.routing.rows import EdgeRow
from geo.routing.view import View

AT_VERTEX_M = 3.0
"""Nearer than this to an end of its edge, a link starts at the vertex itself (proposed)."""


class LinkRow(Protocol):
    """What a link needs of an override."""

    @property
    def id(self) -> str:
        """Key of the override."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Measured values."""

    @property
    def edge_ids(self) -> tuple[int, ...]:
        """Rows of `street_edges` that it joins."""

    @property
    def shape(self) -> Shape:
        """Its line."""


@dataclass(frozen=True, slots=True)
class LinkEdge:
    """A link as an edge: for the answer."""

    tail: int
    head: int
    shape: Shape
    record: NDArray[Any]
    source_id: int = 0
    base_edge: int = -1
    """The edge of which it is a part, -1 for a connection of its own."""


@dataclass(frozen=True)
class LinkSet:
    """All links of an overlay, and the vertices that they add."""

    points: list[tuple[float, float]] = field(default_factory=list)
    edges: list[LinkEdge] = field(default_factory=list)
    split_edges: frozenset[int] = frozenset()
    joins: Sequence[tuple[int, int]] = ()
    """Connected parts of the base that a link joins."""

    def lay_over(self, view: View) -> View:
        """Return the view with the links in it."""
        if not self.edges:
            return view
        forward = np.array([edge.record for edge in self.edges], ARC).reshape(-1)
        forward["edge"] = -1 - np.arange(len(self.edges))
        tails = np.array([e.tail for e in self.edges] + [e.head for e in self.edges])
        heads = np.array([e.head for e in self.edges] + [e.tail for e in self.edges])
        order = np.argsort(tails, kind="stable")
        total = len(view.lon) + len(self.points)
        start = np.zeros(total + 1, np.int64)
        np.add.at(start, tails + 1, 1)
        added = np.rint(np.array(self.points).reshape(-1, 2) / DEGREES_E7).astype(np.int32)
        lon = np.concatenate([view.lon, added[:, 0]])
        lat = np.concatenate([view.lat, added[:, 1]])
        for array in (lon, lat):
            # As in the base: one kind of array, one compiled kernel.
            array.setflags(write=False)
        return view._replace(
            lon=lon,
            lat=lat,
            link_start=np.cumsum(start),
            link_head=heads[order].astype(np.int32),
            links=np.concatenate([forward, reverse_arc(forward)])[order],
            joined=self._join_parts(len(view.first_arc) - 1),
        )

    def _join_parts(self, vertices: int) -> NDArray[np.int32]:
        """Return the part of each part of the base once links are walked, both ways."""
        joined = np.arange(vertices, dtype=np.int32)
        for one, other in self.joins:
            first, last = int(joined[one]), int(joined[other])
            if first != last:
                joined[joined == last] = first
        return joined


def make_links(
    graph: Graph, rows: Sequence[LinkRow], records: Mapping[int, NDArray[Any]]
) -> LinkSet:
    """Return the links of some overrides; `records` are changed records by edge."""
    maker = _Maker(graph, records)
    for row in rows:
        maker.add(row)
    maker.cut_edges()
    return LinkSet(maker.points, maker.edges, frozenset(maker.split), maker.joins)


class _Cut(NamedTuple):
    """A place where a link meets an edge."""

    along_m: float
    place: int
    """Which straight piece of the edge's line it lies on."""
    spot: NDArray[np.float64]


class _Maker:
    def __init__(self, graph: Graph, records: Mapping[int, NDArray[Any]]) -> None:
        self.graph = graph
        self.records = records
        self.points: list[tuple[float, float]] = []
        self.edges: list[LinkEdge] = []
        self.split: dict[int, dict[int, _Cut]] = {}
        """Places where links meet an edge, by edge and by the vertex made there."""
        self.joins: list[tuple[int, int]] = []

    def add(self, row: LinkRow) -> None:
        """Join both ends of a link with the edges it names."""
        if len(row.shape) < 2:  # noqa: PLR2004 - a line has two ends
            return
        one, other = self._join(row, row.shape[0]), self._join(row, row.shape[-1])
        if one is None or other is None or one[0] == other[0]:
            return
        (first, part), (last, other_part) = one, other
        if part != other_part:
            self.joins.append((part, other_part))
        shape = np.vstack([self._point(first), row.shape[1:-1], self._point(last)])
        plain = EdgeRow(id=0, from_node_id=0, to_node_id=0, shape=shape, kind="footway")
        record = encode_edge(plain)
        record["kind"] = Kind.LINK
        record["length_m"] = max(measure_m(shape), 0.1)
        # The map says nothing about it: what nobody measured is missing, not free of steps.
        record["evidence"] = 0
        write_values(record, row.attributes, Evidence.AUDITED)
        self.edges.append(LinkEdge(first, last, shape, record))

    def _point(self, vertex: int) -> tuple[float, float]:
        base = self.graph.vertex_count
        if vertex >= base:
            return self.points[vertex - base]
        arrays = self.graph.arrays
        return (float(arrays.lon[vertex]) * DEGREES_E7, float(arrays.lat[vertex]) * DEGREES_E7)

    def _join(self, row: LinkRow, spot: NDArray[np.float64]) -> tuple[int, int] | None:
        """Return the vertex at one end of a link, splitting the nearest edge it names.

        With it the connected part of the base that it lies in.
        """
        best: tuple[float, int, int, float] | None = None
        for source_id in row.edge_ids:
            for edge in self.graph.find_edges(source_id):
                place, share, away = project(self.graph.get_shape(edge), spot)
                if best is None or away < best[0]:
                    best = (away, edge, place, share)
        if best is None:
            return None
        part = int(self.graph.arrays.edges[best[1]]["component"])
        return self._split(best[1], best[2], best[3]), part

    def _split(self, edge: int, place: int, share: float) -> int:
        where = self.graph.arrays.edges[edge]
        shape = self.graph.get_shape(edge)
        spot = shape[place] + (shape[place + 1] - shape[place]) * share
        head = np.vstack([shape[: place + 1], spot])
        tail = np.vstack([spot, shape[place + 1 :]])
        before, after = measure_m(head), measure_m(tail)
        if before < AT_VERTEX_M:
            return int(where["first"])
        if after < AT_VERTEX_M:
            return int(where["last"])
        cuts = self.split.setdefault(edge, {})
        for vertex, cut in cuts.items():
            if abs(cut.along_m - before) < AT_VERTEX_M:
                return vertex
        vertex = self.graph.vertex_count + len(self.points)
        self.points.append((float(spot[0]), float(spot[1])))
        cuts[vertex] = _Cut(before, place, spot)
        return vertex

    def cut_edges(self) -> None:
        """Add the parts of every edge that links meet, from one meeting to the next."""
        for edge, cuts in self.split.items():
            where, shape = self.graph.arrays.edges[edge], self.graph.get_shape(edge)
            record = self.records.get(edge)
            if record is None:
                record = np.asarray(self.graph.arrays.arcs[int(where["arc_forward"])])
            tail, at = int(where["first"]), _Cut(0.0, -1, shape[0])
            ordered = sorted(cuts.items(), key=lambda item: item[1].along_m)
            last = _Cut(math.inf, len(shape) - 2, shape[-1])
            for head, cut in [*ordered, (int(where["last"]), last)]:
                line = np.vstack([at.spot, shape[at.place + 1 : cut.place + 1], cut.spot])
                part = record.copy()
                part["length_m"] = measure_m(line)
                self.edges.append(LinkEdge(tail, head, line, part, int(where["source_id"]), edge))
                tail, at = head, cut
