"""A photo leaves the cleaning without a byte of metadata, or is refused with a reason."""

import io
import random

import pytest
from PIL import Image, PngImagePlugin

from audits.photos.processing import WIDTHS, UnusablePhotoError, clean_photo

_CANARY = "CANARY-77-Қанат"
_MAX = 50_000_000


def _picture(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    dice = random.Random(7)
    small = Image.new("RGB", (16, 12))
    for x in range(16):
        for y in range(12):
            small.putpixel((x, y), (dice.randrange(256), dice.randrange(256), dice.randrange(256)))
    return small.resize(size, Image.Resampling.BICUBIC).convert(mode)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = _CANARY
    exif[0x0112] = 6
    exif[0x0132] = "2026:11:20 10:30:00"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (43.0, 14.0, 20.25)
    exif.get_ifd(0x9286)
    return exif


def _encode(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _jpeg() -> bytes:
    return _encode(_picture(), "JPEG", exif=_exif(), comment=_CANARY.encode(), quality=90)


def _png() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", _CANARY)
    return _encode(_picture(mode="RGBA"), "PNG", pnginfo=notes, exif=_exif())


def _webp() -> bytes:
    return _encode(_picture(), "WEBP", exif=_exif(), xmp=_CANARY.encode())


@pytest.mark.parametrize("content", [_jpeg(), _png(), _webp(), _jpeg() + b"<html>" + b"CANARY-77"])
def test_no_metadata_survives(content: bytes) -> None:
    """EXIF, GPS, comments, XMP and appended bytes are in the input and in no output."""
    assert b"CANARY-77" in content
    clean = clean_photo(content, max_pixels=_MAX)
    assert set(clean.derivatives) == set(WIDTHS)
    for picture in clean.derivatives.values():
        assert b"CANARY" not in picture.content
        with Image.open(io.BytesIO(picture.content)) as image:
            assert image.format == "WEBP"
            assert not image.getexif()
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)


def test_the_picture_is_upright_and_the_time_is_read() -> None:
    """Orientation 6 turns a wide picture tall; the camera's time is kept apart from the pixels."""
    clean = clean_photo(_jpeg(), max_pixels=_MAX)
    small = clean.derivatives[320]
    assert (small.width, small.height) == (240, 320)
    assert clean.taken_at is not None
    assert clean.taken_at.isoformat() == "2026-11-20T10:30:00+00:00"


def test_a_small_photo_is_not_blown_up() -> None:
    """No derivative is larger than the photo was."""
    clean = clean_photo(_encode(_picture((200, 100)), "JPEG"), max_pixels=_MAX)
    assert {(d.width, d.height) for d in clean.derivatives.values()} == {(200, 100)}


def test_the_same_picture_has_nearly_the_same_hash() -> None:
    """A strong recompression changes few of 64 bits, another picture about half."""
    first = clean_photo(_encode(_picture(), "JPEG", quality=95), max_pixels=_MAX)
    again = clean_photo(_encode(_picture((320, 240)), "JPEG", quality=30), max_pixels=_MAX)
    noise = Image.effect_noise((640, 480), 90).convert("RGB")
    other = clean_photo(_encode(noise, "JPEG"), max_pixels=_MAX)
    mask = (1 << 64) - 1
    near = ((first.perceptual_hash ^ again.perceptual_hash) & mask).bit_count()
    far = ((first.perceptual_hash ^ other.perceptual_hash) & mask).bit_count()
    assert near <= 6
    assert far >= 16
    assert -(1 << 63) <= first.perceptual_hash < 1 << 63


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_an_image"),
        (b"not a picture", "not_an_image"),
        (b"GIF89a" + bytes(40), "not_an_image"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "heic"),
        (_jpeg()[: len(_jpeg()) // 2], "damaged"),
        (_encode(Image.new("1", (20_000, 20_000)), "PNG"), "too_many_pixels"),
        (
            _encode(_picture(), "WEBP", save_all=True, append_images=[_picture((640, 480), "L")]),
            "animated",
        ),
    ],
)
def test_a_bad_photo_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    """What cannot be decoded whole, or is too much, is named; nothing crashes."""
    with pytest.raises(UnusablePhotoError) as refused:
        clean_photo(content, max_pixels=_MAX)
    assert refused.value.reason == reason
