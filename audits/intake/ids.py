"""Which ids a phone may make: UUIDs of version 7 from a clock that is not far ahead (pure).

A clock that stands still or behind loses nothing: a phone may have been offline for a year, or
its battery was empty. A clock far ahead is refused, with the server's time, because such an id
would sort before everything that is to come.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from audits.errors import ClockAheadError, NotUuid7Error
from geo.ids import is_uuid7

FARTHEST_AHEAD = timedelta(days=7)
"""A date set wrong by hand is mostly off by months; time zones are off by hours (proposed)."""
_RFC_VARIANT = "specified in RFC 4122"


def check_client_id(value: UUID, *, now: datetime) -> None:
    """Raise NotUuid7Error or ClockAheadError unless a phone may have made this id by now."""
    if not is_uuid7(value) or value.variant != _RFC_VARIANT:
        raise NotUuid7Error(id=str(value))
    made_at_ms = value.int >> 80
    limit_ms = int((now + FARTHEST_AHEAD).timestamp() * 1000)
    if made_at_ms > limit_ms:
        raise ClockAheadError(id=str(value), server_time=now.isoformat())


def read_id_time(value: UUID) -> datetime | None:
    """Give the time that a UUIDv7 carries, by the clock of whoever made it."""
    try:
        return datetime.fromtimestamp((value.int >> 80) / 1000, UTC)
    except (OverflowError, ValueError):
        return None
