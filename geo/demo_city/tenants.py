"""Organisations that rent rooms: shops, pharmacies, food, banks, offices, small clinics.

Reads `tenants.toml`. All organisation names are invented; telephone numbers begin with
+7 700 000, so none can be dialled by mistake. Invariant: every organisation has a name in all
three languages.
"""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from geo.demo_city.dice import Dice
from geo.demo_city.drawing import Tags
from geo.demo_city.records import Name, Sector


@dataclass(frozen=True)
class Tenant:
    """A kind of organisation; `{}` in the name is an invented brand word."""

    tags: Tags
    sector: Sector
    name: Name
    hours: str
    weight: float
    upstairs: bool = False

    @property
    def category(self) -> str:
        """The OSM tag that says what it is."""
        key, value = next(iter(self.tags.items()))
        return f"{key}={value}"


def _tenant(row: dict[str, Any]) -> Tenant:
    return Tenant(**{**row, "name": Name(**row["name"])})


_DATA: Final = tomllib.loads(
    resources.files(__package__).joinpath("tenants.toml").read_text(encoding="utf-8")
)
_BRANDS: Final = tuple(Name(**row) for row in _DATA["brands"])
_TENANTS: Final = tuple(_tenant(row) for row in _DATA["tenants"])
_WEIGHTS: Final = {number: tenant.weight for number, tenant in enumerate(_TENANTS)}


def pick_tenants(dice: Dice, count: int) -> list[tuple[Tenant, Name, bool]]:
    """Draw organisations for one house: (kind, its name, whether it sits upstairs)."""
    drawn: list[tuple[Tenant, Name, bool]] = []
    for _ in range(count):
        tenant = _TENANTS[dice.weigh(_WEIGHTS)]
        brand = dice.pick(_BRANDS)
        name = Name(
            tenant.name.kk.format(brand.kk),
            tenant.name.ru.format(brand.ru),
            tenant.name.en.format(brand.en),
        )
        drawn.append((tenant, name, tenant.upstairs and dice.chance(0.6)))
    return drawn


def contact_tags(dice: Dice, hours: str) -> Tags:
    """Draw hours and a fictitious telephone number on a share of organisations."""
    tags: Tags = {}
    if hours and dice.chance(0.7):
        tags["opening_hours"] = hours
    if dice.chance(0.45):
        tags["phone"] = f"+7 700 000 {dice.whole(0, 99):02d} {dice.whole(0, 99):02d}"
    return tags
