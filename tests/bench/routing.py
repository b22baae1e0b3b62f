"""Ways for a manual wheelchair beside Valhalla's, same extracts, same pairs, rounds taking turns.

Ours is 1: `full` is the whole answer as bytes (geometry, segments with evidence, steps in
Russian), `search` snapping and the path with its cost. Valhalla's `full` has a narrative in
Russian, its `search` none (`directions_type: none`). Medians of the medians of the rounds.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from api.local.steps import say
from geo.routing.answer import Route
from geo.routing.costs import make_rules
from geo.routing.geojson import dump_geojson
from geo.routing.reach import ReachRequest, find_reach
from tests.bench import Row
from tests.bench._routing_city import (
    CHAIR,
    EXTRACTS,
    City,
    Pair,
    ask,
    choose_pairs,
    keep_found,
    load_city,
)
from tests.bench._valhalla import WHEELCHAIR, Peer, PeerMissingError, ensure_tiles, open_peer
from tests.support import postgres

PAIRS, REACHES, ROUNDS = 500, 150, 3
_HALF_HOUR = {"contours": [{"time": 30}], "polygons": True}
_RANGES = {"1–5 km": (1000.0, 5000.0), "50–800 m": (50.0, 800.0)}


def run() -> list[Row]:
    """Measure each city whose extract is there."""
    rows: list[Row] = []
    begun = postgres.begin_run()
    try:
        for name, extract in EXTRACTS.items():
            if not extract.exists():
                say(f"  {name}: skipped, ../shared/data has no extract of it")
                continue
            try:
                tiles = ensure_tiles(name, extract)
            except PeerMissingError as reason:
                say(f"  {name}: skipped, {reason}")
                continue
            with ExitStack() as stack:
                city = stack.enter_context(load_city(name))
                peer = stack.enter_context(open_peer(tiles[0]))
                rows += _measure(city, peer)
                rows += _reach(city, peer)
                rows += _weigh(city, peer, tiles[1])
    finally:
        postgres.end_run(begun)
    return rows


def _measure(city: City, peer: Peer) -> list[Row]:
    rows = []
    for label, (low, high) in _RANGES.items():
        graph = city.router.pin().graph
        pairs = _keep_common(city, peer, choose_pairs(graph, low, high, PAIRS, seed=7))
        for what, ours, theirs in (
            ("full answer", _full, {"language": "ru-RU"}),
            ("snap and search", _search, {"directions_type": "none"}),
        ):
            mine, other = [], []
            orders = [as_request(pair) | theirs for pair in pairs]
            for _ in range(ROUNDS):
                mine.append(time_each(ours, city, pairs))
                other.append([ms for ms in peer.ask("route", orders)["ms"] if ms is not None])
            title = f"{city.name} {label}, {what}"
            rows += compare(title, mine, other)
    return rows


def _reach(city: City, peer: Peer) -> list[Row]:
    """Compare polygons of what is within 30 minutes; both draw them."""
    graph = city.router.pin().graph
    pairs = _keep_common(city, peer, choose_pairs(graph, 1000.0, 5000.0, REACHES, seed=9))
    mine, other = [], []
    for _ in range(ROUNDS):
        mine.append(time_each(_outline, city, pairs))
        orders = [
            {"locations": [{"lon": start.lon, "lat": start.lat}], **_HALF_HOUR, **WHEELCHAIR}
            for start, _ in pairs
        ]
        other.append([ms for ms in peer.ask("isochrone", orders)["ms"] if ms is not None])
    return compare(f"{city.name}, polygon of 30 minutes", mine, other)


def _outline(city: City, pair: Pair) -> object:
    pinned = city.router.pin()
    asked = ReachRequest(origins=[pair[0]], needs=CHAIR, budgets_s=[1800.0])
    return find_reach(pinned.planner, pinned.overlay, asked)


def compare(
    title: str, ours: list[list[float]], theirs: list[list[float]], peer: str = "Valhalla"
) -> list[Row]:
    """Return a row of medians and one of 95th percentiles, each the median of the rounds."""
    return [
        Row(
            f"{title}, {name}",
            statistics.median(pick(each) for each in ours),
            peer,
            statistics.median(pick(each) for each in theirs),
            "ms",
        )
        for name, pick in (("median", statistics.median), ("p95", _p95))
    ]


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def time_each(work: Callable[[City, Pair], object], city: City, pairs: list[Pair]) -> list[float]:
    """Return the milliseconds of each piece of work."""
    times = []
    for pair in pairs:
        begun = time.perf_counter()
        work(city, pair)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def _full(city: City, pair: Pair) -> bytes:
    answer = city.router.plan_route(ask(pair))
    assert isinstance(answer, Route)
    return dump_geojson(answer, "ru")


def _search(city: City, pair: Pair) -> object:
    pinned, request = city.router.pin(), ask(pair)
    rules, deadline = make_rules(request.needs), time.perf_counter() + request.deadline_s
    return pinned.planner.find_path(request, pinned.overlay, rules, deadline)


def as_request(pair: Pair) -> dict[str, Any]:
    """Return a pair as Valhalla wants it."""
    places = [{"lon": each.lon, "lat": each.lat} for each in pair]
    return {"locations": places, **WHEELCHAIR}


def _keep_common(city: City, peer: Peer, pairs: list[Pair]) -> list[Pair]:
    """Return the pairs between which both find a way."""
    found = keep_found(city.router, pairs)
    answers = peer.ask("route", [as_request(pair) for pair in found])["ms"]
    both = [pair for pair, ms in zip(found, answers, strict=True) if ms is not None]
    say(f"  {city.name}: of {len(pairs)} pairs {len(found)} have a way of ours, {len(both)} both")
    return both


def _weigh(city: City, peer: Peer, tiles_s: float) -> list[Row]:
    theirs = peer.ask("route", [])["rss_mb"]
    needs = CHAIR.profile.value
    return [
        Row(f"{city.name} network from the extract ({needs})", city.import_s + city.build_s,
            "Valhalla's tiles", tiles_s, "s"),
        Row(f"{city.name} memory: growth of the process, with machine code", city.rss_mb,
            "Valhalla's process", theirs, "MB"),
    ]  # fmt: skip
