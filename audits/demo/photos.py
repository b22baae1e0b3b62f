"""Photos of demo entrances, drawn: a wall, a door, steps, a ramp, and the word DEMO across."""

import io
import random

from PIL import Image, ImageDraw

from geo.demo_city import EntranceTruth

_SIZE = (1200, 900)
_GROUND = 700
_STEP_PX = 26


def _draw_facade(dice: random.Random, wall: tuple[int, ...]) -> Image.Image:
    """Draw a wall in patchy light with windows, so that no two demo photos look like copies."""
    patches = Image.new("RGB", (6, 4))
    for x in range(patches.width):
        for y in range(patches.height):
            shade = dice.uniform(0.25, 1.25)
            tone = tuple(min(255, round(channel * shade)) for channel in wall)
            patches.putpixel((x, y), (tone[0], tone[1], tone[2]))
    image = patches.resize(_SIZE, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    for _window in range(dice.randrange(3, 9)):
        left, top = dice.randrange(0, 1_050), dice.randrange(0, 420)
        size = (left + dice.randrange(90, 220), top + dice.randrange(90, 260))
        pen.rectangle((left, top, *size), fill=(60, 70, 90), outline=(230, 230, 230), width=6)
    ground = dice.randrange(70, 170)
    pen.rectangle((0, _GROUND, *_SIZE), fill=(ground, ground, ground))
    return image


def draw_entrance(truth: EntranceTruth, *, seed: int) -> bytes:
    """Draw one entrance as JPEG, with the metadata that a phone would leave in it."""
    dice = random.Random(seed)  # noqa: S311 - the same drawing for the same seed
    wall = tuple(dice.randrange(150, 230) for _channel in range(3))
    image = _draw_facade(dice, wall)
    pen = ImageDraw.Draw(image)
    rise = truth.step_count * _STEP_PX
    width = truth.door_clear_width_mm // 4
    left = _SIZE[0] // 2 - width // 2
    pen.rectangle((left, _GROUND - rise - 420, left + width, _GROUND - rise), fill=(70, 50, 40))
    for number in range(truth.step_count):
        top = _GROUND - rise + number * _STEP_PX
        reach = 60 + number * 40
        pen.rectangle(
            (left - reach, top, left + width + reach, top + _STEP_PX),
            fill=(170 - 12 * number,) * 3,
            outline=(60, 60, 60),
        )
    if truth.ramp != "none":
        end = left + width + 120 + (truth.ramp_length_mm or 2_000) // 8
        pen.polygon(
            [(left + width, _GROUND - rise), (end, _GROUND), (left + width, _GROUND)],
            fill=(200, 190, 120),
        )
    pen.text((40, 40), "DEMO", fill=(200, 0, 0), font_size=120)
    exif = Image.Exif()
    exif[0x010F] = "Demo phone"
    exif[0x0132] = "2026:10:01 10:00:00"
    exif.get_ifd(0x8825)[2] = (43.0, 14.0, 0.0)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, exif=exif)
    return out.getvalue()
