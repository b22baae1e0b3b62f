"""The checker of the kill tests can fail: each kind of damage is done on purpose and found."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from geo.ids import uuid7
from tests.support.bodies import audit_of_a_ramp
from tests.support.campaign import Campaign
from tests.support.inspection import Findings, inspect
from tests.support.ledger import Ledger
from tests.support.station import Station
from tests.support.volunteers import Volunteer, client

pytestmark = pytest.mark.xdist_group("faults")


@pytest.fixture(scope="module")
def worked(campaign: Campaign, station: Station) -> Campaign:
    """Give a campaign in which something of everything has happened."""
    while not (campaign.ledger.approved and campaign.ledger.photos):
        campaign.end_work(campaign.begin_work(audits=1))
    station.settle()
    assert inspect(station, campaign.ledger, campaign.volunteers).all == []
    return campaign


def test_an_answer_before_the_commit_is_found(station: Station, tmp_path: Path) -> None:
    """A server that acknowledges before it commits, and is killed, has lost an audit."""
    ledger = Ledger()
    with psycopg.connect(station.libpq_url) as db:
        row = db.execute("SELECT id FROM places LIMIT 1").fetchone()
    assert row is not None
    dice = random.Random(1)
    volunteer = Volunteer(99, station.base_url, tmp_path / "phone", ledger, [], dice)
    station.restart_lying_server()
    audit_id = client.make_id()
    ledger.sent_audits[audit_id] = volunteer.number
    volunteer.phone.add_audit(
        audit_of_a_ramp(row[0], uuid7(), _door(station, row[0])), {}, audit_id
    )
    assert volunteer.phone.flush() == 0, "the lie was not believed"
    assert set(ledger.versions) == {audit_id}
    station.kill("api")
    station.restart("api")
    found = inspect(station, ledger, [], photos=[])
    assert found.lost == [f"audit {audit_id} version 1"]
    volunteer.close()


def test_a_lost_object_is_found(worked: Campaign, station: Station) -> None:
    """An original or a clean picture that disappears from the store is missed."""
    photo_id = next(iter(worked.ledger.photos))
    with psycopg.connect(station.libpq_url) as db:
        row = db.execute(
            "SELECT original_key, derivatives #>> '{320,key}' FROM photos WHERE id = %s",
            (photo_id,),
        ).fetchone()
    assert row is not None
    store = station.open_store()
    for key in row:
        content = store.get(key)
        store.delete(key)
        try:
            assert f"object {key}" in _inspect(worked, station, [photo_id]).lost
            store.put(key, b"other bytes", media_type="image/webp")
            assert f"bytes of object {key}" in _inspect(worked, station, [photo_id]).lost
        finally:
            store.delete(key)
            store.put(key, content, media_type="image/webp")
    assert _inspect(worked, station, [photo_id]).all == []


_DAMAGES = {
    "a version": ("audit_versions", "audit_id = %(audit)s", "", "lost"),
    "an answer": ("observations", "audit_id = %(audit)s", "", "half"),
    "an event": ("events", "kind = 'audit_submitted' AND subject_id = %(audit)s::text", "", "half"),
    "a change": ("changes", "kind = 'audit' AND subject_id = %(audit)s::text", "", "half"),
    "a decision": ("decisions", "audit_id = %(audit)s", "", "half"),
    "an approval": ("audits", "id = %(audit)s", "state = 'submitted'", "lost"),
    "a digest": ("audit_versions", "audit_id = %(audit)s", "body = body || '{\"x\": 1}'", "lost"),
    "the bytes of a photo": ("photos", "id = %(photo)s", "state = 'expected'", "lost"),
    "a photo's pictures": ("photos", "id = %(photo)s", "derivatives = '{}'", "half"),
    "a photo's turn": ("photos", "id = %(photo)s", "state = 'received'", "half"),
}


@pytest.mark.parametrize("damage", _DAMAGES)
def test_damage_in_a_table_is_found(damage: str, worked: Campaign, station: Station) -> None:
    """Rows that vanish or change turn the run red."""
    table, where, change, kind = _DAMAGES[damage]
    keys = {
        "audit": next(iter(worked.ledger.approved)),
        "photo": next(iter(worked.ledger.photos)),
    }
    with _damaged(station, table, where, change, keys):
        assert getattr(_inspect(worked, station, []), kind)


def test_a_second_audit_is_found(worked: Campaign, station: Station) -> None:
    """The same visit stored again under another id is a duplicate."""
    copy = (
        "INSERT INTO audits SELECT (jsonb_populate_record(a, jsonb_build_object('id', %s::uuid))).*"
        " FROM audits a WHERE id = %s"
    )
    twin, audit_id = uuid7(), next(iter(worked.ledger.approved))
    with psycopg.connect(station.libpq_url, autocommit=True) as db:
        db.execute(copy, (twin, audit_id))
        try:
            assert f"audits: {twin}" in _inspect(worked, station, []).doubled
        finally:
            db.execute("DELETE FROM audits WHERE id = %s", (twin,))


def test_a_wrong_count_on_the_map_is_found(worked: Campaign, station: Station) -> None:
    """A place that is counted and is not there turns the run red, folded or not."""
    ghost = (
        "INSERT INTO place_cluster_deltas (x, y, n, category, words)"
        " VALUES (1, 1, %s, 'ghost', '{3,3,3,3,3,3}')"
    )
    with psycopg.connect(station.libpq_url, autocommit=True) as db:
        db.execute(ghost, (1,))
        try:
            [found] = _inspect(worked, station, []).half
            assert found.startswith("the map counts other places")
        finally:
            db.execute(ghost, (-1,))
    assert _inspect(worked, station, []).all == []


def _inspect(worked: Campaign, station: Station, photos: list[UUID]) -> Findings:
    return inspect(station, worked.ledger, [], photos=photos)


@contextmanager
def _damaged(
    station: Station, table: str, where: str, change: str, keys: dict[str, UUID]
) -> Iterator[None]:
    """Delete rows, or change them, and put them back as they were."""
    name, condition = sql.Identifier(table), sql.SQL(where)
    with psycopg.connect(station.libpq_url, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")
        kept = sql.SQL("CREATE TEMP TABLE kept AS SELECT * FROM {} WHERE {}")
        count = db.execute(kept.format(name, condition), keys).rowcount
        assert count > 0
        if change:
            damage = sql.SQL("UPDATE {} SET {} WHERE {}").format(name, sql.SQL(change), condition)
        else:
            damage = sql.SQL("DELETE FROM {} WHERE {}").format(name, condition)
        db.execute(damage, keys)
        try:
            yield
        finally:
            db.execute(sql.SQL("DELETE FROM {} WHERE {}").format(name, condition), keys)
            back = sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE SELECT * FROM kept")
            db.execute(back.format(name))


def _door(station: Station, place_id: UUID) -> tuple[float, float]:
    with psycopg.connect(station.libpq_url) as db:
        row = db.execute(
            "SELECT ST_X(point), ST_Y(point) FROM places WHERE id = %s", (place_id,)
        ).fetchone()
    assert row is not None
    return (row[0], row[1])
