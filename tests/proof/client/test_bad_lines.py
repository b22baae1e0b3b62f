"""The reference client over lines as bad as 2G: nothing is lost, doubled, or believed too early."""

import base64
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from audits.accounts.signatures import sign
from audits.canonical import canonical_json
from geo.ids import uuid7
from tests.http.conftest import _CITY as CITY_ROWS
from tests.http.conftest import PLACE_ID
from tests.support import postgres
from tests.support.bodies import audit_of_a_ramp
from tests.support.city import RunningCity, run_server
from tests.support.machine import LOCAL
from tests.support.proofs import CountProof, ProofSize
from tests.support.proxy import EDGE_BYTES_PER_S, EDGE_DELAY_S, BadLine, Line, open_line
from tests.support.reference import load_reference_client

client = load_reference_client()
ReferencePhone: TypeAlias = Any
"""A `Phone` of a module that is loaded at run time."""
pytestmark = pytest.mark.xdist_group("bad-lines")
_PHOTO_BYTES = 400_000


@pytest.fixture(scope="module")
def city(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningCity]:
    """Give a server of its own process over one school; no worker, nothing is processed."""
    assert server_url
    name = f"{postgres.name_database(worker_id)}_client"
    folder = tmp_path_factory.mktemp("client")
    url = postgres.create_database(name)
    with psycopg.connect(url) as connection:
        connection.execute(CITY_ROWS)
    running = RunningCity(libpq_url=url, data_dir=folder / "data")
    running.environment = {
        "ESIK_DATABASE__URL": postgres.as_sqlalchemy(url),
        "ESIK_DATA_DIR": str(running.data_dir),
        "ESIK_CACHE_DIR": str(LOCAL / "cache"),
    }
    try:
        with run_server(running, folder=folder) as address:
            running.base_url = address
            yield running
    finally:
        postgres.drop_database(name)


@pytest.fixture
def bad(city: RunningCity) -> Iterator[BadLine]:
    """Give a line to the server that is good until the test makes it bad."""
    with open_line(city.base_url, Line()) as line:
        yield line


@pytest.fixture
def phone(bad: BadLine, tmp_path: Path) -> Iterator[ReferencePhone]:
    """Give a registered phone behind the line."""
    made = client.Phone(bad.url, tmp_path / "phone.db")
    made.register()
    made.agree()
    yield made
    made.close()


def _body() -> dict[str, Any]:
    return audit_of_a_ramp(PLACE_ID, uuid7())


def _picture(size: int = _PHOTO_BYTES) -> bytes:
    return b"\xff\xd8\xff" + random.Random(size).randbytes(size - 3)


def _count(city: RunningCity, audit_id: UUID) -> tuple[int, int]:
    """Count what the server stores of an audit: versions and photos that arrived."""
    with psycopg.connect(city.libpq_url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM audit_versions WHERE audit_id = %(id)s),"
            " (SELECT count(*) FROM photos WHERE audit_id = %(id)s AND state <> 'expected')",
            {"id": audit_id},
        ).fetchone()
    assert row is not None
    return row


def test_an_express_audit_is_cheap(
    phone: ReferencePhone, bad: BadLine, count_proof: CountProof
) -> None:
    """Without photos: at most three round trips and 8 kB, both ways and headers included."""
    phone.flush()
    phone._http.close()
    phone._http = client.httpx2.Client(base_url=bad.url, trust_env=False)
    bad.forget()
    phone.add_audit(_body(), {})
    assert phone.flush() == 0
    count_proof("round trips of an express audit", bad.traffic.round_trips)
    count_proof("bytes of an express audit", bad.traffic.total_bytes)
    assert bad.traffic.round_trips <= 3
    assert bad.traffic.total_bytes <= 8_000


def test_a_photo_arrives_by_resuming(
    phone: ReferencePhone,
    bad: BadLine,
    city: RunningCity,
    proof_size: ProofSize,
    count_proof: CountProof,
) -> None:
    """400 kB over a line that is cut every 128 kB, stalls, drops and repeats: ≤ 1.3 times sent."""
    bad.line.cut_every, bad.line.repeat = 131_072, True
    bad.line.stall_every, bad.line.stall_s = 100_000, 0.05
    if proof_size == "long":
        bad.line.bytes_per_s, bad.line.delay_s = EDGE_BYTES_PER_S, EDGE_DELAY_S
    audit_id = phone.add_audit(_body(), {uuid7(): _picture()})
    bad.forget()
    for _time in range(20):
        bad.line.drop_answers = 1 if _time == 0 else 0
        if phone.flush() == 0:
            break
    assert phone.waiting() == []
    count_proof("bytes sent for a photo of 400 kB", bad.traffic.up_bytes)
    assert bad.traffic.cuts >= 3
    assert bad.traffic.up_bytes <= 1.3 * _PHOTO_BYTES
    assert _count(city, audit_id) == (1, 1)


def test_lost_answers_and_repeated_requests_double_nothing(
    phone: ReferencePhone, bad: BadLine, city: RunningCity
) -> None:
    """The server stored it, the phone never heard, everything comes twice: one audit."""
    bad.line.repeat = True
    audit_id = phone.add_audit(_body(), {uuid7(): _picture(20_000)})
    for _time in range(4):
        bad.line.drop_answers = 1
        phone.flush()
    bad.line.drop_answers = 0
    assert phone.flush() == 0
    assert bad.traffic.dropped >= 3
    assert bad.traffic.repeated >= 2
    assert _count(city, audit_id) == (1, 1)


def _answer(body: dict[str, Any], status: str = "201 Created") -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
    return head.encode() + f"Content-Length: {len(content)}\r\n\r\n".encode() + content


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_forged_receipt_is_not_believed(
    phone: ReferencePhone, bad: BadLine, city: RunningCity
) -> None:
    """Own key, stolen key id, another audit's receipt, no receipt, a portal's page: all kept."""
    body = _body()
    audit_id = client.make_id()
    mine = ec.generate_private_key(ec.SECP256R1())
    kid = json.loads(phone._get("keys"))["keys"][0]["kid"]
    sent = json.dumps({**body, "photos": []})
    said = {
        "iss": "esik", "sub": str(audit_id), "kind": "audit", "durable": True, "version": 1,
        "sha256": client.digest(json.loads(sent)),
    }  # fmt: skip

    def forge(header: dict[str, Any]) -> str:
        signed = f"{_part(header)}.{_part(said)}"
        return f"{signed}.{sign(mine, signed.encode())}"

    typ = "esik-receipt+jws"
    foreign = phone.add_audit(_body(), {})
    genuine = phone._send(
        "PUT", f"/v1/audits/{foreign}", headers={"If-None-Match": "*"},
        json=json.loads(phone._db.execute(
            "SELECT body FROM outbox WHERE id = ?", (str(foreign),)).fetchone()[0]),
    ).json()["receipt"]  # fmt: skip
    assert phone.flush() == 0
    phone.add_audit(body, {}, audit_id)
    lies = [
        _answer({"receipt": forge({"alg": "ES256", "kid": kid, "typ": typ})}),
        _answer({"receipt": forge({"alg": "ES256", "kid": "mine", "typ": typ})}),
        _answer({"receipt": forge({"alg": "none", "kid": kid, "typ": typ})}),
        _answer({"receipt": genuine}),
        _answer({"receipt": "x.y.z"}),
        _answer({"id": str(audit_id)}),
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\r\nWelcome",
    ]
    for lie in lies:
        bad.line.forge = lambda request, lie=lie: lie if b"PUT /v1/audits" in request else None
        assert phone.flush() == 1, lie
        assert phone.waiting() == [(str(audit_id), "audit", None)]
    assert _count(city, audit_id)[0] == 0
    bad.line.forge = None
    assert phone.flush() == 0
    assert _count(city, audit_id)[0] == 1


def test_what_needs_a_person_does_not_hold_back_the_rest(phone: ReferencePhone) -> None:
    """A refused audit is set aside with its problem; the next one is sent."""
    wrong = _body()
    wrong["observations"][4]["value"] = 900_000
    refused = phone.add_audit(wrong, {})
    phone.add_audit(_body(), {})
    assert phone.flush() == 1
    ((item_id, kind, problem),) = phone.waiting()
    assert (item_id, kind) == (str(refused), "audit")
    assert "/observations/4" in problem


def test_a_photo_that_nobody_can_read_is_kept_with_the_reason(
    phone: ReferencePhone, city: RunningCity
) -> None:
    """HEIC is refused without a receipt: the phone stops sending it and a person sees why."""
    heic = b"\x00\x00\x00\x18ftypheic" + bytes(2_000)
    photo_id = client.make_id()
    audit_id = phone.add_audit(_body(), {photo_id: heic})
    assert phone.flush() == 1
    ((item_id, kind, problem),) = phone.waiting()
    assert (item_id, kind) == (str(photo_id), "photo")
    assert "HEIC" in json.loads(problem)["reject_text"]
    assert _count(city, audit_id)[0] == 1


def test_photos_wait_for_an_audit_that_waits_for_a_person(phone: ReferencePhone) -> None:
    """The audit is refused; its photo is not given up, so a mended audit takes it along."""
    wrong = _body()
    wrong["observations"][4]["value"] = 900_000
    phone.add_audit(wrong, {client.make_id(): _picture(5_000)})
    assert phone.flush() == 2
    problems = {kind: problem for _id, kind, problem in phone.waiting()}
    assert problems["audit"] is not None
    assert problems["photo"] is None


def test_a_phone_keeps_a_copy_and_a_bundle_rescues(
    phone: ReferencePhone, bad: BadLine, tmp_path: Path, city: RunningCity
) -> None:
    """Sync brings my audits and the area; a bundle brings a dying phone's audit through another."""
    sent = phone.add_audit(_body(), {})
    phone.flush()
    assert phone.sync() >= 1
    assert phone.sync(scope=["places", "barriers"], bbox="76.92,43.23,76.94,43.25") >= 1
    assert str(sent) in phone.read_copy("audit")
    assert str(PLACE_ID) in phone.read_copy("place")
    rescued = phone.add_audit(_body(), {})
    other = client.Phone(bad.url, tmp_path / "other.db")
    try:
        other.register()
        answer = other._send("POST", "/v1/bundles", json=phone.export_bundle())
        assert [item["status"] for item in answer.json()["items"]] == [201], answer.text
    finally:
        other.close()
    assert phone.flush() == 0
    assert _count(city, rescued)[0] == 1


def test_the_client_writes_what_the_server_writes() -> None:
    """Both canonical forms agree on every shape that an audit has."""
    body = _body() | {
        "name": {"kk": "Қазақша й"}, "nothing": None, "empty": {"a": []},
        "n": [1.0, 0.5, -0.0, 76.930512, 10**20, 1e15],
    }  # fmt: skip
    assert client.canonical(body) == canonical_json(body)
