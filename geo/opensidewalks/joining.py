"""Links as edges between nodes: ways that an approved audit added and the map lacks.

The format knows edges that meet at nodes and nothing between. Where a link ends at a node of the
street, or within 3 m of one, it takes that node; elsewhere the street gets a node of its own
there, and its edge goes out in parts. The line of a link is drawn to the very spots.
Follows the router (`geo.routing.links`), so that a file and a route join the same streets.
"""

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg.rows import TupleRow

from geo.routing.links import AT_VERTEX_M
from geo.routing.plane import measure_m, project

_LINKS = """
SELECT id, element_id, ST_AsBinary(geom), edge_ids, attributes FROM edge_overrides
WHERE state = 'active' AND target = 'link' AND ST_NumPoints(geom) > 1 ORDER BY id
"""
_EDGES = """
SELECT id, from_node_id, to_node_id, ST_AsBinary(geom) FROM street_edges WHERE id = ANY(%s)
"""
Line = NDArray[np.float64]
Connection = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Cut:
    """A node of its own on an edge, where links meet it."""

    node: str
    """Its id in the file."""
    piece: int
    """Which straight piece of the edge's line it lies on, from 0."""
    along_m: float
    spot: Line


@dataclass(frozen=True, slots=True)
class Link:
    """One link, joined at both ends."""

    id: UUID
    element_id: UUID | None
    first: str
    last: str
    """Ids of its nodes in the file."""
    line: Line
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an edge between two nodes of the file."""

    first: str
    last: str
    line: Line
    refs: Sequence[int]
    """Way nodes of the map that lie on it; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class _Street:
    id: int
    ends: tuple[int, int]
    line: Line


@dataclass(slots=True)
class Joints:
    """How all links meet the streets."""

    links: list[Link] = field(default_factory=list)
    cuts: dict[int, list[Cut]] = field(default_factory=dict)
    """By edge, in order along it."""

    def split(
        self, edge_id: int, ends: tuple[str, str], line: Line, refs: Sequence[int]
    ) -> list[Part]:
        """Give the parts of an edge from one link to the next; one part where none meets it."""
        cuts = self.cuts.get(edge_id)
        if not cuts:
            return [Part(*ends, line, refs)]
        stops = [
            Cut(ends[0], -1, 0.0, line[0]),
            *cuts,
            Cut(ends[1], len(line) - 1, math.inf, line[-1]),
        ]
        # Where the map has as many nodes as the line has points, they are the same.
        known = refs if len(refs) == len(line) else []
        return [
            Part(
                first=start.node,
                last=stop.node,
                line=_tidy([start.spot, line[start.piece + 1 : stop.piece + 1], stop.spot]),
                refs=known[start.piece + 1 : stop.piece + 1],
            )
            for start, stop in pairwise(stops)
        ]

    def add(self, row: TupleRow, streets: Sequence[_Street]) -> None:
        """Join a link with the nearest of the streets that it names, at both ends."""
        link_id, element_id, geom, _edge_ids, attributes = row
        line = _read_line(geom)
        meetings = [
            self._meet(streets, line[place], f"link-{link_id}-{number}")
            for number, place in ((1, 0), (2, -1))
        ]
        if meetings[0].is_as(meetings[1]):
            return
        for street, cut in meetings:
            cuts = self.cuts.setdefault(street.id, [])
            if cut.piece >= 0 and cut not in cuts:
                bisect.insort(cuts, cut, key=lambda each: each.along_m)
        (_, first), (_, last) = meetings
        drawn = _tidy([first.spot, line[1:-1], last.spot])
        self.links.append(Link(link_id, element_id, first.node, last.node, drawn, attributes))

    def _meet(self, streets: Sequence[_Street], spot: Line, name: str) -> "_Meeting":
        street, (piece, share, _) = min(
            ((street, project(street.line, spot)) for street in streets),
            key=lambda found: found[1][2],
        )
        cut = _make_cut(street.line, piece, share, name)
        length_m = measure_m(street.line)
        if cut.along_m < AT_VERTEX_M:
            return _Meeting(street, Cut(str(street.ends[0]), -1, 0.0, street.line[0]))
        if length_m - cut.along_m < AT_VERTEX_M:
            return _Meeting(street, Cut(str(street.ends[1]), -1, length_m, street.line[-1]))
        for known in self.cuts.get(street.id, ()):
            if abs(known.along_m - cut.along_m) < AT_VERTEX_M:
                return _Meeting(street, known)
        return _Meeting(street, cut)


class _Meeting(NamedTuple):
    street: _Street
    cut: Cut
    """On no piece (-1) where it is a node that the street has."""

    def is_as(self, other: "_Meeting") -> bool:
        """Tell whether both are one node."""
        apart_m = abs(self.cut.along_m - other.cut.along_m)
        on_one = self.street.id == other.street.id and self.cut.piece >= 0 <= other.cut.piece
        return self.cut.node == other.cut.node or (on_one and apart_m < AT_VERTEX_M)


def read_joints(connection: Connection) -> Joints:
    """Read all links in force and join them with the edges that they name.

    One whose edges are gone, or that returns to the node it began at, is left out, as in routes.
    """
    rows = connection.execute(_LINKS).fetchall()
    wanted = sorted({edge_id for row in rows for edge_id in row[3]})
    edges = {
        edge_id: _Street(edge_id, (first, last), _read_line(geom))
        for edge_id, first, last, geom in connection.execute(_EDGES, (wanted,))
    }
    joints = Joints()
    for row in rows:
        streets = [edges[edge_id] for edge_id in row[3] if edge_id in edges]
        if streets:
            joints.add(row, streets)
    return joints


def share_out(count: int, parts: Sequence[Part]) -> list[int]:
    """Share steps out among the parts of a flight by length; the sum stays."""
    lengths = [0.0, *(measure_m(part.line) for part in parts)]
    bounds = np.rint(np.cumsum(lengths) / sum(lengths) * count).astype(int).tolist()
    return [after - before for before, after in pairwise(bounds)]


def _read_line(geom: Any) -> Line:  # noqa: ANN401 - bytes of the driver
    return np.asarray(shapely.get_coordinates(shapely.from_wkb(geom)))


def _tidy(pieces: Sequence[Line]) -> Line:
    """Put a line together; spots that follow themselves count once."""
    line = np.vstack(pieces)
    kept = np.concatenate([[True], (np.diff(line, axis=0) != 0).any(axis=1)])
    return np.asarray(line[kept])


def _make_cut(line: Line, piece: int, share: float, name: str) -> Cut:
    """Return a place on a piece of a line, as a node to be."""
    on_line = line[piece] + (line[piece + 1] - line[piece]) * share
    return Cut(name, piece, measure_m(np.vstack([line[: piece + 1], on_line])), on_line)
