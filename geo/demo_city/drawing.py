"""The sheet on which the city is drawn: nodes, ways and relations with ids and tags.

Knows OSM's data model and nothing about cities. Invariant: every way refers to nodes of the
same sheet, ids are positive and grow in the order of drawing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from geo.demo_city.terrain import height_m, project

Tags = dict[str, str]
Point = tuple[float, float]

_FIRST_NODE: Final = 1_000_001
_FIRST_WAY: Final = 200_001
_FIRST_RELATION: Final = 9_001
_SAME_SPOT_M: Final = 0.6


@dataclass
class Node:
    """A point of the plan, in metres."""

    id: int
    x: float
    y: float
    tags: Tags = field(default_factory=dict)

    @property
    def lonlat(self) -> Point:
        """Where the node lies on the globe, in degrees."""
        return project(self.x, self.y)


@dataclass
class Way:
    """A line or, when closed, a ring over nodes."""

    id: int
    refs: list[int]
    tags: Tags


@dataclass
class Relation:
    """Members are (type letter, id, role)."""

    id: int
    members: list[tuple[str, int, str]]
    tags: Tags


class Drawing:
    """All objects drawn so far."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.ways: dict[int, Way] = {}
        self.relations: dict[int, Relation] = {}

    def node(self, x: float, y: float, tags: Mapping[str, str] | None = None) -> int:
        """Add a node at plan metres and return its id."""
        node_id = _FIRST_NODE + len(self.nodes)
        self.nodes[node_id] = Node(node_id, x, y, dict(tags or {}))
        return node_id

    def way(self, refs: Iterable[int], tags: Mapping[str, str]) -> int:
        """Add a way; a node repeated in a row is kept once. Returns the way's id."""
        clean: list[int] = []
        for ref in refs:
            if not clean or clean[-1] != ref:
                clean.append(ref)
        way_id = _FIRST_WAY + len(self.ways)
        self.ways[way_id] = Way(way_id, clean, dict(tags))
        return way_id

    def ring(self, corners: Sequence[Point], tags: Mapping[str, str]) -> int:
        """Add a closed way over new nodes at the corners (given once each)."""
        refs = [self.node(x, y) for x, y in corners]
        return self.way([*refs, refs[0]], tags)

    def relation(self, members: Sequence[tuple[str, int, str]], tags: Mapping[str, str]) -> int:
        """Add a relation and return its id."""
        relation_id = _FIRST_RELATION + len(self.relations)
        self.relations[relation_id] = Relation(relation_id, list(members), dict(tags))
        return relation_id

    def tag(self, node_id: int, tags: Mapping[str, str]) -> None:
        """Add tags to a node; tags that are there already win."""
        self.nodes[node_id].tags = {**tags, **self.nodes[node_id].tags}

    def spot(self, node_id: int) -> Point:
        """Return a node's plan metres."""
        node = self.nodes[node_id]
        return node.x, node.y

    def incline_percent(self, start: int, end: int) -> float | None:
        """Return the ground's slope from one node to another, signed, in percent.

        None where the two are closer than five metres: a slope over so little says nothing.
        """
        (x0, y0), (x1, y1) = self.spot(start), self.spot(end)
        run = math.hypot(x1 - x0, y1 - y0)
        if run < 5.0:  # noqa: PLR2004 - the length named in the docstring
            return None
        return 100.0 * (height_m(x1, y1) - height_m(x0, y0)) / run


class Strip:
    """A straight line along one axis of the plan on which nodes are pinned in any order.

    Streets, pavements and ditches are strips: whoever crosses one pins the crossing's node,
    and the ways come out at the end with all pins in order.
    """

    def __init__(
        self,
        drawing: Drawing,
        axis: Literal["x", "y"],
        across_m: float,
        start_m: float,
        end_m: float,
    ) -> None:
        self._drawing = drawing
        self.axis = axis
        self.across_m = across_m
        self.start_m = min(start_m, end_m)
        self.end_m = max(start_m, end_m)
        self._pins: dict[int, tuple[float, int]] = {}
        self.ways: list[int] = []

    def point(self, along_m: float) -> Point:
        """Return the plan point at a position along the strip."""
        return (along_m, self.across_m) if self.axis == "x" else (self.across_m, along_m)

    def along(self, point: Point) -> float:
        """Return the position of a plan point along the strip."""
        return point[0] if self.axis == "x" else point[1]

    def pin(self, along_m: float, tags: Mapping[str, str] | None = None) -> int:
        """Return the node at a position, made if none lies within 0.6 m."""
        along_m = min(max(along_m, self.start_m), self.end_m)
        cell = round(along_m / _SAME_SPOT_M)
        for near in (cell, cell - 1, cell + 1):
            pinned = self._pins.get(near)
            if pinned is not None and abs(pinned[0] - along_m) <= _SAME_SPOT_M:
                self._drawing.tag(pinned[1], tags or {})
                return pinned[1]
        node_id = self._drawing.node(*self.point(along_m), tags)
        self._pins[cell] = (along_m, node_id)
        return node_id

    def share(self, node_id: int) -> None:
        """Take over a node that another strip made (a junction)."""
        along_m = self.along(self._drawing.spot(node_id))
        self._pins[round(along_m / _SAME_SPOT_M)] = (along_m, node_id)

    def refs(self, start_m: float, end_m: float) -> list[int]:
        """List the pinned nodes between two positions, both ends pinned if they were not."""
        self.pin(start_m)
        self.pin(end_m)
        low, high = start_m - _SAME_SPOT_M, end_m + _SAME_SPOT_M
        inside = sorted(pinned for pinned in self._pins.values() if low <= pinned[0] <= high)
        return [node_id for _, node_id in inside]

    def is_clear(self, low_m: float, high_m: float) -> bool:
        """Whether nothing is pinned between two positions."""
        return not any(low_m <= along_m <= high_m for along_m, _ in self._pins.values())

    def draw(self, start_m: float, end_m: float, tags: Mapping[str, str]) -> int:
        """Draw the stretch between two positions as one way; call it after all pins."""
        way_id = self._drawing.way(self.refs(start_m, end_m), tags)
        self.ways.append(way_id)
        return way_id
