"""Barriers: report one, see what stands in the way, decide about a report."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from api.conditional import IfNoneMatch
from api.coordinates import InvalidCoordinatesError, read_box
from api.dependencies import CurrentActor, Now, ReadDb, WriteDb
from api.problems import problems
from api.schemas.barriers import BarrierDecisionIn, BarrierIn, BarrierList, BarrierRead
from audits import barriers, errors
from audits.accounts.policy import NotAllowedError
from audits.accounts.tokens import InvalidTokenError
from geo.errors import InvalidGeometryError
from geo.geojson import write_geometry
from geo.network.models import Barrier
from geo.places.search import BoxTooLargeError

router = APIRouter(tags=["barriers"])


@router.put(
    "/v1/barriers/{barrier_id}",
    operation_id="putBarrier",
    summary="Report a barrier",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": BarrierRead, "description": "The same report was stored before."},
        **problems(
            InvalidTokenError,
            NotAllowedError,
            errors.PreconditionMissingError,
            errors.BarrierTakenError,
            InvalidGeometryError,
        ),
    },
)
async def put_barrier(
    barrier_id: UUID,
    body: BarrierIn,
    db: WriteDb,
    actor: CurrentActor,
    now: Now,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> BarrierRead:
    """Store a report under the phone's own id; routes go around it at once.

    Send `If-None-Match: *`. A report lasts as long as its kind usually does; after that the way
    is unknown, not open.
    """
    if if_none_match != "*":
        raise errors.PreconditionMissingError
    barrier, created = await barriers.report_barrier(
        db,
        actor=actor,
        barrier_id=barrier_id,
        kind=body.kind,
        geometry=body.geometry,
        note=body.note,
        element_id=body.element_id,
        now=now,
    )
    if not created:
        response.status_code = status.HTTP_200_OK
    return _read(barrier)


@router.get(
    "/v1/barriers",
    operation_id="listBarriers",
    summary="Barriers in a box",
    responses=problems(InvalidCoordinatesError, BoxTooLargeError),
)
async def list_barriers(
    db: ReadDb,
    bbox: Annotated[str, Query(description="west,south,east,north", max_length=100)],
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> BarrierList:
    """List what stands in the way, and what did until nobody knows when; newest first."""
    rows = await barriers.list_barriers(db, box=read_box(bbox), limit=limit)
    return BarrierList(items=[_read(row) for row in rows])


@router.post(
    "/v1/barriers/{barrier_id}/decisions",
    operation_id="decideBarrier",
    summary="Decide about a report",
    status_code=status.HTTP_201_CREATED,
    responses=problems(InvalidTokenError, NotAllowedError, errors.BarrierNotFoundError),
)
async def decide_barrier(
    barrier_id: UUID, body: BarrierDecisionIn, db: WriteDb, actor: CurrentActor, now: Now
) -> BarrierRead:
    """Confirm a report, say that it is cleared, or reject it; only a reviewer opens a way."""
    barrier = await barriers.decide_barrier(
        db, actor=actor, barrier_id=barrier_id, outcome=body.outcome, now=now
    )
    return _read(barrier)


def _read(barrier: Barrier) -> BarrierRead:
    return BarrierRead(
        id=barrier.id,
        kind=barrier.kind.value,
        state=barrier.state.value,
        geometry=write_geometry(barrier.geom) or {},
        note=barrier.note,
        expires_at=barrier.expires_at,
        matched=bool(barrier.edge_ids),
    )
