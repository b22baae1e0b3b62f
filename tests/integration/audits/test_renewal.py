"""New rules: every word follows in the end, nothing is done twice, and versions do not fight."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from audits import renewal
from audits.models import Recompute, VerdictRow
from audits.verdicts import rules_version
from geo.db.changes import Change
from geo.db.session import Sessions, session_factory, write_session

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACES = 60

_CITY = """
INSERT INTO places (id, kind, state, category, sector, point)
SELECT ('0199a000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'building', 'active',
       'school', 'education', ST_SetSRID(ST_MakePoint(76.9 + n * 0.0001, 43.2), 4326)
FROM generate_series(1, :places) AS n;
"""
_OLD_WORDS = """
INSERT INTO verdicts (place_id, profile, scope, word, coverage_percent, confidence, rules_version)
SELECT id, 'manual_wheelchair', 'entry', 'yes', 100, 'high', 'old' FROM places;
"""


@pytest.fixture
async def sessions(committed_db: AsyncSession, engine: AsyncEngine) -> Sessions:
    """Give sessions on a city whose words follow old rules."""
    await committed_db.execute(text(_CITY), {"places": PLACES})
    await committed_db.execute(text(_OLD_WORDS))
    await committed_db.commit()
    return session_factory(engine)


async def _renew_all(sessions: Sessions, *, most: int = 100) -> int:
    after: UUID | None = None
    for batch in range(most):
        async with write_session(sessions) as db:
            after = await renewal.renew_batch(db, after=after, now=NOW)
        if after is None:
            return batch
    return most


async def _count(db: AsyncSession, *, version: str) -> int:
    found = await db.scalar(
        select(func.count(func.distinct(VerdictRow.place_id))).where(
            VerdictRow.rules_version == version
        )
    )
    return found or 0


async def test_old_words_serve_until_their_turn_and_all_follow(
    sessions: Sessions, committed_db: AsyncSession
) -> None:
    """A batch at a time; stopped in the middle it goes on; at the end the row says so."""
    async with write_session(sessions) as db:
        assert await renewal.request_renewal(db, now=NOW)
    assert await _renew_all(sessions, most=1) == 1
    assert await _count(committed_db, version="old") == PLACES - renewal.BATCH
    assert await _renew_all(sessions) == 2
    assert await _count(committed_db, version="old") == 0
    assert await _count(committed_db, version=rules_version()) == PLACES
    # The old words of this city were invented: without any fact they become unknown.
    words = (await committed_db.scalars(select(VerdictRow.word).distinct())).all()
    assert words == ["unknown"]
    row = await committed_db.get_one(Recompute, rules_version())
    assert (row.places_total, row.places_done, row.finished_at) == (PLACES, PLACES, NOW)
    announced = await committed_db.scalar(
        select(func.count()).select_from(Change).where(Change.kind == "place")
    )
    assert announced == PLACES
    assert await _renew_all(sessions) == 0


async def test_two_workers_take_turns(sessions: Sessions, committed_db: AsyncSession) -> None:
    """While one works the other finds nothing to do, and no place is done twice."""
    async with write_session(sessions) as db:
        await renewal.request_renewal(db, now=NOW)
    async with write_session(sessions) as one, write_session(sessions) as other:
        assert await renewal.renew_batch(one, after=None, now=NOW) is not None
        assert await renewal.renew_batch(other, after=None, now=NOW) is None
    await _renew_all(sessions)
    row = await committed_db.get_one(Recompute, rules_version())
    assert row.places_done == PLACES


async def test_an_older_program_leaves_newer_words_alone(
    sessions: Sessions, committed_db: AsyncSession
) -> None:
    """During an update both run; only the version asked for last renews, unless told again."""
    async with write_session(sessions) as db:
        await renewal.request_renewal(db, now=NOW)
        db.add(
            Recompute(
                rules_version="newer", requested_at=NOW + timedelta(minutes=1), places_total=PLACES
            )
        )
    assert await _renew_all(sessions) == 0
    async with write_session(sessions) as db:
        assert not await renewal.request_renewal(db, now=NOW + timedelta(minutes=2))
    assert await _renew_all(sessions) == 0
    async with write_session(sessions) as db:
        assert await renewal.request_renewal(db, now=NOW + timedelta(minutes=3), again=True)
    assert await _renew_all(sessions) > 0
    assert await _count(committed_db, version="old") == 0


async def test_a_place_that_somebody_holds_comes_later(
    sessions: Sessions, committed_db: AsyncSession
) -> None:
    """A reviewer's decision is not waited for; the place is done in the next round."""
    async with write_session(sessions) as db:
        await renewal.request_renewal(db, now=NOW)
    async with write_session(sessions) as reviewer:
        await reviewer.execute(text("SELECT id FROM places ORDER BY id LIMIT 1 FOR UPDATE"))
        await _renew_all(sessions)
        assert await _count(committed_db, version="old") == 1
    await committed_db.rollback()
    await _renew_all(sessions)
    assert await _count(committed_db, version="old") == 0


async def test_a_merged_place_does_not_hold_the_work_up(
    sessions: Sessions, committed_db: AsyncSession
) -> None:
    """Words of a place that is another one now are nobody's business."""
    await committed_db.execute(
        text(
            "UPDATE places SET state = 'merged', merged_into_id = (SELECT max(id::text)::uuid"
            " FROM places) WHERE id = (SELECT min(id::text)::uuid FROM places)"
        )
    )
    await committed_db.commit()
    async with write_session(sessions) as db:
        await renewal.request_renewal(db, now=NOW)
    await _renew_all(sessions)
    row = await committed_db.get_one(Recompute, rules_version())
    assert row.finished_at == NOW
