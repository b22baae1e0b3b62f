"""The change log reaches every listener, whole and in time."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import psycopg
import pytest

from geo.db.changes import ChangeRow
from geo.db.feed import ChangeFeed
from tests.support.machine import PATIENCE_S

_INSERT = "INSERT INTO changes (kind, subject_id) VALUES ('place', %s) RETURNING id"
_NOTIFY = "NOTIFY esik_changes"


class Listener:
    """Collects what a feed hands over and lets a test wait for a subject."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self._arrived = asyncio.Condition()

    async def __call__(self, changes: Sequence[ChangeRow]) -> None:
        async with self._arrived:
            self.subjects += [change.subject_id for change in changes]
            self._arrived.notify_all()

    async def wait_for(self, subject: str) -> None:
        async with self._arrived:
            await asyncio.wait_for(
                self._arrived.wait_for(lambda: subject in self.subjects), timeout=PATIENCE_S
            )


@pytest.fixture
async def listener() -> Listener:
    """An empty listener."""
    return Listener()


@pytest.fixture
async def feed(
    libpq_url: str, clean_database: str, listener: Listener
) -> AsyncIterator[ChangeFeed]:
    """A running feed on the worker's database; its poll is off so that only wake-ups count."""
    assert clean_database
    feed = ChangeFeed(libpq_url, listener, poll_s=600)
    await feed.start()
    yield feed
    await feed.stop()


@pytest.mark.usefixtures("feed")
async def test_a_change_arrives_when_its_transaction_commits(
    libpq_url: str, listener: Listener
) -> None:
    """A committed change wakes the feed; a rolled back one never shows."""
    async with await psycopg.AsyncConnection.connect(libpq_url) as writer:
        await writer.execute(_INSERT, ("rolled back",))
        await writer.execute(_NOTIFY)
        await writer.rollback()
        await writer.execute(_INSERT, ("kept",))
        await writer.execute(_NOTIFY)
        await writer.commit()
    await listener.wait_for("kept")
    assert listener.subjects == ["kept"]


@pytest.mark.usefixtures("feed")
async def test_no_row_is_skipped_when_transactions_commit_out_of_order(
    libpq_url: str, listener: Listener
) -> None:
    """A slow transaction with a lower id is delivered after a quick one with a higher id."""
    async with (
        await psycopg.AsyncConnection.connect(libpq_url) as slow,
        await psycopg.AsyncConnection.connect(libpq_url) as quick,
    ):
        first = await (await slow.execute(_INSERT, ("slow",))).fetchone()
        await slow.execute(_NOTIFY)
        for number in range(3):
            second = await (await quick.execute(_INSERT, (f"quick {number}",))).fetchone()
            await quick.execute(_NOTIFY)
            await quick.commit()
            # Nobody waits for the slow one: what is committed arrives at once.
            await listener.wait_for(f"quick {number}")
        assert first is not None
        assert second is not None
        assert first[0] < second[0]
        await slow.commit()
        await listener.wait_for("slow")
    assert sorted(listener.subjects) == ["quick 0", "quick 1", "quick 2", "slow"]


async def test_a_lost_connection_is_made_again_and_the_gap_is_read(
    libpq_url: str, feed: ChangeFeed, listener: Listener
) -> None:
    """What commits while the listener is cut off arrives after it has come back."""
    async with await psycopg.AsyncConnection.connect(libpq_url, autocommit=True) as admin:
        await admin.execute(_INSERT, ("before",))
        await admin.execute(_NOTIFY)
        await listener.wait_for("before")
        async with admin.transaction():
            # Whoever comes back reads nothing before the row is there, however quick it is.
            await admin.execute("LOCK TABLE changes IN ACCESS EXCLUSIVE MODE")
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'esik-feed' AND datname = current_database()"
            )
            await admin.execute(_INSERT, ("in the gap",))
        # No notification on purpose: the gap is read because the connection is new.
        await listener.wait_for("in the gap")
    assert feed.connected.is_set()
    assert listener.subjects == ["before", "in the gap"]


@pytest.mark.usefixtures("feed")
async def test_many_writers_lose_nothing(libpq_url: str, listener: Listener) -> None:
    """Two hundred changes of eight writers that commit in any order all arrive once."""

    async def write(name: int) -> None:
        async with await psycopg.AsyncConnection.connect(libpq_url) as writer:
            for number in range(25):
                await writer.execute(_INSERT, (f"{name}/{number}",))
                await asyncio.sleep(0)
                await writer.execute(_NOTIFY)
                await writer.commit()

    await asyncio.gather(*(write(name) for name in range(8)))
    for name in range(8):
        await listener.wait_for(f"{name}/24")
    expected = sorted(f"{name}/{number}" for name in range(8) for number in range(25))
    assert sorted(listener.subjects) == expected


async def test_a_handler_that_fails_gets_the_change_again(
    libpq_url: str, clean_database: str
) -> None:
    """A change is not lost because a cache or the router stumbled over it once."""
    assert clean_database
    listener = Listener()
    stumbles = 2

    async def stumble(changes: Sequence[ChangeRow]) -> None:
        nonlocal stumbles
        if stumbles:
            stumbles -= 1
            raise RuntimeError("not yet")
        await listener(changes)

    feed = ChangeFeed(libpq_url, stumble, poll_s=600)
    await feed.start()
    try:
        async with await psycopg.AsyncConnection.connect(libpq_url, autocommit=True) as writer:
            await writer.execute(_INSERT, ("kept",))
            await writer.execute(_NOTIFY)
        await listener.wait_for("kept")
    finally:
        await feed.stop()
    assert listener.subjects == ["kept"]
