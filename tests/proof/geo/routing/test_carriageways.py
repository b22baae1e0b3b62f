"""Nobody gets to the other side of a bigger road without a step that says so."""

import random
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from geo.mobility import Profile
from geo.routing.answer import Route, Target
from geo.routing.build import read_rows
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.graph import number
from geo.routing.kernels import keep_code_in
from geo.routing.needs import Needs
from geo.routing.overlay import empty_overlay
from geo.routing.plane import scale_at
from geo.routing.rows import EdgeRow
from geo.routing.service import Pinned
from geo.routing.streets import StreetBuilder
from tests.support.carriageways import Carriageways, Crossed
from tests.support.machine import LOCAL
from tests.support.osm_import import Import
from tests.support.proofs import CountProof, ProofSize, get_size
from tests.support.street_plans import ask, pin, random_city, walk_places

_WHEELS = Needs(profile=Profile.MANUAL_WHEELCHAIR)
_WALKS = Needs(profile=Profile.DEAF)
_LEAST_M, _MOST_M = 1_000.0, 5_000.0
_ROUTES = 500
whole_city = [
    pytest.mark.realdata,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(get_size() == "short", reason="whole cities only in `make proof`"),
]


@pytest.fixture(scope="module", autouse=True)
def _kept_kernels() -> None:
    keep_code_in(LOCAL / "kernels")


def _read_city(libpq_url: str) -> tuple[Pinned, list[EdgeRow]]:
    with psycopg.connect(libpq_url) as connection:
        nodes, edges = read_rows(connection)
    graph = number(StreetBuilder(nodes, edges).build(), "city")
    return pin(empty_overlay(graph)), edges


def _near_some_street(dice: random.Random, edges: list[EdgeRow]) -> Target:
    spot = dice.choice(edges).shape[0]
    shift = (dice.uniform(-2e-4, 2e-4), dice.uniform(-2e-4, 2e-4))
    return Target(lon=float(spot[0]) + shift[0], lat=float(spot[1]) + shift[1])


def _far_pair(dice: random.Random, edges: list[EdgeRow]) -> tuple[Target, Target]:
    while True:
        one, other = (_near_some_street(dice, edges) for _ in range(2))
        kx, ky = scale_at(one.lat)
        apart = abs(complex((one.lon - other.lon) * kx, (one.lat - other.lat) * ky))
        if _LEAST_M <= apart <= _MOST_M:
            return one, other


def _check_evidence(route: Route) -> None:
    for parts in route.evidence_mm:
        assert sum(parts) == route.length_mm


def test_planted_cities_are_crossed_by_name(proof_size: ProofSize, count_proof: CountProof) -> None:
    """Bigger roads at every angle, also without a common node: each change of side is named."""
    cities, met = (400 if proof_size == "long" else 15), 0
    for seed in range(cities):
        dice = random.Random(90_000 + seed)
        plan = random_city(dice)
        pinned, roads = plan.pin(), Carriageways(plan.edges)
        for start, end in walk_places(plan, dice, 12):
            answer = pinned.plan_route(ask(_WALKS, start, end))
            if isinstance(answer, Route):
                _check_evidence(answer)
                crossed = roads.list_crossed(answer)
                assert [each for each in crossed if not each.named] == [], seed
                met += len(crossed)
    assert met > cities
    count_proof("planted cities: named crossings of a bigger road", met)


async def _prove(
    city: Pinned, edges: list[EdgeRow], name: str, count_proof: CountProof
) -> Counter[Evidence]:
    dice, roads = random.Random(5), Carriageways(edges)
    unnamed: list[Crossed] = []
    met, found, slopes = 0, 0, Counter[Evidence]()
    for _ in range(_ROUTES):
        answer = city.plan_route(ask(_WHEELS, *_far_pair(dice, edges)))
        if isinstance(answer, Route):
            found += 1
            _check_evidence(answer)
            slopes.update(dict(zip(Evidence, answer.evidence_mm[LimitKind.INCLINE], strict=True)))
            crossed = roads.list_crossed(answer)
            unnamed += [each for each in crossed if not each.named]
            met += len(crossed)
    assert unnamed == []
    assert found > 0.95 * _ROUTES
    count_proof(f"{name}: routes of 1–5 km", found)
    count_proof(f"{name}: named crossings of a bigger road", met)
    count_proof(f"{name}: crossings of a bigger road that no step names", 0)
    return slopes


class TestWholeCities:
    """Real networks, five hundred ways each."""

    pytestmark = whole_city

    async def test_almaty(
        self, load: Import, libpq_url: str, shared_data: Path, count_proof: CountProof
    ) -> None:
        """No crossing without a name, and every slope is said to be assumed."""
        folder = shared_data / "almaty"
        await load(folder / "almaty-2024-10.osm.pbf", dem=folder)
        slopes = await _prove(*_read_city(libpq_url), "Almaty", count_proof)
        assert slopes[Evidence.MAPPED] < 0.01 * slopes.total()
        assert slopes[Evidence.AUDITED] == 0
        assert slopes[Evidence.ASSUMED] > 0.9 * slopes.total()

    async def test_porto(
        self, load: Import, libpq_url: str, shared_data: Path, count_proof: CountProof
    ) -> None:
        """No crossing without a name in a network with mapped pavements and crossings."""
        await load(shared_data / "porto" / "porto.osm.pbf")
        await _prove(*_read_city(libpq_url), "Porto", count_proof)
