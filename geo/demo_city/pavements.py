"""The edges of blocks: pavements along avenues and ditches (aryks) along all streets.

A block side is what a path from a door meets: on an avenue a pavement of its own, elsewhere the
street itself. Invariant: whatever crosses a side does it through `reach` or `through`, so the
ditch gets a culvert there and the network stays joined.
"""

import itertools
from dataclasses import dataclass, field
from typing import Final

from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Drawing, Strip, Tags
from geo.demo_city.grid import DITCH_GAP_M, Block, Grid, Side, Street

SIDES: Final[tuple[Side, ...]] = ("south", "north", "west", "east")
_CULVERT_HALF_M: Final = 2.5
_DITCH_END_M: Final = 5.0
_PIECE_MIN_M: Final = 45.0

_SURFACES: Final = {"asphalt": 4.0, "paving_stones": 5.0, "concrete": 1.0}
_SMOOTHNESS: Final = {
    "excellent": 1.0,
    "good": 4.0,
    "intermediate": 3.0,
    "bad": 1.2,
    "very_bad": 0.3,
}
_WIDTHS: Final = {"1.2": 0.6, "1.5": 2.0, "2": 3.0, "2.5": 3.0, "3": 2.0, "4": 1.0}


@dataclass
class BlockSide:
    """One side of a block. `outward` is +1 where the street lies north or east of the block."""

    block: Block
    side: Side
    street: Street
    outward: int
    start_m: float
    end_m: float
    pavement: Strip | None
    ditch: Strip | None
    culverts: list[tuple[float, float]] = field(default_factory=list)
    reserved: list[tuple[float, float]] = field(default_factory=list)

    @property
    def across_m(self) -> float:
        """Where a path from the block ends: the pavement's middle, or the street's."""
        return self.pavement.across_m if self.pavement else self.street.across_m

    @property
    def edge_m(self) -> float:
        """The pavement's middle line, or the carriageway's edge where there is no pavement."""
        return self.street.across_m - self.outward * self.street.pavement_offset_m

    def cover(self, along_m: float, half_m: float = _CULVERT_HALF_M) -> None:
        """Lay the ditch in a culvert around a position."""
        self.culverts.append((along_m - half_m, along_m + half_m))

    def reach(self, along_m: float) -> int:
        """Return the node where a footpath from the block joins the walking network."""
        if self.pavement is not None:
            return self.pavement.pin(along_m)
        self.cover(along_m, 1.5)
        return self.street.strip.pin(along_m)

    def through(self, along_m: float) -> list[int]:
        """Return the nodes of a driveway from the block's edge to the middle of the street."""
        self.cover(along_m, 4.0)
        street = self.street.strip.pin(along_m)
        return [self.pavement.pin(along_m), street] if self.pavement else [street]

    def is_free(self, low_m: float, high_m: float) -> bool:
        """Whether nothing is reserved beside the pavement (stairs to an underpass)."""
        return all(high_m < low or low_m > high for low, high in self.reserved)


def _make_side(grid: Grid, block: Block, side: Side, dice: Dice) -> BlockSide:
    street = grid.street(block, side)
    outward = 1 if side in {"north", "east"} else -1
    before: Side = "west" if street.axis == "x" else "south"
    after: Side = "east" if street.axis == "x" else "north"
    low, high = grid.street(block, before), grid.street(block, after)
    start_m = low.across_m + low.pavement_offset_m
    end_m = high.across_m - high.pavement_offset_m
    edge_m = street.across_m - outward * street.pavement_offset_m
    drawing = grid.drawing
    pavement = Strip(drawing, street.axis, edge_m, start_m, end_m) if street.is_avenue else None
    has_ditch = street.is_avenue or (outward < 0 and dice.chance(0.7))
    ditch = None
    if has_ditch:
        ditch_m = street.across_m - outward * (street.half_width_m + DITCH_GAP_M)
        ditch = Strip(drawing, street.axis, ditch_m, start_m + _DITCH_END_M, end_m - _DITCH_END_M)
    return BlockSide(block, side, street, outward, start_m, end_m, pavement, ditch)


def _share_corners(sides: dict[Side, BlockSide]) -> None:
    for along in ("south", "north"):
        for across in ("west", "east"):
            first, second = sides[along].pavement, sides[across].pavement
            if first is None or second is None:
                continue
            second.share(first.pin(second.across_m))


Sides = dict[tuple[int, Side], BlockSide]


def lay_sides(grid: Grid, seed: int) -> Sides:
    """Make the four sides of every block; corners of two pavements share their node."""
    made: Sides = {}
    for block in grid.blocks:
        dice = Dice(seed, "side", block.number)
        sides = {side: _make_side(grid, block, side, dice) for side in SIDES}
        _share_corners(sides)
        for side, block_side in sides.items():
            made[block.number, side] = block_side
    return made


def incline_tag(drawing: Drawing, refs: list[int], dice: Dice, share: float) -> Tags:
    """Tag the ground's incline on a share of the ways, rounded to half a percent."""
    percent = drawing.incline_percent(refs[0], refs[-1])
    if percent is None or not dice.chance(share):
        return {}
    rounded = round(2 * percent) / 2
    return {"incline": f"{rounded:g}%"}


def _pavement_tags(dice: Dice) -> Tags:
    tags: Tags = {"highway": "footway", "footway": "sidewalk"}
    if dice.chance(0.75):
        tags["surface"] = dice.weigh(_SURFACES)
    if dice.chance(0.45):
        tags["width"] = dice.weigh(_WIDTHS)
    if dice.chance(0.35):
        tags["smoothness"] = dice.weigh(_SMOOTHNESS)
    if dice.chance(0.12):
        tags["tactile_paving"] = dice.pick(["yes", "no"])
    if dice.chance(0.3):
        tags["lit"] = "yes"
    if dice.chance(0.05):
        tags["incline:across"] = dice.pick(["1.5%", "2%", "3%", "4%"])
    return tags


def _cuts(side: BlockSide, dice: Dice) -> list[float]:
    length = side.end_m - side.start_m
    pieces = max(1, min(int(length / _PIECE_MIN_M), dice.whole(1, 3)))
    step = length / pieces
    inner = [side.start_m + step * (k + dice.between(-0.2, 0.2)) for k in range(1, pieces)]
    return [side.start_m, *inner, side.end_m]


def draw_sides(drawing: Drawing, sides: Sides, seed: int) -> None:
    """Turn pavements and ditches into ways; call it when everything is pinned."""
    for (number, name), side in sides.items():
        dice = Dice(seed, "pavement", number, name)
        if side.pavement is not None:
            cuts = _cuts(side, dice)
            for low, high in itertools.pairwise(cuts):
                tags = _pavement_tags(dice)
                refs = side.pavement.refs(low, high)
                tags |= incline_tag(drawing, refs, dice, 0.35)
                side.pavement.draw(low, high, tags)
        if side.ditch is not None:
            _draw_ditch(side, side.ditch, dice)


def _draw_ditch(side: BlockSide, ditch: Strip, dice: Dice) -> None:
    kind = "drain" if side.street.is_avenue and dice.chance(0.6) else "ditch"
    low = ditch.start_m
    for start, end in _merged(side.culverts, ditch.start_m, ditch.end_m):
        if start > low:
            ditch.draw(low, start, {"waterway": kind})
        ditch.draw(start, end, {"waterway": kind, "tunnel": "culvert", "layer": "-1"})
        low = end
    if low < ditch.end_m:
        ditch.draw(low, ditch.end_m, {"waterway": kind})


def _merged(
    spans: list[tuple[float, float]], start_m: float, end_m: float
) -> list[tuple[float, float]]:
    """Join overlapping spans, keep what lies inside, and drop slivers under two metres."""
    joined: list[list[float]] = []
    for low, high in sorted(spans):
        low, high = max(low, start_m), min(high, end_m)  # noqa: PLW2901 - clipped in place
        if high - low < 2.0:  # noqa: PLR2004 - the sliver of the docstring
            continue
        if joined and low <= joined[-1][1] + 2.0:
            joined[-1][1] = max(joined[-1][1], high)
        else:
            joined.append([low, high])
    snapped = []
    for low, high in joined:
        snapped.append(
            (start_m if low - start_m < 2.0 else low, end_m if end_m - high < 2.0 else high)  # noqa: PLR2004
        )
    return snapped
