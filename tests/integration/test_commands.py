"""The command line speaks to a clerk's IT person: helps, refuses clearly, and does what it says."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.support.machine import ROOT

_COMMANDS = [
    "up",
    "serve",
    "worker",
    "migrate",
    "import-osm",
    "import-doskaz",
    "import-opensidewalks",
    "export-opensidewalks",
    "recount-clusters",
    "demo",
    "create-account",
    "rotate-keys",
    "reset-second-factor",
]


def _run(*arguments: str, url: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ESIK_DATABASE")}
    if url is not None:
        environment["ESIK_DATABASE__URL"] = url
    return subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT,
        env={**environment, "COLUMNS": "100", "NO_COLOR": "1", **more},
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
    )


def test_help_names_every_command() -> None:
    """`esik --help` lists all commands, each with a sentence."""
    shown = _run("--help")
    assert shown.returncode == 0
    for command in _COMMANDS:
        assert command in shown.stdout


@pytest.mark.parametrize("command", _COMMANDS)
def test_a_command_explains_itself(command: str) -> None:
    """Each command has a help of its own, and every option in it a text."""
    shown = _run(command, "--help")
    assert shown.returncode == 0
    assert len(shown.stdout.split()) > 15


def test_a_missing_setting_is_said_in_one_line() -> None:
    """Without a database the command says which variable is missing, without a traceback."""
    shown = _run("migrate")
    assert shown.returncode == 1
    assert "ESIK_DATABASE__URL" in shown.stderr
    assert ".local/esik.env" in shown.stderr, "where a newcomer finds it"
    assert "Traceback" not in shown.stderr


def test_an_account_is_created_once(clean_database: str, libpq_url: str) -> None:
    """The login is folded, the password is hashed, a second time is refused, a short one too."""
    arguments = ["create-account", "Gulnara", "--role", "reviewer", "--password"]
    made = _run(*arguments, "a long enough password", url=clean_database)
    assert made.returncode == 0, made.stderr
    with psycopg.connect(libpq_url) as connection:
        rows = connection.execute("SELECT login, role, password_hash FROM accounts").fetchall()
    assert [(login, role) for login, role, _hash in rows] == [("gulnara", "reviewer")]
    assert rows[0][2].startswith("$argon2id$")
    again = _run(*arguments, "a long enough password", url=clean_database)
    assert (again.returncode, "taken" in again.stderr) == (1, True)
    short = _run("create-account", "b", "--password", "short", url=clean_database)
    assert (short.returncode, "12 characters" in short.stderr) == (1, True)


def test_a_wrong_file_is_refused_in_words(clean_database: str, tmp_path: Path) -> None:
    """A text file is no map extract; the message says so and the code is 1."""
    wrong = tmp_path / "notes.osm.pbf"
    wrong.write_text("not a map")
    shown = _run("import-osm", str(wrong), url=clean_database)
    assert shown.returncode == 1
    assert shown.stderr.strip()
    assert "Traceback" not in shown.stderr


def test_production_refuses_demo_accounts(clean_database: str) -> None:
    """The demo's public passwords never get into a real installation."""
    production = {
        "ESIK_MODE": "production",
        "ESIK_SERVER__PUBLIC_URL": "https://esik.example",
    }
    shown = _run("demo", url=clean_database, **production)
    assert shown.returncode == 1
    assert "Production" in shown.stderr


def test_doskaz_is_taken_over_with_a_table(clean_database: str) -> None:
    """The command says what came of the file, lists bad rows, and sets old beside new."""
    file = ROOT / "tests" / "support" / "doskaz.json"
    shown = _run("import-doskaz", str(file), "--as-of", "2020-01-01", url=clean_database)
    assert shown.returncode == 0, shown.stderr
    assert "3 new places" in shown.stdout
    assert "row 4 /first/point: point swapped" in shown.stdout
    assert "their score" in shown.stdout
    wrong = _run("import-doskaz", str(ROOT / "README.md"), url=clean_database)
    assert (wrong.returncode, "not an export of Doskaz" in wrong.stderr) == (1, True)
