"""Real cities for routing benchmarks: imported, built, with pairs of places to walk between."""

import asyncio
import gc
import math
import random
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geo.mobility import Profile, Word
from geo.osm.importer import import_osm
from geo.routing.answer import Route, RouteRequest, Target
from geo.routing.graph import Graph
from geo.routing.needs import Needs
from geo.routing.plane import scale_at
from geo.routing.service import Router, open_router
from tests.bench._valhalla import FOLDER
from tests.support import postgres
from tests.support.machine import LOCAL, SHARED_DATA

CHAIR = Needs(profile=Profile.MANUAL_WHEELCHAIR)
EXTRACTS = {
    "almaty": SHARED_DATA / "almaty/almaty-2024-10.osm.pbf",
    "porto": SHARED_DATA / "porto/porto.osm.pbf",
}
_ELEVATION = {"almaty": SHARED_DATA / "almaty"}
_BESIDE_DEG = 2e-4
_TRIES = 400

Pair = tuple[Target, Target]


@dataclass(frozen=True)
class City:
    """A city that is loaded, and what loading it took."""

    name: str
    router: Router
    url: str
    import_s: float
    build_s: float
    rss_mb: float
    """What this process grew by."""


@contextmanager
def load_city(name: str) -> Iterator[City]:
    """Import an extract into a database of its own and open a router on it."""
    database = postgres.name_database(f"bench_{name}")
    url, before = postgres.create_database(database), read_rss_mb()
    try:
        begun = time.monotonic()
        asyncio.run(
            import_osm(
                database_url=postgres.as_sqlalchemy(url),
                path=EXTRACTS[name],
                dem=_ELEVATION.get(name),
                progress=lambda _text: None,
            )
        )
        imported = time.monotonic()
        router = asyncio.run(open_router(url, FOLDER / "graphs" / name, LOCAL / "kernels"))
        router.warm_up()
        built = time.monotonic()
        rss = read_rss_mb() - before
        gc.freeze()  # as the web server does, see `api.lifespan`
        yield City(name, router, url, imported - begun, built - imported, rss)
    finally:
        gc.unfreeze()
        postgres.drop_database(database)


def read_rss_mb() -> float:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def choose_pairs(graph: Graph, low_m: float, high_m: float, count: int, seed: int) -> list[Pair]:
    """Return places beside the largest connected part, so far apart as the crow flies."""
    dice, arrays = random.Random(seed), graph.arrays
    component = arrays.edges["component"]
    edges = np.flatnonzero(component == np.bincount(component).argmax())
    firsts = arrays.edges["first"][edges]
    lon, lat = arrays.lon[firsts] * 1e-7, arrays.lat[firsts] * 1e-7

    def beside(number: int) -> Target:
        east, north = (dice.uniform(-_BESIDE_DEG, _BESIDE_DEG) for _ in range(2))
        spot = float(lon[number]) + east, float(lat[number]) + north
        return Target(lon=spot[0], lat=spot[1], word=Word.YES)

    pairs: list[Pair] = []
    while len(pairs) < count:
        start = beside(dice.randrange(len(firsts)))
        kx, ky = scale_at(start.lat)
        away = np.hypot((lon - start.lon) * kx, (lat - start.lat) * ky)
        ring = np.flatnonzero((away >= low_m) & (away <= high_m))
        if len(ring):
            pairs.append((start, beside(int(dice.choice(ring)))))
    return pairs


def ask(pair: Pair, needs: Needs = CHAIR) -> RouteRequest:
    """Return the request for a pair."""
    return RouteRequest(origins=[pair[0]], targets=[pair[1]], needs=needs)


def keep_found(router: Router, pairs: list[Pair]) -> list[Pair]:
    """Return the pairs between which we find a way."""
    return [pair for pair in pairs if isinstance(router.plan_route(ask(pair)), Route)]


def crow_km(pair: Pair) -> float:
    """Return the straight distance of a pair."""
    kx, ky = scale_at(pair[0].lat)
    dx, dy = (pair[0].lon - pair[1].lon) * kx, (pair[0].lat - pair[1].lat) * ky
    return math.hypot(dx, dy) / 1000
