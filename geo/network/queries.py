"""Reads of the walking network: which one is in force, what lies near, what fits nowhere."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.base import SRID
from geo.errors import DomainError, ErrorKind
from geo.network.models import (
    Barrier,
    BarrierState,
    EdgeOverride,
    NetworkImport,
    OverrideState,
    StreetEdge,
)

_METRES_PER_DEGREE = 111_000.0
_NARROWEST_DEGREE = 0.25
"""Of a degree of longitude near 75° north; the box is cut exactly afterwards."""
OPEN_BARRIERS = (BarrierState.REPORTED, BarrierState.CONFIRMED, BarrierState.EXPIRED)
"""Barriers that count on the way; an expired one makes it doubtful."""


class NoNetworkError(DomainError):
    """No map was imported yet."""

    code = "no-network"
    title = "No city has been imported yet"
    kind = ErrorKind.UNAVAILABLE


async def find_network(db: AsyncSession) -> NetworkImport | None:
    """Find the import in force, `None` before the first."""
    newest = select(NetworkImport).order_by(
        NetworkImport.imported_at.desc(), NetworkImport.id.desc()
    )
    return (await db.execute(newest.limit(1))).scalar_one_or_none()


async def get_network(db: AsyncSession) -> NetworkImport:
    """Get the import in force; raise `NoNetworkError` before the first."""
    found = await find_network(db)
    if found is None:
        raise NoNetworkError
    return found


async def list_edges_near(
    db: AsyncSession, *, lon: float, lat: float, radius_m: float, limit: int = 50
) -> Sequence[StreetEdge]:
    """List edges within a radius of a point, nearest first."""
    point = func.ST_SetSRID(func.ST_MakePoint(lon, lat), SRID)
    reach = radius_m / _METRES_PER_DEGREE
    box = func.ST_Expand(point, reach / _NARROWEST_DEGREE, reach)
    apart = func.ST_Distance(func.Geography(StreetEdge.geom), func.Geography(point))
    query = (
        select(StreetEdge)
        .where(StreetEdge.geom.op("&&")(box), apart <= radius_m)
        .order_by(apart, StreetEdge.id)
        .limit(limit)
    )
    return (await db.execute(query)).scalars().all()


async def get_edges(db: AsyncSession, ids: Sequence[int]) -> Sequence[StreetEdge]:
    """Get edges of the network in force by id; ids of an older network are left out."""
    query = select(StreetEdge).where(StreetEdge.id.in_(ids)).order_by(StreetEdge.id)
    return (await db.execute(query)).scalars().all()


async def list_active_overrides(
    db: AsyncSession, ids: Sequence[UUID] | None = None
) -> Sequence[EdgeOverride]:
    """List overrides in force, of the given ids or all."""
    query = select(EdgeOverride).where(EdgeOverride.state == OverrideState.ACTIVE)
    if ids is not None:
        query = query.where(EdgeOverride.id.in_(ids))
    return (await db.execute(query.order_by(EdgeOverride.id))).scalars().all()


async def list_open_barriers(
    db: AsyncSession, ids: Sequence[UUID] | None = None
) -> Sequence[Barrier]:
    """List barriers that count on the way, of the given ids or all."""
    query = select(Barrier).where(Barrier.state.in_(OPEN_BARRIERS))
    if ids is not None:
        query = query.where(Barrier.id.in_(ids))
    return (await db.execute(query.order_by(Barrier.id))).scalars().all()


async def list_unmatched_overrides(db: AsyncSession) -> Sequence[EdgeOverride]:
    """List street facts that no street of the network in force fits; a person looks at them."""
    query = select(EdgeOverride).where(EdgeOverride.state == OverrideState.UNMATCHED)
    return (await db.execute(query.order_by(EdgeOverride.id))).scalars().all()
