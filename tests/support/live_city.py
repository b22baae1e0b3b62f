"""A city of independent lanes served by two processes, to see changes arrive in both.

Each lane is a straight way of 300 m with a long way around, far from every other lane, so that
a test may change its own without disturbing the others.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psycopg
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from api.local import processes
from audits.accounts.roles import Role
from audits.accounts.service import create_account
from geo.db.session import session_factory, write_session
from geo.ids import uuid7
from tests.support import postgres
from tests.support.city import RunningCity, await_ready, run_process
from tests.support.machine import LOCAL, PATIENCE_S
from tests.support.people import agree
from tests.support.street_plans import StreetPlan
from tests.support.street_tables import store_plan

PASSWORD = "a long enough password"  # noqa: S105 - of accounts that live for one test
STRUCTURE_ID = UUID("0199a000-0000-7000-8000-0000000000b1")
_DISTRICT = """
INSERT INTO districts (id, source_key, name, geom) VALUES
  ('0199a000-0000-7000-8000-0000000000d1', 'city', '{"ru": "Город"}',
   ST_Multi(ST_MakeEnvelope(76, 43, 78, 44, 4326)))
"""
_STRUCTURE = """
INSERT INTO places (id, kind, state, category, sector, point, district_id) VALUES
  (%s, 'crossing_structure', 'active', 'underpass', 'transport',
   ST_SetSRID(ST_MakePoint(%s, %s), 4326), '0199a000-0000-7000-8000-0000000000d1')
"""
_APART = 8
_STRAIGHT_M = 400


@dataclass(frozen=True)
class Lane:
    """A straight way from `start` over `first` and `middle` to `end`; degrees and row ids."""

    start: tuple[float, float]
    first: tuple[float, float]
    middle: tuple[float, float]
    end: tuple[float, float]
    edge: int
    """Between `first` and `middle`; 0 where the map has a gap there."""
    middle_node: int

    @property
    def line(self) -> list[list[float]]:
        """The line of the edge, a little short of its ends."""
        (west, south), (east, north) = self.first, self.middle
        inset = (east - west) * 0.1
        return [[west + inset, south], [east - inset, north]]

    @property
    def spot(self) -> list[float]:
        """The middle of the edge."""
        return [(self.first[0] + self.middle[0]) / 2, self.first[1]]


def plan_lanes(sorts: list[str]) -> tuple[StreetPlan, list[Lane]]:
    """Return a plan with one lane per sort: `footway`, `crossing`, `lift` or `gap`."""
    plan, lanes = StreetPlan(), []
    for number, sort in enumerate(sorts):
        y = number * _APART
        a, b, m, c, d = (plan.node(x, y) for x in (0, 1, 1.5, 2, 3))
        e, f = plan.node(1, y + 3), plan.node(2, y + 3)
        edge = 0
        if sort != "gap":
            values = {"crossing": "marked"} if sort == "crossing" else {}
            edge = plan.edge(b, m, kind=sort, highway=sort, **values)
        for one, other in ((a, b), (m, c), (c, d), (b, e), (e, f), (f, c)):
            plan.edge(one, other, surface="asphalt")
        start, first, middle, end = ((plan.nodes[n].lon, plan.nodes[n].lat) for n in (a, b, m, d))
        lanes.append(Lane(start, first, middle, end, edge=edge, middle_node=m))
    return plan, lanes


@dataclass
class LiveCity:
    """Addresses of both processes, and people who change the city."""

    libpq_url: str
    clients: list[httpx2.Client]
    lanes: list[Lane]
    volunteer: dict[str, str]
    reviewer: dict[str, str]

    def goes_around(self, client: httpx2.Client, lane: Lane) -> bool:
        """Ask one process whether a wheelchair has to go around."""
        (west, south), (east, north) = lane.start, lane.end
        query = {
            "from": f"{west:.7f},{south:.7f}", "to": f"{east:.7f},{north:.7f}",
            "profile": "manual_wheelchair",
        }  # fmt: skip
        answer = client.get("/v1/routes", params=query)
        assert answer.status_code == 200, answer.text
        properties = answer.json()["properties"]
        assert properties["found"], properties
        return bool(properties["distance_m"] > _STRAIGHT_M)

    def await_everywhere(self, lane: Lane, *, around: bool) -> None:
        """Ask every process until it answers so."""
        for client in self.clients:
            until = time.monotonic() + PATIENCE_S
            while self.goes_around(client, lane) is not around:
                assert time.monotonic() < until, (
                    f"{client.base_url} never went {'around' if around else 'straight'}"
                )

    def send_audit(self, element: dict[str, Any], *answers: dict[str, Any], **more: object) -> str:
        """Send an audit to the first process; gives its path and version for a decision."""
        now = datetime.now(UTC)
        body = {
            "catalogue_version": "1",
            "depth": "volunteer",
            "started_at": (now - timedelta(minutes=5)).isoformat(),
            "finished_at": now.isoformat(),
            "position": {"lon": 76.93, "lat": 43.24, "accuracy_m": 5},
            "elements": [element],
            "observations": list(answers),
            **more,
        }
        path = f"/v1/audits/{uuid7()}"
        headers = {**self.volunteer, "If-None-Match": "*"}
        sent = self.clients[0].put(path, json=body, headers=headers)
        assert sent.status_code == 201, sent.text
        return f"{path} {sent.headers['ETag']}"

    def approve(self, sent: str) -> None:
        """Let the reviewer approve what was sent; it is committed when this returns."""
        path, _, etag = sent.partition(" ")
        decided = self.clients[0].post(
            f"{path}/decisions",
            json={"outcome": "approve"},
            headers={**self.reviewer, "If-Match": etag},
        )
        assert decided.status_code == 201, decided.text

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction of the services."""
        engine = create_async_engine(postgres.as_sqlalchemy(self.libpq_url))
        try:
            async with write_session(session_factory(engine)) as db:
                yield db
        finally:
            await engine.dispose()


@contextmanager
def run_live_city(name: str, folder: Path, sorts: list[str]) -> Iterator[LiveCity]:
    """Serve a city of lanes from two processes on one database."""
    plan, lanes = plan_lanes(sorts)
    url = postgres.create_database(name)
    with ExitStack() as stack:
        stack.callback(postgres.drop_database, name)
        asyncio.run(_fill(url, plan, lanes, sorts))
        running = RunningCity(libpq_url=url, data_dir=folder / "data")
        running.environment = {
            "ESIK_DATABASE__URL": postgres.as_sqlalchemy(url),
            "ESIK_DATA_DIR": str(running.data_dir),
            "ESIK_CACHE_DIR": str(LOCAL / "cache"),
            "ESIK_QUOTAS__AUDITS_PER_DAY": "100000",
        }
        started = []
        for number in range(2):
            port = str(processes.find_free_port())
            command = ("serve", "--port", port)
            running_process = run_process(running, f"server-{number}", *command, folder=folder)
            started.append((f"http://127.0.0.1:{port}", stack.enter_context(running_process)))
        clients = []
        for address, server in started:
            await_ready(address, server, running)
            client = httpx2.Client(base_url=address, trust_env=False, timeout=PATIENCE_S)
            clients.append(stack.enter_context(client))
        people = [_sign_in(clients[0], login) for login in ("anna", "reviewer")]
        yield LiveCity(url, clients, lanes, *people)


async def _fill(url: str, plan: StreetPlan, lanes: list[Lane], sorts: list[str]) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await store_plan(connection, plan)
        await connection.execute(_DISTRICT)
        if "lift" in sorts:
            spot = lanes[sorts.index("lift")].spot
            await connection.execute(_STRUCTURE, (STRUCTURE_ID, *spot))
    engine = create_async_engine(postgres.as_sqlalchemy(url))
    async with AsyncSession(engine) as db, db.begin():
        for login, role in (("anna", Role.VOLUNTEER), ("reviewer", Role.REVIEWER)):
            account = await create_account(db, role=role, login=login, password=PASSWORD)
            await agree(db, account)
    await engine.dispose()


def _sign_in(client: httpx2.Client, login: str) -> dict[str, str]:
    answer = client.post("/v1/auth/token", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
