"""Kinds of buildings: what stands in the demo city, how many, how big, under which tags.

Reads `kinds.toml`. Invariant: every sector of the audit register occurs, with the categories
that people with disabilities need most (service centres, rehabilitation, day-care, employment)
as kinds of their own.
"""

import tomllib
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final, Literal

from geo.demo_city.drawing import Tags
from geo.demo_city.records import Name, Ownership, Sector

LotUse = Literal["front", "inner", "house", "campus"]
Shape = Literal["box", "ell", "cup"]


@dataclass(frozen=True)
class Kind:
    """A kind of building. `count` is how many are built; None means it fills what is left.

    `names` may hold `{n}` for a running number. `tenants` is how many organisations move in.
    """

    code: str
    building: str
    sector: Sector
    ownership: Ownership = "state"
    lots: tuple[LotUse, ...] = ("front",)
    length_m: tuple[float, float] = (24, 42)
    depth_m: tuple[float, float] = (12, 14)
    levels: tuple[int, int] = (1, 3)
    count: int | None = None
    tags: Tags = field(default_factory=dict)
    names: tuple[Name, ...] = ()
    shape: Shape = "box"
    tenants: tuple[int, int] = (0, 0)
    hours: str = ""

    @property
    def category(self) -> str:
        """The OSM tag that says what it is, or the building tag of a plain house."""
        for key, value in self.tags.items():
            return f"{key}={value}"
        return f"building={self.building}"

    @property
    def is_public(self) -> bool:
        """Whether visitors come in from the street."""
        return self.ownership != "residential" and self.building != "service"


def _kind(code: str, row: dict[str, Any]) -> Kind:
    values = dict(row)
    values["names"] = tuple(Name(**name) for name in row.get("names", ()))
    for key in ("lots", "length_m", "depth_m", "levels", "tenants"):
        if key in values:
            values[key] = tuple(values[key])
    return Kind(code=code, **values)


def load_kinds() -> dict[str, Kind]:
    """Read all kinds by code, in the order of the file."""
    text = resources.files(__package__).joinpath("kinds.toml").read_text(encoding="utf-8")
    return {code: _kind(code, row) for code, row in tomllib.loads(text).items()}


KINDS: Final = load_kinds()
