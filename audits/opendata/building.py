"""Make a set of files in a folder, all of them from one snapshot of the database.

One transaction holds the snapshot; every other connection reads by its id. Rows stream through
cursors of the server into files, so memory does not grow with the city. Nothing here is visible
to readers: `audits.opendata.shelf` publishes what is complete.
"""

import asyncio
import gzip
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import orjson
import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from audits.catalogue import FieldType, as_json, latest
from audits.exports.a11yjson import describe_place
from audits.exports.osm_change import OsmEdit, propose_edits, write_osm_change
from audits.exports.published import PublishedPlace, iter_published
from audits.opendata.collections import TABLES, Collection
from audits.opendata.columns import WORDS, definitions
from audits.opendata.geopackage import GeoPackage
from audits.opendata.licence import ATTRIBUTION, LICENCE_NAME, LICENCE_URL
from audits.opendata.manifest import OpenFile, Provenance
from audits.opendata.rows import Connection, Row, iter_rows
from audits.opendata.sequences import SequenceFile
from audits.opendata.tables import CsvFile, table_schema
from audits.opendata.walking import Walker, open_walker
from geo.db.session import Sessions, snapshot_session
from geo.mobility.profiles import PROFILES
from geo.opensidewalks.exporter import export_opensidewalks

GPKG = "esik.gpkg"
_GPKG_TYPE = "application/geopackage+sqlite3"
_PACKED_FROM = 100_000
"""Shorter texts are not worth a compressed twin, bytes."""
_LEVEL = 5
_PATIENT = (
    "SET TRANSACTION READ ONLY",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
OnStep = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BuiltSet:
    """Files that lie complete in a folder."""

    folder: Path
    provenance: Provenance
    files: list[OpenFile]


class _Output(Protocol):
    """A file that is being written."""

    def add(self, row: Row) -> None:
        """Write one row."""

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class _Task:
    folder: Path
    conninfo: str
    snapshot: str
    made_at: datetime
    public_url: str
    on_step: OnStep

    @property
    def stamp(self) -> str:
        return f"{self.made_at:%Y-%m-%dT%H:%M:%S}.{self.made_at.microsecond // 1000:03d}Z"


async def build_set(
    sessions: Sessions,
    *,
    conninfo: str,
    folder: Path,
    public_url: str,
    graph_dir: Path,
    code_dir: Path,
    on_step: OnStep = lambda _step: None,
) -> BuiltSet:
    """Write every file into an empty folder; `on_step` is told what comes next.

    `conninfo` is the address of the same database for libpq; base files of the router lie in
    `graph_dir`, its machine code in `code_dir`. Raises `OSError` when the disk is
    full and errors of the driver when the database goes away; the folder is then incomplete.
    """
    async with snapshot_session(sessions) as db:
        for statement in _PATIENT:
            await db.execute(text(statement))
        row = (await db.execute(text("SELECT pg_export_snapshot(), now()"))).one()
        task = _Task(folder, conninfo, row[0], row[1].astimezone(UTC), public_url, on_step)
        provenance = await _describe(db, task)
        walker = await open_walker(conninfo, row[0], graph_dir=graph_dir, code_dir=code_dir)
        files = await asyncio.to_thread(_write_tables, task, provenance, walker)
        files += await _write_network(task)
        files += await _write_places(db, task)
        files += await asyncio.to_thread(_write_meanings, task)
    on_step("packing")
    files += await asyncio.to_thread(_pack, task, files)
    return BuiltSet(folder, provenance, files)


_WORD_COUNTS = ", ".join(
    f"count(*) FILTER (WHERE entry_words[{number}] = {code})"
    for number, _profile in enumerate(PROFILES, 1)
    for code, _word in enumerate(WORDS)
)
_COVERAGE = f"""
SELECT count(*),
       count(*) FILTER (WHERE EXISTS (
         SELECT FROM facts f WHERE f.place_id = p.id
         AND f.state NOT IN ('unknown', 'not_applicable'))),
       {_WORD_COUNTS}
FROM places p WHERE state = 'active'
"""  # noqa: S608 - our own text
_MAP = """
SELECT source_name, source_timestamp, is_demo FROM network_imports
ORDER BY imported_at DESC, id DESC LIMIT 1
"""


async def _describe(db: AsyncSession, task: _Task) -> Provenance:
    total, audited, *counts = (await db.execute(text(_COVERAGE))).one()
    rows = iter(counts)
    entry = {profile.value: {word: next(rows) for word in WORDS} for profile in PROFILES}
    found = (await db.execute(text(_MAP))).first()
    source, of, is_demo = found or (None, None, False)
    return Provenance(
        snapshot_at=task.stamp,
        map_source=source,
        map_timestamp=of.astimezone(UTC).isoformat() if of else None,
        is_demo=is_demo,
        coverage={"places": total, "places_audited": audited, "entry": entry},
    )


@contextmanager
def _connect(task: _Task) -> Iterator[Connection]:
    with psycopg.connect(task.conninfo, application_name="esik-open-data") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(
            sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(task.snapshot))
        )
        # The planner would otherwise plan for the first rows of a cursor only.
        connection.execute("SET LOCAL cursor_tuple_fraction = 1")
        yield connection


def _write_tables(task: _Task, provenance: Provenance, walker: Walker) -> list[OpenFile]:
    about = {
        "title": "Esik: accessibility of the city",
        "rights": f"{LICENCE_NAME}, {LICENCE_URL}",
        "source": ATTRIBUTION,
        "date": task.stamp,
        "map": f"{provenance.map_source}, {provenance.map_timestamp}",
        "unknown": "The word `unknown` and empty values mean that nobody checked; never yes.",
    }
    files, total = [], 0
    with (
        closing(GeoPackage(task.folder / GPKG, made_at=task.stamp, about=about)) as package,
        _connect(task) as connection,
    ):
        for collection in TABLES.values():
            task.on_step(collection.name)
            name = collection.name
            with ExitStack() as stack:
                outputs = [
                    stack.enter_context(closing(each)) for each in _open(task, package, collection)
                ]
                count = 0
                for row in iter_rows(connection, collection, walker):
                    count += 1
                    for output in outputs:
                        output.add(row)
            schema = table_schema(collection, licence=LICENCE_URL)
            _write_json(task.folder / f"{name}.schema.json", schema)
            files += _files_of(name, count, has_shape=collection.geometry is not None)
            total += count
    return [OpenFile(GPKG, "gpkg", _GPKG_TYPE, row_count=total), *files]


def _open(task: _Task, package: GeoPackage, collection: Collection) -> Iterator[_Output]:
    """Begin every file that takes the rows of a collection."""
    name = collection.name
    yield package.begin(collection)
    yield CsvFile(task.folder / f"{name}.csv", collection, for_excel=False)
    yield CsvFile(task.folder / f"{name}-excel.csv", collection, for_excel=True)
    if collection.geometry is not None:
        yield SequenceFile(task.folder / f"{name}.geojsons", collection)


def _files_of(name: str, count: int, *, has_shape: bool) -> list[OpenFile]:
    table = "text/csv; charset=utf-8; header=present"
    files = [
        OpenFile(f"{name}.csv", "csv", table, name, count),
        OpenFile(f"{name}-excel.csv", "excel", table, name, count),
        OpenFile(f"{name}.schema.json", "schema", "application/json", name),
    ]
    if has_shape:
        kind = "application/geo+json-seq"
        files.append(OpenFile(f"{name}.geojsons", "geojsons", kind, name, count))
    return files


async def _write_network(task: _Task) -> list[OpenFile]:
    task.on_step("network")
    written = await export_opensidewalks(
        database_url=task.conninfo,
        folder=task.folder,
        progress=lambda _text: None,
        snapshot=task.snapshot,
    )
    kind = "application/geo+json"
    return [
        OpenFile(written.nodes.name, "osw", kind, row_count=written.node_count),
        OpenFile(written.edges.name, "osw", kind, row_count=written.edge_count),
    ]


async def _write_places(db: AsyncSession, task: _Task) -> list[OpenFile]:
    """Write A11yJSON and the proposals for OpenStreetMap in one pass over the places."""
    task.on_step("a11yjson")
    head = {
        "type": "FeatureCollection", "licence": LICENCE_URL, "attribution": ATTRIBUTION,
        "timestamp": task.stamp,
    }  # fmt: skip
    count = 0

    async def edits(out: BinaryIO) -> AsyncIterator[OsmEdit]:
        nonlocal count
        async for published in iter_published(db, now=task.made_at):
            place = _without_free_words(published)
            for feature in describe_place(place, public_url=task.public_url):
                # Numbers may be a person's own; they stand on the page of the place alone.
                feature["properties"].pop("phoneNumber", None)
                out.write(b",\n" if count else b"\n")
                out.write(orjson.dumps(feature))
                count += 1
            for edit in propose_edits(place):
                yield edit

    name, change = "places.a11y.json", "osm-proposals.osc"
    with (task.folder / name).open("wb") as places, (task.folder / change).open("wb") as osc:
        places.write(orjson.dumps(head)[:-1] + b',"features":[')
        proposed = await write_osm_change(edits(places), osc)
        places.write(b"\n]}\n")
    return [
        OpenFile(name, "a11yjson", "application/geo+json", "places", count),
        OpenFile(change, "osc", "application/vnd.openstreetmap.osmchange+xml", row_count=proposed),
    ]


def _without_free_words(published: PublishedPlace) -> PublishedPlace:
    """Leave out answers in free words: nobody can say for a whole city that none names a person."""
    fields = latest().fields
    kept = [
        fact
        for fact in published.facts
        if fact.field not in fields or fields[fact.field].type is not FieldType.TEXT
    ]
    return replace(published, facts=kept)


def _write_meanings(task: _Task) -> list[OpenFile]:
    task.on_step("definitions")
    collections = {
        collection.name: {
            column.name: {code: column.describe(code) for code in ("kk", "ru", "en")}
            for column in collection.published
        }
        for collection in TABLES.values()
    }
    body = {
        "licence": LICENCE_URL,
        "attribution": ATTRIBUTION,
        **definitions(),
        "columns": collections,
        "catalogue": as_json(latest()),
    }
    _write_json(task.folder / "definitions.json", body)
    return [OpenFile("definitions.json", "definitions", "application/json")]


def _write_json(path: Path, body: object) -> None:
    path.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2))


def _pack(task: _Task, files: list[OpenFile]) -> list[OpenFile]:
    """Compress the longer texts beside themselves."""
    packed = []
    for file in files:
        path = task.folder / file.name
        if file.format == "gpkg" or path.stat().st_size < _PACKED_FROM:
            continue
        name = f"{file.name}.gz"
        with (
            path.open("rb") as source,
            (task.folder / name).open("wb") as out,
            # No file name and no time inside: the same content gives the same bytes.
            gzip.GzipFile("", "wb", _LEVEL, out, mtime=0) as zipped,
        ):
            shutil.copyfileobj(source, zipped, 1 << 20)
        packed.append(
            replace(file, name=name, media_type="application/gzip", compressed_from=file.name)
        )
    return packed
