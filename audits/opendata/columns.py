"""Columns of the published collections: where a value comes from and what it means (pure).

The meaning of every column and word stands in `definitions.toml`, in three languages.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from geo.mobility.words import Word

LANGUAGES = ("kk", "ru", "en")
WORDS = tuple(Word.from_code(code).value for code in range(4))
"""The four words in the order of their stored codes."""


_TIME = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"


class Kind(StrEnum):
    """What a value is; every format writes it in its own way."""

    TEXT = "text"
    LIST = "list"
    """Words joined by commas, sorted."""
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    """A moment; published as text in UTC, ISO 8601 with milliseconds."""
    DATE = "date"
    ID = "id"
    """A UUID."""


@dataclass(frozen=True, slots=True)
class Column:
    """One published value of a row."""

    name: str
    sql: str
    """Expression over the tables of its collection, as the database compares it."""
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    """Every value that it may have; empty where there are too many to name."""
    unit: str = ""
    filterable: bool = False
    """Whether features can be asked for by an equal value."""
    joined: bool = False
    """Whether its expression needs `more` of its collection."""
    always: bool = False
    """Whether every row has a value."""
    meaning: str = ""
    """Key of its text; its own name otherwise."""
    about: str = ""
    """Profile that stands in the text."""

    @property
    def selected(self) -> str:
        """Expression of the value as it is published."""
        match self.kind:
            case Kind.ID:
                return f"CAST({self.sql} AS text)"
            case Kind.TIME:
                return _TIME.format(self.sql)
            case Kind.DATE:
                return f"to_char({self.sql}, 'YYYY-MM-DD')"
            case _:
                return self.sql

    def describe(self, language: str) -> str:
        """Say what it means in a language."""
        text = _texts()["column"][self.meaning or self.name][language]
        return str(text.format(profile=_profile(self.about, language)) if self.about else text)


def describe_word(group: str, key: str, language: str) -> str:
    """Say what a word means; the group is `word`, `scope`, `profile`, `confidence` or another."""
    return str(_texts()[group][key][language])


def definitions() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Give every group of words with its texts: group, key, language."""
    shown = {group: rows for group, rows in _texts().items() if group != "column"}
    return MappingProxyType(shown)


def _profile(key: str, language: str) -> str:
    return str(_texts()["profile"][key][language])


@cache
def _texts() -> dict[str, Any]:
    source = resources.files("audits.opendata").joinpath("definitions.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))
