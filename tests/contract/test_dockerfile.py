"""The image's recipe keeps what a city's administrators expect of it."""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.machine import ROOT

_DOCKERFILE = ROOT / "Dockerfile"


def test_hadolint_accepts_the_dockerfile() -> None:
    """The linter for images has no complaint, not even a style one."""
    program = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [program, "--no-color", _DOCKERFILE], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_image_runs_as_an_ordinary_user() -> None:
    """The last stage gives up root, by number, so that clusters can verify it."""
    last = re.split(r"(?m)^FROM ", _DOCKERFILE.read_text(encoding="utf-8"))[-1]
    users = re.findall(r"(?m)^USER (\S+)", last)
    assert users
    assert int(users[-1].split(":")[0]) > 0


def test_locks_are_installed_by_hash_and_name_no_address() -> None:
    """What is built is what was tested, wherever packages come from."""
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text, lock
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
