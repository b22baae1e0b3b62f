"""Barrier reports: the light path from "the lift is broken" to a route that goes around.

Anybody signed in may close a way, because a wrong detour costs minutes. Nobody but a reviewer or
a fresh approved measurement opens one again: neither another report, nor votes, nor the clock.
Two people who say that it is gone make the way doubtful (`expired`), as the clock does.
"""

from audits.barriers.deciding import BarrierOutcome, decide_barrier
from audits.barriers.following import follow_lifts
from audits.barriers.listing import get_barrier, list_barriers, list_for_review
from audits.barriers.reporting import (
    LIFETIME_DAYS,
    LIFETIME_SOURCE,
    BarrierReport,
    report_barrier,
)
from audits.barriers.voting import GONE_VOTES, BarrierVoteKind, count_votes, vote

__all__ = [
    "GONE_VOTES",
    "LIFETIME_DAYS",
    "LIFETIME_SOURCE",
    "BarrierOutcome",
    "BarrierReport",
    "BarrierVoteKind",
    "count_votes",
    "decide_barrier",
    "follow_lifts",
    "get_barrier",
    "list_barriers",
    "list_for_review",
    "report_barrier",
    "vote",
]
