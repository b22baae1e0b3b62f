"""Phones keep in step: what they missed reaches them, what is gone is named, areas come along."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from audits.sync.cursors import Stage, SyncCursor, write_cursor
from geo.ids import uuid7
from tests.http.conftest import PLACE_ID, SmallCity
from tests.http.stories import approve, decide
from tests.support.bodies import announce, audit_of_a_ramp
from tests.support.horizon import await_older_writers

_BOX = "76.92,43.23,76.94,43.25"
_NEW = {"If-None-Match": "*"}


async def _page(city: SmallCity, who: dict[str, str], **query: Any) -> httpx2.Response:  # noqa: ANN401 - a query
    return await city.client.get("/v1/sync", params=query, headers=who)


async def _catch_up(
    city: SmallCity,
    who: dict[str, str],
    cursor: str | None = None,
    **query: Any,  # noqa: ANN401 - a query
) -> tuple[list[dict[str, Any]], str]:
    """Read until there is no more; gives the items and the last cursor."""
    await await_older_writers(city.libpq_url)
    items: list[dict[str, Any]] = []
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await _page(city, who, **query, **more)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        cursor = page["cursor"]
        if not page["has_more"]:
            return items, cursor


async def test_a_phone_learns_what_became_of_its_audits(small_city: SmallCity) -> None:
    """First everything that is there, then the question of the reviewer, then a tombstone."""
    client, mine = small_city.client, small_city.volunteer
    audit_id, photo_id = uuid7(), uuid7()
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["photos"] = [announce(photo_id, b"picture")]
    await client.put(f"/v1/audits/{audit_id}", json=body, headers={**mine, **_NEW})
    first, cursor = await _catch_up(small_city, mine)
    assert {(item["id"], item["op"]) for item in first} == {(str(audit_id), "put")}
    assert first[0]["audit"]["photos"][0]["missing_bytes"] == len(b"picture")
    nothing, cursor = await _catch_up(small_city, mine, cursor)
    assert nothing == []
    without = await client.put(
        f"/v1/audits/{audit_id}", json={**body, "photos": []}, headers={**mine, "If-Match": '"1"'}
    )
    await decide(
        small_city, audit_id, without.headers["ETag"], outcome="needs_info",
        reason_code="photo_unclear", note="The threshold is not in the picture",
    )  # fmt: skip
    news, cursor = await _catch_up(small_city, mine, cursor)
    assert [item["audit"]["state"] for item in news] == ["needs_info"]
    asked = news[0]["audit"]["decisions"][0]
    assert (asked["reason_code"], asked["note"]) == (
        "photo_unclear",
        "The threshold is not in the picture",
    )
    await client.post(f"/v1/audits/{audit_id}/withdraw", headers=mine)
    gone, cursor = await _catch_up(small_city, mine, cursor)
    assert gone == [{"type": "audit", "id": str(audit_id), "op": "delete"}]


async def test_nobody_sees_somebody_elses_audits(small_city: SmallCity) -> None:
    """Another volunteer's feed is empty; a stranger has none; a cursor is not transferable."""
    await approve(small_city, audit_of_a_ramp(small_city.place_id, uuid7()))
    items, cursor = await _catch_up(small_city, small_city.other_volunteer)
    assert items == []
    assert (await _page(small_city, {})).status_code == 401
    stolen = await _page(small_city, small_city.volunteer, cursor=cursor)
    assert stolen.status_code == 400


async def test_an_area_follows_the_map(small_city: SmallCity) -> None:
    """Places with facts and barriers come first, then changes inside the box, and only those."""
    scope: dict[str, Any] = {"scope": ["places", "barriers"], "bbox": _BOX}
    before, cursor = await _catch_up(small_city, {}, **scope)
    assert [(item["type"], item["id"]) for item in before] == [("place", str(PLACE_ID))]
    assert before[0]["place"]["facts"] == []
    await approve(small_city, audit_of_a_ramp(small_city.place_id, uuid7()))
    barrier_id = uuid7()
    report = {"kind": "ice", "geometry": {"type": "Point", "coordinates": [76.93, 43.24]}}
    await small_city.client.put(
        f"/v1/barriers/{barrier_id}", json=report, headers={**small_city.volunteer, **_NEW}
    )
    news, cursor = await _catch_up(small_city, {}, cursor, **scope)
    assert [(item["type"], item["op"]) for item in news] == [("place", "put"), ("barrier", "put")]
    assert news[0]["place"]["entry"]["manual_wheelchair"] == "yes"
    assert {fact["field"] for fact in news[0]["place"]["facts"]} >= {"ramp.slope", "ramp.width"}
    await small_city.client.post(
        f"/v1/barriers/{barrier_id}/decisions", json={"outcome": "clear"},
        headers=small_city.reviewer,
    )  # fmt: skip
    cleared, _cursor = await _catch_up(small_city, {}, cursor, **scope)
    assert cleared == [{"type": "barrier", "id": str(barrier_id), "op": "delete"}]
    elsewhere: dict[str, Any] = {"scope": ["places", "barriers"], "bbox": "76.7,43.1,76.8,43.2"}
    assert (await _catch_up(small_city, {}, **elsewhere))[0] == []


async def test_pages_are_bounded_and_complete(small_city: SmallCity) -> None:
    """Seven audits in pages of two: each once, in the loading and in the following."""
    mine = small_city.volunteer

    async def send(count: int) -> set[str]:
        items = [
            {"id": str(uuid7()), "audit": audit_of_a_ramp(small_city.place_id, uuid7())}
            for _time in range(count)
        ]
        await small_city.client.post("/v1/audits/batch", json={"items": items}, headers=mine)
        return {str(item["id"]) for item in items}

    sent = await send(7)
    items, cursor = await _catch_up(small_city, mine, limit=2)
    assert sorted(item["id"] for item in items) == sorted(sent)
    later = await send(5)
    await await_older_writers(small_city.libpq_url)
    page = (await _page(small_city, mine, limit=2, cursor=cursor)).json()
    assert (len(page["items"]), page["has_more"]) == (2, True)
    items, _cursor = await _catch_up(small_city, mine, cursor, limit=2)
    assert sorted(item["id"] for item in items) == sorted(later)


async def test_an_old_cursor_starts_again(small_city: SmallCity) -> None:
    """After 90 days, or with a cursor from before a restore, 410 names where to begin."""
    who = small_city.volunteer
    account = (await small_city.client.get("/v1/sync", headers=who)).json()["cursor"]
    question = await _question_of(small_city)
    now = datetime.now(UTC)
    for cursor, written_at in (
        (SyncCursor(Stage.CHANGES, 1, 0), now - timedelta(days=91)),
        (SyncCursor(Stage.CHANGES, 1 << 60, 0), now),
    ):
        text = write_cursor(cursor, question=question, now=written_at)
        answer = await _page(small_city, who, cursor=text)
        assert answer.status_code == 410, answer.text
        assert answer.json()["bootstrap_url"] == "/v1/sync"
    assert (await _page(small_city, who, cursor=account)).status_code == 200
    assert (await _page(small_city, who, cursor="x" * 40)).status_code == 400


async def _question_of(city: SmallCity) -> list[Any]:
    token = city.volunteer["Authorization"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    return [claims["sub"], ["audits"], None, None]


async def test_an_area_must_be_named_and_be_small(small_city: SmallCity) -> None:
    """No box, a box turned around, a country: 400 with the limit."""
    queries: list[dict[str, Any]] = [
        {},
        {"bbox": "60,40,80,50"},
        {"bbox": "77,43,76,44"},
        {"district": uuid7()},
    ]
    for query in queries:
        answer = await _page(small_city, {}, scope="places", **query)
        assert answer.status_code == 400, answer.text
    district = "0199a000-0000-7000-8000-0000000000d1"
    items, _cursor = await _catch_up(small_city, {}, scope="places", district=district)
    assert [item["id"] for item in items] == [str(PLACE_ID)]


async def test_an_area_pack_goes_along(small_city: SmallCity) -> None:
    """Facts, parts and the catalogue's hash; unchanged it is 304; `sync` goes on from it."""
    element_id = uuid7()
    await approve(small_city, audit_of_a_ramp(small_city.place_id, element_id))
    client = small_city.client
    # The tile of zoom 15 around the school.
    path = "/v1/areas/15/23386/12010/pack"
    answer = await client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Encoding"] == "gzip"
    pack = answer.json()
    assert [place["id"] for place in pack["places"]] == [str(PLACE_ID)]
    assert [part["id"] for part in pack["places"][0]["elements"]] == [str(element_id)]
    catalogue = (await client.get("/v1/catalogue")).json()
    assert pack["catalogue"]["hash"] == catalogue["hash"]
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert json.loads(plain.content)["places"] == pack["places"]
    tag = answer.headers["ETag"]
    same = await client.get(path, headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    await approve(small_city, audit_of_a_ramp(small_city.place_id, uuid7(), (76.9306, 43.2402)))
    await await_older_writers(small_city.libpq_url)
    news = (await client.get(pack["sync"])).json()["items"]
    assert [(item["type"], item["id"]) for item in news] == [("place", str(PLACE_ID))]
    changed = await client.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert len(gzip.compress(plain.content)) < len(plain.content)
    assert (await client.get("/v1/areas/3/1/1/pack")).status_code == 422
    beyond = await client.get("/v1/areas/13/8192/0/pack")
    assert beyond.json()["type"] == "/problems/tile-out-of-range", "never the tile of elsewhere"
