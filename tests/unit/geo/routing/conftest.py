"""Keep compiled kernels between runs, so that these tests start in a moment."""

import pytest

from geo.routing.kernels import keep_code_in
from tests.support.machine import LOCAL


@pytest.fixture(scope="session", autouse=True)
def _kept_kernels() -> None:
    keep_code_in(LOCAL / "kernels")
