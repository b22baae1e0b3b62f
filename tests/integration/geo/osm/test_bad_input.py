"""Bad input: a clear problem, and the old city stays."""

import asyncio
from pathlib import Path
from typing import Any, Never

import psycopg
import pytest

from geo.network.locks import IMPORT_LOCK
from geo.osm.errors import (
    DistrictsUnreadableError,
    ElevationUnreadableError,
    ExtractElsewhereError,
    ExtractEmptyError,
    ExtractMissingError,
    ExtractShrunkError,
    ExtractUnreadableError,
    ImportFailedError,
    ImportRunningError,
    NoStreetsError,
    StorageFullError,
)
from geo.osm.importer import import_osm
from geo.osm.staging import Stage
from tests.support.osm_file import OsmFile, make_town
from tests.support.osm_import import Import

Look = psycopg.AsyncConnection[dict[str, Any]]

_IN_METRES = """{"features": [{"geometry": {"type": "Polygon",
 "coordinates": [[[9e6, 5e6], [9e6, 6e6], [8e6, 6e6], [9e6, 5e6]]]}}]}"""
_STATE = """
SELECT (SELECT md5(string_agg(e::text, '|' ORDER BY id)) FROM street_edges e) AS edges,
       (SELECT md5(string_agg(p::text, '|' ORDER BY id)) FROM places p) AS places,
       (SELECT md5(string_agg(l::text, '|' ORDER BY id)) FROM elements l) AS elements,
       (SELECT count(*) FROM network_imports) AS imports,
       (SELECT count(*) FROM changes) AS changes
"""


async def _state(look: Look) -> dict[str, Any]:
    row = await (await look.execute(_STATE)).fetchone()
    assert row is not None
    return row


def _files(tmp_path: Path) -> dict[str, tuple[Path, type[Exception]]]:
    whole = make_big_town().write(tmp_path / "whole.osm.pbf").read_bytes()
    truncated = tmp_path / "truncated.osm.pbf"
    truncated.write_bytes(whole[: len(whole) * 2 // 3])
    wrong = tmp_path / "picture.osm.pbf"
    wrong.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000))
    text = tmp_path / "notes.txt"
    text.write_text("not a map")
    empty = tmp_path / "empty.osm.pbf"
    empty.write_bytes(b"")
    flipped = tmp_path / "flipped.osm.pbf"
    flipped.write_bytes(whole[:300] + bytes(b ^ 0xFF for b in whole[300:600]) + whole[600:])
    return {
        "truncated": (truncated, ExtractUnreadableError),
        "wrong": (wrong, ExtractUnreadableError),
        "text": (text, ExtractUnreadableError),
        "empty": (empty, ExtractEmptyError),
        "flipped": (flipped, ExtractUnreadableError),
        "missing": (tmp_path / "nowhere.osm.pbf", ExtractMissingError),
        "nothing": (OsmFile().write(tmp_path / "nothing.osm.pbf"), ExtractEmptyError),
        "no_streets": (_water().write(tmp_path / "water.osm.pbf"), NoStreetsError),
        "no_places_for_nodes": (_hollow().write(tmp_path / "hollow.osm.pbf"), NoStreetsError),
        "elsewhere": (_elsewhere().write(tmp_path / "far.osm.pbf"), ExtractElsewhereError),
    }


def make_big_town() -> OsmFile:
    """Make a town large enough to be cut off in the middle."""
    town = make_town()
    for row in range(12):
        first = 1000 + row * 100
        refs = [town.node(first + i, i * 50, 300 + row * 50) for i in range(30)]
        town.way(2000 + row, refs, highway="footway")
        for i in range(29):
            town.way(3000 + row * 40 + i, refs[i : i + 2], highway="path", name=f"Path {i}")
    return town


def _water() -> OsmFile:
    town = OsmFile()
    town.square(1, 1, 0, 0, 100, natural="water")
    return town


def _hollow() -> OsmFile:
    town = OsmFile()
    town.node(1, 0, 0)
    town.node(2, 100, 0)
    town.way(1, [1, 2], highway="footway")
    town.missing |= {1, 2}
    return town


def _elsewhere() -> OsmFile:
    town = make_town()
    town.nodes = {key: ((lon - 40, lat), tags) for key, ((lon, lat), tags) in town.nodes.items()}
    return town


@pytest.mark.parametrize(
    "which",
    [
        "truncated",
        "wrong",
        "text",
        "empty",
        "flipped",
        "missing",
        "nothing",
        "no_streets",
        "no_places_for_nodes",
        "elsewhere",
    ],
)
async def test_bad_file_leaves_the_old_city(
    which: str, load: Import, look: Look, tmp_path: Path
) -> None:
    """Each bad file has its own error, and not a row of the city differs afterwards."""
    await load(make_town())
    before = await _state(look)
    path, error = _files(tmp_path)[which]
    with pytest.raises(error):
        await load(path)
    assert await _state(look) == before


async def test_file_cut_at_a_seam_is_noticed_by_its_size(load: Import, look: Look) -> None:
    """A file that lost most of its streets is refused although it reads without an error."""
    await load(make_big_town())
    before = await _state(look)
    with pytest.raises(ExtractShrunkError):
        await load(make_town())
    assert await _state(look) == before


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "{}",
        '{"type": "FeatureCollection", "features": []}',
        '{"type": "FeatureCollection", "features": [7]}',
        '{"type": "FeatureCollection", "features": [{"geometry": null}]}',
        '{"features": [{"geometry": {"type": "Point", "coordinates": [76, 43]}}]}',
        _IN_METRES,
    ],
)
async def test_bad_districts_leave_the_old_city(
    content: str, load: Import, look: Look, tmp_path: Path
) -> None:
    """A file of districts that is not polygons in degrees stops the import."""
    await load(make_town())
    before = await _state(look)
    file = tmp_path / "districts.geojson"
    file.write_text(content)
    with pytest.raises(DistrictsUnreadableError):
        await load(make_town(), districts=file)
    assert await _state(look) == before


async def test_bad_elevation_leaves_the_old_city(load: Import, look: Look, tmp_path: Path) -> None:
    """A folder without rasters and a damaged raster stop the import."""
    await load(make_town())
    before = await _state(look)
    folder = tmp_path / "dem"
    folder.mkdir()
    with pytest.raises(ElevationUnreadableError):
        await load(make_town(), dem=folder)
    (folder / "N43E076.hgt").write_bytes(b"short")
    with pytest.raises(ElevationUnreadableError):
        await load(make_town(), dem=folder)
    assert await _state(look) == before


async def test_full_disk_leaves_the_old_city(
    load: Import, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk in the middle of the replacement is reported as such and undone.

    No disk is filled here: the driver's own error for SQLSTATE 53100 is raised after the old
    streets were deleted and new ones written, where PostgreSQL would raise it.
    """
    await load(make_town())
    before = await _state(look)

    def full(*_args: object) -> Never:
        raise psycopg.errors.DiskFull("could not extend file")

    monkeypatch.setattr("geo.osm.importer.merge_places", full)
    with pytest.raises(StorageFullError):
        await load(make_town())
    assert await _state(look) == before


async def test_quota_of_the_server_is_reported(
    clean_database: str, look: Look, tmp_path: Path, load: Import, libpq_url: str
) -> None:
    """A real refusal by the server: a role that may not make temporary tables.

    Stands for any refusal in COPY; the message is typed and nothing changed.
    """
    await load(make_town())
    before = await _state(look)
    name = psycopg.conninfo.conninfo_to_dict(libpq_url)["dbname"]
    await look.execute("DROP ROLE IF EXISTS esik_no_temp")
    await look.execute("CREATE ROLE esik_no_temp LOGIN PASSWORD 'x'")
    await look.execute(f'REVOKE TEMP ON DATABASE "{name}" FROM PUBLIC')
    await look.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO esik_no_temp")
    word = "x"
    url = psycopg.conninfo.make_conninfo(libpq_url, user="esik_no_temp", password=word)
    try:
        with pytest.raises(ImportFailedError):
            await import_osm(
                database_url=url,
                path=make_town().write(tmp_path / "again.osm.pbf"),
                progress=lambda _text: None,
            )
    finally:
        await look.execute("DROP OWNED BY esik_no_temp")
        await look.execute("DROP ROLE esik_no_temp")
        await look.execute(f'GRANT TEMP ON DATABASE "{name}" TO PUBLIC')
    assert clean_database
    assert await _state(look) == before


async def test_lost_connection_leaves_the_old_city(
    load: Import, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends the connection while rows are copied is a typed failure."""
    await load(make_town())
    before = await _state(look)
    finish = Stage.finish

    def cut(stage: Stage) -> None:
        stage._connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        finish(stage)

    monkeypatch.setattr(Stage, "finish", cut)
    with pytest.raises(ImportFailedError):
        await load(make_town())
    assert await _state(look) == before


async def test_second_import_is_refused_while_one_runs(load: Import, look: Look) -> None:
    """Two imports at once are not possible; the second is told so."""
    await look.execute("SELECT pg_advisory_lock(%s)", (IMPORT_LOCK,))
    with pytest.raises(ImportRunningError):
        await load(make_town())
    await look.execute("SELECT pg_advisory_unlock(%s)", (IMPORT_LOCK,))
    await load(make_town())


async def test_stopped_import_changes_nothing(load: Import, look: Look) -> None:
    """Cancelling stops the work before the city changes."""
    await load(make_town())
    before = await _state(look)
    task = asyncio.ensure_future(load(make_big_town()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _state(look) == before


async def test_nothing_of_staging_remains(load: Import, look: Look) -> None:
    """Neither a finished nor a failed import leaves a table behind."""
    await load(make_town())
    with pytest.raises(NoStreetsError):
        await load(_water())
    rows = await (
        await look.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'staging%%' AND relkind = 'r'"
        )
    ).fetchall()
    assert rows == []
