"""Audits: put one under the phone's own id, change it, take it back, ask what became of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from api.audit_status import describe_audit, name_places
from api.bodies import AuditBodyRoute
from api.conditional import IfMatch, IfNoneMatch, read_version, version_tag
from api.dependencies import AppState, CurrentActor, Now, ReadDb, WriteDb
from api.lifespan import State
from api.localised import Language
from api.problems import describe_failure, problems
from api.schemas.audits import (
    AuditIn,
    AuditList,
    AuditStatus,
    AuditStory,
    AuditSummary,
    BatchAnswer,
    BatchIn,
    BatchItemIn,
    BatchResult,
)
from audits import errors, intake
from audits.accounts.policy import Actor, ConsentRequiredError, NotAllowedError
from audits.accounts.quotas import QuotaExceededError
from audits.accounts.tokens import InvalidTokenError
from audits.photos.staging import count_staged
from audits.queries import list_decisions, list_observations
from audits.telling import tell
from geo.db.errors import translate
from geo.db.session import snapshot_session
from geo.errors import DatabaseUnavailableError, DomainError, InvalidCursorError

router = APIRouter(tags=["audits"], route_class=AuditBodyRoute)

_REFUSALS = (
    InvalidTokenError,
    NotAllowedError,
    ConsentRequiredError,
    QuotaExceededError,
    errors.AuditNotFoundError,
    errors.AuditGoneError,
    errors.AuditContentDiffersError,
    errors.NoSuchTransitionError,
    errors.SuccessorExistsError,
    errors.PhotoTakenError,
    errors.PreconditionMissingError,
    errors.StaleAuditError,
    errors.AuditInvalidError,
    errors.ClockAheadError,
    errors.UnknownPredecessorError,
)


@router.put(
    "/v1/audits/{audit_id}",
    operation_id="putAudit",
    summary="Send or change an audit",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {
            "model": AuditStatus,
            "description": "A change is stored, or the same content was stored before"
            " (`Idempotent-Replay: true`).",
        },
        **problems(*_REFUSALS),
    },
)
async def put_audit(
    audit_id: UUID,
    body: AuditIn,
    db: WriteDb,
    actor: CurrentActor,
    now: Now,
    state: AppState,
    response: Response,
    if_none_match: IfNoneMatch = None,
    if_match: IfMatch = None,
) -> AuditStatus:
    """Store an audit for good; sending it again is harmless.

    The phone makes the id (UUIDv7) and sends `If-None-Match: *`. A change names the version it
    is based on in `If-Match`; 412 holds the current one. The change of an approved audit is a
    new audit (201, see `Location`) that replaces it when it is approved itself. Photos follow
    on their own, under the ids of the manifest.
    """
    stored = await _store(
        db, actor, audit_id, body, now, is_new=if_none_match == "*", if_match=if_match
    )
    if not stored.created:
        response.headers["Idempotent-Replay"] = "true"
    if not _is_first(stored):
        response.status_code = status.HTTP_200_OK
    response.headers["ETag"] = version_tag(stored.audit.version)
    response.headers["Location"] = f"/v1/audits/{stored.audit.id}"
    return await _describe(db, stored, state)


@router.post(
    "/v1/audits/batch",
    operation_id="putAudits",
    summary="Send many audits",
    responses=problems(InvalidTokenError, DatabaseUnavailableError),
)
async def put_audits(
    body: BatchIn, db: WriteDb, actor: CurrentActor, now: Now, state: AppState, request: Request
) -> BatchAnswer:
    """Store up to 50 audits in one request; a refused one does not hold back the others.

    Every item is answered as `putAudit` would. Sending the batch again is harmless.
    """
    # In one order for everybody: two batches with the same ids would wait for each other.
    for audit_id in sorted(_ids(body.items)):
        await intake.lock_id(db, audit_id)
    results = [await _put_item(db, actor, item, now, state, request) for item in body.items]
    return BatchAnswer(items=results)


@router.get(
    "/v1/audits",
    operation_id="listAudits",
    summary="My audits",
    responses=problems(InvalidTokenError, InvalidCursorError),
)
async def list_audits(
    db: ReadDb,
    actor: CurrentActor,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> AuditList:
    """List one's own audits, newest first, with where each of them stands."""
    page = await intake.list_own_audits(db, actor=actor, limit=limit, cursor=cursor)
    following = f"/v1/audits?limit={limit}&cursor={page.cursor}" if page.cursor else None
    return AuditList(items=[AuditSummary.model_validate(a) for a in page.audits], next=following)


@router.get(
    "/v1/audits/{audit_id}",
    operation_id="getAudit",
    summary="What is stored of an audit",
    responses=problems(InvalidTokenError, errors.AuditNotFoundError, errors.AuditGoneError),
)
async def get_audit(
    audit_id: UUID, db: ReadDb, actor: CurrentActor, state: AppState, response: Response
) -> AuditStatus:
    """Give the state of one's own audit, its flags, which photos are missing, and the receipt."""
    audit = await intake.get_own_audit(db, actor=actor, audit_id=audit_id)
    version = await intake.get_newest_version(db, audit.id)
    photos = await intake.list_photos(db, audit.id)
    staged = await count_staged(db, photos)
    response.headers["ETag"] = version_tag(audit.version)
    return describe_audit(audit, photos, staged, version=version, key=state.keys.signing)


@router.get(
    "/v1/audits/{audit_id}/status",
    operation_id="getAuditStatus",
    summary="What became of an audit",
    responses=problems(InvalidTokenError, errors.AuditNotFoundError, errors.AuditGoneError),
)
async def get_audit_status(
    audit_id: UUID, actor: CurrentActor, state: AppState, language: Language
) -> AuditStory:
    """Tell in kk, ru or en what is stored, what is missing, what a reviewer asks, what changed."""
    async with snapshot_session(state.read_sessions) as db:
        audit = await intake.get_own_audit(db, actor=actor, audit_id=audit_id)
        decisions = await list_decisions(db, audit.id)
        story = tell(
            audit,
            photos=await intake.list_photos(db, audit.id),
            decisions=decisions,
            answers=len(await list_observations(db, audit.id)),
            place_names=await name_places(db, decisions, language),
            language=language,
        )
    return AuditStory.model_validate(
        {
            **{name: getattr(story, name) for name in story.__slots__},
            "id": audit.id,
            "state": audit.state,
            "language": language,
            "text": story.as_text(),
        }
    )


@router.post(
    "/v1/audits/{audit_id}/withdraw",
    operation_id="withdrawAudit",
    summary="Take an audit back",
    responses=problems(
        InvalidTokenError,
        NotAllowedError,
        errors.AuditNotFoundError,
        errors.AuditGoneError,
        errors.NoSuchTransitionError,
    ),
)
async def withdraw_audit(
    audit_id: UUID, db: WriteDb, actor: CurrentActor, now: Now, response: Response
) -> AuditSummary:
    """Take one's own audit back before it is approved; its content is erased after 30 days.

    Doing it again changes nothing. An approved audit is corrected instead: the city's facts
    rest on it.
    """
    audit = await intake.withdraw_audit(db, actor=actor, audit_id=audit_id, now=now)
    response.headers["ETag"] = version_tag(audit.version)
    return AuditSummary.model_validate(audit)


async def _store(
    db: WriteDb,
    actor: Actor,
    audit_id: UUID,
    body: AuditIn,
    now: Now,
    *,
    is_new: bool,
    if_match: str | None,
) -> intake.Stored:
    submission = body.as_submission()
    if is_new:
        return await intake.put_audit(
            db, actor=actor, audit_id=audit_id, submission=submission, now=now
        )
    if if_match is None:
        raise errors.PreconditionMissingError
    return await intake.revise_audit(
        db,
        actor=actor,
        audit_id=audit_id,
        submission=submission,
        expected_version=read_version(if_match),
        now=now,
    )


async def _describe(db: WriteDb, stored: intake.Stored, state: State) -> AuditStatus:
    photos = await intake.list_photos(db, stored.audit.id)
    # Of an audit that came just now no photo can have begun to come.
    staged = {} if stored.created else await count_staged(db, photos)
    key = state.keys.signing
    return describe_audit(stored.audit, photos, staged, version=stored.version, key=key)


def _is_first(stored: intake.Stored) -> bool:
    return stored.created and stored.version.version == 1


def _ids(items: list[BatchItemIn]) -> set[UUID]:
    found = set()
    for item in items:
        try:
            found.add(UUID(item.id))
        except ValueError:
            continue
    return found


async def _put_item(
    db: WriteDb, actor: Actor, item: BatchItemIn, now: Now, state: State, request: Request
) -> BatchResult:
    try:
        audit_id = UUID(item.id)
    except ValueError:
        refused = errors.NotUuid7Error(id=item.id)
        return await _refuse(request, item.id, refused)
    try:
        body = AuditIn.model_validate(item.audit)
        async with db.begin_nested():
            stored = await _store(
                db, actor, audit_id, body, now, is_new=not item.if_match, if_match=item.if_match
            )
            answer = await _describe(db, stored, state)
    except (DomainError, ValidationError) as error:
        return await _refuse(request, item.id, error)
    except DBAPIError as error:
        translated = translate(error)
        if not isinstance(translated, DomainError):
            raise
        return await _refuse(request, item.id, translated)
    code = status.HTTP_201_CREATED if _is_first(stored) else status.HTTP_200_OK
    return BatchResult(id=item.id, status=code, audit=answer)


async def _refuse(
    request: Request, item_id: str, error: DomainError | ValidationError
) -> BatchResult:
    problem = await describe_failure(request, error)
    return BatchResult(id=item_id, status=problem["status"], problem=problem)
