"""Database fixtures: one migrated clone per worker, a rollback per test.

Tests that must commit take `committed_db`; their rows are deleted afterwards, so that every
test starts from what the migrations made and nothing else.
"""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from api.local.errors import SetupError
from tests.support import postgres
from tests.support.machine import skip_for_machine


@pytest.fixture(scope="session")
def server_url() -> str:
    """Libpq address of the run's PostGIS server, for tests that make their own databases."""
    try:
        return postgres.get_server()
    except SetupError as error:
        skip_for_machine(f"no PostGIS: {error}")


@pytest.fixture(scope="session")
def libpq_url(server_url: str, worker_id: str) -> Iterator[str]:
    """Libpq address of this worker's migrated database."""
    assert server_url
    name = postgres.name_database(worker_id)
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def database_url(libpq_url: str) -> str:
    """Address of this worker's migrated database, as `ESIK_DATABASE__URL` wants it."""
    return postgres.as_sqlalchemy(libpq_url)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """`gw0`, `gw1` … under xdist, `main` without."""
    found = getattr(request.config, "workerinput", {})
    return str(found.get("workerid", "main"))


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Engine without a pool: no connection outlives its test."""
    made = create_async_engine(database_url, poolclass=NullPool)
    yield made
    await made.dispose()


@pytest.fixture
async def db(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Session inside an outer transaction: `commit` ends a savepoint, the end rolls all back."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        async with AsyncSession(
            bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as session:
            yield session
        await outer.rollback()


@pytest.fixture
async def committed_db(engine: AsyncEngine, clean_database: str) -> AsyncIterator[AsyncSession]:
    """Session whose commits are real and visible to other connections, deleted afterwards."""
    assert clean_database
    async with AsyncSession(bind=engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def clean_database(database_url: str, libpq_url: str) -> Iterator[str]:
    """Address of the database, emptied afterwards whoever wrote to it and however."""
    yield database_url
    empty_database(libpq_url)


@pytest.fixture
def empty_database_url(server_url: str, worker_id: str) -> Iterator[str]:
    """Libpq address of a database with nothing in it, not even PostGIS, for one test."""
    assert server_url
    name = f"{postgres.name_database(worker_id)}_empty"
    yield postgres.create_empty_database(name)
    postgres.drop_database(name)


def empty_database(libpq_url: str) -> None:
    """Delete every row a test committed; tables that the migrations filled are left alone.

    DELETE, not TRUNCATE: on near-empty tables it is thirty times faster.  Triggers are off
    meanwhile, so foreign keys need no order and append-only tables can be emptied too.
    """
    with psycopg.connect(libpq_url, autocommit=True) as admin:
        # A server process that a test left behind must not block the next one.
        admin.execute("SET lock_timeout = '300s'")
        admin.execute("SET session_replication_role = replica")
        kept = postgres.list_seeded(admin)
        tables = [each for each in postgres.list_tables(admin) if each not in kept]
        deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(*each)) for each in tables]
        if deletes:
            with admin.transaction():
                admin.execute(sql.SQL(";").join(deletes))
