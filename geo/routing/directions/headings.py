"""Directions as people perceive and say them: over some metres, not over drawn centimetres."""

import math
from collections.abc import Iterable

from geo.routing.answer import Place, Segment
from geo.routing.plane import METRES_PER_DEGREE, turn

_REACH_M = 12.0
"""One turns towards where the way leads after a few steps, not where the line begins."""
_REACH_SQUARED = (_REACH_M / METRES_PER_DEGREE) ** 2
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


def heading_at_start(segments: list[Segment]) -> float:
    """Return the direction in which a way sets off, radians from east."""
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
    last_lon, last_lat = segments[-1].shape[-1]
    kx = math.cos(math.radians(last_lat))
    dx = dy = 0.0
    for segment in reversed(segments):
        for lon, lat in reversed(segment.shape):
            dx, dy = (lon - last_lon) * kx, lat - last_lat
            if dx * dx + dy * dy > _REACH_SQUARED:
                return math.atan2(dy, dx) + math.pi
    return math.atan2(dy, dx) + math.pi


def measure_bends(line: Iterable[Place], reach_m: float = 10.0) -> float:
    """Return by how many degrees a line turns in all, left and right added up.

    Looks from point to point at least `reach_m` apart, so drawn corners of a pavement that
    nobody perceives do not count.
    """
    places = iter(line)
    last = next(places)
    kx = math.cos(math.radians(last[1]))
    before: float | None = None
    total, least = 0.0, (reach_m / METRES_PER_DEGREE) ** 2
    for place in places:
        dx, dy = (place[0] - last[0]) * kx, place[1] - last[1]
        if dx * dx + dy * dy < least:
            continue
        bearing = math.atan2(dy, dx)
        if before is not None:
            total += abs(turn(before, bearing))
        before, last = bearing, place
    return total


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
