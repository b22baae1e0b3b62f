"""How our search grows with the distance, and with the size of the network.

The peer is ourselves: the same work nearer by, or in a city instead of a country of two
million edges. One thread, a manual wheelchair, snapping and search; medians over the pairs.
"""

import statistics
import threading
import time

import numpy as np

from api.local.steps import say
from geo.mobility import CustomLimits, Profile
from geo.routing.costs import make_rules
from geo.routing.graph import Graph
from geo.routing.kernels import keep_code_in
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay, empty_overlay
from geo.routing.planner import Planner
from geo.routing.snapping import make_snapper
from tests.bench import Row
from tests.bench._routing_city import CHAIR, Pair, ask, choose_pairs, read_rss_mb
from tests.support.country import make_country
from tests.support.machine import LOCAL

SMALL, LARGE = 70_000, 2_000_000
"""Edges: as many as Almaty has, and a country."""
PAIRS, ROUNDS = 120, 3
_DISTANCES_KM = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_SAME_KM = (1.0, 5.0)
_THREADS = 4


def run() -> list[Row]:
    """Measure two made-up countries with the same streets, in turns."""
    keep_code_in(LOCAL / "kernels")
    small, large = make_country(SMALL), make_country(LARGE)
    say(f"  {small.edge_count:,} and {large.edge_count:,} edges")
    before = read_rss_mb()
    begun = time.monotonic()
    snapper = make_snapper(large)
    indexed = time.monotonic() - begun
    planner, overlay = Planner(large, snapper), empty_overlay(large)
    rows = _grow_with_distance(planner, overlay)
    city = Planner(small, make_snapper(small)), empty_overlay(small)
    rows += _grow_with_size((planner, overlay), city)
    rows += _differ(planner, overlay)
    rows.append(Row("index of 2 million edges", indexed, "of 70,000", _index_s(small), "s"))
    rows += _add_threads(planner, overlay, before)
    return rows


def _pairs(graph: Graph, km: float) -> list[Pair]:
    return choose_pairs(graph, km * 900.0, km * 1100.0, PAIRS, seed=11)


def _median_ms(planner: Planner, overlay: Overlay, pairs: list[Pair], needs: Needs) -> float:
    times = []
    for pair in pairs:
        request = ask(pair, needs)
        begun = time.perf_counter()
        planner.find_path(request, overlay, make_rules(needs), begun + request.deadline_s)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def _grow_with_distance(planner: Planner, overlay: Overlay) -> list[Row]:
    sets = {km: _pairs(planner.graph, km) for km in _DISTANCES_KM}
    found: dict[float, list[float]] = {km: [] for km in sets}
    for _ in range(ROUNDS):
        for km, pairs in sets.items():
            found[km].append(_median_ms(planner, overlay, pairs, CHAIR))
    least = statistics.median(found[_DISTANCES_KM[0]])
    return [
        Row(f"country, {km:g} km", statistics.median(each), "0.5 km", least, "ms")
        for km, each in found.items()
    ]


def _grow_with_size(large: tuple[Planner, Overlay], small: tuple[Planner, Overlay]) -> list[Row]:
    rows = []
    for km in _SAME_KM:
        times: list[list[float]] = [[], []]
        sets = [_pairs(planner.graph, km) for planner, _ in (large, small)]
        for _ in range(ROUNDS):
            for number, (planner, overlay) in enumerate((large, small)):
                times[number].append(_median_ms(planner, overlay, sets[number], CHAIR))
        ours, theirs = (statistics.median(each) for each in times)
        rows.append(Row(f"2 million edges, {km:g} km", ours, "70,000 edges", theirs, "ms"))
    return rows


def _differ(planner: Planner, overlay: Overlay) -> list[Row]:
    """Compare limits that nobody asked with before to limits just asked with."""
    pairs, new, known = _pairs(planner.graph, 5.0), [], []
    for number in range(ROUNDS):
        times = []
        for place, pair in enumerate(pairs):
            custom = CustomLimits(max_incline_up_permille=60 + place, min_width_mm=700 + number)
            needs = Needs(profile=Profile.MANUAL_WHEELCHAIR, custom=custom)
            times.append(_median_ms(planner, overlay, [pair], needs))
        new.append(statistics.median(times))
        known.append(_median_ms(planner, overlay, pairs, CHAIR))
    ours, theirs = statistics.median(new), statistics.median(known)
    return [Row("limits never asked with before, 5 km", ours, "the same again", theirs, "ms")]


def _index_s(graph: Graph) -> float:
    begun = time.monotonic()
    make_snapper(graph)
    return time.monotonic() - begun


def _add_threads(planner: Planner, overlay: Overlay, before: float) -> list[Row]:
    """Let more threads plan; each has scratch memory of its own."""
    pairs, one = _pairs(planner.graph, 5.0), read_rss_mb()
    threads = [
        threading.Thread(target=_median_ms, args=(planner, overlay, pairs, CHAIR))
        for _ in range(_THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    each = (read_rss_mb() - one) / _THREADS
    base = float(np.sum([array.nbytes for array in planner.graph.arrays]) / 2**20)
    return [
        Row("memory of one more thread, 2 million edges", each, "the network on disk", base, "MB"),
        Row("memory of index and one thread", one - before, "the network on disk", base, "MB"),
    ]
