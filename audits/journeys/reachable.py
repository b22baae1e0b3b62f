"""Places within reach, by category, with time and word; and reach as GeoJSON."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Float, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.journeys.ends import resolve_places
from audits.journeys.model import Ends, Person
from geo.db.base import SRID
from geo.geojson import read_point
from geo.mobility import Profile, Word
from geo.places.kinds import ElementKind, PlaceState
from geo.places.models import Element, Place
from geo.places.search import is_listed
from geo.routing.answer import Target
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.reach import Reach

MOST_CANDIDATES = 1_500
"""Places nearest to the start that are looked at (P)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that might lie within reach, with the points where one would enter."""

    id: UUID
    category: str
    word: Word
    """The published one."""
    targets: Sequence[Target]


@dataclass(frozen=True, slots=True)
class Reached:
    """A place within reach."""

    place: Place
    ends: Ends
    duration_s: float
    target_index: int


async def read_candidates(
    db: AsyncSession, reach: Reach, *, origin: Target, profile: Profile, categories: Sequence[str]
) -> list[Candidate]:
    """Give the places in the box of the largest reach, nearest first, with their entrances."""
    box = _box(reach)
    if box is None:
        return []
    middle = func.geography(func.ST_SetSRID(func.ST_MakePoint(origin.lon, origin.lat), SRID))
    away = func.geography(Place.point).op("<->", return_type=Float())(middle)
    statement = (
        select(Place.id, Place.parent_id, Place.category, Place.entry_words, Place.point)
        .where(
            Place.state == PlaceState.ACTIVE,
            is_listed(),
            Place.point.bool_op("&&")(func.ST_MakeEnvelope(*box, SRID)),
        )
        .order_by(away)
        .limit(MOST_CANDIDATES)
    )
    if categories:
        statement = statement.where(Place.category.in_(categories))
    rows = (await db.execute(statement)).all()
    owners = {row.id for row in rows} | {row.parent_id for row in rows if row.parent_id}
    doors: dict[UUID, list[Target]] = {}
    elements = await db.execute(
        select(Element.place_id, Element.geom).where(
            Element.place_id.in_(owners),
            Element.kind == ElementKind.ENTRANCE,
            Element.state == PlaceState.ACTIVE,
            Element.geom.is_not(None),
        )
    )
    for place_id, geom in elements:
        if place_id is not None:
            doors.setdefault(place_id, []).append(_target(geom))
    return [
        Candidate(
            row.id,
            row.category,
            Word.from_code(row.entry_words[profile.position]),
            doors.get(row.id) or doors.get(row.parent_id) or [_target(row.point)],
        )
        for row in rows
    ]


def _target(geom: Any) -> Target:  # noqa: ANN401 - a stored geometry
    lon, lat = read_point(geom) or (0.0, 0.0)
    return Target(lon=lon, lat=lat, word=Word.UNKNOWN)


def _box(reach: Reach) -> tuple[float, float, float, float] | None:
    spots = [
        spot
        for band in reach.bands
        for polygon in band.outline
        for ring in polygon[:1]
        for spot in ring
    ]
    if not spots:
        return None
    lons, lats = [spot[0] for spot in spots], [spot[1] for spot in spots]
    return min(lons), min(lats), max(lons), max(lats)


def time_candidates(reach: Reach, candidates: Sequence[Candidate]) -> list[tuple[float, Candidate]]:
    """Return the places within reach with the time to their nearest door. Blocking."""
    targets = [target for each in candidates for target in each.targets]
    times = iter(reach.time_to(targets) if targets else [])
    timed = []
    for each in candidates:
        own = [found for _target in each.targets if (found := next(times)) is not None]
        if own:
            timed.append((min(own), each))
    return sorted(timed, key=lambda pair: pair[0])


async def judge_nearest(
    db: AsyncSession, timed: Sequence[tuple[float, Candidate]], *, person: Person, most: int
) -> list[tuple[Place, Ends]]:
    """Give the nearest places with the entrances and words that hold for this person."""
    ids = [each.id for _time, each in timed[:most]]
    if not ids:
        return []
    rows = await db.scalars(select(Place).where(Place.id.in_(ids)))
    places = {place.id: place for place in rows}
    ends = await resolve_places(db, places=list(places.values()), person=person)
    return [(places[key], ends[key]) for key in ids if key in places]


def show_reach(
    reach: Reach,
    timed: Sequence[tuple[float, Candidate]],
    judged: Sequence[tuple[Place, Ends]],
    starts: Ends,
) -> dict[str, Any]:
    """Give reach as GeoJSON: one MultiPolygon per time, places in `properties`. Blocking."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "MultiPolygon", "coordinates": band.outline},
                "properties": {
                    "minutes": round(band.budget_s / 60),
                    "reached_m": round(band.reached_mm / 1000),
                    "evidence_m": {
                        limit.name.lower(): {
                            source.name.lower(): round(parts[source] / 1000) for source in Evidence
                        }
                        for limit, parts in zip(LimitKind, band.evidence_mm, strict=True)
                    },
                },
            }
            for band in reach.bands
        ],
        "properties": {
            "origin": starts.usable[0].as_json() if starts.usable else None,
            "places": _show_places(reach, judged),
            "by_category": _count(timed),
            "network": {"key": reach.graph_key, "version": reach.overlay_version},
        },
    }


def _count(timed: Sequence[tuple[float, Candidate]]) -> dict[str, dict[str, int]]:
    """Count places within reach per category by their published word."""
    counts: dict[str, Counter[str]] = {}
    for _time, each in timed:
        counts.setdefault(each.category, Counter())[each.word.value] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    return {category: dict(words) for category, words in ordered}


def _show_places(reach: Reach, judged: Sequence[tuple[Place, Ends]]) -> list[Mapping[str, Any]]:
    targets = [end.target for _place, ends in judged for end in ends.usable]
    times = iter(reach.time_to(targets) if targets else [])
    shown: list[tuple[float, Mapping[str, Any]]] = []
    for place, ends in judged:
        own = [(next(times), end) for end in ends.usable]
        reachable = [(time, end) for time, end in own if time is not None]
        if not reachable:
            continue
        time, end = min(reachable, key=lambda pair: pair[0])
        shown.append(
            (
                time,
                {
                    "place_id": str(place.id),
                    "name": dict(place.name),
                    "address": dict(place.address),
                    "category": place.category,
                    "point": [end.target.lon, end.target.lat],
                    "word": end.target.word.value,
                    "help_kinds": [kind.value for kind in end.help_kinds],
                    "duration_s": round(time),
                },
            )
        )
    return [each for _time, each in sorted(shown, key=lambda pair: pair[0])]
