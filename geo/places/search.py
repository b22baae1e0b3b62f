"""Lists of places: in a box or polygon, or nearest first, by category, word and facts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2 import functions as gis
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Float, Select, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.base import SRID
from geo.db.keyset import Key, decode_cursor, encode_cursor, read_cursor_key
from geo.errors import DomainError, ErrorKind
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.feature_filter import has_feature
from geo.places.features import FeatureWanted
from geo.places.kinds import PlaceKind, PlaceState, Sector
from geo.places.models import Place

MAX_LIMIT = 500
MAX_BOX_DEGREES = 5.0


class BoxTooLargeError(DomainError):
    """A box is malformed, crosses the antimeridian, or is larger than a region."""

    code = "invalid-box"
    title = "The box must be west,south,east,north in degrees and no larger than a region"
    kind = ErrorKind.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """Which places are asked for; empty parts ask for everything."""

    box: tuple[float, float, float, float] | None = None
    near: tuple[float, float] | None = None
    kinds: tuple[PlaceKind, ...] = ()
    categories: tuple[str, ...] = ()
    sectors: tuple[Sector, ...] = ()
    profile: Profile | None = None
    words: tuple[Word, ...] = ()
    scope: str = "entry"
    limit: int = 50
    listed_only: bool = False
    """Leave out plain buildings (`is_listed`)."""
    area: BaseGeometry | None = None
    """A polygon that `geo.places.areas.read_polygon` read."""
    features: tuple[FeatureWanted, ...] = ()
    audited_only: bool = False
    """Leave out facts that only the map states."""
    least_confidence: int = 0
    """0 low, 1 medium, 2 high: of the word of `profile`, and of audited facts."""
    bound_to: str = ""
    """Whatever else a cursor of this list belongs to."""


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place of a list, with its distance where one was asked for."""

    place: Place
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page and the cursor of the next one."""

    items: Sequence[FoundPlace]
    cursor: str | None


def is_listed() -> ColumnElement[bool]:
    """Tell what people look for from plain buildings, which have no name and no word yet."""
    unknown: ColumnElement[list[int]] = literal_column("'{0,0,0,0,0,0}'::smallint[]")
    return or_(
        Place.kind != PlaceKind.BUILDING,
        Place.name != literal_column("'{}'::jsonb"),
        Place.entry_words != unknown,
    )


async def list_places(
    db: AsyncSession, wanted: PlaceFilter, *, cursor: str | None = None
) -> FoundPage:
    """List active places, nearest first when `near` is given, by id otherwise.

    Raises BoxTooLargeError and InvalidCursorError.
    """
    limit = min(wanted.limit, MAX_LIMIT)
    question = _question(wanted)
    statement = select(Place).where(*list_conditions(wanted))
    if wanted.near is None:
        statement = _by_id(statement, cursor, question).limit(limit + 1)
        rows: list[FoundPlace] = [FoundPlace(p, None) for p in await db.scalars(statement)]
    else:
        nearest = _by_distance(statement, wanted.near, cursor, question).limit(limit + 1)
        rows = [FoundPlace(p, d) for p, d in await db.execute(nearest)]
    if len(rows) <= limit:
        return FoundPage(rows, None)
    return FoundPage(rows[:limit], continue_after(wanted, rows[:limit], cursor=cursor))


def continue_after(wanted: PlaceFilter, rows: Sequence[FoundPlace], *, cursor: str | None) -> str:
    """Give the cursor that goes on after the last of some rows of the page after `cursor`."""
    question = _question(wanted)
    return encode_cursor(_key_of(rows, cursor, question), question=question)


def _key_of(
    rows: Sequence[FoundPlace], cursor: str | None, question: list[Any]
) -> list[str | int | float]:
    """Give where the next page goes on: after an id, or after all seen at the last distance.

    A second sort key would be simpler, but PostgreSQL then no longer walks the spatial index.
    """
    last = rows[-1]
    if last.distance_m is None:
        return [str(last.place.id)]
    ties = [str(row.place.id) for row in rows if row.distance_m == last.distance_m]
    last_m, *seen = decode_cursor(cursor, question=question) if cursor else [None]
    return [last.distance_m, *(seen if last_m == last.distance_m else ()), *ties]


def _question(wanted: PlaceFilter) -> list[Any]:
    other = replace(wanted, limit=0, area=None)
    area = wanted.area.wkt if wanted.area is not None else None
    return [area, *(getattr(other, name) for name in PlaceFilter.__slots__)]


def list_conditions(wanted: PlaceFilter) -> list[ColumnElement[bool]]:
    """Give the conditions that every place of a list meets; raises BoxTooLargeError."""
    conditions: list[ColumnElement[bool]] = [Place.state == PlaceState.ACTIVE]
    if wanted.box is not None:
        conditions.append(Place.point.bool_op("&&")(envelope(wanted.box)))
    if wanted.area is not None:
        shape = func.ST_GeomFromWKB(shapely.to_wkb(wanted.area), SRID)
        conditions.append(gis.ST_Intersects(Place.point, shape))
    conditions += [
        has_feature(
            each, audited_only=wanted.audited_only, least_confidence=wanted.least_confidence
        )
        for each in wanted.features
    ]
    if wanted.listed_only:
        conditions.append(is_listed())
    if wanted.kinds:
        conditions.append(Place.kind.in_(wanted.kinds))
    if wanted.categories:
        conditions.append(Place.category.in_(wanted.categories))
    if wanted.sectors:
        conditions.append(Place.sector.in_(wanted.sectors))
    if wanted.profile is not None:
        conditions += _conditions_of_word(wanted, wanted.profile)
    return conditions


def _conditions_of_word(wanted: PlaceFilter, profile: Profile) -> list[ColumnElement[bool]]:
    entry = wanted.scope == "entry"
    # PostgreSQL counts array elements from one.
    position: ColumnElement[int] = literal_column(str(profile.position + 1))
    conditions: list[ColumnElement[bool]] = []
    if wanted.words:
        words = Place.entry_words if entry else Place.service_words
        conditions.append(words[position].in_([word.code for word in wanted.words]))
    if wanted.least_confidence:
        sure = Place.entry_confidences if entry else Place.service_confidences
        conditions.append(sure[position] >= wanted.least_confidence)
    return conditions


def envelope(box: tuple[float, float, float, float]) -> ColumnElement[Any]:
    """Make a box for the index; raises BoxTooLargeError for one that is no box of a region."""
    west, south, east, north = box
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - the world
        raise BoxTooLargeError(box=list(box))
    if east - west > MAX_BOX_DEGREES or north - south > MAX_BOX_DEGREES:
        raise BoxTooLargeError(box=list(box), limit_degrees=MAX_BOX_DEGREES)
    return gis.ST_MakeEnvelope(west, south, east, north, SRID)


def _by_id(statement: Select[Place], cursor: str | None, question: list[Any]) -> Select[Place]:
    if cursor is not None:
        last_id = read_cursor_key(cursor, question=question, read=lambda key: UUID(str(key[0])))
        statement = statement.where(Place.id > last_id)
    return statement.order_by(Place.id)


def _by_distance(
    statement: Select[Place],
    near: tuple[float, float],
    cursor: str | None,
    question: list[Any],
) -> Select[Place, float]:
    # In metres on the sphere, through the index: the order of degrees is not nearest first.
    metres: ColumnElement[float] = func.geography(Place.point).op("<->", return_type=Float())(
        func.geography(gis.ST_SetSRID(gis.ST_MakePoint(*near), SRID))
    )
    if cursor is not None:
        last_m, seen_ids = read_cursor_key(cursor, question=question, read=_read_seen)
        statement = statement.where(metres >= last_m, Place.id.not_in(seen_ids))
    return statement.add_columns(metres).order_by(metres)


def _read_seen(key: Key) -> tuple[float, list[UUID]]:
    last_m, *seen = key
    return float(last_m), [UUID(str(each)) for each in seen]
