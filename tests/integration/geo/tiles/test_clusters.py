"""The cluster pyramid counts what a recount counts, at every moment and whatever dies."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import NullPool

from geo.places.models import Place
from geo.tiles.clusters import build_cluster_statement, fold_clusters
from geo.tiles.models import PlaceCluster, PlaceClusterDelta
from tests.support.cluster_recount import count_cells, find_wrong_cells, find_wrong_tiles
from tests.support.corner import LAT, LON, make_place, tile_at

_ZOOMS = [tile_at(zoom) for zoom in range(14)]
_FILTERS = [(), ("pharmacy",), ("school", "pharmacy"), ("nothing",)]


@pytest.fixture
def snapshot(clean_database: str) -> Iterator[Connection]:
    """Connect in autocommit; each statement sees the present."""
    made = create_engine(clean_database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with made.connect() as connection:
        yield connection
    made.dispose()


@asynccontextmanager
async def _session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(bind=engine) as session, session.begin():
        yield session


async def _fold_all(engine: AsyncEngine) -> int:
    moved = 0
    while True:
        async with _session(engine) as db:
            batch = await fold_clusters(db, batch=50)
        if not batch:
            return moved
        moved += batch


def _is_exact(snapshot: Connection) -> bool:
    return not find_wrong_tiles(snapshot, _ZOOMS, _FILTERS)


async def test_waiting_and_folded_changes_count_alike(
    committed_db: AsyncSession, engine: AsyncEngine, snapshot: Connection
) -> None:
    """A tile has the same bytes before, while and after its changes are folded."""
    committed_db.add_all(make_place(LON + n * 0.001, LAT) for n in range(30))
    await committed_db.commit()
    statement, params = build_cluster_statement(tile_at(11), ())
    seen = {bytes(snapshot.execute(statement, params).scalar_one())}
    moved = 0
    while moved < 30:
        async with _session(engine) as db:
            moved += await fold_clusters(db, batch=7)
        seen.add(bytes(snapshot.execute(statement, params).scalar_one()))
        assert _is_exact(snapshot)
    assert len(seen) == 1
    assert seen != {b""}
    assert snapshot.scalar(select(func.count()).select_from(PlaceClusterDelta)) == 0
    assert find_wrong_cells(snapshot) == []


async def test_an_approval_that_changes_no_count_leaves_nothing_to_fold(
    committed_db: AsyncSession, engine: AsyncEngine, snapshot: Connection
) -> None:
    """New coverage or a new version is no work for the pyramid."""
    committed_db.add(make_place())
    await committed_db.commit()
    await _fold_all(engine)
    for change in ("coverage_percent = 50", "entry_words = entry_words", "state = 'active'"):
        await committed_db.execute(text(f"UPDATE places SET {change}"))  # noqa: S608 - of this test
    await committed_db.commit()
    assert snapshot.scalar(select(func.count()).select_from(PlaceClusterDelta)) == 0


async def test_cells_that_everybody_left_are_gone(
    committed_db: AsyncSession, engine: AsyncEngine, snapshot: Connection
) -> None:
    """A vanished place takes its rows along; nothing stays for history."""
    committed_db.add(make_place())
    await committed_db.commit()
    await _fold_all(engine)
    cells = select(func.count()).select_from(PlaceCluster)
    assert snapshot.scalar(cells) == 14 * 2  # of the category and of all
    await committed_db.execute(text("UPDATE places SET state = 'gone'"))
    await committed_db.commit()
    await _fold_all(engine)
    assert snapshot.scalar(cells) == 0


async def test_emptying_the_table_empties_the_pyramid(
    committed_db: AsyncSession, engine: AsyncEngine, snapshot: Connection
) -> None:
    """TRUNCATE names no rows, and still no count stays behind."""
    committed_db.add(make_place())
    await committed_db.commit()
    await _fold_all(engine)
    await committed_db.execute(text("UPDATE places SET category = 'school'"))
    await committed_db.execute(text("TRUNCATE places CASCADE"))
    committed_db.add(make_place(category="clinic"))
    await committed_db.commit()
    assert _is_exact(snapshot)
    await _fold_all(engine)
    assert find_wrong_cells(snapshot) == []
    assert count_cells(snapshot) == (14, 1)


async def test_of_two_folders_one_works_and_none_waits(
    committed_db: AsyncSession, engine: AsyncEngine, snapshot: Connection
) -> None:
    """While one moves rows the other goes home; readers count every place once throughout."""
    committed_db.add_all(make_place(LON + n * 0.01, LAT) for n in range(5))
    await committed_db.commit()
    async with _session(engine) as first, _session(engine) as second:
        assert await fold_clusters(first, batch=2) == 2
        assert await fold_clusters(second) == 0
        assert _is_exact(snapshot)
    assert await _fold_all(engine) == 3
    assert _is_exact(snapshot)


async def test_a_folder_that_dies_has_done_nothing(
    committed_db: AsyncSession, engine: AsyncEngine, snapshot: Connection
) -> None:
    """Its rows are in the queue as before, and the next folder moves each of them once."""
    committed_db.add_all(make_place(LON + n * 0.01, LAT) for n in range(5))
    await committed_db.commit()
    async with AsyncSession(bind=engine) as db:
        assert await fold_clusters(db) == 5
        pid = await db.scalar(text("SELECT pg_backend_pid()"))
        snapshot.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(DBAPIError):
            await db.execute(text("SELECT 1"))
    assert _is_exact(snapshot)
    assert await _fold_all(engine) == 5
    assert find_wrong_cells(snapshot) == []
    assert count_cells(snapshot)[0] > 0


def test_writers_of_one_cell_do_not_wait_for_each_other(
    libpq_url: str, clean_database: str
) -> None:
    """Two open transactions have both written to the cell of the whole world."""
    assert clean_database
    insert = (
        "INSERT INTO places (id, kind, state, category, sector, point) VALUES"
        " (gen_random_uuid(), 'stop', 'active', 'bus_stop', 'transport',"
        " ST_SetSRID(ST_MakePoint(76.9, 43.2), 4326))"
    )
    with psycopg.connect(libpq_url) as one, psycopg.connect(libpq_url) as other:
        other.execute("SET lock_timeout = '30s'")
        for _turn in range(2):
            one.execute(insert)
            other.execute(insert)


async def test_a_place_without_category_answers_to_no_filter(
    committed_db: AsyncSession, engine: AsyncEngine, snapshot: Connection
) -> None:
    """It is counted once among all places, and an empty filter finds nothing, folded or not."""
    committed_db.add_all([make_place(category=""), make_place(category="school")])
    await committed_db.commit()
    for _turn in range(2):
        assert not find_wrong_tiles(snapshot, _ZOOMS, [(), ("school",)])
        for tile in _ZOOMS:
            statement, params = build_cluster_statement(tile, ("",))
            assert snapshot.execute(statement, params).scalar_one() == b""
        await _fold_all(engine)


async def test_places_outside_the_map_are_left_out(
    committed_db: AsyncSession, snapshot: Connection
) -> None:
    """Beyond 85 degrees and at the very antimeridian there is no tile; nothing breaks."""
    committed_db.add_all(
        make_place(*spot) for spot in ((76.9, 89.9), (0, -90), (180.0, 0), (-180.0, 0), (1e9, 1e9))
    )
    await committed_db.commit()
    waiting = snapshot.execute(select(PlaceClusterDelta.x, PlaceClusterDelta.y)).all()
    assert [tuple(each) for each in waiting] == [(0, 1 << 24)]
    assert len((await committed_db.scalars(select(Place))).all()) == 5
    assert _is_exact(snapshot)
