"""Jobs of which one may wait: a retry finds its place taken, and nothing stops or is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import procrastinate
import psycopg
import pytest
from procrastinate.periodic import PeriodicDeferrer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.jobs import JobServices, create_job_app, enqueue_renewal
from api.open_data_jobs import enqueue_open_data
from audits.photos.isolation import CleaningLimits
from audits.photos.stores import FolderStore
from audits.renewal import request_renewal
from geo.db.engine import create_write_engine
from geo.db.session import Sessions, session_factory, write_session

_PATIENCE_S = 600
# A look at a locked table fails soon, as it would while a restore has it.
_HASTY = "-c lock_timeout=300 -c timezone=UTC"
_RENEWAL = "esik:renew_words"
_CITY = """
INSERT INTO places (id, kind, state, category, sector, point)
VALUES (gen_random_uuid(), 'building', 'active', 'school', 'education',
        ST_SetSRID(ST_MakePoint(76.9, 43.2), 4326));
INSERT INTO verdicts (place_id, profile, scope, word, coverage_percent, confidence, rules_version)
SELECT id, 'manual_wheelchair', 'entry', 'yes', 100, 'high', 'old' FROM places;
"""
_OLD_WORDS = "SELECT count(*) FROM verdicts WHERE rules_version = 'old'"
# As a worker leaves its jobs when the machine goes down.
_DEAD_WORKER = """
WITH dead AS (
  INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 min')
  RETURNING id
)
UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead
WHERE procrastinate_jobs.id = ANY(%s)
"""


@pytest.fixture
async def sessions(clean_database: str) -> AsyncIterator[Sessions]:
    """Give write sessions that do not wait long for a lock."""
    engine = create_write_engine(clean_database, pool_size=2, options=_HASTY)
    yield session_factory(engine)
    await engine.dispose()


@pytest.fixture
async def app(
    sessions: Sessions, libpq_url: str, tmp_path: Path
) -> AsyncIterator[procrastinate.App]:
    """Open the worker's own queue on an empty table of jobs and a city with old words."""
    with psycopg.connect(libpq_url) as connection:
        connection.execute("DELETE FROM procrastinate_periodic_defers")
        connection.execute("DELETE FROM procrastinate_jobs")
        connection.execute(_CITY)
    async with write_session(sessions) as db:
        assert await request_renewal(db, now=datetime.now(UTC))
    services = JobServices(
        write_sessions=sessions,
        store=FolderStore(tmp_path),
        cleaning=CleaningLimits(1, None),
        original_lifetime=timedelta(days=30),
    )
    made = create_job_app(libpq_url, services)
    # Only what a test asks for: the clock enqueues nothing on its own.
    made.periodic_defaults["max_delay"] = 0
    async with made.open_async():
        yield made


async def _ask(app: procrastinate.App, sessions: Sessions) -> None:
    async with write_session(sessions) as db:
        await enqueue_renewal(app, db)


async def _ask_both(app: procrastinate.App, sessions: Sessions) -> None:
    await _ask(app, sessions)
    async with write_session(sessions) as db:
        await enqueue_open_data(app, db)


async def _come_round(app: procrastinate.App, name: str, timestamp: int) -> None:
    """Do what the worker does when it is time for a periodic task."""
    registry = app.periodic_registry
    [task] = [each for each in registry.periodic_tasks.values() if each.task.name == name]
    await PeriodicDeferrer(registry=registry).defer_jobs([(task, timestamp)])


def _work(app: procrastinate.App) -> asyncio.Task[None]:
    return asyncio.create_task(
        app.run_worker_async(
            queues=["sweeps"], install_signal_handlers=False, delete_jobs="successful",
            fetch_job_polling_interval=0.2, concurrency=1,
        )
    )  # fmt: skip


async def _stop(worker: asyncio.Task[None]) -> None:
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker


def _list_jobs(libpq_url: str, name: str = _RENEWAL) -> list[tuple[int, str, int]]:
    with psycopg.connect(libpq_url) as connection:
        rows = connection.execute(
            "SELECT id, status::text, attempts FROM procrastinate_jobs WHERE task_name = %s"
            " ORDER BY id",
            (name,),
        )
        return [(row[0], row[1], row[2]) for row in rows]


async def _await_jobs(libpq_url: str, *wanted: tuple[str, int]) -> None:
    """Wait until the renewals have these states and numbers of attempts."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if [(state, tries) for _id, state, tries in _list_jobs(libpq_url)] == [*wanted]:
                return
            await asyncio.sleep(0.02)


@contextmanager
def _lock_tables(libpq_url: str) -> Iterator[None]:
    """Keep renewals from what they need: they fail when their patience ends."""
    with psycopg.connect(libpq_url) as blocker:
        blocker.execute("LOCK TABLE verdicts, recomputes IN ACCESS EXCLUSIVE MODE")
        yield


async def test_a_job_that_fails_yields_to_one_that_waits(
    app: procrastinate.App, sessions: Sessions, libpq_url: str, committed_db: AsyncSession
) -> None:
    """The first runs into a locked table while a second is enqueued: the second does the work."""
    with _lock_tables(libpq_url):
        await _ask(app, sessions)
        [(first, _, _)] = _list_jobs(libpq_url)
        worker = _work(app)
        seen: set[str] = set()
        async with asyncio.timeout(_PATIENCE_S):
            # Until the second is there in time, before the first has failed.
            while first in {row[0] for row in _list_jobs(libpq_url)}:
                await _come_round(app, _RENEWAL, 1_700_000_000 + len(seen))
                await _ask(app, sessions)
                jobs = _list_jobs(libpq_url)
                assert len([row for row in jobs if row[1] == "todo"]) <= 1
                seen |= {f"{row[0]} {row[1]}" for row in jobs}
                await asyncio.sleep(0.01)
        assert f"{first} doing" in seen
    await _await_jobs(libpq_url)
    assert not worker.done()
    assert await committed_db.scalar(text(_OLD_WORDS)) == 0
    # And the worker goes on as before.
    await _ask(app, sessions)
    await _await_jobs(libpq_url)
    await _stop(worker)


async def test_a_job_that_waits_for_its_retry_is_the_one_that_waits(
    app: procrastinate.App, sessions: Sessions, libpq_url: str, committed_db: AsyncSession
) -> None:
    """Whoever asks meanwhile, the clock too, is content with it, and loses nothing of his own."""
    with _lock_tables(libpq_url):
        await _ask(app, sessions)
        worker = _work(app)
        await _await_jobs(libpq_url, ("todo", 1))
        [(first, _, _)] = _list_jobs(libpq_url)
        async with write_session(sessions) as db:
            await db.execute(text("UPDATE places SET category = 'kept'"))
            await enqueue_renewal(app, db)
        await _come_round(app, _RENEWAL, 1_700_000_000)
        assert {row[0] for row in _list_jobs(libpq_url)} == {first}
    await _await_jobs(libpq_url)
    assert not worker.done()
    assert await committed_db.scalar(text(_OLD_WORDS)) == 0
    assert await committed_db.scalar(text("SELECT category FROM places")) == "kept"
    await _stop(worker)


async def test_jobs_of_a_dead_worker_come_back_past_one_that_cannot(
    app: procrastinate.App, sessions: Sessions, libpq_url: str, committed_db: AsyncSession
) -> None:
    """A renewal and open data whose successors wait are over; the photo beside them is not."""
    await _ask_both(app, sessions)
    other = app.configure_task("esik:of_another_queue", queue="photos", allow_unknown=True)
    photo = await other.defer_async()
    with psycopg.connect(libpq_url) as connection:
        rows = connection.execute("SELECT id FROM procrastinate_jobs").fetchall()
        connection.execute(_DEAD_WORKER, ([row[0] for row in rows],))
    await _ask_both(app, sessions)
    await _come_round(app, "esik:release_stalled", 1_700_000_000)
    await app.run_worker_async(
        queues=["sweeps"], wait=False, install_signal_handlers=False, delete_jobs="successful"
    )
    with psycopg.connect(libpq_url) as connection:
        left = connection.execute(
            "SELECT task_name, status::text, id = %s FROM procrastinate_jobs ORDER BY id", (photo,)
        ).fetchall()
    assert left == [
        ("esik:of_another_queue", "todo", True),
        ("esik:publish_open_data", "todo", False),
    ]
    assert await committed_db.scalar(text(_OLD_WORDS)) == 0
