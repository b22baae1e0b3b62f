"""Searches against plain Dijkstra on real networks, for profiles and limits of every kind."""

import math
import random
from pathlib import Path

import numpy as np
import psycopg
import pytest

from geo.mobility import Profile
from geo.routing.build import read_rows
from geo.routing.graph import number
from geo.routing.kernels import keep_code_in
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay
from geo.routing.search import Scratch
from geo.routing.streets import StreetBuilder
from tests.support.machine import LOCAL
from tests.support.oracle import WholeCity, add_preferences, kernel_cost, random_needs
from tests.support.osm_import import Import
from tests.support.proofs import CountProof, get_size
from tests.support.street_plans import StreetPlan
from tests.support.street_reports import random_overlay

pytestmark = [pytest.mark.realdata, pytest.mark.timeout(3600)]
_PROFILES = (Profile.MANUAL_WHEELCHAIR, Profile.LOW_VISION, Profile.DEAF)
_ENDS = 5
_REPORTED = 0.02
"""Share of measures and reports, beside that of planted cities."""
whole = pytest.mark.skipif(get_size() == "short", reason="whole cities only in `make proof`")


@pytest.fixture(scope="module", autouse=True)
def _kept_kernels() -> None:
    keep_code_in(LOCAL / "kernels")


def _read_city(libpq_url: str) -> Overlay:
    """Return a city with some measures, reports and links laid over it."""
    with psycopg.connect(libpq_url) as connection:
        nodes, edges = read_rows(connection)
    plan = StreetPlan()
    plan.nodes, plan.edges = nodes, edges
    graph = number(StreetBuilder(nodes, edges).build(), "city")
    return random_overlay(random.Random(3), plan, graph, share=_REPORTED)


def _people(dice: random.Random, count: int) -> list[Needs]:
    """Return each of three profiles as it is, then people with limits of their own."""
    plain = [Needs(profile=profile) for profile in _PROFILES]
    return (plain + [add_preferences(dice, random_needs(dice)) for _ in range(count)])[:count]


def _compare(overlay: Overlay, pairs: int, people: int) -> tuple[int, int]:
    """Return how many pairs were compared, and between how many of them there is a way."""
    dice, city = random.Random(11), WholeCity(overlay)
    scratch = Scratch(len(overlay.view.lon), len(overlay.view.head) + len(overlay.view.links))
    starts_each = -(-pairs // (people * _ENDS))
    compared = found = 0
    for needs in _people(dice, people):
        weights = city.weigh(needs)
        leaves = np.flatnonzero(np.diff(weights.indptr))
        for _ in range(starts_each):
            start = int(leaves[dice.randrange(len(leaves))])
            expected = city.costs_from(weights, start)
            near = np.flatnonzero(np.isfinite(expected))
            # Most from where one can get to, one from anywhere: that may be nowhere.
            ends = [int(near[dice.randrange(len(near))]) for _ in range(_ENDS - 1)]
            for end in [*ends, dice.randrange(city.vertices)]:
                cost = kernel_cost(overlay, needs, scratch, start, end)
                assert cost == pytest.approx(expected[end], rel=1e-5), (needs, start, end)
                compared += 1
                found += math.isfinite(cost)
    return compared, found


async def test_helsinki(
    load: Import, libpq_url: str, shared_data: Path, count_proof: CountProof
) -> None:
    """A small centre with mapped kerbs, crossings and doorsteps: the short form."""
    await load(shared_data / "helsinki" / "helsinki-centre.osm.pbf")
    compared, found = _compare(_read_city(libpq_url), 200, 10)
    assert found > 0.6 * compared
    count_proof("Helsinki: pairs with the cost of plain Dijkstra", compared)


@whole
@pytest.mark.parametrize("name", ["almaty", "porto"])
async def test_whole_city(
    name: str, load: Import, libpq_url: str, shared_data: Path, count_proof: CountProof
) -> None:
    """Two thousand pairs for three profiles and random limits."""
    extract = {"almaty": "almaty-2024-10", "porto": "porto"}[name]
    folder = shared_data / name
    await load(folder / f"{extract}.osm.pbf", dem=folder if name == "almaty" else None)
    overlay = _read_city(libpq_url)
    compared, found = _compare(overlay, 2000, 60)
    assert compared >= 2000
    assert found > 0.6 * compared
    count_proof(f"{name}: pairs with the cost of plain Dijkstra", compared)
    count_proof(f"{name}: of these with a way", found)
    count_proof(f"{name}: edges changed by measures and reports", len(overlay.records))
