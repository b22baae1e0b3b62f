"""The one place that somebody means by a typed address or name: the end of a route.

Search (`geo.places.finding`) lists what a text may mean; here one has to be chosen, or the
person asked. Everything typed has to be there; words are compared as search compares them. An
exact match beats one that leaves something over, and slips of the hand are mended only where
nothing else is found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from geo.distance import apart_m
from geo.errors import DomainError, ErrorKind
from geo.places.kinds import PlaceKind
from geo.places.lookup import Candidate, find_places, find_variants
from geo.places.ranking import match
from geo.places.typed import MAX_LENGTH, SPELT_OTHERWISE, Typed, read_typed

MOST_CANDIDATES = 5
_SAME_SPOT_M = 60.0
"""Hits nearer to each other than this are one address: a building and what is inside it (P)."""
_CLEARLY_NEARER = 0.5
"""A hit wins by nearness when it is at most half as far from the other end as the next (P)."""


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


async def find_address(
    db: AsyncSession, text: str, *, near: tuple[float, float] | None = None
) -> tuple[AddressHit, Sequence[AddressHit]]:
    """Return the place that a text means, and what else it might mean.

    One hit, or several at one spot, is what was meant; of several spots the one clearly nearer
    to `near` (lon, lat). Raises AddressNotFoundError, and AmbiguousAddressError with
    `candidates`.
    """
    typed = read_typed(text)
    hits: list[AddressHit] = []
    if typed.words:
        hits = await _list_hits(db, typed, near, mend=False)
        hits = hits or await _list_hits(db, typed, near, mend=True)
    exact = [hit for hit in hits if hit.exact]
    found = sorted(exact or hits, key=_order)
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


async def _list_hits(
    db: AsyncSession, typed: Typed, near: tuple[float, float] | None, *, mend: bool
) -> list[AddressHit]:
    """List places whose name or address holds every word; ranked by the caller."""
    known = await find_variants(db, typed.words, mend=mend)
    variants = {
        word: {**dict.fromkeys(more, SPELT_OTHERWISE), **known[word]}
        for word, more in zip(typed.words, typed.more, strict=True)
    }
    names = [set(variants[word]) for word in typed.words]
    addresses = [{f"@{each}" for each in group} for group in names]
    either = [name | address for name, address in zip(names, addresses, strict=True)]
    found: dict[UUID, AddressHit] = {}
    for groups in (names, addresses):
        for candidate in await find_places(db, groups, near=near):
            _add(found, candidate, typed, variants, near)
    if not any(hit.exact for hit in found.values()):
        for candidate in await find_places(db, either, near=near):
            _add(found, candidate, typed, variants, near)
    return list(found.values())


def _add(
    found: dict[UUID, AddressHit],
    candidate: Candidate,
    typed: Typed,
    variants: Mapping[str, Mapping[str, float]],
    near: tuple[float, float] | None,
) -> None:
    if not isinstance(candidate.id, UUID):
        return
    matched = match(candidate, typed, variants, [{}] * len(typed.words))
    found[candidate.id] = AddressHit(
        candidate.id,
        PlaceKind(candidate.kind),
        candidate.name,
        candidate.address,
        candidate.point,
        matched.is_whole,
        None if near is None else apart_m(candidate.point, near),
    )
