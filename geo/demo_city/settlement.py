"""Who gets which lot: deals kinds of buildings to lots and numbers the houses.

Knows no outlines. Invariant: every kind with a count is built that often (unless lots run out,
which the tests would show), and no two buildings share a street and a number.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from geo.demo_city.blocks import Lot, LotUse
from geo.demo_city.dice import Dice
from geo.demo_city.kinds import KINDS, Kind
from geo.demo_city.records import Name

_FILL: Final[dict[tuple[str, LotUse], dict[str, float]]] = {
    ("housing", "front"): {"flats_with_shops": 5, "shops": 1.6, "offices": 1.2, "tower": 0.6},
    ("housing", "inner"): {"flats": 6, "tower": 1, "service_building": 0.7, "": 0.8},
    ("estate", "front"): {"flats_with_shops": 5, "tower": 1.5, "shops": 1},
    ("estate", "inner"): {"flats": 6, "tower": 1.5, "service_building": 0.4, "": 0.8},
    ("business", "front"): {"offices": 4, "shops": 4, "tower": 0.5},
    ("business", "inner"): {"offices": 2, "shops": 2, "service_building": 1, "": 1},
    ("houses", "house"): {"house": 10, "": 2.4},
}
_CENTRE_KINDS: Final = frozenset({"city_akimat", "theatre", "university", "mall"})
_CENTRE_M: Final = 950.0


@dataclass(frozen=True)
class Plot:
    """A lot with the kind of building it got, its running number and its address."""

    lot: Lot
    kind: Kind
    number: int
    street: Name
    house_number: str


def _suits(lot: Lot, kind: Kind) -> bool:
    return lot.u1 - lot.u0 >= kind.length_m[0] and lot.v1 - lot.v0 >= kind.depth_m[0]


def _is_central(lot: Lot) -> bool:
    x, y = lot.centre
    return max(abs(x), abs(y)) < _CENTRE_M


def _deal_counted(lots: list[Lot], dice: Dice) -> dict[int, tuple[Kind, int]]:
    """Give each counted kind its lots; kinds that need a campus choose first."""
    dealt: dict[int, tuple[Kind, int]] = {}
    order = dice.shuffle(range(len(lots)))
    by_use: dict[str, list[int]] = defaultdict(list)
    for index in order:
        by_use[lots[index].use].append(index)
    counted = [kind for kind in KINDS.values() if kind.count is not None]
    # the fewer kinds of lot suit, the earlier it chooses; central ones before all
    counted.sort(key=lambda kind: (kind.code not in _CENTRE_KINDS, len(kind.lots)))
    for kind in counted:
        for number in range(1, (kind.count or 0) + 1):
            found = _find_lot(kind, lots, by_use, dealt)
            if found is None:
                break
            dealt[found] = (kind, number)
    return dealt


def _find_lot(
    kind: Kind,
    lots: list[Lot],
    by_use: dict[str, list[int]],
    dealt: dict[int, tuple[Kind, int]],
) -> int | None:
    wants_centre = kind.code in _CENTRE_KINDS
    for central in (True, False) if wants_centre else (False,):
        for use in kind.lots:
            for index in by_use[use]:
                lot = lots[index]
                if index in dealt or not _suits(lot, kind) or (central and not _is_central(lot)):
                    continue
                return index
    return None


def _fill(lot: Lot, dice: Dice) -> Kind | None:
    if lot.use == "campus":
        return KINDS["offices"] if dice.chance(0.6) else None
    code = dice.weigh(_FILL[lot.block.use, lot.use])
    if not code:
        return None
    return KINDS[code] if _suits(lot, KINDS[code]) else KINDS["shops"]


def _street_key(lot: Lot) -> tuple[str, int]:
    """Name the row of numbers a lot belongs to: its street and the side of it."""
    if lot.lane is not None and lot.lane.name is not None:
        return lot.lane.name.ru, lot.facing
    return lot.near.street.name.ru, lot.near.outward


def _address(lot: Lot) -> Name:
    if lot.lane is not None and lot.lane.name is not None:
        return lot.lane.name
    return lot.near.street.name


def _along(lot: Lot) -> float:
    x, y = lot.centre
    if lot.lane is not None and lot.lane.name is not None:
        return (lot.u0 + lot.u1) / 2
    return x if lot.near.street.axis == "x" else y


def _house_numbers(lots: list[tuple[int, Lot]]) -> dict[int, str]:
    """Give houses their numbers: odd and even sides, in courtyards 12/1, 12/2."""
    rows: dict[tuple[str, int], list[tuple[int, Lot]]] = defaultdict(list)
    for index, lot in lots:
        rows[_street_key(lot)].append((index, lot))
    numbers: dict[int, str] = {}
    for (_, side), members in rows.items():
        number, letter = (-1 if side > 0 else 0), 0
        members.sort(key=lambda item: (_along(item[1]), item[0]))
        for index, lot in members:
            if lot.use == "inner" and number > 0:
                letter += 1
                numbers[index] = f"{number}/{letter}"
            else:
                number, letter = number + 2, 0
                numbers[index] = str(number)
    return numbers


def settle(lots: list[Lot], seed: int) -> list[Plot]:
    """Deal kinds to lots and number them; lots left empty are not in the answer."""
    dice = Dice(seed, "settlement")
    dealt = _deal_counted(lots, dice.fork("counted"))
    running: dict[str, int] = defaultdict(int)
    for index, lot in enumerate(lots):
        if index in dealt:
            continue
        kind = _fill(lot, dice.fork("fill", index))
        if kind is not None:
            running[kind.code] += 1
            dealt[index] = (kind, running[kind.code])
    taken = [(index, lots[index]) for index in sorted(dealt)]
    numbers = _house_numbers(taken)
    return [Plot(lot, *dealt[index], _address(lot), numbers[index]) for index, lot in taken]
