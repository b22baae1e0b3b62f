"""Bytes of a photo → clean pictures in fixed sizes, without metadata and faces (pure).

Metadata cannot survive, because only pixels are handed on. Order matters: rectangles and faces
are hidden in the one picture that all sizes are made from. If no detector looked, the result
says so and nothing of it may be shown to the public.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import Image

from audits.photos.faces import Box, FaceDetector, hide
from audits.photos.gate import WORKING_SIDE_PX, open_picture
from audits.photos.hashing import hash_picture, make_thumb_hash

LONG_SIDES_PX = (320, 1024, WORKING_SIDE_PX)
"""Sizes of the derivatives: list, phone, review."""
_WEBP_QUALITY = 78


@dataclass(frozen=True, slots=True)
class Redaction:
    """A rectangle to hide, as fractions of the upright picture's width and height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Derivative:
    """One clean picture."""

    width: int
    height: int
    content: bytes
    """WebP."""


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """What a photo became."""

    derivatives: Mapping[int, Derivative]
    """Long side → picture; never larger than the photo was."""
    perceptual_hash: int
    """64-bit DCT hash as a signed integer, for finding the same picture again."""
    mirrored_hash: int
    """The same of its mirror image: who reuses a photo may turn it round."""
    thumb_hash: str
    taken_at: datetime | None
    """By the camera's own clock, without a zone; read before the metadata was dropped."""
    faces_checked_by: str | None
    """Which detector looked; `None` means nobody did, and the photo must stay private."""
    face_count: int | None


def clean_photo(
    content: bytes,
    *,
    max_pixels: int,
    detector: FaceDetector | None,
    redactions: Sequence[Redaction] = (),
) -> CleanPhoto:
    """Decode a photo, hide what is private, and make its derivatives; raises UnusablePhotoError."""
    picture, taken_at = open_picture(content, max_pixels=max_pixels)
    # Of the picture as it was taken: what is hidden in it must not hide that it was used before.
    perceptual_hash, mirrored_hash = hash_picture(picture)
    faces = None if detector is None else detector.detect(picture)
    hide(picture, faces or [])
    hide(picture, [_as_box(redaction, picture.size) for redaction in redactions], margin=0)
    return CleanPhoto(
        derivatives={side: _shrink(picture, side) for side in LONG_SIDES_PX},
        perceptual_hash=perceptual_hash,
        mirrored_hash=mirrored_hash,
        thumb_hash=make_thumb_hash(picture),
        taken_at=taken_at,
        faces_checked_by=None if detector is None else detector.name,
        face_count=None if faces is None else len(faces),
    )


def _as_box(redaction: Redaction, size: tuple[int, int]) -> Box:
    width, height = size
    left, top = redaction.x * width, redaction.y * height
    return Box(left, top, left + redaction.width * width, top + redaction.height * height)


def _shrink(picture: Image.Image, long_side: int) -> Derivative:
    scale = min(1.0, long_side / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=_WEBP_QUALITY, method=4)
    return Derivative(small.width, small.height, out.getvalue())
