"""GDAL's own drivers against a real server: what QGIS and a GIS office do."""

import asyncio
import csv
import io
import json
import re
import shutil
from collections.abc import AsyncIterator

import pytest
import uvicorn

from api.app import create_app
from tests.http.opendata.conftest import OpenCity
from tests.support import postgres
from tests.support.clients import make_settings
from tests.support.machine import skip_for_machine

pytestmark = pytest.mark.xdist_group("open data")

_COUNTS = {"places": 61, "entrances": 61, "barriers": 2, "streets": 3}


@pytest.fixture(scope="module")
async def address(open_set: OpenCity) -> AsyncIterator[str]:
    """Serve the city on a port of this machine."""
    if shutil.which("ogrinfo") is None:
        skip_for_machine("no GDAL: apt-get install gdal-bin")
    url = postgres.as_sqlalchemy(open_set.libpq_url)
    app = create_app(make_settings(url, open_set.data_dir))
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def _gdal(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, complaints = await process.communicate()
    assert process.returncode == 0, complaints
    assert b"ERROR" not in complaints, complaints
    return out.decode()


async def test_it_counts_and_finds_every_collection(address: str) -> None:
    """The driver lists the layers, their counts, boxes and columns with their types."""
    for name, count in _COUNTS.items():
        shown = await _gdal("ogrinfo", "-ro", "-so", f"OAPIF:{address}/ogc", name)
        assert f"Layer name: {name}" in shown
        assert f"Feature Count: {count}\n" in shown
        assert re.search(r"Extent: \(76\.\d+, 43\.\d+\) - \(76\.\d+, 43\.\d+\)", shown)
    shown = await _gdal("ogrinfo", "-ro", "-so", f"OAPIF:{address}/ogc", "streets")
    assert "width_mm: Integer" in shown
    assert "lit: Integer(Boolean)" in shown


async def test_it_pages_through_everything(address: str) -> None:
    """Seven features a page: each of them comes once, by the `next` links alone."""
    text = await _gdal(
        "ogr2ogr", "-f", "CSV", "/vsistdout/", f"OAPIF:{address}/ogc", "places",
        "-oo", "PAGE_SIZE=7",
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len({row["id"] for row in rows}) == len(rows) == 61
    assert {row["entry_manual_wheelchair"] for row in rows} == {"yes", "unknown"}


async def test_it_asks_the_server_for_boxes(address: str) -> None:
    """A spatial filter goes to the server, and only what touches it comes back."""
    text = await _gdal(
        "ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"OAPIF:{address}/ogc", "places",
        "-spat", "76.93", "43.24", "76.931", "43.241",
    )  # fmt: skip
    (feature,) = json.loads(text)["features"]
    assert feature["properties"]["osm"] == "way/77"


async def test_it_reads_the_files_over_http(address: str) -> None:
    """By ranges, without downloading: the GeoPackage on the server is a database."""
    shown = await _gdal("ogrinfo", "-ro", "-so", f"/vsicurl/{address}/open/esik.gpkg", "places")
    assert "Feature Count: 61\n" in shown
