"""Many places at once: where each meets the street, found in one call of a kernel.

What `Planner.seed` says of one place this says of thousands, with the same candidates and the
same costs; a test holds the two together. Owns no search.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.mobility import Word
from geo.routing.answer import Target
from geo.routing.costs import Rules
from geo.routing.encoding import ARC
from geo.routing.graph import DEGREES_E7
from geo.routing.kernels import kernel, maker
from geo.routing.overlay import Overlay
from geo.routing.planner import ACCESS_FACTOR, WORD_COST_S, Planner
from geo.routing.roadside import SAME_PLACE_M, Roads, lies_across
from geo.routing.shortcut import SEED, Table, make_table, seed_end
from geo.routing.snapping import HIT, MOST_HITS, Grid, Ground, Snapper, look_around, read_hit
from geo.routing.view import View
from geo.routing.walks import judge_records
from geo.routing.weights import AHEAD, BEHIND, PRICE


@dataclass(frozen=True, slots=True)
class Crowd:
    """Candidates of many places; those of place p are rows `first[p]` to `first[p + 1]`."""

    places: Sequence[Target]
    seeds: NDArray[Any]
    """`SEED` records; `place` counts in `places`."""
    hits: NDArray[Any]
    """`HIT` records, one per seed."""
    first: NDArray[np.int64]


def can_look_at_once(planner: Planner) -> bool:
    """Return whether places of this planner may be looked up together.

    Where areas are avoided, each place is looked at by itself.
    """
    return type(planner.snapper) is Snapper


def look_at_crowd(
    planner: Planner, overlay: Overlay, rules: Rules, places: Sequence[Target], *, ahead: bool
) -> Crowd:
    """Return where searches from (`ahead`) or to each place begin, as `Planner.seed` does."""
    rows = np.array([_row_of(place) for place in places], np.float64).reshape(-1, 3)
    most = 2 * MOST_HITS * len(places)
    seeds, hits = np.empty(most, SEED), np.empty(most, HIT)
    first = np.zeros(len(places) + 1, np.int64)
    prices = np.zeros((2, len(overlay.view.sorts)), PRICE)
    snapper, end = planner.snapper, AHEAD if ahead else BEHIND
    ground = snapper.grid, snapper.ground, make_table(1)
    found = seeds, hits, first
    count = _look_at_all(overlay.view, rules, prices, *ground, end, rows, ACCESS_FACTOR, *found)
    return Crowd(places, seeds[:count], hits[:count], first)


def time_crowd(
    planner: Planner, overlay: Overlay, rules: Rules, crowd: Crowd, chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return seconds between the vertex of each chosen candidate and inside its place."""
    seeds, hits = crowd.seeds.take(chosen), crowd.hits.take(chosen)
    edges = overlay.graph.arrays.edges
    records = np.asarray(overlay.view.arcs[edges["arc_forward"][hits["edge"]]], ARC)
    for row, edge in enumerate(hits["edge"].tolist()):
        if edge in overlay.records:
            records[row] = overlay.records[edge]
    signs = np.where(seeds["against"], -1, 1).astype(np.int64)
    shares = seeds["end"] - seeds["start"]
    along = judge_records(rules, records, signs).seconds
    flat = float(rules.pace[len(rules.pace) // 2])
    away = np.where(hits["distance_m"] >= SAME_PLACE_M, hits["distance_m"], 0.0)
    places = [crowd.places[number] for number in seeds["place"].tolist()]
    # Whole units, as an answer rounds both ends of the step: a road may lie just at one of them.
    spots = np.array([(place.lon, place.lat) for place in places]).reshape(-1, 2) / DEGREES_E7
    feet = np.column_stack([hits["x"], hits["y"]])
    doors = away * flat
    across = _find_across(planner.snapper.ground.roads, np.rint(spots), np.rint(feet)) & (
        away > 0.0
    )
    for row in np.flatnonzero(across).tolist():
        doors[row] = planner.time_access(rules, places[row], read_hit(hits.item(row)))
    doors += np.array([place.extra_seconds for place in places], np.float64)
    return np.asarray(np.where(shares > 0, along * shares, 0.0) + doors)


def _row_of(place: Target) -> tuple[float, float, float]:
    """Return longitude, latitude and what counts for a place; not a number where closed."""
    base = place.extra_seconds + WORD_COST_S.get(place.word, 0.0)
    return (math.nan if place.word is Word.NO else place.lon), place.lat, base


@kernel
def _look_at_all(
    view: View,
    rules: Rules,
    prices: NDArray[Any],
    grid: Grid,
    ground: Ground,
    table: Table,
    end: int,
    places: NDArray[np.float64],
    access_factor: float,
    seeds: NDArray[Any],
    hits: NDArray[Any],
    first: NDArray[np.int64],
) -> int:
    total = 0
    for place in range(len(places)):
        lon, lat = places[place, 0], places[place, 1]
        table.places[end, 0, 2] = places[place, 2]
        table.counts[end, 0] = look_around(
            view, rules, prices, grid, ground, lon, lat, False, table.hits[end, 0]
        )
        count = seed_end(ground, table, end, 1, access_factor)
        for number in range(count):
            seed = table.seeds[end, number]
            seeds[total] = seed
            seeds[total].place = place
            hits[total] = table.hits[end, 0, seed.hit]
            total += 1
        first[place + 1] = total
    return total


@maker
def _find_across(
    roads: Roads, spots: NDArray[np.float64], feet: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell for each step aside whether a bigger road lies on it."""
    across = np.zeros(len(feet), np.bool_)
    for row in range(len(feet)):
        across[row] = lies_across(roads, spots[row, 0], spots[row, 1], feet[row, 0], feet[row, 1])
    return across
