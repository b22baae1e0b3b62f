"""Planted difficulties for routers: one of each kind, changed into or added to the drawing.

Invariant: every trap is listed with the objects that make it, so a test or a demo can go there.
"""

from collections.abc import Iterable
from typing import Final

from geo.demo_city.blocks import BlockPlan
from geo.demo_city.crossings import Crossings
from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Tags
from geo.demo_city.grid import Grid
from geo.demo_city.pavements import BlockSide, Sides
from geo.demo_city.records import DemoTrap
from geo.demo_city.terrain import HALF_SIZE_M

_MIN_LENGTH_M: Final = 50.0
_UPHILL_SOUTH_M: Final = -HALF_SIZE_M / 3
_PAVEMENT_TRAPS: Final[dict[str, Tags]] = {
    "narrow_pavement": {"width": "0.7"},
    "broken_surface": {"surface": "asphalt", "smoothness": "very_horrible"},
    "loose_surface": {"surface": "gravel", "smoothness": "very_bad"},
    "cross_slope": {"incline:across": "8%"},
}
_STEEP_PERCENT: Final = 11


class TrapPlanter:
    """Plants traps; every pavement piece is used once."""

    def __init__(self, grid: Grid, sides: Sides, seed: int) -> None:
        self._grid = grid
        self._drawing = grid.drawing
        self._sides = sides
        self._dice = Dice(seed, "traps")
        self._taken: set[int] = set()
        self.traps: list[DemoTrap] = []

    def _add(
        self, kind: str, node_id: int, ways: Iterable[int] = (), nodes: Iterable[int] = ()
    ) -> None:
        point = self._drawing.nodes[node_id].lonlat
        self.traps.append(DemoTrap(kind, point, tuple(ways), tuple(nodes)))

    def _pieces(self, sides: Iterable[BlockSide]) -> list[int]:
        """List long pavement pieces not used yet, in a drawn order."""
        found = []
        for side in sides:
            for way_id in side.pavement.ways if side.pavement else []:
                refs = self._drawing.ways[way_id].refs
                (x0, y0), (x1, y1) = self._drawing.spot(refs[0]), self._drawing.spot(refs[-1])
                if abs(x1 - x0) + abs(y1 - y0) > _MIN_LENGTH_M and way_id not in self._taken:
                    found.append(way_id)
        return self._dice.shuffle(found)

    def pavements(self) -> None:
        """Change tags of single pavement pieces."""
        for kind, tags in _PAVEMENT_TRAPS.items():
            way_id = self._pieces(self._sides.values())[0]
            self._change(kind, way_id, tags)
        uphill = [
            side
            for side in self._sides.values()
            if side.street.axis == "y" and side.start_m < _UPHILL_SOUTH_M
        ]
        # ways along this axis run north, downhill
        self._change("steep_stretch", self._pieces(uphill)[0], {"incline": f"-{_STEEP_PERCENT}%"})

    def _change(self, kind: str, way_id: int, tags: Tags) -> None:
        self._taken.add(way_id)
        way = self._drawing.ways[way_id]
        way.tags |= tags
        self._add(kind, way.refs[len(way.refs) // 2], [way_id])

    def raised_kerbs(self, crossings: Crossings) -> None:
        """Raise all kerbs around the block that has most of them."""
        number = max(crossings.kerbs, key=lambda block: (len(crossings.kerbs[block]), -block))
        kerbs = crossings.kerbs[number]
        for node_id in kerbs:
            tags = self._drawing.nodes[node_id].tags
            tags |= {"barrier": "kerb", "kerb": "raised", "kerb:height": "0.16"}
        self._add("raised_kerb_block", kerbs[0], (), kerbs)

    def one_way(self) -> None:
        """List the one-way street: it binds cars, not walkers."""
        for street in self._grid.columns:
            if street.one_way and street.strip.ways:
                first = self._drawing.ways[street.strip.ways[0]].refs[0]
                self._add("one_way_street", first, street.strip.ways)

    def stairs_shortcut(self, plans: list[BlockPlan]) -> None:
        """List a footpath through a block that only stairs complete."""
        stairs = [way_id for plan in plans for way_id in plan.stairs]
        if stairs:
            way_id = self._dice.pick(stairs)
            self._add("stairs_only_shortcut", self._drawing.ways[way_id].refs[0], [way_id])

    def gates(self, plans: list[BlockPlan]) -> None:
        """Put a locked gate on one footpath through a block and an open one on another."""
        paths = [path for plan in plans for path in plan.footpaths if len(path) > 4]  # noqa: PLR2004 - long enough for a gate between lanes
        locked, open_ = self._dice.shuffle(paths)[:2]
        for kind, path, access in (
            ("locked_gate", locked, {"access": "private", "locked": "yes"}),
            ("open_gate", open_, {"access": "yes"}),
        ):
            node_id = path[1]
            self._drawing.tag(node_id, {"barrier": "gate", **access})
            self._add(kind, node_id, (), [node_id])

    def isolated_courtyard(self, plans: list[BlockPlan]) -> None:
        """Draw a ring path round a playground that nothing joins to the network."""
        room = [
            (plan, green)
            for plan in plans
            for green in plan.greens
            if green[3] - green[1] > 12 and plan.block.use == "estate"  # noqa: PLR2004 - metres
        ]
        plan, (u0, v0, u1, v1) = self._dice.pick(room)
        u, spots = (u0 + u1) / 2, []
        for du, v in ((-14, v0 + 2), (14, v0 + 2), (14, v1 - 2), (-14, v1 - 2)):
            spots.append(plan.frame.point(u + du, v))
        tags = {"highway": "footway", "surface": "paving_stones"}
        way_id = self._drawing.ring(spots, tags)
        self._add("isolated_courtyard", self._drawing.ways[way_id].refs[0], [way_id])


def plant_traps(
    grid: Grid, sides: Sides, plans: list[BlockPlan], crossings: Crossings, seed: int
) -> list[DemoTrap]:
    """Plant one trap of each kind; call it when all ways are drawn."""
    planter = TrapPlanter(grid, sides, seed)
    planter.pavements()
    planter.raised_kerbs(crossings)
    planter.one_way()
    planter.stairs_shortcut(plans)
    planter.gates(plans)
    planter.isolated_courtyard(plans)
    return planter.traps
