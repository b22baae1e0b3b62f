"""Bundles: audits and photos that another phone carries for their authors."""

from uuid import UUID

from fastapi import APIRouter, Request, Response, status
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from api.audit_status import describe_audit
from api.bodies import AuditBodyRoute
from api.dependencies import AppState, CurrentActor, Now, WriteDb
from api.lifespan import State
from api.localised import Language
from api.photos import announce_arrival, build_photo, read_body
from api.problems import describe_failure, problems
from api.schemas.audits import AuditIn
from api.schemas.bundles import BundleAnswer, BundleIn, BundleItemIn, BundleResult
from api.schemas.photos import PhotoRead
from audits import errors, intake
from audits.accounts.policy import Actor
from audits.accounts.tokens import InvalidTokenError
from audits.photos import errors as photo_errors
from audits.photos import service
from audits.photos.owners import get_owner
from audits.photos.staging import StagingLimits, count_staged
from audits.sync.bundles import put_carried_audit
from geo.db.errors import translate
from geo.db.session import write_session
from geo.errors import DatabaseUnavailableError, DomainError

router = APIRouter(tags=["sync"], route_class=AuditBodyRoute)


@router.post(
    "/v1/bundles",
    operation_id="putBundle",
    summary="Send audits for others",
    responses=problems(InvalidTokenError, DatabaseUnavailableError),
)
async def put_bundle(
    body: BundleIn, db: WriteDb, actor: CurrentActor, now: Now, state: AppState, request: Request
) -> BundleAnswer:
    """Store audits of an exported queue for their authors; anybody signed in may bring them.

    What was tampered with, or signed by an unknown key, is refused with its reason; the rest is
    stored. Sending the bundle again is harmless.
    """
    # In one order for everybody: two bundles with the same ids would wait for each other.
    for audit_id in sorted(filter(None, map(_read_id, body.items))):
        await intake.lock_id(db, audit_id)
    items = [await _put_item(db, actor, item, now, state, request) for item in body.items]
    return BundleAnswer(items=items)


@router.put(
    "/v1/bundles/photos/{photo_id}/content",
    operation_id="putCarriedPhoto",
    summary="Send a photo for others",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": PhotoRead, "description": "The same bytes were stored before."},
        **problems(
            InvalidTokenError,
            photo_errors.PhotoNotFoundError,
            photo_errors.DigestMismatchError,
            photo_errors.PhotoTooLargeError,
            photo_errors.StagingFullError,
        ),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def put_carried_photo(
    photo_id: UUID,
    request: Request,
    state: AppState,
    actor: CurrentActor,
    now: Now,
    language: Language,
    response: Response,
) -> PhotoRead:
    """Store a photo of somebody else's audit; the signed audit names its SHA-256.

    Only the very bytes that the author announced are taken.
    """
    del actor
    content = await read_body(request, state.settings.photos.max_bytes)
    async with write_session(state.write_sessions) as db:
        owner = await get_owner(db, photo_id)
        if owner.author_id is None:
            raise photo_errors.PhotoNotFoundError
        photo, created = await service.receive_content(
            db,
            photo_id=photo_id,
            author_id=owner.author_id,
            content=content,
            now=now,
            limits=StagingLimits(state.settings.photos.max_staged_bytes),
        )
        if created:
            await announce_arrival(db, state, photo)
    if not created:
        response.status_code = status.HTTP_200_OK
    return build_photo(state, photo, None, language)


def _read_id(item: BundleItemIn) -> UUID | None:
    try:
        return UUID(item.id)
    except ValueError:
        return None


async def _put_item(
    db: WriteDb, carrier: Actor, item: BundleItemIn, now: Now, state: State, request: Request
) -> BundleResult:
    error: DomainError | ValidationError
    try:
        return await _store(db, carrier, item, now, state)
    except (DomainError, ValidationError) as refused:
        error = refused
    except DBAPIError as broken:
        translated = translate(broken)
        if not isinstance(translated, DomainError):
            raise
        error = translated
    problem = await describe_failure(request, error)
    return BundleResult(id=item.id, status=problem["status"], problem=problem)


async def _store(
    db: WriteDb, carrier: Actor, item: BundleItemIn, now: Now, state: State
) -> BundleResult:
    audit_id = _read_id(item)
    if audit_id is None:
        raise errors.NotUuid7Error(id=item.id)
    submission = AuditIn.model_validate(item.audit).as_submission()
    async with db.begin_nested():
        stored = await put_carried_audit(
            db,
            carrier=carrier,
            audit_id=audit_id,
            submission=submission,
            key_id=item.key_id,
            signature=item.signature,
            now=now,
        )
        photos = await intake.list_photos(db, audit_id)
        staged = await count_staged(db, photos)
    return BundleResult(
        id=item.id,
        status=status.HTTP_201_CREATED if stored.created else status.HTTP_200_OK,
        audit=describe_audit(
            stored.audit, photos, staged, version=stored.version, key=state.keys.signing
        ),
    )
