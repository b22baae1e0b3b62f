"""Streets of the demo city: the lines of the grid, the blocks between them, the junctions.

Thirteen lines run each way. Even lines are avenues; odd lines are residential streets that
stop where blocks are merged into a larger one. Invariant: a street line's nodes at a junction
are shared by both streets, and a block never reaches over an avenue.
"""

import itertools
from dataclasses import dataclass, field
from typing import Final, Literal

from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Drawing, Strip, Tags
from geo.demo_city.names import AVENUES, BIG_STREETS, SMALL_STREETS, name_tags, street_name
from geo.demo_city.records import Name
from geo.demo_city.terrain import HALF_SIZE_M

Axis = Literal["x", "y"]
Side = Literal["south", "north", "west", "east"]
RoadClass = Literal["primary", "secondary", "tertiary", "residential"]
Use = Literal["housing", "houses", "business", "park", "estate"]

LINES: Final = 13
CELLS: Final = LINES - 1
_SMALL_PARKS: Final = 3
_CENTRAL_SUPERBLOCKS: Final = (14, 15, 20, 21)  # of six by six
_AVENUE_STEP: Final = 2 * HALF_SIZE_M / (CELLS // 2)
_CLASSES: Final[tuple[RoadClass, ...]] = (
    "tertiary",
    "secondary",
    "tertiary",
    "primary",
    "tertiary",
    "secondary",
    "tertiary",
)
# carriageway width and lanes by class, metres; usual figures for Almaty's streets
WIDTH_M: Final[dict[RoadClass, float]] = {
    "primary": 22.0,
    "secondary": 15.0,
    "tertiary": 10.0,
    "residential": 7.0,
}
_LANES: Final[dict[RoadClass, int]] = {
    "primary": 6,
    "secondary": 4,
    "tertiary": 2,
    "residential": 2,
}
# from the carriageway's edge: first the ditch in a strip of green, then the pavement's middle
DITCH_GAP_M: Final = 1.5
PAVEMENT_GAP_M: Final = 4.5


@dataclass
class Street:
    """One line of the grid. `axis` "x" runs west-east, "y" south-north."""

    axis: Axis
    index: int
    across_m: float
    road_class: RoadClass
    name: Name
    strip: Strip
    missing: set[int] = field(default_factory=set)  # cells along it where it is not built
    one_way: bool = False

    @property
    def is_avenue(self) -> bool:
        """Whether pavements are mapped as ways of their own."""
        return self.road_class != "residential"

    @property
    def half_width_m(self) -> float:
        """Half the carriageway."""
        return WIDTH_M[self.road_class] / 2

    @property
    def pavement_offset_m(self) -> float:
        """From the street's middle to the pavement's, or to the kerb where none is mapped."""
        return self.half_width_m + (PAVEMENT_GAP_M if self.is_avenue else 0.6)


@dataclass
class Block:
    """A rectangle of cells between streets: columns west..east, rows south..north."""

    number: int
    west: int
    east: int
    south: int
    north: int
    use: Use

    def lines(self, side: Side) -> int:
        """Return the index of the street line on a side."""
        return {"south": self.south, "north": self.north, "west": self.west, "east": self.east}[
            side
        ]


@dataclass
class Grid:
    """All streets and blocks. `columns` run south-north, `rows` west-east."""

    drawing: Drawing
    columns: list[Street]
    rows: list[Street]
    blocks: list[Block]
    junctions: dict[tuple[int, int], int]

    def street(self, block: Block, side: Side) -> Street:
        """Return the street on a side of a block."""
        lines = self.rows if side in {"south", "north"} else self.columns
        return lines[block.lines(side)]

    def block_at(self, column: int, row: int) -> Block | None:
        """Return the block over a cell; None outside the city."""
        for block in self.blocks:
            if block.west <= column < block.east and block.south <= row < block.north:
                return block
        return None

    def is_built(self, street: Street, cell: int) -> bool:
        """Whether the street exists along a cell; False outside the city."""
        return 0 <= cell < CELLS and cell not in street.missing


def _positions(dice: Dice) -> list[float]:
    """Draw the places of the lines: avenues nearly regular, streets anywhere near the middle."""
    avenues = [-HALF_SIZE_M + _AVENUE_STEP * step for step in range(CELLS // 2 + 1)]
    moved = [at + dice.between(-45, 45) for at in avenues[1:-1]]
    avenues[1:-1] = moved
    lines: list[float] = []
    for low, high in itertools.pairwise(avenues):
        lines += [low, low + (high - low) * dice.between(0.44, 0.56)]
    return [*lines, avenues[-1]]


def _streets(
    drawing: Drawing, axis: Axis, dice: Dice, names: dict[str, list[Name]]
) -> list[Street]:
    streets: list[Street] = []
    for index, across_m in enumerate(_positions(dice)):
        road_class: RoadClass = "residential" if index % 2 else _CLASSES[index // 2]
        if road_class in {"primary", "secondary"}:
            name = street_name(names["avenues"].pop(), "avenue")
        elif road_class == "tertiary":
            name = street_name(names["big"].pop(), "street")
        else:
            name = street_name(names["small"].pop(), "street")
        strip = Strip(drawing, axis, across_m, -HALF_SIZE_M, HALF_SIZE_M)
        streets.append(Street(axis, index, across_m, road_class, name, strip))
    return streets


# how the four cells of a superblock (between avenues) are merged: (west, east, south, north)
_MERGES: Final[dict[str, tuple[tuple[int, int, int, int], ...]]] = {
    "four": ((0, 1, 0, 1), (1, 2, 0, 1), (0, 1, 1, 2), (1, 2, 1, 2)),
    "halves": ((0, 1, 0, 2), (1, 2, 0, 2)),
    "layers": ((0, 2, 0, 1), (0, 2, 1, 2)),
    "tee": ((0, 2, 0, 1), (0, 1, 1, 2), (1, 2, 1, 2)),
    "whole": ((0, 2, 0, 2),),
}


_FIXED_USES: Final[tuple[tuple[str, Use, int], ...]] = (
    ("four", "houses", 2),
    ("whole", "estate", 4),
    ("four", "business", 2),
)
_FREE_USES: Final[dict[Use, float]] = {"housing": 7.0, "business": 1.2, "houses": 0.3}


def _superblock_plan(dice: Dice) -> list[tuple[str, Use | None]]:
    """Deal a way of merging and a use to each superblock; every use occurs for every seed."""
    fixed: list[tuple[str, Use | None]] = [("whole", "park")]
    for merge, use, count in _FIXED_USES:
        fixed += [(merge, use)] * count
    free = (CELLS // 2) ** 2 - len(fixed)
    merges = {"four": 5.0, "tee": 2.0, "halves": 1.0, "layers": 1.0}
    mixed: list[tuple[str, Use | None]] = [(dice.weigh(merges), None) for _ in range(free)]
    dealt = dice.shuffle([*fixed, *mixed])
    park = next(number for number, (_, use) in enumerate(dealt) if use == "park")
    centre = dice.pick(_CENTRAL_SUPERBLOCKS)
    dealt[park], dealt[centre] = dealt[centre], dealt[park]
    return dealt


def _blocks(dice: Dice) -> list[Block]:
    blocks: list[Block] = []
    plan = _superblock_plan(dice)
    # three small parks, each in the first cell of a superblock of four
    of_four = [k for k, (merge, use) in enumerate(plan) if use is None and merge == "four"]
    with_park = set(dice.shuffle(of_four)[:_SMALL_PARKS])
    for number, (merge, fixed_use) in enumerate(plan):
        column, row = 2 * (number % (CELLS // 2)), 2 * (number // (CELLS // 2))
        for west, east, south, north in _MERGES[merge]:
            use: Use = dice.weigh(_FREE_USES) if fixed_use is None else fixed_use
            if number in with_park:
                use = "park"
                with_park.remove(number)
            blocks.append(
                Block(len(blocks), column + west, column + east, row + south, row + north, use)
            )
    return blocks


def _remove_merged(columns: list[Street], rows: list[Street], blocks: list[Block]) -> None:
    for block in blocks:
        for line in range(block.west + 1, block.east):
            columns[line].missing.update(range(block.south, block.north))
        for line in range(block.south + 1, block.north):
            rows[line].missing.update(range(block.west, block.east))


def lay_grid(drawing: Drawing, seed: int) -> Grid:
    """Place streets and blocks and pin the junctions; ways come later, with `draw_streets`."""
    dice = Dice(seed, "grid")
    names = {
        "avenues": dice.fork("avenues").shuffle(AVENUES),
        "big": dice.fork("big").shuffle(BIG_STREETS),
        "small": dice.fork("small").shuffle(SMALL_STREETS),
    }
    columns = _streets(drawing, "y", dice.fork("columns"), names)
    rows = _streets(drawing, "x", dice.fork("rows"), names)
    blocks = _blocks(dice.fork("blocks"))
    _remove_merged(columns, rows, blocks)
    one_way = dice.fork("one way").pick([5, 7])
    columns[one_way].one_way = True
    grid = Grid(drawing, columns, rows, blocks, {})
    _pin_junctions(grid)
    return grid


def _pin_junctions(grid: Grid) -> None:
    for column in grid.columns:
        for row in grid.rows:
            touches_column = any(grid.is_built(column, cell) for cell in (row.index - 1, row.index))
            touches_row = any(grid.is_built(row, cell) for cell in (column.index - 1, column.index))
            if not (touches_column and touches_row):
                continue
            node_id = column.strip.pin(row.across_m)
            row.strip.share(node_id)
            grid.junctions[(column.index, row.index)] = node_id


def _street_tags(street: Street, dice: Dice) -> Tags:
    tags: Tags = {"highway": street.road_class, **name_tags(street.name), "surface": "asphalt"}
    if street.is_avenue or dice.chance(0.5):
        tags["lanes"] = str(_LANES[street.road_class])
    if street.is_avenue:
        return tags | _avenue_sidewalks(street) | {"maxspeed": "60", "lit": "yes"}
    tags["maxspeed"] = "40"
    sidewalk = dice.weigh({"both": 5.0, "right": 2.0, "left": 2.0, "no": 2.0, "": 3.0})
    if sidewalk:
        tags["sidewalk"] = sidewalk
    if sidewalk in {"both", "left", "right"} and dice.chance(0.3):
        tags[f"sidewalk:{sidewalk}:width"] = dice.pick(["1.2", "1.5", "2", "1.8"])
    if sidewalk in {"both", "left", "right"} and dice.chance(0.3):
        tags[f"sidewalk:{sidewalk}:surface"] = dice.pick(["asphalt", "paving_stones"])
    if dice.chance(0.4):
        tags["smoothness"] = dice.weigh({"good": 3.0, "intermediate": 4.0, "bad": 1.0})
    if street.one_way:
        tags["oneway"] = "yes"
    return tags


def _avenue_sidewalks(street: Street) -> Tags:
    """Say that pavements are mapped apart; streets at the city's edge have one on one side."""
    if 0 < street.index < CELLS:
        return {"sidewalk": "separate"}
    left_is_outside = (street.index == 0) == (street.axis == "y")
    left, right = ("no", "separate") if left_is_outside else ("separate", "no")
    return {"sidewalk:left": left, "sidewalk:right": right}


def draw_streets(grid: Grid, seed: int) -> None:
    """Turn the street lines into ways, split where a street stops or its tags change."""
    for street in (*grid.columns, *grid.rows):
        crossing = grid.rows if street.axis == "y" else grid.columns
        dice = Dice(seed, "street tags", street.axis, street.index)
        start: int | None = None
        for cell in range(CELLS + 1):
            built = grid.is_built(street, cell)
            if start is not None and (not built or dice.chance(0.35)):
                ends = crossing[start].across_m, crossing[cell].across_m
                street.strip.draw(*ends, _street_tags(street, dice))
                start = None
            if built and start is None:
                start = cell
