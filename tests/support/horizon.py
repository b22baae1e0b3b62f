"""Waiting until the feed of phones may tell everything that is committed.

The feed stops behind the oldest transaction that still writes, wherever on the server: a test of
another database, in another process, holds it back for a moment. Whoever asserts what the feed
tells waits for such writers first.
"""

import asyncio

import psycopg

_NOW = "SELECT pg_current_xact_id()::text::bigint"
_IS_PAST = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %s"


async def await_older_writers(libpq_url: str) -> None:
    """Wait until nobody on the server writes since before now; the time-out of the test bounds it.

    Afterwards the feed tells of everything that was committed before the call.
    """
    async with await psycopg.AsyncConnection.connect(libpq_url, autocommit=True) as connection:
        row = await (await connection.execute(_NOW)).fetchone()
        assert row is not None
        while (await (await connection.execute(_IS_PAST, row)).fetchone()) != (True,):  # noqa: ASYNC110 - PostgreSQL announces no ends of transactions
            await asyncio.sleep(0.01)
