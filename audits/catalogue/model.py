"""What a catalogue is made of: zones, fields, conditions, depths and units."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

PLACE = "place"
"""The element kind of answers about the place itself; such answers carry no element id."""


class FieldType(StrEnum):
    """What a field holds; the unit follows from it."""

    LENGTH = "length"
    SLOPE = "slope"
    COUNT = "count"
    DURATION = "duration"
    WEIGHT = "weight"
    MOMENT = "moment"
    BOOL = "bool"
    CHOICE = "choice"
    TEXT = "text"
    DATE = "date"
    HOURS = "hours"
    FLOORS = "floors"

    @property
    def unit(self) -> str:
        """Unit of stored integers; empty where there is none."""
        return _UNITS.get(self, "")

    @property
    def is_number(self) -> bool:
        """Whether values are integers that may carry an inequality."""
        return self in _UNITS

    @property
    def is_measure(self) -> bool:
        """Whether a tool is needed: its method decides how good the answer is."""
        return self in _UNITS and self is not FieldType.COUNT


_UNITS = {
    FieldType.LENGTH: "mm",
    FieldType.SLOPE: "permille",
    FieldType.COUNT: "count",
    FieldType.DURATION: "s",
    FieldType.WEIGHT: "kg",
    FieldType.MOMENT: "N·m",
}


class Depth(StrEnum):
    """How deep a form goes; a deeper one asks everything of a shallower one."""

    EXPRESS = "express"
    VOLUNTEER = "volunteer"
    PASSPORT = "passport"

    @property
    def rank(self) -> int:
        """Express 0, volunteer 1, passport 2."""
        return _DEPTH_RANK[self]


_DEPTH_RANK = {Depth.EXPRESS: 0, Depth.VOLUNTEER: 1, Depth.PASSPORT: 2}


@dataclass(frozen=True, slots=True)
class Condition:
    """An earlier answer that must hold; exactly one of the three tests is set."""

    field: str
    one_of: tuple[str, ...] = ()
    at_least: int | None = None
    equals: bool | None = None

    def holds(self, value: object) -> bool:
        """Whether a known value satisfies the condition; `None` stands for `absent`."""
        if value is None:
            return False
        if self.one_of:
            return value in self.one_of
        if self.at_least is not None:
            return isinstance(value, int) and value >= self.at_least
        return value is self.equals

    def as_json(self) -> dict[str, Any]:
        """Return the published form."""
        if self.one_of:
            return {"field": self.field, "in": list(self.one_of)}
        if self.at_least is not None:
            return {"field": self.field, "at_least": self.at_least}
        return {"field": self.field, "is": self.equals}


@dataclass(frozen=True, slots=True)
class Field:
    """One question."""

    name: str
    zone: str
    elements: tuple[str, ...]
    """Element kinds it may be answered on, the usual one first; `place` is the place itself."""
    type: FieldType
    depth: Depth
    low: int | None
    high: int | None
    """Plausible range; outside it the answer is refused."""
    choice_set: str | None
    choices: tuple[str, ...]
    when: tuple[Condition, ...]
    valid_days: int | None
    """After so many days the answer counts as unknown; `None`: it does not age by itself."""
    picture: str | None
    a11yjson: str | None
    osm: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the published form; keys without a value are left out."""
        shown = {
            "name": self.name,
            "zone": self.zone,
            "elements": list(self.elements),
            "type": self.type.value,
            "unit": self.type.unit or None,
            "depth": self.depth.value,
            "range": None if self.low is None else [self.low, self.high],
            "choices": list(self.choices) or None,
            "choice_set": self.choice_set,
            "applies_when": [condition.as_json() for condition in self.when] or None,
            "valid_days": self.valid_days,
            "picture": self.picture,
            "a11yjson": self.a11yjson,
            "osm": self.osm,
            "label": f"field.{self.name}.label",
            "help": f"field.{self.name}.help",
        }
        return {key: value for key, value in shown.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One version of the questions, with its texts."""

    version: str
    zones: tuple[str, ...]
    fields: Mapping[str, Field]
    texts: Mapping[str, Mapping[str, str]]
    """Language to message key to text."""
    content_hash: str
    """SHA-256 over questions and texts, hex; equal content has an equal hash."""

    def find(self, name: str) -> Field | None:
        """Return a field by name."""
        return self.fields.get(name)

    def questions(self, depth: Depth, element_kind: str | None = None) -> tuple[Field, ...]:
        """Return the fields that a form of this depth asks, in asking order."""
        return tuple(
            item
            for item in self.fields.values()
            if item.depth.rank <= depth.rank
            and (element_kind is None or element_kind in item.elements)
        )

    def text(self, key: str, language: str) -> str:
        """Return a text; raises `KeyError` for a key that does not exist."""
        return self.texts[language][key]


NO_ANSWERS: Mapping[str, Any] = MappingProxyType({})


def applies(item: Field, answers: Mapping[str, object]) -> bool | None:
    """Return whether a question makes sense after `answers` (field to value, `None` = absent).

    `None` means that an earlier question is still open, so it cannot be told yet.
    """
    result: bool | None = True
    for condition in item.when:
        if condition.field not in answers:
            result = None
        elif not condition.holds(answers[condition.field]):
            return False
    return result
