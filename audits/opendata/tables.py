"""Collections as CSV, twice: for programs, and for Excel as the city's offices have it.

For programs: RFC 4180 with commas, decimal points, UTF-8 with a byte order mark. For Excel in
Kazakhstan, whose list separator is the semicolon: semicolons, decimal commas, an apostrophe
before a text that Excel would take for a formula, and `="1-3"` around a text that it would take
for a date or a number, such as a house number.
"""

import csv
import re
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
_NUMBERS = {Kind.INTEGER, Kind.NUMBER}


def table_columns(collection: Collection) -> tuple[Column, ...]:
    """Give the columns of a table: those of the collection and where the row is."""
    if collection.geometry is None:
        return collection.published
    place = _POINT_COLUMNS if collection.shape == "Point" else _LINE_COLUMNS
    return (*collection.published, *place)


class CsvFile:
    """One table that is being written; `with` closes it."""

    def __init__(self, path: Path, collection: Collection, *, for_excel: bool) -> None:
        self._columns = table_columns(collection)
        self._for_excel = for_excel
        # The mark tells Excel that it is UTF-8.
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file, delimiter=";" if for_excel else ",")
        self._csv.writerow([column.name for column in self._columns])

    def add(self, row: Row) -> None:
        """Write one row."""
        values = [*row.values, *row.place]
        write = self._excel if self._for_excel else self._plain
        self._csv.writerow(
            [write(column, value) for column, value in zip(self._columns, values, strict=True)]
        )

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def _plain(self, column: Column, value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"{value:.7f}" if column.kind is Kind.NUMBER else str(value)

    def _excel(self, column: Column, value: object) -> str:
        text = self._plain(column, value)
        if column.kind is Kind.NUMBER:
            return text.replace(".", ",")
        if column.kind is Kind.TEXT and _MISREAD.fullmatch(text):
            return f'="{text}"'
        if column.kind not in _NUMBERS and text.startswith(_FORMULA):
            return f"'{text}"
        return text


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
