"""Parks: lawns, paths from all sides, water, benches, playgrounds, a terrace with steps.

Invariant: every path starts at a pavement or a street and meets the others at shared nodes.
"""

from typing import Final

from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Drawing, Point, Tags
from geo.demo_city.grid import Block
from geo.demo_city.names import PARKS, name_tags
from geo.demo_city.pavements import Sides, incline_tag
from geo.demo_city.records import Name

_BORDER_M: Final = 5.0
_LINES_FOR_TERRACE: Final = 3
_TREE_STEP_M: Final = 22.0


class ParkPainter:
    """Draws one park in a block."""

    def __init__(self, drawing: Drawing, block: Block, sides: Sides, seed: int) -> None:
        self._drawing = drawing
        self._dice = Dice(seed, "park", block.number)
        self._sides = {
            name: sides[block.number, name] for name in ("south", "north", "west", "east")
        }
        self.stairs: list[int] = []

    def _limits(self) -> tuple[float, float, float, float]:
        sides = self._sides
        return (
            sides["west"].edge_m + _BORDER_M,
            sides["south"].edge_m + _BORDER_M,
            sides["east"].edge_m - _BORDER_M,
            sides["north"].edge_m - _BORDER_M,
        )

    def paint(self, name: Name) -> None:
        """Draw the park."""
        x0, y0, x1, y1 = self._limits()
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        self._drawing.ring(corners, {"leisure": "park", **name_tags(name)})
        columns = self._lines(x0, x1)
        rows = self._lines(y0, y1)
        nodes = {
            (column, row): self._drawing.node(x, y)
            for column, x in enumerate(columns)
            for row, y in enumerate(rows)
        }
        for column, x in enumerate(columns):
            inner = [nodes[column, row] for row in range(len(rows))]
            self._path([self._sides["south"].reach(x), *inner, self._sides["north"].reach(x)])
        for row, y in enumerate(rows):
            inner = [nodes[column, row] for column in range(len(columns))]
            self._path([self._sides["west"].reach(y), *inner, self._sides["east"].reach(y)])
        if min(len(columns), len(rows)) >= _LINES_FOR_TERRACE:
            self._terrace(columns, rows, nodes)
        self._furnish(columns, rows)

    def _lines(self, low: float, high: float) -> list[float]:
        count = max(2, round((high - low) / 130))
        step = (high - low) / count
        return [low + step * (k + 0.5) + self._dice.between(-8, 8) for k in range(count)]

    def _path(self, refs: list[int]) -> None:
        dice = self._dice
        middle = len(refs) // 2
        for piece in (refs[: middle + 1], refs[middle:]):
            tags: Tags = {"highway": dice.weigh({"footway": 4.0, "path": 1.0})}
            tags["surface"] = dice.weigh(
                {"paving_stones": 4.0, "asphalt": 3.0, "fine_gravel": 2.0, "ground": 0.7}
            )
            if dice.chance(0.4):
                tags["width"] = dice.pick(["1.5", "2", "3", "4"])
            if dice.chance(0.3):
                tags["smoothness"] = dice.pick(["good", "intermediate", "bad"])
            tags |= incline_tag(self._drawing, piece, dice, 0.4)
            self._drawing.way(piece, tags)

    def _terrace(
        self, columns: list[float], rows: list[float], nodes: dict[tuple[int, int], int]
    ) -> None:
        """Cut a corner between two paths with a flight of steps."""
        x = (columns[0] + columns[1]) / 2
        foot = self._drawing.node(x - 4, (rows[0] + rows[1]) / 2 - 4)
        top = self._drawing.node(x + 4, (rows[0] + rows[1]) / 2 + 4)
        self._drawing.way([nodes[0, 0], foot], {"highway": "footway", "surface": "paving_stones"})
        steps = {"highway": "steps", "step_count": "9", "incline": "down", "handrail": "no"}
        self.stairs.append(self._drawing.way([foot, top], steps))
        self._drawing.way([top, nodes[1, 1]], {"highway": "footway", "surface": "paving_stones"})

    def _rectangle(self, x: float, y: float, half: Point, tags: Tags) -> None:
        width, height = half
        corners = [
            (x - width, y - height), (x + width, y - height),
            (x + width, y + height), (x - width, y + height),
        ]  # fmt: skip
        self._drawing.ring(corners, tags)

    def _furnish(self, columns: list[float], rows: list[float]) -> None:
        dice, drawing = self._dice, self._drawing
        between_x = (columns[-1] + columns[-2]) / 2
        between_y = (rows[-1] + rows[-2]) / 2
        reach_x = (columns[-1] - columns[-2]) * 0.3
        reach_y = (rows[-1] - rows[-2]) * 0.25
        pond = [
            (between_x - reach_x, between_y), (between_x - reach_x * 0.5, between_y - reach_y),
            (between_x + reach_x * 0.7, between_y - reach_y * 0.8),
            (between_x + reach_x, between_y),
            (between_x + reach_x * 0.4, between_y + reach_y),
            (between_x - reach_x * 0.6, between_y + reach_y * 0.7),
        ]  # fmt: skip
        drawing.ring(pond, {"natural": "water", "water": "pond"})
        self._rectangle(
            columns[0] - 25, rows[-1] - 25, (12, 9), {"leisure": "playground", "access": "yes"}
        )
        drawing.node(columns[0] + 7, rows[0] + 7, {"amenity": "fountain"})
        wc: Tags = {"amenity": "toilets", "fee": "yes"}
        if dice.chance(0.7):
            wc["wheelchair"] = dice.pick(["yes", "no"])
        drawing.node(columns[-1] + 6, rows[0] + 6, wc)
        for x in columns:
            for y in rows:
                drawing.node(x + 3, y - 12, {"amenity": "bench", "backrest": "yes"})
        self._trees(columns, rows)

    def _trees(self, columns: list[float], rows: list[float]) -> None:
        """Plant trees where no path runs."""
        x0, y0, x1, y1 = self._limits()
        dice = self._dice
        x = x0 + 6
        while x < x1 - 6:
            y = y0 + 6
            while y < y1 - 6:
                at = x + dice.between(-6, 6), y + dice.between(-6, 6)
                clear = all(abs(at[0] - line) > 4 for line in columns) and all(  # noqa: PLR2004
                    abs(at[1] - line) > 4  # noqa: PLR2004 - metres from a path's middle
                    for line in rows
                )
                if clear and dice.chance(0.7):
                    self._drawing.node(*at, {"natural": "tree"})
                y += _TREE_STEP_M
            x += _TREE_STEP_M


def paint_parks(drawing: Drawing, blocks: list[Block], sides: Sides, seed: int) -> list[int]:
    """Draw all parks; returns their stairs."""
    stairs: list[int] = []
    parks = [block for block in blocks if block.use == "park"]
    parks.sort(key=lambda block: -(block.east - block.west) * (block.north - block.south))
    for block, name in zip(parks, PARKS, strict=False):
        painter = ParkPainter(drawing, block, sides, seed)
        painter.paint(name)
        stairs += painter.stairs
    return stairs
