"""Crossings and kerbs at junctions, and the signals that guard them.

Invariant: a crossing joins two pavements over one street through two kerb nodes and one node
of the street; where a street has no mapped pavement, its own ends are the kerbs.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Strip, Tags
from geo.demo_city.grid import Grid, Side, Street
from geo.demo_city.pavements import BlockSide, Sides

Control = Literal["traffic_signals", "uncontrolled", "marked", "unmarked"]

_SIGNAL_SHARE: Final = {
    frozenset({"primary"}): 1.0,
    frozenset({"primary", "secondary"}): 1.0,
    frozenset({"primary", "tertiary"}): 1.0,
    frozenset({"secondary"}): 1.0,
    frozenset({"secondary", "tertiary"}): 0.7,
    frozenset({"tertiary"}): 0.3,
}
_BESIDE: Final[dict[Control, float]] = {
    "uncontrolled": 4.0,
    "marked": 1.0,
    "traffic_signals": 1.0,
}
_OFF_JUNCTION_M: Final = 4.0
_KERB_KINDS: Final = {"lowered": 9.0, "flush": 3.0, "raised": 4.0, "": 5.0}
_KERB_HEIGHTS: Final = {
    "lowered": ("0.02", "0.03", "0.03", "0.04"),
    "flush": ("0", "0.01"),
    "raised": ("0.08", "0.1", "0.12", "0.15"),
}


@dataclass
class Crossings:
    """What was drawn: crossing ways, street nodes, kerb nodes by block number."""

    ways: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    kerbs: dict[int, list[int]] = field(default_factory=dict)


def kerb_tags(dice: Dice) -> Tags:
    """Draw what the map knows of a kerb; on a share of them it knows nothing."""
    kind = dice.weigh(_KERB_KINDS)
    if not kind:
        return {}
    tags: Tags = {"barrier": "kerb", "kerb": kind}
    if dice.chance(0.35):
        tags["kerb:height"] = dice.pick(_KERB_HEIGHTS[kind])
    if dice.chance(0.2):
        tags["tactile_paving"] = dice.pick(["yes", "no", "no"])
    return tags


def crossing_tags(control: Control, street: Street, dice: Dice) -> Tags:
    """Draw the tags of the street's node at a crossing."""
    tags: Tags = {"highway": "crossing", "crossing": control}
    if control == "traffic_signals":
        if dice.chance(0.6):
            tags["traffic_signals:sound"] = dice.pick(["yes", "yes", "no"])
        if dice.chance(0.15):
            tags["button_operated"] = "yes"
    elif control != "unmarked":
        tags["crossing:markings"] = "zebra"
    if dice.chance(0.4):
        tags["tactile_paving"] = dice.pick(["yes", "no"])
    if street.road_class == "primary":
        tags["crossing:island"] = dice.pick(["yes", "no"])
    return tags


class CrossingPainter:
    """Draws crossings over the streets of one grid."""

    def __init__(self, grid: Grid, sides: Sides, seed: int) -> None:
        self._grid = grid
        self._drawing = grid.drawing
        self._sides = sides
        self._seed = seed
        self.done = Crossings()

    def paint(
        self, street: Street, along_m: float, ends: tuple[BlockSide, BlockSide], control: Control
    ) -> None:
        """Cross a street at a position between the block sides on its low and high side.

        `ends` lie along the street where it is an avenue, else they are the pavements that the
        street cuts: their ends are the kerbs then.
        """
        dice = Dice(self._seed, "crossing", street.axis, street.index, round(along_m))
        centre = street.strip.pin(along_m, crossing_tags(control, street, dice))
        self.done.nodes.append(centre)
        kerbs: list[int] = []
        for side, outward in zip(ends, (-1, 1), strict=True):
            kerbs.append(self._kerb(street, along_m, side, outward, dice))
            self.done.kerbs.setdefault(side.block.number, []).append(kerbs[-1])
        tags: Tags = {"highway": "footway", "footway": "crossing", "crossing": control}
        if dice.chance(0.5):
            tags["surface"] = "asphalt"
        self.done.ways.append(self._drawing.way([kerbs[0], centre, kerbs[1]], tags))

    def _kerb(
        self, street: Street, along_m: float, side: BlockSide, outward: int, dice: Dice
    ) -> int:
        """Return the kerb's node, joined to the pavement behind it."""
        tags = kerb_tags(dice)
        if side.pavement is None:
            raise ValueError(side.side)  # only sides with a pavement are given
        if not street.is_avenue:
            end_m = side.end_m if outward < 0 else side.start_m
            return side.pavement.pin(end_m, tags)
        edge_m = street.across_m + outward * street.half_width_m
        point = street.strip.point(along_m)
        spot = (edge_m, point[1]) if street.axis == "y" else (point[0], edge_m)
        kerb = self._drawing.node(*spot, tags)
        behind = self._behind(street, along_m, side, outward)
        self._drawing.way([behind, kerb], {"highway": "footway", "footway": "sidewalk"})
        if side.street is street:
            side.cover(along_m)
        return kerb

    def _behind(self, street: Street, along_m: float, side: BlockSide, outward: int) -> int:
        strip = side.pavement
        if not isinstance(strip, Strip):
            raise TypeError(side.side)
        if side.street is street:
            return strip.pin(along_m)
        return strip.pin(side.end_m if outward < 0 else side.start_m)

    def side(self, column: int, row: int, name: Side) -> BlockSide | None:
        """Return a side of the block over a cell; None outside the city."""
        block = self._grid.block_at(column, row)
        return self._sides[block.number, name] if block else None


def _control(grid: Grid, column: Street, row: Street, dice: Dice) -> Control:
    if (column.index, row.index) not in grid.junctions:
        return "unmarked"
    share = _SIGNAL_SHARE.get(frozenset({column.road_class, row.road_class}), 0.0)
    if dice.chance(share):
        return "traffic_signals"
    return dice.weigh({"uncontrolled": 3.0, "marked": 1.0})


def _arms(
    painter: CrossingPainter, column: Street, row: Street
) -> list[tuple[Street, BlockSide, BlockSide]]:
    """List the crossings that continue a pavement over a street at a junction.

    Each is (street crossed, pavement side before it, pavement side after it).
    """
    west, east, south, north = column.index - 1, column.index, row.index - 1, row.index
    candidates = (
        (column, row, painter.side(west, north, "south"), painter.side(east, north, "south")),
        (column, row, painter.side(west, south, "north"), painter.side(east, south, "north")),
        (row, column, painter.side(west, south, "east"), painter.side(west, north, "east")),
        (row, column, painter.side(east, south, "west"), painter.side(east, north, "west")),
    )
    return [
        (street, low, high)
        for street, along, low, high in candidates
        if low is not None
        and high is not None
        and low.block is not high.block
        and low.street is along
        and high.street is along
        and low.pavement is not None
    ]


def paint_crossings(grid: Grid, sides: Sides, seed: int, skip: set[tuple[int, int]]) -> Crossings:
    """Draw the crossings of all junctions.

    `skip` names junctions (column, row) where a structure replaces the crossing of the avenue.
    """
    painter = CrossingPainter(grid, sides, seed)
    for (column_index, row_index), node_id in grid.junctions.items():
        column, row = grid.columns[column_index], grid.rows[row_index]
        dice = Dice(seed, "junction", column_index, row_index)
        control = _control(grid, column, row, dice)
        if control == "traffic_signals":
            grid.drawing.tag(node_id, {"highway": "traffic_signals"})
        for street, low, high in _arms(painter, column, row):
            along = street.strip.along(low.pavement.point(low.start_m)) if low.pavement else 0.0
            kind: Control = control
            if not street.is_avenue:
                kind = dice.weigh({"unmarked": 2.0, "uncontrolled": 2.0, "marked": 0.5})
            painter.paint(street, along, (low, high), kind)
        if (column_index, row_index) not in skip:
            _paint_avenue_beside(painter, column, row, dice)
    return painter.done


def _paint_avenue_beside(painter: CrossingPainter, column: Street, row: Street, dice: Dice) -> None:
    """Cross an avenue beside its junction with a residential street."""
    if column.is_avenue == row.is_avenue:
        return
    avenue, other = (column, row) if column.is_avenue else (row, column)
    share = {"primary": 0.4, "secondary": 0.6, "tertiary": 0.75}[avenue.road_class]
    if not dice.chance(share):
        return
    ahead = dice.chance(0.5)
    cell = other.index if ahead else other.index - 1
    names: tuple[Side, Side] = ("east", "west") if avenue.axis == "y" else ("north", "south")
    if avenue.axis == "y":
        low, high = (
            painter.side(avenue.index - 1, cell, names[0]),
            painter.side(avenue.index, cell, names[1]),
        )
    else:
        low, high = (
            painter.side(cell, avenue.index - 1, names[0]),
            painter.side(cell, avenue.index, names[1]),
        )
    if low is None or high is None:
        return
    reach = other.half_width_m + _OFF_JUNCTION_M
    along = other.across_m + (reach if ahead else -reach)
    control = dice.weigh(_BESIDE)
    painter.paint(avenue, along, (low, high), control)
