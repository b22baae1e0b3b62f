"""Features of a collection, page by page, as the OGC API gives them.

Pages follow the key, so rows that come and go between two pages neither repeat nor hide others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from audits.opendata.collections import Collection
from audits.opendata.columns import Kind
from audits.opendata.errors import FeatureNotFoundError
from audits.opendata.selecting import select_count, select_extent, select_page
from geo.db.keyset import Key, encode_cursor, read_cursor_key, read_row_number

COUNT_LIMIT = 100_000
"""More rows than this are not counted: the number is left out."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FeatureFilter:
    """Which features of a collection are wanted."""

    box: Box | None = None
    """West, south, east, north; west of more than east crosses the antimeridian."""
    starts: datetime | None = None
    ends: datetime | None = None
    """Interval that the feature's own time must touch; an empty end is open."""
    equal: Mapping[str, str] = field(default_factory=dict)
    """Columns that must have a value; every one of them is filterable."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One published feature."""

    id: str | int
    geometry: str | None
    """GeoJSON as text."""
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeaturePage:
    """A page of features."""

    features: Sequence[Feature]
    cursor: str | None
    """Where the next page begins; empty on the last."""
    matched: int | None
    """Features on all pages; empty when there are too many to count, or on a later page."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where and when the features of a collection are."""

    box: Box | None
    starts: datetime | None
    """Empty also for features without a time of their own."""


async def list_features(
    db: AsyncSession,
    *,
    collection: Collection,
    wanted: FeatureFilter,
    limit: int,
    cursor: str | None = None,
) -> FeaturePage:
    """List features in the order of their ids; raises InvalidCursorError."""
    question = [
        collection.name,
        wanted.box,
        wanted.starts,
        wanted.ends,
        sorted(wanted.equal.items()),
    ]
    conditions, given = _conditions(collection, wanted)
    joined = any(each.joined for each in collection.filters if each.name in wanted.equal)
    matched = None
    if cursor is None:
        counted: int = (
            await db.scalar(
                text(select_count(collection, conditions, joined=joined)),
                {**given, "limit": COUNT_LIMIT + 1},
            )
            or 0
        )
        matched = counted if counted <= COUNT_LIMIT else None
    else:
        given["after"] = read_cursor_key(
            cursor, question=question, read=_read_number if collection.has_number_key else _read_id
        )
        conditions.append(f"{collection.key} > {_typed('after', collection)}")
    statement = text(select_page(collection, conditions, joined=joined))
    rows = (await db.execute(statement, {**given, "limit": limit + 1})).all()
    features = [_as_feature(collection, row) for row in rows[:limit]]
    more = encode_cursor([features[-1].id], question=question) if len(rows) > limit else None
    return FeaturePage(features, more, matched)


async def get_feature(db: AsyncSession, *, collection: Collection, feature_id: str) -> Feature:
    """Give one feature; raises FeatureNotFoundError, also for an id of another form."""
    try:
        key = int(feature_id) if collection.has_number_key else str(UUID(feature_id))
        if isinstance(key, int):
            read_row_number(key)
    except ValueError as error:
        raise FeatureNotFoundError from error
    statement = text(select_page(collection, [f"{collection.key} = {_typed('key', collection)}"]))
    row = (await db.execute(statement, {"key": key, "limit": 1})).first()
    if row is None:
        raise FeatureNotFoundError
    return _as_feature(collection, row)


async def get_extent(db: AsyncSession, collection: Collection) -> Extent:
    """Give where and when the features are; empty parts while there are none."""
    row = (await db.execute(text(select_extent(collection)))).one()
    box = None if row[0] is None else (row[0], row[1], row[2], row[3])
    return Extent(box, row[4])


def _conditions(collection: Collection, wanted: FeatureFilter) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    given: dict[str, Any] = {}
    if wanted.box is not None:
        boxes = _split(wanted.box)
        arms = []
        for number, box in enumerate(boxes):
            names = [f"box_{number}_{side}" for side in ("west", "south", "east", "north")]
            given |= dict(zip(names, box, strict=True))
            corners = ", ".join(f":{name}" for name in names)
            shape = f"ST_MakeEnvelope({corners}, 4326)"
            arms.append(f"ST_Intersects({collection.geometry}, {shape})")
        conditions.append(f"({' OR '.join(arms)})")
    if collection.starts is not None:
        if wanted.starts is not None:
            conditions.append(f"{collection.ends or collection.starts} >= :starts")
            given["starts"] = wanted.starts
        if wanted.ends is not None:
            conditions.append(f"{collection.starts} <= :ends")
            given["ends"] = wanted.ends
    for number, (name, value) in enumerate(wanted.equal.items()):
        column = collection.find_column(name)
        if column is None or not column.filterable:
            raise ValueError(name)
        kind = "uuid" if column.kind is Kind.ID else "text"
        conditions.append(f"{column.sql} = CAST(:equal_{number} AS {kind})")
        given[f"equal_{number}"] = value
    return conditions, given


def _split(box: Box) -> list[Box]:
    """Give a box that crosses the antimeridian as two."""
    west, south, east, north = box
    if west <= east:
        return [box]
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


def _typed(name: str, collection: Collection) -> str:
    return f"CAST(:{name} AS {'bigint' if collection.has_number_key else 'uuid'})"


def _read_id(key: Key) -> str:
    (part,) = key
    return str(UUID(str(part)))


def _read_number(key: Key) -> int:
    (part,) = key
    return read_row_number(part)


def _as_feature(collection: Collection, row: Sequence[Any]) -> Feature:
    values = {column.name: value for column, value in zip(collection.columns, row, strict=False)}
    return Feature(values.pop("id"), row[-1], values)
