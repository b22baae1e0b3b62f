"""No disk left, or no database: phones are told to come again, and coming again works."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import httpx2
import psycopg
import pytest

from geo.ids import uuid7
from tests.support.bodies import announce, audit_of_a_ramp
from tests.support.campaign import Campaign
from tests.support.inspection import inspect
from tests.support.machine import PATIENCE_S
from tests.support.photos import make_photo
from tests.support.station import Station
from tests.support.volunteers import client

pytestmark = pytest.mark.xdist_group("faults")
_SMALL_BYTES = 24 << 20
_TABLES = ("audit_versions", "upload_chunks")
_REFUSE = """
CREATE FUNCTION pretend_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: no space left on device' USING ERRCODE = '53100';
END $$
"""
Shortage = Callable[[Station], AbstractContextManager[None]]


@contextmanager
def _small_disk(station: Station) -> Iterator[None]:
    """Put the tables that grow on a file system of 24 MB, and fill it up.

    Where this user may not mount one, the database refuses with the same SQLSTATE instead.
    """
    folder = station.folder / "small"
    folder.mkdir(mode=0o700, exist_ok=True)
    size = f"size={_SMALL_BYTES},mode=0700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        with _full_by_sqlstate(station):
            yield
        return
    ballast = folder / "ballast"
    with ExitStack() as stack:
        stack.callback(subprocess.run, ["umount", folder], check=True)
        place = folder / "tables"
        place.mkdir(mode=0o700)
        with psycopg.connect(station.libpq_url, autocommit=True) as db:
            db.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
            stack.callback(_on_database, station, "DROP TABLESPACE small")
            for table in _TABLES:
                stack.callback(
                    _on_database, station, f"ALTER TABLE {table} SET TABLESPACE pg_default"
                )
                db.execute(f"ALTER TABLE {table} SET TABLESPACE small")
        stack.callback(ballast.unlink, missing_ok=True)
        _fill_up(ballast)
        yield


def _fill_up(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4_096))
        except OSError:
            return


@contextmanager
def _full_by_sqlstate(station: Station) -> Iterator[None]:
    """Let the database refuse new rows with the SQLSTATE of a full disk."""
    with ExitStack() as stack:
        _on_database(station, _REFUSE)
        stack.callback(_on_database, station, "DROP FUNCTION pretend_full")
        for table in _TABLES:
            when = f"BEFORE INSERT ON {table}"
            _on_database(station, f"CREATE TRIGGER is_full {when} EXECUTE FUNCTION pretend_full()")
            stack.callback(_on_database, station, f"DROP TRIGGER is_full ON {table}")
        yield


@contextmanager
def _no_database(station: Station) -> Iterator[None]:
    """Kill PostgreSQL and leave it dead."""
    station.kill("database")
    try:
        yield
    finally:
        station.restart("database")


def _on_database(station: Station, statement: str) -> None:
    with psycopg.connect(station.libpq_url, autocommit=True) as db:
        db.execute(statement)


@pytest.mark.parametrize("shortage", [_small_disk, _no_database])
def test_phones_are_told_to_come_again_and_then_succeed(
    shortage: Shortage, campaign: Campaign, station: Station
) -> None:
    """Eight phones run into it: only 503 with Retry-After; afterwards everything is stored once."""
    ledger = campaign.ledger
    before, refused = set(ledger.photos), dict(ledger.refusals)
    versions = ledger.version_count
    with shortage(station):
        work = campaign.begin_work(audits=2)
        until = time.monotonic() + PATIENCE_S
        while ledger.refusals[503] < refused.get(503, 0) + 8:
            assert time.monotonic() < until, "nobody ran into it"
            threading.Event().wait(0.05)
            station.tend()
    campaign.end_work(work)
    station.settle()
    assert ledger.version_count >= versions + 8 * 2
    assert {code for code, count in ledger.refusals.items() if count > refused.get(code, 0)} == {
        503
    }
    found = inspect(station, ledger, campaign.volunteers, photos=set(ledger.photos) - before)
    assert found.all == []


def test_one_audit_and_its_photo_by_hand(campaign: Campaign, station: Station) -> None:
    """The problem document says what to do, and the very same requests succeed afterwards."""
    volunteer = campaign.volunteers[0]
    photo_id, photo = client.make_id(), make_photo(5, (320, 240)) + uuid7().bytes
    spot = volunteer.spots[0]
    body = audit_of_a_ramp(spot.place_id, uuid7(), (spot.lon, spot.lat))
    body["photos"] = [announce(photo_id, photo)]
    audit_id = client.make_id()
    volunteer.phone._send("GET", "/v1/audits")  # a token, while there is a database

    def put_audit() -> httpx2.Response:
        new = {"If-None-Match": "*"}
        path = f"/v1/audits/{audit_id}"
        answer: httpx2.Response = volunteer.phone._send("PUT", path, json=body, headers=new)
        return answer

    def put_photo() -> httpx2.Response:
        path, kind = f"/v1/photos/{photo_id}/content", {"Content-Type": "image/jpeg"}
        answer: httpx2.Response = volunteer.phone._send("PUT", path, content=photo, headers=kind)
        return answer

    with _full_by_sqlstate(station):
        _check_refusal(put_audit())
    with _no_database(station):
        _check_refusal(put_audit())
    campaign.ledger.sent_audits[audit_id] = volunteer.number
    campaign.ledger.sent_photos[photo_id] = audit_id
    campaign.ledger.bodies[client.digest(body)] = body
    assert _insist(station, put_audit).status_code == 201
    with _full_by_sqlstate(station):
        _check_refusal(put_photo())
    with _no_database(station):
        _check_refusal(put_photo())
    assert _insist(station, put_photo).status_code == 201
    assert put_photo().status_code == 200
    again = put_audit()
    assert again.status_code == 200
    volunteer.phone.verify(
        again.json()["receipt"], kind="audit", item_id=str(audit_id), sha256=client.digest(body)
    )


def _insist(station: Station, send: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Send again while told to: each connection kept from before the crash fails once."""
    station.await_ready()
    for _time in range(20):
        answer = send()
        if answer.status_code != 503:
            return answer
        _check_refusal(answer)
    raise AssertionError("the service does not recover")


def _check_refusal(answer: httpx2.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/database-unavailable"
    assert problem["retryable"] is True
