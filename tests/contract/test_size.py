"""Files and functions stay small enough to be read in one go."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machine import ROOT

_FILE_LINES = 500
_FUNCTION_LINES = 80
_FOLDERS = ("api", "audits", "geo", "alembic", "tests")
_BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "misc"}


def iter_sources() -> Iterator[Path]:
    """Every Python file of ours, except migrations: flat lists of statements in time order."""
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.parent != ROOT / "alembic" / "versions":
                yield path


def find_long_functions(source: str) -> list[str]:
    """Functions above the limit, decorators and docstring included, as `name (lines)`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            lines = (node.end_lineno or first) - first + 1
            if lines > _FUNCTION_LINES:
                found.append(f"{node.name} ({lines} lines)")
    return found


def test_files_have_at_most_500_lines() -> None:
    """A longer file has more than one subject: split it by subject."""
    lines = {each: len(each.read_text(encoding="utf-8").splitlines()) for each in iter_sources()}
    assert not {
        str(path.relative_to(ROOT)): count for path, count in lines.items() if count > _FILE_LINES
    }


def test_functions_have_at_most_80_lines() -> None:
    """A longer function hides its steps."""
    long = {
        str(path.relative_to(ROOT)): found
        for path in iter_sources()
        if (found := find_long_functions(path.read_text(encoding="utf-8")))
    }
    assert not long


def test_no_file_is_named_after_nothing() -> None:
    """Names say what a module owns; these say that nobody thought about it."""
    assert not [path for path in iter_sources() if path.stem in _BANNED_NAMES]


@pytest.mark.parametrize(("lines", "is_long"), [(79, False), (80, True)])
def test_the_check_itself_counts_the_def_line(lines: int, *, is_long: bool) -> None:
    """A check that never fails would be worth nothing."""
    source = "def one():\n" + "    pass\n" * lines
    assert bool(find_long_functions(source)) is is_long
