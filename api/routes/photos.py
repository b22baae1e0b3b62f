"""Photos: their bytes in, and their cleaned pictures out for those who may see them."""

import asyncio
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response, status
from fastapi import Path as PathParameter

from api.bodies import SmallBodyRoute
from api.conditional import IfNoneMatch, matches
from api.dependencies import AppState, BriefActor, CurrentActor, MaybeActor, Now, ReadDb
from api.digests import check_content, read_sha256
from api.lifespan import State
from api.localised import Language
from api.photo_jobs import enqueue_photo
from api.photos import announce_arrival, build_photo, describe_photo, read_body
from api.problems import problems
from api.schemas.photos import PhotoRead, RedactionsIn
from audits.accounts.tokens import InvalidTokenError
from audits.photos import errors, service
from audits.photos.cleaning import Redaction
from audits.photos.models import Photo
from audits.photos.owners import get_visible_photo
from audits.photos.publication import find_public_photo, get_picture_key
from audits.photos.staging import StagingLimits
from audits.photos.stores import ObjectMissingError, StoreUnavailableError
from geo.db.session import write_session

router = APIRouter(tags=["photos"], route_class=SmallBodyRoute)

_FOR_EVER = "public, max-age=31536000, immutable"
_PRESIGNED_FOR = timedelta(minutes=5)
_ORIGINAL_HEADERS = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}
"""Bytes of a stranger: never shown in a page of ours, only saved."""


@router.put(
    "/v1/photos/{photo_id}/content",
    operation_id="putPhotoContent",
    summary="Send a photo in one piece",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": PhotoRead, "description": "The same bytes were stored before."},
        **problems(
            InvalidTokenError,
            errors.PhotoNotFoundError,
            errors.DigestMismatchError,
            errors.BadDigestHeaderError,
            errors.PhotoTooLargeError,
            errors.StagingFullError,
        ),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("image/jpeg", "image/png", "image/webp")
            },
        }
    },
)
async def put_photo_content(
    photo_id: UUID,
    request: Request,
    state: AppState,
    actor: BriefActor,
    now: Now,
    language: Language,
    response: Response,
    content_digest: Annotated[
        str | None, Header(alias="Content-Digest", description="sha-256 of the body, RFC 9530.")
    ] = None,
    repr_digest: Annotated[
        str | None, Header(alias="Repr-Digest", description="sha-256 of the photo, RFC 9530.")
    ] = None,
) -> PhotoRead:
    """Store the bytes of a photo that was announced; sending them again is harmless.

    The bytes must have the announced SHA-256 and length. The answer has the receipt; cleaning
    follows in the background. A file that is no JPEG, PNG or WebP comes back `rejected` at once,
    with the reason and without a receipt.
    """
    read_sha256(content_digest)
    read_sha256(repr_digest)
    content = await read_body(request, state.settings.photos.max_bytes)
    check_content(content, content_digest)
    check_content(content, repr_digest)
    async with write_session(state.write_sessions) as db:
        photo, created = await service.receive_content(
            db,
            photo_id=photo_id,
            author_id=actor.account_id,
            content=content,
            now=now,
            limits=StagingLimits(state.settings.photos.max_staged_bytes),
        )
        if created:
            await announce_arrival(db, state, photo)
    if not created:
        response.status_code = status.HTTP_200_OK
        response.headers["Idempotent-Replay"] = "true"
    return build_photo(state, photo, None, language)


@router.get(
    "/v1/photos/{photo_id}",
    operation_id="getPhoto",
    summary="How far a photo has come",
    responses=problems(InvalidTokenError, errors.PhotoNotFoundError),
)
async def get_photo(
    photo_id: UUID, state: AppState, db: ReadDb, actor: CurrentActor, language: Language
) -> PhotoRead:
    """Give the state of a photo to its author, and to reviewers of its district."""
    photo = await get_visible_photo(db, photo_id=photo_id, actor=actor)
    return await describe_photo(db, state, photo, language)


@router.get(
    "/v1/photos/{photo_id}/original",
    operation_id="getOriginal",
    summary="The bytes as they were sent",
    response_class=Response,
    responses={
        200: {
            "content": {"application/octet-stream": {}},
            "description": "The file, metadata included.",
        },
        303: {"description": "The store serves it, for five minutes."},
        **problems(InvalidTokenError, errors.PhotoNotFoundError, StoreUnavailableError),
    },
)
async def get_original(
    photo_id: UUID, state: AppState, db: ReadDb, actor: CurrentActor
) -> Response:
    """Give the private original to its author and to reviewers, while it is kept."""
    photo = await get_visible_photo(db, photo_id=photo_id, actor=actor)
    if photo.original_key is None:
        raise errors.PhotoNotFoundError
    address = state.store.presign(photo.original_key, lifetime=_PRESIGNED_FOR)
    if address is not None:
        headers = {"Location": address, "Cache-Control": "private, no-store"}
        return Response(status_code=status.HTTP_303_SEE_OTHER, headers=headers)
    content = await _read_object(state, photo.original_key)
    return Response(content, media_type="application/octet-stream", headers=_ORIGINAL_HEADERS)


@router.post(
    "/v1/photos/{photo_id}/redactions",
    operation_id="redactPhoto",
    summary="Hide parts of a photo",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(InvalidTokenError, errors.PhotoNotFoundError, errors.TooManyRedactionsError),
)
async def redact_photo(
    photo_id: UUID, body: RedactionsIn, state: AppState, actor: CurrentActor, language: Language
) -> PhotoRead:
    """Hide rectangles for good, before or after publication; sending them again is harmless.

    The photo is not public from this moment until new pictures are made; those get a new name.
    """
    async with write_session(state.write_sessions) as db:
        photo = await service.redact(
            db,
            photo_id=photo_id,
            actor=actor,
            rectangles=[Redaction(**dict(each)) for each in body.rectangles],
        )
        await enqueue_photo(state.jobs, db, photo.id)
        return await describe_photo(db, state, photo, language)


@router.get(
    "/v1/photos/{photo_id}/{long_side}.webp",
    operation_id="getPicture",
    summary="A cleaned picture",
    response_class=Response,
    responses={
        200: {"content": {"image/webp": {}}, "description": "The picture, without metadata."},
        304: {"description": "Not changed."},
        **problems(InvalidTokenError, errors.PhotoNotFoundError, StoreUnavailableError),
    },
)
async def get_picture(
    photo_id: Annotated[
        UUID, PathParameter(description="`public_id` for everyone; else the photo's own id.")
    ],
    long_side: Annotated[int, PathParameter(description="320, 1024 or 1600 pixels.")],
    state: AppState,
    db: ReadDb,
    actor: MaybeActor,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Give a cleaned picture: of an approved audit to anyone, by its public name.

    By the photo's own id only to its author and to reviewers, who see it before that.
    """
    photo = await find_public_photo(db, public_id=photo_id)
    is_public = photo is not None
    if photo is None:
        photo = await _get_private(db, photo_id, actor)
    key = get_picture_key(photo, long_side)
    # The key ends in the digest of the content, and names it for ever.
    tag = f'"{key.rpartition("-")[2].partition(".")[0]}"'
    headers = {"ETag": tag, "Cache-Control": _FOR_EVER if is_public else "private, no-cache"}
    if matches(if_none_match, tag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    content = await _read_object(state, key)
    return Response(content, media_type="image/webp", headers=headers)


async def _get_private(db: ReadDb, photo_id: UUID, actor: MaybeActor) -> Photo:
    if actor is None:
        raise InvalidTokenError
    return await get_visible_photo(db, photo_id=photo_id, actor=actor)


async def _read_object(state: State, key: str) -> bytes:
    try:
        return await asyncio.to_thread(state.store.get, key)
    except ObjectMissingError as error:
        raise errors.PhotoNotFoundError from error
