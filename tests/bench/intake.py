"""Taking in audits: a 45-field audit at a steady rate, with photos, and in a database that grows.

One web process, a durable PostgreSQL and the senders share this machine. Arrivals keep to the
clock whatever the answers do, and a wait counts from the planned time, so a slow server cannot
hide behind slow senders. The peer of the rates is the bar of ODK Central (50 a second, nothing
lost); the peer of growth is the same work on a hundredth of the stored audits.
"""

import asyncio
import contextlib
import hashlib
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psycopg
from sqlalchemy.ext.asyncio import create_async_engine

from api.local.cluster import Cluster
from api.local.postgis import ensure_binaries
from api.local.steps import say
from audits.accounts.roles import Role
from audits.accounts.service import create_account
from audits.catalogue import PLACE, Answer, FieldType, check_answers, latest
from audits.catalogue.model import Field
from geo.db.session import session_factory, write_session
from geo.ids import uuid7
from tests.bench import Row
from tests.support import postgres
from tests.support.city import RunningCity, run_server
from tests.support.machine import LOCAL
from tests.support.people import agree

BAR_PER_S = 50
"""ODK Central's soak test: submissions a second, all of which must succeed."""
FIELDS = 45
PHOTO_BYTES = 300_000
_QUICK = os.environ.get("ESIK_BENCH") == "quick"
SECONDS = 10 if _QUICK else 30
STORED = (1_000, 10_000) if _QUICK else (1_000, 100_000)
ROUNDS = 5
_A_ROUND = 60
_STEPS = (25, 50, 75, 100, 150, 200)
_STEP_SECONDS = 5 if _QUICK else 10
_SENDERS = 32
_PLACES = 200
_VOLUNTEERS = 16
"""Quotas are counted in one row an account, so one account alone would measure that row."""
_PASSWORD = "a long enough password"  # noqa: S105 - of an account that lives for one run

_CITY = """
INSERT INTO districts (id, source_key, name, geom) VALUES
  (gen_random_uuid(), 'city', '{"ru": "Город"}',
   ST_Multi(ST_MakeEnvelope(76.8, 43.1, 77.1, 43.4, 4326)));
INSERT INTO network_imports (id, source_name, source_sha256, counts, bounds) VALUES
  (gen_random_uuid(), 'bench', 'x', '{}', ST_MakeEnvelope(76.8, 43.1, 77.1, 43.4, 4326));
INSERT INTO street_nodes (id, osm_id, geom) VALUES
  (1, 101, ST_SetSRID(ST_MakePoint(76.929, 43.24), 4326)),
  (2, 102, ST_SetSRID(ST_MakePoint(76.930, 43.24), 4326));
INSERT INTO street_edges
  (id, from_node_id, to_node_id, osm_way_id, osm_node_ids, geom, length_mm, kind, highway)
SELECT 1, 1, 2, 11, ARRAY[101, 102], ST_MakeLine(n.geom, m.geom), 81000, 'footway', 'footway'
FROM street_nodes n, street_nodes m WHERE n.id = 1 AND m.id = 2;
INSERT INTO places (id, kind, state, category, sector, point, district_id)
SELECT ('0199a000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'building', 'active',
       'school', 'education',
       ST_SetSRID(ST_MakePoint(76.9 + n %% 20 * 0.002, 43.2 + n / 20 * 0.002), 4326),
       (SELECT id FROM districts)
FROM generate_series(1, %(places)s) AS n;
"""
_STORE = """
WITH fresh AS (
  SELECT ('0198' || lpad(to_hex(n), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
         AS id, n
  FROM generate_series(%(first)s::int, %(last)s::int) AS n
), stored AS (
  INSERT INTO audits (id, author_id, place_id, district_id, state, digest, catalogue_version,
                      depth, started_at, finished_at, received_at)
  SELECT f.id, a.author_id, a.place_id, a.district_id, 'submitted', a.digest || f.n, '1',
         a.depth, a.started_at, a.finished_at, a.received_at - f.n * interval '1 minute'
  FROM fresh f CROSS JOIN (SELECT * FROM audits WHERE id = %(template)s) a
), versions AS (
  INSERT INTO audit_versions (audit_id, version, digest, body)
  SELECT f.id, 1, v.digest || f.n, v.body
  FROM fresh f CROSS JOIN (SELECT * FROM audit_versions WHERE audit_id = %(template)s) v
), changed AS (
  INSERT INTO changes (kind, subject_id, account_id)
  SELECT 'audit', f.id::text, a.author_id
  FROM fresh f CROSS JOIN (SELECT author_id FROM audits WHERE id = %(template)s) a
)
INSERT INTO observations (id, audit_id, place_id, element_id, field, state, operator, value,
                          precision, method, observed_at)
SELECT gen_random_uuid(), f.id, o.place_id, o.element_id, o.field, o.state, o.operator, o.value,
       o.precision, o.method, o.observed_at
FROM fresh f CROSS JOIN (SELECT * FROM observations WHERE audit_id = %(template)s) o
"""


@dataclass
class Result:
    """What one run of arrivals gave."""

    offered_per_s: float
    waits_ms: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0

    @property
    def served_per_s(self) -> float:
        """Requests that succeeded, a second."""
        return len(self.waits_ms) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: int) -> float:
        """Give a percentile of the waits in milliseconds."""
        ordered = sorted(self.waits_ms) or [float("nan")]
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


@dataclass
class Sender:
    """Sends audits of signed-in volunteers in turn."""

    http: httpx2.AsyncClient
    sessions: list[dict[str, str]]
    fields: list[dict[str, Any]]
    dice: random.Random = field(default_factory=lambda: random.Random(1))

    def body(self, photo: tuple[UUID, bytes] | None) -> dict[str, Any]:
        """Make an audit of 45 fields at a new entrance of some place."""
        number = self.dice.randint(1, _PLACES)
        lon, lat = 76.9 + number % 20 * 0.002, 43.2 + number // 20 * 0.002
        element_id = str(uuid7())
        now = datetime.now(UTC)
        body: dict[str, Any] = {
            "place_id": f"0199a000-0000-7000-8000-{number:012x}",
            "catalogue_version": latest().version,
            "depth": "volunteer",
            "started_at": (now - timedelta(minutes=12)).isoformat(),
            "finished_at": now.isoformat(),
            "position": {"lon": lon, "lat": lat, "accuracy_m": 6},
            "elements": [
                {"id": element_id, "kind": "entrance",
                 "geometry": {"type": "Point", "coordinates": [lon, lat]}}
            ],
            "observations": [
                {**item, "element_id": element_id if item["element_id"] else None}
                for item in self.fields
            ],
        }  # fmt: skip
        if photo is not None:
            key, content = photo
            body["photos"] = [
                {"id": str(key), "sha256": hashlib.sha256(content).hexdigest(),
                 "byte_count": len(content), "media_type": "image/jpeg"}
            ]  # fmt: skip
        return body

    async def send(self, *, with_photo: bool) -> bool:
        """Send one audit, with its photo where wanted; tells whether all of it was stored."""
        session = self.dice.choice(self.sessions)
        photo = (
            (uuid7(), b"\xff\xd8\xff" + self.dice.randbytes(PHOTO_BYTES)) if with_photo else None
        )
        try:
            answer = await self.http.put(
                f"/v1/audits/{uuid7()}",
                json=self.body(photo),
                headers={**session, "If-None-Match": "*"},
            )
            if answer.status_code != httpx2.codes.CREATED or "receipt" not in answer.json():
                return False
            if photo is None:
                return True
            path = f"/v1/photos/{photo[0]}/content"
            sent = await self.http.put(path, content=photo[1], headers=session)
            return bool(sent.status_code == httpx2.codes.CREATED and sent.json()["receipt"])
        except httpx2.TransportError:
            return False


def run() -> list[Row]:
    """Measure rates, the knee, and growth; on a durable cluster of its own."""
    with tempfile.TemporaryDirectory(prefix="esik-bench-") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        cluster = Cluster(
            folder=folder / "pg", binaries=ensure_binaries(local=LOCAL), profile="durable"
        )
        cluster.start()
        stack.callback(cluster.stop)
        small = stack.enter_context(_serve(cluster, folder, "small"))
        plain = asyncio.run(_at_rate(small, BAR_PER_S, SECONDS))
        _tell(f"{BAR_PER_S} audits a second for {SECONDS} s", plain)
        knee = asyncio.run(_climb(small, with_photo=False))
        photos = asyncio.run(_at_rate(small, 10, SECONDS, with_photo=True))
        _tell(f"10 audits with 300 kB photos a second for {SECONDS} s", photos)
        photo_knee = asyncio.run(_climb(small, with_photo=True))
        growth = _grow(cluster, folder)
    return [
        Row("45-field audits, offered 50/s", plain.served_per_s, "ODK's bar", BAR_PER_S,
            "audits/s", better="higher"),
        Row("of 100 % that succeed", 100 - _failed_percent(plain), "ODK's bar", 100, "%",
            better="higher"),
        Row("wait at 50/s, p99", plain.percentile(99), "median", plain.percentile(50), "ms"),
        Row("knee, without photos", knee, "ODK's bar", BAR_PER_S, "audits/s", better="higher"),
        Row("with a 300 kB photo each, offered 10/s", photos.served_per_s, "offered", 10,
            "audits/s", better="higher"),
        Row("wait for audit and photo at 10/s, p99", photos.percentile(99), "median",
            photos.percentile(50), "ms"),
        Row("knee, with photos", photo_knee, "ODK, 5 MB each", 2, "audits/s", better="higher"),
        *growth,
    ]  # fmt: skip


@contextmanager
def _serve(cluster: Cluster, folder: Path, name: str) -> Iterator[RunningCity]:
    """Run a web process over a database of its own in the durable cluster."""
    with psycopg.connect(cluster.url(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    url = cluster.url(name)
    postgres.migrate(url)
    with psycopg.connect(url) as connection:
        for statement in _CITY.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode(), {"places": _PLACES})
        settings = connection.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone()
    if settings != ("on", "on"):
        raise RuntimeError(f"the cluster is not durable: {settings}")
    asyncio.run(_create_volunteers(postgres.as_sqlalchemy(url)))
    city = RunningCity(libpq_url=url, data_dir=folder / name)
    city.environment = {
        "ESIK_DATABASE__URL": postgres.as_sqlalchemy(url),
        "ESIK_DATA_DIR": str(city.data_dir),
        "ESIK_CACHE_DIR": str(LOCAL / "cache"),
        "ESIK_QUOTAS__AUDITS_PER_DAY": "100000000",
        "ESIK_QUOTAS__PHOTO_BYTES_PER_DAY": "100000000000000",
    }
    with run_server(city, folder=folder, name=f"server-{name}") as address:
        city.base_url = address
        yield city


async def _create_volunteers(url: str) -> None:
    engine = create_async_engine(url)
    try:
        async with write_session(session_factory(engine)) as db:
            for number in range(_VOLUNTEERS):
                account = await create_account(
                    db, role=Role.VOLUNTEER, login=f"bench{number}", password=_PASSWORD
                )
                await agree(db, account)
    finally:
        await engine.dispose()


@contextlib.asynccontextmanager
async def _sender(city: RunningCity) -> Any:  # noqa: ANN401 - an async generator
    limits = httpx2.Limits(max_connections=_SENDERS, max_keepalive_connections=_SENDERS)
    async with httpx2.AsyncClient(
        base_url=city.base_url, trust_env=False, timeout=60, limits=limits
    ) as http:
        sender = Sender(http, await _sign_in(http, city), choose_fields(FIELDS))
        for _time in range(3):
            if not await sender.send(with_photo=False):
                raise RuntimeError(f"the service refuses the audit\n{city.read_logs()}")
        yield sender


_SESSION_S = 300
_signed_in: dict[str, tuple[float, list[dict[str, str]]]] = {}


async def _sign_in(http: httpx2.AsyncClient, city: RunningCity) -> list[dict[str, str]]:
    """Give a session of every volunteer; signed in rarely, as log-ins are counted."""
    since, sessions = _signed_in.get(city.base_url, (0.0, []))
    if not sessions or time.monotonic() - since > _SESSION_S:
        sessions = []
        for number in range(_VOLUNTEERS):
            body = {"login": f"bench{number}", "password": _PASSWORD}
            answer = await http.post("/v1/auth/token", json=body)
            answer.raise_for_status()
            sessions.append({"Authorization": f"Bearer {answer.json()['access_token']}"})
        _signed_in[city.base_url] = (time.monotonic(), sessions)
    return sessions


async def _at_rate(
    city: RunningCity, per_s: float, seconds: float, *, with_photo: bool = False
) -> Result:
    """Send at a steady rate whatever the answers do."""
    result = Result(offered_per_s=per_s)
    async with _sender(city) as sender:
        begun = time.perf_counter()

        async def one(number: int) -> None:
            planned = begun + number / per_s
            await asyncio.sleep(max(0.0, planned - time.perf_counter()))
            if await sender.send(with_photo=with_photo):
                result.waits_ms.append((time.perf_counter() - planned) * 1000)
            else:
                result.failed += 1

        await asyncio.gather(*(one(number) for number in range(int(per_s * seconds))))
        result.seconds = max(time.perf_counter() - begun, seconds)
    return result


async def _climb(city: RunningCity, *, with_photo: bool) -> float:
    """Give the highest rate that is still served: nothing fails, 95 % of it in time."""
    best = 0.0
    for step in _STEPS:
        rate = step / 5 if with_photo else float(step)
        result = await _at_rate(city, rate, _STEP_SECONDS, with_photo=with_photo)
        _tell(f"{'with photo ' if with_photo else ''}{rate:g}/s", result)
        best = max(best, result.served_per_s)
        if result.failed or result.served_per_s < 0.95 * rate:
            break
    return best


def _grow(cluster: Cluster, folder: Path) -> list[Row]:
    """Compare single audits in two databases, round by round in turn."""
    with ExitStack() as stack:
        cities = [
            stack.enter_context(_serve(cluster, folder, f"grown_{count}")) for count in STORED
        ]
        for city, count in zip(cities, STORED, strict=True):
            asyncio.run(_fill(city, count))
        medians: list[list[float]] = [[], []]
        for _round in range(ROUNDS):
            for city, found in zip(cities, medians, strict=True):
                result = asyncio.run(_one_by_one(city))
                found.append(statistics.median(result.waits_ms))
    ratios = sorted(large / small for small, large in zip(*medians, strict=True))
    say(f"  growth, ratio of medians by round: {', '.join(f'{r:.2f}' for r in ratios)}")
    small, large = (statistics.median(found) for found in medians)
    name = f"one audit, {STORED[1]:,} stored"
    return [
        Row(f"{name}, median of {ROUNDS} rounds", large, f"{STORED[0]:,} stored", small, "ms"),
        Row(f"{name}, best round against worst", ratios[0], "worst ratio", ratios[-1], "times"),
    ]


async def _fill(city: RunningCity, count: int) -> None:
    """Store so many audits of 45 fields by copying one that came through the front door."""
    async with _sender(city):
        pass
    with psycopg.connect(city.libpq_url, autocommit=True) as connection:
        row = connection.execute("SELECT id FROM audits LIMIT 1").fetchone()
        assert row is not None
        for first in range(1, count + 1, 5_000):
            last = min(first + 4_999, count)
            connection.execute(_STORE.encode(), {"first": first, "last": last, "template": row[0]})
        connection.execute("VACUUM ANALYZE")


async def _one_by_one(city: RunningCity) -> Result:
    result = Result(offered_per_s=0)
    async with _sender(city) as sender:
        for _time in range(_A_ROUND):
            begun = time.perf_counter()
            if not await sender.send(with_photo=False):
                raise RuntimeError("an audit was refused")
            result.waits_ms.append((time.perf_counter() - begun) * 1000)
    return result


def choose_fields(count: int) -> list[dict[str, Any]]:
    """Choose so many answers that fit together; those on the entrance have an element id."""
    fields = [item for item in latest().fields.values() if _can_answer(item)]
    chosen = [_answer(item) for item in fields]
    while True:
        marker = uuid7()
        answers = [
            Answer(
                field=item["field"],
                element_id=marker if item["element_id"] else None,
                element_kind="entrance" if item["element_id"] else PLACE,
                state="value",
                value=item["value"],
                operator="=",
                precision=None,
                method=item["method"],
                unit=None,
            )
            for item in chosen
        ]
        bad = {int(p.pointer.split("/")[2]) for p in check_answers(latest(), answers)}
        if not bad:
            break
        chosen = [item for number, item in enumerate(chosen) if number not in bad]
    if len(chosen) < count:
        raise RuntimeError(f"only {len(chosen)} answers fit together")
    return chosen[:count]


def _can_answer(item: Field) -> bool:
    simple = {FieldType.LENGTH, FieldType.SLOPE, FieldType.COUNT, FieldType.BOOL, FieldType.CHOICE}
    return item.type in simple and not item.when and bool({"entrance", PLACE} & set(item.elements))


def _answer(item: Field) -> dict[str, Any]:
    value: int | bool | str = item.choices[0] if item.choices else (item.low or 0) + 1
    if item.type is FieldType.BOOL:
        value = True
    measured = item.type in {FieldType.LENGTH, FieldType.SLOPE}
    return {
        "element_id": "entrance" in item.elements,
        "field": item.name,
        "state": "value",
        "value": value,
        "method": "tape" if measured else "estimate",
    }


def _failed_percent(result: Result) -> float:
    total = len(result.waits_ms) + result.failed
    return 100 * result.failed / total if total else 100.0


def _tell(what: str, result: Result) -> None:
    load = os.getloadavg()[0]
    say(
        f"  {what}: {result.served_per_s:.1f}/s, {result.failed} failed,"
        f" p50 {result.percentile(50):.0f} ms, p99 {result.percentile(99):.0f} ms,"
        f" machine load {load:.1f}"
    )
