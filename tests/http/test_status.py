"""What an author reads about their audit, and what time does to audits that wait."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from audits.intake import erase_withdrawn, give_up_waiting
from audits.sync.retention import prune_changes
from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.http.stories import decide
from tests.support.bodies import announce, audit_of_a_ramp

_NEW = {"If-None-Match": "*"}


async def _send(city: SmallCity, *, photo: bool = False) -> tuple[UUID, str]:
    body = audit_of_a_ramp(city.place_id, uuid7())
    if photo:
        body["photos"] = [announce(uuid7(), b"x" * 2_000)]
    audit_id = uuid7()
    answer = await city.client.put(
        f"/v1/audits/{audit_id}", json=body, headers={**city.volunteer, **_NEW}
    )
    assert answer.status_code == 201, answer.text
    return audit_id, answer.headers["ETag"]


async def test_an_author_reads_the_story(small_city: SmallCity) -> None:
    """What is stored and missing at first, what changed after the approval, in three languages."""
    audit_id, etag = await _send(small_city, photo=True)
    client, path = small_city.client, f"/v1/audits/{audit_id}/status"
    waiting = (await client.get(f"{path}?lang=en", headers=small_city.volunteer)).json()
    assert waiting["state"] == "incomplete"
    assert "A photo of 2 kB has not arrived yet." in waiting["text"]
    await client.put(
        f"/v1/audits/{audit_id}",
        json=audit_of_a_ramp(small_city.place_id, uuid7()),
        headers={**small_city.volunteer, "If-Match": etag},
    )
    await decide(small_city, audit_id, '"2"', outcome="approve")
    texts = {}
    for language in ("kk", "ru", "en"):
        answer = await client.get(f"{path}?lang={language}", headers=small_city.volunteer)
        assert answer.status_code == 200, answer.text
        story = answer.json()
        assert story["changed"][0]["after"] in {"yes", "with_help", "no"}
        assert story["changed"][0]["place_id"] == str(small_city.place_id)
        texts[language] = story["text"]
    assert len(set(texts.values())) == 3
    assert "механикалық кресло-арба" in texts["kk"]
    assert "manual wheelchair, through the entrance: was “unknown”, now “yes”" in texts["en"]
    stranger = await client.get(path, headers=small_city.other_volunteer)
    assert stranger.status_code == 404


async def test_after_thirty_days_nobody_waits_for_photos(
    small_city: SmallCity, engine: AsyncEngine
) -> None:
    """Not a day before; then it is submitted with a flag, and its author is told."""
    audit_id, _etag = await _send(small_city, photo=True)
    now = datetime.now(UTC)
    async with AsyncSession(engine) as db, db.begin():
        assert await give_up_waiting(db, now=now + timedelta(days=29)) == 0
        assert await give_up_waiting(db, now=now + timedelta(days=31)) == 1
        assert await give_up_waiting(db, now=now + timedelta(days=31)) == 0
    path = f"/v1/audits/{audit_id}"
    status = (await small_city.client.get(path, headers=small_city.volunteer)).json()
    assert status["state"] == "submitted"
    assert "photos_missing" in {flag["code"] for flag in status["flags"]}
    queue = await small_city.client.get("/v1/review/queue", headers=small_city.reviewer)
    assert [item["id"] for item in queue.json()["items"]] == [str(audit_id)]


async def test_what_was_withdrawn_is_erased(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str
) -> None:
    """A month later body and answers are gone, the id answers 410 for ever."""
    audit_id, _etag = await _send(small_city)
    path = f"/v1/audits/{audit_id}"
    mine = small_city.volunteer
    await small_city.client.post(f"{path}/withdraw", headers=mine)
    later = datetime.now(UTC) + timedelta(days=31)
    async with AsyncSession(engine) as db, db.begin():
        assert await erase_withdrawn(db, now=datetime.now(UTC)) == 0
        assert await erase_withdrawn(db, now=later) == 1
        assert await erase_withdrawn(db, now=later) == 0
    with psycopg.connect(libpq_url) as connection:
        row = connection.execute(
            "SELECT v.body, a.position, (SELECT count(*) FROM observations)"
            " FROM audits a JOIN audit_versions v ON v.audit_id = a.id"
        ).fetchone()
    assert row == ({}, None, 0)
    assert (await small_city.client.get(path, headers=mine)).status_code == 410
    assert (await small_city.client.get(f"{path}/status", headers=mine)).status_code == 410


async def test_the_change_log_is_pruned_by_age(small_city: SmallCity, engine: AsyncEngine) -> None:
    """Young changes stay; those that no cursor can ask for go."""
    await _send(small_city)
    async with AsyncSession(engine) as db, db.begin():
        assert await prune_changes(db, now=datetime.now(UTC) + timedelta(days=90)) == 0
        assert await prune_changes(db, now=datetime.now(UTC) + timedelta(days=101)) > 0
