"""Small pieces of plane geometry in metres around one place.

Streets are short, so a plane that touches the earth at the street's own latitude is exact to
well under a thousandth. Nothing here knows what a street is.
"""

import math

import numpy as np
from numpy.typing import NDArray

Shape = NDArray[np.float64]
"""Coordinates, (n, 2); degrees where not said otherwise."""

METRES_PER_DEGREE = 111_195.08
"""On a sphere of 6 371 008.8 m, the mean radius of WGS 84."""


def scale_at(lat: float) -> tuple[float, float]:
    """Return metres per degree of longitude and of latitude."""
    return METRES_PER_DEGREE * math.cos(math.radians(lat)), METRES_PER_DEGREE


def measure_m(shape: Shape) -> float:
    """Return the length of a line in degrees, in metres."""
    kx, ky = scale_at(float(shape[:, 1].mean()))
    steps = np.diff(shape, axis=0)
    return float(np.hypot(steps[:, 0] * kx, steps[:, 1] * ky).sum())


def bearing_out(shape: Shape, *, from_end: bool, reach_m: float = 8.0) -> float:
    """Return the direction in which a line leaves one of its ends, radians from east, ccw.

    Looks `reach_m` ahead, because the first centimetres of drawn lines often mislead.
    """
    line = shape[::-1] if from_end else shape
    kx, ky = scale_at(float(line[0, 1]))
    offsets = (line[1:] - line[0]) * (kx, ky)
    far = np.hypot(offsets[:, 0], offsets[:, 1]) >= reach_m
    pick = int(np.argmax(far)) if far.any() else len(offsets) - 1
    return math.atan2(offsets[pick, 1], offsets[pick, 0])


def project(shape: Shape, spot: NDArray[np.float64]) -> tuple[int, float, float]:
    """Return (piece of the line, share of it, distance in metres) of the nearest place."""
    scale = scale_at(float(spot[1]))
    flat, there = shape * scale, spot * scale
    steps = np.diff(flat, axis=0)
    squared = np.maximum((steps**2).sum(axis=1), 1e-9)
    share = np.clip(((there - flat[:-1]) * steps).sum(axis=1) / squared, 0.0, 1.0)
    away = np.sqrt(((flat[:-1] + steps * share[:, None] - there) ** 2).sum(axis=1))
    nearest = int(np.argmin(away))
    return nearest, float(share[nearest]), float(away[nearest])


def move(point: tuple[float, float], direction: float, metres: float) -> tuple[float, float]:
    """Return the point that lies `metres` away in a direction (radians from east, ccw)."""
    kx, ky = scale_at(point[1])
    return (
        point[0] + metres * math.cos(direction) / kx,
        point[1] + metres * math.sin(direction) / ky,
    )


def offset(shape: Shape, metres: float) -> Shape:
    """Return a line moved to its left by `metres` (to its right when negative).

    Each vertex moves along the mean of the normals beside it, at most 2.5 times as far, so a
    sharp bend makes no spike.
    """
    kx, ky = scale_at(float(shape[:, 1].mean()))
    flat = shape * (kx, ky)
    steps = np.diff(flat, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    lengths[lengths == 0] = 1.0
    normals = np.column_stack([-steps[:, 1], steps[:, 0]]) / lengths[:, None]
    at_vertex = np.vstack([normals[:1], normals[:-1] + normals[1:], normals[-1:]])
    size = np.hypot(at_vertex[:, 0], at_vertex[:, 1])
    size[size == 0] = 1.0
    at_vertex /= size[:, None]
    before = np.vstack([normals[:1], normals])
    along = np.clip((at_vertex * before).sum(axis=1), 0.4, 1.0)
    return np.asarray((flat + at_vertex * (metres / along)[:, None]) / (kx, ky))
