"""The city's own clock: opening hours of doors and lifts are read on it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from geo.errors import DomainError, ErrorKind

_FIRST_YEAR, _LAST_YEAR = 1970, 2200


class InvalidMomentError(DomainError):
    """A time lies so far away that no clock of a city shows it."""

    code = "invalid-moment"
    title = "The time must lie between the years 1970 and 2200"
    kind = ErrorKind.INVALID


def on_city_clock(at: datetime | None, time_zone: str) -> datetime | None:
    """Give the same moment as the clocks of the city show it; raises InvalidMomentError."""
    if at is None:
        return None
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise InvalidMomentError(given=at.isoformat())
    return at.astimezone(ZoneInfo(time_zone))
