"""Nothing is skipped and nothing is half visible, whoever writes meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest

from audits.sync.cursors import Stage
from audits.sync.feed import Scope, SyncPage, read_page
from geo.db.engine import create_read_engine
from geo.db.session import Sessions, session_factory, snapshot_session
from geo.ids import uuid7
from tests.support.horizon import await_older_writers

_WRITERS = 6
_ROUNDS = 12
_AUTHOR = UUID("0199a000-0000-7000-8000-00000000aaaa")
_SCOPE = Scope(_AUTHOR, (Stage.AUDITS,))


async def _read(sessions: Sessions, cursor: str | None, limit: int = 7) -> SyncPage:
    async with snapshot_session(sessions) as db:
        return await read_page(db, scope=_SCOPE, cursor=cursor, limit=limit, now=datetime.now(UTC))


async def _write(
    url: str, dice: random.Random, written: dict[str, int], lock: asyncio.Lock
) -> None:
    """Insert and change audits in transactions of all lengths, some of which roll back."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        for number in range(_ROUNDS):
            key = uuid7()
            rolled_back = dice.random() < 0.2
            # The change row comes first and waits: the number is taken, the row is not there yet.
            await _announce(connection, key)
            await asyncio.sleep(dice.random() * 0.02)
            await connection.execute(
                "INSERT INTO audits (id, author_id, state, version, digest, catalogue_version,"
                " depth, started_at, finished_at) VALUES"
                " (%s, %s, 'submitted', %s, 'x', '1', 'express', now(), now())",
                (key, _AUTHOR, number + 1),
            )
            for _photo in range(3):
                await connection.execute(
                    "INSERT INTO photos (id, audit_id, state, sha256, byte_count, media_type)"
                    " VALUES (%s, %s, 'expected', repeat('a', 64), 1, 'image/jpeg')",
                    (uuid7(), key),
                )
            if rolled_back:
                await connection.rollback()
            else:
                await connection.commit()
                async with lock:
                    written[str(key)] = number + 1


async def _announce(connection: psycopg.AsyncConnection[object], key: UUID) -> None:
    await connection.execute(
        "INSERT INTO changes (kind, subject_id, account_id) VALUES ('audit', %s, %s)",
        (str(key), _AUTHOR),
    )


@pytest.fixture
async def sessions(
    database_url: str, clean_database: str, libpq_url: str
) -> AsyncIterator[Sessions]:
    """Give read sessions over a database with one author."""
    assert clean_database
    with psycopg.connect(libpq_url) as connection:
        connection.execute(
            "INSERT INTO accounts (id, role, state) VALUES (%s, 'volunteer', 'active')", (_AUTHOR,)
        )
    engine = create_read_engine(database_url, pool_size=2)
    yield session_factory(engine)
    await engine.dispose()


async def test_concurrent_writers_lose_nothing(sessions: Sessions, libpq_url: str) -> None:
    """A reader that follows while six writers commit out of order gets each audit, whole."""
    written: dict[str, int] = {}
    lock, seen = asyncio.Lock(), dict[str, int]()
    writers = [
        asyncio.create_task(_write(libpq_url, random.Random(seed), written, lock))
        for seed in range(_WRITERS)
    ]
    cursor: str | None = None
    at_last = False
    while True:
        page = await _read(sessions, cursor)
        cursor = page.cursor
        for item in page.items:
            assert item["op"] == "put"
            assert len(item["audit"]["photos"]) == 3, "half of an audit was visible"
            seen[item["id"]] = item["audit"]["version"]
        if at_last and not page.has_more:
            break
        if not at_last and all(task.done() for task in writers):
            await await_older_writers(libpq_url)
            at_last = True
        await asyncio.sleep(0.01)
    await asyncio.gather(*writers)
    assert seen == written
    assert len(written) > _WRITERS * _ROUNDS // 2


async def test_a_slow_transaction_is_not_overtaken(sessions: Sessions, libpq_url: str) -> None:
    """What began before and commits last is told after a later one, never left out."""
    first = await _read(sessions, None)
    cursor = (await _read(sessions, first.cursor)).cursor
    slow_id, fast_id = uuid7(), uuid7()
    async with (
        await psycopg.AsyncConnection.connect(libpq_url) as slow,
        await psycopg.AsyncConnection.connect(libpq_url) as fast,
    ):
        await _announce(slow, slow_id)
        await _announce(fast, fast_id)
        await fast.commit()
        held = await _read(sessions, cursor)
        assert held.items == []
        await slow.commit()
    await await_older_writers(libpq_url)
    page = await _read(sessions, held.cursor)
    assert {item["id"] for item in page.items} == {str(slow_id), str(fast_id)}
