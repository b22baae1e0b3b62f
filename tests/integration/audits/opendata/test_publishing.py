"""Sets of open data: one moment in all files, whole or not there, kept for readers under way."""

import asyncio
import csv
import json
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from audits.opendata.errors import OpenDataMissingError, PublishingUnderWayError
from audits.opendata.manifest import Manifest
from audits.opendata.publishing import Publisher
from audits.opendata.shelf import find_newest, get_set, iter_pieces
from audits.photos.stores import FolderStore, PhotoStore, StoreUnavailableError
from geo.db.engine import create_write_engine
from geo.db.session import session_factory
from tests.support.machine import LOCAL, ROOT
from tests.support.open_city import fill_open_city

_PLACES = 24
_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _at(minutes: float = 0, since: datetime = _NOW) -> datetime:
    """Read the clock of a test."""
    return since + timedelta(minutes=minutes)


_CHANGES = """
UPDATE places SET name = '{"ru": "later"}', entry_words = '{1,1,1,1,1,1}', category = 'later';
UPDATE facts SET value = '987654', method = 'claimed' WHERE jsonb_typeof(value) = 'number';
UPDATE barriers SET note = 'later';
UPDATE street_edges SET highway = 'later', surface = 'later';
INSERT INTO places (id, kind, state, category, sector, point)
VALUES (gen_random_uuid(), 'stop', 'active', 'later', 'transport',
        ST_SetSRID(ST_MakePoint(76.9, 43.2), 4326));
"""

_WAITING = """
SELECT pg_sleep(0.02) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE NOT l.granted AND l.relation = 'districts'::regclass AND d.datname = current_database()
"""


@pytest.fixture
async def publisher(
    clean_database: str, libpq_url: str, tmp_path: Path
) -> AsyncIterator[Publisher]:
    """Give a publisher over a small city of this test's own, with a folder as its store."""
    await fill_open_city(libpq_url, places=_PLACES)
    engine = create_write_engine(clean_database, pool_size=1)
    yield Publisher(
        sessions=session_factory(engine),
        store=FolderStore(tmp_path / "data" / "photos"),
        conninfo=libpq_url,
        folder=tmp_path / "data" / "open-data",
        graph_dir=tmp_path / "data" / "graph",
        code_dir=LOCAL / "cache" / "numba",
        public_url="http://esik.test",
        version="test",
    )
    await engine.dispose()


def _read(store: PhotoStore, manifest: Manifest, name: str) -> bytes:
    found = manifest.find_file(name)
    assert found is not None
    number, file = found
    pieces = iter_pieces(manifest, number, start=0, length=file.byte_count)
    return b"".join(store.get(key)[offset : offset + count] for key, offset, count in pieces)


def _is_whole(store: PhotoStore, manifest: Manifest) -> bool:
    return all(len(_read(store, manifest, f.name)) == f.byte_count for f in manifest.files)


async def test_every_file_shows_the_same_moment(
    publisher: Publisher, libpq_url: str, tmp_path: Path
) -> None:
    """Others commit before every step; no file has anything of it, the next set has all."""
    seen: list[str] = []

    def change(step: str) -> None:
        seen.append(step)
        if step != "places":
            with psycopg.connect(libpq_url) as other:
                other.execute(_CHANGES)

    first = await publisher.publish(clock=_at, on_step=change)
    assert {"facts", "streets", "network", "a11yjson", "definitions", "publishing"} <= set(seen)
    store = publisher.store
    for file in first.files:
        if file.compressed_from is None and file.format not in {"gpkg", "definitions"}:
            content = _read(store, first, file.name)
            assert b"later" not in content, file.name
            assert not re.search(rb'[,:;"]987654[,;"}]', content), file.name
    package = tmp_path / "set.gpkg"
    package.write_bytes(_read(store, first, "esik.gpkg"))
    with sqlite3.connect(package) as db:
        assert db.execute("SELECT count(*) FROM places").fetchone() == (_PLACES + 1,)
        assert db.execute("SELECT count(*) FROM places WHERE category = 'later'").fetchone() == (0,)
    db.close()
    table = _read(store, first, "places.csv").decode("utf-8-sig").splitlines()
    words = [row["entry_deaf"] for row in csv.DictReader(table)]
    assert first.provenance.coverage["entry"]["deaf"]["unknown"] == words.count("unknown")
    features = json.loads(_read(store, first, "places.a11y.json"))["features"]
    assert len(features) == _PLACES + 1
    second = await publisher.publish(clock=_at)
    assert b"later" in _read(store, second, "places.csv")
    assert second.provenance.coverage["places"] > _PLACES + 1


async def test_a_killed_process_leaves_the_old_set_whole(
    publisher: Publisher, clean_database: str, libpq_url: str, tmp_path: Path
) -> None:
    """SIGKILL in the middle of the work: readers notice nothing, and the next run cleans up."""
    old = await publisher.publish(clock=_at)
    command = [sys.executable, "-m", "api", "publish-open-data"]
    environment = {
        **os.environ,
        "ESIK_DATABASE__URL": clean_database,
        "ESIK_DATA_DIR": str(tmp_path / "data"),
        "ESIK_CACHE_DIR": str(LOCAL / "cache"),
    }
    with psycopg.connect(libpq_url) as blocker, psycopg.connect(libpq_url, autocommit=True) as eye:
        # The files are open when it comes to the names of districts; there it has to wait.
        blocker.execute("LOCK TABLE districts IN ACCESS EXCLUSIVE MODE")
        child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
        while not eye.execute(_WAITING).fetchall():
            assert child.returncode is None
            await asyncio.sleep(0)
        (left,) = _list(tmp_path / "data" / "open-data")
        assert {"esik.gpkg", "places.csv"} <= {path.name for path in _list(left)}
        with pytest.raises(PublishingUnderWayError):
            await publisher.publish(clock=_at)
        child.send_signal(signal.SIGKILL)
        assert await child.wait() == -signal.SIGKILL
    assert find_newest(publisher.store) == old
    assert _is_whole(publisher.store, old)
    new = await publisher.publish(clock=_at)
    assert find_newest(publisher.store) == new
    assert _is_whole(publisher.store, new)
    assert _is_whole(publisher.store, old)
    assert _list(tmp_path / "data" / "open-data") == []


def _list(folder: Path) -> list[Path]:
    return list(folder.iterdir())


class _FullStore(FolderStore):
    """A folder whose disk is full after some objects, as it happens to real ones."""

    left = 5

    def put(self, key: str, content: bytes, *, media_type: str) -> None:
        if self.left == 0:
            raise StoreUnavailableError(cause="ENOSPC")
        self.left -= 1
        super().put(key, content, media_type=media_type)


async def test_a_set_without_its_manifest_is_not_seen(publisher: Publisher, tmp_path: Path) -> None:
    """The disk fills up while pieces are written: the old set stays; a day later they are gone."""
    root = tmp_path / "data" / "photos"
    old = await publisher.publish(clock=_at)
    with pytest.raises(StoreUnavailableError):
        await replace(publisher, store=_FullStore(root)).publish(clock=_at)
    assert find_newest(publisher.store) == old
    sets = {item.key.split("/")[2] for item in publisher.store.iter_objects("open/files/")}
    assert len(sets) == 2
    real = datetime.now(UTC)
    for minutes, count in ((60, 3), (25 * 60, 2)):
        await publisher.publish(clock=partial(_at, minutes=minutes, since=real))
        sets = {item.key.split("/")[2] for item in publisher.store.iter_objects("open/files/")}
        assert len(sets) == count


async def test_readers_under_way_keep_their_set(publisher: Publisher) -> None:
    """An older set stays for two hours after a newer one came, and the last two for ever."""
    made = [await publisher.publish(clock=partial(_at, minutes=n)) for n in range(3)]
    assert all(_is_whole(publisher.store, each) for each in made)
    newest = await publisher.publish(clock=partial(_at, minutes=121.5))
    with pytest.raises(OpenDataMissingError):
        get_set(publisher.store, made[0].set_id)
    assert find_newest(publisher.store) == newest
    assert all(_is_whole(publisher.store, each) for each in (*made[1:], newest))
    keys = [item.key for item in publisher.store.iter_objects("open/files/")]
    assert not [key for key in keys if made[0].set_id in key]


@pytest.mark.xdist_group("seaweed")
async def test_a_bucket_serves_the_same(
    publisher: Publisher, make_bucket: Callable[[], PhotoStore]
) -> None:
    """On a real S3 server a set is published, read back and cleaned as in a folder."""
    store = make_bucket()
    there = replace(publisher, store=store)
    made = [await there.publish(clock=partial(_at, minutes=180 * n)) for n in range(3)]
    assert find_newest(store) == made[-1]
    assert _is_whole(store, made[-1])
    with pytest.raises(OpenDataMissingError):
        get_set(store, made[0].set_id)
    for item in list(store.iter_objects("open/")):
        store.delete(item.key)
