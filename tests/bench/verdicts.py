"""Verdicts of a whole city, and one approval, in a small and in a large database.

The peer is the same work on a tenth of the places: what matters is that a place costs the
same in a city of 34,000 audited places (Almaty) as in one of 3,400.
"""

import asyncio
import statistics
import time
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from sqlalchemy.ext.asyncio import create_async_engine

from audits import renewal
from audits.accounts.policy import Actor
from audits.accounts.roles import Role
from audits.review import Outcome, decide
from audits.verdicts import judge_all
from geo.db.session import Sessions, session_factory, write_session
from tests.bench import Row
from tests.bench._databases import open_database
from tests.support import postgres
from tests.support.verdict_cases import base_answers, make_place
from tests.support.verdict_city import add_places

SMALL, LARGE = 3_400, 34_000
APPROVALS = 60
_REVIEWER = Actor(UUID("0199a000-0000-7000-8000-00000000ac02"), Role.REVIEWER)
_HIGH = 0x100000
"""Numbers of the places whose audits wait, beyond those of the city."""


def run() -> list[Row]:
    """Measure both sizes on a database of their own."""
    begun = postgres.begin_run()
    try:
        with open_database() as url:
            small = asyncio.run(_measure(url, SMALL, grow_from=1))
            large = asyncio.run(_measure(url, LARGE, grow_from=SMALL + 1))
    finally:
        postgres.end_run(begun)
    pure = _measure_rules()
    words = 12
    return [
        Row("rules alone", pure * words, "renewal with database", large[0] * words, "words/s",
            better="higher"),
        Row("renewal of 34,000 places", large[0], "of 3,400", small[0], "places/s",
            better="higher"),
        Row("renewal, time per place, 34,000", 1000 / large[0], "3,400", 1000 / small[0], "ms"),
        Row("approval to commit, median, 34,000", large[1], "3,400", small[1], "ms"),
        Row("approval to commit, worst of 60, 34,000", large[2], "3,400", small[2], "ms"),
    ]  # fmt: skip


def _measure_rules() -> float:
    """Judge one complete place again and again; gives places a second."""
    place, now = make_place(base_answers("perfect")), datetime.now(UTC)
    judge_all(place, now=now)
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < 2:
        judge_all(place, now=now)
        count += 1
    return count / (time.perf_counter() - begun)


async def _measure(url: str, places: int, *, grow_from: int) -> tuple[float, float, float]:
    """Give places/s of a renewal of the whole city, and median and worst of approvals in ms."""
    with psycopg.connect(url) as connection:
        add_places(connection, first=grow_from, last=places)
        first = _HIGH + places
        add_places(connection, first=first, last=first + APPROVALS - 1, state="submitted")
        # What a renewal finds: words of every place by rules of another name.
        connection.execute(
            "INSERT INTO verdicts (place_id, profile, scope, word, coverage_percent, confidence,"
            " rules_version) SELECT p.id, 'deaf', 'entry', 'unknown', 0, 'low', 'old' FROM places p"
            " WHERE EXISTS (SELECT FROM audits a WHERE a.place_id = p.id AND a.state = 'approved')"
            " ON CONFLICT (place_id, profile, scope) DO UPDATE SET rules_version = 'old'"
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    engine = create_async_engine(postgres.as_sqlalchemy(url), pool_size=2)
    sessions = session_factory(engine)
    try:
        rate = await _renew(sessions)
        times = [await _approve(sessions, first + number) for number in range(APPROVALS)]
    finally:
        await engine.dispose()
    return rate, statistics.median(times), max(times)


async def _renew(sessions: Sessions) -> float:
    async with write_session(sessions) as db:
        await renewal.request_renewal(db, now=datetime.now(UTC), again=True)
    begun, done, after = time.perf_counter(), 0, None
    while True:
        async with write_session(sessions) as db:
            after = await renewal.renew_batch(db, after=after, now=datetime.now(UTC))
        if after is None:
            break
        done += renewal.BATCH
    return done / (time.perf_counter() - begun)


async def _approve(sessions: Sessions, number: int) -> float:
    audit_id = UUID(f"0199a000-0003-7000-8000-{number:012x}")
    begun = time.perf_counter()
    async with write_session(sessions) as db:
        await decide(
            db,
            actor=_REVIEWER,
            audit_id=audit_id,
            outcome=Outcome.APPROVE,
            reason_code=None,
            note=None,
            expected_version=1,
            now=datetime.now(UTC),
        )
    return (time.perf_counter() - begun) * 1000
