"""Opening hours of doors and lifts."""

from datetime import datetime

import pytest

from geo.mobility.hours import open_at

MONDAY_NOON = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - wall clock of the place
SATURDAY_EVENING = datetime(2026, 11, 28, 19, 30)  # noqa: DTZ001 - wall clock of the place
SUNDAY_NIGHT = datetime(2026, 11, 29, 1, 0)  # noqa: DTZ001 - wall clock of the place


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ("24/7", SUNDAY_NIGHT, True),
        ("Mo-Fr 09:00-18:00", MONDAY_NOON, True),
        ("Mo-Fr 09:00-18:00", SATURDAY_EVENING, False),
        ("Mo-Fr 09:00-12:00,13:00-18:00", MONDAY_NOON, False),
        ("09:00-18:00", MONDAY_NOON, True),
        ("Mo-Su 08:00-20:00; Sa off", SATURDAY_EVENING, False),
        ("Sa 18:00-02:00", SUNDAY_NIGHT, True),
        ("Mo,We,Sa 10:00-20:00", SATURDAY_EVENING, True),
        ("Fr-Mo 10:00-20:00", MONDAY_NOON, True),
        ("sunrise-sunset", MONDAY_NOON, None),
        ("PH off", MONDAY_NOON, None),
        ("Mo-Fr 9-18", MONDAY_NOON, None),
        ("", MONDAY_NOON, None),
        (None, MONDAY_NOON, None),
    ],
)
def test_open_at(hours: str | None, at: datetime, *, expected: bool | None) -> None:
    """Plain weekly hours are read; what cannot be read is not guessed."""
    assert open_at(hours, at) is expected
