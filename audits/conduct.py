"""How one person's visits fit together: journeys nobody can make, and visits faster than work.

Flags for the reviewer with the figures behind them; they refuse nothing and ban nobody. Photos
used twice are flagged where photos are compared. Accounts of the demo city stand for many people
and are left alone. Thresholds are proposed here, no norm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.models import Account
from audits.arrival import Flag, FlagCode
from audits.models import Audit
from geo.distance import metres_between

FASTEST_M_PER_S = 35
"""126 km/h: no car crosses a city faster."""
NEAR_M = 1_000
"""Shorter ways are within what positions and clocks are off by."""
BURST_WINDOW = timedelta(minutes=10)
BURST_VISITS = 6
"""Visits that end within the window, this one included; an express audit takes minutes."""


@dataclass(frozen=True, slots=True)
class Stay:
    """When and where one visit was, by the phone's own clock and position."""

    audit_id: UUID
    started_at: datetime
    finished_at: datetime
    lon: float | None
    lat: float | None
    accuracy_m: int = 0


def flag_conduct(stay: Stay, *, before: Sequence[Stay], after: Stay | None) -> tuple[Flag, ...]:
    """Return what is odd about a visit among the others of its author (pure).

    `before` are earlier visits, the latest first; `after` the next one, which may have arrived
    first. Needs at most `BURST_VISITS` of them.
    """
    flags = []
    for earlier, later in ((before[0] if before else None, stay), (stay, after)):
        if earlier is not None and later is not None:
            flags += _flag_travel(earlier, later, other=earlier if later is stay else later)
    close = [each for each in before if stay.finished_at - each.finished_at <= BURST_WINDOW]
    if len(close) + 1 >= BURST_VISITS:
        minutes = int(BURST_WINDOW.total_seconds() // 60)
        flags.append(Flag(FlagCode.BURST, params={"visits": len(close) + 1, "minutes": minutes}))
    return tuple(flags)


async def find_conduct_flags(db: AsyncSession, *, audit: Audit) -> tuple[Flag, ...]:
    """Compare an audit with its author's neighbouring ones; it need not be stored yet."""
    mine = (
        select(Audit)
        .join(Account, Account.id == Audit.author_id)
        .where(Audit.author_id == audit.author_id, Audit.id != audit.id, Account.is_demo.is_(False))
    )
    before = await db.scalars(
        mine.where(Audit.finished_at <= audit.finished_at)
        .order_by(Audit.finished_at.desc())
        .limit(BURST_VISITS)
    )
    after = await db.scalar(
        mine.where(Audit.finished_at > audit.finished_at).order_by(Audit.finished_at).limit(1)
    )
    return flag_conduct(
        _stay(audit),
        before=[_stay(each) for each in before],
        after=None if after is None else _stay(after),
    )


def _flag_travel(earlier: Stay, later: Stay, *, other: Stay) -> list[Flag]:
    if earlier.lon is None or earlier.lat is None or later.lon is None or later.lat is None:
        return []
    one, two = shapely.Point(earlier.lon, earlier.lat), shapely.Point(later.lon, later.lat)
    way_m = metres_between(one, two) - earlier.accuracy_m - later.accuracy_m
    # Visits that overlap leave no time at all to get from one to the other.
    gap_s = max((later.started_at - earlier.finished_at).total_seconds(), 0)
    if way_m <= NEAR_M + FASTEST_M_PER_S * gap_s:
        return []
    params: dict[str, int | str] = {
        "distance_m": round(way_m),
        "seconds": round(gap_s),
        "audit_id": str(other.audit_id),
    }
    return [Flag(FlagCode.IMPOSSIBLE_TRAVEL, params=params)]


def _stay(audit: Audit) -> Stay:
    point = None if audit.position is None else to_shape(audit.position).centroid
    return Stay(
        audit_id=audit.id,
        started_at=audit.started_at,
        finished_at=audit.finished_at,
        lon=None if point is None else point.x,
        lat=None if point is None else point.y,
        accuracy_m=audit.position_accuracy_m or 0,
    )
