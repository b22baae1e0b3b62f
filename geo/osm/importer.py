"""The import: an extract becomes the city, or the old city stays.

Order: read and stage (minutes at most, nobody notices), check, then one short transaction that
swaps the streets, merges the places and attaches what people said. Any failure before its
commit leaves the city as it was, because nothing but temporary tables was written.

The work runs in a thread on a connection of its own, so that an event loop goes on.
"""

import asyncio
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from geo.db.changes import CHANNEL, ChangeKind
from geo.ids import uuid7
from geo.network.locks import IMPORT_LOCK, NETWORK_LOCK
from geo.osm.districts import choose_districts
from geo.osm.elevation import load_elevation
from geo.osm.errors import (
    ExtractElsewhereError,
    ExtractEmptyError,
    ExtractShrunkError,
    ImportFailedError,
    ImportRunningError,
    ImportStoppedError,
    NoStreetsError,
    StorageFullError,
)
from geo.osm.merge import drop_old_districts, merge_districts, merge_places, prepare_places
from geo.osm.parts import merge_parts
from geo.osm.reader import Reader, Scan, check_file, find_timestamp, scan
from geo.osm.roads import generalise
from geo.osm.staging import Connection, Stage
from geo.osm.streets import Bounds, Streets
from geo.osm.summary import ImportSummary, shorten
from geo.osm.swap import Plan, attach, plan_matches, swap_streets
from geo.osm.tags.vertices import VertexFacts
from geo.places.streets import make_streets

Progress = Callable[[str], None]

_OPTIONS = "-c timezone=UTC -c statement_timeout=0 -c temp_buffers=65536 -c jit=off"
_WAIT_FOR_IMPORT_MS = 2_000
_WAIT_FOR_ROWS_MS = 60_000
"""An approval may hold a row for seconds; whoever holds it longer stops the import."""
_DISK_FULL = "53100"
_OUT_OF_SPACE = frozenset({_DISK_FULL, "53400"})
_LEAST_SHARE_OF_OLD = 0.4
_SMALL_NETWORK = 200
_ATTEMPTS = 5
_KEEP_EDITS_OUT = "LOCK TABLE places, elements IN SHARE ROW EXCLUSIVE MODE"
_ANALYZE = (
    "ANALYZE street_nodes, street_edges, map_roads, map_features, places, elements, districts, "
    "edge_overrides, barriers, streets, search_words"
)
# All that may have changed: the map as it is and as it was, and places before and after, which
# may lie beyond the streets.
_ANNOUNCE = """
INSERT INTO changes (kind, subject_id, area, data)
SELECT %(kind)s, %(id)s::text, ST_Envelope(ST_Collect(box)), %(data)s::jsonb
FROM (
  (SELECT bounds AS box FROM network_imports ORDER BY imported_at DESC, id DESC LIMIT 2)
  UNION ALL
  SELECT ST_SetSRID(each::box2d::geometry, 4326) FROM unnest(%(touched)s::text[]) AS each
) AS boxes
"""
_KEPT_NODES = """
SELECT osm_node_ids FROM edge_overrides WHERE state <> 'retired' AND osm_node_ids IS NOT NULL
UNION ALL
SELECT osm_node_ids FROM barriers
WHERE state IN ('reported', 'confirmed', 'expired') AND osm_node_ids IS NOT NULL
UNION ALL
SELECT osm_node_ids FROM elements WHERE place_id IS NULL AND osm_node_ids IS NOT NULL
"""


async def import_osm(
    *,
    database_url: str,
    path: Path,
    dem: Path | None = None,
    districts: Path | None = None,
    is_demo: bool = False,
    progress: Callable[[str], None],
) -> ImportSummary:
    """Import an extract into the city of this database.

    `dem` is a folder or file of elevation rasters, `districts` a GeoJSON file; without it
    districts come from the extract. `progress` is called from another thread.

    Raises a `DomainError` of `geo.osm.errors` for a file that cannot be used, when another
    import is running, and when the database fails midway; the old city then stays untouched.
    Cancelling the task stops the import at its next check, before anything has changed.
    """
    work = CityImport(
        database_url=database_url,
        path=path,
        dem=dem,
        districts=districts,
        is_demo=is_demo,
        progress=progress,
    )
    return await run_import(work)


async def run_import(work: "CityImport") -> ImportSummary:
    """Run an import in a thread; cancelling the task stops it at its next check."""
    thread = asyncio.ensure_future(asyncio.to_thread(work.run))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        work.stop.set()
        await asyncio.wait([thread])
        raise


class CityImport:
    """One import from the first look at the file to the last statistic.

    Another format of streets overrides `check`, `prepare` and `take_over`; lock, swap, record
    and announcement stay the same.
    """

    announced: tuple[ChangeKind, ...] = (ChangeKind.NETWORK, ChangeKind.PLACES)
    brings_places: bool = True
    """Without, places stay: a demo city with other streets is still invented."""

    def __init__(
        self,
        *,
        database_url: str,
        path: Path,
        dem: Path | None = None,
        districts: Path | None = None,
        is_demo: bool = False,
        progress: Progress,
    ) -> None:
        self._conninfo = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._path = path
        self._dem = dem
        self._districts = districts
        self._is_demo = is_demo
        self._progress = progress
        self.stop = threading.Event()
        self._summary = ImportSummary(import_id=uuid7(), source_name=path.name)
        self._first_edge_id = 1
        self._touched: list[str] = []
        """Boxes of places, before and after."""

    def run(self) -> ImportSummary:
        """Do it all; see `import_osm`."""
        self.check()
        try:
            with (
                psycopg.connect(
                    self._conninfo,
                    autocommit=True,
                    options=_OPTIONS,
                    application_name="esik-import",
                ) as connection,
                _only_import(connection),
            ):
                self._import(connection)
        except psycopg.Error as error:
            raise _translate(error) from error
        self._progress(f"done: {self._path.name}")
        return self._summary

    def check(self) -> None:
        """Refuse what cannot be imported before the database is touched."""
        check_file(self._path)

    def _import(self, connection: Connection) -> None:
        plan, digest, stamp = self.prepare(connection)
        with self._step("replace"):
            self._replace(connection, plan, digest, stamp)
        with self._step("analyze"):
            connection.execute(_ANALYZE)

    def prepare(self, connection: Connection) -> tuple[Plan, str, datetime | None]:
        """Stage the new city and check it; give the matches, a digest and the map's age."""
        with self._step("check"):
            digest = hash_file(self._path)
            stamp = find_timestamp(self._path)
        with self._step("scan"):
            found = self._scan(connection)
        with self._step("read"):
            stage = Stage(connection)
            stage.create()
            streets = self._read(connection, stage, found)
        with self._step("prepare"):
            lost_doors = prepare_places_and_districts(
                connection, stage, self._districts, self._summary
            )
            if lost_doors:
                self._warn(f"{lost_doors:,} entrances lie on no building and were left out")
            self.validate(connection, streets.bounds, streets.counts.edges)
            self._check_stopped()
            plan = plan_matches(connection)
        return plan, digest, stamp or found.newest

    def take_over(self, connection: Connection) -> None:
        """Make what is staged the city, inside the transaction of the swap."""
        swap_streets(connection)
        self._merge(connection)

    def _replace(
        self, connection: Connection, plan: Plan, digest: str, stamp: datetime | None
    ) -> None:
        """Make the staged city the city, in one transaction.

        Approvals and edits of places wait meanwhile, so that none is overwritten unseen. They
        take the same locks in an order of their own; who loses a deadlock tries again.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with connection.transaction():
                    connection.execute(_KEEP_EDITS_OUT)
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (NETWORK_LOCK,))
                    self.take_over(connection)
                    make_streets(connection)
                    self._summary.unmatched = attach(connection, plan)
                    self._summary.counts["unmatched"] = len(self._summary.unmatched)
                    self._record(connection, digest, stamp)
            except psycopg.errors.DeadlockDetected:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return

    def _scan(self, connection: Connection) -> Scan:
        self._progress(f"looking at {self._path.name}")
        kept = connection.execute(_KEPT_NODES).fetchall()

        keep = {ids[at] for (ids,) in kept if isinstance(ids, list) and ids for at in (0, -1)}
        found = scan(self._path, keep)
        if found.ways == 0:
            raise ExtractEmptyError("the file holds no ways", name=self._path.name)
        if found.walkable_ways == 0:
            raise NoStreetsError(name=self._path.name, ways=found.ways)
        self._progress(f"{found.walkable_ways:,} of {found.ways:,} ways can be walked")
        return found

    def _read(self, connection: Connection, stage: Stage, found: Scan) -> Streets:
        elevation = load_elevation(self._dem) if self._dem else None
        facts: dict[int, VertexFacts] = {}
        streets = Streets(
            stage,
            vertices=found.vertices,
            facts=facts,
            elevation=elevation,
            first_edge_id=find_next_edge_id(connection),
        )
        reader = Reader(
            path=self._path,
            stage=stage,
            scan=found,
            streets=streets,
            facts=facts,
            progress=self._progress,
            check=self._check_stopped,
        )
        reader.run()
        if streets.counts.edges == 0:
            raise NoStreetsError(name=self._path.name, ways=streets.counts.ways)
        stage.finish()
        generalise(connection)
        self._report(reader, streets)
        return streets

    def _report(self, reader: Reader, streets: Streets) -> None:
        summary, counts = self._summary, streets.counts
        summary.counts |= {
            "ways": counts.ways,
            "nodes": counts.nodes,
            "edges": counts.edges,
            "metres": counts.length_mm // 1000,
            "map_features": reader.leftovers.features,
            "missing_nodes": counts.missing_nodes,
            "broken_areas": len(reader.leftovers.broken_areas) + len(reader.places.counts.broken),
            "clipped_relations": len(reader.leftovers.clipped_relations),
        }
        summary.edges_by_kind = dict(counts.by_kind)
        listed: dict[str, list[Any]] = {
            "ways lack nodes, their rest was used: way": counts.clipped_ways,
            "areas are broken and were left out": (
                reader.leftovers.broken_areas + reader.places.counts.broken
            ),
            "areas crossed themselves and were repaired": reader.places.counts.repaired,
            "areas reach beyond the extract and were left out: relation": (
                reader.leftovers.clipped_relations
            ),
        }
        for words, ids in listed.items():
            if ids:
                self._warn(f"{len(ids):,} {words} {shorten(ids)}")
        if reader.leftovers.unreadable:
            self._warn(f"{reader.leftovers.unreadable:,} objects could not be read")

    def validate(self, connection: Connection, bounds: Bounds, edges: int) -> None:
        """Refuse a network that cannot be this city's."""
        self._summary.bounds = (bounds.west, bounds.south, bounds.east, bounds.north)
        old = connection.execute(
            "SELECT (counts->>'edges')::bigint, bounds && ST_MakeEnvelope(%s, %s, %s, %s, 4326)"
            " FROM network_imports ORDER BY imported_at DESC, id DESC LIMIT 1",
            self._summary.bounds,
        ).fetchone()
        if old is not None:
            if old[1] is False:
                raise ExtractElsewhereError(name=self._path.name)
            before = int(str(old[0] or 0))
            if before > _SMALL_NETWORK and edges < before * _LEAST_SHARE_OF_OLD:
                raise ExtractShrunkError(name=self._path.name, edges=edges, edges_before=before)
        parts, largest = _components(connection)
        self._summary.counts["components"] = parts
        self._summary.counts["nodes_in_largest_component"] = largest

    def _merge(self, connection: Connection) -> None:
        self._note_places(connection)
        merge_districts(connection)
        places = merge_places(connection)
        parts = merge_parts(connection)
        self._note_places(connection)
        if kept := drop_old_districts(connection):
            self._warn(f"districts that are no more but still in use: {shorten(kept)}")
        self._summary.counts |= {
            "places_new": places.new,
            "places_changed": places.changed,
            "places_unchanged": places.unchanged,
            "places_moved": places.moved,
            "places_gone": places.gone,
            "places_returned": places.returned,
            "elements_new": parts.new,
            "elements_changed": parts.changed,
            "elements_gone": parts.gone,
        }
        for table, key in (("places", "places"), ("elements", "elements")):
            row = connection.execute(
                f"SELECT count(*) FROM {table} WHERE state = 'active'"  # noqa: S608 - constants
            ).fetchone()
            self._summary.counts[key] = int(str(row[0])) if row else 0
        total = places.changed + places.unchanged + places.gone
        if total and places.gone > total // 5:
            self._warn(f"{places.gone:,} of {total:,} places vanished from the map")

    def _note_places(self, connection: Connection) -> None:
        """Remember where places are: what moves or vanishes leaves a gap where it was."""
        row = connection.execute(
            "SELECT ST_Extent(point) FROM places WHERE state = 'active'"
        ).fetchone()
        if row is not None and row[0] is not None:
            self._touched.append(str(row[0]))

    def _record(self, connection: Connection, digest: str, stamp: datetime | None) -> None:
        summary = self._summary
        area = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
        parameters = {
            "id": summary.import_id,
            "name": summary.source_name,
            "digest": digest,
            "stamp": stamp,
            "demo": self._is_demo or (not self.brings_places and _was_demo(connection)),
            "counts": json.dumps(summary.as_counts()),
            **dict(zip(("west", "south", "east", "north"), _grown(summary.bounds), strict=True)),
        }
        connection.execute(
            "INSERT INTO network_imports (id, source_name, source_sha256, source_timestamp,"  # noqa: S608 - constants
            " is_demo, counts, bounds)"
            f" VALUES (%(id)s, %(name)s, %(digest)s, %(stamp)s, %(demo)s, %(counts)s, {area})",
            parameters,
        )
        for kind in self.announced:
            connection.execute(
                _ANNOUNCE,
                {
                    "id": summary.import_id,
                    "touched": self._touched,
                    "kind": kind.value,
                    "data": json.dumps({"reason": "import"}),
                },
            )
        connection.execute(f"NOTIFY {CHANNEL}")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self._check_stopped()
        started = time.perf_counter()
        self._progress(f"{name} …")
        yield
        self._summary.seconds[name] = round(time.perf_counter() - started, 2)

    def _check_stopped(self) -> None:
        if self.stop.is_set():
            raise ImportStoppedError

    def _warn(self, text: str) -> None:
        self._summary.warnings.append(text)


@contextmanager
def _only_import(connection: Connection) -> Iterator[None]:
    """Hold the lock of imports; wait a moment, since a session that just ended may hold it."""
    connection.execute(f"SET lock_timeout = '{_WAIT_FOR_IMPORT_MS}ms'")
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", (IMPORT_LOCK,))
    except psycopg.errors.LockNotAvailable as error:
        raise ImportRunningError from error
    connection.execute(f"SET lock_timeout = '{_WAIT_FOR_ROWS_MS}ms'")
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            connection.execute("SELECT pg_advisory_unlock(%s)", (IMPORT_LOCK,))


def prepare_places_and_districts(
    connection: Connection, stage: Stage, file: Path | None, summary: ImportSummary
) -> int:
    """Choose the districts and settle the staged places; give the number of lost doors."""
    choice = choose_districts(connection, stage, file)
    summary.districts_from = choice.source
    summary.counts["districts"] = choice.count
    lost_doors = prepare_places(connection)
    for column, target in (("kind", summary.by_kind), ("sector", summary.by_sector)):
        rows = connection.execute(
            f"SELECT {column}, count(*) FROM staging_places GROUP BY 1"  # noqa: S608 - constants
        ).fetchall()
        target.update({str(word): int(str(count)) for word, count in rows})
    row = connection.execute(
        "SELECT count(*) FROM staging_elements WHERE kind = 'entrance'"
    ).fetchone()
    summary.counts["entrances"] = int(str(row[0])) if row else 0
    return lost_doors


def _translate(error: psycopg.Error) -> Exception:
    if error.sqlstate in _OUT_OF_SPACE:
        return StorageFullError(sqlstate=error.sqlstate)
    return ImportFailedError(sqlstate=error.sqlstate)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _was_demo(connection: Connection) -> bool:
    row = connection.execute(
        "SELECT is_demo FROM network_imports ORDER BY imported_at DESC, id DESC LIMIT 1"
    ).fetchone()
    return bool(row and row[0])


def _grown(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Widen a box by a metre or so, since a single street may have no height."""
    west, south, east, north = box
    margin = 1e-5
    return west - margin, south - margin, east + margin, north + margin


def find_next_edge_id(connection: Connection) -> int:
    """Give the first id that no edge of this database has had."""
    row = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM street_edges").fetchone()
    return int(str(row[0])) if row else 1


def _components(connection: Connection) -> tuple[int, int]:
    """Count the parts of the network that do not meet, and the nodes of the largest."""
    rows = connection.execute(
        "SELECT from_node_id, to_node_id FROM staging_street_edges"
    ).fetchall()
    ends = np.array(rows, dtype=np.int64).reshape(-1, 2)
    _ids, flat = np.unique(ends, return_inverse=True)
    a, b = flat.reshape(-1, 2).T
    label = np.arange(len(_ids))
    while True:
        low = np.minimum(label[a], label[b])
        before = label.copy()
        np.minimum.at(label, label[a], low)
        np.minimum.at(label, label[b], low)
        label = label[label]
        if np.array_equal(before, label):
            break
    sizes = np.bincount(label)
    return int(np.count_nonzero(sizes)), int(sizes.max())
