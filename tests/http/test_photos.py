"""A photo is private until it is clean and its audit approved; then anyone may see it."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import psycopg
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine

from audits.photos.isolation import CleaningLimits
from audits.photos.models import PhotoState
from audits.photos.preparing import load_job, mark_ready, prepare, store_original
from audits.photos.reconciler import reconcile
from audits.photos.retention import claim_unfinished, forget_originals, list_old_originals
from audits.photos.stores import FolderStore
from geo.db.session import session_factory, write_session
from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import announce, audit_of_a_ramp
from tests.support.photos import (
    MAX_PIXELS,
    encode,
    make_noise,
    make_photo,
    make_scene,
    run_photo_jobs,
    skip_without_model,
)

_OTHER_PLACE = UUID("0199a000-0000-7000-8000-0000000000a2")


async def send(
    city: SmallCity, content: bytes, place_id: UUID | None = None
) -> tuple[UUID, UUID, str]:
    """Send an audit with one photo; gives the ids of both and the audit's ETag."""
    audit_id, photo_id, element_id = uuid7(), uuid7(), uuid7()
    body = audit_of_a_ramp(place_id or city.place_id, element_id)
    body["photos"] = [{**announce(photo_id, content), "element_id": str(element_id)}]
    new = {**city.volunteer, "If-None-Match": "*"}
    sent = await city.client.put(f"/v1/audits/{audit_id}", json=body, headers=new)
    assert sent.status_code == 201, sent.text
    put = await city.client.put(
        f"/v1/photos/{photo_id}/content", content=content, headers=city.volunteer
    )
    assert put.status_code == 201, put.text
    read = await city.client.get(f"/v1/audits/{audit_id}", headers=city.volunteer)
    return audit_id, photo_id, read.headers["ETag"]


async def decide(city: SmallCity, audit_id: UUID, etag: str, outcome: str = "approve") -> str:
    """Decide about an audit; gives its new ETag."""
    reason = {} if outcome == "approve" else {"reason_code": "privacy"}
    answer = await city.client.post(
        f"/v1/audits/{audit_id}/decisions",
        json={"outcome": outcome, **reason},
        headers={**city.reviewer, "If-Match": etag},
    )
    assert answer.status_code == 201, answer.text
    read = await city.client.get(f"/v1/review/audits/{audit_id}", headers=city.reviewer)
    return read.headers["ETag"]


async def status(city: SmallCity, photo_id: UUID) -> dict[str, object]:
    """Read a photo as its author."""
    answer = await city.client.get(f"/v1/photos/{photo_id}", headers=city.volunteer)
    return dict(answer.json())


async def test_a_photo_becomes_public_with_its_audit(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """Clean and approved: anyone reads it by its public name, for ever; rejected: gone."""
    skip_without_model()
    city, store = small_city, FolderStore(tmp_path / "photos")
    audit_id, photo_id, etag = await send(city, make_photo(size=(1400, 1050)))
    await run_photo_jobs(engine, libpq_url, store)
    body = await status(city, photo_id)
    assert (body["state"], body["widths"]) == ("ready", [320, 1024, 1600])
    assert body["face_count"] is not None
    public = f"/v1/photos/{body['public_id']}/1024.webp"
    assert (await city.client.get(public)).status_code == 401
    private = f"/v1/photos/{photo_id}/1024.webp"
    for who, expected in (
        (city.volunteer, 200),
        (city.reviewer, 200),
        (city.other_volunteer, 404),
        ({}, 401),
    ):
        assert (await city.client.get(private, headers=who)).status_code == expected
    assert (await city.client.get(f"/v1/places/{city.place_id}")).json()["photos"] == []

    etag = await decide(city, audit_id, etag)
    seen = await city.client.get(public)
    assert (seen.status_code, seen.headers["Content-Type"]) == (200, "image/webp")
    assert "immutable" in seen.headers["Cache-Control"]
    again = await city.client.get(public, headers={"If-None-Match": seen.headers["ETag"]})
    assert again.status_code == 304
    assert seen.headers["Access-Control-Allow-Origin"] == "*"
    length = (await city.client.head(public)).headers["Content-Length"]
    assert int(length) == len(seen.content)
    assert (await city.client.get(private)).status_code == 401
    (listed,) = (await city.client.get(f"/v1/places/{city.place_id}")).json()["photos"]
    assert (listed["public_id"], listed["widths"]) == (body["public_id"], [320, 1024, 1600])
    page = (await city.client.get(f"/kk/places/{city.place_id}")).text
    assert f"/v1/photos/{body['public_id']}/320.webp" in page
    assert 'alt="Фото: ' in page
    assert (await city.client.get(public.replace("1024", "999"))).status_code == 404

    with psycopg.connect(libpq_url) as db:
        db.execute("UPDATE audits SET state = 'withdrawn' WHERE id = %s", [audit_id])
    assert (await city.client.get(public)).status_code == 401
    assert (await city.client.get(f"/v1/places/{city.place_id}")).json()["photos"] == []


async def test_without_a_detector_nothing_becomes_public(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """The reviewer sees it, the public does not; once the model is there it is looked at again."""
    city, store = small_city, FolderStore(tmp_path / "photos")
    audit_id, photo_id, etag = await send(city, make_photo())
    await run_photo_jobs(engine, libpq_url, store, face_model=tmp_path / "absent.onnx")
    await decide(city, audit_id, etag)
    body = await status(city, photo_id)
    assert (body["state"], body["face_count"], body["public_id"]) == ("ready", None, None)
    with psycopg.connect(libpq_url) as db:
        row = db.execute("SELECT public_id FROM photos WHERE id = %s", [photo_id]).fetchone()
    assert row is not None
    assert (await city.client.get(f"/v1/photos/{row[0]}/320.webp")).status_code == 401
    reviewer = await city.client.get(f"/v1/photos/{photo_id}/320.webp", headers=city.reviewer)
    assert reviewer.status_code == 200

    skip_without_model()
    later = datetime.now(UTC) + timedelta(hours=1)
    async with write_session(session_factory(engine)) as db:
        assert await claim_unfinished(db, now=later, has_detector=False) == []
        assert await claim_unfinished(db, now=later, has_detector=True) == [photo_id]
    await _ask_again(libpq_url, photo_id)
    await run_photo_jobs(engine, libpq_url, store)
    body = await status(city, photo_id)
    assert (await city.client.get(f"/v1/photos/{body['public_id']}/320.webp")).status_code == 200
    assert (await city.client.get(f"/v1/photos/{row[0]}/320.webp")).status_code == 401


async def _ask_again(libpq_url: str, photo_id: UUID) -> None:
    with psycopg.connect(libpq_url) as db:
        db.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('photos', 'esik:process_photo', jsonb_build_object('photo_id', %s::text))",
            [str(photo_id)],
        )


async def test_hiding_a_part_takes_the_old_pictures_away(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """After publication: private at once, new name, the old files deleted, the part unreadable."""
    skip_without_model()
    city, store = small_city, FolderStore(tmp_path / "photos")
    noise = encode(make_noise(1, (800, 600)), quality=90)
    audit_id, photo_id, etag = await send(city, noise)
    await run_photo_jobs(engine, libpq_url, store)
    await decide(city, audit_id, etag)
    old = (await status(city, photo_id))["public_id"]
    old_keys = {item.key for item in store.iter_objects("d/")}
    rectangles = {"rectangles": [{"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}]}
    path = f"/v1/photos/{photo_id}/redactions"
    stranger = await city.client.post(path, json=rectangles, headers=city.other_volunteer)
    assert stranger.status_code == 404
    done = await city.client.post(path, json=rectangles, headers=city.volunteer)
    assert (done.status_code, done.json()["public_id"]) == (202, None)
    assert (await city.client.get(f"/v1/photos/{old}/320.webp")).status_code == 401

    await run_photo_jobs(engine, libpq_url, store)
    new = (await status(city, photo_id))["public_id"]
    assert new not in {None, old}
    picture = await city.client.get(f"/v1/photos/{new}/1024.webp")
    pixels = np.asarray(Image.open(io.BytesIO(picture.content)).convert("L"), dtype=float)
    assert pixels[200:400, 270:530].std() < 5 < pixels[:100, :150].std()
    assert not old_keys & {item.key for item in store.iter_objects("d/")}
    assert (await city.client.get(f"/v1/photos/{old}/320.webp")).status_code == 401
    await city.client.post(path, json=rectangles, headers=city.volunteer)
    assert (await status(city, photo_id))["public_id"] == new
    bad = {"rectangles": [{"x": 0.9, "y": 0, "width": 0.5, "height": 0.1}]}
    refused = await city.client.post(path, json=bad, headers=city.volunteer)
    assert refused.status_code == 422


async def test_a_store_that_is_down_stops_nobody(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """Bytes and receipts go on; the job waits for another attempt and loses nothing."""
    (tmp_path / "broken").write_text("a file where the folder should be")
    city = small_city
    _audit_id, photo_id, _etag = await send(city, make_photo())
    await run_photo_jobs(engine, libpq_url, FolderStore(tmp_path / "broken"))
    body = await status(city, photo_id)
    assert body["state"] == PhotoState.RECEIVED
    assert body["receipt"] is not None
    with psycopg.connect(libpq_url) as db:
        jobs = db.execute(
            "SELECT status::text, attempts, scheduled_at > now() FROM procrastinate_jobs"
            " WHERE args->>'photo_id' = %s",
            [str(photo_id)],
        )
        assert jobs.fetchone() == ("todo", 1, True)
        db.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    await run_photo_jobs(engine, libpq_url, FolderStore(tmp_path / "photos"), face_model=None)
    assert (await status(city, photo_id))["state"] == "ready"


async def test_a_bad_photo_is_rejected_and_the_audit_stays(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """What only decoding shows is told to the author; the bytes are kept for their lifetime."""
    city, store = small_city, FolderStore(tmp_path / "photos")
    content = make_photo()[:3_000]
    audit_id, photo_id, _etag = await send(city, content)
    await run_photo_jobs(engine, libpq_url, store, face_model=None)
    body = await status(city, photo_id)
    assert (body["state"], body["reject_reason"]) == ("rejected", "damaged")
    assert body["reject_text"]
    assert body["receipt"] is not None
    (original,) = store.iter_objects("q/")
    assert store.get(original.key) == content
    audit = await city.client.get(f"/v1/audits/{audit_id}", headers=city.volunteer)
    assert audit.json()["state"] == "submitted"


async def test_the_same_picture_at_another_place_is_flagged(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """Scaled or mirrored, the reviewer learns of it; at the same place nobody does."""
    with psycopg.connect(libpq_url) as db:
        db.execute(
            "INSERT INTO places (id, kind, state, category, sector, point, district_id)"
            " SELECT %s, kind, state, category, sector, point, district_id FROM places"
            " WHERE id = %s",
            [_OTHER_PLACE, small_city.place_id],
        )
    store = FolderStore(tmp_path / "photos")
    scene = make_scene(5)
    mirrored = scene.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    flagged = []
    for place_id, content in (
        (small_city.place_id, encode(scene, quality=90)),
        (small_city.place_id, encode(scene, quality=60)),
        (_OTHER_PLACE, encode(make_scene(6), quality=90)),
        (_OTHER_PLACE, encode(mirrored.resize((480, 360)), quality=40)),
    ):
        audit_id, _photo_id, _etag = await send(small_city, content, place_id)
        await run_photo_jobs(engine, libpq_url, store, face_model=None)
        read = await small_city.client.get(f"/v1/audits/{audit_id}", headers=small_city.volunteer)
        flagged.append(any(flag["code"] == "photo_reused" for flag in read.json()["flags"]))
    assert flagged == [False, False, False, True]


async def test_originals_go_after_their_time_and_redacting_still_works(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """The author may fetch the original until its lifetime after the decision is over."""
    skip_without_model()
    city, store, sessions = (
        small_city,
        FolderStore(tmp_path / "photos"),
        session_factory(engine),
    )
    content = make_photo()
    audit_id, photo_id, etag = await send(city, content)
    await run_photo_jobs(engine, libpq_url, store)
    path = f"/v1/photos/{photo_id}/original"
    got = await city.client.get(path, headers=city.volunteer)
    assert (got.content, got.headers["Content-Disposition"]) == (content, "attachment")
    assert (await city.client.get(path, headers=city.other_volunteer)).status_code == 404
    await decide(city, audit_id, etag)
    lifetime = timedelta(days=30)
    for days, expected in ((29, 0), (31, 1)):
        now = datetime.now(UTC) + timedelta(days=days)
        async with sessions() as db:
            old = await list_old_originals(db, now=now, lifetime=lifetime)
        assert len(old) == expected
    await forget_originals(sessions, store, originals=old)
    assert list(store.iter_objects("q/")) == []
    assert (await city.client.get(path, headers=city.volunteer)).status_code == 404
    rectangles = {"rectangles": [{"x": 0, "y": 0, "width": 0.3, "height": 0.3}]}
    await city.client.post(f"{path[:-9]}/redactions", json=rectangles, headers=city.reviewer)
    await run_photo_jobs(engine, libpq_url, store)
    assert (await status(city, photo_id))["public_id"] is not None


async def test_the_reconciler_finds_what_only_one_side_knows(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """Objects without rows and rows without objects are found; repairing makes both sides agree."""
    skip_without_model()
    city, store, sessions = (
        small_city,
        FolderStore(tmp_path / "photos"),
        session_factory(engine),
    )
    _audit_id, photo_id, _etag = await send(city, make_photo())
    await run_photo_jobs(engine, libpq_url, store)
    now, tomorrow = datetime.now(UTC), datetime.now(UTC) + timedelta(hours=25)
    assert (await reconcile(sessions, store, now=tomorrow)).is_empty

    store.put("d/nobody/320-0.webp", b"left by a crash", media_type="image/webp")
    (original,) = [item.key for item in store.iter_objects("q/")]
    pictures = [item.key for item in store.iter_objects("d/") if "nobody" not in item.key]
    store.delete(original)
    store.delete(pictures[0])
    assert (await reconcile(sessions, store, now=now)).is_empty  # all of it may be under way
    found = await reconcile(sessions, store, now=tomorrow)
    assert found.unnamed_keys == ["d/nobody/320-0.webp"]
    assert (found.missing_originals, found.missing_pictures) == ([photo_id], [photo_id])
    assert found.repaired_count == 0
    assert sum(line.startswith("  ") for line in found.lines()) == 3

    await reconcile(sessions, store, now=tomorrow, repair=True)
    await _ask_again(libpq_url, photo_id)
    await run_photo_jobs(engine, libpq_url, store)
    assert (await reconcile(sessions, store, now=tomorrow)).is_empty
    body = await status(city, photo_id)
    assert (body["state"], body["widths"]) == ("ready", [320, 1024, 1600])


async def test_tending_drops_what_expired_and_asks_again(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """Half uploads that nobody continued go; a photo whose job got lost is cleaned after all."""
    city, store = small_city, FolderStore(tmp_path / "photos")
    _audit_id, photo_id, _etag = await send(city, make_photo())
    audit_id, half_id, content = uuid7(), uuid7(), make_photo(9)
    body = audit_of_a_ramp(city.place_id, uuid7())
    body["photos"] = [announce(half_id, content)]
    new = {**city.volunteer, "If-None-Match": "*"}
    await city.client.put(f"/v1/audits/{audit_id}", json=body, headers=new)
    length = {"Upload-Length": str(len(content))}
    begun = await city.client.post(
        f"/v1/photos/{half_id}/upload", headers={**city.volunteer, **length}
    )
    with psycopg.connect(libpq_url) as db:
        db.execute("DELETE FROM procrastinate_jobs")
        db.execute("UPDATE photos SET updated_at = now() - interval '1 hour'")
        db.execute("UPDATE uploads SET expires_at = now() - interval '1 day'")
    await run_photo_jobs(engine, libpq_url, store, face_model=None, first="tend_photos")
    assert (await status(city, photo_id))["state"] == "ready"
    gone = await city.client.head(begun.headers["Location"], headers=city.volunteer)
    assert gone.status_code == 404
    assert (await status(city, half_id))["missing_bytes"] == len(content)


async def test_who_is_forgotten_meanwhile_leaves_no_original(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str, tmp_path: Path
) -> None:
    """A photo refused while its cell was at work leaves neither original nor pictures behind."""
    store, sessions = FolderStore(tmp_path / "photos"), session_factory(engine)
    _audit_id, photo_id, _etag = await send(small_city, make_photo())
    async with sessions() as db:
        job = await load_job(db, photo_id=photo_id)
    assert job is not None
    key = await store_original(store, job)
    limits = CleaningLimits(MAX_PIXELS, None)
    prepared = await prepare(store, job, original_key=key, limits=limits)
    with psycopg.connect(libpq_url) as connection:
        connection.execute("UPDATE photos SET state = 'rejected', reject_reason = 'author_left'")
    async with write_session(sessions) as db:
        now = datetime.now(UTC)
        leftovers = await mark_ready(db, photo_id=photo_id, prepared=prepared, now=now)
    assert sorted(leftovers) == sorted(item.key for item in store.iter_objects())
    assert key in leftovers
