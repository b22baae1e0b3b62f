"""One way asked over HTTP on loopback, keep-alive, one caller: our server and Valhalla's.

Both are one process; ours is uvicorn with one worker, the database and everything else that a
real request passes (admission, place look-up, entrances, GeoJSON with steps). The same pairs
of 1–5 km in Almaty, in rounds that take turns.
"""

import http.client
import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from api.local.steps import say
from tests.bench import Row
from tests.bench._routing_city import EXTRACTS, City, Pair, choose_pairs, keep_found, load_city
from tests.bench._valhalla import PeerMissingError, ensure_tiles, serve_peer
from tests.bench.routing import ROUNDS, as_request, compare
from tests.support import postgres
from tests.support.city import RunningCity, run_server
from tests.support.machine import LOCAL

PAIRS = 300
_OK = 200


def run() -> list[Row]:
    """Measure Almaty, when its extract and the peer are there."""
    if not EXTRACTS["almaty"].exists():
        say("  skipped: ../shared/data has no extract of Almaty")
        return []
    begun = postgres.begin_run()
    try:
        config, _ = ensure_tiles("almaty", EXTRACTS["almaty"])
        with ExitStack() as stack:
            city = stack.enter_context(load_city("almaty"))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            ours = stack.enter_context(run_server(_describe(city, folder), folder=folder))
            theirs = stack.enter_context(serve_peer(config))
            return _measure(city, ours, theirs)
    except PeerMissingError as reason:
        say(f"  skipped: {reason}")
        return []
    finally:
        postgres.end_run(begun)


def _describe(city: City, folder: Path) -> RunningCity:
    """Return what our server needs to serve a city that is imported."""
    running = RunningCity(libpq_url=city.url, data_dir=folder / "data")
    running.environment = {
        "ESIK_DATABASE__URL": postgres.as_sqlalchemy(city.url),
        "ESIK_DATA_DIR": str(running.data_dir),
        "ESIK_CACHE_DIR": str(LOCAL / "cache"),
    }
    return running


def _measure(city: City, ours: str, theirs: str) -> list[Row]:
    graph = city.router.pin().graph
    pairs = keep_found(city.router, choose_pairs(graph, 1000.0, 5000.0, PAIRS, seed=7))
    pairs = [p for p in pairs if _time(theirs, [_for_valhalla(p)])[0] is not None]
    mine, other = [], []
    for _ in range(ROUNDS):
        mine.append(_found(_time(ours, [_for_us(pair) for pair in pairs])))
        other.append(_found(_time(theirs, [_for_valhalla(pair) for pair in pairs])))
    return compare("almaty 1–5 km over HTTP, full answer", mine, other)


def _found(times: list[float | None]) -> list[float]:
    """Return the times; nothing may fail while it is measured."""
    assert all(each is not None for each in times)
    return [each for each in times if each is not None]


def _time(address: str, paths: list[str]) -> list[float | None]:
    """Return the milliseconds of each request on one connection, `None` where it failed."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 0)
    times: list[float | None] = []
    try:
        for path in paths:
            begun = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            spent = (time.perf_counter() - begun) * 1000
            times.append(spent if answer.status == _OK else None)
    finally:
        connection.close()
    return times


def _for_us(pair: Pair) -> str:
    start, end = (f"{each.lon:.7f},{each.lat:.7f}" for each in pair)
    asked = {"from": start, "to": end, "profile": "manual_wheelchair", "lang": "ru"}
    return f"/v1/routes?{urlencode(asked)}"


def _for_valhalla(pair: Pair) -> str:
    order = as_request(pair) | {"language": "ru-RU"}
    # It reads a plus sign as itself.
    return f"/route?{urlencode({'json': json.dumps(order)}, quote_via=quote)}"
