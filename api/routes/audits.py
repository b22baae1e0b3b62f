"""Audits: put one under the phone's own id, and ask what became of it."""

from uuid import UUID

from fastapi import APIRouter, Response, status

from api.conditional import IfNoneMatch, version_tag
from api.dependencies import CurrentActor, Now, ReadDb, WriteDb
from api.problems import problems
from api.schemas.audits import AuditIn, AuditStatus
from audits import errors, intake
from audits.accounts.policy import NotAllowedError
from audits.accounts.tokens import InvalidTokenError

router = APIRouter(tags=["audits"])


@router.put(
    "/v1/audits/{audit_id}",
    operation_id="putAudit",
    summary="Send an audit",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": AuditStatus, "description": "The same content was stored before."},
        **problems(
            InvalidTokenError,
            NotAllowedError,
            errors.AuditNotFoundError,
            errors.AuditGoneError,
            errors.AuditContentDiffersError,
            errors.PreconditionMissingError,
            errors.AuditInvalidError,
        ),
    },
)
async def put_audit(
    audit_id: UUID,
    body: AuditIn,
    db: WriteDb,
    actor: CurrentActor,
    now: Now,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> AuditStatus:
    """Store an audit for good; sending it again is harmless.

    The phone makes the id (UUIDv7) and sends `If-None-Match: *`. Photos follow on their own,
    under the ids of the manifest.
    """
    if if_none_match != "*":
        raise errors.PreconditionMissingError
    audit, created = await intake.put_audit(
        db, actor=actor, audit_id=audit_id, submission=body.as_submission(), now=now
    )
    if not created:
        response.status_code = status.HTTP_200_OK
        response.headers["Idempotent-Replay"] = "true"
    response.headers["ETag"] = version_tag(audit.version)
    response.headers["Location"] = f"/v1/audits/{audit.id}"
    photos = await intake.list_photos(db, audit.id)
    return AuditStatus.model_validate(intake.as_status(audit, photos))


@router.get(
    "/v1/audits/{audit_id}",
    operation_id="getAudit",
    summary="What became of an audit",
    responses=problems(InvalidTokenError, errors.AuditNotFoundError),
)
async def get_audit(
    audit_id: UUID, db: ReadDb, actor: CurrentActor, response: Response
) -> AuditStatus:
    """Give the state of one's own audit, its flags, and which photos are missing."""
    audit = await intake.get_own_audit(db, actor=actor, audit_id=audit_id)
    response.headers["ETag"] = version_tag(audit.version)
    photos = await intake.list_photos(db, audit.id)
    return AuditStatus.model_validate(intake.as_status(audit, photos))
