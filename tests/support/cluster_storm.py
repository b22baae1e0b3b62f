"""Writers, folders, killers and readers of the cluster pyramid, all at once."""

import asyncio
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from geo.tiles.clusters import fold_clusters
from geo.tiles.grid import Bounds, TileAddress, iter_tiles
from geo.tiles.layers import CLUSTER_MAX_ZOOM
from tests.support.cluster_recount import find_wrong_tiles
from tests.support.cluster_writers import CATEGORIES, CLUMPS, write_at_once

_FOLDER = "storm-folder"
_REACH = 0.05
_BATCH = 40
_KILL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE application_name = %s AND datname = current_database()
"""


@dataclass
class Storm:
    """What was done, and what was wrong."""

    done: Counter[str] = field(default_factory=Counter)
    wrong: list[object] = field(default_factory=list)
    """Tiles whose bytes were not those of a recount in the same snapshot."""
    looks: int = 0
    """Tiles compared while others were writing."""
    folded: int = 0
    falls: Counter[str] = field(default_factory=Counter)
    """Why folders ended, by SQLSTATE; a killed one may have none."""
    kills: int = 0

    @property
    def refusals(self) -> dict[str, int]:
        """Writes that the database refused, by SQLSTATE; 40P01 is a deadlock."""
        return {sort: n for sort, n in self.done.items() if len(sort) == 5 and sort[0].isdigit()}


def run_storm(libpq_url: str, url: str, *, writers: int, writes: int, seed: int) -> Storm:
    """Let people write while two fold, one kills the folders and one compares; then fold all."""
    storm, over = Storm(), threading.Event()
    with ThreadPoolExecutor(4) as pool:
        others = [
            pool.submit(asyncio.run, _fold(url, storm, over)),
            pool.submit(asyncio.run, _fold(url, storm, over)),
            pool.submit(_kill_folders, libpq_url, storm, over, seed),
            pool.submit(_look, url, storm, over, seed),
        ]
        try:
            storm.done = write_at_once(libpq_url, writers=writers, writes=writes, seed=seed)
        finally:
            over.set()
        for each in others:
            each.result()
    asyncio.run(_fold_rest(url, storm))
    return storm


def find_tiles(connection: Connection) -> list[TileAddress]:
    """List the cluster tiles of every zoom that hold a place now."""
    spots = connection.execute(text("SELECT ST_X(point), ST_Y(point) FROM places")).all()
    tiles = {
        tile
        for lon, lat in spots
        for zoom in range(CLUSTER_MAX_ZOOM + 1)
        for tile in iter_tiles(Bounds(lon, lat, lon, lat), zoom, 0)
    }
    return sorted(tiles)


async def _fold(url: str, storm: Storm, over: threading.Event) -> None:
    while not over.is_set():
        engine = create_async_engine(
            url, poolclass=NullPool, connect_args={"application_name": _FOLDER}
        )
        try:
            while not over.is_set():
                async with AsyncSession(engine) as db, db.begin():
                    moved = await fold_clusters(db, batch=_BATCH)
                storm.folded += moved
        except DBAPIError as error:  # killed: nothing was moved, and the next one moves it
            storm.falls[str(getattr(error.orig, "sqlstate", None))] += 1
        await engine.dispose()


async def _fold_rest(url: str, storm: Storm) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    while True:
        async with AsyncSession(engine) as db, db.begin():
            moved = await fold_clusters(db)
        storm.folded += moved
        if not moved:
            break
    await engine.dispose()


def _kill_folders(libpq_url: str, storm: Storm, over: threading.Event, seed: int) -> None:
    dice = random.Random(seed)
    with psycopg.connect(libpq_url, autocommit=True) as connection:
        while not over.wait(dice.uniform(0.05, 0.4)):
            row = connection.execute(_KILL, (_FOLDER,)).fetchone()
            storm.kills += row[0] if row else 0


def _look(url: str, storm: Storm, over: threading.Event, seed: int) -> None:
    """Compare tiles of random zooms, each with a recount in the same snapshot."""
    dice = random.Random(seed)
    engine = create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    filters = [(), *((each,) for each in CATEGORIES), CATEGORIES[:2]]
    with engine.connect() as connection:
        while not storm.looks or not over.is_set():
            lon, lat = dice.choice(CLUMPS)
            box = Bounds(lon - _REACH, lat - _REACH, min(lon + _REACH, 180.0), lat + _REACH)
            zoom = dice.randint(0, CLUSTER_MAX_ZOOM)
            tiles = list(iter_tiles(box, zoom, 0))
            with connection.begin():
                # The recount comes first: it keeps whoever truncates out until the end.
                connection.execute(text("SELECT FROM places LIMIT 1"))
                storm.wrong += find_wrong_tiles(connection, tiles, [dice.choice(filters)])
            storm.looks += len(tiles)
    engine.dispose()
