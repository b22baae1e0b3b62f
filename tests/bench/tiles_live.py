"""An approval committed in one process until the tiles of a second process differ.

Two real API processes on one PostGIS. The clock starts when the commit is done and stops when the
second process has given the first tile with the new content, so one whole request is in it.
Measured for the word of a place, and for the word of a street, which has to pass through the
router of that process. The peer is the target.
"""

import asyncio
import gzip
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2
import mapbox_vector_tile
from sqlalchemy.ext.asyncio import create_async_engine

from api.local.steps import say
from geo.db.session import session_factory, write_session
from geo.ids import uuid7
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.words import PlaceWords, publish_words
from geo.tiles.grid import Bounds, iter_tiles
from tests.bench import Row
from tests.support import postgres
from tests.support.bodies import observe
from tests.support.live_city import STRUCTURE_ID, LiveCity, run_live_city

APPROVALS, TARGET_MS = 200, 100.0
_LANES = ["footway", "lift"]
_WARM = 5
_GIVE_UP_S = 20.0


def run() -> list[Row]:
    """Measure 200 changes of each sort, one after another."""
    begun = postgres.begin_run()
    try:
        with tempfile.TemporaryDirectory() as folder:
            name = postgres.name_database("bench_tiles_live")
            with run_live_city(name, Path(folder), _LANES) as city:
                places = asyncio.run(_measure_places(city))
                shown, judged = _measure_streets(city)
    finally:
        postgres.end_run(begun)
    rows = []
    for what, times in (
        ("published word of a place", places),
        ("approved measure of a street", shown),
        ("word of that street, through the router", judged),
    ):
        say(f"  {len(times)} times {what}, slowest {max(times):.0f} ms")
        p95 = statistics.quantiles(times, n=20)[-1]
        rows += [
            Row(f"{what} to the other process's tile, p50 of {APPROVALS}",
                statistics.median(times), "target", TARGET_MS, "ms"),
            Row(f"{what} to the other process's tile, p95 of {APPROVALS}", p95, "target",
                TARGET_MS, "ms"),
        ]  # fmt: skip
    return rows


class _Tile:
    """One tile of the second process, asked for with the tag that is known."""

    def __init__(self, client: httpx2.Client, layer: str, lon: float, lat: float) -> None:
        z, x, y = next(iter_tiles(Bounds(lon, lat, lon, lat), 16, 0))
        self._client, self._path = client, f"/v1/tiles/{layer}/{z}/{x}/{y}"
        self._layer, self._tag = layer, ""
        self.features: list[dict[str, Any]] = []

    def look(self) -> bool:
        """Ask once; whether the tile differs from the one before."""
        answer = self._client.get(self._path, headers={"If-None-Match": self._tag})
        if answer.status_code == httpx2.codes.NOT_MODIFIED:
            return False
        assert answer.status_code == httpx2.codes.OK, answer.text
        self._tag = answer.headers["ETag"]
        content = answer.content
        raw = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        self.features = mapbox_vector_tile.decode(raw)[self._layer]["features"]
        return True

    def await_value(self, feature: str | int, key: str, value: str) -> float:
        """Ask until a feature says so; gives when the first tile came that differed."""
        begun, differed = time.perf_counter(), 0.0
        while time.perf_counter() - begun < _GIVE_UP_S:
            if self.look():
                differed = differed or time.perf_counter()
                if self._find(feature).get(key) == value:
                    return differed
        raise AssertionError(f"{self._path} never said {key} {value}")

    def _find(self, feature: str | int) -> dict[str, Any]:
        for each in self.features:
            properties: dict[str, Any] = each["properties"]
            if feature in (each.get("id"), properties.get("id")):
                return properties
        return {}


async def _measure_places(city: LiveCity) -> list[float]:
    """Publish words of one place, and wait for them in the second process."""
    tile = _Tile(city.clients[1], "places", *city.lanes[1].spot)
    engine = create_async_engine(postgres.as_sqlalchemy(city.libpq_url))
    times = []
    for number in range(APPROVALS + _WARM):
        word = (Word.YES, Word.NO)[number % 2]
        words = dict.fromkeys(Profile, word)
        tile.look()
        async with write_session(session_factory(engine)) as db:
            await publish_words(db, {STRUCTURE_ID: PlaceWords(words, words, 50 + number % 2, ())})
        committed = time.perf_counter()
        tile.await_value(str(STRUCTURE_ID), f"entry_{Profile.DEAF}", word)
        if number >= _WARM:
            times.append((time.perf_counter() - committed) * 1000)
    await engine.dispose()
    return times


def _measure_streets(city: LiveCity) -> tuple[list[float], list[float]]:
    """Approve widths of one pavement; give the times until the tile shows them, and the word."""
    lane, key = city.lanes[0], uuid7()
    element = {
        "id": str(key),
        "kind": "pavement",
        "geometry": {"type": "LineString", "coordinates": lane.line},
        "osm_way_id": 1000 + lane.edge,
    }
    tile = _Tile(city.clients[1], "streets", *lane.spot)
    shown, judged = [], []
    for number in range(APPROVALS + _WARM):
        width, word = ((500, Word.NO), (1600, Word.UNKNOWN))[number % 2]
        sent = city.send_audit(element, observe(key, "path.width_min", width))
        tile.look()
        city.approve(sent)
        committed = time.perf_counter()
        differed = tile.await_value(lane.edge, f"can_{Profile.MANUAL_WHEELCHAIR}", word)
        if number >= _WARM:
            judged.append((time.perf_counter() - committed) * 1000)
            shown.append((differed - committed) * 1000)
    return shown, judged
