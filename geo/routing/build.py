"""Builds the base from the street tables, once per import and machine.

Every process of a machine wants the same file. The first to hold the lock builds it, the
others wait and map it. Reading happens in one repeatable-read transaction, so an import that
swaps the tables meanwhile is seen whole or not at all.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
import structlog
from psycopg.rows import TupleRow

from geo.routing.encoding import LAYOUT
from geo.routing.graph import DamagedGraphError, Graph, load, number, path_of, save
from geo.routing.rows import EdgeRow, NodeRow
from geo.routing.streets import StreetBuilder

log = structlog.get_logger()

_MAKERS = (
    *("attributes.py", "cuts.py", "encoding.py", "graph.py", "medians.py", "naming.py"),
    *("pavements.py", "plane.py", "sketch.py", "streets.py", "walls.py", "widths.py"),
)
"""Sources that decide what a base holds; a change of one asks for a new file."""
_KEPT = 2
"""Old bases that stay on disk, for a process that still starts on them."""

_NODE_COLUMNS = [f.name for f in fields(NodeRow) if f.name not in {"lon", "lat"}]
_EDGE_COLUMNS = [f.name for f in fields(EdgeRow) if f.name != "shape"]
_BATCH = 20_000


def ensure_base(conninfo: str, folder: Path) -> Graph:
    """Return the base of the network in force, building it when this machine has none.

    Blocking; run it in a thread or a process of its own. Raises `psycopg.Error` when the
    database cannot be read and `OSError` when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(conninfo, application_name="esik-graph") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        key = name_base(connection)
        path = path_of(folder, key)
        with _locked(folder / f"streets-{key}.lock"):
            if path.exists():
                try:
                    return load(path)
                except DamagedGraphError as error:
                    log.warning("graph_damaged", **error.params)
            graph = build_base(connection, key)
            save(graph, folder)
    _drop_old(folder, keep=path)
    return load(path)


async def ensure_base_apart(conninfo: str, folder: Path) -> Graph:
    """Do what `ensure_base` does, with the building in a process of its own.

    Building is seconds of Python; in a thread it would slow every request meanwhile. Should
    the process fail, a thread builds after all.
    """
    root = str(Path(__file__).parents[2])
    builder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "geo.routing.build", str(folder)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    )
    try:
        # The address may hold a password: it goes through the pipe, not the process list.
        _, said = await builder.communicate(conninfo.encode())
    except asyncio.CancelledError:
        builder.kill()
        await builder.wait()
        raise
    if builder.returncode:
        log.warning("graph_builder_failed", code=builder.returncode, said=said[-500:].decode())
    return await asyncio.to_thread(ensure_base, conninfo, folder)


def name_base(connection: psycopg.Connection[TupleRow]) -> str:
    """Return the key of the network in force: its import, its size, and the builder's code."""
    row = connection.execute(
        "SELECT (SELECT id::text FROM network_imports ORDER BY imported_at DESC, id DESC LIMIT 1),"
        " (SELECT count(*) FROM street_nodes),"
        " (SELECT jsonb_build_array(count(*), sum(length_mm),"
        "  sum(hashint8(id)::bigint), sum(hashint8(osm_way_id)::bigint)) FROM street_edges)"
    ).fetchone()
    digest = hashlib.sha256(json.dumps([LAYOUT, _hash_makers(), row], default=str).encode())
    return digest.hexdigest()[:24]


def read_rows(
    connection: psycopg.Connection[TupleRow],
) -> tuple[dict[int, NodeRow], list[EdgeRow]]:
    """Read the street tables: nodes by id, edges by their order."""
    return {row.id: row for row in _read_nodes(connection)}, list(_read_edges(connection))


def build_base(connection: psycopg.Connection[TupleRow], key: str) -> Graph:
    """Read the street tables and return the base."""
    nodes, edges = read_rows(connection)
    graph = number(StreetBuilder(nodes, edges).build(), key)
    log.info("graph_built", key=key, vertices=graph.vertex_count, edges=graph.edge_count)
    return graph


def main() -> None:
    """Build the base of the database whose address comes on standard input."""
    os.nice(5)
    ensure_base(sys.stdin.read(), Path(sys.argv[1]))


def _read_nodes(connection: psycopg.Connection[TupleRow]) -> Iterator[NodeRow]:
    columns = ", ".join(_NODE_COLUMNS)
    with connection.cursor(name="street_nodes") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(f"SELECT ST_X(geom), ST_Y(geom), {columns} FROM street_nodes")  # noqa: S608 - column names are ours
        for lon, lat, *values in cursor:
            named: dict[str, Any] = dict(zip(_NODE_COLUMNS, values, strict=True))
            yield NodeRow(lon=lon, lat=lat, **named)


def _read_edges(connection: psycopg.Connection[TupleRow]) -> Iterator[EdgeRow]:
    columns = ", ".join(_EDGE_COLUMNS)
    with connection.cursor(name="street_edges") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(f"SELECT ST_AsBinary(geom), {columns} FROM street_edges ORDER BY id")  # noqa: S608 - column names are ours
        while batch := cursor.fetchmany(_BATCH):
            lines = shapely.from_wkb([row[0] for row in batch])
            coordinates, owner = shapely.get_coordinates(lines, return_index=True)
            shapes = np.split(coordinates, np.flatnonzero(np.diff(owner)) + 1)
            for shape, (_, *values) in zip(shapes, batch, strict=True):
                named: dict[str, Any] = dict(zip(_EDGE_COLUMNS, values, strict=True))
                yield EdgeRow(shape=shape, **named)


def _hash_makers() -> str:
    digest = hashlib.sha256()
    for name in _MAKERS:
        digest.update(files("geo.routing").joinpath(name).read_bytes())
    return digest.hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def _drop_old(folder: Path, *, keep: Path) -> None:
    """Remove bases that nobody will open again; mapped pages survive their file's name."""
    bases = sorted(folder.glob("streets-*.graph"), key=lambda each: each.stat().st_mtime)
    for old in bases[:-_KEPT]:
        if old != keep:
            old.unlink(missing_ok=True)
            old.with_suffix(".lock").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
