"""The feed of a phone: first the present state in pages, then what changed, without gaps.

Only changes of transactions below the oldest one still running are told. They are final and
sorted by transaction, so a page ends at a place behind which nothing can appear later. A page
reads everything in one snapshot. A change may be told twice; an item always is the whole
present state, so applying it again is harmless.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from audits.models import Audit
from audits.sync.contents import Item, describe_audits, describe_barriers, describe_places
from audits.sync.cursors import Stage, SyncCursor, read_cursor, write_cursor
from geo.db.changes import ChangeKind
from geo.errors import DomainError, ErrorKind, InvalidCursorError
from geo.network.models import Barrier
from geo.network.queries import OPEN_BARRIERS
from geo.places.kinds import PlaceState
from geo.places.models import District, Place

MAX_AREA_DEGREES = 0.5
"""About 40 km: a city, not a region."""
_SPAN = 2_000
"""Rows of the change log that one page looks at: what a page costs does not grow with the log."""

_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
_CHANGES = text(
    """
    WITH scope AS (SELECT CAST(:area AS geometry) AS area),
    span AS (
      SELECT c.id, c.xid, c.kind, c.subject_id, c.account_id, c.area
      FROM changes c
      WHERE (c.xid, c.id) > (CAST(CAST(:xid AS text) AS xid8), :change_id)
        AND c.xid < pg_snapshot_xmin(pg_current_snapshot())
      ORDER BY c.xid, c.id
      LIMIT :span
    )
    SELECT s.id, s.xid::text AS xid, s.kind, s.subject_id,
           coalesce(s.account_id = :account_id, false) AS is_mine,
           coalesce(ST_Intersects(s.area, scope.area), s.area IS NULL) AS is_here
    FROM span s CROSS JOIN scope
    ORDER BY s.xid, s.id
    """
)
_PHOTO_OWNERS = text("SELECT id, audit_id FROM photos WHERE id = ANY(:ids)")
_AREA_KINDS = {
    ChangeKind.PLACE: "place",
    ChangeKind.BARRIER: "barrier",
    ChangeKind.PLACES: "area",
    ChangeKind.NETWORK: "area",
}
_OWN_KINDS = {ChangeKind.AUDIT: "audit", ChangeKind.PHOTO: "photo"}
_STAGE_OF = {"place": Stage.PLACES, "area": Stage.PLACES, "barrier": Stage.BARRIERS}


class AreaMissingError(DomainError):
    """Places and barriers are told for an area only."""

    code = "area-missing"
    title = "Name an area: a bbox of at most half a degree, or a district"
    kind = ErrorKind.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the world a phone keeps."""

    account_id: UUID | None
    """Whose audits; empty when audits are not asked for."""
    stages: tuple[Stage, ...]
    box: tuple[float, float, float, float] | None = None
    district_id: UUID | None = None

    @property
    def question(self) -> list[Any]:
        """Give what a cursor is bound to."""
        account = str(self.account_id) if Stage.AUDITS in self.stages else None
        district = str(self.district_id) if self.district_id else None
        return [account, [stage.value for stage in self.stages], self.box, district]


@dataclass(frozen=True, slots=True)
class SyncPage:
    """Items in the order in which a phone applies them, and where to go on."""

    items: Sequence[Item]
    cursor: str
    has_more: bool


async def read_page(
    db: AsyncSession, *, scope: Scope, cursor: str | None, limit: int, now: datetime
) -> SyncPage:
    """Give the next page of a scope; `db` is one snapshot, `limit` bounds the items.

    Raises InvalidCursorError, CursorTooOldError and AreaMissingError.
    """
    horizon = int(str(await db.scalar(_HORIZON)))
    area = await _find_area(db, scope)
    if cursor is None:
        here = SyncCursor(scope.stages[0], horizon, 0)
    else:
        here = read_cursor(cursor, question=scope.question, horizon=horizon, now=now)
        if here.stage not in {*scope.stages, Stage.CHANGES}:
            raise InvalidCursorError
    if here.stage is Stage.CHANGES:
        items, here, has_more = await _follow(db, scope, here, area, limit, horizon)
    else:
        items, here = await _load(db, scope, here, area, limit)
        has_more = True
    return SyncPage(items, write_cursor(here, question=scope.question, now=now), has_more)


async def start_cursor(db: AsyncSession, *, scope: Scope, now: datetime) -> str:
    """Give the cursor of a phone that got the present state of this snapshot in another way."""
    horizon = int(str(await db.scalar(_HORIZON)))
    here = SyncCursor(Stage.CHANGES, horizon, 0)
    return write_cursor(here, question=scope.question, now=now)


async def _find_area(db: AsyncSession, scope: Scope) -> str | None:
    """Give the area as WKT with its SRID, `None` when only audits are asked for."""
    if set(scope.stages) <= {Stage.AUDITS}:
        return None
    if scope.box is not None:
        west, south, east, north = scope.box
        sides = (east - west, north - south)
        if min(sides) <= 0 or max(sides) > MAX_AREA_DEGREES:
            raise AreaMissingError(limit_degrees=MAX_AREA_DEGREES)
        return (
            f"SRID=4326;POLYGON(({west} {south},{east} {south},{east} {north},"
            f"{west} {north},{west} {south}))"
        )
    if scope.district_id is not None:
        found = select(text("ST_AsEWKT(geom)")).select_from(District)
        shape = await db.scalar(found.where(District.id == scope.district_id))
        if shape is not None:
            return str(shape)
    raise AreaMissingError


async def _load(
    db: AsyncSession, scope: Scope, here: SyncCursor, area: str | None, limit: int
) -> tuple[list[Item], SyncCursor]:
    """Give a page of the present state, and where the next one begins."""
    ids = await _list_ids(db, scope, here, area, limit)
    describe = _describers(db, scope)[here.stage]
    items = await describe(ids)
    if len(ids) == limit:
        return [items[key] for key in ids], replace(here, after=ids[-1])
    position = scope.stages.index(here.stage) + 1
    following = scope.stages[position] if position < len(scope.stages) else Stage.CHANGES
    return [items[key] for key in ids], replace(here, stage=following, after=None)


async def _list_ids(
    db: AsyncSession, scope: Scope, here: SyncCursor, area: str | None, limit: int
) -> list[UUID]:
    inside = "ST_Intersects({}, CAST(:area AS geometry))"
    if here.stage is Stage.AUDITS:
        statement = select(Audit.id).where(
            Audit.author_id == scope.account_id, Audit.withdrawn_at.is_(None)
        )
        key = Audit.id
    elif here.stage is Stage.PLACES:
        statement = select(Place.id).where(
            text(inside.format("places.point")), Place.state == PlaceState.ACTIVE
        )
        key = Place.id
    else:
        statement = select(Barrier.id).where(
            text(inside.format("barriers.geom")), Barrier.state.in_(OPEN_BARRIERS)
        )
        key = Barrier.id
    if here.after is not None:
        statement = statement.where(key > here.after)
    rows = await db.scalars(statement.order_by(key).limit(limit), {"area": area} if area else {})
    return list(rows)


def _describers(
    db: AsyncSession, scope: Scope
) -> dict[Stage, Callable[[Sequence[UUID]], Awaitable[dict[UUID, Item]]]]:
    async def audits(ids: Sequence[UUID]) -> dict[UUID, Item]:
        author = scope.account_id
        return await describe_audits(db, author_id=author, ids=ids) if author else {}

    async def places(ids: Sequence[UUID]) -> dict[UUID, Item]:
        return await describe_places(db, ids=ids)

    async def barriers(ids: Sequence[UUID]) -> dict[UUID, Item]:
        return await describe_barriers(db, ids=ids)

    return {Stage.AUDITS: audits, Stage.PLACES: places, Stage.BARRIERS: barriers}


async def _follow(
    db: AsyncSession,
    scope: Scope,
    here: SyncCursor,
    area: str | None,
    limit: int,
    horizon: int,
) -> tuple[list[Item], SyncCursor, bool]:
    """Give what changed since the cursor, each subject once, as it is now."""
    found = await db.execute(
        _CHANGES,
        {
            "area": area,
            "xid": str(here.xid),
            "change_id": here.change_id,
            "account_id": scope.account_id,
            "span": _SPAN,
        },
    )
    rows = found.all()
    wanted: dict[tuple[str, str], None] = {}
    for row in rows:
        kind = _what_matters(row, scope)
        if kind is not None:
            wanted[kind, row.subject_id if kind != "area" else ""] = None
        here = replace(here, xid=int(row.xid), change_id=row.id)
        if len(wanted) == limit:
            break
    has_more = len(rows) == _SPAN or (bool(rows) and here.change_id != rows[-1].id)
    if not has_more:
        here = replace(here, xid=max(here.xid, horizon), change_id=0)
    return await _describe(db, scope, list(wanted)), here, has_more


def _what_matters(row: Any, scope: Scope) -> str | None:  # noqa: ANN401 - a row of the statement
    kind = ChangeKind(row.kind)
    if kind in _OWN_KINDS:
        return _OWN_KINDS[kind] if row.is_mine and Stage.AUDITS in scope.stages else None
    name = _AREA_KINDS.get(kind)
    if name is None or _STAGE_OF[name] not in scope.stages:
        return None
    return name if row.is_here else None


async def _describe(
    db: AsyncSession, scope: Scope, wanted: Sequence[tuple[str, str]]
) -> list[Item]:
    """Give the present state of every subject, in the order of the changes."""
    photos = [UUID(key) for kind, key in wanted if kind == "photo"]
    owners: dict[str, UUID] = {}
    if photos:
        rows = await db.execute(_PHOTO_OWNERS, {"ids": photos})
        owners = {str(row.id): row.audit_id for row in rows if row.audit_id is not None}
    by_kind: dict[str, dict[UUID, None]] = {"audit": {}, "place": {}, "barrier": {}}
    order: dict[tuple[str, UUID | None], None] = {}
    for kind, key in wanted:
        if kind == "area":
            order["area", None] = None
            continue
        target = owners.get(key) if kind == "photo" else UUID(key)
        if target is not None:
            name = "audit" if kind == "photo" else kind
            by_kind[name][target] = None
            order[name, target] = None
    stages = {"audit": Stage.AUDITS, "place": Stage.PLACES, "barrier": Stage.BARRIERS}
    describe = _describers(db, scope)
    items: dict[tuple[str, UUID | None], Item] = {("area", None): {"type": "area", "op": "refresh"}}
    for name, ids in by_kind.items():
        if ids:
            described = await describe[stages[name]](list(ids))
            items |= {(name, key): item for key, item in described.items()}
    return [items[each] for each in order]
