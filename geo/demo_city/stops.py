"""Bus stops along the larger avenues.

Invariant: a stop lies on the kerb side of a mapped pavement; where its platform is mapped as a
way, two short paths join it to the pavement.
"""

from typing import Final

from geo.demo_city.crossings import kerb_tags
from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Drawing, Tags
from geo.demo_city.grid import Grid, Street
from geo.demo_city.names import name_tags
from geo.demo_city.pavements import BlockSide, Sides
from geo.demo_city.records import DemoStop, Name

_FROM_JUNCTION_M: Final = (48.0, 62.0, 36.0, 76.0, 90.0)  # the first that is free
_ROOM_M: Final = 10.0
_PLATFORM_HALF_M: Final = 7.0
_TOWARDS_ROAD_M: Final = 2.6
_SHARE: Final = {"primary": 0.95, "secondary": 0.8, "tertiary": 0.3, "residential": 0.0}


def _cross_street(grid: Grid, side: BlockSide) -> Street:
    """Return the street at the end of the block where the stop is: it gives the stop's name."""
    if side.street.axis == "y":
        return grid.rows[side.block.south if side.outward > 0 else side.block.north]
    return grid.columns[side.block.west if side.outward < 0 else side.block.east]


def _position(side: BlockSide, cross: Street) -> float | None:
    """Return a place near the cross street where no path or driveway is in the way."""
    from_start = abs(side.start_m - cross.across_m) < abs(side.end_m - cross.across_m)
    for distance in _FROM_JUNCTION_M:
        at = side.start_m + distance if from_start else side.end_m - distance
        low, high = at - _ROOM_M, at + _ROOM_M
        if side.pavement is None or low < side.start_m or high > side.end_m:
            continue
        if side.is_free(low, high) and side.pavement.is_clear(low, high):
            return at
    return None


def _told(stop: Tags, dice: Dice, facts: dict[str, bool]) -> Tags:
    for key, value in facts.items():
        if dice.chance(0.55):
            stop[key] = "yes" if value else "no"
    return stop


def _draw_stop(drawing: Drawing, side: BlockSide, at: float, name: Name, dice: Dice) -> DemoStop:
    shelter, bench = dice.chance(0.7), dice.chance(0.8)
    tactile, display = dice.chance(0.2), dice.chance(0.3)
    tags: Tags = {"highway": "bus_stop", "public_transport": "platform", "bus": "yes"}
    tags |= name_tags(name)
    facts = {
        "shelter": shelter,
        "bench": bench,
        "tactile_paving": tactile,
        "passenger_information_display": display,
    }
    tags = _told(tags, dice, facts)
    if dice.chance(0.25):
        tags["wheelchair"] = dice.pick(["yes", "limited", "no"])
    strip = side.pavement
    if strip is None:
        raise ValueError(side.side)  # stops stand on avenues only
    across = side.edge_m + side.outward * _TOWARDS_ROAD_M
    on_x = strip.axis == "x"

    def spot(along: float) -> tuple[float, float]:
        return (along, across) if on_x else (across, along)

    node_id = drawing.node(*spot(at), tags)
    if dice.chance(0.6):
        ends = [at - _PLATFORM_HALF_M, at + _PLATFORM_HALF_M]
        first, last = (drawing.node(*spot(end)) for end in ends)
        drawing.way(
            [first, node_id, last],
            {"highway": "platform", "public_transport": "platform", "bus": "yes"},
        )
        for end, node in zip(ends, (first, last), strict=True):
            drawing.tag(node, kerb_tags(dice) if dice.chance(0.3) else {})
            drawing.way([strip.pin(end), node], {"highway": "footway"})
    side.street.strip.pin(
        at, {"public_transport": "stop_position", "bus": "yes", **name_tags(name)}
    )
    side.cover(at, _PLATFORM_HALF_M + 2)
    side.reserved.append((at - 9, at + 9))
    return DemoStop(
        node_id=node_id,
        name=name,
        point=drawing.nodes[node_id].lonlat,
        kerb_height_mm=dice.pick([0, 50, 120, 150, 150, 180, 200]),
        clear_width_mm=dice.whole(14, 50) * 50,
        shelter=shelter,
        bench=bench,
        tactile_strip=tactile,
        display_board=display,
    )


def place_stops(grid: Grid, sides: Sides, seed: int) -> list[DemoStop]:
    """Draw the stops.

    Call it after the lanes of blocks, which stops avoid, and before buildings, whose paths keep
    clear of platforms.
    """
    stops: list[DemoStop] = []
    for (number, name), side in sides.items():
        dice = Dice(seed, "stop", number, name)
        cross = _cross_street(grid, side)
        if not cross.is_avenue or not dice.chance(_SHARE[side.street.road_class]):
            continue
        at = _position(side, cross)
        if at is not None:
            stops.append(_draw_stop(grid.drawing, side, at, cross.name, dice))
    return stops
