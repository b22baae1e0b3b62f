"""Photos: their bytes in, and their cleaned pictures out for those who may see them."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response, status
from fastapi import Path as PathParameter

from api.dependencies import AppState, CurrentActor, Now, ReadDb
from api.jobs import enqueue
from api.problems import problems
from api.schemas.audits import PhotoStatus
from audits import intake
from audits.accounts.tokens import InvalidTokenError
from audits.photos import service
from audits.photos.models import Photo
from audits.photos.store import ObjectMissingError
from geo.db.session import write_session

router = APIRouter(tags=["photos"])


@router.put(
    "/v1/photos/{photo_id}/content",
    operation_id="putPhotoContent",
    summary="Send a photo in one piece",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": PhotoStatus, "description": "The same bytes were stored before."},
        **problems(
            InvalidTokenError,
            service.PhotoNotFoundError,
            service.DigestMismatchError,
            service.PhotoTooLargeError,
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
    actor: CurrentActor,
    now: Now,
    response: Response,
) -> PhotoStatus:
    """Store the bytes of a photo that an audit announced; sending them again is harmless.

    The bytes must have the announced SHA-256 and length. Cleaning follows in the background.
    """
    content = await _read_body(request, state.settings.photos.max_bytes)
    async with write_session(state.write_sessions) as db:
        photo, created = await service.receive_content(
            db, photo_id=photo_id, author_id=actor.account_id, content=content, now=now
        )
        if created:
            await enqueue(state.jobs, db, "process_photo", photo_id=str(photo.id))
            if photo.audit_id is not None:
                await intake.settle_photos(db, audit_id=photo.audit_id)
    if not created:
        response.status_code = status.HTTP_200_OK
    return _as_status(photo)


@router.get(
    "/v1/photos/{photo_id}",
    operation_id="getPhoto",
    summary="How far a photo has come",
    responses=problems(InvalidTokenError, service.PhotoNotFoundError),
)
async def get_photo(photo_id: UUID, db: ReadDb, actor: CurrentActor) -> PhotoStatus:
    """Give the state of a photo to its author, and to reviewers of its district."""
    return _as_status(await service.get_visible_photo(db, photo_id=photo_id, actor=actor))


@router.get(
    "/v1/photos/{photo_id}/{long_side}.webp",
    operation_id="getPicture",
    summary="A cleaned picture",
    response_class=Response,
    responses={
        200: {"content": {"image/webp": {}}, "description": "The picture, without metadata."},
        **problems(InvalidTokenError, service.PhotoNotFoundError),
    },
)
async def get_picture(
    photo_id: UUID,
    long_side: Annotated[int, PathParameter(description="320, 1024 or 1600 pixels.")],
    state: AppState,
    db: ReadDb,
    actor: CurrentActor,
) -> Response:
    """Give a cleaned picture to the author and to reviewers; never to the public yet."""
    photo = await service.get_visible_photo(db, photo_id=photo_id, actor=actor)
    picture = photo.derivatives.get(str(long_side))
    if picture is None:
        raise service.PhotoNotFoundError
    try:
        content = await asyncio.to_thread(state.store.get, picture["key"])
    except ObjectMissingError as error:
        raise service.PhotoNotFoundError from error
    return Response(content, media_type="image/webp", headers={"Cache-Control": "private"})


async def _read_body(request: Request, max_bytes: int) -> bytes:
    """Read at most the allowed bytes; a longer body is refused before it is all here."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise service.PhotoTooLargeError(limit_bytes=max_bytes)
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > max_bytes:
            raise service.PhotoTooLargeError(limit_bytes=max_bytes)
    return bytes(content)


def _as_status(photo: Photo) -> PhotoStatus:
    return PhotoStatus.model_validate(intake.photo_status(photo))
