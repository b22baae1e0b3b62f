"""Find a place by what people type: an address or a name, in any of its languages.

Both sides are folded: lower case, no punctuation, `ё` as `е`, and without words for the sort of
street, because people leave them out. An exact match beats one in which all words occur.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from geo.distance import apart_m
from geo.errors import DomainError, ErrorKind
from geo.geojson import read_point
from geo.places.kinds import PlaceKind, PlaceState
from geo.places.models import Place

MAX_LENGTH = 120
MOST_CANDIDATES = 5
_MOST_ROWS = 300
_MOST_WORDS = 8
_SAME_SPOT_M = 60.0
"""Hits nearer to each other than this are one address: a building and what is inside it (P)."""
_CLEARLY_NEARER = 0.5
"""A hit wins by nearness when it is at most half as far from the other end as the next (P)."""
_STREET_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
        улица ул проспект просп пр пр-т переулок пер микрорайон мкр бульвар бул шоссе дом д
        көшесі көше к даңғылы даңғыл данғылы даң ықшамауданы ықшамаудан үй бұрылысы
        street st avenue ave lane boulevard house microdistrict district
        """,
    )
)
_WORD = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")


class AddressNotFoundError(DomainError):
    """No place has this address or name."""

    code = "address-not-found"
    title = "No place with this address or name is known"
    kind = ErrorKind.NOT_FOUND


class AmbiguousAddressError(DomainError):
    """Several places fit what was typed, and none is clearly the nearer one."""

    code = "ambiguous-address"
    title = "Several places fit this address; choose one of the candidates"
    kind = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class AddressHit:
    """A place that fits what was typed."""

    place_id: UUID
    kind: PlaceKind
    name: Mapping[str, str]
    address: Mapping[str, str]
    point: tuple[float, float]
    exact: bool
    """Everything fits, and nothing is left over."""
    distance_m: float | None = None
    """From the other end of the way, where it is known."""

    def as_json(self) -> dict[str, Any]:
        """Give the published form."""
        return {
            "place_id": str(self.place_id),
            "kind": self.kind.value,
            "name": dict(self.name),
            "address": dict(self.address),
            "point": list(self.point),
            "exact": self.exact,
            "distance_m": None if self.distance_m is None else round(self.distance_m),
        }


def fold(text: str) -> tuple[str, ...]:
    """Return the words of a text by which it is compared; empty when none is left."""
    words = _WORD.findall(text.lower().replace("ё", "е"))
    kept = tuple(word for word in words if word not in _STREET_WORDS)
    return kept or tuple(words)


async def find_address(
    db: AsyncSession, text: str, *, near: tuple[float, float] | None = None
) -> tuple[AddressHit, Sequence[AddressHit]]:
    """Return the place that a text means, and what else it might mean.

    One hit, or several at one spot, is what was meant; of several spots the one clearly nearer
    to `near` (lon, lat). Raises AddressNotFoundError, and AmbiguousAddressError with
    `candidates`.
    """
    wanted = fold(text[:MAX_LENGTH])[:_MOST_WORDS]
    hits = await _list_hits(db, wanted) if wanted else []
    exact = [hit for hit in hits if hit.exact]
    found = sorted((_measured(hit, near) for hit in exact or hits), key=_order)
    if not found:
        raise AddressNotFoundError(given=text[:MAX_LENGTH])
    best = _prefer_building(found)
    rivals = [hit for hit in found if apart_m(hit.point, best.point) > _SAME_SPOT_M]
    if rivals and not _is_clearly_nearer(best, rivals[0]):
        candidates = [hit.as_json() for hit in found[:MOST_CANDIDATES]]
        raise AmbiguousAddressError(given=text[:MAX_LENGTH], candidates=candidates)
    return best, rivals[:MOST_CANDIDATES]


def _prefer_building(found: Sequence[AddressHit]) -> AddressHit:
    """Of a building and what is inside it, an address means the building."""
    same = [hit for hit in found if apart_m(hit.point, found[0].point) <= _SAME_SPOT_M]
    return next((hit for hit in same if hit.kind is PlaceKind.BUILDING), found[0])


def _is_clearly_nearer(best: AddressHit, next_one: AddressHit) -> bool:
    if best.distance_m is None or next_one.distance_m is None:
        return False
    return best.distance_m <= next_one.distance_m * _CLEARLY_NEARER


def _order(hit: AddressHit) -> tuple[float, bool, UUID]:
    """Sort by nearness; at one spot the building before what is inside it."""
    return (hit.distance_m or 0.0, hit.kind is not PlaceKind.BUILDING, hit.place_id)


async def _list_hits(db: AsyncSession, wanted: tuple[str, ...]) -> list[AddressHit]:
    """List places whose name or address holds every word; ranked by the caller.

    Texts in the database are not folded, so `е` also stands for `ё` there.
    """
    everything = func.lower(cast(Place.name, Text).concat(cast(Place.address, Text)))
    conditions: list[ColumnElement[bool]] = [
        everything.like(f"%{_escape(word)}%", escape="\\") for word in wanted
    ]
    house = wanted[-1]
    is_house = house[0].isdigit()
    if is_house:
        # A house number is a whole value: `1` is not `11`.
        conditions[-1] = or_(
            func.lower(Place.address["housenumber"].astext) == house, conditions[-1]
        )
    rows = await db.scalars(
        select(Place)
        .where(Place.state == PlaceState.ACTIVE, *conditions)
        .order_by(
            (func.lower(Place.address["housenumber"].astext) == house).desc()
            if is_house
            else Place.kind,
            Place.id,
        )
        .limit(_MOST_ROWS)
    )
    hits = (_compare(place, wanted) for place in rows)
    return [hit for hit in hits if hit is not None]


def _escape(word: str) -> str:
    text = re.sub(r"([\\%_])", r"\\\1", word)
    return text.replace("е", "_")


def _compare(place: Place, wanted: tuple[str, ...]) -> AddressHit | None:
    house = fold(place.address.get("housenumber", ""))
    streets = [fold(value) for key, value in place.address.items() if key.split(":")[0] == "street"]
    texts = [fold(name) for name in place.name.values()]
    texts += [(*street, *house) for street in streets]
    point = read_point(place.point)
    if point is None:
        return None
    exact = any(sorted(text) == sorted(wanted) for text in texts)
    everything = {word for text in texts for word in text}
    everything |= set(fold(place.address.get("city", "")))
    if not exact and not all(_occurs(word, everything) for word in wanted):
        return None
    return AddressHit(place.id, place.kind, place.name, place.address, point, exact)


def _occurs(word: str, known: set[str]) -> bool:
    """Whether a word is there; a longer one may be typed only in part, a number may not."""
    if word in known:
        return True
    return word[0].isalpha() and any(other.startswith(word) for other in known)


def _measured(hit: AddressHit, near: tuple[float, float] | None) -> AddressHit:
    if near is None:
        return hit
    away = apart_m(hit.point, near)
    return AddressHit(hit.place_id, hit.kind, hit.name, hit.address, hit.point, hit.exact, away)
