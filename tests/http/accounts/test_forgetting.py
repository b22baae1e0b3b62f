"""Who leaves is gone from every table, the store and the logs; what they measured stays."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from PIL import Image
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine

from audits.accounts.export import TABLES
from audits.accounts.forgetting import forget_originals
from geo.db.base import Base
from geo.db.session import session_factory
from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support import postgres
from tests.support.bodies import announce, audit_of_a_ramp
from tests.support.devices import LetterBox, Phone, bearer

_CANARY = "CANARY-7f3a"
_EMAIL = "canary-7f3a@mail.kz"
_PHONE = "+77017654321"
_LON, _LAT = 76.93051234567, 43.24021234567
"""Where the phone stood; the door has its own, rounder position."""


class _Shelf:
    """A store that is a folder whose every byte can be searched."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, content: bytes, *, media_type: str) -> None:
        assert media_type
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def get(self, key: str) -> bytes:
        return (self._root / key).read_bytes()

    def delete(self, key: str) -> None:
        (self._root / key).unlink(missing_ok=True)

    def read_all(self) -> bytes:
        """Give every byte of every object."""
        return b"".join(path.read_bytes() for path in self._root.rglob("*") if path.is_file())


async def _claim(city: SmallCity, letters: LetterBox, to: str, headers: dict[str, str]) -> None:
    await city.client.post("/v1/account/contacts", json={"to": to}, headers=headers)
    body = {"to": to, "code": await letters.read_code()}
    proven = await city.client.post("/v1/account/contacts/verify", json=body, headers=headers)
    assert proven.status_code == 200, proven.text


def _take_photo() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = _CANARY
    out = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def _live(
    city: SmallCity, letters: LetterBox, libpq_url: str, shelf: _Shelf
) -> tuple[dict[str, str], UUID, UUID]:
    """Let a person leave traces everywhere; gives their headers, account and audit."""
    phone = Phone(city.client)
    session = (await phone.register(name=f"Phone of {_CANARY}")).json()["session"]
    headers, account_id = bearer(session), UUID(session["account_id"])
    texts = (await city.client.get("/v1/consents")).json()["items"]
    versions = {text["kind"]: text["version"] for text in texts}
    agreed = {"versions": versions, "language": "kk"}
    await city.client.put("/v1/account/consents", json=agreed, headers=headers)
    for to in (_PHONE, _EMAIL):
        await _claim(city, letters, to, headers)
    audit_id, photo_id = uuid7(), uuid7()
    content = _take_photo()
    body = audit_of_a_ramp(city.place_id, uuid7())
    body["position"] = {"lon": _LON, "lat": _LAT, "accuracy_m": 7}
    body["photos"] = [announce(photo_id, content)]
    new = {**headers, "If-None-Match": "*"}
    sent = await city.client.put(f"/v1/audits/{audit_id}", json=body, headers=new)
    assert sent.status_code == 201, sent.text
    put = await city.client.put(
        f"/v1/photos/{photo_id}/content",
        content=content,
        headers={**headers, "Content-Type": "image/jpeg"},
    )
    assert put.status_code == 201, put.text
    shelf.put("q/original", content, media_type="image/jpeg")
    with psycopg.connect(libpq_url) as connection:
        connection.execute(
            "UPDATE accounts SET display_name = %s WHERE id = %s", [_CANARY, account_id]
        )
        connection.execute(
            "INSERT INTO photos (id, audit_id, state, sha256, byte_count, media_type,"
            " original_key) VALUES (%s, %s, 'ready', repeat('a', 64), 9, 'image/jpeg', %s)",
            [uuid7(), audit_id, "q/original"],
        )
    return headers, account_id, audit_id


def _find_canaries(libpq_url: str) -> Iterator[str]:
    """Search every column of every row of every table, as text, bytes and geometry."""
    with psycopg.connect(libpq_url) as connection:
        here = connection.execute(
            "SELECT upper(encode(ST_AsBinary(ST_MakePoint(%s, %s)), 'hex'))", [_LON, _LAT]
        ).fetchone()
        assert here
        hexed = _CANARY.encode().hex()
        # The 21 bytes of a point end with its coordinates, also behind a header with an SRID.
        needles = (_CANARY, _EMAIL, _PHONE, hexed, str(_LON), here[0][10:])
        for name in postgres.list_tables(connection):
            for needle in needles:
                query = sql.SQL("SELECT 1 FROM {} AS t WHERE t::text ILIKE %s LIMIT 1")
                statement = query.format(sql.Identifier(*name))
                if connection.execute(statement, [f"%{needle}%"]).fetchone():
                    yield f"{name[1]}: {needle}"


async def test_a_person_leaves_no_trace(
    small_city: SmallCity,
    letters: LetterBox,
    engine: AsyncEngine,
    libpq_url: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Canaries are in every corner before, and in no table, no object and no log line after."""
    shelf = _Shelf(tmp_path / "photos")
    headers, account_id, audit_id = await _live(small_city, letters, libpq_url, shelf)
    before = {line.split(":")[0] for line in _find_canaries(libpq_url)}
    assert before >= {
        "accounts", "devices", "audits", "audit_versions", "upload_chunks", "one_time_codes",
    }  # fmt: skip
    offer = await small_city.client.post("/v1/account/deletion", headers=headers)
    wrong = await small_city.client.post(
        "/v1/account/deletion/confirm", json={"confirmation": "yes"}, headers=headers
    )
    assert wrong.status_code == 409
    body = {"confirmation": offer.json()["confirmation"]}
    done = await small_city.client.post("/v1/account/deletion/confirm", json=body, headers=headers)
    assert done.status_code == 204, done.text
    again = await small_city.client.post("/v1/account/deletion/confirm", json=body, headers=headers)
    assert again.status_code == 401
    sessions = session_factory(engine)
    assert await forget_originals(sessions, shelf, account_id=account_id) == 1
    assert await forget_originals(sessions, shelf, account_id=account_id) == 0
    assert list(_find_canaries(libpq_url)) == []
    assert _CANARY.encode() not in shelf.read_all()
    printed = "".join(capfd.readouterr())
    assert "operation=confirmDeletion" in printed
    assert not [each for each in (_CANARY, _EMAIL, _PHONE) if each in printed]
    with psycopg.connect(libpq_url) as connection:
        kept = connection.execute(
            "SELECT count(*), min(a.author_id::text) FROM observations o"
            " JOIN audits a ON a.id = o.audit_id WHERE a.id = %s", [audit_id],
        ).fetchone()  # fmt: skip
    assert kept == (8, str(account_id))


async def test_the_same_contact_begins_anew(
    small_city: SmallCity, letters: LetterBox, libpq_url: str, tmp_path: Path
) -> None:
    """Somebody who left and comes back is a new person to the service."""
    headers, account_id, _audit = await _live(
        small_city, letters, libpq_url, _Shelf(tmp_path / "photos")
    )
    offer = await small_city.client.post("/v1/account/deletion", headers=headers)
    body = {"confirmation": offer.json()["confirmation"]}
    await small_city.client.post("/v1/account/deletion/confirm", json=body, headers=headers)
    await small_city.client.post("/v1/auth/codes", json={"to": _EMAIL})
    proof = {"to": _EMAIL, "code": await letters.read_code()}
    back = await small_city.client.post("/v1/auth/codes/verify", json=proof)
    assert back.status_code == 200
    assert back.json()["account_id"] != str(account_id)


async def _export(city: SmallCity, headers: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    answer = await city.client.get("/v1/account/export", headers=headers)
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {
            name.removesuffix(".jsonl"): [json.loads(line) for line in archive.open(name)]
            for name in archive.namelist()
            if name.endswith(".jsonl")
        }


async def test_the_export_holds_everything_and_no_secret(
    small_city: SmallCity, letters: LetterBox, libpq_url: str, tmp_path: Path
) -> None:
    """One's own rows of every table are there, nobody else's, and nothing that opens a door."""
    headers, account_id, audit_id = await _live(
        small_city, letters, libpq_url, _Shelf(tmp_path / "photos")
    )
    mine = await _export(small_city, headers)
    assert set(mine) == set(TABLES)
    assert [row["id"] for row in mine["accounts"]] == [str(account_id)]
    assert (mine["accounts"][0]["phone"], mine["accounts"][0]["email"]) == (_PHONE, _EMAIL)
    assert [row["id"] for row in mine["audits"]] == [str(audit_id)]
    assert mine["audits"][0]["position"]["type"] == "Point"
    assert len(mine["observations"]) == 8
    names = {name for rows in mine.values() for row in rows for name in row}
    assert not names & {"password_hash", "totp_secret", "token_hash", "code_hash"}
    others = await _export(small_city, small_city.volunteer)
    assert others["audits"] == others["devices"] == []
    assert str(account_id) not in json.dumps(others)


def test_every_table_about_people_is_exported() -> None:
    """A new table that names an account belongs into the export, or is named here with a reason."""
    about_people = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in {"accounts", "devices", "audits"}
    }
    assert about_people - set(TABLES) == set()
