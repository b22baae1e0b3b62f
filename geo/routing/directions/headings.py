"""Directions as people perceive and say them: over some metres, not over drawn centimetres.

Kernels. A run of stretches is `first` to `end`, one past the last; of it those count that a leg
is about (`own`). Directions are in radians from east, counter-clockwise.
"""

import math

import numpy as np
from numpy.typing import NDArray

from geo.routing.directions.codes import COMPASS, TURNS
from geo.routing.kernels import inline
from geo.routing.plane import METRES_PER_DEGREE
from geo.routing.stretches import Way

REACH_M = 12.0
"""One turns towards where the way leads after a few steps, not where the line begins."""
APART_M = 10.0
"""Corners between nearer points are not perceived as bends."""
STRAIGHT_DEG = 25.0
SLIGHT_DEG = 60.0
SHARP_DEG = 125.0
BACK_DEG = 160.0
AHEAD, LEFT, RIGHT = 0, 1, 2
"""Sides of somebody; nearly ahead and nearly behind count as ahead."""

_REACH_SQUARED = (REACH_M / METRES_PER_DEGREE) ** 2
_APART_SQUARED = (APART_M / METRES_PER_DEGREE) ** 2
_STRAIGHT, _BACK = TURNS.index("straight"), TURNS.index("back")
_LEFTS = TURNS.index("slight_left"), TURNS.index("left"), TURNS.index("sharp_left")
_RIGHTS = TURNS.index("slight_right"), TURNS.index("right"), TURNS.index("sharp_right")
_WINDS = len(COMPASS)


@inline
def turn(before: float, after: float) -> float:
    """Return the angle from one direction to another in degrees, -180…180, left positive."""
    return (math.degrees(after - before) + 180.0) % 360.0 - 180.0


@inline
def heading_at_start(way: Way, own: NDArray[np.bool_], first: int, end: int) -> float:
    """Return the direction in which a run of stretches sets off."""
    points, bounds = way.points, way.bounds
    lon, lat, wide, begun = 0.0, 0.0, 1.0, False
    dx, dy = 0.0, 0.0
    for stretch in range(first, end):
        if not own[stretch]:
            continue
        for at in range(bounds[stretch], bounds[stretch + 1]):
            if not begun:
                lon, lat, begun = points[at, 0], points[at, 1], True
                wide = math.cos(math.radians(lat))
            dx, dy = (points[at, 0] - lon) * wide, points[at, 1] - lat
            if dx * dx + dy * dy > _REACH_SQUARED:
                return math.atan2(dy, dx)
    return math.atan2(dy, dx)


@inline
def heading_at_end(way: Way, own: NDArray[np.bool_], first: int, end: int) -> float:
    """Return the direction in which a run of stretches arrives."""
    points, bounds = way.points, way.bounds
    lon, lat, wide, begun = 0.0, 0.0, 1.0, False
    dx, dy = 0.0, 0.0
    for stretch in range(end - 1, first - 1, -1):
        if not own[stretch]:
            continue
        for at in range(bounds[stretch + 1] - 1, bounds[stretch] - 1, -1):
            if not begun:
                lon, lat, begun = points[at, 0], points[at, 1], True
                wide = math.cos(math.radians(lat))
            dx, dy = (points[at, 0] - lon) * wide, points[at, 1] - lat
            if dx * dx + dy * dy > _REACH_SQUARED:
                return math.atan2(dy, dx) + math.pi
    return math.atan2(dy, dx) + math.pi


@inline
def add_bends(way: Way, first: int, end: int) -> float:
    """Return by how many degrees a run of stretches turns in all, to either side."""
    points, bounds = way.points, way.bounds
    lon, lat = points[bounds[first], 0], points[bounds[first], 1]
    wide = math.cos(math.radians(lat))
    before, known, total = 0.0, False, 0.0
    for at in range(bounds[first] + 1, bounds[end]):
        dx, dy = (points[at, 0] - lon) * wide, points[at, 1] - lat
        if dx * dx + dy * dy < _APART_SQUARED:
            continue
        bearing = math.atan2(dy, dx)
        if known:
            total += abs(turn(before, bearing))
        before, known = bearing, True
        lon, lat = points[at, 0], points[at, 1]
    return total


@inline
def find_compass(bearing: float) -> int:
    """Return the place in `COMPASS` of the nearest of eight directions."""
    return int(np.rint(math.degrees(bearing) / 45.0)) % _WINDS


@inline
def find_turn(angle_deg: float) -> int:
    """Return the place in `TURNS` of a turn, left positive."""
    size = abs(angle_deg)
    if size < STRAIGHT_DEG:
        return _STRAIGHT
    if size > BACK_DEG:
        return _BACK
    slight, plain, sharp = _LEFTS if angle_deg > 0 else _RIGHTS
    if size < SLIGHT_DEG:
        return slight
    return plain if size <= SHARP_DEG else sharp


@inline
def find_side(heading: float, lon: float, lat: float, there_lon: float, there_lat: float) -> int:
    """Return on which side of somebody a place lies: `LEFT`, `RIGHT` or `AHEAD`."""
    wide = math.cos(math.radians(lat))
    angle = turn(heading, math.atan2(there_lat - lat, (there_lon - lon) * wide))
    if not STRAIGHT_DEG < abs(angle) < BACK_DEG:
        return AHEAD
    return LEFT if angle > 0 else RIGHT


@inline
def read_clock(angle_deg: float) -> int:
    """Return the hour on a clock face at which a turn leads, 12 straight ahead."""
    hour = int(np.rint(-angle_deg / 30.0)) % 12
    return 12 if hour == 0 else hour
