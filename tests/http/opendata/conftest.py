"""One small city with everything that may and may not leave it, read by many tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from audits.opendata.publishing import Publisher
from audits.photos.stores import FolderStore
from geo.db.engine import create_write_engine
from geo.db.session import session_factory
from tests.support import postgres
from tests.support.clients import make_settings, open_app
from tests.support.machine import LOCAL
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


@pytest.fixture(scope="session")
async def open_set(open_city: OpenCity) -> OpenCity:
    """Give the same city with a published set of files."""
    settings = make_settings(postgres.as_sqlalchemy(open_city.libpq_url), open_city.data_dir)
    engine = create_write_engine(settings.database.url.get_secret_value(), pool_size=1)
    publisher = Publisher(
        sessions=session_factory(engine),
        store=FolderStore(settings.photos_dir),
        conninfo=open_city.libpq_url,
        folder=open_city.data_dir / "making",
        graph_dir=open_city.data_dir / "graph",
        code_dir=LOCAL / "cache" / "numba",
        public_url="http://esik.test",
        version="test",
    )
    await publisher.publish(clock=lambda: datetime.now(UTC))
    await engine.dispose()
    return open_city
