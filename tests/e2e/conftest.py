"""One running demo city for all end-to-end tests of a worker, and a browser per module."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright

from tests.support import postgres
from tests.support.city import RunningCity, run_city
from tests.support.machine import PATIENCE_S, skip_for_machine

_CHROMIUM = Path("/usr/bin/chromium")
_PATIENCE_MS = PATIENCE_S * 1000
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


@pytest.fixture(scope="session")
def city(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningCity]:
    """Give the demo city, served by real processes."""
    assert server_url
    name = f"{postgres.name_database(worker_id)}_city"
    with run_city(name, tmp_path_factory.mktemp("city")) as running:
        yield running


# Not for the whole session: Playwright's loop would stand in the way of asynchronous tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium, which draws WebGL in software."""
    if not _CHROMIUM.exists():
        skip_for_machine("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(
                executable_path=_CHROMIUM, args=_ARGUMENTS, timeout=_PATIENCE_MS
            )
        except Error as error:
            skip_for_machine(f"Chromium does not start: {error}")
        # Five seconds are too few where a map is drawn in software beside everything else.
        expect.set_options(timeout=_PATIENCE_MS)
        yield started
        started.close()
