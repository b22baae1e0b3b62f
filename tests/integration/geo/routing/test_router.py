"""The router on a real database: build, follow changes, swap, survive damage."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
import psycopg
import pytest

from geo.db.changes import ChangeKind, ChangeRow
from geo.db.feed import ChangeFeed
from geo.ids import uuid7
from geo.mobility import Profile
from geo.routing.answer import Route
from geo.routing.build import ensure_base
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.graph import path_of
from geo.routing.needs import Needs
from geo.routing.overlay import apply, empty_overlay
from geo.routing.service import Router, open_router
from tests.support.machine import LOCAL, PATIENCE_S, ROOT
from tests.support.street_plans import StreetPlan, ask, detour
from tests.support.street_tables import store_plan

CHAIR = Needs(profile=Profile.MANUAL_WHEELCHAIR)


@pytest.fixture
def city() -> tuple[StreetPlan, list[int]]:
    """Three ways between two places: straight on, or three times as far."""
    return detour({"surface": "asphalt", "name": {"kk": "Абай даңғылы"}})


@pytest.fixture
async def look(clean_database: str, libpq_url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """Autocommit connection to this worker's database."""
    assert clean_database
    async with await psycopg.AsyncConnection.connect(libpq_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def router(
    look: psycopg.AsyncConnection,
    libpq_url: str,
    city: tuple[StreetPlan, list[int]],
    tmp_path: Path,
) -> Router:
    """A router on the stored city."""
    await store_plan(look, city[0])
    return await open_router(libpq_url, tmp_path, LOCAL / "kernels")


def is_far(router: Router, city: tuple[StreetPlan, list[int]]) -> bool:
    """Whether the way between the two places goes around."""
    plan, nodes = city
    answer = router.plan_route(ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[3])))
    assert isinstance(answer, Route)
    return answer.distance_m > 500


async def put_override(look: psycopg.AsyncConnection, edge: int, attributes: str) -> UUID:
    """Store an override of one edge, as an approval does, and return its id."""
    key = uuid7()
    await look.execute(
        "INSERT INTO edge_overrides (id, target, state, geom, edge_ids, attributes)"
        " SELECT %s, 'edge', 'active', geom, ARRAY[id], %s FROM street_edges WHERE id = %s",
        (key, attributes, edge),
    )
    return key


async def put_barrier(look: psycopg.AsyncConnection, edge: int, state: str = "reported") -> UUID:
    """Store a barrier on the middle of one edge and return its id."""
    key = uuid7()
    await look.execute(
        "INSERT INTO barriers (id, kind, state, geom, edge_ids) SELECT %s, 'dug_up', %s,"
        " ST_LineInterpolatePoint(geom, 0.5), ARRAY[id] FROM street_edges WHERE id = %s",
        (key, state, edge),
    )
    return key


def change(kind: ChangeKind, subject: object = "") -> ChangeRow:
    """Return a change as the feed gives it."""
    return ChangeRow(id=1, kind=kind, subject_id=str(subject), data={}, bounds=None)


async def test_streets_from_the_database_are_the_streets_that_were_stored(
    router: Router, city: tuple[StreetPlan, list[int]]
) -> None:
    """Building from PostGIS gives the arrays that building from the same rows gives."""
    stored, planted = router.pin().graph.arrays, city[0].graph().arrays
    for name in ("lon", "lat", "node_id", "first_arc", "head", "arcs", "shapes", "names"):
        assert np.array_equal(getattr(stored, name), getattr(planted, name)), name
    assert not is_far(router, city)


async def test_an_override_and_its_retirement_change_the_next_route(
    router: Router, city: tuple[StreetPlan, list[int]], look: psycopg.AsyncConnection
) -> None:
    """A measured kerb sends around at once; once retired, straight again; twice is harmless."""
    key = await put_override(look, 2, '{"kerb_height_mm": 120}')
    row = change(ChangeKind.EDGE_OVERRIDE, key)
    await router.on_changes([row, row])
    assert is_far(router, city)
    await look.execute("UPDATE edge_overrides SET state = 'retired' WHERE id = %s", (key,))
    await router.on_changes([row])
    assert not is_far(router, city)


async def test_an_audited_value_is_counted_as_audited(
    router: Router, city: tuple[StreetPlan, list[int]], look: psycopg.AsyncConnection
) -> None:
    """The answer says how many metres of width were measured on site."""
    plan, nodes = city
    key = await put_override(look, 2, '{"width_mm": 1500}')
    await router.on_changes([change(ChangeKind.EDGE_OVERRIDE, key)])
    answer = router.plan_route(ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[3])))
    assert isinstance(answer, Route)
    width = answer.evidence_mm[LimitKind.WIDTH]
    assert width[Evidence.AUDITED] == pytest.approx(101_500, rel=0.01)
    assert sum(width) == answer.length_mm


async def test_a_barrier_lives_and_expires(
    router: Router, city: tuple[StreetPlan, list[int]], look: psycopg.AsyncConnection
) -> None:
    """Reported closes; expired may be walked and is doubtful; cleared is forgotten."""
    key = await put_barrier(look, 2)
    row = change(ChangeKind.BARRIER, key)
    await router.on_changes([row])
    assert is_far(router, city)
    for state, doubtful in (("expired", 1), ("cleared", 0)):
        await look.execute("UPDATE barriers SET state = %s WHERE id = %s", (state, key))
        await router.on_changes([row])
        assert not is_far(router, city)
        assert len(router.pin().overlay.notices) == doubtful


async def test_a_change_does_not_wait_for_busy_threads(
    router: Router, city: tuple[StreetPlan, list[int]], look: psycopg.AsyncConnection
) -> None:
    """Whatever keeps every thread of the loop busy, the next route knows of the barrier."""
    key, done, loop = await put_barrier(look, 2), threading.Event(), asyncio.get_running_loop()
    busy = [loop.run_in_executor(None, done.wait, 2 * PATIENCE_S) for _ in range(64)]
    try:
        row = change(ChangeKind.BARRIER, key)
        await asyncio.wait_for(router.on_changes([row]), PATIENCE_S)
    finally:
        done.set()
        await asyncio.gather(*busy)
    assert is_far(router, city)


async def test_what_was_there_before_opening_is_in_force(
    router: Router,
    city: tuple[StreetPlan, list[int]],
    look: psycopg.AsyncConnection,
    libpq_url: str,
    tmp_path: Path,
) -> None:
    """A second process opens the same base file and the same overlay."""
    await put_barrier(look, 2)
    assert not is_far(router, city)
    second = await open_router(libpq_url, tmp_path, LOCAL / "kernels")
    assert is_far(second, city)
    assert second.pin().graph.key == router.pin().graph.key
    assert len(list(tmp_path.glob("*.graph"))) == 1  # noqa: ASYNC240 - a tiny folder


async def test_changes_come_through_the_feed(
    router: Router,
    city: tuple[StreetPlan, list[int]],
    look: psycopg.AsyncConnection,
    libpq_url: str,
) -> None:
    """A row of the change log, committed elsewhere, reaches the routes without being asked."""
    arrived = asyncio.Event()

    async def take(rows: Sequence[ChangeRow]) -> None:
        await router.on_changes(rows)
        arrived.set()

    feed = ChangeFeed(libpq_url, take, poll_s=0.2)
    await feed.start()
    key = await put_barrier(look, 2)
    await look.execute("INSERT INTO changes (kind, subject_id) VALUES ('barrier', %s)", (str(key),))
    await look.execute("NOTIFY esik_changes")
    await asyncio.wait_for(arrived.wait(), PATIENCE_S)
    await feed.stop()
    assert is_far(router, city)


async def test_an_import_swaps_the_base_and_drops_nobody(
    router: Router, city: tuple[StreetPlan, list[int]], look: psycopg.AsyncConnection
) -> None:
    """While new streets are built, requests go on; who pinned the old pair keeps it."""
    plan, nodes = city
    pinned = router.pin()
    plan.edges[1].kerb_height_mm = 140
    await store_plan(look, plan)
    question = ask(CHAIR, plan.target(nodes[0]), plan.target(nodes[3]))
    swap = asyncio.create_task(router.on_changes([change(ChangeKind.NETWORK)]))
    answers = []
    while not swap.done():
        answers.append(await asyncio.to_thread(router.plan_route, question))
    await swap
    assert answers
    assert all(isinstance(answer, Route) for answer in answers)
    assert is_far(router, city)
    old = pinned.plan_route(question)
    assert isinstance(old, Route)
    assert old.distance_m < 500
    assert old.graph_key != router.pin().graph.key


async def test_overrides_stay_in_force_over_a_new_base(
    router: Router, city: tuple[StreetPlan, list[int]], look: psycopg.AsyncConnection
) -> None:
    """After a swap the overlay is read again for the edges of the new network."""
    await put_override(look, 2, '{"kerb_height_mm": 120}')
    city[0].edges[0].surface = "asphalt"
    await store_plan(look, city[0])
    await router.rebuild()
    assert is_far(router, city)


async def test_a_damaged_base_is_built_anew(router: Router, libpq_url: str, tmp_path: Path) -> None:
    """A file that was cut short is noticed and replaced."""
    path = path_of(tmp_path, router.pin().graph.key)
    path.write_bytes(path.read_bytes()[:-64])
    graph = await asyncio.to_thread(ensure_base, libpq_url, tmp_path)
    assert graph.edge_count == router.pin().graph.edge_count


async def test_a_city_without_streets_opens(
    libpq_url: str, clean_database: str, tmp_path: Path
) -> None:
    """A fresh database has no network: the router opens, and warms up over nothing."""
    assert clean_database
    router = await open_router(libpq_url, tmp_path, LOCAL / "kernels")
    router.warm_up()
    assert router.pin().graph.edge_count == 0


async def test_a_change_of_something_else_changes_nothing(router: Router) -> None:
    """Rows about audits and places are not the router's business."""
    before = router.pin()
    await router.on_changes([change(ChangeKind.AUDIT, uuid7()), change(ChangeKind.PLACE, uuid7())])
    assert router.pin() is before


async def test_an_unmatched_override_lies_nowhere(
    router: Router, city: tuple[StreetPlan, list[int]], look: psycopg.AsyncConnection
) -> None:
    """What the matcher could not place, or what names an edge of an older network, is ignored."""
    key = await put_override(look, 2, '{"kerb_height_mm": 120}')
    await look.execute("UPDATE edge_overrides SET edge_ids = '{999999}' WHERE id = %s", (key,))
    await router.on_changes([change(ChangeKind.EDGE_OVERRIDE, key)])
    assert not is_far(router, city)
    assert not apply(empty_overlay(router.pin().graph)).records


async def test_the_first_way_compiles_nothing(
    router: Router, libpq_url: str, city: tuple[StreetPlan, list[int]], tmp_path: Path
) -> None:
    """Whoever asks first after a start does not wait for machine code."""
    assert router.pin().graph.edge_count
    plan, nodes = city
    ends = [plan.target(node) for node in (nodes[0], nodes[3])]
    spots = [f"{value:.7f}" for end in ends for value in (end.lon, end.lat)]
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.support.first_route", libpq_url, str(tmp_path), *spots],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.stdout.split("\n")[-2:] == ["ways 2", ""]
    assert done.stdout.count("\n") == 1, done.stdout
