"""Photos in pieces: begin, ask how far it came, go on from there, give up.

The headers mean what they mean in the IETF draft "Resumable Uploads for HTTP"; the protocol is
our own and has its own version, so that a new draft changes nothing for phones in the field.
Bytes are committed while they arrive: a connection that breaks loses nothing that was committed
before, and `HEAD` says where to go on.
"""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response, status
from starlette.requests import ClientDisconnect

from api.dependencies import AppState, BriefActor, CurrentActor, Now, ReadDb
from api.digests import check_content, read_sha256
from api.lifespan import State
from api.localised import Language
from api.photos import (
    UPLOAD_VERSION,
    announce_arrival,
    build_photo,
    upload_headers,
    upload_path,
)
from api.problems import problems
from api.schemas.photos import PhotoRead, UploadRead
from audits.accounts.policy import Actor
from audits.accounts.tokens import InvalidTokenError
from audits.photos import errors, service
from audits.photos.service import Progress
from audits.photos.staging import CHUNK_BYTES, StagingLimits
from geo.db.session import read_session, write_session

router = APIRouter(tags=["photos"])

_TYPE = "application/partial-upload"
_OFFSET = re.compile(r"[0-9]{1,12}")
_TRUTH = {"?1": True, "?0": False}

Version = Annotated[
    str | None,
    Header(
        alias="Esik-Upload-Version",
        description="Version of this protocol that the phone speaks; `1`, also when not sent.",
    ),
]


@router.post(
    "/v1/photos/{photo_id}/upload",
    operation_id="beginUpload",
    summary="Begin to send a photo",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": UploadRead, "description": "It was begun before; go on at its offset."},
        **problems(
            InvalidTokenError,
            errors.PhotoNotFoundError,
            errors.UploadHeaderError,
            errors.UploadLengthError,
            errors.BadDigestHeaderError,
            errors.DigestMismatchError,
            errors.PhotoTooLargeError,
            errors.StagingFullError,
        ),
    },
)
async def begin_upload(
    photo_id: UUID,
    state: AppState,
    actor: CurrentActor,
    now: Now,
    response: Response,
    upload_length: Annotated[
        str | None, Header(alias="Upload-Length", description="Bytes of the whole photo.")
    ] = None,
    repr_digest: Annotated[
        str | None, Header(alias="Repr-Digest", description="sha-256 of the whole photo, RFC 9530.")
    ] = None,
    version: Version = None,
) -> UploadRead:
    """Open an upload for a photo that an audit or a report announced; the body is not read.

    Asking again after a lost answer gives the same upload.
    """
    _check_version(version)
    total_bytes = _read_number(upload_length, "Upload-Length")
    service.check_size(total_bytes, max_bytes=state.settings.photos.max_bytes)
    limits = StagingLimits(state.settings.photos.max_staged_bytes)
    expected = read_sha256(repr_digest)
    async with write_session(state.write_sessions) as db:
        progress, created = await service.begin_upload(
            db,
            photo_id=photo_id,
            author_id=actor.account_id,
            total_bytes=total_bytes,
            now=now,
            limits=limits,
        )
        if expected is not None and expected != progress.photo.sha256:
            raise errors.DigestMismatchError(expected=progress.photo.sha256, received=expected)
    if not created:
        response.status_code = status.HTTP_200_OK
    response.headers.update(upload_headers(state, progress))
    response.headers["Location"] = upload_path(progress.upload.id)
    upload = progress.upload
    return UploadRead(
        id=upload.id,
        photo_id=photo_id,
        offset=upload.received_bytes,
        length=upload.total_bytes,
        complete=upload.completed_at is not None,
        expires_at=upload.expires_at,
    )


@router.head(
    "/v1/uploads/{upload_id}",
    operation_id="getUploadOffset",
    summary="How far an upload came",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(
        InvalidTokenError,
        errors.UploadNotFoundError,
        errors.UploadExpiredError,
        errors.UploadHeaderError,
    ),
)
async def get_upload_offset(
    upload_id: UUID,
    state: AppState,
    db: ReadDb,
    actor: CurrentActor,
    now: Now,
    version: Version = None,
) -> Response:
    """Say in `Upload-Offset` how many bytes are stored, and in `Upload-Complete` if that is all."""
    _check_version(version)
    progress = await service.get_upload(
        db, upload_id=upload_id, author_id=actor.account_id, now=now
    )
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers=upload_headers(state, progress))


@router.patch(
    "/v1/uploads/{upload_id}",
    operation_id="appendToUpload",
    summary="Send more bytes",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": PhotoRead, "description": "The photo had arrived before."},
        204: {"description": "Stored; more bytes are missing."},
        **problems(
            InvalidTokenError,
            errors.UploadNotFoundError,
            errors.UploadExpiredError,
            errors.UploadOffsetError,
            errors.UploadHeaderError,
            errors.UploadTypeError,
            errors.UploadLengthError,
            errors.BadDigestHeaderError,
            errors.DigestMismatchError,
        ),
    },
    response_model=PhotoRead,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def append_to_upload(
    upload_id: UUID,
    request: Request,
    state: AppState,
    actor: BriefActor,
    now: Now,
    language: Language,
    response: Response,
    upload_offset: Annotated[
        str | None, Header(alias="Upload-Offset", description="Where these bytes begin.")
    ] = None,
    upload_complete: Annotated[
        str | None,
        Header(alias="Upload-Complete", description="`?1` when these are the last bytes."),
    ] = None,
    content_digest: Annotated[
        str | None,
        Header(
            alias="Content-Digest",
            description="sha-256 of these bytes (RFC 9530); with it they count all or not at all.",
        ),
    ] = None,
    content_type: Annotated[str | None, Header(alias="Content-Type")] = None,
    version: Version = None,
) -> PhotoRead | Response:
    """Append bytes; with the last one the photo has arrived, and the answer has the receipt.

    A wrong offset is refused with the right one. Sending the last bytes again after the answer
    was lost is harmless. Bytes that turn out not to be the announced photo are forgotten, and
    the upload begins again at 0.
    """
    _check_version(version)
    if content_type is None or content_type.partition(";")[0].strip().lower() != _TYPE:
        raise errors.UploadTypeError
    if upload_complete not in _TRUTH:
        raise errors.UploadHeaderError(header="Upload-Complete")
    read_sha256(content_digest)
    sending = _Sending(state, actor, upload_id, _read_number(upload_offset, "Upload-Offset"), now)
    progress = await sending.take(
        request, is_last=_TRUTH[upload_complete], digest_header=content_digest
    )
    response.headers.update(upload_headers(state, progress))
    if progress.upload.completed_at is None:
        return Response(status_code=status.HTTP_204_NO_CONTENT, headers=response.headers)
    if not progress.arrived:
        response.status_code = status.HTTP_200_OK
    return build_photo(state, progress.photo, progress.upload, language)


@router.delete(
    "/v1/uploads/{upload_id}",
    operation_id="cancelUpload",
    summary="Give an upload up",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(InvalidTokenError, errors.UploadNotFoundError, errors.UploadExpiredError),
)
async def cancel_upload(
    upload_id: UUID, state: AppState, actor: CurrentActor, now: Now
) -> Response:
    """Forget half-sent bytes; a photo that has arrived stays, as it was acknowledged."""
    async with write_session(state.write_sessions) as db:
        await service.cancel(db, upload_id=upload_id, author_id=actor.account_id, now=now)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


class _Sending:
    """One request that appends: takes bytes as they come and commits each full row of them."""

    def __init__(self, state: State, actor: Actor, upload_id: UUID, offset: int, now: Now) -> None:
        self._state = state
        self._actor = actor
        self._upload_id = upload_id
        self._offset = offset
        self._now = now

    async def take(self, request: Request, *, is_last: bool, digest_header: str | None) -> Progress:
        """Read the body to its end; what was committed before it broke off stays."""
        progress = await self._check_offset(is_last=is_last)
        buffer = bytearray()
        limit = self._state.settings.photos.max_bytes
        try:
            async for piece in request.stream():
                buffer += piece
                if self._offset + len(buffer) > limit:
                    raise errors.UploadLengthError(limit_bytes=limit)
                while digest_header is None and len(buffer) > CHUNK_BYTES:
                    await self._commit(bytes(buffer[:CHUNK_BYTES]), is_last=False)
                    del buffer[:CHUNK_BYTES]
        except ClientDisconnect:
            # Nobody hears the answer; what came is what counts.
            if digest_header is None and buffer:
                progress = await self._commit(bytes(buffer), is_last=False)
            return progress
        check_content(bytes(buffer), digest_header)
        return await self._commit(bytes(buffer), is_last=is_last)

    async def _check_offset(self, *, is_last: bool) -> Progress:
        """Refuse a wrong offset before the bytes are read."""
        async with read_session(self._state.read_sessions) as db:
            progress = await service.get_upload(
                db, upload_id=self._upload_id, author_id=self._actor.account_id, now=self._now
            )
        complete = progress.upload.completed_at is not None
        if not (complete and is_last) and progress.upload.received_bytes != self._offset:
            raise errors.UploadOffsetError(offset=progress.upload.received_bytes, complete=complete)
        return progress

    async def _commit(self, content: bytes, *, is_last: bool) -> Progress:
        async with write_session(self._state.write_sessions) as db:
            progress = await service.append(
                db,
                upload_id=self._upload_id,
                author_id=self._actor.account_id,
                offset=self._offset,
                content=content,
                is_last=is_last,
                now=self._now,
            )
            if progress.arrived:
                await announce_arrival(db, self._state, progress.photo)
        if progress.mismatch is not None:
            raise errors.DigestMismatchError(
                expected=progress.photo.sha256, received=progress.mismatch
            )
        self._offset += len(content)
        return progress


def _check_version(version: str | None) -> None:
    if version not in {None, UPLOAD_VERSION}:
        raise errors.UploadHeaderError(header="Esik-Upload-Version", supported=UPLOAD_VERSION)


def _read_number(header: str | None, name: str) -> int:
    if header is None or not _OFFSET.fullmatch(header):
        raise errors.UploadHeaderError(header=name)
    return int(header)
