"""The clock closes and never opens: words and barriers that run out, and new rules over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from audits.accounts.roles import Role
from audits.accounts.service import create_account
from audits.expiry import sweep_expired
from geo.db.session import session_factory, write_session
from geo.ids import uuid7
from tests.http.conftest import PASSWORD, SmallCity
from tests.http.stories import approve, await_route
from tests.support.bodies import audit_of_a_ramp, observe
from tests.support.clients import sign_in

_ENDS = {"from": "76.9291,43.24", "to": "76.9319,43.24", "lang": "en"}


def _audit_of_a_lift(city: SmallCity) -> dict[str, Any]:
    """Give an audit of a high entrance that only a platform lift makes usable."""
    entrance = uuid7()
    body = audit_of_a_ramp(city.place_id, entrance)
    body["observations"] = [
        observe(entrance, "entrance.level_change", 900),
        observe(entrance, "stairs.count", 6, "estimate"),
        observe(entrance, "platform_lift.working", "working", "estimate"),
        observe(entrance, "platform_lift.access_mode", "open", "estimate"),
        observe(entrance, "platform_lift.w", 900),
        observe(entrance, "platform_lift.d", 1250),
        observe(entrance, "door.clear_width", 920),
        observe(entrance, "door.threshold", 10),
        observe(entrance, "path.step_count", 0, "estimate"),
    ]
    return body


async def _sweep(engine: AsyncEngine, now: datetime) -> int:
    swept = 0
    while True:
        async with write_session(session_factory(engine)) as db:
            batch = await sweep_expired(db, now=now)
        if not batch:
            return swept
        swept += batch


async def test_a_state_that_nobody_saw_for_long_is_unknown(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str
) -> None:
    """The lift was working once: the word says so until then, and is announced as unknown."""
    await approve(small_city, _audit_of_a_lift(small_city))
    path = f"/v1/places/{small_city.place_id}"
    before = (await small_city.client.get(path)).json()
    assert before["entry"]["manual_wheelchair"] == "yes"
    (until,) = {
        verdict["valid_until"]
        for verdict in before["verdicts"]
        if (verdict["profile"], verdict["scope"]) == ("manual_wheelchair", "entry")
    }
    end = datetime.fromisoformat(until)
    assert await _sweep(engine, end - timedelta(seconds=1)) == 0
    with psycopg.connect(libpq_url) as connection:
        connection.execute("DELETE FROM changes")
    assert await _sweep(engine, end) == 1
    after = (await small_city.client.get(path)).json()
    assert after["entry"]["manual_wheelchair"] == "unknown"
    with psycopg.connect(libpq_url) as connection:
        changes = connection.execute("SELECT kind, subject_id FROM changes").fetchall()
    assert changes == [("place", str(small_city.place_id))]
    assert await _sweep(engine, end) == 0


async def test_a_fact_that_no_word_rests_on_runs_out_too(
    small_city: SmallCity, engine: AsyncEngine
) -> None:
    """A lift inside was seen working: after a month it is no badge and no yes in lists any more."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["depth"] = "volunteer"
    body["observations"] += [
        observe(None, "lift.present", value=True, method="estimate"),
        observe(None, "lift.state", "working", "estimate"),
    ]
    await approve(small_city, body)
    path = f"/v1/places/{small_city.place_id}"
    lists = {"feature": "lift_working"}
    before = (await small_city.client.get(path)).json()
    assert "lift_working" in before["badges"]
    assert len((await small_city.client.get("/v1/places", params=lists)).json()["items"]) == 1
    seen = datetime.fromisoformat(before["features"]["lift_working"]["seen_at"])
    assert await _sweep(engine, seen + timedelta(days=30)) >= 1
    after = (await small_city.client.get(path)).json()
    assert "lift_working" not in after["badges"]
    assert "lift_working" not in after["features"]
    assert (await small_city.client.get("/v1/places", params=lists)).json()["items"] == []
    assert await _sweep(engine, seen + timedelta(days=30)) == 0


async def test_an_expired_barrier_leaves_the_way_unknown(
    small_city: SmallCity, engine: AsyncEngine
) -> None:
    """After its time a report is doubtful, not gone: who allows nothing unknown is kept out."""
    reported = await small_city.client.put(
        f"/v1/barriers/{uuid7()}",
        json={
            "kind": "dug_up",
            "geometry": {"type": "LineString", "coordinates": [[76.9304, 43.24], [76.9312, 43.24]]},
        },
        headers={**small_city.volunteer, "If-None-Match": "*"},
    )
    expires_at = datetime.fromisoformat(reported.json()["expires_at"])
    await await_route(small_city, _ENDS, found=False)
    assert await _sweep(engine, expires_at) == 1
    listed = await small_city.client.get("/v1/barriers", params={"bbox": "76.9,43.2,77,43.3"})
    assert [item["state"] for item in listed.json()["items"]] == ["expired"]
    route = await await_route(small_city, _ENDS, found=True)
    told = " ".join(str(step["text"]) for step in route["properties"]["steps"])
    told += " ".join(str(warning["text"]) for warning in route["properties"]["warnings"])
    assert expires_at.strftime("%Y") in told or "not confirmed" in told, told
    assert await _sweep(engine, expires_at) == 0


async def test_a_manager_sees_how_far_new_rules_are(
    small_city: SmallCity, engine: AsyncEngine, libpq_url: str
) -> None:
    """Words by older rules are counted while they serve; asking again is harmless."""
    await approve(small_city, _audit_of_a_lift(small_city))
    async with AsyncSession(engine) as db, db.begin():
        await create_account(db, role=Role.MANAGER, login="manager", password=PASSWORD)
    manager = await sign_in(small_city.client, "manager", PASSWORD)
    path = "/v1/review/recompute"
    fresh = (await small_city.client.get(path, headers=manager)).json()
    assert (fresh["places_left"], fresh["places_total"]) == (0, 0)
    with psycopg.connect(libpq_url) as connection:
        connection.execute("UPDATE verdicts SET rules_version = 'old'")
    for _time in range(2):
        asked = await small_city.client.post(path, headers=manager)
        assert asked.status_code == 202, asked.text
        body = asked.json()
        assert (body["places_left"], body["places_total"], body["places_done"]) == (1, 1, 0)
        assert body["wanted_version"] == body["rules_version"]
    with psycopg.connect(libpq_url) as connection:
        jobs = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'esik:renew_words'"
        ).fetchone()
    assert jobs == (1,)
    place = (await small_city.client.get(f"/v1/places/{small_city.place_id}")).json()
    assert place["entry"]["manual_wheelchair"] == "yes"
    refused = await small_city.client.get(path, headers=small_city.reviewer)
    assert refused.status_code == 403
    assert datetime.fromisoformat(body["requested_at"]) <= datetime.now(UTC)
