"""Choose where names of streets stand (pure): along straight pieces, without overlap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from geo.sketches.model import Label, Pixel

_LETTER_PX = 6.2
"""Mean width of a letter of the label size."""
_HEIGHT_PX = 14.0
_STRAIGHT = 0.96
_SHARES = (0.5, 0.35, 0.65, 0.2, 0.8)
_MOST_LETTERS = 40


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A street in pixels with its name."""

    name: str
    points: Sequence[Pixel]


def place_labels(lines: Sequence[NamedLine], *, width_px: int, height_px: int) -> Sequence[Label]:
    """Give the labels that fit, the earlier lines first."""
    taken: list[Pixel] = []
    labels = []
    for line in lines:
        name = (
            line.name if len(line.name) <= _MOST_LETTERS else line.name[: _MOST_LETTERS - 1] + "…"
        )
        found = _find_spot(line.points, len(name) * _LETTER_PX, taken, width_px, height_px)
        if found is None:
            continue
        label, covered = found
        labels.append(Label(name, label.at, label.angle))
        taken += covered
    return labels


def _find_spot(
    points: Sequence[Pixel], wide: float, taken: Sequence[Pixel], width_px: int, height_px: int
) -> tuple[Label, list[Pixel]] | None:
    reached = [0.0]
    for one, other in pairwise(points):
        reached.append(reached[-1] + math.dist(one, other))
    whole = reached[-1]
    for share in _SHARES:
        start, end = whole * share - wide / 2, whole * share + wide / 2
        if start < 0 or end > whole:
            continue
        a, b = _walk(points, reached, start), _walk(points, reached, end)
        if math.dist(a, b) < wide * _STRAIGHT or not _is_inside((a, b), width_px, height_px):
            continue
        covered = _cover(a, b)
        if all(math.dist(here, there) > _HEIGHT_PX for here in covered for there in taken):
            middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
            return Label("", middle, _readable_angle(a, b)), covered
    return None


def _walk(points: Sequence[Pixel], reached: Sequence[float], distance: float) -> Pixel:
    for number in range(1, len(points)):
        if reached[number] >= distance:
            (x1, y1), (x2, y2) = points[number - 1], points[number]
            length = reached[number] - reached[number - 1]
            share = (distance - reached[number - 1]) / length if length else 0.0
            return x1 + (x2 - x1) * share, y1 + (y2 - y1) * share
    return points[-1]


def _is_inside(ends: Sequence[Pixel], width_px: int, height_px: int) -> bool:
    return all(4 <= x <= width_px - 4 and 8 <= y <= height_px - 8 for x, y in ends)  # noqa: PLR2004 - the frame


def _cover(a: Pixel, b: Pixel) -> list[Pixel]:
    """Give points along a label, as close to each other as it is high."""
    steps = max(1, math.ceil(math.dist(a, b) / _HEIGHT_PX))
    return [
        (a[0] + (b[0] - a[0]) * n / steps, a[1] + (b[1] - a[1]) * n / steps)
        for n in range(steps + 1)
    ]


def _readable_angle(a: Pixel, b: Pixel) -> float:
    """Give the angle of a line so that nobody has to read upside down."""
    angle = math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))
    if angle > 90:  # noqa: PLR2004 - a right angle
        return angle - 180
    return angle + 180 if angle <= -90 else angle  # noqa: PLR2004 - a right angle
