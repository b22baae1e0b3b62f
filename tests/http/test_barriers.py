"""Barriers close a way for everybody at once; only a reviewer opens it."""

import asyncio
from typing import Any

from geo.ids import uuid7
from tests.http.conftest import SmallCity

_QUERY = {"from": "76.9291,43.24", "to": "76.9319,43.24", "lang": "en"}
_BODY = {
    "kind": "dug_up",
    "geometry": {"type": "LineString", "coordinates": [[76.9304, 43.24], [76.9312, 43.24]]},
}


async def _await_route(city: SmallCity, *, found: bool) -> dict[str, Any]:
    """Ask until the change feed has reached the router, or give the last answer."""
    for _time in range(200):
        answer = dict((await city.client.get("/v1/routes", params=_QUERY)).json())
        if answer["properties"]["found"] is found:
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError(answer["properties"])


async def test_a_report_closes_and_a_reviewer_opens(small_city: SmallCity) -> None:
    """The only way is closed by the report, named in the answer, and open after `clear`."""
    client = small_city.client
    await _await_route(small_city, found=True)
    barrier_id = uuid7()
    path = f"/v1/barriers/{barrier_id}"
    new = {**small_city.volunteer, "If-None-Match": "*"}
    stored = await client.put(path, json=_BODY, headers=new)
    assert stored.status_code == 201, stored.text
    assert stored.json()["matched"] is True
    assert (await client.put(path, json=_BODY, headers=new)).status_code == 200
    closed = await _await_route(small_city, found=False)
    assert closed["features"], closed
    refused = await client.post(
        f"{path}/decisions", json={"outcome": "clear"}, headers=small_city.volunteer
    )
    assert refused.status_code == 403
    cleared = await client.post(
        f"{path}/decisions", json={"outcome": "clear"}, headers=small_city.reviewer
    )
    assert cleared.json()["state"] == "cleared"
    await _await_route(small_city, found=True)


async def test_reports_are_listed_in_their_box(small_city: SmallCity) -> None:
    """A report is public without its author; outside the box there is nothing."""
    new = {**small_city.volunteer, "If-None-Match": "*"}
    await small_city.client.put(f"/v1/barriers/{uuid7()}", json=_BODY, headers=new)
    here = await small_city.client.get("/v1/barriers", params={"bbox": "76.9,43.2,77,43.3"})
    assert [item["kind"] for item in here.json()["items"]] == ["dug_up"]
    assert "reported_by" not in here.text
    there = await small_city.client.get("/v1/barriers", params={"bbox": "70,43.2,70.1,43.3"})
    assert there.json()["items"] == []


async def test_a_bad_report_is_refused(small_city: SmallCity) -> None:
    """A foreign id, a wild geometry and a missing header get clear problems."""
    new = {**small_city.volunteer, "If-None-Match": "*"}
    path = f"/v1/barriers/{uuid7()}"
    client = small_city.client
    assert (await client.put(path, json=_BODY, headers=small_city.volunteer)).status_code == 428
    wild = {"kind": "ice", "geometry": {"type": "Point", "coordinates": [43.2, 276.9]}}
    assert (await client.put(path, json=wild, headers=new)).status_code == 422
    await client.put(path, json=_BODY, headers=new)
    other = {**small_city.other_volunteer, "If-None-Match": "*"}
    assert (await client.put(path, json=_BODY, headers=other)).status_code == 409
