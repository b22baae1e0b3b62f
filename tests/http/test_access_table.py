"""Every endpoint in every role: the OpenAPI, the table of access and the service agree."""

import json
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from api.documents import render_openapi
from audits.accounts.roles import Role
from audits.accounts.service import create_account
from geo.ids import uuid7
from tests.http.conftest import PASSWORD, SmallCity
from tests.support.access import OWN, PUBLIC, ROLES, TABLE, Row, World
from tests.support.clients import sign_in
from tests.support.people import agree

_DOCUMENT: dict[str, Any] = json.loads(render_openapi())
_OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in _DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
_EXAMPLES: dict[str, object] = {
    "bbox": "76.92,43.23,76.94,43.25", "from": "76.9291,43.24", "to": "76.9319,43.24",
    "near": "76.93,43.24", "point": "76.93,43.24", "z": 14, "x": 11694, "y": 6003,
    "layer": "places", "version": "1", "lon": 76.93, "lat": 43.24,
}  # fmt: skip
_OTHER_DISTRICT = """
INSERT INTO districts (id, source_key, name, geom) VALUES
  ('0199a000-0000-7000-8000-0000000000d2', 'other', '{"ru": "Другой"}',
   ST_Multi(ST_MakeEnvelope(70, 43.1, 70.1, 43.4, 4326)));
"""
_HERE = UUID("0199a000-0000-7000-8000-0000000000d1")
_ELSEWHERE = UUID("0199a000-0000-7000-8000-0000000000d2")
_STAFF = {
    "scoped": Role.REVIEWER,
    "elsewhere": Role.REVIEWER,
    "manager": Role.MANAGER,
    "admin": Role.ADMIN,
}


@pytest.fixture
async def world(small_city: SmallCity, engine: AsyncEngine, libpq_url: str) -> World:
    """Give the small city with somebody in every role."""
    ids: dict[str, UUID] = {}
    async with AsyncSession(engine) as db, db.begin():
        for login, role in _STAFF.items():
            account = await create_account(db, role=role, login=login, password=PASSWORD)
            ids[login] = (await agree(db, account)).id
    spare = [uuid7() for _ in range(60)]
    with psycopg.connect(libpq_url) as connection:
        connection.execute(_OTHER_DISTRICT)
        for login, district in (("scoped", _HERE), ("elsewhere", _ELSEWHERE)):
            connection.execute(
                "INSERT INTO account_districts VALUES (%s, %s)", [ids[login], district]
            )
        for account_id in spare:
            connection.execute(
                "INSERT INTO accounts (id, role, state, consents)"
                " VALUES (%s, 'volunteer', 'active', %s)",
                [account_id, Jsonb({})],
            )
    client = small_city.client
    staff = {login: await sign_in(client, login, PASSWORD) for login in _STAFF}
    people = (
        {}, small_city.volunteer, small_city.other_volunteer, staff["scoped"],
        staff["elsewhere"], staff["manager"], staff["admin"],
    )  # fmt: skip
    return World(client, dict(zip(ROLES, people, strict=True)), small_city.place_id, spare)


def test_every_endpoint_has_a_row() -> None:
    """Whoever adds an endpoint says who may call it."""
    assert sorted(set(_OPERATIONS) - set(TABLE)) == []


def test_only_open_endpoints_are_open_in_the_document() -> None:
    """The document asks for a token exactly where the table does."""
    optional = {"registerDevice"}
    for name, (_method, _path, operation) in _OPERATIONS.items():
        if name not in optional:
            assert bool(operation.get("security")) == (TABLE[name] != PUBLIC), name


async def _fill(world: World, name: str, row: Row | None) -> tuple[str, dict[str, Any]]:
    """Build the path and the rest of a request that nothing but permission can refuse."""
    _method, path, operation = _OPERATIONS[name]
    query: dict[str, object] = {}
    for parameter in operation.get("parameters", []):
        key = parameter["name"]
        value: object = _EXAMPLES.get(key, "320")
        if row is not None and key in row.ids:
            value = await row.ids[key](world)
        elif key.endswith("_id"):
            value = world.place_id if key == "place_id" else uuid7()
        if parameter["in"] == "path":
            path = path.replace(f"{{{key}}}", str(value))
        elif parameter["in"] == "query" and parameter.get("required"):
            query[key] = value
    more: dict[str, Any] = {"params": query}
    if row is not None:
        more["headers"] = dict(row.headers)
        if row.body is not None:
            more["json"] = row.body(world)
    return path, more


async def _try_row(world: World, name: str, row: Row) -> list[str]:
    method = _OPERATIONS[name][0]
    wrong = []
    for role, expected in row.expected().items():
        path, more = await _fill(world, name, row)
        answer = await world.send(method, path, role, **more)
        if answer.status_code != expected:
            wrong.append(f"{name} as {role}: {answer.status_code}, not {expected}: {answer.text}")
    return wrong


async def _try_own(world: World, name: str) -> list[str]:
    method = _OPERATIONS[name][0]
    wrong = []
    for role in ROLES:
        path, more = await _fill(world, name, None)
        answer = await world.send(method, path, role, **more)
        problem = answer.json()["type"] if answer.status_code >= 400 else ""
        refused = problem == "/problems/invalid-token" or answer.status_code in {403, 404}
        if refused != (role == "stranger") or answer.status_code >= 500:
            wrong.append(f"{name} as {role}: {answer.status_code} {problem}")
        if name == "signOutEverywhere" and role != "stranger":
            login = {"author": "anna", "volunteer": "boris", "reviewer": "scoped"}
            login["reviewer_elsewhere"] = "elsewhere"
            world.headers[role] = await sign_in(world.client, login.get(role, role), PASSWORD)
    return wrong


async def _try_public(world: World, name: str) -> list[str]:
    method = _OPERATIONS[name][0]
    statuses = set()
    for role in ROLES:
        path, more = await _fill(world, name, None)
        statuses.add((await world.send(method, path, role, **more)).status_code)
    open_ = len(statuses) == 1 and not statuses & {401, 403, 500}
    return [] if open_ else [f"{name}: {statuses}"]


async def test_the_table_is_what_the_service_does(world: World) -> None:
    """Every endpoint is tried in every role; own, foreign and other districts included."""
    wrong: list[str] = []
    for name in _OPERATIONS:
        row = TABLE[name]
        if isinstance(row, Row):
            wrong += await _try_row(world, name, row)
        elif row == OWN:
            wrong += await _try_own(world, name)
        else:
            wrong += await _try_public(world, name)
    assert not wrong, "\n".join(wrong)


async def test_a_foreign_id_looks_like_one_that_is_not_there(world: World) -> None:
    """No answer tells a stranger to a thing whether the thing exists."""
    real, invented = await world.audit(), str(uuid7())
    photo = await world.photo()
    pairs = [
        ("GET", "/v1/audits/{}", real, "volunteer"),
        ("GET", "/v1/review/audits/{}", real, "volunteer"),
        ("GET", "/v1/review/audits/{}", real, "reviewer_elsewhere"),
        ("GET", "/v1/photos/{}", photo, "volunteer"),
        ("GET", "/v1/photos/{}", photo, "reviewer_elsewhere"),
        ("DELETE", "/v1/devices/{}", await world.device(), "volunteer"),
        ("GET", "/v1/accounts/{}", await world.account(), "reviewer"),
    ]
    for method, path, id_, role in pairs:
        told = [await world.send(method, path.format(each), role) for each in (id_, invented)]
        bodies = [
            {k: v for k, v in answer.json().items() if k not in {"instance", "request_id"}}
            for answer in told
        ]
        assert bodies[0] == bodies[1], (path, role)
