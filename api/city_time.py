"""The city's own clock: opening hours of doors and lifts are read on it."""

from datetime import datetime
from zoneinfo import ZoneInfo


def on_city_clock(at: datetime | None, time_zone: str) -> datetime | None:
    """Give the same moment as the clocks of the city show it."""
    return None if at is None else at.astimezone(ZoneInfo(time_zone))
