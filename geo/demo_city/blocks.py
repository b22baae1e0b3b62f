"""The inside of blocks: rows of lots, courtyard lanes between them, footpaths through.

A block is laid out in its own frame: u runs along the rows, v across them. Rows come in pairs
with a lane between; pairs stand back to back over a strip of green. Invariant: lots do not
overlap each other, lanes or footpaths, so buildings inside their lots cannot either.
"""

import itertools
from dataclasses import dataclass, field
from typing import Final, Literal

from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Drawing, Point, Strip, Tags
from geo.demo_city.grid import Axis, Block, Side
from geo.demo_city.names import HOUSE_STREETS, name_tags, street_name
from geo.demo_city.pavements import BlockSide, Sides, incline_tag
from geo.demo_city.records import Name
from geo.demo_city.terrain import HALF_SIZE_M, height_m

LotUse = Literal["front", "inner", "house", "campus"]

_SETBACK_M: Final = 7.0
_SIDE_GAP_M: Final = 5.0
_CORRIDOR_M: Final = 9.0
_DEAD_END_M: Final = 6.0
_NUMBERS_PER_BLOCK: Final = 10
_STEEP_SOUTH_M: Final = -HALF_SIZE_M / 3


@dataclass(frozen=True)
class RowPlan:
    """Measures of one kind of block, metres."""

    depth: float
    lane_gap: float
    green: float
    section: float
    lot_min: float
    lot_max: float


_PLANS: Final[dict[str, RowPlan]] = {
    "housing": RowPlan(14, 32, 30, 115, 46, 90),
    "estate": RowPlan(13, 36, 32, 125, 55, 100),
    "business": RowPlan(24, 34, 16, 110, 36, 58),
    "houses": RowPlan(26, 11, 3, 400, 21, 31),
}


@dataclass
class Frame:
    """Turns a block's (u, v) into plan metres and names its sides."""

    axis: Axis
    low: BlockSide
    high: BlockSide
    left: BlockSide
    right: BlockSide

    @property
    def u_range(self) -> tuple[float, float]:
        """The buildable range along the rows."""
        return self.left.edge_m + _SETBACK_M, self.right.edge_m - _SETBACK_M

    @property
    def v_range(self) -> tuple[float, float]:
        """The buildable range across the rows."""
        return self.low.edge_m + _SETBACK_M, self.high.edge_m - _SETBACK_M

    def point(self, u: float, v: float) -> Point:
        """Return plan metres."""
        return (u, v) if self.axis == "x" else (v, u)

    def strip(self, drawing: Drawing, v: float, u0: float, u1: float) -> Strip:
        """Make a strip along the rows."""
        return Strip(drawing, self.axis, v, u0, u1)

    def cross_strip(self, drawing: Drawing, u: float, v0: float, v1: float) -> Strip:
        """Make a strip across the rows."""
        return Strip(drawing, "y" if self.axis == "x" else "x", u, v0, v1)


@dataclass
class Lane:
    """A driveway or small street between two rows."""

    strip: Strip
    name: Name | None
    ways: list[int] = field(default_factory=list)


@dataclass
class Lot:
    """Room for one building. `facing` is the direction of v from the lot to its lane.

    `street` is the block side behind the lot, or None for lots inside the block. Campus lots
    have no lane: they face the street.
    """

    block: Block
    frame: Frame
    use: LotUse
    u0: float
    u1: float
    v0: float
    v1: float
    facing: int
    lane: Lane | None
    street: BlockSide | None
    near: BlockSide

    @property
    def centre(self) -> Point:
        """The middle of the lot, plan metres."""
        return self.frame.point((self.u0 + self.u1) / 2, (self.v0 + self.v1) / 2)


@dataclass
class BlockPlan:
    """What was laid out in one block."""

    block: Block
    frame: Frame
    lots: list[Lot] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    footpaths: list[list[int]] = field(default_factory=list)
    stairs: list[int] = field(default_factory=list)
    greens: list[tuple[float, float, float, float]] = field(default_factory=list)


def _frame(block: Block, sides: Sides, dice: Dice) -> Frame:
    def side(name: Side) -> BlockSide:
        return sides[block.number, name]

    if block.use == "houses" or dice.chance(0.72):
        return Frame("x", side("south"), side("north"), side("west"), side("east"))
    return Frame("y", side("west"), side("east"), side("south"), side("north"))


def _sections(plan: RowPlan, frame: Frame) -> list[tuple[float, float]]:
    u0, u1 = frame.u_range
    count = max(1, round((u1 - u0) / plan.section))
    width = (u1 - u0 - (count - 1) * _CORRIDOR_M) / count
    return [
        (u0 + k * (width + _CORRIDOR_M), u0 + k * (width + _CORRIDOR_M) + width)
        for k in range(count)
    ]


def _split(low: float, high: float, plan: RowPlan, dice: Dice) -> list[tuple[float, float]]:
    """Cut a stretch of row into lots with gaps between."""
    target = dice.between(plan.lot_min, plan.lot_max)
    count = max(1, round((high - low) / target))
    width = (high - low) / count
    half_gap = 1.5 if plan.lot_max < 30 else _SIDE_GAP_M  # noqa: PLR2004 - small houses
    return [(low + k * width + half_gap, low + (k + 1) * width - half_gap) for k in range(count)]


class BlockBuilder:
    """Lays out one block: lanes first, then footpaths, then lots."""

    def __init__(
        self, drawing: Drawing, block: Block, sides: Sides, seed: int, *, campus: int
    ) -> None:
        self._drawing = drawing
        self._dice = Dice(seed, "block", block.number)
        self._frame = _frame(block, sides, self._dice)
        self._plan = _PLANS[block.use]
        self._block = block
        self._campus_left = campus
        self._sections = _sections(self._plan, self._frame)
        self.result = BlockPlan(block, self._frame)

    def build(self, house_street: Name | None = None, first_number: int = 1) -> BlockPlan:
        """Lay the block out.

        `house_street` is the base name for streets of small houses, numbered from
        `first_number`.
        """
        plan = self._plan
        v0, v1 = self._frame.v_range
        pair = 2 * plan.depth + plan.lane_gap
        pairs = max(1, int((v1 - v0 + plan.green) / (pair + plan.green)))
        spare = (v1 - v0 - pairs * pair) / max(1, pairs - 1) if pairs > 1 else 0.0
        stretch = (v1 - v0 - pair) if pairs == 1 else 0.0
        low = v0
        lane_rows: list[tuple[float, float, float]] = []
        for _ in range(pairs):
            lane_rows.append((low, low + pair / 2 + stretch / 2, low + pair + stretch))
            low += pair + spare
        for number, (_, lane_v, _) in enumerate(lane_rows):
            name = None
            if house_street is not None:
                name = street_name(house_street, "street", first_number + number)
            self._lane(lane_v, name)
        if self._block.use != "houses":
            for (_, left), (right, _) in zip(self._sections, self._sections[1:], strict=False):
                self._footpath((left + right) / 2)
        for number, (low_v, _, high_v) in enumerate(lane_rows):
            self._rows(number, low_v, high_v, last=number == len(lane_rows) - 1)
        self._join_dead_ends()
        for (_, _, top), (bottom, _, _) in itertools.pairwise(lane_rows):
            for left, right in self._sections:
                self.result.greens.append((left, top, right, bottom))
        return self.result

    def _opens(self, side: BlockSide, other: BlockSide) -> bool:
        """Whether the lane reaches the street on a side."""
        if side.street.road_class == "primary":
            return other.street.road_class == "primary"
        return self._dice.chance(0.8) or not other.street.is_avenue

    def _lane(self, v: float, name: Name | None) -> None:
        frame = self._frame
        left_open = self._opens(frame.left, frame.right)
        right_open = not left_open or self._opens(frame.right, frame.left)
        u0, u1 = frame.u_range
        start = frame.left.street.across_m if left_open else u0 + _DEAD_END_M
        end = frame.right.street.across_m if right_open else u1 - _DEAD_END_M
        strip = frame.strip(self._drawing, v, start, end)
        for is_open, side in ((left_open, frame.left), (right_open, frame.right)):
            if is_open:
                for node_id in side.through(v):
                    strip.share(node_id)
        self.result.lanes.append(Lane(strip, name))

    def _join_dead_ends(self) -> None:
        """Let walkers through from most dead ends of lanes to the pavement beyond."""
        frame = self._frame
        u0, u1 = frame.u_range
        for lane in self.result.lanes:
            ends = (
                (lane.strip.start_m, u0 + _DEAD_END_M, frame.left),
                (lane.strip.end_m, u1 - _DEAD_END_M, frame.right),
            )
            for end, dead_end, side in ends:
                if end == dead_end and self._dice.chance(0.7):
                    path = [lane.strip.pin(end), side.reach(lane.strip.across_m)]
                    self._drawing.way(path, {"highway": "footway"})

    def _footpath(self, u: float) -> None:
        """Lay a path through the block from one side to the other, over the lanes."""
        frame = self._frame
        start, end = frame.low.reach(u), frame.high.reach(u)
        path = [start]
        previous = frame.low.edge_m
        for lane in self.result.lanes:
            middle = (previous + lane.strip.across_m) / 2
            path.append(self._drawing.node(*frame.point(u, middle)))
            path.append(lane.strip.pin(u))
            previous = lane.strip.across_m
        path.append(self._drawing.node(*frame.point(u, (previous + frame.high.edge_m) / 2)))
        path.append(end)
        self._draw_footpath(path)

    def _draw_footpath(self, path: list[int]) -> None:
        dice = self._dice
        pieces = [path]
        south = self._drawing.spot(path[0])[1]
        if self._frame.axis == "x" and south < _STEEP_SOUTH_M and dice.chance(0.6):
            pieces = self._with_stairs(path)
        tags: Tags = {"highway": "footway"}
        tags["surface"] = dice.weigh({"asphalt": 4, "paving_stones": 2, "concrete": 1, "gravel": 1})
        for piece in pieces:
            if len(piece) > 1:
                own = incline_tag(self._drawing, piece, dice, 0.25)
                if dice.chance(0.3):
                    own["width"] = dice.pick(["1.2", "1.5", "1.5", "2"])
                if dice.chance(0.25):
                    own["smoothness"] = dice.weigh({"good": 3, "intermediate": 4, "bad": 2})
                self._drawing.way(piece, tags | own)
        self.result.footpaths.append(path)

    def _with_stairs(self, path: list[int]) -> list[list[int]]:
        """Put a flight of steps into the last free stretch; return the level pieces around it."""
        dice = self._dice
        before, after = path[-2], path[-1]
        (x, low), (_, high) = self._drawing.spot(before), self._drawing.spot(after)
        run = min(9.0, (high - low) / 2)
        foot = self._drawing.node(x, low + run)
        drop_m = abs(height_m(x, low + run) - height_m(x, low)) + dice.between(0.9, 1.8)
        tags: Tags = {"highway": "steps", "step_count": str(round(drop_m / 0.15))}
        tags["incline"] = "down"
        tags["surface"] = dice.pick(["concrete", "paving_stones"])
        if dice.chance(0.7):
            tags["handrail"] = dice.pick(["yes", "no", "no"])
        if dice.chance(0.6):
            tags["ramp:wheelchair"] = dice.pick(["no", "no", "yes"])
        if dice.chance(0.4):
            tags["ramp:stroller"] = "yes"
        self.result.stairs.append(self._drawing.way([before, foot], tags))
        return [path[:-1], [foot, after]]

    def _rows(self, number: int, low_v: float, high_v: float, *, last: bool) -> None:
        frame = self._frame
        for section, (u0, u1) in enumerate(self._sections):
            is_first = number == 0
            if self._takes_campus(section, is_first=is_first, last=last):
                street = frame.low if is_first else frame.high
                self._campus(u0, u1, low_v, high_v, street)
                continue
            self._row(u0, u1, low_v, 1, frame.low if is_first else None)
            self._row(u0, u1, high_v, -1, frame.high if last else None)

    def _takes_campus(self, section: int, *, is_first: bool, last: bool) -> bool:
        """Whether a section's pair of rows becomes one big lot; its lane then ends before it."""
        at_end = section == len(self._sections) - 1 and section > 0
        if not self._campus_left or not at_end or not (is_first or last):
            return False
        self._campus_left -= 1
        lane = self.result.lanes[0 if is_first else -1]
        lane.strip.end_m = min(lane.strip.end_m, self._sections[-1][0] - _CORRIDOR_M / 2)
        return True

    def _campus(self, u0: float, u1: float, v0: float, v1: float, street: BlockSide) -> None:
        facing = -1 if street is self._frame.low else 1
        self.result.lots.append(
            Lot(self._block, self._frame, "campus", u0, u1, v0, v1, facing, None, street, street)
        )

    def _row(
        self, u0: float, u1: float, edge: float, facing: int, street: BlockSide | None
    ) -> None:
        frame, plan = self._frame, self._plan
        lane = min(self.result.lanes, key=lambda lane: abs(lane.strip.across_m - edge))
        v0, v1 = sorted((edge, edge + facing * plan.depth))
        use: LotUse = "front" if street is not None else "inner"
        if self._block.use == "houses":
            use = "house"
        middle = sum(frame.v_range) / 2
        near = street or (frame.low if edge < middle else frame.high)
        for start, end in _split(u0, u1, plan, self._dice):
            lot = Lot(self._block, frame, use, start, end, v0, v1, facing, lane, street, near)
            self.result.lots.append(lot)


def lay_blocks(drawing: Drawing, blocks: list[Block], sides: Sides, seed: int) -> list[BlockPlan]:
    """Lay out all blocks but parks, with about one campus lot in every second block."""
    dice = Dice(seed, "blocks")
    house_names = dice.fork("names").shuffle(HOUSE_STREETS)
    plans: list[BlockPlan] = []
    used = 0
    for block in blocks:
        if block.use == "park":
            continue
        campus = {"estate": 2, "houses": 0}.get(block.use, int(dice.chance(0.75)))
        builder = BlockBuilder(drawing, block, sides, seed, campus=campus)
        if block.use == "houses":
            first_number = 1 + _NUMBERS_PER_BLOCK * (used // len(house_names))
            plans.append(builder.build(house_names[used % len(house_names)], first_number))
            used += 1
            continue
        plans.append(builder.build())
    return plans


def draw_lanes(drawing: Drawing, plans: list[BlockPlan], seed: int) -> None:
    """Turn lanes into ways; call it when every path that meets them is pinned."""
    for plan in plans:
        dice = Dice(seed, "lanes", plan.block.number)
        for lane in plan.lanes:
            tags = _lane_tags(lane, dice)
            refs = lane.strip.refs(lane.strip.start_m, lane.strip.end_m)
            tags |= incline_tag(drawing, refs, dice, 0.1)
            lane.ways.append(drawing.way(refs, tags))


def _lane_tags(lane: Lane, dice: Dice) -> Tags:
    if lane.name is not None:
        tags: Tags = {"highway": dice.pick(["living_street", "residential"])}
        tags |= name_tags(lane.name)
        tags["surface"] = dice.weigh({"asphalt": 5.0, "gravel": 2.0, "ground": 1.0})
        if tags["highway"] == "residential" and dice.chance(0.6):
            tags["sidewalk"] = dice.pick(["no", "no", "right"])
        return tags
    tags = {"highway": "service"}
    if dice.chance(0.4):
        tags["service"] = "driveway"
    if dice.chance(0.5):
        tags["surface"] = dice.weigh({"asphalt": 6.0, "concrete": 1.0, "gravel": 1.0})
    if dice.chance(0.15):
        tags["smoothness"] = dice.weigh({"intermediate": 3.0, "bad": 3.0, "very_bad": 1.0})
    return tags
