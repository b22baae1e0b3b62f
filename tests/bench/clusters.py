"""The cluster pyramid: tiles of a country, what an approval pays for it, and its size.

The peer of a tile is the same tile counted on the fly, and the raw points; the peer of an
approval is the same approval without the pyramid, and with counts that are written at once.
Times of tiles are the server's own, of the slowest of the fullest tiles of a zoom.
"""

import asyncio
import gzip
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection, TextClause, create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from api.local.steps import say
from audits.accounts.policy import Actor
from audits.accounts.roles import Role
from audits.review import Outcome, decide
from geo.db.engine import READ_OPTIONS
from geo.db.session import session_factory, write_session
from geo.tiles import clusters
from geo.tiles.clusters import build_cluster_statement, fold_clusters
from geo.tiles.grid import TileAddress, tile_bounds
from geo.tiles.layers import CLUSTER_MAX_ZOOM, LAYERS
from geo.tiles.sql import build_statement
from tests.bench import Row
from tests.bench._databases import keep_what_tiles_read, open_database
from tests.support import postgres
from tests.support.cluster_recount import recount_tile
from tests.support.verdict_city import add_places

SMALL, LARGE = 34_000, 500_000
WAITING = 1_000
"""Places that changed and are not folded yet while tiles are asked for: twice what the reviewers
below approve between two turns of the worker."""
APPROVALS, CONNECTIONS = 400, 4
WORDS_WRITTEN = 4_000
_TRIES = 5
_FULLEST = 3
_BARRIER: Barrier
_RAW_ZOOMS = (0, 8, 11, 13)
_REVIEWER = Actor(UUID("0199a000-0000-7000-8000-00000000ac02"), Role.REVIEWER)

# Twenty cities by population, four fifths of the places within them, and the rest in the steppe;
# categories as uneven as on a real map, three of four places without an audit.
_PLACES = f"""
INSERT INTO places (id, kind, state, name, category, sector, point, entry_words, service_words)
SELECT gen_random_uuid(), 'organisation', 'active', '{{"ru": "Место"}}',
       'category_' || floor(80 * random() ^ 3), 'trade_services',
       ST_SetSRID(ST_MakePoint(lon, lat), 4326), words, words
FROM (
  SELECT c.lon + spread * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS lon,
         c.lat + spread * sqrt(-2 * ln(1 - random())) * sin(2 * pi() * random()) AS lat,
         CASE WHEN random() < 0.75 THEN '{{0,0,0,0,0,0}}'::smallint[]
              ELSE ARRAY[{", ".join(["floor(4 * random())::smallint"] * 6)}] END AS words
  FROM (SELECT n, random() AS at, CASE WHEN random() < 0.85 THEN 0.04 ELSE 1.5 END AS spread
        FROM generate_series(1, %(places)s::int) AS n) AS drawn
  JOIN pg_temp.cities c ON drawn.at >= c.first AND drawn.at < c.last
) AS made
"""  # noqa: S608 - nothing from outside
_CITIES = """
CREATE TEMP TABLE cities AS
SELECT 52 + 33 * random() AS lon, 42.5 + 11 * random() AS lat,
       sum(share) OVER (ORDER BY n) - share AS first, sum(share) OVER (ORDER BY n) AS last
FROM (SELECT n, (1.0 / n) / (SELECT sum(1.0 / m) FROM generate_series(1, 20) AS m) AS share
      FROM generate_series(1, 20) AS n) AS ranked;
UPDATE cities SET lon = 76.93, lat = 43.25 WHERE first = 0;
UPDATE cities SET last = 2 WHERE last = (SELECT max(last) FROM cities);
"""
_FULLEST_TILES = f"""
SELECT x, y FROM place_clusters WHERE zoom = :zoom AND category = '' GROUP BY x, y
ORDER BY sum(total) DESC, x, y LIMIT {_FULLEST}
"""  # noqa: S608 - a constant of this module
_SIZES = """
SELECT pg_total_relation_size('place_clusters') / 1e6, count(*),
       pg_total_relation_size('places') / 1e6
FROM place_clusters
"""
# Counts written at once: what every approval would pay if nobody folded for it.
_AT_ONCE = """
CREATE FUNCTION fold_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE folded_rows int;
BEGIN {fold} SELECT count(*) INTO folded_rows FROM folded; RETURN NULL; END $$;
CREATE TRIGGER fold_at_once AFTER INSERT ON place_cluster_deltas
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION fold_at_once();
"""


def run() -> list[Row]:
    """Measure both sizes, then approvals, each on a database of its own."""
    begun = postgres.begin_run()
    try:
        rows = []
        for places in (SMALL, LARGE):
            with open_database() as url:
                rows += _measure_tiles(url, places)
        with open_database() as url:
            rows += _measure_approvals(url)
    finally:
        postgres.end_run(begun)
    return rows


def _measure_tiles(url: str, places: int) -> list[Row]:
    size = f"{places:,} places"
    with psycopg.connect(url, autocommit=True) as connection:
        if places > SMALL:
            keep_what_tiles_read(connection)
        connection.execute("SELECT setseed(0.5)")
        connection.execute(_CITIES)
        noted_ms, whole_ms = _time_insert(connection, places)
        before = time.perf_counter()
        asyncio.run(_fold_all(url))
        build_s = time.perf_counter() - before
        connection.execute("VACUUM ANALYZE")
        pyramid_mb, cells, places_mb = (float(each) for each in _one(connection, _SIZES))
    say(f"{size}: {cells:,.0f} rows of counts")
    rest_s = (whole_ms - noted_ms) / 1e3
    rest = "the rest of the insert" + (", indexes of tiles only" if places > SMALL else "")
    rows = [
        Row(f"insert of {size}, what the pyramid adds", noted_ms / 1e3, rest, rest_s, "s"),
        Row(f"pyramid of {size}, folded in the background", build_s, rest, rest_s, "s"),
        Row(f"pyramid of {size} on disk", pyramid_mb, "places themselves", places_mb, "MB"),
    ]  # fmt: skip
    engine = create_engine(
        postgres.as_sqlalchemy(url), poolclass=NullPool, isolation_level="AUTOCOMMIT",
        connect_args={"options": READ_OPTIONS + " -c statement_timeout=60000"},
    )  # fmt: skip
    with engine.connect() as reader:
        rows += _compare_tiles(reader, size)
        with psycopg.connect(url) as writer:
            writer.execute(_CHANGE_SOME, {"share": WAITING / places})
        rows += _compare_worst(reader, size)
    engine.dispose()
    return rows


_CHANGE_SOME = "UPDATE places SET entry_words = '{3,3,3,3,3,3}' WHERE random() < %(share)s"


def _time_insert(connection: psycopg.Connection, places: int) -> tuple[float, float]:
    """Insert all places in one statement; gives ms of the trigger and of all of it."""
    [[plan]] = _one(connection, f"EXPLAIN (ANALYZE, FORMAT JSON) {_PLACES}", {"places": places})
    noted = sum(t["Time"] for t in plan["Triggers"] if t["Trigger Name"].startswith("place_cl"))
    return noted, plan["Execution Time"]


def _compare_tiles(reader: Connection, size: str) -> list[Row]:
    """Give a row per zoom: the slowest of its fullest tiles, ours against on the fly."""
    rows, most_bytes = [], 0
    for zoom in range(CLUSTER_MAX_ZOOM + 1):
        tiles = _list_fullest(reader, zoom)
        ours = max(_time(reader, *build_cluster_statement(tile, ())) for tile in tiles)
        theirs = max(_time(reader, *recount_tile(tile)) for tile in tiles)
        rows.append(
            Row(f"cluster tile z{zoom}, worst, cold, in SQL, {size}", ours, "counted on the fly",
                theirs, "ms")
        )  # fmt: skip
        if zoom in _RAW_ZOOMS:
            raw = max(_time(reader, *_raw(tile), tries=1) for tile in tiles)
            rows.append(Row(f"the same, z{zoom}, {size}", ours, "raw points", raw, "ms"))
        most_bytes = max(most_bytes, *(_count_bytes(reader, tile) for tile in tiles))
    rows.append(
        Row(f"biggest cluster tile, {size}, gzipped", most_bytes / 1e3, "the limit", 100, "kB")
    )
    return rows


def _compare_worst(reader: Connection, size: str) -> list[Row]:
    """Time the slowest tile of all zooms while changes wait to be folded."""
    tiles = [tile for zoom in range(CLUSTER_MAX_ZOOM + 1) for tile in _list_fullest(reader, zoom)]
    asked = {"": (), " of one category": ("category_0",)}
    return [
        Row(
            f"worst cluster tile{what} of all zooms while {WAITING:,} changes wait, {size}",
            max(_time(reader, *build_cluster_statement(tile, chosen)) for tile in tiles),
            "the limit",
            10,
            "ms",
        )
        for what, chosen in asked.items()
    ]


def _list_fullest(reader: Connection, zoom: int) -> list[TileAddress]:
    found = reader.execute(text(_FULLEST_TILES), {"zoom": zoom})
    return [TileAddress(zoom, x, y) for x, y in found]


def _raw(tile: TileAddress) -> tuple[TextClause, dict[str, object]]:
    """Give the statement of single places, asked for a tile of any zoom."""
    statement, params = build_statement(LAYERS["places"], TileAddress(14, 0, 0))
    return statement, {**params, **tile._asdict(), **tile_bounds(tile)._asdict()}


def _time(
    reader: Connection, statement: TextClause, params: dict[str, object], tries: int = _TRIES
) -> float:
    """Give the median of the server's own execution times in ms."""
    explain = text(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.text}")
    plans: list[Any] = [reader.execute(explain, params).scalar_one() for _try in range(tries)]
    return float(statistics.median(plan[0]["Execution Time"] for plan in plans))


def _count_bytes(reader: Connection, tile: TileAddress) -> int:
    body = reader.execute(*build_cluster_statement(tile, ())).scalar_one()
    return len(gzip.compress(bytes(body), compresslevel=1))


async def _fold_all(url: str) -> None:
    engine = create_async_engine(postgres.as_sqlalchemy(url))
    moved = 1
    while moved:
        async with AsyncSession(engine) as db, db.begin():
            moved = await fold_clusters(db)
    await engine.dispose()


def _one(connection: psycopg.Connection, statement: str, params: Any = None) -> Any:  # noqa: ANN401
    return connection.execute(statement, params).fetchone()


def _measure_approvals(url: str) -> list[Row]:
    """Let people approve at the same time, with the pyramid, without, and counting at once."""
    decided, written = [], []
    with psycopg.connect(url, autocommit=True) as connection:
        for turn, prepare in enumerate(
            (
                "SELECT 1",
                "ALTER TABLE places DISABLE TRIGGER place_clusters_update",
                "ALTER TABLE places ENABLE TRIGGER place_clusters_update; " + _write_fold_at_once(),
            )
        ):
            first = 1 + turn * APPROVALS
            add_places(connection, first=first, last=first + APPROVALS - 1, state="submitted")
            asyncio.run(_fold_all(url))
            connection.execute("VACUUM ANALYZE")
            connection.execute(prepare)
            decided.append(_count_approvals(url, first))
            written.append(_count_words(url))
    what = f"approvals of {CONNECTIONS} reviewers at once, with the pyramid"
    words = f"words written over {CONNECTIONS} connections, with the pyramid"
    rows = []
    for name, rates in ((what, decided), (words, written)):
        on, off, at_once = rates
        rows += [
            Row(name, on, "without", off, "per second", better="higher"),
            Row(name, on, "counts written at once", at_once, "per second", better="higher"),
        ]
    return rows


def _count_words(url: str) -> float:
    """Give transactions a second that change the words of one place each, near each other."""
    with psycopg.connect(url) as connection:
        ids = [each for (each,) in connection.execute("SELECT id FROM places ORDER BY id LIMIT 80")]
    shares = [ids[number::CONNECTIONS] for number in range(CONNECTIONS)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(_write_words, url, share) for share in shares]:
            done.result()
    return WORDS_WRITTEN / (time.perf_counter() - begun)


def _write_words(url: str, ids: list[UUID]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for number in range(WORDS_WRITTEN // CONNECTIONS):
            words = [number % 4] * 6
            connection.execute(
                "UPDATE places SET entry_words = %s::smallint[] WHERE id = %s",
                (words, ids[number % len(ids)]),
            )


def _write_fold_at_once() -> str:
    """Turn the fold into a trigger that folds what was just queued."""
    fold = clusters._FOLD.text.replace(
        "SELECT id FROM place_cluster_deltas ORDER BY id LIMIT :batch", "SELECT id FROM fresh"
    )
    steps = fold[: fold.rindex("SELECT (SELECT count(*)")]
    return _AT_ONCE.format(fold=steps)


def _count_approvals(url: str, first: int) -> float:
    """Give approvals a second of processes that decide at the same time."""
    context = get_context("spawn")
    barrier = context.Barrier(CONNECTIONS)
    share = APPROVALS // CONNECTIONS
    with ProcessPoolExecutor(
        CONNECTIONS, mp_context=context, initializer=_wait_at, initargs=(barrier,)
    ) as pool:
        spans = pool.map(
            _approve_share,
            [url] * CONNECTIONS,
            range(first, first + APPROVALS, share),
            [share] * CONNECTIONS,
        )
        begun, ended = zip(*spans, strict=True)
    return float(APPROVALS / (max(ended) - min(begun)))


def _wait_at(barrier: Barrier) -> None:
    global _BARRIER  # noqa: PLW0603 - the one way into a process of a pool
    _BARRIER = barrier


def _approve_share(url: str, first: int, share: int) -> tuple[float, float]:
    """Decide audits one after the other, once everybody is ready; gives begin and end."""
    return asyncio.run(_approve(url, first, share))


async def _approve(url: str, first: int, share: int) -> tuple[float, float]:
    engine = create_async_engine(postgres.as_sqlalchemy(url), pool_size=1)
    sessions = session_factory(engine)
    async with write_session(sessions) as db:
        await db.execute(text("SELECT 1"))
    _BARRIER.wait()
    begun = time.time()
    for number in range(first, first + share):
        async with write_session(sessions) as db:
            await decide(
                db,
                actor=_REVIEWER,
                audit_id=UUID(f"0199a000-0003-7000-8000-{number:012x}"),
                outcome=Outcome.APPROVE,
                reason_code=None,
                note=None,
                expected_version=1,
                now=datetime.now(UTC),
            )
    ended = time.time()
    await engine.dispose()
    return begun, ended
