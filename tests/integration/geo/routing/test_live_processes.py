"""What is approved or reported in one process changes the routes of another at once."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from shapely import LineString, Point
from sqlalchemy.ext.asyncio import create_async_engine

from audits.expiry import sweep_expired
from geo.db.session import session_factory, write_session
from geo.ids import uuid7
from geo.network.models import BarrierKind, BarrierState, OverrideTarget
from geo.network.overrides import BarrierChange, StreetOverride, apply_changes
from geo.tiles.clusters import fold_clusters
from geo.tiles.grid import Bounds, iter_tiles
from tests.support import postgres
from tests.support.bodies import observe
from tests.support.live_city import STRUCTURE_ID, Lane, LiveCity, run_live_city
from tests.support.tile_watch import Watch, publish_number

_SORTS = ["footway", "footway", "crossing", "lift", "footway", "gap", "footway"]
_PAVEMENT, _KERB, _CROSSING, _LIFT, _BARRIER, _GAP, _LOST = range(7)
_PUBLISHED, _BURST = 120, 4
_NEW = {"If-None-Match": "*"}
_KILL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'esik-feed'"
)


@pytest.fixture(scope="module")
def city(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveCity]:
    """Two processes over one city of lanes."""
    assert server_url
    name = postgres.name_database(f"{worker_id}_live")
    with run_live_city(name, tmp_path_factory.mktemp("live"), _SORTS) as running:
        yield running


def _element(kind: str, geometry: dict[str, Any], **more: object) -> tuple[UUID, dict[str, Any]]:
    key = uuid7()
    return key, {"id": str(key), "kind": kind, "geometry": geometry, **more}


def _point(place: tuple[float, float] | list[float]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(place)}


def test_an_audit_of_a_pavement(city: LiveCity) -> None:
    """Too narrow sends around, measured again after a repair leads straight."""
    lane = city.lanes[_PAVEMENT]
    line = {"type": "LineString", "coordinates": lane.line}
    key, element = _element("pavement", line, osm_way_id=1000 + lane.edge)
    for width, around in ((500, True), (1600, False)):
        sent = city.send_audit(element, observe(key, "path.width_min", width))
        city.await_everywhere(lane, around=not around)
        city.approve(sent)
        city.await_everywhere(lane, around=around)


def test_an_audit_of_a_kerb(city: LiveCity) -> None:
    """A kerb on a node between two stretches closes and opens them."""
    lane = city.lanes[_KERB]
    key, element = _element("kerb", _point(lane.middle), osm_node_ids=[lane.middle_node])
    for height, around in ((180, True), (10, False)):
        kind = observe(key, "kerb.kind", "raised", "estimate")
        city.approve(city.send_audit(element, kind, observe(key, "kerb.height", height)))
        city.await_everywhere(lane, around=around)


def test_an_audit_of_a_crossing(city: LiveCity) -> None:
    """A high kerb found at a mapped crossing closes the crossing."""
    lane = city.lanes[_CROSSING]
    line = {"type": "LineString", "coordinates": lane.line}
    key, element = _element("crossing", line, osm_way_id=1000 + lane.edge)
    for height, around in ((160, True), (0, False)):
        kind = observe(key, "kerb.kind", "raised", "estimate")
        city.approve(city.send_audit(element, kind, observe(key, "kerb.height", height)))
        city.await_everywhere(lane, around=around)


def test_a_lift_out_of_order(city: LiveCity) -> None:
    """An approved audit finds the lift broken, another finds it working."""
    lane = city.lanes[_LIFT]
    key, element = _element("lift", _point(lane.spot))
    for state, around in (("out_of_order", True), ("working", False)):
        answer = observe(key, "lift.state", state, "estimate")
        city.approve(city.send_audit(element, answer, place_id=str(STRUCTURE_ID)))
        city.await_everywhere(lane, around=around)


def test_a_barrier_is_reported_expires_is_confirmed_and_cleared(city: LiveCity) -> None:
    """Each change of its state arrives; the clock makes doubtful, only a reviewer clears."""
    lane = city.lanes[_BARRIER]
    path = f"/v1/barriers/{uuid7()}"
    body = {"kind": "dug_up", "geometry": _point(lane.spot)}
    made = city.clients[0].put(path, json=body, headers={**city.volunteer, **_NEW})
    assert made.json()["matched"] is True, made.text
    city.await_everywhere(lane, around=True)
    asyncio.run(_sweep(city))
    city.await_everywhere(lane, around=False)
    for outcome, around in (("confirm", True), ("clear", False)):
        decided = city.clients[1].post(
            f"{path}/decisions", json={"outcome": outcome}, headers=city.reviewer
        )
        assert decided.status_code == 201, decided.text
        city.await_everywhere(lane, around=around)


async def _sweep(city: LiveCity) -> None:
    async with city.write() as db:
        assert await sweep_expired(db, now=datetime.now(UTC) + timedelta(days=400))


def test_a_new_link_joins_what_the_map_leaves_apart(city: LiveCity) -> None:
    """A connection that the map does not have is walked everywhere, until it is taken off."""
    lane = city.lanes[_GAP]
    key = uuid7()
    link = StreetOverride(
        id=key,
        target=OverrideTarget.LINK,
        geom=LineString([lane.first, lane.middle]),
        attributes={"surface": "asphalt", "width_mm": 1800},
    )
    city.await_everywhere(lane, around=True)
    asyncio.run(_store(city, overrides=[link]))
    city.await_everywhere(lane, around=False)
    asyncio.run(_store(city, retired=[key]))
    city.await_everywhere(lane, around=True)


async def _store(city: LiveCity, **changes: Any) -> None:  # noqa: ANN401 - of `apply_changes`
    async with city.write() as db:
        await apply_changes(db, **changes)


def _change(lane: Lane, key: UUID, state: BarrierState) -> BarrierChange:
    return BarrierChange(id=key, kind=BarrierKind.DUG_UP, state=state, geom=Point(lane.spot))


def test_nothing_is_missed_while_the_listeners_are_killed(city: LiveCity) -> None:
    """Connections die while changes go on; afterwards every process has the last state."""
    lane, keys = city.lanes[_LOST], [uuid7() for _ in range(12)]
    killed = 0
    with psycopg.connect(city.libpq_url, autocommit=True) as admin:
        for number, key in enumerate(keys):
            asyncio.run(_store(city, barriers=[_change(lane, key, BarrierState.REPORTED)]))
            if number % 3 == 1:
                killed += (admin.execute(_KILL).fetchone() or (0,))[0]
            if number < len(keys) - 1:
                asyncio.run(_store(city, barriers=[_change(lane, key, BarrierState.CLEARED)]))
        assert killed >= len(city.clients)
        # All but one were cleared again: one missed report or clearing would show.
        city.await_everywhere(lane, around=True)
        admin.execute(_KILL)
        last = replace(_change(lane, keys[-1], BarrierState.CLEARED))
        asyncio.run(_store(city, barriers=[last]))
        city.await_everywhere(lane, around=False)


def test_an_approval_is_in_the_next_cluster_tile_and_stays(city: LiveCity) -> None:
    """While both processes are asked without a pause, the last of each burst shows in both.

    A stale tile that was kept as a fresh one would stay until the next burst. No process
    shows older words than it did before, no two contents share a tag, and folding the counts
    changes no tile, at the zoom of the world and at that of a quarter.
    """
    lon, lat = city.lanes[_LIFT].spot
    paths = [
        f"/v1/tiles/places/{zoom}/{tile.x}/{tile.y}?category=underpass"
        for zoom in (0, 13)
        for tile in iter_tiles(Bounds(lon, lat, lon, lat), zoom, 0)
    ]
    asyncio.run(_publish(city, [], range(1)))
    watches = [Watch(client, path) for client in city.clients for path in paths]
    for watch in watches:
        watch.look_for(0)
    over = threading.Event()
    with ThreadPoolExecutor(len(watches)) as pool:
        looking = [pool.submit(watch.look_until, over) for watch in watches]
        try:
            asyncio.run(_publish(city, watches, range(1, _PUBLISHED + 1)))
        finally:
            over.set()
        for each in looking:
            each.result()
    for watch in watches:
        assert watch.numbers == sorted(watch.numbers)
        assert all(len(shown) == 1 for shown in watch.tags.values())


async def _publish(city: LiveCity, watches: list[Watch], numbers: range) -> None:
    engine = create_async_engine(postgres.as_sqlalchemy(city.libpq_url))
    sessions = session_factory(engine)
    for number in numbers:
        async with write_session(sessions) as db:
            await publish_number(db, STRUCTURE_ID, number)
        if number % _BURST == 0:  # in between, tiles are drawn while the next is written
            for watch in watches:
                watch.await_number(number)
            async with write_session(sessions) as db:
                await fold_clusters(db, batch=3)
    await engine.dispose()
