"""Collections as CSV, twice: for programs, and for Excel as the city's offices have it.

For programs: RFC 4180 with commas, decimal points, UTF-8 with a byte order mark. For Excel in
Kazakhstan, whose list separator is the semicolon: semicolons, decimal commas, an apostrophe
before a text that Excel would take for a formula, and `="1-3"` around a text that it would take
for a date or a number, such as a house number.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audits.opendata.collections import Collection
from audits.opendata.columns import LANGUAGES, Column, Kind
from audits.opendata.rows import Row

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MISREAD = re.compile(r"0\d+|\d{12,}|\d+[-/.:]\d+([-/.:]\d+)?|\d+[eE]\d+", re.ASCII)
_POINT_COLUMNS = (
    Column("lon", "", Kind.NUMBER, always=True),
    Column("lat", "", Kind.NUMBER, always=True),
)
_LINE_COLUMNS = (Column("wkt", "", always=True),)


def table_columns(collection: Collection) -> tuple[Column, ...]:
    """Give the columns of a table: those of the collection and where the row is."""
    if collection.geometry is None:
        return collection.published
    place = _POINT_COLUMNS if collection.shape == "Point" else _LINE_COLUMNS
    return (*collection.published, *place)


class CsvFile:
    """One table that is being written."""

    def __init__(self, path: Path, collection: Collection, *, for_excel: bool) -> None:
        columns = table_columns(collection)
        # The mark tells Excel that it is UTF-8.
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file, delimiter=";" if for_excel else ",")
        self._csv.writerow([column.name for column in columns])
        # Only few columns need a hand; the rest goes to the writer as it is.
        self._rewritten = [
            (number, write)
            for number, column in enumerate(columns)
            if (write := _choose(column, for_excel=for_excel)) is not None
        ]

    def add(self, row: Row) -> None:
        """Write one row; nothing stands for what nobody knows."""
        values = [*row.values, *row.place]
        for number, write in self._rewritten:
            if (value := values[number]) is not None:
                values[number] = write(value)
        self._csv.writerow(values)

    def close(self) -> None:
        """End the file."""
        self._file.close()


def _choose(column: Column, *, for_excel: bool) -> Callable[[Any], str] | None:
    """Choose how a column is written; `None` where its values can stay."""
    if column.kind is Kind.BOOLEAN:
        return _flag
    if column.kind is Kind.NUMBER:
        return _decimal_comma if for_excel else _decimal
    is_text = column.kind in {Kind.TEXT, Kind.LIST}
    harmless = column.choices and not any(each.startswith(_FORMULA) for each in column.choices)
    return _for_excel if for_excel and is_text and not harmless else None


def _flag(value: bool) -> str:  # noqa: FBT001 - a value
    return "true" if value else "false"


def _decimal(value: float) -> str:
    return f"{value:.7f}"


def _decimal_comma(value: float) -> str:
    return f"{value:.7f}".replace(".", ",")


def _for_excel(text: str) -> str:
    if text.startswith(_FORMULA):
        return f"'{text}"
    return f'="{text}"' if _MISREAD.fullmatch(text) else text


_TYPES = {
    Kind.INTEGER: ("integer", "default"), Kind.NUMBER: ("number", "default"),
    Kind.BOOLEAN: ("boolean", "default"), Kind.TIME: ("datetime", "any"),
    Kind.DATE: ("date", "default"), Kind.ID: ("string", "uuid"),
}  # fmt: skip


def table_schema(collection: Collection, *, licence: str) -> dict[str, Any]:
    """Write what the columns of a table mean as a Frictionless Table Schema.

    The format has one description for a field; the other languages stand beside it.
    """
    columns = table_columns(collection)
    return {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(column) for column in columns],
        "primaryKey": ["id"],
        "missingValues": [""],
        "licence": licence,
        "dialects": {
            f"{collection.name}.csv": {"delimiter": ",", "decimalChar": ".", "bom": True},
            f"{collection.name}-excel.csv": {"delimiter": ";", "decimalChar": ",", "bom": True},
        },
    }


def _field(column: Column) -> dict[str, Any]:
    kind, form = _TYPES.get(column.kind, ("string", "default"))
    limits: dict[str, Any] = {}
    if column.always:
        limits["required"] = True
    if column.name == "id":
        limits["unique"] = True
    if column.choices:
        limits["enum"] = list(column.choices)
    texts = {f"description_{code}": column.describe(code) for code in LANGUAGES if code != "en"}
    shown: dict[str, Any] = {
        "name": column.name, "type": kind, "format": form, "description": column.describe("en"),
        **texts,
    }  # fmt: skip
    if column.unit:
        shown["unit"] = column.unit
    return shown | ({"constraints": limits} if limits else {})
