"""Bodies of photos and uploads."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.audits import PhotoStatus
from api.schemas.base import RequestBody, ResponseBody

_WHOLE = 1.000_001
"""Fractions of thirds do not add up to one."""

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class PhotoRead(PhotoStatus):
    """What is stored of a photo, and the proof of it."""

    reject_text: Annotated[
        str | None, Field(description="Why it cannot be used and what helps, for the volunteer.")
    ]
    sha256: Annotated[str, Field(description="Of the bytes as sent, hex; checked by the server.")]
    received_at: Annotated[
        datetime | None, Field(description="When the last byte was stored for good.")
    ]
    receipt: Annotated[
        str | None,
        Field(
            description="Signed proof that the server holds these bytes: a compact JWS (ES256) with"
            " `typ` `esik-receipt+jws`, `sub` (photo id), `sha256` and `received_at`; keys are at"
            " `/.well-known/jwks.json`. Delete the photo from the phone only with a valid one."
        ),
    ]
    upload_id: Annotated[
        UUID | None, Field(description="Upload that was begun: `HEAD /v1/uploads/{id}`.")
    ] = None
    thumb_hash: Annotated[str | None, Field(description="Tiny preview (ThumbHash, base64).")] = None
    widths: Annotated[
        list[int], Field(description="Pictures that can be asked for, by long side in pixels.")
    ] = []
    public_id: Annotated[
        UUID | None, Field(description="Name of the pictures once everyone may see them.")
    ] = None
    face_count: Annotated[
        int | None, Field(description="Faces that were hidden; null: nobody has looked yet.")
    ] = None


class PublicPhotoRead(ResponseBody):
    """A photo that everyone may see."""

    public_id: UUID
    element_id: UUID | None
    field: str | None
    widths: Annotated[
        list[int],
        Field(description="Long sides in pixels: `/v1/photos/{public_id}/{long side}.webp`."),
    ]
    width: Annotated[int, Field(description="Of the largest picture, pixels.")]
    height: int
    thumb_hash: Annotated[str | None, Field(description="Tiny preview (ThumbHash, base64).")]


class UploadRead(ResponseBody):
    """An upload that was begun."""

    id: UUID
    photo_id: UUID
    offset: Annotated[int, Field(description="Bytes that are stored; continue here.")]
    length: Annotated[int, Field(description="Bytes of the whole photo.")]
    complete: bool
    expires_at: Annotated[datetime, Field(description="Every byte prolongs it.")]


class Rectangle(RequestBody):
    """A part of the upright picture, as fractions of its width and height from the top left."""

    x: Fraction
    y: Fraction
    width: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    height: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _lies_inside(self) -> Self:
        if max(self.x + self.width, self.y + self.height) > _WHOLE:
            raise ValueError("the rectangle reaches out of the picture")
        return self


class RedactionsIn(RequestBody):
    """Parts of a photo to hide for good."""

    rectangles: Annotated[list[Rectangle], Field(min_length=1, max_length=50)]
