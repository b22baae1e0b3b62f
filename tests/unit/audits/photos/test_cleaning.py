"""A photo leaves the cleaning without a byte of metadata, or is refused with a reason."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from audits.photos.cleaning import LONG_SIDES_PX, CleanPhoto, Redaction, clean_photo
from audits.photos.faces import Box, FaceDetector, ModelError, hide
from audits.photos.hashing import SAME_PICTURE_BITS, hash_picture, make_thumb_hash
from audits.photos.isolation import CleaningLimits, clean_in_cell
from audits.photos.reasons import RejectReason, UnusablePhotoError, describe_reason
from tests.support.photos import MAX_PIXELS, encode, make_noise, make_photo, make_scene

_CANARY = "CANARY-77-Қанат"


def _clean(content: bytes, *redactions: Redaction) -> CleanPhoto:
    return clean_photo(content, max_pixels=MAX_PIXELS, detector=None, redactions=redactions)


def _exif(orientation: int = 6) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = _CANARY
    exif[0x0112] = orientation
    exif[0x0132] = "2026:11:20 10:30:00"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (43.0, 14.0, 20.25)
    return exif


def _jpeg() -> bytes:
    return encode(make_scene(), "JPEG", exif=_exif(), comment=_CANARY.encode(), quality=90)


def _png() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", _CANARY)
    return encode(make_scene().convert("RGBA"), "PNG", pnginfo=notes, exif=_exif())


def _webp() -> bytes:
    return encode(make_scene(), "WEBP", exif=_exif(), xmp=_CANARY.encode())


def _open(picture: bytes) -> Image.Image:
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        return image.copy()


@pytest.mark.parametrize("content", [_jpeg(), _png(), _webp(), _jpeg() + b"<html>" + b"CANARY-77"])
def test_no_metadata_survives(content: bytes) -> None:
    """EXIF, GPS, comments, XMP and appended bytes are in the input and in no output."""
    assert b"CANARY-77" in content
    clean = _clean(content)
    assert set(clean.derivatives) == set(LONG_SIDES_PX)
    for picture in clean.derivatives.values():
        assert b"CANARY" not in picture.content
        with Image.open(io.BytesIO(picture.content)) as image:
            assert image.format == "WEBP"
            assert not image.getexif()
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)


def test_every_orientation_stands_upright() -> None:
    """A picture stored in any of the eight EXIF orientations comes out the way it was seen."""
    seen = make_scene(3, (96, 64))
    stored = {
        1: seen,
        2: seen.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: seen.transpose(Image.Transpose.ROTATE_180),
        4: seen.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: seen.transpose(Image.Transpose.TRANSPOSE),
        6: seen.transpose(Image.Transpose.ROTATE_90),
        7: seen.transpose(Image.Transpose.TRANSVERSE),
        8: seen.transpose(Image.Transpose.ROTATE_270),
    }
    upright = np.asarray(_open(_clean(encode(seen, "PNG")).derivatives[320].content), dtype=int)
    for orientation, image in stored.items():
        clean = _clean(encode(image, "PNG", exif=_exif(orientation)))
        found = np.asarray(_open(clean.derivatives[320].content), dtype=int)
        assert found.shape == upright.shape, orientation
        assert np.abs(found - upright).max() <= 3, orientation


def test_the_time_is_read_and_lies_do_no_harm() -> None:
    """The camera's time is kept; a nonsense orientation or time is ignored."""
    clean = _clean(_jpeg())
    assert clean.taken_at is not None
    assert clean.taken_at.isoformat() == "2026-11-20T10:30:00+00:00"
    lies = _exif(777)
    lies[0x0132] = "yesterday"
    lying = _clean(encode(make_scene(), "JPEG", exif=lies))
    assert lying.taken_at is None
    assert (lying.derivatives[320].width, lying.derivatives[320].height) == (320, 240)


def test_a_small_photo_is_not_blown_up() -> None:
    """No derivative is larger than the photo was."""
    clean = _clean(make_photo(size=(200, 100)))
    assert {(d.width, d.height) for d in clean.derivatives.values()} == {(200, 100)}


def _grey16() -> Image.Image:
    return Image.fromarray(np.full((60, 80), 40_000, np.uint16))


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (encode(_grey16(), "PNG"), (156, 156, 156)),
        (encode(Image.new("CMYK", (80, 60), (0, 255, 255, 0)), "JPEG", quality=95), (254, 0, 0)),
        (encode(Image.new("RGB", (80, 60), (200, 10, 10)).convert("P"), "PNG"), (204, 0, 0)),
        (encode(Image.new("RGBA", (80, 60), (0, 0, 0, 0)), "PNG"), (255, 255, 255)),
        (encode(Image.new("LA", (80, 60), (0, 128)), "PNG"), (127, 127, 127)),
        (encode(Image.new("1", (80, 60), 1), "PNG"), (255, 255, 255)),
        (encode(Image.new("L", (80, 60), 90), "JPEG"), (90, 90, 90)),
    ],
)
def test_other_ways_to_say_colour_become_rgb(content: bytes, colour: tuple[int, ...]) -> None:
    """16 bits, CMYK, palettes, transparency and one bit keep their colour; clear becomes white."""
    image = _open(_clean(content).derivatives[320].content)
    assert image.mode == "RGB"
    middle = np.asarray(image)[30, 40].astype(int)
    assert np.abs(middle - colour).max() <= 8, middle


def test_a_phone_photo_with_a_second_picture_behind_it_is_a_photo() -> None:
    """A JPEG that carries a depth or HDR map (MPO) is taken by its first picture."""
    first, second = make_scene(1), make_scene(2)
    content = encode(first, "MPO", save_all=True, append_images=[second])
    clean = _clean(content)
    alone = _clean(encode(first, "JPEG"))
    assert _distance(clean.perceptual_hash, alone.perceptual_hash) <= SAME_PICTURE_BITS


def test_the_same_picture_has_nearly_the_same_hash() -> None:
    """A strong recompression changes few of 64 bits, another picture about half."""
    first, mirrored = hash_picture(make_scene(7))
    small = _open(encode(make_scene(7, (320, 240)), "JPEG", quality=30))
    assert _distance(first, hash_picture(small)[0]) <= SAME_PICTURE_BITS
    turned = make_scene(7).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert _distance(mirrored, hash_picture(turned)[0]) <= SAME_PICTURE_BITS
    assert _distance(first, hash_picture(turned)[0]) > SAME_PICTURE_BITS
    others = [hash_picture(make_scene(seed))[0] for seed in range(8, 40)]
    assert min(_distance(first, other) for other in others) > SAME_PICTURE_BITS
    assert all(-(1 << 63) <= value < 1 << 63 for value in (first, mirrored, *others))


def _distance(one: int, other: int) -> int:
    return ((one ^ other) & ((1 << 64) - 1)).bit_count()


def test_the_thumb_hash_follows_the_format() -> None:
    """The header says mean colour, shape and direction as the format defines them."""
    image = Image.new("RGB", (200, 100), (255, 128, 0))
    raw = base64.b64decode(make_thumb_hash(image))
    head, more = int.from_bytes(raw[:3], "little"), int.from_bytes(raw[3:5], "little")
    light, yellow, red = head & 63, (head >> 6) & 63, (head >> 12) & 63
    mean = (255 + 128 + 0) / 3 / 255
    assert light == round(63 * mean)
    assert yellow == round(31.5 + 31.5 * (255 + 128) / 2 / 255)
    assert red == round(31.5 + 31.5 * (255 - 128) / 255)
    assert head >> 23 == 0  # opaque
    assert (more >> 15, more & 7) == (1, 4)  # landscape: seven columns, round(3.5) rows
    portrait = base64.b64decode(make_thumb_hash(image.transpose(Image.Transpose.ROTATE_90)))
    assert int.from_bytes(portrait[3:5], "little") >> 15 == 0
    assert 15 <= len(raw) <= 30


def test_redactions_are_burnt_in() -> None:
    """Of a hidden part nothing but coarse blocks is left, in every size; the rest is untouched."""
    noise = make_noise(1, (800, 600))
    content = encode(noise, "PNG")
    plain, hidden = _clean(content), _clean(content, Redaction(0.25, 0.25, 0.5, 0.5))
    for side in LONG_SIDES_PX:
        before, after = (
            np.asarray(_open(each.derivatives[side].content).convert("L"), dtype=float)
            for each in (plain, hidden)
        )
        height, width = before.shape
        inside = np.s_[height // 3 : height * 2 // 3, width // 3 : width * 2 // 3]
        assert before[inside].std() > 15
        assert after[inside].std() < 5
        corner = np.s_[: height // 5, : width // 5]
        assert np.abs(before[corner] - after[corner]).mean() <= 8


def test_what_is_hidden_cannot_be_told_from_another() -> None:
    """Two different faces in the same light become the same picture but for six by six blocks."""
    pictures = [make_noise(seed, (240, 240)) for seed in range(2)]
    for picture in pictures:
        hide(picture, [Box(0, 0, 240, 240)])
    one, other = (np.asarray(picture.convert("L"), dtype=float) for picture in pictures)
    assert np.abs(one - other).max() < 12


def test_a_box_at_the_edge_is_hidden_too() -> None:
    """Boxes that reach out of the picture, or have no size, do no harm."""
    picture = make_scene()
    hide(picture, [Box(-50, -50, 30, 30), Box(600, 440, 900, 900), Box(10, 10, 10, 10)])
    assert picture.size == (640, 480)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", RejectReason.NOT_AN_IMAGE),
        (b"not a picture", RejectReason.NOT_AN_IMAGE),
        (b"GIF89a" + bytes(40), RejectReason.UNSUPPORTED),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1" + bytes(40), RejectReason.HEIC),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1" + bytes(40), RejectReason.UNSUPPORTED),
        (b"\xff\xd8\xff" + bytes(400), RejectReason.DAMAGED),
        (b"\x89PNG\r\n\x1a\n" + bytes(400), RejectReason.DAMAGED),
        (_jpeg()[: len(_jpeg()) // 2], RejectReason.DAMAGED),
        (_png()[: len(_png()) // 2], RejectReason.DAMAGED),
        (_webp()[: len(_webp()) // 2], RejectReason.DAMAGED),
        (encode(Image.new("1", (20_000, 20_000)), "PNG"), RejectReason.TOO_MANY_PIXELS),
        (encode(Image.new("1", (40_000, 20)), "PNG"), RejectReason.TOO_MANY_PIXELS),
        (encode(Image.new("RGB", (15, 900)), "PNG"), RejectReason.TOO_SMALL),
        (
            encode(make_scene(), "WEBP", save_all=True, append_images=[make_scene(8)]),
            RejectReason.ANIMATED,
        ),
        (
            encode(make_scene(), "PNG", save_all=True, append_images=[make_scene(8)]),
            RejectReason.ANIMATED,
        ),
    ],
)
def test_a_bad_photo_is_refused_with_a_reason(content: bytes, reason: RejectReason) -> None:
    """What cannot be decoded whole, or is too much, is named; nothing crashes."""
    with pytest.raises(UnusablePhotoError) as refused:
        _clean(content)
    assert refused.value.reason is reason


def test_every_reason_is_told_in_three_languages() -> None:
    """A volunteer reads why, whatever the reason; no text is missing or shared."""
    for reason in RejectReason:
        texts = {describe_reason(reason.value, language) for language in ("kk", "ru", "en")}
        assert len(texts) == 3


def test_a_missing_or_foreign_model_is_no_detector(tmp_path: Path) -> None:
    """Without the very model that was measured nobody looks for faces."""
    for model in (tmp_path / "absent.onnx", tmp_path / "other.onnx"):
        if model.name == "other.onnx":
            model.write_bytes(b"another model")
        with pytest.raises(ModelError):
            FaceDetector(model)


def test_a_cell_cleans_and_says_that_nobody_looked_for_faces(tmp_path: Path) -> None:
    """Without a model a photo is cleaned all the same, and marked so that it stays private."""
    report = clean_in_cell(make_photo(), limits=CleaningLimits(MAX_PIXELS, tmp_path / "none.onnx"))
    assert report.clean.faces_checked_by is None
    assert report.clean.face_count is None
    assert report.complaint is not None
    assert 10_000 < report.peak_memory_kb < 400_000
    assert report.clean.derivatives[320].content == _clean(make_photo()).derivatives[320].content


def test_a_cell_that_needs_too_much_is_stopped() -> None:
    """Memory and time end the cell, not the worker; the reason is told."""
    limits = CleaningLimits(MAX_PIXELS, None, max_memory_bytes=200 << 20)
    huge = encode(Image.new("RGBA", (8_000, 6_000), (9, 9, 9, 9)), "PNG")
    with pytest.raises(UnusablePhotoError) as refused:
        clean_in_cell(huge, limits=limits)
    assert refused.value.reason is RejectReason.TOO_HEAVY
    with pytest.raises(UnusablePhotoError) as refused:
        clean_in_cell(make_photo(), limits=CleaningLimits(MAX_PIXELS, None, max_time_s=0.01))
    assert refused.value.reason is RejectReason.TOO_HEAVY
