"""An approval committed in one process until the routes of a second process differ.

Two real API processes on one PostGIS; each approval of a pavement's width opens or closes the
straight way of one street. The clock starts when the reviewer's answer has arrived (the commit
lies before it) and stops when the second process has given the first answer that differs, so one
whole request is in it. The peer is the target of the design.
"""

import statistics
import tempfile
import time
from pathlib import Path

from api.local.steps import say
from geo.ids import uuid7
from tests.bench import Row
from tests.support import postgres
from tests.support.bodies import observe
from tests.support.live_city import LiveCity, run_live_city

APPROVALS, TARGET_MS = 200, 250.0
_LANES = ["footway"] * 4
_WARM = 5


def run() -> list[Row]:
    """Measure 200 approvals, one after another."""
    begun = postgres.begin_run()
    try:
        with tempfile.TemporaryDirectory() as folder:
            name = postgres.name_database("bench_live")
            with run_live_city(name, Path(folder), _LANES) as city:
                times, plain = _measure(city)
    finally:
        postgres.end_run(begun)
    say(f"  {len(times)} approvals, slowest {max(times):.0f} ms")
    p95 = statistics.quantiles(times, n=20)[-1]
    return [
        Row("approval to the other process's routes, p50 of 200", statistics.median(times),
            "target", TARGET_MS, "ms"),
        Row("approval to the other process's routes, p95 of 200", p95, "target", TARGET_MS, "ms"),
        Row("of which one request, p50", statistics.median(plain), "target", TARGET_MS, "ms"),
    ]  # fmt: skip


def _measure(city: LiveCity) -> tuple[list[float], list[float]]:
    """Return milliseconds of each approval, and of a plain request beside each."""
    other, lane, key = city.clients[1], city.lanes[0], uuid7()
    element = {
        "id": str(key),
        "kind": "pavement",
        "geometry": {"type": "LineString", "coordinates": lane.line},
        "osm_way_id": 1000 + lane.edge,
    }
    times, plain = [], []
    for number in range(APPROVALS + _WARM):
        width, around = ((500, True), (1600, False))[number % 2]
        sent = city.send_audit(element, observe(key, "path.width_min", width))
        begun = time.perf_counter()
        assert city.goes_around(other, lane) is not around
        asked = time.perf_counter()
        city.approve(sent)
        committed = time.perf_counter()
        while city.goes_around(other, lane) is not around:
            pass
        seen = time.perf_counter()
        if number >= _WARM:
            times.append((seen - committed) * 1000)
            plain.append((asked - begun) * 1000)
    return times, plain
