# ruff: noqa: INP001 - a file to read and to copy, not a module of the service
"""A phone in one file: a durable queue, resumable photos, verified receipts, a local copy.

What an application must do to lose nothing: write an audit down before sending it, send it again
until the answer proves that it is stored, and delete only then. Nothing here is secret or clever;
every request is described in the API document. Needs httpx2 and cryptography.

    phone = Phone("https://esik.example", Path("phone.db"))
    phone.register(language="kk")
    phone.agree()                       # after the person has read the texts
    phone.add_audit(body, {photo_id: jpeg_bytes})
    phone.flush()                       # again whenever there is a connection
    phone.sync()
"""

import base64
import hashlib
import json
import os
import sqlite3
import time
import unicodedata
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

Json = dict[str, Any]
_TRIES_A_PHOTO = 60
_SMALLEST_PIECE, _LARGEST_PIECE = 16_384, 262_144
"""Bytes sent at once: what a broken line loses at most, doubled while it holds."""
_ASK_AGAIN = {401, 408, 423, 425, 429, 500, 502, 503, 504}
"""Answers after which an item waits; every other refusal needs a person and is kept aside."""
_TABLES = """
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL, problem TEXT, sent_at REAL);
CREATE TABLE IF NOT EXISTS copy (
  type TEXT NOT NULL, id TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (type, id));
"""


class NotStoredError(Exception):
    """The answer does not prove that the server holds what was sent."""


def make_id() -> UUID:
    """Make a UUIDv7: milliseconds of the clock, then random bits (RFC 9562)."""
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    return UUID(int=value & ~(0xF << 76) & ~(0b11 << 62) | 7 << 76 | 0b10 << 62)


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Write JSON in the one way whose digest the server signs.

    Members sorted (by UTF-16 code units), no spaces, text in NFC, numbers as ECMAScript writes
    them; null, empty lists and empty objects left out.
    """
    if isinstance(value, dict):
        members = {unicodedata.normalize("NFC", k): v for k, v in value.items() if not _empty(v)}
        names = sorted(members, key=lambda name: name.encode("utf-16-be"))
        return (
            "{" + ",".join(f"{canonical(name)}:{canonical(members[name])}" for name in names) + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        return _write_number(value)
    text = unicodedata.normalize("NFC", value) if isinstance(value, str) else value
    return json.dumps(text, ensure_ascii=False)


def _write_number(value: float) -> str:
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:  # noqa: PLR2004 - between these ECMAScript writes no exponent
        return format(Decimal(repr(value).removesuffix(".0")), "f")
    digits, _, power = repr(value).partition("e")
    return f"{digits}e{int(power):+d}"


def _empty(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_empty, value.values()))
    return value is None or value == []


def digest(body: Json) -> str:
    """Give the SHA-256 of the canonical form, hex."""
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def _unpack(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _pack(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Phone:
    """One phone: a key, a queue that survives a crash, and a copy of what it may see."""

    def __init__(self, base_url: str, path: Path, *, http: httpx2.Client | None = None) -> None:
        self._http = http or httpx2.Client(base_url=base_url, timeout=60, trust_env=False)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_TABLES)
        self._token = ""
        if self._get("key") is None:
            key = ec.generate_private_key(ec.SECP256R1())
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            self._set("key", pem.decode())
        loaded = serialization.load_pem_private_key((self._get("key") or "").encode(), None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise TypeError("the stored key is of another kind")
        self._key = loaded

    def close(self) -> None:
        """Close the file and the connection."""
        self._db.close()
        self._http.close()

    # -- who I am ----------------------------------------------------------------------------

    @property
    def public_key(self) -> dict[str, str]:
        """Give the public key as JWK."""
        numbers = self._key.public_key().public_numbers()
        x, y = (_pack(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    @property
    def key_id(self) -> str:
        """Give the key's thumbprint (RFC 7638)."""
        text = json.dumps(self.public_key, sort_keys=True, separators=(",", ":"))
        return _pack(hashlib.sha256(text.encode()).digest())

    def register(self, language: str = "kk") -> None:
        """Make this phone known, and learn which keys sign receipts.

        The keys are learned once, over a connection with TLS; whoever sits in between later
        cannot bring keys of their own.
        """
        body = self._prove("esik-device-registration-v1")
        body |= {"public_key": self.public_key, "language": language}
        answer = self._expect(self._http.post("/v1/devices", json=body), 200, 201)
        self._token = answer["session"]["access_token"]
        keys = self._expect(self._http.get("/.well-known/jwks.json"), 200)
        self._set("keys", json.dumps(keys))

    def agree(self) -> None:
        """Agree to the texts in force; show them to the person first."""
        texts = self._expect(self._http.get("/v1/consents"), 200)["items"]
        versions = {text["kind"]: text["version"] for text in texts}
        body = {"versions": versions, "language": "kk"}
        self._send("PUT", "/v1/account/consents", json=body).raise_for_status()

    # -- the queue ---------------------------------------------------------------------------

    def add_audit(
        self, body: Json, photos: dict[UUID, bytes], audit_id: UUID | None = None
    ) -> UUID:
        """Write an audit and its photos down; from here on nothing is lost.

        `body` follows the API document; its `photos` are filled in here.
        """
        audit_id = audit_id or make_id()
        manifest = [
            {"id": str(key), "sha256": hashlib.sha256(content).hexdigest(),
             "byte_count": len(content), "media_type": "image/jpeg"}
            for key, content in photos.items()
        ]  # fmt: skip
        rows = [(str(audit_id), "audit", json.dumps({**body, "photos": manifest}).encode())]
        rows += [(str(key), "photo", content) for key, content in photos.items()]
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO outbox (id, kind, body) VALUES (?, ?, ?)", rows)
            self._db.execute("COMMIT")
        return audit_id

    def waiting(self) -> list[tuple[str, str, str | None]]:
        """List what is still on this phone: id, kind, and the problem of what needs a person."""
        return self._db.execute("SELECT id, kind, problem FROM outbox ORDER BY id").fetchall()

    def flush(self) -> int:
        """Send what waits, audits before photos; gives how much is left. Safe to repeat.

        One item that cannot be sent never holds back the others.
        """
        rows = self._db.execute(
            "SELECT id, kind, body FROM outbox WHERE problem IS NULL ORDER BY kind, id"
        ).fetchall()
        for item_id, kind, body in rows:
            try:
                if kind == "audit":
                    self._send_audit(item_id, json.loads(body))
                else:
                    self._send_photo(item_id, body)
            except (httpx2.TransportError, NotStoredError):
                continue  # It stays in the queue; the next connection tries again.
        (left,) = self._db.execute("SELECT count(*) FROM outbox").fetchone()
        return int(left)

    def _send_audit(self, audit_id: str, body: Json) -> None:
        path, new = f"/v1/audits/{audit_id}", {"If-None-Match": "*"}
        answer = self._send("PUT", path, json=body, headers=new)
        if answer.status_code in {200, 201}:
            self._forget(audit_id, "audit", digest(body), answer)
        else:
            self._set_aside(audit_id, answer)

    def _send_photo(self, photo_id: str, content: bytes) -> None:
        """Send the bytes from where the server has them, until it says that it has all."""
        length = {"Upload-Length": str(len(content))}
        begun = self._send("POST", f"/v1/photos/{photo_id}/upload", headers=length)
        if begun.status_code == HTTPStatus.NOT_FOUND and self._audits_wait():
            return None  # Its audit did not arrive yet, or waits for a person.
        if begun.status_code not in {200, 201}:
            return self._set_aside(photo_id, begun)
        path, offset = begun.headers["Location"], int(begun.headers["Upload-Offset"])
        size = _SMALLEST_PIECE
        for _try in range(_TRIES_A_PHOTO):
            piece = content[offset : offset + size]
            last = offset + len(piece) == len(content)
            headers = {
                "Upload-Offset": str(offset),
                "Upload-Complete": "?1" if last else "?0",
                "Content-Type": "application/partial-upload",
            }
            try:
                answer = self._send("PATCH", path, content=piece, headers=headers)
            except httpx2.TransportError:
                size = _SMALLEST_PIECE  # The line broke: go on in small steps.
                answer = self._send("HEAD", path)
            if answer.status_code in {200, 201}:
                sha256 = hashlib.sha256(content).hexdigest()
                return self._forget(photo_id, "photo", sha256, answer)
            if answer.status_code == HTTPStatus.CONFLICT:
                answer = self._send("HEAD", path)  # Not where we thought: ask how far it came.
            if answer.status_code != HTTPStatus.NO_CONTENT:
                return self._set_aside(photo_id, answer)
            offset = int(answer.headers["Upload-Offset"])
            size = min(size * 2, _LARGEST_PIECE)
        return None

    def _audits_wait(self) -> bool:
        query = "SELECT 1 FROM outbox WHERE kind = 'audit'"
        return self._db.execute(query).fetchone() is not None

    def _forget(self, item_id: str, kind: str, sha256: str, answer: httpx2.Response) -> None:
        """Delete from the queue what the answer's receipt proves to be stored, and only that.

        A photo that can never be read is refused without a receipt; a person has to see why.
        """
        try:
            said = answer.json()
            if kind == "photo" and said["state"] == "rejected" and not said["receipt"]:
                return self._set_aside(item_id, answer)
            self.verify(str(said["receipt"]), kind=kind, item_id=item_id, sha256=sha256)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotStoredError("the answer holds no receipt") from error
        self._db.execute("DELETE FROM outbox WHERE id = ?", (item_id,))
        return None

    def _set_aside(self, item_id: str, answer: httpx2.Response) -> None:
        if answer.status_code not in _ASK_AGAIN:
            self._db.execute("UPDATE outbox SET problem = ? WHERE id = ?", (answer.text, item_id))

    def verify(self, receipt: str, *, kind: str, item_id: str, sha256: str) -> None:
        """Raise NotStoredError unless the server signed that it holds exactly this for good."""
        head, claims, signature = receipt.split(".")
        header, said = json.loads(_unpack(head)), json.loads(_unpack(claims))
        keys = json.loads(self._get("keys") or '{"keys": []}')["keys"]
        key = next((k for k in keys if k["kid"] == header.get("kid")), None)
        if key is None or header.get("alg") != "ES256":
            raise NotStoredError("signed by an unknown key")
        x, y = (int.from_bytes(_unpack(key[name]), "big") for name in ("x", "y"))
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        raw = _unpack(signature)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        try:
            signed = f"{head}.{claims}".encode()
            public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise NotStoredError("the signature does not fit") from error
        expected = {"kind": kind, "sub": item_id, "sha256": sha256, "durable": True}
        if header.get("typ") != "esik-receipt+jws" or any(
            said.get(name) != value for name, value in expected.items()
        ):
            raise NotStoredError("the receipt is about something else")

    def export_bundle(self) -> Json:
        """Give the queued audits signed, for another phone to send to `/v1/bundles`."""
        items = []
        for item_id, body in self._db.execute("SELECT id, body FROM outbox WHERE kind = 'audit'"):
            audit = json.loads(body)
            signed = f"esik-audit-v1\n{item_id}\n{digest(audit)}".encode()
            items.append({"id": item_id, "audit": audit, "key_id": self.key_id,
                          "signature": self._sign(signed)})  # fmt: skip
        return {"version": 1, "items": items}

    # -- the copy ----------------------------------------------------------------------------

    def sync(self, **scope: Any) -> int:  # noqa: ANN401 - query parameters
        """Bring the local copy up to date; gives how many items came. `scope` as in `/v1/sync`."""
        count, name = 0, f"cursor {json.dumps(scope, sort_keys=True)}"
        while True:
            cursor = self._get(name)
            query = {**scope, "cursor": cursor} if cursor else scope
            answer = self._send("GET", "/v1/sync", params=query)
            if answer.status_code == HTTPStatus.GONE:  # Away too long: begin again.
                self._db.execute("DELETE FROM settings WHERE name = ?", (name,))
                continue
            page = self._expect(answer, 200)
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                for item in page["items"]:
                    self._apply(item)
                self._set(name, page["cursor"])
                self._db.execute("COMMIT")
            count += len(page["items"])
            if not page["has_more"]:
                return count

    def _apply(self, item: Json) -> None:
        key = (item["type"], item.get("id", ""))
        if item["op"] == "put":
            row = (*key, json.dumps(item[item["type"]]))
            self._db.execute("INSERT OR REPLACE INTO copy VALUES (?, ?, ?)", row)
        elif item["op"] == "delete":
            self._db.execute("DELETE FROM copy WHERE type = ? AND id = ?", key)

    def read_copy(self, kind: str) -> dict[str, Json]:
        """Give the local copy of audits, places or barriers by id."""
        rows = self._db.execute("SELECT id, item FROM copy WHERE type = ?", (kind,))
        return {item_id: json.loads(item) for item_id, item in rows}

    # -- talking to the server ---------------------------------------------------------------

    def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:  # noqa: ANN401
        """Send with a token; a token that ended is replaced once, the queue never suffers."""
        headers = options.pop("headers", {})

        def request() -> httpx2.Response:
            if not self._token:
                proof = self._prove("esik-device-sign-in-v1")
                session = self._expect(self._http.post("/v1/auth/device", json=proof), 200)
                self._token = session["access_token"]
            bearer = {"Authorization": f"Bearer {self._token}"}
            return self._http.request(method, path, headers={**headers, **bearer}, **options)

        answer = request()
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            self._token = ""
            answer = request()
        return answer

    def _prove(self, purpose: str) -> Json:
        answer = self._expect(self._http.post("/v1/auth/challenges"), 201)
        challenge = answer["challenge"]
        signature = self._sign(f"{purpose}\n{challenge}\n{self.key_id}".encode())
        proof = {"challenge": challenge, "signature": signature}
        return proof if "registration" in purpose else {**proof, "key_id": self.key_id}

    def _sign(self, payload: bytes) -> str:
        r, s = decode_dss_signature(self._key.sign(payload, ec.ECDSA(hashes.SHA256())))
        return _pack(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def _expect(self, answer: httpx2.Response, *codes: int) -> Json:
        """Give the JSON of an expected answer; a captive portal's page is none."""
        kind = answer.headers.get("content-type", "")
        if answer.status_code not in codes or "json" not in kind:
            raise NotStoredError(f"{answer.status_code} {answer.text[:200]}")
        return dict(answer.json())

    def _get(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _set(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
