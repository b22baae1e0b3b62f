"""Days of field work during which parts of the installation are killed, round by round."""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import httpx2
import psycopg
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from audits.accounts.roles import Role
from audits.accounts.service import create_account
from tests.http.conftest import _CITY as CITY_ROWS
from tests.support import postgres
from tests.support.inspection import run_apart
from tests.support.ledger import Ledger
from tests.support.machine import PATIENCE_S
from tests.support.people import agree
from tests.support.station import Part, Station
from tests.support.volunteers import Spot, Volunteer, approve

VOLUNTEERS = 8
_LOGIN, _PASSWORD = "reviewer", "only for one test run"
_PLACES = """
INSERT INTO places (id, kind, state, category, sector, point, footprint, district_id)
SELECT gen_random_uuid(), 'building', 'active', 'school', 'education', p,
       ST_Expand(p, 0.0002), '0199a000-0000-7000-8000-0000000000d1'
FROM (SELECT ST_SetSRID(ST_MakePoint(76.925 + 0.002 * (n %% 8), 43.235 + 0.002 * (n / 8)), 4326) p
      FROM generate_series(0, %s) n) spots
RETURNING id, ST_X(point), ST_Y(point)
"""


class Campaign:
    """Volunteers and a reviewer at work in one installation, and the books about it."""

    def __init__(self, station: Station, folder: Path, *, seed: int) -> None:
        self.station = station
        self.ledger = Ledger()
        self.dice = random.Random(seed)
        self.kills: dict[Part, int] = {}
        self._pool = ThreadPoolExecutor(VOLUNTEERS + 1, thread_name_prefix="volunteer")
        self._http = httpx2.Client(base_url=station.base_url, timeout=60, trust_env=False)
        self._reviewer = self._sign_in()
        with psycopg.connect(station.libpq_url) as db:
            rows = db.execute("SELECT id, ST_X(point), ST_Y(point) FROM places").fetchall()
        spots = [Spot(*row) for row in rows]
        self.volunteers = [
            Volunteer(
                number=number,
                base_url=station.base_url,
                folder=folder / f"phone-{number}",
                ledger=self.ledger,
                spots=spots,
                dice=random.Random(seed * 1_000 + number),
            )
            for number in range(VOLUNTEERS)
        ]

    def close(self) -> None:
        """Send everybody home."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for volunteer in self.volunteers:
            volunteer.close()
        self._http.close()

    def run_round(self, parts: Sequence[Part], *, after_s: float, down_s: float) -> None:
        """Let everybody work, kill parts meanwhile, start them again; ends when all is promised.

        The store takes long to start and nobody waits for it here; `settle` does.
        """
        work = self.begin_work(audits=1)
        _wait(after_s)
        for part in parts:
            self.station.kill(part)
            self.kills[part] = self.kills.get(part, 0) + 1
        _wait(down_s)
        for part in sorted(parts, key=("store", "database", "worker", "api").index):
            self.station.begin_restart(part)
        self.end_work(work)

    def begin_work(self, *, audits: int) -> list[Future[None]]:
        """Send everybody out; the answer is for `end_work`."""
        work = [self._pool.submit(each.work, audits) for each in self.volunteers]
        return [*work, self._pool.submit(self._review, list(self.ledger.finished))]

    def end_work(self, work: list[Future[None]]) -> None:
        """Wait until everything is acknowledged; what ended by itself is started again."""
        while not all(each.done() for each in work):
            self.station.tend()
            _wait(0.05)
        for each in work:
            each.result()

    def _review(self, finished: list[UUID]) -> None:
        open_ones = [key for key in finished if key not in self.ledger.approved]
        until = time.monotonic() + PATIENCE_S
        for audit_id in open_ones[-3:]:
            while not approve(self._http, self._reviewer, self.ledger, audit_id):
                assert time.monotonic() < until, f"{audit_id} cannot be approved"
                _wait(0.1)

    def _sign_in(self) -> dict[str, str]:
        body = {"login": _LOGIN, "password": _PASSWORD}
        answer = self._http.post("/v1/auth/token", json=body).raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def fill(station: Station, *, places: int = 40) -> None:
    """Give the database a small city and a reviewer."""
    with psycopg.connect(station.libpq_url) as db:
        db.execute(CITY_ROWS)
        db.execute(_PLACES, (places - 1,))
    run_apart(_make_reviewer(station))


async def _make_reviewer(station: Station) -> None:
    engine = create_async_engine(postgres.as_sqlalchemy(station.libpq_url))
    async with AsyncSession(engine) as db, db.begin():
        account = await create_account(db, role=Role.REVIEWER, login=_LOGIN, password=_PASSWORD)
        await agree(db, account)
    await engine.dispose()


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)
