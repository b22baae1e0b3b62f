"""The reviewer's side: the queue, one audit with its evidence, the decision."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from api.bodies import SmallBodyRoute
from api.conditional import IfMatch, version_tag
from api.dependencies import CurrentActor, Now, ReadDb, WriteDb
from api.problems import problems
from api.schemas.reviews import (
    AuditForReview,
    DecisionIn,
    DecisionResult,
    Queue,
    QueueItem,
    ReviewObservation,
)
from audits import errors, intake, review
from audits.accounts.models import Account
from audits.accounts.policy import NotAllowedError
from audits.accounts.tokens import InvalidTokenError
from audits.queries import get_body, list_observations
from geo.errors import InvalidCursorError

router = APIRouter(tags=["review"], route_class=SmallBodyRoute)

_MAX_VERSION_DIGITS = 9


@router.get(
    "/v1/review/queue",
    operation_id="listQueue",
    summary="Audits that wait",
    responses=problems(InvalidTokenError, NotAllowedError, InvalidCursorError),
)
async def list_queue(
    db: ReadDb,
    actor: CurrentActor,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Queue:
    """List audits that wait for a decision in the reviewer's districts, oldest first."""
    page = await review.list_queue(db, actor=actor, limit=limit, cursor=cursor)
    following = f"/v1/review/queue?limit={limit}&cursor={page.cursor}" if page.cursor else None
    return Queue(items=[QueueItem.model_validate(audit) for audit in page.audits], next=following)


@router.get(
    "/v1/review/audits/{audit_id}",
    operation_id="getAuditForReview",
    summary="An audit with its evidence",
    responses=problems(InvalidTokenError, NotAllowedError, errors.AuditNotFoundError),
)
async def get_audit(
    audit_id: UUID, db: ReadDb, actor: CurrentActor, response: Response
) -> AuditForReview:
    """Give an audit with its answers, flags and photos; its ETag goes with the decision."""
    audit = await review.get_reviewable_audit(db, actor=actor, audit_id=audit_id)
    observations = await list_observations(db, audit.id)
    photos = await intake.list_photos(db, audit.id)
    response.headers["ETag"] = version_tag(audit.version)
    return AuditForReview(
        **QueueItem.model_validate(audit).model_dump(),
        body=await get_body(db, audit.id),
        observations=[ReviewObservation.model_validate(item) for item in observations],
        photo_ids=[photo.id for photo in photos],
        author_state=(await db.get_one(Account, audit.author_id)).state,
    )


@router.post(
    "/v1/audits/{audit_id}/decisions",
    operation_id="decideAudit",
    summary="Decide about an audit",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        InvalidTokenError,
        NotAllowedError,
        errors.OwnAuditError,
        errors.AuditNotFoundError,
        errors.StaleAuditError,
        errors.VersionMissingError,
        errors.NoSuchTransitionError,
        errors.ReasonMissingError,
    ),
)
async def decide(
    audit_id: UUID,
    body: DecisionIn,
    db: WriteDb,
    actor: CurrentActor,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> DecisionResult:
    """Approve, reject or ask back; the map and the routes follow before the answer leaves.

    `If-Match` names the version that was looked at, so nobody decides about something else.
    """
    audit = await review.decide(
        db,
        actor=actor,
        audit_id=audit_id,
        outcome=body.outcome,
        reason_code=body.reason_code,
        note=body.note,
        rejected_observation_ids=body.rejected_observation_ids,
        expected_version=_version(if_match),
        now=now,
    )
    response.headers["ETag"] = version_tag(audit.version)
    return DecisionResult.model_validate(audit)


def _version(if_match: str | None) -> int:
    if if_match is None:
        raise errors.VersionMissingError
    digits = if_match.strip().strip('"')
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_VERSION_DIGITS):
        raise errors.StaleAuditError
    return int(digits)
