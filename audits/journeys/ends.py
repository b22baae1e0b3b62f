"""From what is known about a building to where a route may end: entrances with words.

The router knows points, words and seconds, nothing of audits. Better knowledge wins: a surveyed
entrance over a mapped one, that over a side of the building, that over its middle; and the
answer says which it was.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import cast
from uuid import UUID

import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.journeys.legs import Lines, describe_leg
from audits.journeys.model import End, Ends, Person, ResolvedBy
from audits.recompute import load_places
from audits.verdicts import EntranceVerdict, PlaceFacts, Scope, Verdict, judge
from geo.distance import apart_m, measure_m
from geo.geojson import read_point
from geo.mobility import Help, HelpKind, Word
from geo.mobility.hours import open_at
from geo.places.addresses import find_address
from geo.places.kinds import ElementKind, PlaceKind, PlaceState
from geo.places.models import Element, Place
from geo.places.queries import PlaceNotFoundError, get_public_place
from geo.routing.answer import Place as Spot
from geo.routing.answer import Target
from geo.routing.paces import PACES, SLOPE_CAP, slope_paces

_SIDE_POINTS = 12
"""Points tried around a building of which nobody knows the door."""
_FEW = 5
_WITHOUT_DOOR = frozenset({PlaceKind.STOP, PlaceKind.OUTDOOR})
_LINE_KINDS = frozenset({ElementKind.PATH, ElementKind.RAMP, ElementKind.STAIRS})


def resolve_point(lon: float, lat: float) -> Ends:
    """Take a point as it is."""
    target = Target(lon=lon, lat=lat, word=Word.YES)
    return Ends(usable=[End(target=target, resolved_by=ResolvedBy.POINT)])


async def resolve_place(db: AsyncSession, *, place_id: UUID, person: Person) -> Ends:
    """Give the entrances of a place that work for this person, or the next best thing.

    Entrances that are known to work keep the unknown ones out. Where every entrance is known
    not to work, nothing is usable and the reasons are given. An organisation inside a building
    inherits the building's entrances unless it has a door of its own. Raises
    PlaceNotFoundError.
    """
    place = await get_public_place(db, place_id)
    return (await resolve_places(db, places=[place], person=person))[place.id]


async def resolve_entrance(db: AsyncSession, *, entrance_id: UUID, person: Person) -> Ends:
    """Give one chosen entrance, whatever is known about it short of a proven barrier."""
    element = await db.get(Element, entrance_id)
    if (
        element is None
        or element.place_id is None
        or element.kind is not ElementKind.ENTRANCE
        or element.state is not PlaceState.ACTIVE
    ):
        raise PlaceNotFoundError
    place = await get_public_place(db, element.place_id)
    found = await resolve_places(db, places=[place], person=person, only=entrance_id)
    return found[place.id]


async def resolve_address(
    db: AsyncSession, *, text: str, near: Spot | None, person: Person
) -> Ends:
    """Give the entrances of the place that a typed address or name means.

    Raises AddressNotFoundError, and AmbiguousAddressError with its candidates.
    """
    hit, others = await find_address(db, text, near=near)
    ends = await resolve_place(db, place_id=hit.place_id, person=person)
    return replace(ends, hit=hit, other_hits=others)


async def resolve_places(
    db: AsyncSession,
    *,
    places: Sequence[Place],
    person: Person,
    only: UUID | None = None,
) -> dict[UUID, Ends]:
    """Resolve many places at once, in a fixed number of statements; by id of the place.

    `only` keeps one entrance of one place.
    """
    facts = await load_places(db, places)
    if len(places) > _FEW:
        # Many verdicts take a while; the event loop has others to serve.
        verdicts = await asyncio.to_thread(_judge_many, facts, places, person)
    else:
        verdicts = _judge_many(facts, places, person)
    doors = {door.entrance_id: door for verdict in verdicts.values() for door in verdict.entrances}
    elements = await _read_elements(db, doors)
    parents = await _read_parents(db, places, verdicts)
    found = {}
    for place in places:
        owner = facts[place.id]
        placed = [door for door in verdicts[place.id].entrances if door.point is not None]
        chosen = [door for door in placed if only in {None, door.entrance_id}]
        if chosen:
            found[place.id] = _at_doors(place, owner, chosen, elements, person)
        elif placed:
            found[place.id] = Ends(usable=[])
        else:
            found[place.id] = _without_doors(place, verdicts[place.id], parents)
    return {
        place.id: replace(
            found[place.id],
            place_id=place.id,
            name=dict(place.name),
            is_closed=_is_closed(place, person),
        )
        for place in places
    }


def _is_closed(place: Place, person: Person) -> bool:
    return person.at is not None and open_at(place.opening_hours, person.at) is False


def _judge_many(
    facts: Mapping[UUID, PlaceFacts], places: Sequence[Place], person: Person
) -> dict[UUID, Verdict]:
    return {place.id: judge_for(facts[place.id], person) for place in places}


def judge_for(place: PlaceFacts, person: Person) -> Verdict:
    """Give the word for getting in, for one person."""
    return judge(
        place,
        person.profile,
        Scope.ENTRY,
        now=person.now,
        limits=person.limits,
        help_at_hand=person.help_at_hand,
        keys=person.keys,
        at=person.at,
    )


def _at_doors(
    place: Place,
    facts: PlaceFacts,
    doors: Sequence[EntranceVerdict],
    elements: "_Elements",
    person: Person,
) -> Ends:
    best = [door for door in doors if door.word.usable]
    unknown = [door for door in doors if door.word is Word.UNKNOWN]
    usable = [_at_door(place, facts, door, elements, person) for door in best or unknown]
    closed = [door for door in doors if door.word is Word.NO]
    openable = {} if usable else _find_openable(facts, person, closed)
    return Ends(usable=usable, closed=closed, openable=openable)


_TRIES: tuple[tuple[tuple[HelpKind, ...], Help | None, bool], ...] = (
    ((HelpKind.STAFF,), Help.STAFF, False),
    ((HelpKind.COMPANION,), Help.COMPANION, False),
    ((HelpKind.KEY,), None, True),
    ((HelpKind.COMPANION, HelpKind.KEY), Help.COMPANION, True),
)


def _find_openable(
    facts: PlaceFacts, person: Person, closed: Sequence[EntranceVerdict]
) -> dict[UUID, tuple[HelpKind, ...]]:
    """Return which help or key would open which of the closed entrances, the least first."""
    found: dict[UUID, tuple[HelpKind, ...]] = {}
    wanted = {door.entrance_id for door in closed}
    for kinds, help_at_hand, with_key in _TRIES:
        other = replace(
            person,
            help_at_hand=help_at_hand or person.help_at_hand,
            keys=person.keys | {"any"} if with_key else person.keys,
        )
        for door in judge_for(facts, other).entrances:
            if door.entrance_id in wanted and door.word.usable:
                found.setdefault(door.entrance_id, kinds)
    return found


def _at_door(
    place: Place,
    facts: PlaceFacts,
    door: EntranceVerdict,
    elements: "_Elements",
    person: Person,
) -> End:
    spot = door.point or (0.0, 0.0)
    owner: PlaceFacts | None = facts
    while owner is not None and owner.id != door.place_id:
        owner = owner.parent
    leg = describe_leg(owner, door, elements.lines_to(door)) if owner is not None else ()
    lines = [part.shape for part in leg if part.shape]
    pace = float(slope_paces(PACES[person.profile])[SLOPE_CAP])
    along = sum(measure_m(line) for line in lines) * pace
    lon, lat = lines[0][0] if lines else spot
    surveyed = elements.sources.get(door.entrance_id) == "audit"
    return End(
        target=Target(
            lon=lon,
            lat=lat,
            word=door.word,
            extra_seconds=float(door.extra_seconds) + along,
            note=door.note,
            ref=str(door.entrance_id),
        ),
        resolved_by=ResolvedBy.SURVEYED_ENTRANCE if surveyed else ResolvedBy.MAPPED_ENTRANCE,
        place_id=door.place_id,
        entrance_id=door.entrance_id,
        inherited=door.place_id != place.id,
        help_kinds=door.help_kinds,
        door=spot,
        leg=leg,
        word_confidence=door.confidence,
    )


class _Elements:
    """Rows of entrances and of what stands under them, read once."""

    def __init__(self, rows: Sequence[Element]) -> None:
        self.sources = {row.id: row.position_source for row in rows}
        self._shapes: dict[UUID, dict[UUID, BaseGeometry]] = defaultdict(dict)
        for row in rows:
            if row.parent_id is not None and row.geom is not None and row.kind in _LINE_KINDS:
                shape = to_shape(row.geom)
                if shape.geom_type == "LineString":
                    self._shapes[row.parent_id][row.id] = shape

    def lines_to(self, door: EntranceVerdict) -> Lines:
        """Give the lines under one entrance, each running towards the door."""
        lon, lat = door.point or (0.0, 0.0)
        lines = {}
        for key, shape in self._shapes[door.entrance_id].items():
            line = [cast("Spot", tuple(spot[:2])) for spot in shape.coords]
            if apart_m(line[0], (lon, lat)) < apart_m(line[-1], (lon, lat)):
                line.reverse()
            lines[key] = tuple(line)
        return lines


async def _read_elements(db: AsyncSession, doors: Collection[UUID]) -> _Elements:
    if not doors:
        return _Elements([])
    rows = await db.scalars(
        select(Element).where(
            Element.id.in_(doors) | Element.parent_id.in_(doors),
            Element.state == PlaceState.ACTIVE,
        )
    )
    return _Elements(rows.all())


async def _read_parents(
    db: AsyncSession, places: Sequence[Place], verdicts: Mapping[UUID, Verdict]
) -> dict[UUID, Place]:
    """Read the buildings around places of which neither a door nor an outline is known."""
    wanted = {
        place.parent_id
        for place in places
        if place.footprint is None
        and place.parent_id is not None
        and not any(door.point for door in verdicts[place.id].entrances)
    }
    if not wanted:
        return {}
    rows = await db.scalars(select(Place).where(Place.id.in_(wanted)))
    return {row.id: row for row in rows}


def _without_doors(place: Place, verdict: Verdict, parents: Mapping[UUID, Place]) -> Ends:
    if place.kind in _WITHOUT_DOOR:
        return _at_open_place(place, verdict)
    return Ends(usable=_around(place, parents))


def _at_open_place(place: Place, verdict: Verdict) -> Ends:
    """Give the point of a stop or an outdoor place; its own word is that of the target."""
    spot = read_point(place.point)
    if spot is None:
        return Ends(usable=[])
    if verdict.word is Word.NO:
        closed = EntranceVerdict(
            entrance_id=place.id,
            place_id=place.id,
            point=spot,
            word=Word.NO,
            extra_seconds=0,
            note="note.level",
            blocking=verdict.blocking,
        )
        return Ends(usable=[], closed=[closed])
    target = Target(lon=spot[0], lat=spot[1], word=verdict.word, ref=str(place.id))
    is_stop = place.kind is PlaceKind.STOP
    return Ends(
        usable=[
            End(
                target=target,
                resolved_by=ResolvedBy.STOP if is_stop else ResolvedBy.CENTROID,
                place_id=place.id,
                help_kinds=verdict.help_kinds,
            )
        ]
    )


def _around(place: Place, parents: Mapping[UUID, Place]) -> list[End]:
    """Give points around a building, or the middle of a place without an outline."""
    outline = place.footprint
    parent = parents.get(place.parent_id) if place.parent_id else None
    if outline is None and parent is not None:
        outline = parent.footprint
    if outline is not None:
        found = _spread_along(to_shape(outline))
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


def _spread_along(outline: BaseGeometry) -> list[Spot]:
    """Give points at equal distances along the outer walls of all parts of a building.

    Houses around a courtyard have inner walls, too, which no street reaches.
    """
    parts = shapely.get_parts(outline)
    walls = [wall for wall in shapely.get_exterior_ring(parts) if wall is not None]
    step = sum(wall.length for wall in walls) / _SIDE_POINTS
    found, offset = [], 0.0
    for wall in walls:
        while offset < wall.length:
            point = wall.interpolate(offset)
            found.append((point.x, point.y))
            offset += step
        offset -= wall.length
    return found[:_SIDE_POINTS]
