"""Arrive and return: stops, parking and points to be let out from which a door can be reached.

Each is a way from there to the door that works for this person, and the word of the stop
itself. Where a car may let somebody out follows from the streets only, and is said so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.journeys.ends import resolve_places
from audits.journeys.model import Ends, Person
from audits.models import FactRow
from audits.verdicts.model import reason_as_json
from geo.db.base import SRID
from geo.geojson import read_point
from geo.mobility import Word
from geo.mobility.words import worst
from geo.network.models import EdgeKind, StreetEdge
from geo.places.kinds import ElementKind, PlaceKind, PlaceState
from geo.places.models import Element, Place
from geo.routing.answer import Place as Spot
from geo.routing.answer import Rings, Target
from geo.routing.needs import Needs
from geo.routing.ranking import MOST_FOUND, Ranked, RankRequest
from geo.routing.service import Pinned
from geo.routing.texts import choose_name

STOPS_WITHIN_M = 1_500
CARS_WITHIN_M = 500
_MOST_STOPS = 60
_MOST_PARKING = 25
_MOST_ROADS = 4
_STATIONS = ("bus_station", "station", "subway_entrance", "ferry_terminal", "taxi")
_CAR_STREETS = ("service", "living_street", "residential", "unclassified", "tertiary")
"""Streets where a car can stop for a moment; bigger roads are left out (P)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalPoint:
    """Somewhere one gets out of a bus or a car."""

    kind: str
    """`stop`, `station`, `taxi`, `parking`, `bay` or `drop_off`."""
    target: Target
    evidence: str
    """`audited`, `mapped`, or `inferred` from the street."""
    name: Mapping[str, str]
    place_id: UUID | None = None
    element_id: UUID | None = None
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ArrivalPoints:
    """What lies near a place, and what of it this person cannot use."""

    usable: Sequence[ArrivalPoint]
    unusable: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One way to arrive, ranked."""

    point: ArrivalPoint
    found: Ranked
    word: Word
    """The worse of the stop's word and the door's."""


async def list_ways_to_arrive(db: AsyncSession, *, ends: Ends, person: Person) -> ArrivalPoints:
    """List where one could arrive near a place, whether or not there is a way from there."""
    middle = ends.point
    if middle is None:
        return ArrivalPoints([], [])
    spot = func.geography(func.ST_SetSRID(func.ST_MakePoint(*middle), SRID))
    stops, unusable = await _list_stops(db, spot, person)
    usable = [
        *stops,
        *await _list_parking(db, spot),
        *await _list_bays(db, spot),
        *await _list_roads(db, ends),
    ]
    return ArrivalPoints(usable, unusable)


async def _list_stops(
    db: AsyncSession, spot: ColumnElement[Any], person: Person
) -> tuple[list[ArrivalPoint], list[Mapping[str, Any]]]:
    is_stop = or_(Place.kind == PlaceKind.STOP, Place.category.in_(_STATIONS))
    places = await _list_near(db, spot, is_stop, STOPS_WITHIN_M, _MOST_STOPS)
    resolved = await resolve_places(db, places=places, person=person)
    usable: list[ArrivalPoint] = []
    unusable: list[Mapping[str, Any]] = []
    for place in places:
        ends = resolved[place.id]
        usable += [
            ArrivalPoint(
                kind=_kind_of(place),
                target=end.target,
                evidence="mapped" if end.target.word is Word.UNKNOWN else "audited",
                name=place.name,
                place_id=place.id,
            )
            for end in ends.usable[:1]
        ]
        if not ends.usable and ends.closed:
            unusable.append(
                {
                    "kind": _kind_of(place),
                    "place_id": str(place.id),
                    "name": dict(place.name),
                    "blocking": [reason_as_json(reason) for reason in ends.blocking],
                }
            )
    return usable, unusable


def _kind_of(place: Place) -> str:
    if place.kind is PlaceKind.STOP:
        return "stop"
    return "taxi" if place.category == "taxi" else "station"


async def _list_near(
    db: AsyncSession,
    spot: ColumnElement[Any],
    condition: ColumnElement[bool],
    within_m: float,
    most: int,
) -> Sequence[Place]:
    away = func.geography(Place.point).op("<->", return_type=Float())(spot)
    rows = await db.scalars(
        select(Place)
        .where(
            Place.state == PlaceState.ACTIVE,
            condition,
            func.ST_DWithin(func.geography(Place.point), spot, within_m),
        )
        .order_by(away)
        .limit(most)
    )
    return rows.all()


async def _list_parking(db: AsyncSession, spot: ColumnElement[Any]) -> list[ArrivalPoint]:
    places = await _list_near(db, spot, Place.category == "parking", CARS_WITHIN_M, _MOST_PARKING)
    facts = await _read_counts(db, places=[place.id for place in places], elements=[])
    points = []
    for place in places:
        where = read_point(place.point)
        count, evidence = _count_bays(facts.get(place.id), place.osm_tags.get("capacity:disabled"))
        if where is None or count == 0:
            continue
        points.append(
            ArrivalPoint(
                kind="parking",
                target=_target(where, count, evidence),
                evidence=evidence,
                name=place.name,
                place_id=place.id,
                facts={"accessible_bays": count},
            )
        )
    return points


async def _list_bays(db: AsyncSession, spot: ColumnElement[Any]) -> list[ArrivalPoint]:
    rows = await db.scalars(
        select(Element)
        .where(
            Element.kind == ElementKind.PARKING,
            Element.state == PlaceState.ACTIVE,
            func.ST_DWithin(func.geography(Element.geom), spot, CARS_WITHIN_M),
        )
        .limit(_MOST_PARKING)
    )
    bays = rows.all()
    facts = await _read_counts(db, places=[], elements=[bay.id for bay in bays])
    points = []
    for bay in bays:
        where = read_point(bay.geom)
        count, evidence = _count_bays(facts.get(bay.id), bay.osm_tags.get("capacity:disabled"))
        if where is None or count == 0:
            continue
        points.append(
            ArrivalPoint(
                kind="bay",
                target=_target(where, count, evidence),
                evidence=evidence,
                name=bay.name,
                place_id=bay.place_id,
                element_id=bay.id,
                facts={"accessible_bays": count},
            )
        )
    return points


async def _read_counts(
    db: AsyncSession, *, places: Sequence[UUID], elements: Sequence[UUID]
) -> dict[UUID, int]:
    if not places and not elements:
        return {}
    rows = await db.execute(
        select(FactRow.place_id, FactRow.element_id, FactRow.value).where(
            FactRow.field == "parking.count_accessible",
            FactRow.state == "value",
            or_(
                FactRow.element_id.in_(elements),
                and_(FactRow.place_id.in_(places), FactRow.element_id.is_(None)),
            ),
        )
    )
    found = {}
    for place_id, element_id, value in rows:
        if isinstance(value, int):
            found[element_id or place_id] = value
    return found


def _count_bays(counted: int | None, mapped: str | None) -> tuple[int | None, str]:
    """Return how many bays are known, 0 when surely none, and who says so."""
    if counted is not None:
        return counted, "audited"
    if mapped is not None and mapped.isdigit():
        return int(mapped), "mapped"
    if mapped in {"no", "none"}:
        return 0, "mapped"
    return None, "mapped"


def _target(where: Spot, count: int | None, evidence: str) -> Target:
    word = Word.YES if count and evidence == "audited" else Word.UNKNOWN
    return Target(lon=where[0], lat=where[1], word=word)


async def _list_roads(db: AsyncSession, ends: Ends) -> list[ArrivalPoint]:
    """Give the nearest points of streets where a car could stop for a moment."""
    points = []
    seen: set[int] = set()
    for end in ends.usable[:2]:
        door = func.ST_SetSRID(func.ST_MakePoint(end.target.lon, end.target.lat), SRID)
        rows = await db.execute(
            select(StreetEdge.id, StreetEdge.name, func.ST_ClosestPoint(StreetEdge.geom, door))
            .where(
                StreetEdge.kind == EdgeKind.ROAD,
                StreetEdge.highway.in_(_CAR_STREETS),
                func.coalesce(StreetEdge.access, "yes") != "private",
            )
            .order_by(StreetEdge.geom.op("<->")(door))
            .limit(_MOST_ROADS)
        )
        for edge_id, name, where in rows:
            if edge_id in seen:
                continue
            seen.add(edge_id)
            spot = read_point(where)
            if spot is None:
                continue
            points.append(
                ArrivalPoint(
                    kind="drop_off",
                    target=Target(lon=spot[0], lat=spot[1], word=Word.UNKNOWN),
                    evidence="inferred",
                    name=name,
                )
            )
    return points


def rank_arrivals(
    network: Pinned,
    ends: Ends,
    points: ArrivalPoints,
    needs: Needs,
    *,
    most_s: float,
    avoid: Sequence[Rings],
) -> list[Arrival]:
    """Return the points with a way to the door, surest first, then fastest. Blocking."""
    if not points.usable or not ends.usable:
        return []
    ranking = network.rank(
        RankRequest(
            origins=[end.target for end in ends.usable],
            groups=[[point.target] for point in points.usable],
            needs=needs,
            count=min(len(points.usable), MOST_FOUND),
            backwards=True,
            check_return=True,
            avoid=avoid,
        )
    )
    arrivals = [
        Arrival(
            points.usable[found.group],
            found,
            worst(
                [
                    points.usable[found.group].target.word,
                    ends.usable[found.origin_index].target.word,
                ]
            ),
        )
        for found in ranking.found
        if found.duration_s <= most_s
    ]
    return sorted(arrivals, key=lambda each: (-each.word.rank, each.found.duration_s))


def show_arrivals(
    arrivals: Sequence[Arrival], ends: Ends, points: ArrivalPoints, language: str, most: int
) -> dict[str, Any]:
    """Give the arrivals as GeoJSON points, each with its way in numbers."""
    return {
        "type": "FeatureCollection",
        "features": [_show(each, ends, language) for each in arrivals[:most]],
        "properties": {
            "place": ends.usable[0].as_json() if ends.usable else None,
            "found": len(arrivals),
            "looked_at": len(points.usable) + len(points.unusable),
            "unusable": list(points.unusable),
        },
    }


def _show(each: Arrival, ends: Ends, language: str) -> dict[str, Any]:
    point = each.point
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [point.target.lon, point.target.lat]},
        "properties": {
            "kind": point.kind,
            "name": choose_name(point.name, language) or None,
            "place_id": str(point.place_id) if point.place_id else None,
            "element_id": str(point.element_id) if point.element_id else None,
            "facts": dict(point.facts or {}),
            "evidence": point.evidence,
            "word": each.word.value,
            "stop_word": point.target.word.value,
            "door_word": ends.usable[each.found.origin_index].target.word.value,
            "entrance_id": ends.usable[each.found.origin_index].target.ref,
            "distance_m": round(each.found.length_mm / 1000, 1),
            "duration_s": round(each.found.duration_s),
            "way_back": each.found.return_s is not None,
            "way_back_s": None if each.found.return_s is None else round(each.found.return_s),
        },
    }
