"""What every test shares: markers by folder, skips by reason, one cluster per run."""

import socket
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from audits.accounts import passwords
from geo.routing.kernels import check_types
from tests.support import postgres
from tests.support.db import (
    clean_database,
    committed_db,
    database_url,
    db,
    empty_database_url,
    engine,
    libpq_url,
    server_url,
    worker_id,
)
from tests.support.groups import GroupScheduling
from tests.support.machine import ROOT, SHARED_DATA
from tests.support.proofs import ProofBook, count_proof, get_size, proof_size

__all__ = [
    "clean_database",
    "committed_db",
    "count_proof",
    "database_url",
    "db",
    "empty_database_url",
    "engine",
    "libpq_url",
    "proof_size",
    "server_url",
    "worker_id",
]

# Almost every story begins with people who sign in; what a good hash costs is no part of it.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
passwords._NOBODY = passwords.hash_password("nobody's password")

# A kernel called without a look at its types has to be given the same ones by every caller.
check_types()

# How long an example takes is the machine's affair, and a run that fails must fail again: what
# is tried follows from the test alone. The long proofs look for something new every time.
settings.register_profile(
    "esik",
    database=None,
    deadline=None,
    derandomize=get_size() == "short",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("esik")

_FOLDERS = {"unit", "integration", "http", "contract", "e2e", "proof", "faults"}
_RUN = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run in the one process that sees its end; xdist workers inherit it."""
    if not hasattr(config, "workerinput"):
        config.stash[_RUN] = postgres.begin_run()
        config.pluginmanager.register(ProofBook(ROOT / "docs" / "proofs.md"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupScheduling | None:
    """Keep tests of one group in one process."""
    return GroupScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster, also after Ctrl-C; if even this is killed, its keeper does it."""
    run = config.stash.get(_RUN, None)
    if run is not None:
        postgres.end_run(run)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the folder decide the marker, and skip tests whose real data is not here."""
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        if folder in _FOLDERS:
            item.add_marker(folder)
        if item.get_closest_marker("realdata") and not SHARED_DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason=f"real data is not here: {SHARED_DATA}"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with real extracts of cities; its tests are marked `realdata`."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not here: {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def _no_network_in_unit_tests(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refuse connections from tests/unit: pure code has nobody to talk to."""
    if request.node.get_closest_marker("unit"):

        def refuse(*_args: object) -> None:
            raise AssertionError("a unit test must not open connections")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket.socket, "connect_ex", refuse)
