"""Search: how often it finds what was meant, and how long it takes among many places.

The peer of recall is pg_trgm's own similarity over the same names and addresses, best five; of
times the same questions among 34,000 places.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from api.local.steps import say
from geo.db.engine import create_read_engine
from geo.db.session import read_session, session_factory
from geo.demo_city import write_demo_city
from geo.osm.importer import import_osm
from geo.places.features import Feature, FeatureValue, FeatureWanted
from geo.places.finding import search
from geo.places.search import PlaceFilter, list_places
from tests.bench import Row
from tests.bench._databases import open_database
from tests.support import postgres
from tests.support.machine import SHARED_DATA
from tests.support.search_city import add_places, invent_queries
from tests.support.search_quality import REAL_CENTRES, load_queries, measure

SMALL, LARGE = 34_000, 500_000
_OF_EACH = 60
_NEAR = (76.9, 43.3)
_REAL = {"almaty": "almaty/almaty-2024-10.osm.pbf", "monaco": "monaco/monaco.osm.pbf"}


def run() -> list[Row]:
    """Measure recall on the demo city, and times on two generated cities."""
    begun = postgres.begin_run()
    try:
        with open_database("bench_demo") as url:
            rows = asyncio.run(_measure_recall(url))
        for city in sorted(_REAL) if SHARED_DATA.is_dir() else ():
            with open_database(f"bench_{city}") as url:
                rows.append(asyncio.run(_measure_real(url, city)))
        with open_database("bench_many") as url:
            _grow(url, 1, SMALL)
            small = asyncio.run(_measure_times(url))
            _grow(url, SMALL + 1, LARGE)
            large = asyncio.run(_measure_times(url))
    finally:
        postgres.end_run(begun)
    for sort, (median, slow) in large.items():
        rows.append(Row(f"{sort}, p50, 500,000", median, "34,000", small[sort][0], "ms"))
        rows.append(Row(f"{sort}, p95, 500,000", slow, "34,000", small[sort][1], "ms"))
    return rows


async def _measure_recall(url: str) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.osm.pbf"
        write_demo_city(path)
        await import_osm(database_url=url, path=path, is_demo=True, progress=lambda _text: None)
    engine = create_read_engine(postgres.as_sqlalchemy(url), pool_size=2)
    async with read_session(session_factory(engine)) as db:
        ours = await measure(db)
    await engine.dispose()
    with psycopg.connect(url) as connection:
        theirs = _measure_similarity(connection)
    for missed in ours["total"].missed:
        say(f"  missed: {missed}")
    return [
        Row(f"recall@5, {sort}, {group.asked} queries", group.recall, "pg_trgm alone",
            theirs[sort], "share", better="higher")
        for sort, group in sorted(ours.items(), key=lambda pair: pair[0] != "total")
    ]  # fmt: skip


async def _measure_real(url: str, city: str) -> Row:
    path = SHARED_DATA / _REAL[city]
    await import_osm(database_url=url, path=path, progress=lambda _text: None)
    engine = create_read_engine(postgres.as_sqlalchemy(url), pool_size=2)
    async with read_session(session_factory(engine)) as db:
        ours = await measure(db, real_city=city, near=REAL_CENTRES[city])
    await engine.dispose()
    with psycopg.connect(url) as connection:
        theirs = _measure_similarity(connection, city)
    for missed in ours["total"].missed:
        say(f"  missed: {missed}")
    what = f"recall@5, real {city}, {ours['total'].asked} queries"
    return Row(
        what, ours["total"].recall, "pg_trgm alone", theirs["total"], "share", better="higher"
    )


_SIMILAR = """
SELECT DISTINCT ON (likeness, told) told FROM (
  SELECT 'place:' || value AS told, lower(value) <-> lower(%(q)s) AS likeness
  FROM places, jsonb_each_text(name)
  UNION ALL SELECT 'street:' || value, lower(value) <-> lower(%(q)s)
  FROM streets, jsonb_each_text(name)
  UNION ALL SELECT 'address:' || (address->>'street') || ', ' || (address->>'housenumber'),
    lower(address->>'street' || ' ' || (address->>'housenumber')) <-> lower(%(q)s)
  FROM places WHERE address ? 'housenumber'
  UNION ALL SELECT DISTINCT 'category:' || category, category <-> lower(%(q)s) FROM places
) AS every ORDER BY likeness, told LIMIT 5
"""


def _measure_similarity(
    connection: psycopg.Connection, real_city: str | None = None
) -> dict[str, float]:
    """Give the recall of similarity alone; a category counts when its key is like the text."""
    recalls, found_in_all, asked_in_all = {}, 0, 0
    for sort, queries in load_queries(real_city).items():
        found = 0
        for typed, meant in queries.items():
            told = [row[0] for row in connection.execute(_SIMILAR, {"q": typed})]
            found += any(
                each == meant or (meant.endswith("*") and each.startswith(meant[:-1]))
                for each in told
            )
        recalls[sort] = found / len(queries)
        found_in_all, asked_in_all = found_in_all + found, asked_in_all + len(queries)
    return recalls | {"total": found_in_all / asked_in_all}


def _grow(url: str, first: int, last: int) -> None:
    with psycopg.connect(url) as connection:
        add_places(connection, first=first, last=last)


async def _measure_times(url: str) -> dict[str, tuple[float, float]]:
    """Give median and 95th percentile in ms by sort of question, on a warm cache."""
    with psycopg.connect(url) as connection:
        queries = invent_queries(connection, _OF_EACH)
    engine = create_read_engine(postgres.as_sqlalchemy(url), pool_size=2)
    found: dict[str, tuple[float, float]] = {}
    try:
        async with read_session(session_factory(engine)) as db:
            every: list[float] = []
            for sort, texts in queries.items():
                times = [await _time_search(db, text) for text in [*texts, *texts]][len(texts) :]
                every += times
                found[f"search, {sort}"] = _summarise(times)
            found["search, all"] = _summarise(every)
            found |= await _measure_lists(db)
    finally:
        await engine.dispose()
    return found


async def _time_search(db: AsyncSession, text: str) -> float:
    begun = time.perf_counter()
    await search(db, text=text, language="ru", near=_NEAR)
    return (time.perf_counter() - begun) * 1000


_TOILET = (FeatureWanted(Feature.WC_WHEELCHAIR, FeatureValue.YES),)
_LISTS = {
    "list by facts, nearest": PlaceFilter(near=_NEAR, features=_TOILET),
    "list by facts, by id": PlaceFilter(features=_TOILET),
    "list by facts and category, nearest": PlaceFilter(
        near=_NEAR, features=_TOILET, categories=("pharmacy",)
    ),
}


async def _measure_lists(db: AsyncSession) -> dict[str, tuple[float, float]]:
    found = {}
    for sort, wanted in _LISTS.items():
        times = []
        for _time in range(12):
            begun = time.perf_counter()
            await list_places(db, wanted)
            times.append((time.perf_counter() - begun) * 1000)
        found[sort] = _summarise(times[2:])
    return found


def _summarise(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), sorted(times)[int(len(times) * 0.95)]
