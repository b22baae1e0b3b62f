"""A manager asks for open data, a real worker makes them, and readers find them."""

import asyncio
import os
import sys
from pathlib import Path

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from audits.accounts.roles import Role
from audits.accounts.service import create_account
from tests.http.conftest import PASSWORD, SmallCity
from tests.support.clients import sign_in
from tests.support.machine import LOCAL, ROOT
from tests.support.people import agree


async def test_a_manager_asks_and_the_worker_answers(
    small_city: SmallCity, engine: AsyncEngine, database_url: str, tmp_path: Path
) -> None:
    """Before, the address is empty and the page says so; asking twice makes one set."""
    client = small_city.client
    assert (await client.get("/open/manifest.json")).status_code == 404
    assert (await client.get("/en/open")).status_code == 200
    async with AsyncSession(engine) as db, db.begin():
        account = await create_account(db, role=Role.MANAGER, login="manager", password=PASSWORD)
        await agree(db, account)
    manager = await sign_in(client, "manager", PASSWORD)
    for _time in range(2):
        asked = await client.post("/v1/open-data", headers=manager)
        assert (asked.status_code, asked.json()) == (202, {"newest": None})
    with psycopg.connect(small_city.libpq_url) as connection:
        count = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'esik:publish_open_data'"
        ).fetchone()
    assert count == (1,)
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api", "worker", "--once"),
        cwd=ROOT,
        env={
            **os.environ,
            "ESIK_DATABASE__URL": database_url,
            "ESIK_DATA_DIR": str(tmp_path),
            "ESIK_CACHE_DIR": str(LOCAL / "cache"),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await worker.communicate()
    assert worker.returncode == 0, said.decode()
    manifest = await client.get("/open/manifest.json")
    assert manifest.status_code == 200, said.decode()
    places = await client.get("/open/places.csv")
    assert str(small_city.place_id) in places.text
    asked = await client.post("/v1/open-data", headers=manager)
    assert asked.json() == {"newest": manifest.json()["set"]}
