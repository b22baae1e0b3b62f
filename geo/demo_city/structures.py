"""Underpasses and the overpass: stairs on both sides, a passage, lifts in every state.

Built at junctions of a primary avenue with a residential street, in place of the crossing on
the level. Invariant: nothing but the stairs and the lifts joins the passage to the street.
"""

from dataclasses import dataclass
from typing import Final, Literal

from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Drawing, Tags
from geo.demo_city.grid import Grid, Side, Street
from geo.demo_city.names import name_tags
from geo.demo_city.pavements import BlockSide, Sides
from geo.demo_city.records import DemoLift, DemoStructure, Name

LiftState = Literal["working", "key", "out_of_order", "hours"]

_INWARD_M: Final = 3.2  # from the pavement's middle into the block
_STAIRS_M: Final = 11.0
_FROM_JUNCTION_M: Final = 16.0
_LIFT_TAGS: Final[dict[LiftState, Tags]] = {
    "working": {"access": "yes", "wheelchair": "yes"},
    "key": {
        "access": "permissive",
        "locked": "yes",
        "description": "Кілт әкімдікте / ключ в акимате / key at the akimat",
        "wheelchair": "limited",
    },
    "out_of_order": {"access": "no", "operational_status": "out_of_order", "wheelchair": "no"},
    "hours": {"access": "yes", "opening_hours": "Mo-Su 07:00-22:00", "wheelchair": "yes"},
}


@dataclass(frozen=True)
class Site:
    """Where a structure stands and what its two lifts are like (None: no lift)."""

    kind: Literal["underpass", "overpass"]
    avenue: Street
    cross: Street
    lifts: tuple[LiftState | None, LiftState | None]

    @property
    def junction(self) -> tuple[int, int]:
        """The (column, row) of the junction."""
        if self.avenue.axis == "y":
            return self.avenue.index, self.cross.index
        return self.cross.index, self.avenue.index

    @property
    def level(self) -> int:
        """The passage's level."""
        return -1 if self.kind == "underpass" else 1


_PLANNED: Final[tuple[tuple[str, LiftState | None, LiftState | None], ...]] = (
    ("underpass", "working", "working"),
    ("underpass", "key", "out_of_order"),
    ("underpass", None, None),
    ("overpass", "hours", "hours"),
)


def choose_sites(grid: Grid, seed: int) -> list[Site]:
    """Draw the places: primary avenues where they meet residential streets."""
    dice = Dice(seed, "structures")
    pairs: list[tuple[Street, Street]] = []
    for avenue, others in ((grid.columns[6], grid.rows), (grid.rows[6], grid.columns)):
        pairs += [(avenue, other) for other in others if other.index in {3, 5, 7, 9}]
    chosen = dice.shuffle(pairs)[: len(_PLANNED)]
    return [
        Site("overpass" if kind == "overpass" else "underpass", avenue, cross, (first, second))
        for (avenue, cross), (kind, first, second) in zip(chosen, _PLANNED, strict=True)
    ]


def _sides_of(site: Site, grid: Grid, sides: Sides) -> tuple[BlockSide, BlockSide]:
    """Return the block sides before and after the avenue, on the high side of the cross street."""
    avenue, cross = site.avenue.index, site.cross.index
    names: tuple[Side, Side] = ("east", "west") if site.avenue.axis == "y" else ("north", "south")
    if site.avenue.axis == "y":
        blocks = grid.block_at(avenue - 1, cross), grid.block_at(avenue, cross)
    else:
        blocks = grid.block_at(cross, avenue - 1), grid.block_at(cross, avenue)
    first, second = (block for block in blocks if block is not None)
    return sides[first.number, names[0]], sides[second.number, names[1]]


class Builder:
    """Draws one structure."""

    def __init__(self, drawing: Drawing, site: Site, seed: int) -> None:
        self._drawing = drawing
        self._site = site
        self._dice = Dice(seed, "structure", *site.junction)
        self._steps = self._dice.whole(22, 30)
        self._ways: list[int] = []
        self._lifts: list[DemoLift] = []

    def build(self, pair: tuple[BlockSide, BlockSide]) -> DemoStructure:
        """Draw stairs and lift on both sides and the passage between."""
        site = self._site
        at = max(side.start_m for side in pair) + _FROM_JUNCTION_M
        ends = [self._end(side, at, state) for side, state in zip(pair, site.lifts, strict=True)]
        self._ways.append(self._drawing.way(ends, self._passage_tags()))
        name = site.cross.name
        return DemoStructure(
            kind=site.kind,
            name=_structure_name(site.kind, name),
            point=self._drawing.nodes[ends[0]].lonlat,
            way_ids=tuple(self._ways),
            step_count=self._steps,
            lifts=tuple(self._lifts),
        )

    def _passage_tags(self) -> Tags:
        level = str(self._site.level)
        tags: Tags = {"highway": "footway", "layer": level, "level": level, "width": "4"}
        tags["tunnel" if self._site.level < 0 else "bridge"] = "yes"
        tags |= {"lit": "yes", "surface": "concrete"}
        return tags | name_tags(_structure_name(self._site.kind, self._site.cross.name))

    def _spot(self, side: BlockSide, along: float) -> tuple[float, float]:
        across = side.edge_m - side.outward * _INWARD_M
        return (along, across) if side.street.axis == "x" else (across, along)

    def _end(self, side: BlockSide, at: float, lift: LiftState | None) -> int:
        """Draw one side; return the node where the passage begins."""
        drawing, site, dice = self._drawing, self._site, self._dice
        if side.pavement is None:
            raise ValueError(side.side)  # avenues have pavements
        side.reserved.append((at - 3, at + _STAIRS_M + 7))
        top = drawing.node(*self._spot(side, at))
        bottom = drawing.node(*self._spot(side, at + _STAIRS_M))
        drawing.way([side.pavement.pin(at), top], {"highway": "footway"})
        levels = ";".join(str(level) for level in sorted((0, site.level)))
        tags: Tags = {
            "highway": "steps",
            "step_count": str(self._steps),
            "incline": "down" if site.level < 0 else "up",
            "level": levels,
            "layer": str(site.level),
            "handrail": "yes",
            "ramp:wheelchair": "no",
        }
        if dice.chance(0.6):
            tags["ramp:stroller"] = "yes"
        if dice.chance(0.5):
            tags["tactile_paving"] = dice.pick(["yes", "no"])
        self._ways.append(drawing.way([top, bottom], tags))
        if lift is not None:
            self._lift(side, at + _STAIRS_M + 4, bottom, lift)
        return bottom

    def _lift(self, side: BlockSide, at: float, passage: int, state: LiftState) -> None:
        drawing, dice, level = self._drawing, self._dice, self._site.level
        levels = ";".join(str(value) for value in sorted((0, level)))
        tags: Tags = {"highway": "elevator", "level": levels} | _LIFT_TAGS[state]
        door_mm, depth_mm = dice.pick([800, 900, 900, 1000]), dice.pick([1100, 1400, 2100])
        if dice.chance(0.5):
            tags |= {"width": f"{door_mm / 1000:g}", "length": f"{depth_mm / 1000:g}"}
        node_id = drawing.node(*self._spot(side, at), tags)
        if side.pavement is not None:
            drawing.way([side.pavement.pin(at), node_id], {"highway": "footway", "level": "0"})
        link = {"highway": "footway", "layer": str(level), "level": str(level)}
        link["tunnel" if level < 0 else "bridge"] = "yes"
        self._ways.append(drawing.way([node_id, passage], link))
        point = drawing.nodes[node_id].lonlat
        self._lifts.append(DemoLift(node_id, point, state, door_mm, depth_mm))


def _structure_name(kind: str, street: Name) -> Name:
    if kind == "underpass":
        return Name(
            f"Жерасты өткелі, {street.kk}",
            f"Подземный переход, {street.ru}",
            f"Underpass, {street.en}",
        )
    return Name(
        f"Жерүсті өткелі, {street.kk}",
        f"Надземный переход, {street.ru}",
        f"Overpass, {street.en}",
    )


def build_structures(grid: Grid, sides: Sides, sites: list[Site], seed: int) -> list[DemoStructure]:
    """Draw the chosen structures; call it before buildings, whose paths keep clear of stairs."""
    return [Builder(grid.drawing, site, seed).build(_sides_of(site, grid, sides)) for site in sites]
