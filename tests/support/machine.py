"""What this machine offers to tests, and what to do when it lacks something.

A part the machine cannot provide skips with its reason; under `CI=true` that is a failure,
since there everything was installed.  Real data is different: it never fails a run.
"""

import os
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
SHARED_DATA = ROOT.parent / "shared" / "data"
PATIENCE_S = 1200.0
"""How long a test waits for what must happen, at most.

Only a failure waits so long; a machine that is many times slower than ours, or busy with other
work, still gets there. The time-out of a test is longer, so that the wait says what was missing.
"""


def is_ci() -> bool:
    """Say whether nothing may skip for the machine's sake."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def skip_for_machine(reason: str) -> NoReturn:
    """Skip the test because a package of the machine is missing; fail it under CI."""
    if is_ci():
        pytest.fail(f"CI=true, and the machine lacks something: {reason}")
    pytest.skip(reason)
