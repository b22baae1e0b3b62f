"""The database never trades safety for speed where people's work lies; read from its own mouth."""

from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from api.local.up import UpOptions, _open_database
from tests.support.machine import LOCAL, ROOT
from tests.support.station import Station

pytestmark = pytest.mark.xdist_group("faults")
_NAMES = ("fsync", "synchronous_commit", "full_page_writes")


def _read_settings(url: str) -> dict[str, str]:
    with psycopg.connect(url) as db:
        rows = db.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", ([*_NAMES],)
        )
        return dict(rows.fetchall())


def test_kills_happen_to_a_durable_database(station: Station) -> None:
    """The server that is killed flushes every commit, and no connection of ours turns it off."""
    assert _read_settings(station.libpq_url) == dict.fromkeys(_NAMES, "on")
    with psycopg.connect(station.libpq_url) as db:
        exceptions = db.execute(
            "SELECT setconfig FROM pg_db_role_setting s, unnest(setconfig) AS each"
            " WHERE split_part(each, '=', 1) = ANY(%s)",
            ([*_NAMES],),
        ).fetchall()
    assert exceptions == []


def test_make_run_has_the_same_settings(tmp_path: Path) -> None:
    """The cluster that `make run` makes is as durable as the one that is killed here."""
    (tmp_path / "postgis").symlink_to(LOCAL / "postgis")
    with ExitStack() as stack:
        url, cluster = _open_database(UpOptions(root=ROOT, local=tmp_path), stack)
        assert cluster is not None
        assert _read_settings(url) == dict.fromkeys(_NAMES, "on")
