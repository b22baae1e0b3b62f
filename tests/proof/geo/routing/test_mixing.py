"""An answer is wholly of one version, however much changes while it is searched.

Two corridors run side by side with a rung at every cell. One version leaves each cell open on one
side only, the next on the other side only, half of it by measures and half by reports. So of all
the ways there are, each version has exactly one, and any mixture has another or none.
"""

import asyncio
import itertools
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from geo.db.changes import ChangeKind, ChangeRow
from geo.db.feed import ChangeFeed
from geo.ids import uuid7
from geo.mobility import Profile
from geo.routing.answer import NoRoute, Route, RouteRequest
from geo.routing.needs import Needs
from geo.routing.overlay import Overlay, apply
from geo.routing.service import Router, open_router
from tests.support.machine import LOCAL, PATIENCE_S
from tests.support.proofs import CountProof, ProofSize, get_size
from tests.support.street_plans import STEP_LON, WEST, StreetPlan, ask, pin
from tests.support.street_tables import store_plan

CELLS = {"short": 100, "long": 500}
"""Twice as many edges change at once."""
CALLERS = 8
_FEW = 20
_STEP = 0.2
_MIXED = "mixed"
_SET_UP = """
INSERT INTO edge_overrides (id, target, state, geom, edge_ids, attributes)
SELECT gen_random_uuid(), 'edge', 'active', geom, ARRAY[id], '{}'
FROM street_edges WHERE id <= %(cells)s;
INSERT INTO barriers (id, kind, state, geom, edge_ids)
SELECT gen_random_uuid(), 'dug_up', 'cleared', ST_LineInterpolatePoint(geom, 0.5), ARRAY[id]
FROM street_edges WHERE id > %(cells)s AND id <= 2 * %(cells)s
"""
_FLIP = (
    "WITH o AS (UPDATE edge_overrides SET attributes ="
    " jsonb_build_object('locked', (edge_ids[1] + %(version)s) %% 2 = 0) RETURNING id),"
    " b AS (UPDATE barriers SET state ="
    " CASE WHEN (edge_ids[1] + %(version)s) %% 2 = 1 THEN 'reported' ELSE 'cleared' END"
    " RETURNING id)"
    " INSERT INTO changes (kind, subject_id) SELECT 'edge_override', id::text FROM o"
    " UNION ALL SELECT 'barrier', id::text FROM b"
)


def make_ladder(cells: int) -> tuple[StreetPlan, RouteRequest]:
    """Return two corridors, edges 1 … n south and n + 1 … 2 n north, and a wish along them."""
    plan = StreetPlan()
    south = [plan.node(each * _STEP, 0) for each in range(cells + 1)]
    north = [plan.node(each * _STEP, _STEP) for each in range(cells + 1)]
    for side in (south, north):
        for each in range(cells):
            plan.edge(side[each], side[each + 1])
    for one, other in zip(south, north, strict=True):
        plan.edge(one, other)
    west, east = plan.node(-_STEP, _STEP / 2), plan.node((cells + 1) * _STEP, _STEP / 2)
    for end, at in ((west, 0), (east, cells)):
        plan.edge(end, south[at])
        plan.edge(end, north[at])
    needs = Needs(profile=Profile.MANUAL_WHEELCHAIR)
    return plan, ask(needs, plan.target(west), plan.target(east), why_not=False)


def name_version(answer: object, cells: int) -> str:
    """Return the version that an answer is wholly of: `even`, `odd`, or `mixed`.

    Reads the line of the answer only: in which corridor each cell is passed.
    """
    if not isinstance(answer, Route):
        return _MIXED
    sides: dict[int, set[bool]] = {}
    line = answer.shape
    middle = (line[0][1] + line[-1][1]) / 2
    for (lon, lat), (next_lon, next_lat) in itertools.pairwise(line):
        cell = ((lon + next_lon) / 2 - WEST) / (STEP_LON * _STEP)
        if abs(lat - next_lat) < 1e-6 and 0 < cell < cells:
            sides.setdefault(int(cell), set()).add(lat > middle)
    for version, name in enumerate(("even", "odd")):
        # Edge i + 1 south is locked where i + 1 + version is even.
        if sides == {each: {(each + 1 + version) % 2 == 0} for each in range(cells)}:
            return name
    return _MIXED


@dataclass
class _Callers:
    """Threads that ask again and again, and what they were told."""

    router: Router
    request: RouteRequest
    cells: int
    done: threading.Event = field(default_factory=threading.Event)
    told: list[tuple[int, str]] = field(default_factory=list)

    def ask_on(self) -> None:
        """Ask until nothing changes any more, and once after."""
        while True:
            last = self.done.is_set()
            answer = self.router.plan_route(self.request)
            assert isinstance(answer, Route | NoRoute)
            self.told.append((answer.overlay_version, name_version(answer, self.cells)))
            if last:
                return


@pytest.fixture
def _quick_turns() -> Iterator[None]:
    """Let threads take turns often, or eight busy ones leave the listener no time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(before)


@pytest.mark.timeout(1800)
@pytest.mark.skipif(get_size() == "short", reason="minutes; what it would see is shown below")
@pytest.mark.usefixtures("_quick_turns")
async def test_no_answer_mixes_versions_while_a_thousand_edges_change(
    clean_database: str,
    libpq_url: str,
    tmp_path: Path,
    proof_size: ProofSize,
    count_proof: CountProof,
) -> None:
    """Eight callers, every transaction flips both corridors: no answer is half of each."""
    assert clean_database
    cells = CELLS[proof_size]
    plan, request = make_ladder(cells)
    async with await psycopg.AsyncConnection.connect(libpq_url, autocommit=True) as writer:
        await store_plan(writer, plan)
        await _fill(writer, cells)
        router = await open_router(libpq_url, tmp_path, LOCAL / "kernels")
        applied = asyncio.Event()

        async def take(rows: Sequence[ChangeRow]) -> None:
            await router.on_changes(rows)
            applied.set()

        feed = ChangeFeed(libpq_url, take, poll_s=0.2)
        await feed.start()
        await _await_version(router, request, cells, "even")
        callers = _Callers(router, request, cells)
        # Threads of their own: the loop has too few on a small machine, and needs them itself.
        pool, loop = ThreadPoolExecutor(CALLERS), asyncio.get_running_loop()
        threads = [loop.run_in_executor(pool, callers.ask_on) for _ in range(CALLERS)]
        flips = 200 if proof_size == "long" else 5
        try:
            for version in range(1, flips + 1):
                applied.clear()
                await _flip(writer, version)
                # Every other change meets a router that is still busy with the one before.
                if version % 2 == 0:
                    await applied.wait()
            await _await_version(router, request, cells, ("even", "odd")[flips % 2])
        finally:
            callers.done.set()
            await asyncio.gather(*threads)
        await feed.stop()
    _check(callers, count_proof, flips, 2 * cells)


async def _await_version(router: Router, request: RouteRequest, cells: int, name: str) -> None:
    """Ask until the last change has arrived, or patience ends."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if name_version(await asyncio.to_thread(router.plan_route, request), cells) == name:
            return
    raise AssertionError(f"{name} never came")


def _check(callers: _Callers, count_proof: CountProof, flips: int, edges: int) -> None:
    names = Counter(name for _, name in callers.told)
    assert names[_MIXED] == 0, names
    of_version: dict[int, set[str]] = {}
    for version, name in callers.told:
        of_version.setdefault(version, set()).add(name)
    assert all(len(each) == 1 for each in of_version.values())
    assert len(of_version) > 1
    count_proof(f"changes of {edges:,} edges at once", flips)
    count_proof("answers under 8 callers, each wholly of one version", len(callers.told))
    count_proof("versions that answers were of", len(of_version))
    count_proof("mixed answers", names[_MIXED])


async def _fill(writer: psycopg.AsyncConnection, cells: int) -> None:
    for statement in _SET_UP.split(";"):
        await writer.execute(statement.encode(), {"cells": cells})
    await _flip(writer, 0)


async def _flip(writer: psycopg.AsyncConnection, version: int) -> None:
    async with writer.transaction():
        # Cells are told apart by row id: south 1 … n, north n + 1 … 2 n with n even.
        await writer.execute(_FLIP.encode(), {"version": version})
        await writer.execute("NOTIFY esik_changes")


async def test_a_mixture_would_be_seen(clean_database: str, libpq_url: str, tmp_path: Path) -> None:
    """What a router without a pin would read: measures of one version with reports of another."""
    assert clean_database
    plan, request = make_ladder(_FEW)
    async with await psycopg.AsyncConnection.connect(libpq_url, autocommit=True) as writer:
        await store_plan(writer, plan)
        await _fill(writer, _FEW)
        router = await open_router(libpq_url, tmp_path, LOCAL / "kernels")
        even = router.pin().overlay
        await _flip(writer, 1)
        await router.on_changes([ChangeRow(1, ChangeKind.BARRIER, "", {}, None)])
        odd = router.pin().overlay
    halves = dict(list(odd.overrides.items())[: _FEW // 2])
    gone = dict.fromkeys(even.obstacles.keys() - odd.obstacles.keys())
    torn = {
        "measures of odd, reports of even": apply(even, overrides=odd.overrides),
        "half of the measures": apply(even, overrides=halves),
        "reports of odd, measures of even": apply(even, obstacles={**odd.obstacles, **gone}),
    }
    assert _name(even, request) == "even"
    assert _name(odd, request) == "odd"
    assert {what: _name(overlay, request) for what, overlay in torn.items()} == dict.fromkeys(
        torn, _MIXED
    )


def _name(overlay: Overlay, request: RouteRequest) -> str:
    return name_version(pin(overlay).plan_route(request), _FEW)


async def test_rows_of_one_transaction_come_together(
    clean_database: str, libpq_url: str, tmp_path: Path
) -> None:
    """Told of one transaction when the next is committed, the router takes the next one whole."""
    assert clean_database
    plan, _ = make_ladder(4)
    async with await psycopg.AsyncConnection.connect(libpq_url, autocommit=True) as writer:
        await store_plan(writer, plan)
        router = await open_router(libpq_url, tmp_path, LOCAL / "kernels")
        first, second = str(uuid7()), str(uuid7())
        for edge, key in ((1, first), (2, second)):
            await writer.execute(
                "INSERT INTO barriers (id, kind, state, geom, edge_ids)"
                " SELECT %s, 'dug_up', 'cleared', ST_StartPoint(geom), ARRAY[id]"
                " FROM street_edges WHERE id = %s",
                (key, edge),
            )
        for keys in ([first], [first, second]):
            async with writer.transaction():
                await writer.execute(
                    "UPDATE barriers SET state = 'reported' WHERE id = ANY(%s::uuid[])", (keys,)
                )
                await writer.execute(
                    "INSERT INTO changes (kind, subject_id) SELECT 'barrier', unnest(%s::text[])",
                    (keys,),
                )
        await router.on_changes([ChangeRow(1, ChangeKind.BARRIER, first, {}, None)])
        assert router.pin().overlay.obstacles.keys() == {first, second}
        before = router.pin().overlay.version
        await router.on_changes([ChangeRow(2, ChangeKind.BARRIER, second, {}, None)])
        assert router.pin().overlay.obstacles.keys() == {first, second}
        assert router.pin().overlay.version > before
