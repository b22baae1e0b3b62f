"""The decode gate: bytes → one upright RGB picture of bounded size, or a reason (pure).

Runs on hostile bytes, so only inside `audits.photos.cell`. A file is what it decodes to, not
what its name or its type says. Every pixel is decoded: half a picture is a damaged one. What
comes out is a new image with pixels only; metadata, profiles and appended bytes stay behind.
"""

import io
import warnings
from datetime import UTC, datetime

from PIL import Image
from PIL.ExifTags import IFD, Base

from audits.photos.reasons import HEAD_BYTES, RejectReason, UnusablePhotoError, find_refusal

WORKING_SIDE_PX = 1600
"""Long side of the picture that everything else is made from."""
_MIN_SIDE_PX = 16
_MAX_SIDE_PX = 30_000
_FORMATS = ("JPEG", "PNG", "WEBP", "MPO")
"""MPO is a JPEG with more pictures behind it, as phones write for depth: the first counts."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation → how to stand upright (CIPA DC-008, 4.6.4)."""


def open_picture(content: bytes, *, max_pixels: int) -> tuple[Image.Image, datetime | None]:
    """Decode a photo; gives it upright with a long side of at most 1600 px, and when it was taken.

    The time is the camera's own clock, noted as if it were UTC. Raises UnusablePhotoError.
    """
    refusal = find_refusal(content[:HEAD_BYTES])
    if refusal is not None:
        raise UnusablePhotoError(refusal)
    image = _open(content, max_pixels=max_pixels)
    orientation, taken_at = _read_exif(image)
    try:
        # Lets the decoder of JPEG scale while it decodes: a fraction of the memory and time.
        image.draft(None, (WORKING_SIDE_PX, WORKING_SIDE_PX))
        image.load()
        picture = _flatten(_shrink(_reduce_depth(image)))
    except MemoryError as error:
        raise UnusablePhotoError(RejectReason.TOO_HEAVY) from error
    except Exception as error:
        # Decoders meet hostile bytes with whatever comes to their mind: all of it means damaged.
        raise UnusablePhotoError(RejectReason.DAMAGED) from error
    turn = _TURNS.get(orientation)
    return (picture if turn is None else picture.transpose(turn)), taken_at


def _open(content: bytes, *, max_pixels: int) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = max_pixels
    try:
        with warnings.catch_warnings():
            # Between once and twice the limit the library only warns; the check below refuses.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=_FORMATS)
            frames = getattr(image, "n_frames", 1)
    except Image.DecompressionBombError as error:
        raise UnusablePhotoError(RejectReason.TOO_MANY_PIXELS) from error
    except MemoryError as error:
        raise UnusablePhotoError(RejectReason.TOO_HEAVY) from error
    except Exception as error:
        raise UnusablePhotoError(RejectReason.DAMAGED) from error
    if image.width * image.height > max_pixels or max(image.size) > _MAX_SIDE_PX:
        raise UnusablePhotoError(RejectReason.TOO_MANY_PIXELS)
    if min(image.size) < _MIN_SIDE_PX:
        raise UnusablePhotoError(RejectReason.TOO_SMALL)
    if frames > 1 and image.format != "MPO":
        raise UnusablePhotoError(RejectReason.ANIMATED)
    return image


def _read_exif(image: Image.Image) -> tuple[int, datetime | None]:
    """Read orientation and time; metadata that lies or is broken never spoils a photo."""
    orientation, taken_at = 1, None
    try:
        exif = image.getexif()
        orientation = int(exif.get(Base.Orientation, 1))
        text = exif.get_ifd(IFD.Exif).get(Base.DateTimeOriginal) or exif.get(Base.DateTime)
        taken_at = datetime.strptime(str(text), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except Exception:  # noqa: BLE001 - see the docstring; there is nothing to report
        return orientation, None
    return orientation, taken_at


def _reduce_depth(image: Image.Image) -> Image.Image:
    """Bring 16 bits a channel down to 8; converting alone would turn them white."""
    if not image.mode.startswith("I"):
        return image
    import numpy as np  # noqa: PLC0415 - most photos have 8 bits

    deep = np.asarray(image)
    if deep.dtype != np.uint16:
        deep = deep.clip(0, 65_535).astype(np.uint16)
    return Image.fromarray((deep >> 8).astype(np.uint8))


def _shrink(image: Image.Image) -> Image.Image:
    """Bring the long side down before anything copies the pixels again."""
    scale = WORKING_SIDE_PX / max(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if image.mode in {"1", "P"}:
        # Indices of a palette cannot be mixed; a coarse copy first keeps a huge one small.
        image = image.resize([side * 2 for side in size], Image.Resampling.NEAREST)
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _flatten(image: Image.Image) -> Image.Image:
    """Copy the pixels into a new RGB image, on white where they were transparent."""
    canvas = Image.new("RGB", image.size, "white")
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        seen = image.convert("RGBA")
        canvas.paste(seen, mask=seen.getchannel("A"))
    else:
        canvas.paste(image.convert("RGB"))
    return canvas
