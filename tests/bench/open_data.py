"""Open data of a city: time and memory of one set, against plain `COPY … TO CSV` of its rows.

The peer writes the same rows and columns of the same five collections, as CSV only, into the
same folder, by the same server: what a script with `psql` would do. A set is that and eighteen
files more, with digests. Memory is the largest resident size of the process that makes it.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from audits.opendata.collections import TABLES
from audits.opendata.selecting import select_all
from tests.bench import Row
from tests.bench._databases import open_database
from tests.support import postgres
from tests.support.machine import LOCAL, ROOT
from tests.support.open_city import fill_open_city
from tests.support.verdict_city import add_places

SIZES = (3_400, 34_000)
_RUNS = 2
_FACTS = """
INSERT INTO facts (id, place_id, element_id, field, state, operator, value, method, observed_at,
                   confidence)
SELECT gen_random_uuid(), place_id, element_id, field, state, operator, value, method,
       observed_at, 'medium'
FROM observations ON CONFLICT DO NOTHING
"""
_VERDICTS = """
INSERT INTO verdicts (place_id, profile, scope, word, entrance_id, coverage_percent, confidence,
                      rules_version)
SELECT p.id, r.profile, s.scope, 'yes', e.id, 40, 'medium', 'x'
FROM places p JOIN elements e ON e.place_id = p.id AND e.state = 'active',
     unnest(ARRAY['manual_wheelchair', 'powered_wheelchair', 'limited_walking', 'pushchair',
                  'low_vision', 'deaf']) AS r (profile),
     unnest(ARRAY['entry', 'service']) AS s (scope)
ON CONFLICT DO NOTHING
"""
_NAMES = """
UPDATE places
SET entry_words = '{3,3,2,1,0,0}',
    name = jsonb_build_object(
      'ru', 'Школа ' || right(id::text, 4), 'kk', 'Мектеп ' || right(id::text, 4)),
    address = '{"street": "улица Абая", "housenumber": "12"}'
WHERE state = 'active'
"""
_MAKE = """
import asyncio, json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from audits.opendata.building import build_set
from geo.db.engine import create_write_engine
from geo.db.session import session_factory

async def make(url, folder, code):
    begun = time.perf_counter()
    engine = create_write_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_size=1)
    steps = []
    built = await build_set(
        session_factory(engine), conninfo=url, folder=Path(folder), public_url="http://esik.test",
        graph_dir=Path(folder).parent / "graph", code_dir=Path(code),
        on_step=lambda step: steps.append((step, time.perf_counter() - begun)),
    )
    await engine.dispose()
    return time.perf_counter() - begun, steps, len(built.files)

base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
spent, steps, files = asyncio.run(make(*sys.argv[1:]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": spent, "steps": steps, "files": files, "base": base, "peak": peak}))
"""


def run() -> list[Row]:
    """Measure both sizes on a database of their own."""
    begun = postgres.begin_run()
    try:
        found = {size: _measure(size) for size in SIZES}
    finally:
        postgres.end_run(begun)
    small, large = (found[size] for size in SIZES)
    return [
        Row("a whole set, 34,000 places", large["set"], "COPY to CSV of the same rows",
            large["copy"], "s"),
        Row("its five CSV tables alone", large["tables"], "the same COPY", large["copy"], "s"),
        Row("per place, 34,000", 1e3 * large["set"] / SIZES[1], "3,400 places",
            1e3 * small["set"] / SIZES[0], "ms"),
        Row("largest memory, 34,000 places", large["peak"], "3,400 places", small["peak"], "MB"),
        Row("all files of 34,000 places", large["bytes"] / 1e6, "COPY's CSV",
            large["copied"] / 1e6, "MB"),
    ]  # fmt: skip


def _measure(size: int) -> dict[str, float]:
    with open_database() as url, tempfile.TemporaryDirectory() as folder:
        _fill(url, size)
        copied = Path(folder) / "copied"
        copied.mkdir()
        copy_s = min(_copy(url, copied) for _ in range(_RUNS))
        made = _make(url, Path(folder) / "set")
        steps = dict(made["steps"])
        return {
            "copy": copy_s,
            "set": made["seconds"],
            "tables": steps["network"] - steps["places"],
            "peak": made["peak"],
            "bytes": _size(Path(folder) / "set"),
            "copied": _size(copied),
        }


def _fill(url: str, size: int) -> None:
    """Make audited places with facts and words; plausible, but not judged by the rules."""
    asyncio.run(fill_open_city(url, places=1))
    with psycopg.connect(url, autocommit=True) as connection:
        add_places(connection, first=2, last=size)
        for statement in (_FACTS, _VERDICTS, _NAMES):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")


def _copy(url: str, folder: Path) -> float:
    """Copy every collection in one snapshot, as plainly as one can."""
    begun = time.perf_counter()
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for name, collection in TABLES.items():
            shapes = ["ST_AsText({}, 7)"] if collection.geometry else []
            statement = f"COPY ({select_all(collection, shapes)}) TO STDOUT (FORMAT csv, HEADER)"
            with (
                (folder / f"{name}.csv").open("wb") as file,
                connection.cursor() as cursor,
                cursor.copy(statement.encode()) as copy,
            ):
                for piece in copy:
                    file.write(piece)
    return time.perf_counter() - begun


def _make(url: str, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _MAKE, url, str(folder), str(LOCAL / "cache" / "numba")],
        cwd=ROOT, env=os.environ, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _size(folder: Path) -> float:
    return float(sum(path.stat().st_size for path in folder.iterdir()))
