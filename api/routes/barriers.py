"""Barriers: report one, see what stands in the way, decide about a report."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from api.bodies import SmallBodyRoute
from api.conditional import IfNoneMatch
from api.coordinates import InvalidCoordinatesError, read_box
from api.dependencies import CurrentActor, Now, ReadDb, WriteDb
from api.problems import problems
from api.schemas.barriers import (
    BarrierDecisionIn,
    BarrierForReview,
    BarrierIn,
    BarrierList,
    BarrierRead,
    BarrierReviewList,
    BarrierVoteIn,
    BarrierVoteResult,
)
from audits import barriers, errors
from audits.accounts.policy import ConsentRequiredError, NotAllowedError
from audits.accounts.quotas import QuotaExceededError
from audits.accounts.tokens import InvalidTokenError
from geo.errors import InvalidGeometryError
from geo.geojson import write_geometry
from geo.network.models import Barrier
from geo.places.search import BoxTooLargeError

router = APIRouter(tags=["barriers"], route_class=SmallBodyRoute)


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
            ConsentRequiredError,
            QuotaExceededError,
            errors.PreconditionMissingError,
            errors.PhotoTakenError,
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
        report=body.as_report(),
        now=now,
    )
    if not created:
        response.status_code = status.HTTP_200_OK
        response.headers["Idempotent-Replay"] = "true"
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
        db,
        actor=actor,
        barrier_id=barrier_id,
        outcome=body.outcome,
        note=body.note,
        now=now,
    )
    return _read(barrier)


@router.get(
    "/v1/barriers/{barrier_id}",
    operation_id="getBarrier",
    summary="One barrier",
    responses=problems(errors.BarrierNotFoundError),
)
async def get_barrier(barrier_id: UUID, db: ReadDb) -> BarrierRead:
    """Give a barrier with its state, also after it was cleared."""
    return _read(await barriers.get_barrier(db, barrier_id))


@router.post(
    "/v1/barriers/{barrier_id}/confirmations",
    operation_id="confirmBarrier",
    summary="Still there, or gone",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": BarrierVoteResult, "description": "The same vote was stored before."},
        **problems(
            InvalidTokenError,
            NotAllowedError,
            ConsentRequiredError,
            QuotaExceededError,
            errors.BarrierNotFoundError,
            errors.BarrierClosedError,
            errors.BarrierVoteTakenError,
        ),
    },
)
async def confirm_barrier(
    barrier_id: UUID,
    body: BarrierVoteIn,
    db: WriteDb,
    actor: CurrentActor,
    now: Now,
    response: Response,
) -> BarrierVoteResult:
    """Say that it is still there, which renews it, or that it is gone.

    Two different people who say gone make the way doubtful; only a reviewer, or an approved
    measurement, opens it.
    """
    barrier, created = await barriers.vote(
        db, actor=actor, barrier_id=barrier_id, vote_id=body.id, kind=body.vote, now=now
    )
    if not created:
        response.status_code = status.HTTP_200_OK
    votes = await barriers.count_votes(db, barrier)
    return BarrierVoteResult(
        barrier=_read(barrier), gone_votes=votes.gone, gone_votes_needed=barriers.GONE_VOTES
    )


@router.get(
    "/v1/review/barriers",
    operation_id="listBarriersForReview",
    summary="Reports that wait",
    tags=["review"],
    responses=problems(InvalidTokenError, NotAllowedError),
)
async def list_barriers_for_review(
    db: ReadDb, actor: CurrentActor, limit: Annotated[int, Query(ge=1, le=200)] = 100
) -> BarrierReviewList:
    """List open barriers of the reviewer's districts with the reporters' own words.

    Those that people say are gone come first.
    """
    cases = await barriers.list_for_review(db, actor=actor, limit=limit)
    return BarrierReviewList(
        items=[
            BarrierForReview(
                **_read(case.barrier).model_dump(),
                reported_note=case.barrier.reported_note,
                gone_votes=case.gone_votes,
            )
            for case in cases
        ]
    )


def _read(barrier: Barrier) -> BarrierRead:
    return BarrierRead(
        id=barrier.id,
        kind=barrier.kind.value,
        state=barrier.state.value,
        geometry=write_geometry(barrier.geom) or {},
        element_id=barrier.element_id,
        note=barrier.note,
        reported_at=barrier.created_at,
        last_seen_at=barrier.last_seen_at,
        expires_at=barrier.expires_at,
        lifetime_days=barriers.LIFETIME_DAYS[barrier.kind],
        lifetime_source=barriers.LIFETIME_SOURCE,
        matched=bool(barrier.edge_ids),
    )
