"""What fills courtyards: parking with bays for disabled people, playgrounds, trees.

Invariant: nothing here lies on a lane, a footpath or a building.
"""

from typing import Final

from geo.demo_city.blocks import BlockPlan, Lane
from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Drawing, Tags

_LANE_SIDE_M: Final = 3.4
_BAY_DEPTH_M: Final = 5.4
_BAY_WIDTH_M: Final = 2.6
_DISABLED_BAY_M: Final = 3.7


def furnish(drawing: Drawing, plans: list[BlockPlan], seed: int) -> None:
    """Draw parking beside lanes and playgrounds and trees in the green strips."""
    for plan in plans:
        dice = Dice(seed, "courtyard", plan.block.number)
        if plan.block.use != "houses":
            for lane in plan.lanes:
                for side in (-1, 1):
                    if dice.chance(0.5):
                        _parking(drawing, plan, lane, side, dice)
        for green in plan.greens:
            _green(drawing, plan, green, dice)


def _parking(drawing: Drawing, plan: BlockPlan, lane: Lane, side: int, dice: Dice) -> None:
    bays = dice.whole(5, 12)
    length = bays * _BAY_WIDTH_M
    low, high = lane.strip.start_m + 25, lane.strip.end_m - 25 - length
    if high <= low:
        return
    start = dice.between(low, high)
    if not lane.strip.is_clear(start - 1.5, start + length + 1.5):
        return
    near = lane.strip.across_m + side * _LANE_SIDE_M
    far = near + side * _BAY_DEPTH_M
    frame = plan.frame
    tags: Tags = {"amenity": "parking", "parking": "surface"}
    if dice.chance(0.6):
        tags["capacity"] = str(bays)
    disabled = dice.weigh({0: 3.0, 1: 3.0, 2: 1.0})
    if disabled or dice.chance(0.2):
        tags["capacity:disabled"] = str(disabled)
    spots = ((start, near), (start + length, near), (start + length, far), (start, far))
    drawing.ring([frame.point(*spot) for spot in spots], tags)
    for bay in range(disabled):
        middle = start + (bay + 0.5) * _DISABLED_BAY_M
        own: Tags = {
            "amenity": "parking_space",
            "parking_space": "disabled",
            "access": "no",
            "disabled": "designated",
        }
        if dice.chance(0.5):
            own |= {"width": dice.pick(["2.5", "3.6", "3.7"]), "length": "5.4"}
        drawing.node(*frame.point(middle, (near + far) / 2), own)


def _green(
    drawing: Drawing, plan: BlockPlan, green: tuple[float, float, float, float], dice: Dice
) -> None:
    u0, v0, u1, v1 = green
    frame = plan.frame
    height = v1 - v0
    if height > 12 and dice.chance(0.45):  # noqa: PLR2004 - room for a playground
        u = dice.between(u0 + 12, u1 - 12)
        half = min(height / 2 - 3, 10.0)
        v = (v0 + v1) / 2
        kind = dice.weigh({"playground": 3.0, "pitch": 1.0})
        spots = ((u - 9, v - half), (u + 9, v - half), (u + 9, v + half), (u - 9, v + half))
        drawing.ring([frame.point(*spot) for spot in spots], {"leisure": kind})
    if height < 6:  # noqa: PLR2004 - a fence between gardens, no trees
        return
    for _ in range(dice.whole(2, 7)):
        u, v = dice.between(u0 + 2, u1 - 2), dice.between(v0 + 2.5, v1 - 2.5)
        drawing.node(*frame.point(u, v), {"natural": "tree"})
