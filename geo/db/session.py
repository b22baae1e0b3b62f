"""Sessions: the only place that commits.

A write session is one transaction. It commits when the block ends without an exception and
rolls back otherwise, so a caller never commits by hand.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from geo.db.errors import translate

Sessions = async_sessionmaker[AsyncSession]


def session_factory(engine: AsyncEngine) -> Sessions:
    """Give a factory whose objects stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False)


@asynccontextmanager
async def write_session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Open one transaction; commit at the end of the block, roll back on any exception.

    Raises the domain error that a driver error stands for (`geo.db.errors`), also when the
    commit itself is what fails.
    """
    try:
        async with sessions() as session, session.begin():
            yield session
    except DBAPIError as error:
        raise translate(error) from error


@asynccontextmanager
async def read_session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Open a read-only session on the autocommit engine."""
    try:
        async with sessions() as session:
            yield session
    except DBAPIError as error:
        raise translate(error) from error


@asynccontextmanager
async def snapshot_session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Open a read-only transaction in which all statements see the same moment.

    For answers that are put together from several statements and must not be half of before
    and half of after.
    """
    try:
        async with sessions() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
    except DBAPIError as error:
        raise translate(error) from error


async def driver_connection(session: AsyncSession) -> psycopg.AsyncConnection[object]:
    """Give psycopg's own connection under the session, in the same transaction.

    Used for COPY and for enqueueing a job together with the change that wants it.
    """
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    if not isinstance(driver, psycopg.AsyncConnection):
        raise TypeError("Esik speaks to PostgreSQL through psycopg only")
    return driver
