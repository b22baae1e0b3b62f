"""Directions as people perceive and say them: over some metres, not over drawn centimetres."""

import math
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.routing.answer import Place, Segment
from geo.routing.bearings import REACH_M, measure_faces
from geo.routing.plane import METRES_PER_DEGREE, turn

_REACH_SQUARED = (REACH_M / METRES_PER_DEGREE) ** 2
_FACES = "_faces"
"""Where segments keep what `note_faces` measured of their shape."""
_COMPASS = (
    "east",
    "north_east",
    "north",
    "north_west",
    "west",
    "south_west",
    "south",
    "south_east",
)
STRAIGHT_DEG = 25.0
SLIGHT_DEG = 60.0
SHARP_DEG = 125.0
BACK_DEG = 160.0


class Line(NamedTuple):
    """All drawn points of a way, as kernels take them."""

    points: NDArray[np.float64]
    bounds: NDArray[np.int64]


def draw(segments: Sequence[Segment]) -> Line:
    """Return the points of some segments and where each segment begins."""
    drawn = chain.from_iterable(chain.from_iterable([s.shape for s in segments]))
    counts = accumulate([len(segment.shape) for segment in segments], initial=0)
    points = np.fromiter(drawn, np.float64).reshape(-1, 2)
    return Line(points, np.fromiter(counts, np.int64))


def note_faces(segments: Sequence[Segment], line: Line) -> None:
    """Measure the directions at the ends of all segments at once, for those who ask later."""
    for segment, faces in zip(segments, measure_faces(*line).tolist(), strict=True):
        segment.__dict__[_FACES] = faces


def heading_at_start(segments: list[Segment]) -> float:
    """Return the direction in which a way sets off, radians from east."""
    faces = segments[0].__dict__.get(_FACES)
    if faces is not None and (faces[1] or len(segments) == 1):
        known: float = faces[0]
        return known
    first_lon, first_lat = segments[0].shape[0]
    kx = math.cos(math.radians(first_lat))
    dx = dy = 0.0
    for segment in segments:
        for lon, lat in segment.shape:
            dx, dy = (lon - first_lon) * kx, lat - first_lat
            if dx * dx + dy * dy > _REACH_SQUARED:
                return math.atan2(dy, dx)
    return math.atan2(dy, dx)


def heading_at_end(segments: list[Segment]) -> float:
    """Return the direction in which a way arrives, radians from east."""
    faces = segments[-1].__dict__.get(_FACES)
    if faces is not None and (faces[3] or len(segments) == 1):
        known: float = faces[2]
        return known
    last_lon, last_lat = segments[-1].shape[-1]
    kx = math.cos(math.radians(last_lat))
    dx = dy = 0.0
    for segment in reversed(segments):
        for lon, lat in reversed(segment.shape):
            dx, dy = (lon - last_lon) * kx, lat - last_lat
            if dx * dx + dy * dy > _REACH_SQUARED:
                return math.atan2(dy, dx) + math.pi
    return math.atan2(dy, dx) + math.pi


def name_compass(bearing: float) -> str:
    """Return one of eight compass words."""
    return _COMPASS[round(math.degrees(bearing) / 45.0) % 8]


def name_turn(angle_deg: float) -> str:
    """Return the word for a turn, left positive."""
    size = abs(angle_deg)
    if size < STRAIGHT_DEG:
        return "straight"
    if size > BACK_DEG:
        return "back"
    side = "left" if angle_deg > 0 else "right"
    if size < SLIGHT_DEG:
        return f"slight_{side}"
    return side if size <= SHARP_DEG else f"sharp_{side}"


def name_side(heading: float, here: Place, there: Place) -> str | None:
    """Return on which side of somebody at `here` a place lies; `None` nearly ahead or behind."""
    kx = math.cos(math.radians(here[1]))
    towards = math.atan2(there[1] - here[1], (there[0] - here[0]) * kx)
    angle = turn(heading, towards)
    if not STRAIGHT_DEG < abs(angle) < BACK_DEG:
        return None
    return "left" if angle > 0 else "right"


def read_clock(angle_deg: float) -> int:
    """Return the hour on a clock face at which a turn leads, 12 straight ahead."""
    return round(-angle_deg / 30.0) % 12 or 12
