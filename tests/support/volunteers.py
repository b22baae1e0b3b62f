"""Volunteers of the kill tests: the reference client's queue, and what else phones do.

A volunteer audits, sends photos whole and in pieces, edits, reports barriers and syncs, and asks
again until everything is acknowledged. Only what a verified receipt says goes into the ledger.
"""

import hashlib
import json
import random
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from geo.ids import uuid7
from tests.support.bodies import audit_of_a_ramp
from tests.support.ledger import Ledger, PromisedPhoto
from tests.support.machine import PATIENCE_S
from tests.support.photos import make_photo
from tests.support.reference import load_reference_client

client = load_reference_client()
_ASK_AGAIN = {408, 423, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that can be audited."""

    place_id: UUID
    lon: float
    lat: float


@dataclass
class Edit:
    """A change of an audit that is not acknowledged yet."""

    audit_id: UUID
    version: int
    body: dict[str, Any]


@dataclass
class Volunteer:
    """One person with one phone; used by one thread at a time."""

    number: int
    base_url: str
    folder: Path
    ledger: Ledger
    spots: list[Spot]
    dice: random.Random
    edits: list[Edit] = field(default_factory=list)
    barriers: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.http = httpx2.Client(
            base_url=self.base_url,
            timeout=60,
            trust_env=False,
            event_hooks={"response": [self._note_answer]},
        )
        path = self.folder / "phone.db"
        self.phone = client.Phone(self.base_url, path, http=self.http)
        # Rounds run in threads of a pool; one at a time, as before.
        self.phone._db.close()
        self.phone._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._verify = self.phone.verify
        self.phone.verify = self._verify_and_note
        self._send_in_pieces = self.phone._send_photo
        self.phone._send_photo = self._send_photo
        self.phone.register()
        self.phone.agree()

    def close(self) -> None:
        """Put the phone away."""
        self.phone.close()

    # -- a day's work ------------------------------------------------------------------------

    def work(self, audits: int) -> None:
        """Audit, edit, report and sync until everything is acknowledged."""
        for _each in range(audits):
            self._make_audit()
            if self.dice.random() < 0.5:
                self._report_barrier()
            self._try(self.phone.flush)
            self._try(self._send_barriers)
        self._try(self.sync)
        made = [key for key, owner in self.ledger.sent_audits.items() if owner == self.number]
        for audit_id in made[-audits:]:
            if self.dice.random() < 0.5:
                self._edit(audit_id)
        self._insist()
        self.ledger.finished += made[-audits:]

    def sync(self) -> None:
        """Bring the copy up to date and look for audits that are only half there."""
        self.phone.sync()
        for audit_id, item in self.phone.read_copy("audit").items():
            body = self.ledger.bodies.get(item["digest"])
            if body is None:
                self.ledger.surprises.append(f"sync shows an unknown content of {audit_id}")
            elif {each["id"] for each in item["photos"]} != {p["id"] for p in body["photos"]}:
                self.ledger.surprises.append(f"sync shows {audit_id} without its manifest")

    def _insist(self) -> None:
        until = time.monotonic() + PATIENCE_S
        pause = threading.Event()
        while time.monotonic() < until:
            self._try(self.phone.flush)
            self._try(self._send_edits)
            self._try(self._send_barriers)
            if not (self.phone.waiting() or self.edits or self.barriers) and self._try(self.sync):
                return
            pause.wait(self.dice.uniform(0.05, 0.3))
        raise AssertionError(
            f"volunteer {self.number} still holds {self.phone.waiting()} {self.edits}"
        )

    def sync_at_last(self) -> None:
        """Sync as soon as the service can: a connection from before a crash may fail once more."""
        until = time.monotonic() + PATIENCE_S
        while not self._try(self.sync):
            assert time.monotonic() < until, "the service does not recover"
            threading.Event().wait(0.1)

    def _try(self, send: Any) -> bool:  # noqa: ANN401 - any of our senders
        try:
            send()
        except httpx2.TransportError:
            self.ledger.broken_answers += 1
            return False
        except client.NotStoredError:
            return False
        return True

    # -- making ------------------------------------------------------------------------------

    def _make_audit(self) -> None:
        spot = self.dice.choice(self.spots)
        body = audit_of_a_ramp(spot.place_id, uuid7(), (spot.lon, spot.lat))
        audit_id = client.make_id()
        photos = {}
        for _each in range(self.dice.choice((0, 0, 0, 0, 1, 2))):
            seed = self.dice.getrandbits(40)
            # Bytes behind the picture make it as long as phones' photos; they are stored too.
            rest = random.Random(seed).randbytes(self.dice.randrange(4_000, 90_000))
            photos[client.make_id()] = make_photo(seed, (320, 240)) + rest
        self.ledger.sent_audits[audit_id] = self.number
        self.ledger.sent_photos |= dict.fromkeys(photos, audit_id)
        manifest = [
            {"id": str(key), "sha256": hashlib.sha256(content).hexdigest(),
             "byte_count": len(content), "media_type": "image/jpeg"}
            for key, content in photos.items()
        ]  # fmt: skip
        whole = {**body, "photos": manifest}
        self.ledger.bodies[client.digest(whole)] = whole
        self.phone.add_audit(body, photos, audit_id)

    def _edit(self, audit_id: UUID) -> None:
        row = self.phone._db.execute(
            "SELECT body FROM outbox WHERE id = ?", (str(audit_id),)
        ).fetchone()
        known = self.ledger.versions.get(audit_id)
        if row is not None or not known:
            return  # not sent yet: a phone would change what waits in its queue
        version = max(known)
        body = json.loads(json.dumps(self.ledger.bodies[known[version]]))
        body["observations"][0]["value"] = self.dice.randrange(100, 190)
        body["observations"][-1]["method"] = "document"
        self.ledger.bodies[client.digest(body)] = body
        if client.digest(body) != known[version]:
            self.edits.append(Edit(audit_id, version, body))

    def _report_barrier(self) -> None:
        spot = self.dice.choice(self.spots)
        barrier_id = client.make_id()
        where = {"type": "Point", "coordinates": [spot.lon, spot.lat]}
        self.barriers[barrier_id] = {"kind": "ice", "geometry": where, "note": str(barrier_id)}
        self.ledger.sent_barriers.add(barrier_id)

    # -- sending -----------------------------------------------------------------------------

    def _send_edits(self) -> None:
        for edit in list(self.edits):
            answer = self.phone._send(
                "PUT",
                f"/v1/audits/{edit.audit_id}",
                json=edit.body,
                headers={"If-Match": f'"{edit.version}"'},
            )
            if answer.status_code in {200, 201}:
                self.phone.verify(
                    answer.json()["receipt"],
                    kind="audit",
                    item_id=str(edit.audit_id),
                    sha256=client.digest(edit.body),
                )
                self.edits.remove(edit)
            elif answer.status_code not in _ASK_AGAIN:
                raise AssertionError(f"an edit was refused: {answer.status_code} {answer.text}")

    def _send_barriers(self) -> None:
        for barrier_id, body in list(self.barriers.items()):
            answer = self.phone._send(
                "PUT", f"/v1/barriers/{barrier_id}", json=body, headers={"If-None-Match": "*"}
            )
            if answer.status_code in {200, 201}:
                self.ledger.barriers.add(barrier_id)
                del self.barriers[barrier_id]
            elif answer.status_code not in _ASK_AGAIN:
                raise AssertionError(f"a report was refused: {answer.status_code} {answer.text}")

    def _send_photo(self, photo_id: str, content: bytes) -> None:
        """Send every second photo in one piece, the others as the reference client does."""
        if int(photo_id[-1], 16) % 2:
            self._send_in_pieces(photo_id, content)
            return
        answer = self.phone._send(
            "PUT",
            f"/v1/photos/{photo_id}/content",
            content=content,
            headers={"Content-Type": "image/jpeg"},
        )
        if answer.status_code in {200, 201}:
            sha256 = hashlib.sha256(content).hexdigest()
            self.phone._forget(photo_id, "photo", sha256, answer)
        elif answer.status_code != 404 or not self.phone._audits_wait():
            self.phone._set_aside(photo_id, answer)

    # -- noting ------------------------------------------------------------------------------

    def _verify_and_note(self, receipt: str, *, kind: str, item_id: str, sha256: str) -> None:
        self._verify(receipt, kind=kind, item_id=item_id, sha256=sha256)
        key = UUID(item_id)
        if kind == "photo":
            self.ledger.photos[key] = PromisedPhoto(self.ledger.sent_photos[key], sha256)
            return
        claims = json.loads(client._unpack(receipt.split(".")[1]))
        self.ledger.versions[key][int(claims["version"])] = sha256

    def _note_answer(self, answer: httpx2.Response) -> None:
        if answer.status_code >= 500:
            self.ledger.refusals[answer.status_code] += 1
            if answer.status_code == 503 and "retry-after" not in answer.headers:
                self.ledger.surprises.append(f"503 without Retry-After: {answer.request.url.path}")
        self.ledger.replays += "idempotent-replay" in answer.headers


def approve(http: httpx2.Client, headers: dict[str, str], ledger: Ledger, audit_id: UUID) -> bool:
    """Approve an audit as a reviewer; `True` once it is acknowledged."""
    try:
        seen = http.get(f"/v1/review/audits/{audit_id}", headers=headers)
        if seen.status_code == 200 and seen.json()["state"] != "approved":
            seen = http.post(
                f"/v1/audits/{audit_id}/decisions",
                json={"outcome": "approve"},
                headers={**headers, "If-Match": seen.headers["ETag"]},
            )
    except httpx2.TransportError:
        ledger.broken_answers += 1
        return False
    if seen.status_code in {200, 201} and seen.json()["state"] == "approved":
        ledger.approved.add(audit_id)
        return True
    assert seen.status_code in _ASK_AGAIN | {401}, f"{seen.status_code} {seen.text}"
    return False
