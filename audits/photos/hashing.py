"""What is kept of a picture besides its pixels: a hash to find it again, and a tiny preview (pure).

The hash is the sign of the low DCT coefficients against their median (64 bits): recompressing
and resizing change few bits, another scene about half. The preview is a ThumbHash, the published
format of about 25 bytes that browsers turn into a blurred picture.
"""

import base64
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SAME_PICTURE_BITS = 6
"""Up to so many of 64 bits differ between two copies of one picture (measured: 0 for strong
recompression and for resizing, 8 for a turn by 2°, 32 and more between scenes)."""
_HASH_SIDE = 8
_DCT_SIDE = 32
_THUMB_SIDE = 100
Floats = NDArray[np.float64]


def hash_picture(picture: Image.Image) -> tuple[int, int]:
    """Give the 64-bit hash of a picture and of its mirror image, as signed integers."""
    grey = picture.convert("L").resize((_DCT_SIDE, _DCT_SIDE), Image.Resampling.LANCZOS)
    pixels = np.asarray(grey, dtype=np.float64)
    steps = np.arange(_DCT_SIDE)
    basis = np.cos(np.pi / _DCT_SIDE * (steps + 0.5) * steps[:, None])
    low = (basis @ pixels @ basis.T)[:_HASH_SIDE, :_HASH_SIDE]
    # A mirror image differs in the sign of every other column of coefficients.
    return _as_bits(low), _as_bits(low * np.where(np.arange(_HASH_SIDE) % 2, -1, 1))


def _as_bits(low: Floats) -> int:
    flat = low.ravel()
    bits = flat > np.median(flat[1:])
    value = int("".join("1" if bit else "0" for bit in bits), 2)
    return value - (1 << 64) if value >= 1 << 63 else value


def make_thumb_hash(picture: Image.Image) -> str:
    """Give the ThumbHash of an opaque picture, base64."""
    small = picture.convert("RGB")
    small.thumbnail((_THUMB_SIDE, _THUMB_SIDE), Image.Resampling.BOX)
    red, green, blue = np.moveaxis(np.asarray(small, dtype=np.float64) / 255, 2, 0)
    height, width = red.shape
    longer = max(width, height)
    columns, rows = (max(1, _round(7 * side / longer)) for side in (width, height))
    light = _encode_channel((red + green + blue) / 3, max(3, columns), max(3, rows))
    yellow = _encode_channel((red + green) / 2 - blue, 3, 3)
    redness = _encode_channel(red - green, 3, 3)
    landscape = width > height
    head = (
        _round(63 * light[0])
        | _round(31.5 + 31.5 * yellow[0]) << 6
        | _round(31.5 + 31.5 * redness[0]) << 12
        | _round(31 * light[1]) << 18
    )
    more = (
        (rows if landscape else columns)
        | _round(63 * yellow[1]) << 3
        | _round(63 * redness[1]) << 9
        | landscape << 15
    )
    nibbles = [_round(15 * each) for _dc, _scale, rest in (light, yellow, redness) for each in rest]
    nibbles += [0] * (len(nibbles) % 2)
    body = bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return base64.b64encode(head.to_bytes(3, "little") + more.to_bytes(2, "little") + body).decode()


def _encode_channel(channel: Floats, columns: int, rows: int) -> tuple[float, float, list[float]]:
    """Give the mean, the largest coefficient, and the others scaled to 0…1, in zigzag rows."""
    height, width = channel.shape
    across = np.cos(np.pi / width * np.arange(columns)[:, None] * (np.arange(width) + 0.5))
    down = np.cos(np.pi / height * np.arange(rows)[:, None] * (np.arange(height) + 0.5))
    waves = down @ channel @ across.T / (width * height)
    rest = [
        float(waves[row, column])
        for row in range(rows)
        for column in range(columns)
        if column * rows < columns * (rows - row) and (row or column)
    ]
    scale = max((abs(each) for each in rest), default=0.0)
    if scale:
        rest = [0.5 + 0.5 / scale * each for each in rest]
    return float(waves[0, 0]), scale, rest


def _round(number: float) -> int:
    """Round halves up, as the format's own implementation does."""
    return math.floor(number + 0.5)
