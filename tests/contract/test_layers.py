"""api → audits → geo, never upwards; and the check that says so can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.machine import ROOT


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a checkout."""
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache", "--no-logo", *options],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the three packages and their contracts, free to be spoilt."""
    for name in ("api", "audits", "geo"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_layers_are_kept() -> None:
    """No contract is broken, and none names a module that does not exist."""
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("geo/errors.py", "import api.local.errors"),
        ("audits/__init__.py", "import api.local.errors"),
        ("geo/ids.py", "import audits"),
        ("geo/places/models.py", "import fastapi"),
    ],
)
def test_planted_upward_import_is_found(copy: Path, file: str, line: str) -> None:
    """Knowing a layer above breaks the build, also from deep inside a package."""
    with (copy / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = lint(copy)
    assert done.returncode != 0
    assert "BROKEN" in done.stdout
