"""The network between rows and arrays: vertices and the pieces that join them.

Plain values that builders of streets fill and `geo.routing.graph` numbers. What stands on a
node of the map is put onto pieces here, because both the base and the overlay need it.
"""

from dataclasses import dataclass, field

import numpy as np

from geo.routing.attributes import NO_KERB, measure_kerb, set_evidence, write_obstacle
from geo.routing.encoding import UNKNOWN_MM, Evidence, Flag, Kind, LimitKind, Side
from geo.routing.plane import Shape
from geo.routing.rows import EdgeRow, NodeRow

THROUGH = 2
"""A node where two edges meet: one passes through, nothing joins."""
NO_NODE = 0
"""A vertex that is no node of the map."""


@dataclass(slots=True)
class Piece:
    """One edge to walk, before numbering; `record` is its forward arc."""

    first: int
    last: int
    shape: Shape
    record: np.ndarray
    source: EdgeRow | None = None
    road: EdgeRow | None = None
    """The road that a crossing crosses, or that a nameless way runs along."""
    side: Side = Side.NONE
    kerb_first: int = NO_KERB
    kerb_last: int = NO_KERB
    """Height in mm at each end, -1 unknown, -2 no kerb line there; what the map says."""
    level: int = 0
    """Layer above or below the ground on which it runs."""


@dataclass(slots=True)
class Sketch:
    """Vertices and pieces of the whole network."""

    points: list[tuple[float, float]] = field(default_factory=list)
    node_ids: list[int] = field(default_factory=list)
    """The map's node of each vertex, `NO_NODE` for none; corners of a junction share one."""
    pieces: list[Piece] = field(default_factory=list)
    walls: list[EdgeRow] = field(default_factory=list)
    """Bigger roads on the ground: nobody steps over them on the way from a door."""

    def add_vertex(self, lon: float, lat: float, node_id: int) -> int:
        """Add a vertex and return its number."""
        self.points.append((lon, lat))
        self.node_ids.append(node_id)
        return len(self.points) - 1


def put_on_edges(node: NodeRow, ends: list[tuple[Piece, bool]]) -> None:
    """Write kerb, obstacle and lift of a node onto the pieces that one walks to pass it."""
    kerb = measure_kerb(node.kerb, node.kerb_height_mm)
    if kerb != UNKNOWN_MM:
        for piece, at_end in choose_for_kerb(ends):
            if at_end:
                piece.kerb_last = kerb
            else:
                piece.kerb_first = kerb
    if node.obstacle is not None or node.locked:
        passed = [
            each for each, _ in ends if len(ends) <= THROUGH or each.record["kind"] != Kind.STREET
        ]
        for piece in passed[:1] if len(ends) <= THROUGH else passed:
            write_obstacle(piece.record, node)
    if node.lift:
        for piece, _ in ends:
            # Over a carriageway one walks, whatever stands at its side.
            if piece.record["kind"] != Kind.CROSSING:
                piece.record["flags"] |= int(Flag.HALF_LIFT)


def choose_for_kerb(ends: list[tuple[Piece, bool]]) -> list[tuple[Piece, bool]]:
    """Return the ends that meet a kerb standing on a node.

    The crossing steps over it; where no crossing meets the node, the way that is no street.
    """
    crossings = [end for end in ends if end[0].record["kind"] == Kind.CROSSING]
    if crossings:
        return [end for end in crossings if not _is_road_end(*end)] or crossings
    ways = [end for end in ends if end[0].record["kind"] != Kind.STREET]
    return ways if 0 < len(ways) < len(ends) else ends[:1]


def close_kerb_evidence(record: np.ndarray, first: int, last: int, source: Evidence) -> None:
    """Set the kerb of an edge from its two ends: the higher one; known when both are known."""
    ends = [end for end in (first, last) if end != NO_KERB]
    if not ends:
        return
    record["kerb_mm"] = max(int(record["kerb_mm"]), *ends)
    known = UNKNOWN_MM not in ends
    set_evidence(record, LimitKind.KERB, source if known else Evidence.MISSING)


def _is_road_end(piece: Piece, at_end: bool) -> bool:  # noqa: FBT001 - unpacked from a pair
    return (piece.kerb_last if at_end else piece.kerb_first) == NO_KERB
