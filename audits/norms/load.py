"""Norms read from their packaged file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from geo.mobility import Mark

Wanted = int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """An answer that must hold for a row to apply."""

    field: str
    operator: str
    value: Wanted


@dataclass(frozen=True, slots=True)
class Relief:
    """A looser figure that a decision may grant; the software never grants it."""

    key: str
    value: int
    rise_up_to_mm: int | None
    """Only for ramps whose flights rise no more than this."""


@dataclass(frozen=True, slots=True)
class Norm:
    """One requirement of one document, in force for some time."""

    id: str
    jurisdiction: str
    document: str
    """Name of the document, as it is cited."""
    clause: str
    mark: Mark
    field: str
    operator: str
    """`<=`, `<`, `>=`, `>`, `abs<=` for numbers; `in` for choices; `is` for truth values."""
    value: Wanted
    valid_from: date | None
    valid_to: date | None
    """First day on which it is no longer in force."""
    when: Condition | None
    relief: Relief | None

    def in_force(self, day: date) -> bool:
        """Whether it binds a building permitted on `day`."""
        return (self.valid_from is None or day >= self.valid_from) and (
            self.valid_to is None or day < self.valid_to
        )


def list_norms() -> tuple[Norm, ...]:
    """Return every norm, in the order of the file."""
    return _load()


def norms_version() -> int:
    """Return the version of the packaged norms."""
    return int(_document()["version"])


@cache
def find_clause(field: str, day: date = date.max) -> str | None:
    """Return how the first norm about a field in force on `day` (default: newest) is cited."""
    for norm in _load():
        if norm.field == field and norm.in_force(day):
            return f"{norm.document} {norm.clause}"
    return None


@cache
def _document() -> dict[str, Any]:
    text = files("audits.norms").joinpath("kz.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _load() -> tuple[Norm, ...]:
    document = _document()
    return tuple(
        _norm(name, row, document["jurisdiction"], document["document"])
        for name, row in document["norm"].items()
    )


def _norm(name: str, row: dict[str, Any], jurisdiction: str, names: Mapping[str, str]) -> Norm:
    when, relief = row.get("when"), row.get("exception")
    return Norm(
        id=name,
        jurisdiction=jurisdiction,
        document=names[row["doc"]],
        clause=row["clause"],
        mark=Mark(row["mark"]),
        field=row["field"],
        operator=row["op"],
        value=_wanted(row["value"]),
        valid_from=row.get("from"),
        valid_to=row.get("to"),
        when=None if when is None else Condition(when["field"], when["op"], _wanted(when["value"])),
        relief=None
        if relief is None
        else Relief(relief["key"], relief["value"], relief.get("rise_up_to")),
    )


def _wanted(value: int | bool | list[str]) -> Wanted:  # noqa: FBT001 - the value of a row
    return tuple(value) if isinstance(value, list) else value
