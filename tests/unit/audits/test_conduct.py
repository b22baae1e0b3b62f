"""Visits of one person: odd ones are flagged with figures, ordinary ones are left alone."""

from datetime import UTC, datetime, timedelta

import pytest

from audits.arrival import FlagCode
from audits.conduct import BURST_VISITS, Stay, flag_conduct
from geo.ids import uuid7

_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_DEGREE_M = 81_000
"""One degree of longitude in Almaty, roughly."""


def _stay(*, minute: float, east_m: float | None = 0, accuracy_m: int = 5) -> Stay:
    start = _NOON + timedelta(minutes=minute)
    lon = None if east_m is None else 76.9 + east_m / _DEGREE_M
    lat = None if east_m is None else 43.24
    return Stay(uuid7(), start, start + timedelta(minutes=4), lon, lat, accuracy_m)


def test_an_ordinary_day_has_no_flags() -> None:
    """A walk of 500 m in ten minutes, and a taxi of 8 km in twenty, are nothing odd."""
    before = [_stay(minute=-14, east_m=500), _stay(minute=-30)]
    assert flag_conduct(_stay(minute=0), before=before, after=_stay(minute=24, east_m=8_000)) == ()


@pytest.mark.parametrize("late", [False, True], ids=["in order", "the later one came first"])
def test_nobody_flies_through_the_city(*, late: bool) -> None:
    """Twenty kilometres in two minutes are flagged, whichever visit arrives first."""
    here, there = _stay(minute=0), _stay(minute=6, east_m=20_000)
    if late:
        flags = flag_conduct(here, before=[], after=there)
    else:
        flags = flag_conduct(there, before=[here], after=None)
    assert [flag.code for flag in flags] == [FlagCode.IMPOSSIBLE_TRAVEL]
    params = flags[0].params or {}
    assert 19_000 < int(params["distance_m"]) < 21_000
    assert params["seconds"] == 120
    assert params["audit_id"] == str((there if late else here).audit_id)


def test_visits_that_overlap_cannot_be_far_apart() -> None:
    """Two kilometres with no time between are flagged; a bad position may explain them."""
    there = _stay(minute=1, east_m=2_000)
    assert flag_conduct(there, before=[_stay(minute=0)], after=None)
    vague = _stay(minute=0, accuracy_m=1_500)
    assert flag_conduct(there, before=[vague], after=None) == ()


def test_without_a_position_nothing_is_said_about_travel() -> None:
    """Unknown is not far."""
    there = _stay(minute=5, east_m=50_000)
    assert flag_conduct(there, before=[_stay(minute=0, east_m=None)], after=None) == ()


def test_a_burst_is_more_visits_than_one_person_can_make() -> None:
    """The sixth visit within ten minutes is flagged, the fifth is not, nor old ones."""
    recent = [_stay(minute=-number) for number in range(1, BURST_VISITS)]
    flags = flag_conduct(_stay(minute=0), before=recent, after=None)
    assert [(flag.code, flag.params) for flag in flags] == [
        (FlagCode.BURST, {"visits": BURST_VISITS, "minutes": 10})
    ]
    assert flag_conduct(_stay(minute=0), before=recent[:-1], after=None) == ()
    old = [_stay(minute=-number - 20) for number in range(1, BURST_VISITS)]
    assert flag_conduct(_stay(minute=0), before=old, after=None) == ()
