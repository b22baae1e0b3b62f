"""Streets with sides and crossings: from rows of the map to the pieces one walks on.

A bigger road (tertiary and up) is not walked on its centreline. It gets a pavement on each
side unless the map says that there is none or that it is a way of its own, and the pavements
of one junction meet in its corners. A road is crossed only where a crossing is mapped, at
signals, at a junction of streets, or where mapped paths reach the road on both sides; the
last three are marked as inferred. Quiet streets are walked and crossed freely.

Pure: rows in, a `Sketch` out. Numbering, order and storage belong to `geo.routing.graph`.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from geo.routing.attributes import (
    NO_KERB,
    ROAD_SIGNALS,
    classify_crossing,
    classify_road,
    encode_edge,
    measure_kerb,
    parse_level,
    set_evidence,
)
from geo.routing.cuts import Junctions, describe_crossing, name_cuts
from geo.routing.encoding import (
    UNKNOWN_MM,
    Crossing,
    Evidence,
    Flag,
    Kind,
    LimitKind,
    RoadClass,
    Side,
)
from geo.routing.medians import find_median_sides
from geo.routing.naming import name_by_roads
from geo.routing.pavements import Plan, draw, keep_off
from geo.routing.plane import bearing_out, measure_m, move
from geo.routing.rows import EdgeRow, NodeRow
from geo.routing.sketch import NO_NODE, THROUGH, Piece, Sketch, close_kerb_evidence, put_on_edges
from geo.routing.walls import Walls, is_big, level_of
from geo.routing.widths import HALF_WIDTH_M, measure_offset

_NO_PAVEMENT = frozenset({"no", "none"})


@dataclass(slots=True)
class _Arm:
    """An edge as seen from one of its nodes."""

    row: EdgeRow
    at_end: bool
    bearing: float
    big: bool
    sector: int = 0
    """For a big arm the sector on its left seen from the node, else the one it lies in."""


class StreetBuilder:
    """Turns rows into a sketch, node by node and then edge by edge."""

    def __init__(self, nodes: dict[int, NodeRow], edges: list[EdgeRow]) -> None:
        self.nodes = nodes
        self.edges = edges
        self.sketch = Sketch()
        self.medians = find_median_sides(edges)
        self.walls = Walls(edges)
        self._arms: dict[int, list[_Arm]] = {}
        self._corner: dict[tuple[int, int], int] = {}
        self._centre: dict[int, int] = {}
        self._bigs: dict[int, list[_Arm]] = {}
        self._spots: dict[tuple[int, int], tuple[float, float]] = {}
        self._sides: list[tuple[Piece, Plan]] = []

    def build(self) -> Sketch:
        """Return every vertex and piece."""
        self._gather_arms()
        self._locate_corners()
        for row in self.edges:
            self._place(row)
        self._draw_sides()
        for node_id in self._bigs:
            self._cross_at(node_id)
        name_cuts(self.sketch, self.walls, self._list_junctions())
        self._put_node_features()
        name_by_roads(self.sketch.pieces, self.edges)
        self.sketch.walls = [row for row in self.walls.roads if level_of(row) == 0]
        return self.sketch

    # -- nodes and their arms ---------------------------------------------------------------

    def _gather_arms(self) -> None:
        for row in self.edges:
            big = is_big(row)
            for node_id, at_end in ((row.from_node_id, False), (row.to_node_id, True)):
                bearing = bearing_out(row.shape, from_end=at_end)
                arm = _Arm(row=row, at_end=at_end, bearing=bearing, big=big)
                self._arms.setdefault(node_id, []).append(arm)
        for node_id, arms in self._arms.items():
            bigs = sorted((arm for arm in arms if arm.big), key=lambda arm: arm.bearing)
            if not bigs:
                continue
            self._bigs[node_id] = bigs
            for number, arm in enumerate(bigs):
                arm.sector = number
            for arm in arms:
                if not arm.big:
                    arm.sector = _find_sector(bigs, arm.bearing)

    def _arm_of(self, row: EdgeRow, *, at_end: bool) -> _Arm:
        node_id = row.to_node_id if at_end else row.from_node_id
        return next(a for a in self._arms[node_id] if a.row is row and a.at_end is at_end)

    def _centre_vertex(self, node_id: int) -> int:
        if node_id not in self._centre:
            node = self.nodes[node_id]
            self._centre[node_id] = self.sketch.add_vertex(node.lon, node.lat, node_id)
        return self._centre[node_id]

    def _corner_vertex(self, node_id: int, sector: int) -> int:
        key = (node_id, sector)
        if key not in self._corner:
            self._corner[key] = self.sketch.add_vertex(*self._spots[key], node_id)
        return self._corner[key]

    def _locate_corners(self) -> None:
        """Find where the pavements of each junction meet, this side of the next road."""
        keys, starts, ends, levels = [], [], [], []
        for node_id, bigs in self._bigs.items():
            node = self.nodes[node_id]
            dead_end = len(self._arms[node_id]) == 1
            for sector in range(len(bigs) + dead_end):
                keys.append((node_id, sector))
                starts.append((node.lon, node.lat))
                ends.append(self._aim_corner(node_id, sector))
                around = (bigs[sector % len(bigs)], bigs[(sector + 1) % len(bigs)])
                levels.append([level_of(arm.row) for arm in around])
        first, last = np.array(starts).reshape(-1, 2), np.array(ends).reshape(-1, 2)
        for side in np.array(levels, np.int64).reshape(-1, 2).T:
            last = keep_off(self.walls, first, last, side)
        self._spots = dict(zip(keys, map(tuple, last.tolist()), strict=True))

    def _aim_corner(self, node_id: int, sector: int) -> tuple[float, float]:
        """Return where a corner lies when nothing else is near."""
        node, bigs = self.nodes[node_id], self._bigs[node_id]
        if len(self._arms[node_id]) == 1:
            # A road that just ends, often only at the edge of the map: its sides do not meet.
            across = bigs[0].bearing + (math.pi / 2 if sector == 0 else -math.pi / 2)
            return move((node.lon, node.lat), across, measure_offset(bigs[0].row))
        if len(bigs) == 1:
            return (node.lon, node.lat)
        this, following = bigs[sector], bigs[(sector + 1) % len(bigs)]
        opening = (following.bearing - this.bearing) % (2 * math.pi)
        away = max(measure_offset(this.row), measure_offset(following.row))
        away /= max(math.sin(opening / 2), 0.5)
        return move((node.lon, node.lat), this.bearing + opening / 2, away)

    def _side_vertex(self, row: EdgeRow, side: Side, *, at_end: bool) -> int:
        """Return the corner in which one side of a big road ends."""
        node_id = row.to_node_id if at_end else row.from_node_id
        arm = self._arm_of(row, at_end=at_end)
        count = len(self._bigs[node_id])
        left_of_arm = (side is Side.LEFT) != at_end
        if len(self._arms[node_id]) == 1:
            return self._corner_vertex(node_id, 0 if left_of_arm else 1)
        sector = arm.sector if left_of_arm else (arm.sector - 1) % count
        return self._corner_vertex(node_id, sector)

    def _way_vertex(self, row: EdgeRow, kind: Kind, *, at_end: bool) -> int:
        """Return where a way that is not a big road ends at one of its nodes."""
        node_id = row.to_node_id if at_end else row.from_node_id
        if node_id not in self._bigs or kind is Kind.CROSSING:
            return self._centre_vertex(node_id)
        return self._corner_vertex(node_id, self._arm_of(row, at_end=at_end).sector)

    # -- edges ------------------------------------------------------------------------------

    def _place(self, row: EdgeRow) -> None:
        if is_big(row):
            self._place_sides(row)
        elif not _has_separate_pavements(row):
            self._place_way(row)

    def _place_way(self, row: EdgeRow) -> None:
        record = encode_edge(row)
        kind = Kind(int(record["kind"]))
        first = self._way_vertex(row, kind, at_end=False)
        last = self._way_vertex(row, kind, at_end=True)
        shape = row.shape.copy()
        shape[0], shape[-1] = self.sketch.points[first], self.sketch.points[last]
        piece = Piece(
            first=first, last=last, shape=shape, record=record, source=row, level=level_of(row)
        )
        if kind is Kind.CROSSING:
            self._prepare_crossing_way(piece, row)
        self._add(piece)

    def _place_sides(self, row: EdgeRow) -> None:
        plans = plan_sides(row, medians=self.medians.get(row.id, set()))
        for side, kind in plans.items():
            first = self._side_vertex(row, side, at_end=False)
            last = self._side_vertex(row, side, at_end=True)
            away = measure_offset(row)
            if kind is Kind.CARRIAGEWAY:
                away = HALF_WIDTH_M[RoadClass.TERTIARY]
            plan = Plan(
                row.shape,
                away if side is Side.LEFT else -away,
                self.sketch.points[first],
                self.sketch.points[last],
                level_of(row),
            )
            tag = row.sidewalk_left if side is Side.LEFT else row.sidewalk_right
            record = _encode_side(row, kind, mapped=tag is not None)
            piece = Piece(
                first, last, row.shape, record, source=row, side=side, level=level_of(row)
            )
            self._sides.append((piece, plan))

    def _draw_sides(self) -> None:
        draw([plan for _, plan in self._sides], self.walls)
        for piece, plan in self._sides:
            piece.shape = plan.shape
            self._add(piece)

    def _prepare_crossing_way(self, piece: Piece, row: EdgeRow) -> None:
        """Say which road a mapped crossing crosses, and at which ends a kerb stands."""
        roads = [self._road_at(row.from_node_id), self._road_at(row.to_node_id)]
        piece.kerb_first = NO_KERB if roads[0] else UNKNOWN_MM
        piece.kerb_last = NO_KERB if roads[1] else UNKNOWN_MM
        piece.record["road_class"] = max(roads)
        if (roads[0] > 0) != (roads[1] > 0):
            piece.record["flags"] |= int(Flag.HALF_CROSSING)
        piece.road = self._find_road(row.from_node_id) or self._find_road(row.to_node_id)
        for node_id in (row.from_node_id, row.to_node_id):
            node = self.nodes[node_id]
            mapped = classify_crossing(node.crossing)
            if row.crossing in {None, "yes"} and mapped is not Crossing.NONE:
                piece.record["crossing"] = mapped
            if node.signal_sound:
                piece.record["flags"] |= int(Flag.SOUND)

    def _find_road(self, node_id: int) -> EdgeRow | None:
        roads = [arm.row for arm in self._arms[node_id] if _is_road(arm.row)]
        return max(roads, key=lambda row: classify_road(row.highway), default=None)

    def _road_at(self, node_id: int) -> RoadClass:
        road = self._find_road(node_id)
        return RoadClass.NONE if road is None else classify_road(road.highway)

    def _add(self, piece: Piece) -> None:
        if piece.first == piece.last and measure_m(piece.shape) < 1.0:
            return
        piece.record["length_m"] = max(measure_m(piece.shape), 0.1)
        self.sketch.pieces.append(piece)

    # -- crossings of big roads -------------------------------------------------------------

    def _cross_at(self, node_id: int) -> None:
        bigs = self._bigs[node_id]
        if len(bigs) <= 1:
            if node_id in self._centre:
                self._link_centre(node_id, Crossing.INFERRED)
            return
        if node_id in self._centre:
            self._link_centre(node_id, self._crossing_of_ways(node_id))
            return
        crossing = self._find_crossing(node_id)
        if crossing is Crossing.NONE:
            return
        # Between two arms of one road there is one crossing, not one over each arm.
        for arm in bigs if len(bigs) > THROUGH else bigs[:1]:
            left = self._corner_vertex(node_id, arm.sector)
            right = self._corner_vertex(node_id, (arm.sector - 1) % len(bigs))
            self._add_crossing(node_id, left, right, crossing, arm.row)

    def _crossing_of_ways(self, node_id: int) -> Crossing:
        found = [classify_crossing(a.row.crossing) for a in self._arms[node_id]]
        found.append(classify_crossing(self.nodes[node_id].crossing))
        known = [each for each in found if each is not Crossing.NONE]
        return min(known, default=Crossing.UNMARKED)

    def _link_centre(self, node_id: int, crossing: Crossing) -> None:
        """Join each corner in use with the middle of the road, half a crossing each."""
        centre = self._centre[node_id]
        road = max(self._bigs[node_id], key=lambda arm: classify_road(arm.row.highway)).row
        for sector in range(len(self._bigs[node_id])):
            corner = self._corner.get((node_id, sector))
            if corner is not None:
                self._add_crossing(node_id, corner, centre, crossing, road, half=True)

    def _find_crossing(self, node_id: int) -> Crossing:
        """Return how the road may be crossed at a node without a crossing of its own ways."""
        tag = self.nodes[node_id].crossing
        if tag == "no":
            return Crossing.NONE
        arms, bigs = self._arms[node_id], self._bigs[node_id]
        mapped = classify_crossing(tag)
        streets = [a for a in arms if not a.big and _is_street(a.row)]
        junction = len(bigs) > THROUGH or bool(streets)
        lit = tag == ROAD_SIGNALS or (mapped is Crossing.SIGNALS and len(bigs) > THROUGH)
        if lit or mapped is not Crossing.NONE:
            return Crossing.INFERRED_SIGNALS if lit else mapped
        sectors = {a.sector for a in arms if not a.big and not _is_road(a.row)}
        return Crossing.INFERRED if junction or len(sectors) > 1 else Crossing.NONE

    def _add_crossing(
        self,
        node_id: int,
        first: int,
        last: int,
        crossing: Crossing,
        road: EdgeRow,
        *,
        half: bool = False,
    ) -> None:
        node = self.nodes[node_id]
        record = describe_crossing(road, crossing, parse_level(road.level))
        flags = Flag.HALF_CROSSING if half else Flag(0)
        flags |= Flag.SOUND if node.signal_sound else Flag(0)
        flags |= Flag.TACTILE if node.tactile_paving == "yes" else Flag(0)
        record["flags"] |= int(flags)
        shape = np.array([self.sketch.points[first], self.sketch.points[last]])
        kerb = measure_kerb(node.kerb, node.kerb_height_mm)
        self._add(
            Piece(
                first=first,
                last=last,
                shape=shape,
                record=record,
                road=road,
                kerb_first=kerb,
                kerb_last=NO_KERB if half else kerb,
            )
        )

    def _list_junctions(self) -> Junctions:
        """Return the nodes where a bigger road meets another street."""
        spots = [
            (self.nodes[node_id].lon, self.nodes[node_id].lat)
            for node_id in self._bigs
            if sum(arm.big or _is_street(arm.row) for arm in self._arms[node_id]) > THROUGH
        ]
        return Junctions(np.array(spots, np.float64).reshape(-1, 2))

    # -- what stands on nodes ---------------------------------------------------------------

    def _put_node_features(self) -> None:
        at_node: dict[int, list[tuple[Piece, bool]]] = {}
        for piece in self.sketch.pieces:
            for vertex, at_end in ((piece.first, False), (piece.last, True)):
                at_node.setdefault(self.sketch.node_ids[vertex], []).append((piece, at_end))
        at_node.pop(NO_NODE, None)
        for node_id, ends in at_node.items():
            put_on_edges(self.nodes[node_id], ends)
        for piece in self.sketch.pieces:
            close_kerb_evidence(piece.record, piece.kerb_first, piece.kerb_last, Evidence.MAPPED)


def plan_sides(row: EdgeRow, *, medians: Collection[Side]) -> dict[Side, Kind]:
    """Return what is walked on each side of a big road; a side that is not is left out."""
    tags = {Side.LEFT: row.sidewalk_left, Side.RIGHT: row.sidewalk_right}
    plan: dict[Side, Kind] = {}
    for side, tag in tags.items():
        if tag == "separate" or tag in _NO_PAVEMENT or (tag is None and side in medians):
            continue
        plan[side] = Kind.PAVEMENT
    if not plan and all(tag in _NO_PAVEMENT for tag in tags.values()):
        plan = dict.fromkeys(tags, Kind.CARRIAGEWAY)
    return plan


def _encode_side(row: EdgeRow, kind: Kind, *, mapped: bool) -> np.ndarray:
    """Return the record of one side: of what the road's tags say only slope holds there."""
    bare = EdgeRow(
        id=row.id,
        from_node_id=row.from_node_id,
        to_node_id=row.to_node_id,
        shape=row.shape,
        kind="road",
        highway=row.highway,
        level=row.level,
        tunnel=row.tunnel,
        incline_permille=row.incline_permille,
        dem_incline_permille=row.dem_incline_permille,
        lit=row.lit,
    )
    record = encode_edge(bare)
    record["kind"] = kind
    set_evidence(record, LimitKind.WIDTH, Evidence.MISSING)
    if not mapped:
        record["flags"] |= int(Flag.INFERRED)
    return record


def _find_sector(bigs: list[_Arm], bearing: float) -> int:
    for number in range(len(bigs) - 1, -1, -1):
        if bearing >= bigs[number].bearing:
            return number
    return len(bigs) - 1


def _is_road(row: EdgeRow) -> bool:
    return row.kind == "road"


def _is_street(row: EdgeRow) -> bool:
    return row.kind == "road" and classify_road(row.highway) >= RoadClass.LIVING_STREET


def _has_separate_pavements(row: EdgeRow) -> bool:
    """Whether a quiet street's pavements are all ways of their own, so nobody walks on it."""
    if row.kind != "road":
        return False
    tags = {row.sidewalk_left, row.sidewalk_right}
    return "separate" in tags and tags <= {"separate", "no", "none"}
