"""Bytes of a photo → clean pictures: decoded, upright, without metadata, in fixed sizes (pure).

The only module that touches an image library. Metadata cannot survive, because pixels are
pasted into a new image and only that is encoded. Faces are not blurred here yet, so nothing
that this module makes may be shown to the public.
"""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ExifTags import IFD, Base

FORMATS = ("JPEG", "PNG", "WEBP")
WIDTHS = (320, 1024, 1600)
"""Long sides of the derivatives in pixels: list, phone, review."""
_WEBP_QUALITY = 78
_HASH_SIDE = 8
_DCT_SIDE = 32


class UnusablePhotoError(Exception):
    """The bytes are no photo that can be used; `reason` is a stable message key."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Derivative:
    """One clean picture."""

    width: int
    height: int
    content: bytes


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """What a photo became."""

    derivatives: Mapping[int, Derivative]
    """Long side → picture; never larger than the photo was."""
    perceptual_hash: int
    """64-bit DCT hash as a signed integer, for finding the same picture again."""
    taken_at: datetime | None
    """By the camera's own clock, without a zone; read before the metadata was dropped."""


def clean_photo(content: bytes, *, max_pixels: int) -> CleanPhoto:
    """Decode a photo and make its clean derivatives.

    Raises UnusablePhotoError with reason `not_an_image`, `too_many_pixels`, `animated` or
    `damaged`. Every pixel is decoded: a truncated file is damaged, not half a picture.
    """
    image = _open(content, max_pixels=max_pixels)
    taken_at = _taken_at(image)
    try:
        upright = ImageOps.exif_transpose(image)
        picture = _flatten(upright)
    except (OSError, SyntaxError, ValueError) as error:
        raise UnusablePhotoError("damaged") from error
    derivatives = {width: _shrink(picture, width) for width in WIDTHS}
    return CleanPhoto(derivatives, _dct_hash(picture), taken_at)


def _open(content: bytes, *, max_pixels: int) -> Image.Image:
    if content[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"}:
        raise UnusablePhotoError("heic")
    try:
        with warnings.catch_warnings():
            # A bomb is refused below by its size; the library's own warning adds nothing.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise UnusablePhotoError("too_many_pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UnusablePhotoError("not_an_image") from error
    if image.width * image.height > max_pixels:
        raise UnusablePhotoError("too_many_pixels")
    if getattr(image, "n_frames", 1) > 1:
        raise UnusablePhotoError("animated")
    return image


def _taken_at(image: Image.Image) -> datetime | None:
    try:
        exif = image.getexif()
        text = exif.get_ifd(IFD.Exif).get(Base.DateTimeOriginal) or exif.get(Base.DateTime)
        parsed = datetime.strptime(str(text), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - no zone in EXIF
        return parsed.replace(tzinfo=UTC)
    except (ValueError, KeyError, OSError, SyntaxError, TypeError):
        return None


def _flatten(image: Image.Image) -> Image.Image:
    """Copy the pixels into a new RGB image, on white where they were transparent."""
    canvas = Image.new("RGB", image.size, "white")
    rgba = image.convert("RGBA")
    canvas.paste(rgba, mask=rgba.getchannel("A"))
    return canvas


def _shrink(picture: Image.Image, long_side: int) -> Derivative:
    scale = min(1.0, long_side / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=_WEBP_QUALITY, method=4)
    return Derivative(small.width, small.height, out.getvalue())


def _dct_hash(picture: Image.Image) -> int:
    """Hash the coarse structure: signs of the low DCT coefficients against their median."""
    import numpy as np  # noqa: PLC0415 - only the worker pays for it

    grey = picture.convert("L").resize((_DCT_SIDE, _DCT_SIDE), Image.Resampling.LANCZOS)
    pixels = np.asarray(grey, dtype=np.float64)
    steps = np.arange(_DCT_SIDE)
    basis = np.cos(np.pi / _DCT_SIDE * (steps + 0.5) * steps[:, None])
    low = (basis @ pixels @ basis.T)[:_HASH_SIDE, :_HASH_SIDE].ravel()
    bits = low > np.median(low[1:])
    value = int("".join("1" if bit else "0" for bit in bits), 2)
    return value - (1 << 64) if value >= 1 << 63 else value
