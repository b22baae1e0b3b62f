"""Tiles over HTTP: cold against tipg on the same tables, warm against a bare ASGI application.

Places of a country, 34,000 and 500,000. From zoom 14 both servers send the same features and
attributes (tipg from a view with our columns); below, tipg sends the points themselves, as it
has no counts. Every tile is cold: between rounds a change of everything is announced. Bytes of
the basemap are those of real Almaty and Monaco, where their extracts are here.
"""

import asyncio
import http.client
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from api.local.steps import say
from geo.db.engine import create_read_engine
from geo.db.session import session_factory
from geo.mobility.profiles import PROFILES
from geo.osm.importer import import_osm
from geo.tiles.cache import Tile, TileCache, TileKey
from geo.tiles.clusters import fold_clusters
from geo.tiles.grid import Bounds, TileAddress, iter_tiles
from geo.tiles.layers import LAYERS, NAMES_FROM_ZOOM, WORDS
from geo.tiles.service import TileService
from tests.bench import Row
from tests.bench._databases import keep_what_tiles_read, open_database
from tests.bench._peers import PeerMissingError, serve_bare, serve_tipg
from tests.support import postgres
from tests.support.city import RunningCity, run_server
from tests.support.machine import LOCAL, ROOT, SHARED_DATA

SMALL, LARGE = 34_000, 500_000
ZOOMS = range(3, 17)
_LIMIT_KB = 100.0
_TARGET_MS = 50.0
_ROUNDS, _TILES_PER_ZOOM = 4, 3
_RAW_FEATURES = 25_000
"""Tipg's raw tiles with more points than this are left out: they take seconds and megabytes."""
_LOAD_S, _LOAD_ROUNDS = 2.0, 3
_KEPT_TILES = 20_000
_MOST_TILES = 120
_EXTRACTS = {"almaty": "almaty/almaty-2024-10.osm.pbf", "monaco": "monaco/monaco.osm.pbf"}

_CITIES = """
CREATE TEMP TABLE cities AS
SELECT n, 52 + 33 * random() AS lon, 42.5 + 11 * random() AS lat,
       sum(1.0 / n) OVER (ORDER BY n) / (SELECT sum(1.0 / m) FROM generate_series(1, 20) AS m)
         AS until
FROM generate_series(1, 20) AS n;
UPDATE cities SET lon = 76.93, lat = 43.25 WHERE n = 1
"""
# Ids of one import share their time; three of four places have no audit yet.
_PLACES = """
INSERT INTO places
  (id, kind, state, name, category, sector, point, entry_words, service_words, coverage_percent)
SELECT ('0199a3f1-' || lpad(to_hex(n / 1000), 4, '0') || '-7' || substr(hash, 1, 3) || '-8'
          || substr(hash, 4, 3) || '-' || substr(hash, 7, 12))::uuid,
       'organisation', 'active', '{"ru": "Место", "kk": "Орын"}',
       'category_' || floor(40 * random() ^ 2), 'trade_services',
       ST_SetSRID(ST_MakePoint(
         c.lon + 0.05 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()),
         c.lat + 0.05 * sqrt(-2 * ln(1 - random())) * sin(2 * pi() * random())), 4326),
       CASE WHEN audited THEN ARRAY[WORD, WORD, WORD, WORD, WORD, WORD] ELSE UNKNOWN END,
       CASE WHEN audited THEN ARRAY[WORD, WORD, WORD, WORD, WORD, WORD] ELSE UNKNOWN END,
       CASE WHEN audited THEN floor(100 * random()) ELSE 0 END
FROM (SELECT n, random() AS at, random() < 0.25 AS audited, md5(random()::text) AS hash
      FROM generate_series(1, %(places)s) AS n) AS drawn,
LATERAL (SELECT lon, lat FROM pg_temp.cities WHERE until >= drawn.at ORDER BY until LIMIT 1) AS c
""".replace("WORD", "floor(4 * random())::smallint").replace(
    "UNKNOWN", "'{0,0,0,0,0,0}'::smallint[]"
)
_WORD_NAMES = "ARRAY[" + ", ".join(f"'{word}'" for word in WORDS) + "]"
_VIEW = f"""
CREATE VIEW tile_places AS
SELECT point, id::text AS id, kind, category, coverage_percent,
       nullif(array_to_string(badges, ','), '') AS badges,
       {
    ", ".join(
        f"({_WORD_NAMES})[{scope}_words[{at}] + 1] AS {scope}_{profile}"
        for scope in ("entry", "service")
        for at, profile in enumerate(PROFILES, 1)
    )
}
       {{names}}
FROM places WHERE state = 'active'
"""  # noqa: S608 - constants of this program
_NAMES = ", name ->> 'kk' AS name_kk, name ->> 'ru' AS name_ru"
_SPOTS = """
CREATE TEMP TABLE spots AS
SELECT floor((ST_X(point) + 180) / 360 * 65536)::int AS x,
       floor((0.5 - asinh(tan(radians(ST_Y(point)))) / (2 * pi())) * 65536)::int AS y,
       count(*) AS n
FROM places GROUP BY 1, 2
"""
_FULLEST = """
SELECT x >> %(down)s, y >> %(down)s, sum(n)::int FROM spots
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(most)s
"""
_CHANGE_ALL = "INSERT INTO changes (kind) VALUES ('places'); NOTIFY esik_changes"
_HEARD_S = 0.2
"""How long everybody gets to hear that everything changed."""


def run() -> list[Row]:
    """Measure both sizes over HTTP, then the memory of the cache and the real basemaps."""
    begun = postgres.begin_run()
    rows: list[Row] = []
    try:
        for places in (SMALL, LARGE):
            with open_database("bench_tiles") as url, tempfile.TemporaryDirectory() as folder:
                _fill(url, places)
                rows += _measure_places(url, places, Path(folder))
        rows.append(_measure_cache())
        for name, path in _EXTRACTS.items():
            if (SHARED_DATA / path).exists():
                rows += _measure_basemap(name, SHARED_DATA / path)
            else:
                say(f"  skipped: ../shared/data has no extract of {name}")
    finally:
        postgres.end_run(begun)
    return rows


def _fill(url: str, places: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        keep_what_tiles_read(connection)
        connection.execute("SELECT setseed(0.5)")
        connection.execute(_CITIES)
        connection.execute(_PLACES.encode(), {"places": places})
        for view, names in (("tile_places", ""), ("tile_names", _NAMES)):
            connection.execute(_VIEW.replace("tile_places", view).format(names=names).encode())
    asyncio.run(_fold_all(url))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


async def _fold_all(url: str) -> None:
    engine = create_async_engine(postgres.as_sqlalchemy(url))
    moved = 1
    while moved:
        async with AsyncSession(engine) as db, db.begin():
            moved = await fold_clusters(db)
    await engine.dispose()


def _measure_places(url: str, places: int, folder: Path) -> list[Row]:
    with run_server(_describe(url, folder), folder=folder) as ours:
        tiles = _choose_tiles(url)
        rows = []
        try:
            with serve_tipg(url) as theirs:
                rows += _compare_cold(url, ours, theirs, tiles, places)
        except PeerMissingError as reason:
            say(f"  skipped: {reason}")
        rows.append(_weigh(ours, tiles, places))
        if places == LARGE:
            rows += _compare_warm(ours, tiles[14][0][0], folder)
    return rows


def _describe(url: str, folder: Path) -> RunningCity:
    running = RunningCity(libpq_url=url, data_dir=folder / "data")
    running.environment = {
        "ESIK_DATABASE__URL": postgres.as_sqlalchemy(url),
        "ESIK_DATA_DIR": str(running.data_dir),
        "ESIK_CACHE_DIR": str(LOCAL / "cache"),
    }
    return running


def _choose_tiles(url: str) -> dict[int, list[tuple[TileAddress, int]]]:
    """Give the fullest tiles of each zoom with how many places lie in them."""
    chosen = {}
    with psycopg.connect(url) as connection:
        connection.execute(_SPOTS)
        for zoom in ZOOMS:
            rows = connection.execute(
                _FULLEST.encode(), {"down": 16 - zoom, "most": _TILES_PER_ZOOM}
            ).fetchall()
            chosen[zoom] = [(TileAddress(zoom, x, y), count) for x, y, count in rows]
    return chosen


def _compare_cold(
    url: str,
    ours: str,
    theirs: str,
    tiles: dict[int, list[tuple[TileAddress, int]]],
    places: int,
) -> list[Row]:
    """Time every tile when nobody has it; the first round only wakes the servers."""
    rows = []
    mine: dict[TileAddress, list[float]] = {}
    other: dict[TileAddress, list[float]] = {}
    every = [each for listed in tiles.values() for each in listed]
    for turn in range(_ROUNDS + 1):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_CHANGE_ALL)
        time.sleep(_HEARD_S)
        first = _time_all(ours, {tile: _path(tile) for tile, _count in every})
        second = _time_all(
            theirs, {tile: _tipg_path(tile) for tile, count in every if count <= _RAW_FEATURES}
        )
        for times, kept in ((first, mine), (second, other)):
            for tile, spent in times.items():
                if turn:
                    kept.setdefault(tile, []).append(spent)
    for zoom, listed in tiles.items():
        both = [tile for tile, _count in listed if tile in other]
        chosen = both or [tile for tile, _count in listed]
        median = statistics.median(t for tile in chosen for t in mine[tile])
        if not both:
            # Tipg would need seconds and megabytes for so many points.
            rows.append(
                Row(f"cold tile z{zoom} over HTTP, {places:,} places", median, "target",
                    _TARGET_MS, "ms")
            )  # fmt: skip
            continue
        content = "the same tile" if zoom > 13 else "its points"
        peer = statistics.median(t for tile in both for t in other[tile])
        rows.append(
            Row(f"cold tile z{zoom} over HTTP, {places:,} places", median, f"tipg, {content}",
                peer, "ms")
        )  # fmt: skip
    return rows


def _path(tile: TileAddress) -> str:
    return f"/v1/tiles/places/{tile.z}/{tile.x}/{tile.y}"


def _tipg_path(tile: TileAddress) -> str:
    view = "tile_names" if tile.z >= NAMES_FROM_ZOOM else "tile_places"
    return f"/collections/public.{view}/tiles/WebMercatorQuad/{tile.z}/{tile.x}/{tile.y}"


def _time_all(address: str, paths: dict[TileAddress, str]) -> dict[TileAddress, float]:
    """Return the milliseconds of one request each, one after the other on one connection."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 0, timeout=60)
    times = {}
    try:
        for tile, path in paths.items():
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            times[tile] = (time.perf_counter() - begun) * 1000
            assert answer.status == http.client.OK, (path, answer.status)
    finally:
        connection.close()
    return times


def _get(address: str, path: str) -> tuple[bytes, str]:
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 0, timeout=60)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        return answer.read(), answer.headers["ETag"] or ""
    finally:
        connection.close()


def _weigh(ours: str, tiles: dict[int, list[tuple[TileAddress, int]]], places: int) -> Row:
    """Give the worst tile of all zooms; the table of zooms is only said."""
    sizes = {
        zoom: max(len(_get(ours, _path(tile))[0]) for tile, _count in listed) / 1000
        for zoom, listed in tiles.items()
    }
    say("  kB gzipped: " + ", ".join(f"z{zoom} {size:.1f}" for zoom, size in sizes.items()))
    what = f"biggest tile of places of all zooms, {places:,}, gzipped"
    return Row(what, max(sizes.values()), "the limit", _LIMIT_KB, "kB")


def _compare_warm(ours: str, tile: TileAddress, folder: Path) -> list[Row]:
    """Ask for one tile in memory as often as it goes, in turns with the bare application."""
    body, etag = _get(ours, _path(tile))
    _get(ours, _path(tile))
    (folder / "body").write_bytes(body)
    known = f"If-None-Match: {etag}"
    rates: dict[str, list[float]] = {}
    with serve_bare(folder / "body") as bare:
        for _ in range(_LOAD_ROUNDS):
            for name, address, path, header, status in (
                ("warm", ours, _path(tile), "", 200),
                ("bare", bare, "/200", "", 200),
                ("warm 304", ours, _path(tile), known, 304),
                ("bare 304", bare, "/304", known, 304),
            ):
                rates.setdefault(name, []).append(_load(address, path, header, status))
    median = {name: statistics.median(each) for name, each in rates.items()}
    kb = len(body) / 1000
    return [
        Row(f"tile in memory, {kb:.0f} kB, one process", median["warm"], "bare ASGI",
            median["bare"], "requests/s", better="higher"),
        Row("304 from memory, one process", median["warm 304"], "bare ASGI", median["bare 304"],
            "requests/s", better="higher"),
    ]  # fmt: skip


def _load(address: str, path: str, header: str, status: int) -> float:
    """Return answers per second, asked from a process of its own."""
    port = urlsplit(address).port
    headers = [header] if header else []
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench._load", str(port), str(_LOAD_S), path, *headers],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    count, spent, first = done.stdout.split()
    assert int(first) == status, (path, first)
    return int(count) / float(spent)


def _measure_cache() -> Row:
    """Fill a cache with small tiles, of which overhead is the largest part."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    cache = TileCache(64 * 1024 * 1024)
    for number in range(_KEPT_TILES):
        etag = f'W/"{number:024x}"'
        tile = Tile(bytes(number % 2_000), etag, etag.encode("ascii"))
        cache.put(TileKey("places", TileAddress(16, number, number)), (0, number), tile)
    used = (tracemalloc.get_traced_memory()[0] - before) / 1e6
    tracemalloc.stop()
    what = f"memory of {_KEPT_TILES:,} kept tiles"
    return Row(what, used, "what the cache counts", cache.used_bytes / 1e6, "MB")


def _measure_basemap(name: str, extract: Path) -> list[Row]:
    with open_database(f"bench_tiles_{name}") as url:
        summary = asyncio.run(
            import_osm(database_url=url, path=extract, progress=lambda _text: None)
        )
        assert summary.bounds is not None
        sizes, times = asyncio.run(_draw_all(url, Bounds(*summary.bounds)))
    for zoom in sizes:
        median, worst = statistics.median(times[zoom]), max(times[zoom])
        say(
            f"  basemap {name} z{zoom}: {max(sizes[zoom]) / 1000:.1f} kB gzipped at most,"
            f" {median:.1f} ms, {worst:.1f} ms at most"
        )
    biggest = max(max(each) for each in sizes.values()) / 1000
    slowest = max(statistics.median(each) for each in times.values())
    return [
        Row(f"basemap of {name}, biggest tile of all zooms, gzipped", biggest, "the limit",
            _LIMIT_KB, "kB"),
        Row(f"basemap of {name}, median of the slowest zoom, cold", slowest, "target", 50.0, "ms"),
    ]  # fmt: skip


async def _draw_all(
    url: str, bounds: Bounds
) -> tuple[dict[int, list[int]], dict[int, list[float]]]:
    """Draw the city at every zoom, evenly thinned; give bytes and milliseconds."""
    engine = create_read_engine(postgres.as_sqlalchemy(url), pool_size=2)
    sizes: dict[int, list[int]] = {}
    times: dict[int, list[float]] = {}
    layer = LAYERS["basemap"]
    for zoom in range(layer.min_zoom, layer.max_zoom + 1):
        service = TileService(session_factory(engine))
        tiles = list(iter_tiles(bounds, zoom, 0))
        await service.tile(layer.name, *tiles[0])
        for tile in tiles[:: max(len(tiles) // _MOST_TILES, 1)]:
            fresh = TileService(service._sessions)
            begun = time.perf_counter()
            drawn = await fresh.tile(layer.name, *tile)
            times.setdefault(zoom, []).append((time.perf_counter() - begun) * 1000)
            sizes.setdefault(zoom, []).append(len(drawn.body))
    await engine.dispose()
    return sizes, times
