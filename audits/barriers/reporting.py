"""Take in a report under the phone's id, and close the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from geoalchemy2.shape import to_shape
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.policy import Action, Actor, require
from audits.accounts.quotas import Quota, spend
from audits.canonical import digest
from audits.checks import check_inside_city
from audits.errors import BarrierTakenError, PhotoTakenError, UnknownElementError
from audits.history import record_event
from audits.intake.ids import check_client_id
from audits.intake.receiving import lock_id
from audits.photos.models import Photo, PhotoState
from audits.submission import ManifestPhoto
from geo.db.base import Shape
from geo.errors import InvalidGeometryError
from geo.geojson import read_geometry
from geo.network.models import Barrier, BarrierKind, BarrierState
from geo.network.overrides import BarrierChange, apply_changes
from geo.places.models import Element
from geo.places.queries import find_district_id

_SHAPES = ("Point", "LineString")

LIFETIME_DAYS: Mapping[BarrierKind, int] = {
    BarrierKind.PARKED_VEHICLES: 1,
    BarrierKind.FLOODED: 2,
    BarrierKind.ICE: 4,
    BarrierKind.SNOW: 4,
    BarrierKind.BLOCKED: 14,
    BarrierKind.OTHER: 14,
    BarrierKind.DUG_UP: 30,
    BarrierKind.LIFT_OUT_OF_ORDER: 30,
    BarrierKind.CONSTRUCTION: 90,
    BarrierKind.BROKEN_SURFACE: 180,
}
"""How long a report is taken for certain, days: how long such a thing usually lasts."""
LIFETIME_SOURCE = "proposed"
"""No norm gives these figures; the city should measure them from its own reports."""


@dataclass(frozen=True, slots=True)
class BarrierReport:
    """What stands in the way, and where: a geometry, a known part, or both."""

    kind: BarrierKind
    geometry: dict[str, Any] | None
    note: str | None
    element_id: UUID | None
    body: dict[str, Any]
    """As it was sent; the digest is taken from it."""
    photo: ManifestPhoto | None = None


async def report_barrier(
    db: AsyncSession, *, actor: Actor, barrier_id: UUID, report: BarrierReport, now: datetime
) -> tuple[Barrier, bool]:
    """Store a report under the phone's id and close the way; gives it and whether it is new.

    Raises NotUuid7Error, ClockAheadError, InvalidGeometryError, ElementTooFarError,
    UnknownElementError, PhotoTakenError, QuotaExceededError, and BarrierTakenError for an id
    with other content or of somebody else.
    """
    require(actor, Action.REPORT_BARRIER)
    check_client_id(barrier_id, now=now)
    content = digest(report.body)
    await lock_id(db, barrier_id)
    known = await db.get(Barrier, barrier_id)
    if known is not None:
        if known.reported_by != actor.account_id or known.content_digest != content:
            raise BarrierTakenError
        return known, False
    geom = await _find_geometry(db, report)
    await check_inside_city(db, [geom])
    await spend(db, actor=actor, quota=Quota.BARRIERS, amount=1, now=now)
    await apply_changes(
        db,
        barriers=[
            BarrierChange(
                id=barrier_id,
                kind=report.kind,
                state=BarrierState.REPORTED,
                geom=to_shape(geom),
                element_id=report.element_id,
                reported_by=actor.account_id,
                expires_at=now + timedelta(days=LIFETIME_DAYS[report.kind]),
                district_id=await find_district_id(db, geom),
            )
        ],
    )
    await db.execute(
        update(Barrier)
        .where(Barrier.id == barrier_id)
        .values(reported_note=report.note, content_digest=content, last_seen_at=now)
    )
    barrier = await db.get_one(Barrier, barrier_id, populate_existing=True)
    if report.photo is not None:
        await _expect_photo(db, barrier_id, report.photo)
    await record_event(
        db,
        kind="barrier_reported",
        subject=barrier,
        actor_id=actor.account_id,
        data={"kind": report.kind.value},
    )
    return barrier, True


async def _find_geometry(db: AsyncSession, report: BarrierReport) -> Shape:
    """Give the geometry that was sent, or that of the part the report is about."""
    element = None
    if report.element_id is not None:
        element = await db.get(Element, report.element_id)
        if element is None:
            raise UnknownElementError(element_id=str(report.element_id))
    if report.geometry is not None:
        return read_geometry(report.geometry, kinds=_SHAPES)
    if element is None or element.geom is None:
        raise InvalidGeometryError("give a geometry, or a part that has one")
    return element.geom


async def _expect_photo(db: AsyncSession, barrier_id: UUID, photo: ManifestPhoto) -> None:
    if await db.get(Photo, photo.id) is not None:
        raise PhotoTakenError(photo_id=str(photo.id))
    db.add(
        Photo(
            id=photo.id,
            barrier_id=barrier_id,
            state=PhotoState.EXPECTED,
            sha256=photo.sha256,
            byte_count=photo.byte_count,
            media_type=photo.media_type,
            taken_at=photo.taken_at,
        )
    )
    await db.flush()


def change_of(
    barrier: Barrier, *, state: BarrierState, expires_at: datetime | None, note: str | None = None
) -> BarrierChange:
    """Give a stored barrier as a change to another state; the rest stays as it is."""
    return BarrierChange(
        id=barrier.id,
        kind=barrier.kind,
        state=state,
        geom=to_shape(barrier.geom),
        osm_way_id=barrier.osm_way_id,
        osm_node_ids=barrier.osm_node_ids or (),
        element_id=barrier.element_id,
        note=barrier.note if note is None else note or None,
        reported_by=barrier.reported_by,
        expires_at=expires_at,
        district_id=barrier.district_id,
    )
