"""Files that want to do harm: made from honest ones by seeded mutations, with canaries inside."""

import io
import random
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, PngImagePlugin

from tests.support.photos import encode, make_scene

CANARY = b"CANARY-77"
_SIZE = (160, 120)
_ICC = b"\x00\x00\x01\x00lcms\x02\x10\x00\x00mntrRGB XYZ " + CANARY * 20
_XMP = b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>"


def _exif(orientation: int = 6) -> Image.Exif:
    exif = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x013B, 0x8298):
        exif[tag] = CANARY.decode()
    exif[0x0112] = orientation
    exif[0x0132] = "2026:11:20 10:30:00"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (43.0, 14.0, 20.25)
    return exif


def _iptc(jpeg: bytes) -> bytes:
    """Put a Photoshop block with an IPTC caption right behind the start of a JPEG."""
    caption = b"\x1c\x02\x78" + struct.pack(">H", len(CANARY)) + CANARY
    block = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(caption)) + caption
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def _png_notes() -> PngImagePlugin.PngInfo:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", CANARY.decode())
    notes.add_text("Hidden", CANARY.decode() * 50, zip=True)
    notes.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    return notes


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_with_size(width: int, height: int) -> bytes:
    """Give a PNG that says a size and brings hardly any pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", zlib.compress(bytes(4_000)))
        + _png_chunk(b"IEND", b"")
    )


def make_seeds() -> dict[str, bytes]:
    """Give honest and hostile files of every kind, each with canaries where it can carry any."""
    scene = make_scene(3, _SIZE)
    meta = {"exif": _exif(), "icc_profile": _ICC, "comment": CANARY}
    jpeg = _iptc(encode(scene, "JPEG", xmp=_XMP, **meta))
    png = encode(scene.convert("RGBA"), "PNG", pnginfo=_png_notes(), exif=_exif(), icc_profile=_ICC)
    deep = Image.fromarray(np.arange(160 * 120, dtype=np.uint16).reshape(120, 160) * 3)
    other = make_scene(4, _SIZE)
    webp = encode(scene, "WEBP", exif=_exif(), xmp=_XMP, icc_profile=_ICC)
    return {
        "jpeg": jpeg,
        "jpeg progressive": encode(scene, "JPEG", progressive=True, **meta),
        "jpeg cmyk": encode(scene.convert("CMYK"), "JPEG", **meta),
        "jpeg grey": encode(scene.convert("L"), "JPEG", **meta),
        "jpeg lying orientation": encode(scene, "JPEG", exif=_exif(777)),
        "mpo": encode(scene, "MPO", save_all=True, append_images=[other], **meta),
        "png": png,
        "png palette": encode(scene.convert("P"), "PNG", pnginfo=_png_notes()),
        "png 16 bits": encode(deep, "PNG", pnginfo=_png_notes()),
        "png grey alpha": encode(scene.convert("LA"), "PNG", exif=_exif()),
        "png animated": encode(scene, "PNG", save_all=True, append_images=[other]),
        "png bomb": encode(Image.new("1", (20_000, 20_000)), "PNG"),
        "png huge": _png_with_size(2_000_000_000, 2_000_000_000),
        "png wide": _png_with_size(7_000, 7_000),
        "png text bomb": png[:33]
        + _png_chunk(b"zTXt", b"x\x00\x00" + zlib.compress(bytes(20_000_000)))
        + png[33:],
        "webp": webp,
        "webp lossless": encode(scene.convert("RGBA"), "WEBP", lossless=True, exif=_exif()),
        "webp animated": encode(scene, "WEBP", save_all=True, append_images=[other]),
        "gif": encode(scene.convert("P"), "GIF", comment=CANARY),
        "tiff": encode(scene, "TIFF", description=CANARY.decode()),
        "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + CANARY * 40,
        "html behind jpeg": jpeg + b"<html><script>" + CANARY,
        "zip behind png": png + b"PK\x03\x04" + CANARY,
        "html": b"<html>" + CANARY,
        "nothing": b"",
    }


def mutate(seeds: dict[str, bytes], count: int, *, seed: int) -> Iterator[tuple[str, bytes]]:
    """Give so many files: first the seeds as they are, then mutations of them."""
    yield from list(seeds.items())[:count]
    dice = random.Random(seed)
    names = list(seeds)
    for number in range(count - len(seeds)):
        name = dice.choice(names)
        content = bytearray(seeds[name])
        for _time in range(dice.choice([1, 1, 2, 5])):
            content = _mutate_once(dice, content, seeds)
        yield f"{name} #{number}", bytes(content[:2_000_000])


def _mutate_once(dice: random.Random, content: bytearray, seeds: dict[str, bytes]) -> bytearray:
    if not content:
        return bytearray(dice.randbytes(40))
    at = dice.randrange(len(content))
    # Headers are where decoders take decisions: half of all changes happen there.
    if dice.random() < 0.5:
        at = dice.randrange(min(len(content), 700))
    kind = dice.randrange(7)
    if kind == 0:
        for _bit in range(dice.choice([1, 8, 60])):
            content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    elif kind == 1:
        del content[at:]
    elif kind == 2:
        content[at : at + dice.choice([1, 4, 40])] = dice.randbytes(dice.choice([0, 1, 4, 400]))
    elif kind == 3:
        content[at : at + 4] = dice.choice([b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff"])
    elif kind == 4:
        piece = content[at : at + dice.randrange(1, 3_000)]
        content[at:at] = piece * dice.choice([1, 3, 30])
    elif kind == 5:
        other = seeds[dice.choice(list(seeds))]
        start = dice.randrange(len(other) + 1)
        content[at:] = other[start : start + 100_000]
    else:
        _break_structure(dice, content)
    return content


def _break_structure(dice: random.Random, content: bytearray) -> None:
    """Change a length or a size where the format keeps it, with a right checksum for PNG."""
    if content[:4] == b"\x89PNG" and len(content) > 33:
        size = struct.pack(">II", dice.choice([0, 1, 5_000, 1 << 31]), dice.choice([0, 9, 30_000]))
        content[16:24] = size
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
        return
    marker = content.find(dice.choice([b"\xff\xc0", b"\xff\xc2", b"\xff\xe1", b"VP8", b"EXIF"]))
    if 0 <= marker < len(content) - 12:
        content[marker + 2 : marker + 4] = dice.randbytes(2)
        content[marker + 5 : marker + 9] = dice.randbytes(4)


def open_all(picture: bytes) -> Image.Image:
    """Decode a picture whole."""
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        return image
