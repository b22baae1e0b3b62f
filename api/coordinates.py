"""Coordinates in query strings."""

import math

from geo.errors import DomainError, ErrorKind

_WORLD = 180.0
_POLE = 90.0


class InvalidCoordinatesError(DomainError):
    """A list of coordinates has the wrong length or is not made of numbers of degrees."""

    code = "invalid-coordinates"
    title = "Coordinates are degrees separated by commas, longitude first"
    kind = ErrorKind.BAD_REQUEST


def read_point(text: str) -> tuple[float, float]:
    """Read `lon,lat`; raises InvalidCoordinatesError."""
    lon, lat = read_coordinates(text, 2)
    return lon, lat


def read_box(text: str) -> tuple[float, float, float, float]:
    """Read `west,south,east,north`; raises InvalidCoordinatesError."""
    west, south, east, north = read_coordinates(text, 4)
    return west, south, east, north


def read_coordinates(text: str, count: int) -> tuple[float, ...]:
    """Read so many comma-separated degrees; raises InvalidCoordinatesError."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidCoordinatesError(given=text[:100]) from error
    sound = all(
        math.isfinite(number) and abs(number) <= (_POLE if place % 2 else _WORLD)
        for place, number in enumerate(numbers)
    )
    if len(numbers) != count or not sound:
        raise InvalidCoordinatesError(given=text[:100])
    return numbers
