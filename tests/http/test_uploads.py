"""Photos come in by pieces over a bad connection, once each, with a receipt that can be checked."""

import asyncio
import base64
import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from audits.accounts.jwk import public_key
from audits.photos import service
from audits.photos.errors import StagingFullError
from audits.photos.staging import StagingLimits
from audits.receipts import InvalidReceiptError, read_receipt
from geo.db.session import session_factory, write_session
from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import announce, audit_of_a_ramp
from tests.support.photos import encode, make_photo, make_scene

_PARTIAL = {"Content-Type": "application/partial-upload"}


@dataclass(frozen=True)
class Announced:
    """A photo that the service waits for."""

    id: UUID
    content: bytes
    audit_id: UUID

    @property
    def sha256(self) -> str:
        """Of its bytes, hex."""
        return hashlib.sha256(self.content).hexdigest()


async def announce_photo(city: SmallCity, content: bytes | None = None) -> Announced:
    """Send an audit whose manifest names one photo."""
    photo = Announced(uuid7(), content or make_photo(size=(1200, 900)), uuid7())
    body = audit_of_a_ramp(city.place_id, uuid7())
    body["photos"] = [announce(photo.id, photo.content)]
    sent = await city.client.put(
        f"/v1/audits/{photo.audit_id}", json=body, headers={**city.volunteer, "If-None-Match": "*"}
    )
    assert sent.status_code == 201, sent.text
    return photo


async def begin(city: SmallCity, photo: Announced, **headers: str) -> httpx2.Response:
    """Open an upload."""
    return await city.client.post(
        f"/v1/photos/{photo.id}/upload",
        headers={**city.volunteer, "Upload-Length": str(len(photo.content)), **headers},
    )


async def append(
    city: SmallCity, path: str, content: bytes, offset: int, *, last: bool, **headers: str
) -> httpx2.Response:
    """Send a piece."""
    return await city.client.patch(
        path,
        content=content,
        headers={
            **city.volunteer,
            **_PARTIAL,
            "Upload-Offset": str(offset),
            "Upload-Complete": "?1" if last else "?0",
            **headers,
        },
    )


async def head(city: SmallCity, path: str) -> httpx2.Response:
    """Ask how far an upload came."""
    return await city.client.head(path, headers=city.volunteer)


async def verify(city: SmallCity, photo: Announced, body: dict[str, Any]) -> None:
    """Check the receipt as a phone does: with the published keys only."""
    published = (await city.client.get("/.well-known/jwks.json")).json()["keys"]
    keys = {jwk["kid"]: public_key(jwk) for jwk in published}
    receipt = read_receipt(body["receipt"], find_key=keys.get)
    assert (receipt.subject, receipt.sha256) == (photo.id, photo.sha256)
    assert receipt.received_at == datetime.fromisoformat(body["received_at"])


async def test_a_photo_in_pieces_arrives_whole(small_city: SmallCity) -> None:
    """Begin, append, ask, append the last: 201 with a receipt of the very bytes."""
    photo = await announce_photo(small_city)
    begun = await begin(small_city, photo)
    path = begun.headers["Location"]
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "0")
    assert "max-size=" in begun.headers["Upload-Limit"]
    cut = 5_000
    first = await append(small_city, path, photo.content[:cut], 0, last=False)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(cut))
    asked = await head(small_city, path)
    assert (asked.status_code, asked.headers["Upload-Offset"]) == (204, str(cut))
    assert asked.headers["Upload-Complete"] == "?0"
    assert asked.headers["Cache-Control"] == "no-store"
    status = (
        await small_city.client.get(f"/v1/photos/{photo.id}", headers=small_city.volunteer)
    ).json()
    assert status["missing_bytes"] == len(photo.content) - cut
    assert (status["receipt"], path.endswith(status["upload_id"])) == (None, True)
    done = await append(small_city, path, photo.content[cut:], cut, last=True)
    assert (done.status_code, done.headers["Upload-Complete"]) == (201, "?1")
    await verify(small_city, photo, done.json())
    audit = await small_city.client.get(
        f"/v1/audits/{photo.audit_id}", headers=small_city.volunteer
    )
    assert audit.json()["state"] == "submitted"


async def test_an_audit_says_how_much_of_its_photos_is_missing(small_city: SmallCity) -> None:
    """The bytes that came count in the audit, in its replay and in the feed."""
    photo = await announce_photo(small_city)
    begun = await begin(small_city, photo)
    await append(small_city, begun.headers["Location"], photo.content[:1000], 0, last=False)
    left = len(photo.content) - 1000
    own = await small_city.client.get(f"/v1/audits/{photo.audit_id}", headers=small_city.volunteer)
    assert own.json()["photos"][0]["missing_bytes"] == left
    feed = await small_city.client.get("/v1/sync", headers=small_city.volunteer)
    [item] = [each for each in feed.json()["items"] if each.get("id") == str(photo.audit_id)]
    assert item["audit"]["photos"][0]["missing_bytes"] == left


async def test_every_lost_answer_may_be_asked_again(small_city: SmallCity, libpq_url: str) -> None:
    """Begin, append and finish twice each: one upload, one photo, one job, equal receipts."""
    photo = await announce_photo(small_city)
    first, again = await begin(small_city, photo), await begin(small_city, photo)
    assert (first.status_code, again.status_code) == (201, 200)
    path = first.headers["Location"]
    assert again.headers["Location"] == path
    cut = len(photo.content) // 2
    await append(small_city, path, photo.content[:cut], 0, last=False)
    repeated = await append(small_city, path, photo.content[:cut], 0, last=False)
    assert repeated.status_code == 409
    assert repeated.json()["type"] == "/problems/upload-offset-mismatch"
    assert repeated.headers["Upload-Offset"] == str(cut)
    one = await append(small_city, path, photo.content[cut:], cut, last=True)
    two = await append(small_city, path, photo.content[cut:], cut, last=True)
    assert (one.status_code, two.status_code) == (201, 200)
    for answer in (one, two):
        await verify(small_city, photo, answer.json())
    whole = await small_city.client.put(
        f"/v1/photos/{photo.id}/content", content=photo.content, headers=small_city.volunteer
    )
    assert whole.status_code == 200
    asked = await head(small_city, path)
    assert asked.headers["Upload-Complete"] == "?1"
    after = await begin(small_city, photo)
    assert (after.status_code, after.headers["Upload-Complete"]) == (200, "?1")
    with psycopg.connect(libpq_url) as db:
        jobs = db.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE args->>'photo_id' = %s", [str(photo.id)]
        )
        staged = db.execute(
            "SELECT string_agg(content, ''::bytea ORDER BY start_byte) FROM upload_chunks"
        )
        assert jobs.fetchone() == (1,)
        assert staged.fetchone() == (photo.content,)


async def test_one_piece_replaces_half_an_upload(small_city: SmallCity) -> None:
    """A phone that finds a good connection sends all at once; the half is forgotten."""
    photo = await announce_photo(small_city)
    path = (await begin(small_city, photo)).headers["Location"]
    await append(small_city, path, photo.content[:9_000], 0, last=False)
    digest = base64.b64encode(hashlib.sha256(photo.content).digest()).decode()
    whole = await small_city.client.put(
        f"/v1/photos/{photo.id}/content",
        content=photo.content,
        headers={**small_city.volunteer, "Content-Digest": f"sha-256=:{digest}:"},
    )
    assert whole.status_code == 201
    await verify(small_city, photo, whole.json())
    late = await append(small_city, path, photo.content[9_000:], 9_000, last=False)
    assert (late.status_code, late.headers["Upload-Complete"]) == (409, "?1")


async def test_any_order_of_interruptions_ends_in_the_same_bytes(
    small_city: SmallCity, libpq_url: str
) -> None:
    """Random pieces, wrong offsets, doubled and parallel requests: the photo is what is stored."""
    for seed in range(4):
        await _send_with_interruptions(small_city, libpq_url, random.Random(seed), seed)


async def _send_with_interruptions(
    small_city: SmallCity, libpq_url: str, dice: random.Random, seed: int
) -> None:
    photo = await announce_photo(small_city, make_photo(seed, (1600, 1200)))
    path = (await begin(small_city, photo)).headers["Location"]
    total, offset = len(photo.content), 0
    for _step in range(200):
        length = dice.choice([1, 700, 4_096, 131_072, 200_000])
        end = min(total, offset + length)
        shift = dice.choice([0, 0, 0, 0, -1, 1, 5_000])
        requests = [
            append(
                small_city,
                path,
                photo.content[offset:end],
                max(0, offset + shift),
                last=end == total and shift == 0,
            )
            for _copy in range(dice.choice([1, 1, 2, 3]))
        ]
        answers = await asyncio.gather(*requests)
        assert {answer.status_code for answer in answers} <= {200, 201, 204, 409}
        asked = await head(small_city, path)
        offset = int(asked.headers["Upload-Offset"])
        if asked.headers["Upload-Complete"] == "?1":
            break
    else:
        pytest.fail("the upload did not end")
    with psycopg.connect(libpq_url) as db:
        staged = db.execute(
            "SELECT string_agg(content, ''::bytea ORDER BY start_byte), max(length(content))"
            " FROM upload_chunks WHERE upload_id = %s",
            [path.rpartition("/")[2]],
        ).fetchone()
    assert staged is not None
    assert staged[0] == photo.content
    assert staged[1] <= 131_072


async def test_a_broken_connection_keeps_what_came(small_city: SmallCity) -> None:
    """The body ends in the middle: the bytes before that count, and the phone goes on there."""
    content = encode(make_scene(3, (1800, 1400)), "PNG")
    assert len(content) > 300_000
    photo = await announce_photo(small_city, content)
    path = (await begin(small_city, photo)).headers["Location"]

    messages = [
        {"type": "http.request", "body": content[start : start + 20_000], "more_body": True}
        for start in range(0, 280_000, 20_000)
    ]
    await _request_that_breaks(small_city, path, [*messages, {"type": "http.disconnect"}])
    offset = int((await head(small_city, path)).headers["Upload-Offset"])
    assert offset == 280_000
    done = await append(small_city, path, content[offset:], offset, last=True)
    assert done.status_code == 201
    await verify(small_city, photo, done.json())


async def _request_that_breaks(city: SmallCity, path: str, messages: list[dict[str, Any]]) -> None:
    """Speak ASGI as a server does whose client went away in the middle of the body."""
    headers = {
        **city.volunteer,
        **_PARTIAL,
        "Upload-Offset": "0",
        "Upload-Complete": "?1",
        "Content-Length": "999999",
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PATCH",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("esik.test", 80),
        "client": ("127.0.0.1", 1),
    }
    coming = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(_message: dict[str, Any]) -> None:
        """Nobody listens any more."""

    transport: Any = city.client._transport
    await transport.app(scope, receive, send)


async def test_other_bytes_than_announced_start_over(small_city: SmallCity) -> None:
    """The whole is checked: 400, nothing is kept, and the right bytes still arrive."""
    photo = await announce_photo(small_city)
    path = (await begin(small_city, photo)).headers["Location"]
    wrong = bytes(len(photo.content))
    answer = await append(small_city, path, wrong, 0, last=True)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/digest-mismatch")
    assert (await head(small_city, path)).headers["Upload-Offset"] == "0"
    done = await append(small_city, path, photo.content, 0, last=True)
    assert done.status_code == 201


async def test_a_piece_with_a_digest_counts_all_or_not_at_all(small_city: SmallCity) -> None:
    """A piece that changed on the way is refused before it is stored."""
    photo = await announce_photo(small_city)
    path = (await begin(small_city, photo)).headers["Location"]
    piece = photo.content[:4_000]
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(piece).digest()).decode()}:"
    damaged = await append(
        small_city, path, piece[:-1] + b"!", 0, last=False, **{"Content-Digest": digest}
    )
    assert (damaged.status_code, damaged.json()["type"]) == (400, "/problems/digest-mismatch")
    assert (await head(small_city, path)).headers["Upload-Offset"] == "0"
    right = await append(small_city, path, piece, 0, last=False, **{"Content-Digest": digest})
    assert right.status_code == 204


async def test_bad_headers_are_named(small_city: SmallCity) -> None:
    """Missing or malformed headers, wrong lengths, types and versions are refused."""
    photo = await announce_photo(small_city)
    path = f"/v1/photos/{photo.id}/upload"
    for headers, status, code in (
        ({}, 400, "upload-header"),
        ({"Upload-Length": "many"}, 400, "upload-header"),
        ({"Upload-Length": "17"}, 400, "upload-length"),
        ({"Upload-Length": "99999999999"}, 413, "photo-too-large"),
        (
            {"Upload-Length": str(len(photo.content)), "Esik-Upload-Version": "9"},
            400,
            "upload-header",
        ),
        (
            {"Upload-Length": str(len(photo.content)), "Repr-Digest": "md5=:AAAA:"},
            400,
            "bad-digest-header",
        ),
        (
            {"Upload-Length": str(len(photo.content)), "Repr-Digest": f"sha-256=:{'A' * 43}=:"},
            400,
            "digest-mismatch",
        ),
    ):
        answer = await small_city.client.post(path, headers={**small_city.volunteer, **headers})
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}"), headers
    upload = (await begin(small_city, photo)).headers["Location"]
    for headers, status, code in (
        ({}, 415, "upload-type"),
        (_PARTIAL, 400, "upload-header"),
        ({**_PARTIAL, "Upload-Offset": "0"}, 400, "upload-header"),
        ({**_PARTIAL, "Upload-Offset": "-1", "Upload-Complete": "?1"}, 400, "upload-header"),
        ({**_PARTIAL, "Upload-Offset": "0", "Upload-Complete": "yes"}, 400, "upload-header"),
        ({**_PARTIAL, "Upload-Offset": "0", "Upload-Complete": "?1"}, 400, "upload-length"),
        (
            {**_PARTIAL, "Upload-Offset": "7", "Upload-Complete": "?0"},
            409,
            "upload-offset-mismatch",
        ),
    ):
        answer = await small_city.client.patch(
            upload, content=b"abc", headers={**small_city.volunteer, **headers}
        )
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}"), headers
    longer = await append(small_city, upload, photo.content + b"!", 0, last=True)
    assert (longer.status_code, longer.json()["type"]) == (400, "/problems/upload-length")


async def test_somebody_elses_upload_does_not_exist(small_city: SmallCity) -> None:
    """Another author gets 404 on every verb, and a stranger 401."""
    photo = await announce_photo(small_city)
    path = (await begin(small_city, photo)).headers["Location"]
    begin_path = f"/v1/photos/{photo.id}/upload"
    patch = {**_PARTIAL, "Upload-Offset": "0", "Upload-Complete": "?0"}
    for who, status in ((small_city.other_volunteer, 404), (small_city.reviewer, 404), ({}, 401)):
        client = small_city.client
        length = {"Upload-Length": str(len(photo.content))}
        answers = [
            await client.post(begin_path, headers={**who, **length}),
            await client.head(path, headers=who),
            await client.patch(path, content=b"x", headers={**who, **patch}),
            await client.delete(path, headers=who),
            await client.put(f"/v1/photos/{photo.id}/content", content=b"x", headers=who),
        ]
        assert [answer.status_code for answer in answers] == [status] * 5
    assert (await head(small_city, path)).headers["Upload-Offset"] == "0"


async def test_an_upload_can_be_given_up(small_city: SmallCity) -> None:
    """Cancelled bytes are gone; a photo that arrived stays."""
    photo = await announce_photo(small_city)
    path = (await begin(small_city, photo)).headers["Location"]
    await append(small_city, path, photo.content[:100], 0, last=False)
    gone = await small_city.client.delete(path, headers=small_city.volunteer)
    assert gone.status_code == 204
    assert (await head(small_city, path)).status_code == 404
    path = (await begin(small_city, photo)).headers["Location"]
    await append(small_city, path, photo.content, 0, last=True)
    await small_city.client.delete(path, headers=small_city.volunteer)
    assert (await head(small_city, path)).headers["Upload-Complete"] == "?1"


async def test_an_upload_expires_and_begins_anew(small_city: SmallCity, libpq_url: str) -> None:
    """After its time it answers 410; beginning again gives a fresh one."""
    photo = await announce_photo(small_city)
    path = (await begin(small_city, photo)).headers["Location"]
    await append(small_city, path, photo.content[:100], 0, last=False)
    with psycopg.connect(libpq_url) as db:
        past = datetime.now(UTC) - timedelta(seconds=1)
        db.execute("UPDATE uploads SET expires_at = %s", [past])
    assert (await head(small_city, path)).status_code == 410
    late = await append(small_city, path, photo.content[100:], 100, last=True)
    assert (late.status_code, late.json()["type"]) == (410, "/problems/upload-expired")
    fresh = await begin(small_city, photo)
    assert (fresh.status_code, fresh.headers["Upload-Offset"]) == (201, "0")
    assert fresh.headers["Location"] != path


async def test_too_many_waiting_bytes_stop_new_uploads_only(
    small_city: SmallCity, engine: AsyncEngine
) -> None:
    """Over the limit a new upload waits, by 503; one that was begun goes on to its end."""
    begun, late = await announce_photo(small_city), await announce_photo(small_city, make_photo(8))
    path = (await begin(small_city, begun)).headers["Location"]
    who = await small_city.client.get("/v1/auth/me", headers=small_city.volunteer)
    limits = StagingLimits(max_staged_bytes=len(begun.content) + 10)
    for photo in (begun, late):
        async with write_session(session_factory(engine)) as db:
            asked = service.begin_upload(
                db,
                photo_id=photo.id,
                author_id=UUID(who.json()["id"]),
                total_bytes=len(photo.content),
                now=datetime.now(UTC),
                limits=limits,
            )
            if photo is begun:
                assert not (await asked)[1]
            else:
                with pytest.raises(StagingFullError):
                    await asked
    assert (await append(small_city, path, begun.content, 0, last=True)).status_code == 201


_NO_PHOTOS = {
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500),
    "unsupported": b"GIF89a" + bytes(500),
    "not_an_image": b"<html>hello</html>" + bytes(500),
}


async def test_what_is_no_photo_is_refused_at_once_without_a_receipt(
    small_city: SmallCity,
) -> None:
    """The phone keeps it and the volunteer reads why, in three languages; the audit goes on."""
    for reason, content in _NO_PHOTOS.items():
        photo = await announce_photo(small_city, content)
        path = f"/v1/photos/{photo.id}"
        answer = await small_city.client.put(
            f"{path}/content",
            content=content,
            headers={**small_city.volunteer, "Accept-Language": "ru"},
        )
        body = answer.json()
        assert answer.status_code == 201
        assert (body["state"], body["reject_reason"]) == ("rejected", reason)
        assert body["receipt"] is None
        texts = {body["reject_text"]}
        for language in ("kk", "en"):
            read = await small_city.client.get(
                f"{path}?lang={language}", headers=small_city.volunteer
            )
            texts.add(read.json()["reject_text"])
        assert len(texts) == 3
        audit = await small_city.client.get(
            f"/v1/audits/{photo.audit_id}", headers=small_city.volunteer
        )
        assert audit.json()["state"] == "submitted"


async def test_a_forged_receipt_is_not_believed(small_city: SmallCity) -> None:
    """One changed letter, or a receipt of another photo, does not pass the phone's check."""
    photo, other = await announce_photo(small_city), await announce_photo(small_city, make_photo(9))
    bodies = []
    for each in (photo, other):
        path = f"/v1/photos/{each.id}/content"
        sent = await small_city.client.put(path, content=each.content, headers=small_city.volunteer)
        bodies.append(sent.json())
    with pytest.raises(AssertionError):
        await verify(small_city, photo, bodies[1])
    header, payload, signature = bodies[0]["receipt"].split(".")
    middle = len(signature) // 2
    letter = "A" if signature[middle] != "A" else "B"
    forged = f"{header}.{payload}.{signature[:middle]}{letter}{signature[middle + 1 :]}"
    with pytest.raises(InvalidReceiptError):
        await verify(small_city, photo, {**bodies[0], "receipt": forged})
