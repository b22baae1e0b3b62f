"""One running demo city for all end-to-end tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.support import postgres
from tests.support.city import RunningCity, run_city


@pytest.fixture(scope="session")
def city(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningCity]:
    """Give the demo city, served by real processes."""
    assert server_url
    name = f"{postgres.name_database(worker_id)}_city"
    with run_city(name, tmp_path_factory.mktemp("city")) as running:
        yield running
