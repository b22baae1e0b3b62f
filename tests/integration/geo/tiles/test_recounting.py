"""Damaged counts of the map are set right by `esik recount-clusters`, whoever else is at work."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool
from typer.testing import CliRunner

from api.cli import app
from geo.db.engine import create_write_engine
from geo.db.session import Sessions, session_factory, write_session
from geo.tiles.clusters import FOLDING, fold_clusters
from geo.tiles.recount import ZoomCount, recount_clusters
from tests.support.cluster_recount import count_cells, find_wrong_cells
from tests.support.cluster_writers import write_at_once
from tests.support.corner import LON, make_place

# As after a restore: counted twice, lost, of nobody, and on the wrong side of the world.
_DAMAGE = (
    "UPDATE place_clusters SET total = total * 2, deaf_yes = 7 WHERE zoom % 3 = 0",
    "DELETE FROM place_clusters WHERE zoom = 5 OR cell % 2 = 0",
    "UPDATE place_clusters SET category = category || '!' WHERE zoom = 13",
    (
        "INSERT INTO place_clusters (zoom, x, y, cell, category, total, sum_x, sum_y)"
        " VALUES (9, 1, 1, 1, '', -3, 0, 0) ON CONFLICT DO NOTHING"
    ),
    (
        "INSERT INTO place_cluster_deltas (x, y, n, category, words)"
        " SELECT x, y, n, category, words FROM place_cluster_deltas"
        " UNION ALL SELECT 5, 5, 40, 'clinic', '{0,0,0,0,0,0}'"
    ),
)


@pytest.fixture
async def sessions(clean_database: str) -> AsyncIterator[Sessions]:
    """Give write sessions as the command has them."""
    engine = create_write_engine(clean_database, pool_size=2)
    yield session_factory(engine)
    await engine.dispose()


async def _fold_all(sessions: Sessions) -> None:
    moved = 1
    while moved:
        async with write_session(sessions) as db:
            moved = await fold_clusters(db, batch=100)


async def _damage(url: str) -> None:
    """Do what a restore by hand would do, in a moment when nobody folds."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with AsyncSession(engine) as db, db.begin():
        await db.execute(text(f"SELECT pg_advisory_xact_lock({FOLDING})"))
        for statement in _DAMAGE:
            await db.execute(text(statement))
    await engine.dispose()


def _look(url: str) -> Connection:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    return engine.connect()


async def _fold_until(url: str, over: asyncio.Event) -> int:
    """Fold as the worker does, in small batches; gives how many rows were moved."""
    engine, moved = create_async_engine(url, poolclass=NullPool), 0
    while not over.is_set():
        async with AsyncSession(engine) as db, db.begin():
            moved += await fold_clusters(db, batch=40)
        await asyncio.sleep(0)
    await engine.dispose()
    return moved


async def test_damaged_counts_come_right_while_others_write_and_fold(
    clean_database: str, libpq_url: str, sessions: Sessions
) -> None:
    """Four writers, one of whom empties the table, a folder, and damage again and again."""
    over = asyncio.Event()
    folder = asyncio.create_task(_fold_until(clean_database, over))
    writers = asyncio.create_task(
        asyncio.to_thread(write_at_once, libpq_url, writers=4, writes=400, seed=11)
    )
    found: list[ZoomCount] = []
    try:
        while len(found) < 3 * 14 or not writers.done():
            await _damage(clean_database)
            found += await recount_clusters(sessions)
    finally:
        done: Counter[str] = await writers
        over.set()
        moved = await folder
    assert (done["writes"] >= 400, done["truncate"], moved > 0) == (True, 1, True)
    refused = {sort for sort in done if len(sort) == 5 and sort[0].isdigit()}
    assert refused <= {"40P01"}, "writers met each other at most, and nobody who recounts"
    assert all(any(each.wrong_cells for each in found if each.zoom == zoom) for zoom in range(14))
    # Nothing was damaged after the last of them: now and once all is folded, nothing is wrong.
    assert not any(each.wrong_cells for each in await recount_clusters(sessions))
    await _fold_all(sessions)
    with _look(clean_database) as snapshot:
        assert find_wrong_cells(snapshot) == []
        assert count_cells(snapshot)[0] > 100


async def test_it_says_what_was_wrong_and_lets_tiles_be_forgotten(
    committed_db: AsyncSession, sessions: Sessions, clean_database: str
) -> None:
    """By zoom: cells, wrong ones, places told and there; in vain, it announces nothing."""
    committed_db.add_all(make_place(LON + n * 0.01) for n in range(6))
    await committed_db.commit()
    announced = text("SELECT count(*) FROM changes WHERE kind = 'places' AND area IS NULL")
    assert not any(each.wrong_cells for each in await recount_clusters(sessions))
    assert await committed_db.scalar(announced) == 0
    async with write_session(sessions) as db:
        await db.execute(text("UPDATE place_clusters SET total = 9 WHERE zoom = 0"))
        await db.execute(text("DELETE FROM place_clusters WHERE zoom = 13 AND category <> ''"))
    said: list[ZoomCount] = []
    counts = await recount_clusters(sessions, on_zoom=said.append)
    assert said == counts
    assert [each.zoom for each in counts] == list(range(14))
    assert counts[0] == ZoomCount(zoom=0, cells=2, wrong_cells=2, told_places=9, places=6)
    assert (counts[13].cells, counts[13].wrong_cells) == (12, 6)
    assert (counts[13].told_places, counts[13].places) == (6, 6)
    assert not any(each.wrong_cells for each in counts[1:13])
    assert await committed_db.scalar(announced) == 1
    with _look(clean_database) as snapshot:
        assert find_wrong_cells(snapshot) == []


async def test_a_folder_goes_home_and_a_writer_does_not_wait(
    committed_db: AsyncSession, engine: AsyncEngine, sessions: Sessions, clean_database: str
) -> None:
    """While a recount is under way the worker folds nothing, and a place can be added."""
    committed_db.add(make_place())
    await committed_db.commit()
    met: list[int] = []
    others = session_factory(engine)

    def meet(count: ZoomCount) -> None:
        if count.zoom == 7:
            met.append(asyncio.run_coroutine_threadsafe(_work(), loop).result())

    async def _work() -> int:
        async with write_session(others) as db:
            await db.execute(text("SET LOCAL lock_timeout = '30s'"))
            db.add(make_place(LON + 0.02))
        async with write_session(others) as db:
            return await fold_clusters(db)

    loop = asyncio.get_running_loop()
    await asyncio.to_thread(lambda: asyncio.run(_recount_elsewhere(clean_database, meet)))
    assert met == [0]
    await _fold_all(sessions)
    with _look(clean_database) as snapshot:
        assert find_wrong_cells(snapshot) == []


async def _recount_elsewhere(url: str, on_zoom: Callable[[ZoomCount], None]) -> None:
    engine = create_write_engine(url, pool_size=2)
    await recount_clusters(session_factory(engine), on_zoom=on_zoom)
    await engine.dispose()


async def test_the_command_says_what_it_did(
    committed_db: AsyncSession,
    sessions: Sessions,
    clean_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line for each zoom and one for all; twice, the second finds nothing."""
    committed_db.add(make_place())
    await committed_db.commit()
    await _fold_all(sessions)
    async with write_session(sessions) as db:
        await db.execute(text("UPDATE place_clusters SET total = 4 WHERE zoom = 3"))
    monkeypatch.setenv("ESIK_DATABASE__URL", clean_database)
    shown = []
    for _turn in range(2):
        result = await asyncio.to_thread(CliRunner().invoke, app, ["recount-clusters"])
        assert result.exit_code == 0, result.output
        shown.append(result.output)
    assert "zoom  3: 2 cells, 2 wrong; 4 places were counted, 1 are there" in shown[0]
    assert "zoom  4: 2 cells, 0 wrong\n" in shown[0]
    assert "2 cells mended; 1 places are counted." in shown[0]
    assert "Nothing was wrong; 1 places are counted." in shown[1]
