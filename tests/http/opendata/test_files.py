"""Files of open data, each read back by a reader that is not ours, and equal to the database."""

import csv
import gzip
import hashlib
import io
import json
import re
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import osmium
import psycopg
import pytest
from psycopg.rows import dict_row

from audits.opendata.collections import FEATURES, TABLES
from audits.opendata.selecting import select_all
from geo.mobility.profiles import PROFILES
from tests.http.opendata.conftest import OpenCity
from tests.support.machine import LOCAL, ROOT, skip_for_machine
from tests.support.open_city import CANARIES, PLACES, SCHOOL_ID

pytestmark = pytest.mark.xdist_group("open data")

_EXCEL = {"delimiter": ";"}
_CHECKED = (
    "esik.gpkg", "places.csv", "places-excel.csv", "places.schema.json", "places.geojsons",
    "entrances.csv", "barriers.csv", "streets.csv", "facts.csv", "places.a11y.json",
    "network.nodes.OSW.geojson", "network.edges.OSW.geojson", "osm-proposals.osc",
    "definitions.json", "facts.csv.gz",
)  # fmt: skip


@pytest.fixture(scope="module")
async def files(open_set: OpenCity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Download the whole set as anybody would."""
    folder = tmp_path_factory.mktemp("downloads")
    for file in (await _manifest(open_set))["files"]:
        answer = await open_set.client.get(file["href"])
        assert answer.status_code == 200
        (folder / file["name"]).write_bytes(answer.content)
    return folder


async def _manifest(city: OpenCity) -> dict[str, Any]:
    answer = await city.client.get("/open/manifest.json")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _rows(city: OpenCity, name: str) -> list[dict[str, Any]]:
    """Read the rows of a collection straight from the database."""
    with psycopg.connect(city.libpq_url, row_factory=dict_row) as connection:
        return connection.execute(select_all(TABLES[name]).encode()).fetchall()


def _gdal(*command: str | Path) -> str:
    if shutil.which(str(command[0])) is None:
        skip_for_machine("no GDAL: apt-get install gdal-bin")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


async def test_the_manifest_tells_the_truth(open_set: OpenCity, files: Path) -> None:
    """Digests, lengths and counts are those of the files; licence and sources are named."""
    manifest = await _manifest(open_set)
    assert set(_CHECKED) <= {file["name"] for file in manifest["files"]}
    for file in manifest["files"]:
        content = (files / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            file["byte_count"], file["sha256"],
        )  # fmt: skip
        if file.get("compressed_from"):
            assert gzip.decompress(content) == (files / file["compressed_from"]).read_bytes()
        if file["format"] in {"csv", "excel"}:
            assert file["row_count"] == len(_rows(open_set, file["collection"]))
    assert manifest["licence"]["id"] == "ODbL-1.0"
    assert "OpenStreetMap" in manifest["attribution"]
    assert manifest["provenance"][0]["as_of"] == "2026-11-01T00:00:00+00:00"
    coverage = manifest["coverage"]
    assert (coverage["places"], coverage["places_audited"]) == (PLACES + 1, PLACES)
    words = [row["entry_deaf"] for row in _rows(open_set, "places")]
    assert coverage["entry"]["deaf"] == {
        word: words.count(word) for word in ("unknown", "no", "with_help", "yes")
    }


@pytest.mark.parametrize("name", sorted(TABLES))
def test_tables_hold_every_row_and_fit_their_schema(
    open_set: OpenCity, files: Path, name: str
) -> None:
    """CSV for programs: each value is the database's, and the schema describes every column."""
    with (files / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    rows = _rows(open_set, name)
    assert rows
    schema = json.loads((files / f"{name}.schema.json").read_text())
    assert [field["name"] for field in schema["fields"]] == list(table[0])
    for line, row in zip(table, rows, strict=True):
        assert {key: line[key] for key in row} == {key: _as_text(row[key]) for key in row}
    for field in schema["fields"]:
        _check_column(field, [line[field["name"]] for line in table])
        assert field["description"]
        assert field["description_ru"] != field["description_kk"] != field["description"]


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


_FORMS = {
    "integer": r"-?\d+", "number": r"-?\d+\.\d+", "boolean": "true|false", "string": r"(?s).+",
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "date": r"\d{4}-\d\d-\d\d",
}  # fmt: skip


def _check_column(field: dict[str, Any], values: list[str]) -> None:
    """Check values by the rules of Table Schema."""
    limits = field.get("constraints", {})
    known = [value for value in values if value]
    assert not limits.get("required") or len(known) == len(values), field
    assert not limits.get("unique") or len(set(known)) == len(known), field
    assert set(known) <= set(limits.get("enum", known)), field
    assert all(re.fullmatch(_FORMS[field["type"]], value) for value in known), field


def test_excel_gets_what_excel_reads(files: Path) -> None:
    """A mark for UTF-8, semicolons, decimal commas, no formula, no house number as a date."""
    content = (files / "places-excel.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), **_EXCEL)
    school = next(line for line in lines if line["id"] == str(SCHOOL_ID))
    assert (school["lon"], school["lat"]) == ("76,9305000", "43,2403000")
    assert school["name_kk"] == "№ 1 мектеп"
    assert school["name_ru"] == "'=Школа; «№ 1», 2-й корпус"
    assert school["housenumber"] == '="1-3"'
    assert school["entry_deaf"] == "unknown"


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_sequences_are_read_by_their_rules(open_set: OpenCity, files: Path, name: str) -> None:
    """RFC 8142: each record begins with a separator and ends with a line feed."""
    content = (files / f"{name}.geojsons").read_bytes()
    records = content.split(b"\x1e")
    assert records[0] == b""
    features = [json.loads(record) for record in records[1:]]
    assert all(record.endswith(b"}\n") for record in records[1:])
    rows = _rows(open_set, name)
    told = [{"id": f["id"], **f["properties"]} for f in features]
    assert [{key: each[key] for key in row} for each, row in zip(told, rows, strict=True)] == rows


@pytest.mark.parametrize("name", sorted(FEATURES))
async def test_sequences_equal_the_api(open_set: OpenCity, files: Path, name: str) -> None:
    """A downloaded feature is the feature of the OGC API, geometry included."""
    answer = await open_set.client.get(f"/ogc/collections/{name}/items?limit=1000")
    records = (files / f"{name}.geojsons").read_bytes().split(b"\x1e")[1:]
    assert [json.loads(record) for record in records] == answer.json()["features"]


async def test_streets_say_what_the_router_says(open_set: OpenCity, files: Path) -> None:
    """A confirmed barrier shuts its stretch for all; what nobody measured is never a yes."""
    answer = await open_set.client.get("/ogc/collections/streets/items")
    shut, open_, link = (each["properties"] for each in answer.json()["features"])
    assert {shut[f"can_{profile}"] for profile in PROFILES} == {"no"}
    assert open_["can_manual_wheelchair"] == "unknown"
    assert open_["known_manual_wheelchair"] in {"assumed", "missing"}
    with (files / "streets.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert (link["can_deaf"], link["known_manual_wheelchair"]) == ("yes", "missing")
    assert link["can_manual_wheelchair"] == "unknown", "nobody counted steps on the link"
    for line, told in zip(table, (shut, open_, link), strict=True):
        for profile in PROFILES:
            assert line[f"can_{profile}"] == told[f"can_{profile}"]


def test_gdal_reads_the_geopackage(open_set: OpenCity, files: Path, tmp_path: Path) -> None:
    """Every layer, count, box, word and measure comes back, by index and by attribute."""
    shown = _gdal("ogrinfo", "-so", "-al", files / "esik.gpkg")
    for name in TABLES:
        count = len(_rows(open_set, name))
        assert f"Layer name: {name}" in shown
        assert re.search(rf"Layer name: {name}\n.*?Feature Count: {count}\n", shown, re.DOTALL)
    assert "Open Database License" in shown
    back = tmp_path / "back.csv"
    _gdal("ogr2ogr", "-f", "CSV", back, files / "esik.gpkg", "places", "-lco", "GEOMETRY=AS_XY")
    with back.open(encoding="utf-8", newline="") as file:
        table = {line["id"]: line for line in csv.DictReader(file)}
    rows = _rows(open_set, "places")
    words = [key for key in rows[0] if key.startswith(("entry_", "service_", "confidence_"))]
    for row in rows:
        line = table[row["id"]]
        for key in (*words, "coverage_percent", "name_ru", "osm"):
            assert line[key] == _as_text(row[key]), key
    box = ["-spat", "76.93", "43.24", "76.931", "43.241"]
    near = _gdal("ogrinfo", "-ro", "-so", *box, files / "esik.gpkg", "places")
    assert "Feature Count: 1\n" in near
    line = _gdal("ogrinfo", "-ro", files / "esik.gpkg", "streets", "-where", "evidence='audited'")
    assert "width_mm (Integer64) = 1250" in line
    assert "LINESTRING (76.929 43.24,76.93 43.24)" in line
    link = _gdal("ogrinfo", "-ro", files / "esik.gpkg", "streets", "-where", "kind='link'")
    for told in ("width_mm (Integer64) = 900", "source (String) = esik", "known_deaf (String)"):
        assert told in link
    number = 10**14 + 0xBEEF  # made of the end of its UUID
    assert f"id (Integer64) = {number}\n" in link


def test_the_geopackage_is_one(files: Path) -> None:
    """By its own tables: the mark of the format, no broken page, an index entry per feature."""
    with sqlite3.connect(files / "esik.gpkg") as db:
        assert db.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        assert db.execute("PRAGMA user_version").fetchone() == (10300,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        for name in FEATURES:
            rows, entries = (
                db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own names
                for table in (name, f"rtree_{name}_geom")
            )
            assert rows == entries
        described = {
            row[0] for row in db.execute("SELECT DISTINCT table_name FROM gpkg_data_columns")
        }
        assert described == set(TABLES)
    db.close()


def test_a11yjson_fits_the_published_schema(open_set: OpenCity, files: Path) -> None:
    """The package of the format finds nothing wrong, and every place is there once."""
    content = (files / "places.a11y.json").read_bytes()
    features = json.loads(content)["features"]
    places = [f["properties"] for f in features if "placeInfoId" not in f["properties"]]
    assert sorted(p["originalId"] for p in places) == [r["id"] for r in _rows(open_set, "places")]
    grades = {"yes": "fully", "with_help": "partially", "no": "not", "unknown": None}
    words = {row["id"]: row["service_manual_wheelchair"] for row in _rows(open_set, "places")}
    for place in places:
        grade = place["accessibility"].get("wheelchairAccessibilityGrade")
        assert grade == grades[words[place["originalId"]]]
    node = LOCAL / "node" / "bin" / "node"
    program = str(node) if node.exists() else shutil.which("node")
    package = LOCAL / "web" / "node_modules" / "@sozialhelden" / "a11yjson"
    if program is None or not package.exists():
        skip_for_machine("no node with the A11yJSON package: make dev")
    checked = subprocess.run(
        [program, ROOT / "tests/support/check_a11yjson.mjs", LOCAL / "web"],
        input=json.dumps({"features": features[:4]}).encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(checked.stdout) == []


def test_osmium_reads_the_proposals(open_set: OpenCity, files: Path) -> None:
    """Each proposal stands on an object of the map at version 0, so no server takes it blindly."""
    seen = {}
    for found in osmium.FileProcessor(str(files / "osm-proposals.osc")):
        assert found.version == 0
        assert "note" in found.tags
        seen[f"{found.type_str()}{found.id}"] = dict(found.tags)
    mapped = {
        f"{row['osm'][0]}{row['osm'].split('/')[1]}"
        for row in _rows(open_set, "places")
        if row["osm"]
    }
    assert seen
    assert set(seen) <= mapped


def test_opensidewalks_come_back(files: Path) -> None:
    """Nodes and edges hang together and carry what an audit measured."""
    nodes = json.loads((files / "network.nodes.OSW.geojson").read_text())["features"]
    edges = json.loads((files / "network.edges.OSW.geojson").read_text())["features"]
    ids = {node["properties"]["_id"] for node in nodes}
    assert {e["properties"][key] for e in edges for key in ("_u_id", "_v_id")} == ids
    widths = {e["properties"]["_id"]: e["properties"].get("width") for e in edges}
    link = "link-c0ffee00-0000-5000-8000-00000000beef"
    assert widths == {"1": 1.25, "2-1": None, "2-2": None, link: 0.9}


def test_every_word_is_defined(open_set: OpenCity, files: Path) -> None:
    """Each value of a column with choices, each column and each field has its text."""
    texts = json.loads((files / "definitions.json").read_text())
    for name in TABLES:
        assert set(texts["columns"][name]) == {each.name for each in TABLES[name].published}
    for group in ("word", "scope", "profile", "confidence", "method", "state", "evidence"):
        for meaning in texts[group].values():
            assert set(meaning) == {"kk", "ru", "en"}
    fields = {field["name"] for field in texts["catalogue"]["fields"]}
    assert {row["field"] for row in _rows(open_set, "facts")} <= fields


async def test_nothing_private_leaves(open_set: OpenCity, files: Path) -> None:
    """No file and no answer holds a person, unreviewed work, or free words."""
    names = [file["name"] for file in (await _manifest(open_set))["files"]]
    texts = {name: (files / name).read_bytes() for name in names}
    for name in FEATURES:
        for form in ("json", "html"):
            path = f"/ogc/collections/{name}/items?limit=1000&f={form}"
            texts[path] = (await open_set.client.get(path)).content
    for name, content in texts.items():
        for canary in CANARIES:
            for form in (canary, canary.replace("-", "")):
                assert form.encode() not in content, (name, canary)


async def test_the_page_says_what_is_there(open_set: OpenCity) -> None:
    """Three languages, every file linked, sizes and counts; `/open` leads there."""
    sent = await open_set.client.get("/open", headers={"Accept-Language": "ru"})
    assert (sent.status_code, sent.headers["Location"]) == (302, "/ru/open")
    sent = await open_set.client.get("/open?lang=kk", headers={"Accept-Language": "ru"})
    assert sent.headers["Location"] == "/kk/open"
    for language in ("kk", "ru", "en"):
        answer = await open_set.client.get(f"/{language}/open")
        assert answer.status_code == 200
        for file in (await _manifest(open_set))["files"]:
            assert file["href"].removeprefix("http://esik.test") in answer.text
        assert f'lang="{language}"' in answer.text
        assert ">61<" in answer.text


async def test_ranges_and_conditions(open_set: OpenCity, files: Path) -> None:
    """HEAD, one range, the end of a file, If-Range, 304, 416, as RFC 9110 wants them."""
    client, path = open_set.client, "/open/esik.gpkg"
    content = (files / "esik.gpkg").read_bytes()
    head = await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(content))
    tag, date = head.headers["ETag"], head.headers["Last-Modified"]

    async def get(status: int, **headers: str) -> httpx2.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await client.get(path, headers=names)
        assert answer.status_code == status, headers
        return answer

    part = await get(206, Range="bytes=100-299")
    assert part.content == content[100:300]
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(content)}"
    assert part.headers["Content-Length"] == "200"
    assert (await get(206, Range="bytes=-7")).content == content[-7:]
    assert (await get(206, Range=f"bytes={len(content) - 3}-")).content == content[-3:]
    assert (await get(206, Range="bytes=0-99999999")).content == content
    for current in (tag, date):
        assert (await get(206, Range="bytes=0-0", If_Range=current)).content == content[:1]
    for old in ('"other"', "Mon, 01 Jan 2024 00:00:00 GMT", "W/" + tag):
        assert (await get(200, Range="bytes=0-0", If_Range=old)).content == content
    for odd in ("bytes=0-1,5-6", "items=0-1", "bytes=5-2", "bytes=-"):
        assert (await get(200, Range=odd)).content == content
    beyond = await get(416, Range=f"bytes={len(content)}-")
    assert beyond.headers["Content-Range"] == f"bytes */{len(content)}"
    await get(304, If_None_Match=tag)
    await get(304, If_None_Match=f'"x", W/{tag}')
    await get(304, If_Modified_Since=date)
    await get(200, If_None_Match='"x"', If_Modified_Since=date)
    listed = await client.get("/open/manifest.json")
    for name, value in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        again = await client.get("/open/manifest.json", headers={name: listed.headers[value]})
        assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/open/nothing.zip")).status_code == 404
    assert (await client.get("/open/20260101t000000000z-00000000/places.csv")).status_code == 404
    made = datetime.fromisoformat((await _manifest(open_set))["snapshot_at"]).astimezone(UTC)
    assert made.strftime("%a, %d %b %Y %H:%M:%S GMT") == date
