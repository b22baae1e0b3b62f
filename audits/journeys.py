"""From what is known about a building to where a route may end: entrances with words.

The router knows points, words and seconds, nothing of audits. Better knowledge wins: a surveyed
entrance over a mapped one, that over a side of the building, that over its middle; and the
answer says which it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from geoalchemy2.shape import to_shape
from sqlalchemy.ext.asyncio import AsyncSession

from audits.recompute import load_place
from audits.verdicts import EntranceVerdict, Reason, Scope, judge
from geo.geojson import read_point
from geo.mobility import CustomLimits, Help, HelpKind, Profile, Word
from geo.places.models import Element, Place
from geo.places.queries import PlaceNotFoundError, get_place
from geo.routing.answer import Target

_SIDE_POINTS = 12
"""Points tried around a building of which nobody knows the door."""


class ResolvedBy(StrEnum):
    """How an end of a route was found, the most certain first."""

    SURVEYED_ENTRANCE = "surveyed_entrance"
    MAPPED_ENTRANCE = "mapped_entrance"
    BUILDING_SIDE = "building_side"
    CENTROID = "centroid"
    POINT = "point"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One point where a route may begin or end."""

    target: Target
    resolved_by: ResolvedBy
    place_id: UUID | None = None
    entrance_id: UUID | None = None
    help_kinds: tuple[HelpKind, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give the published form."""
        return {
            "resolved_by": self.resolved_by.value,
            "place_id": str(self.place_id) if self.place_id else None,
            "entrance_id": str(self.entrance_id) if self.entrance_id else None,
            "point": [self.target.lon, self.target.lat],
            "word": self.target.word.value,
            "note": self.target.note,
            "help_kinds": [kind.value for kind in self.help_kinds],
            "extra_seconds": round(self.target.extra_seconds),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """All points where a route may end at one place, and why some doors are not among them."""

    usable: Sequence[End]
    closed: Sequence[EntranceVerdict] = ()
    """Entrances that this person cannot use, with the reasons."""

    @property
    def blocking(self) -> list[Reason]:
        """What stands in the way at the closed entrances."""
        return [reason for entrance in self.closed for reason in entrance.blocking]


def resolve_point(lon: float, lat: float) -> Ends:
    """Take a point as it is."""
    target = Target(lon=lon, lat=lat, word=Word.YES)
    return Ends(usable=[End(target=target, resolved_by=ResolvedBy.POINT)])


async def resolve_place(
    db: AsyncSession,
    *,
    place_id: UUID,
    profile: Profile,
    limits: CustomLimits | None,
    help_at_hand: Help | None,
    keys: frozenset[str],
    at: datetime | None,
    now: datetime,
) -> Ends:
    """Give the entrances of a place that work for this person, or the next best thing.

    Entrances that are known to work keep the unknown ones out. Where every entrance is known
    not to work, nothing is usable and the reasons are given. Raises PlaceNotFoundError.
    """
    place = await get_place(db, place_id)
    verdict = judge(
        await load_place(db, place.id),
        profile,
        Scope.ENTRY,
        now=now,
        limits=limits,
        help_at_hand=help_at_hand,
        keys=keys,
        at=at,
    )
    doors = [door for door in verdict.entrances if door.point is not None]
    if not doors:
        return Ends(usable=await _around(db, place))
    best = [door for door in doors if door.word.usable]
    unknown = [door for door in doors if door.word is Word.UNKNOWN]
    sources = await _position_sources(db, doors)
    return Ends(
        usable=[_at_door(door, sources) for door in best or unknown],
        closed=[door for door in doors if door.word is Word.NO],
    )


async def resolve_entrance(
    db: AsyncSession,
    *,
    entrance_id: UUID,
    **person: Any,  # noqa: ANN401 - passed on as they are
) -> Ends:
    """Give one chosen entrance, whatever is known about it short of a proven barrier."""
    element = await db.get(Element, entrance_id)
    if element is None or element.place_id is None:
        raise PlaceNotFoundError
    ends = await resolve_place(db, place_id=element.place_id, **person)
    return Ends(
        usable=[end for end in ends.usable if end.entrance_id == entrance_id],
        closed=[door for door in ends.closed if door.entrance_id == entrance_id],
    )


def _at_door(door: EntranceVerdict, sources: Mapping[UUID, str]) -> End:
    lon, lat = door.point or (0.0, 0.0)
    surveyed = sources.get(door.entrance_id) == "audit"
    return End(
        target=Target(
            lon=lon,
            lat=lat,
            word=door.word,
            extra_seconds=float(door.extra_seconds),
            note=door.note,
            ref=str(door.entrance_id),
        ),
        resolved_by=ResolvedBy.SURVEYED_ENTRANCE if surveyed else ResolvedBy.MAPPED_ENTRANCE,
        place_id=door.place_id,
        entrance_id=door.entrance_id,
        help_kinds=door.help_kinds,
    )


async def _position_sources(db: AsyncSession, doors: Sequence[EntranceVerdict]) -> dict[UUID, str]:
    sources = {}
    for door in doors:
        element = await db.get(Element, door.entrance_id)
        if element is not None:
            sources[element.id] = element.position_source
    return sources


async def _around(db: AsyncSession, place: Place) -> list[End]:
    """Give points around a building, or the middle of a place without an outline."""
    outline = place.footprint
    if outline is None and place.parent_id is not None:
        parent = await db.get(Place, place.parent_id)
        outline = parent.footprint if parent else None
    if outline is not None:
        boundary = to_shape(outline).boundary
        fractions = [number / _SIDE_POINTS for number in range(_SIDE_POINTS)]
        points = [boundary.interpolate(part, normalized=True) for part in fractions]
        found = [(point.x, point.y) for point in points if not point.is_empty]
        resolved_by = ResolvedBy.BUILDING_SIDE
    else:
        middle = read_point(place.point)
        found = [middle] if middle else []
        resolved_by = ResolvedBy.CENTROID
    return [
        End(
            target=Target(lon=lon, lat=lat, word=Word.UNKNOWN, ref=str(place.id)),
            resolved_by=resolved_by,
            place_id=place.id,
        )
        for lon, lat in found
    ]
