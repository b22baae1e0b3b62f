"""The same network in pgRouting: bidirectional A* with the exact heuristic, weights stored.

pgRouting gets every advantage: our weights of one profile as columns, nodes instead of places,
and a box of 1 km around both ends (which loses a few per cent of the ways). Ours snaps both
places and prices what it meets. `pgr_bdAstar` with heuristic 4 (straight line), because the
default one is not exact. Needs Debian's `postgresql-<version>-pgrouting` beside PostGIS.
"""

import time
from contextlib import ExitStack

import numpy as np
import psycopg
from numpy.typing import NDArray

from api.local.steps import say
from geo.routing.costs import make_rules
from geo.routing.weights import price_all
from tests.bench import Row
from tests.bench._routing_city import CHAIR, EXTRACTS, City, Pair, ask, choose_pairs, load_city
from tests.bench.routing import ROUNDS, compare
from tests.support import postgres

PAIRS = 60
_BOX_M = 1000.0
_METRE = 111_195.08
_TABLE = (
    "CREATE TABLE bench_ways (id bigint, source bigint, target bigint, cost float8,"
    " reverse_cost float8, x1 float8, y1 float8, x2 float8, y2 float8)"
)
_ASK = (
    "SELECT count(*), max(agg_cost) FROM pgr_bdAstar('SELECT * FROM bench_ways"
    " WHERE x1 BETWEEN {west} AND {east} AND y1 BETWEEN {south} AND {north}',"
    " {start}, {end}, true, heuristic => 4)"
)


def run() -> list[Row]:
    """Measure Almaty, when its extract and the extension are there."""
    if not EXTRACTS["almaty"].exists():
        say("  skipped: ../shared/data has no extract of Almaty")
        return []
    begun = postgres.begin_run()
    try:
        with ExitStack() as stack:
            city = stack.enter_context(load_city("almaty"))
            connection = stack.enter_context(psycopg.connect(city.url, autocommit=True))
            try:
                connection.execute("CREATE EXTENSION pgrouting")
            except psycopg.Error as error:
                say(f"  skipped, no pgRouting: {str(error).splitlines()[0]}")
                return []
            return _measure(city, connection)
    finally:
        postgres.end_run(begun)


def _measure(city: City, connection: psycopg.Connection) -> list[Row]:
    begun = time.monotonic()
    places = _load(city, connection)
    say(f"  table and index in {time.monotonic() - begun:.1f} s")
    pairs = choose_pairs(city.router.pin().graph, 1000.0, 5000.0, PAIRS, seed=7)
    mine, other, lost = [], [], 0
    for _ in range(ROUNDS):
        mine.append([_ours(city, pair) for pair in pairs])
        answers = [_theirs(connection, places, pair) for pair in pairs]
        other.append([ms for ms, _ in answers])
        lost = sum(not found for _, found in answers)
    say(f"  pgRouting loses {lost} of {len(pairs)} ways to its box")
    rows = compare("almaty 1–5 km, snap and search", mine, other, peer="pgr_bdAstar")
    size = connection.execute("SELECT pg_total_relation_size('bench_ways') / 1e6").fetchone()
    assert size is not None
    base = sum(array.nbytes for array in city.router.pin().graph.arrays) / 1e6
    return [*rows, Row("almaty network on disk", base, "its table", float(size[0]), "MB")]


def _load(city: City, connection: psycopg.Connection) -> NDArray[np.float64]:
    """Write our weights into a table.

    Return per vertex x and y in seconds of walking, in which the straight line is a safe
    estimate, and longitude and latitude.
    """
    pinned, rules = city.router.pin(), make_rules(CHAIR)
    graph, view = pinned.graph, pinned.overlay.view
    weights = np.empty((2, len(view.head)), np.float32)
    price_all(view, rules, 0, weights)
    pace = pinned.overlay.least_pace(rules)
    wide = np.cos(np.radians(graph.lat_limit))
    places = np.column_stack([graph.arrays.lon * wide, graph.arrays.lat]) * 1e-7 * _METRE * pace
    edges = graph.arrays.edges
    costs = [np.where(np.isfinite(weights[0]), weights[0], -1.0)[edges[name]] for name in _ARCS]
    ends = [places[edges[name]] for name in ("first", "last")]
    columns = (edges["first"], edges["last"], *costs, *ends[0].T, *ends[1].T)
    rows = zip(range(len(edges)), *(column.tolist() for column in columns), strict=True)
    connection.execute(_TABLE)
    with connection.cursor().copy("COPY bench_ways FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute("CREATE INDEX ON bench_ways (x1, y1)")
    connection.execute("ANALYZE bench_ways")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    return np.column_stack([places, graph.arrays.lon * 1e-7, graph.arrays.lat * 1e-7])


_ARCS = ("arc_forward", "arc_backward")


def _ours(city: City, pair: Pair) -> float:
    pinned, request = city.router.pin(), ask(pair)
    begun = time.perf_counter()
    rules, deadline = make_rules(request.needs), begun + request.deadline_s
    pinned.planner.find_path(request, pinned.overlay, rules, deadline)
    return (time.perf_counter() - begun) * 1000


def _theirs(
    connection: psycopg.Connection, places: NDArray[np.float64], pair: Pair
) -> tuple[float, bool]:
    """Return the milliseconds of one search from node to node, and whether there was a way."""
    nodes = [_nearest(places, each.lon, each.lat) for each in pair]
    there = places[nodes]
    metre_s = _metre_s(places)
    low = there[:, :2].min(axis=0) - _BOX_M * metre_s
    high = there[:, :2].max(axis=0) + _BOX_M * metre_s
    query = _ASK.format(
        west=low[0], south=low[1], east=high[0], north=high[1], start=nodes[0], end=nodes[1]
    )
    begun = time.perf_counter()
    found = connection.execute(query.encode()).fetchone()
    spent = (time.perf_counter() - begun) * 1000
    return spent, bool(found and found[0])


def _metre_s(places: NDArray[np.float64]) -> float:
    """Return how much of a table's unit one metre is."""
    spread = places[:, 1].max() - places[:, 1].min()
    return float(spread / ((places[:, 3].max() - places[:, 3].min()) * _METRE))


def _nearest(places: NDArray[np.float64], lon: float, lat: float) -> int:
    wide = np.cos(np.radians(lat))
    away = ((places[:, 2] - lon) * wide) ** 2 + (places[:, 3] - lat) ** 2
    return int(np.argmin(away))
