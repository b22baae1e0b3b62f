"""The database fixtures keep their promises; every other database test leans on them."""

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.support.db import empty_database


async def test_clone_has_postgis(db: AsyncSession) -> None:
    """A worker's database comes from the migrated template."""
    assert await db.scalar(text("SELECT postgis_version()"))


async def test_commit_inside_a_test_is_rolled_back(db: AsyncSession, libpq_url: str) -> None:
    """A commit ends a savepoint only: no other connection ever sees the row."""
    await db.execute(text("CREATE TABLE scratch (n int)"))
    await db.commit()
    with psycopg.connect(libpq_url) as other:
        assert other.execute("SELECT to_regclass('scratch')").fetchone() == (None,)


async def test_committed_rows_are_deleted_after_the_test(
    committed_db: AsyncSession, libpq_url: str
) -> None:
    """What is committed is seen by others, and emptied in spite of foreign keys."""
    for statement in (
        "CREATE TABLE parent (n int PRIMARY KEY)",
        "CREATE TABLE child (n int REFERENCES parent)",
        "INSERT INTO parent VALUES (1)",
        "INSERT INTO child VALUES (1)",
    ):
        await committed_db.execute(text(statement))
    await committed_db.commit()
    with psycopg.connect(libpq_url, autocommit=True) as other:
        assert other.execute("SELECT count(*) FROM child").fetchone() == (1,)
        empty_database(libpq_url)
        assert other.execute("SELECT count(*) FROM parent").fetchone() == (0,)
        assert other.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        other.execute("DROP TABLE child, parent")
