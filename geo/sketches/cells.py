"""Count the places of a view in squares of pixels, so that a wide view says how many, not which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from geoalchemy2 import functions as gis
from sqlalchemy import ColumnElement, Integer, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.models import Place
from geo.places.search import PlaceFilter, list_conditions
from geo.sketches.model import Mark, Symbol
from geo.sketches.view import View

CELL_PX = 44
_FEW = 2
"""Up to so many places of a square are drawn by themselves."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Places of one square that have one word: how many, and their middle in pixels."""

    column: int
    row: int
    word: Word
    count: int
    at: tuple[float, float]


async def count_cells(
    db: AsyncSession,
    view: View,
    *,
    wanted: PlaceFilter,
    profile: Profile,
    without: Sequence[UUID] = (),
) -> list[Cell]:
    """Count places per square and word, except those that are drawn already.

    The number of rows is bounded by the size of the picture. Raises BoxTooLargeError.
    """
    point: Any = gis.ST_Transform(Place.point, 3857)
    x: ColumnElement[float] = (gis.ST_X(point) - view.west_m) * view.scale
    y: ColumnElement[float] = (view.north_m - gis.ST_Y(point)) * view.scale
    column = cast(func.floor(x / CELL_PX), Integer)
    row = cast(func.floor(y / CELL_PX), Integer)
    # PostgreSQL counts array elements from one.
    position: ColumnElement[int] = literal_column(str(profile.position + 1))
    word = Place.entry_words[position]
    placed = (
        select(
            column.label("column"), row.label("row"), word.label("word"), x.label("x"), y.label("y")
        )
        .where(*list_conditions(wanted), Place.id.not_in(without))
        .subquery()
    )
    c = placed.c
    # Whole tenths of a pixel: the sum of floats depends on the order of rows.
    tenths = [func.sum(cast(each * 10, Integer)) / func.count() for each in (c.x, c.y)]
    rows = await db.execute(
        select(c.column, c.row, c.word, func.count(), *tenths)
        .group_by(c.column, c.row, c.word)
        .order_by(c.column, c.row, c.word)
    )
    return [
        Cell(column, row, Word.from_code(code), count, (float(x) / 10, float(y) / 10))
        for column, row, code, count, x, y in rows
    ]


def mark_cells(cells: Sequence[Cell]) -> list[Mark]:
    """Draw few places as their words, many as a number (pure)."""
    squares: dict[tuple[int, int], list[Cell]] = {}
    for cell in cells:
        squares.setdefault((cell.column, cell.row), []).append(cell)
    marks: list[Mark] = []
    for members in squares.values():
        total = sum(cell.count for cell in members)
        if total <= _FEW and all(cell.count == 1 for cell in members):
            marks += [Mark(cell.at, cell.word, small=True) for cell in members]
            continue
        x = sum(cell.at[0] * cell.count for cell in members) / total
        y = sum(cell.at[1] * cell.count for cell in members) / total
        at = (_keep_inside(x, members[0].column), _keep_inside(y, members[0].row))
        marks.append(Mark(at, Symbol.CLUSTER, text=str(total)))
    return sorted(marks, key=lambda mark: (mark.sign is Symbol.CLUSTER, mark.at))


def _keep_inside(at: float, cell: int) -> float:
    """Keep a number to the inner half of its square, so that neighbours do not overlap."""
    return round(min(max(at, (cell + 0.3) * CELL_PX), (cell + 0.7) * CELL_PX), 1)
