"""One small city with everything that may and may not leave it, read by many tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.support import postgres
from tests.support.clients import open_app
from tests.support.open_city import fill_open_city


@dataclass(frozen=True)
class OpenCity:
    """A client of the application and the database behind it."""

    client: httpx2.AsyncClient
    libpq_url: str
    data_dir: Path


@pytest.fixture(scope="session")
async def open_city(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenCity]:
    """Give the application over the city; its tests write nothing to the database."""
    assert server_url
    name = f"{postgres.name_database(worker_id)}_open"
    libpq_url = postgres.create_database(name)
    try:
        await fill_open_city(libpq_url)
        folder = tmp_path_factory.mktemp("open")
        async with open_app(postgres.as_sqlalchemy(libpq_url), folder) as client:
            yield OpenCity(client, libpq_url, folder)
    finally:
        postgres.drop_database(name)
