"""Many audits in one request; new places and parts inside an audit; ids and receipts."""

import json
import time
from typing import Any
from uuid import UUID

import jwt
import pytest

from audits.canonical import digest
from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.http.stories import approve
from tests.support.bodies import audit_of_a_ramp, observe

_NEW = {"If-None-Match": "*"}


def _item(body: dict[str, Any], audit_id: object = None) -> dict[str, Any]:
    return {"id": str(audit_id or uuid7()), "audit": body}


async def test_one_bad_audit_does_not_hold_back_the_others(small_city: SmallCity) -> None:
    """Each item has its own answer; what was refused is not stored, the rest is; replays are."""
    good, other = (audit_of_a_ramp(small_city.place_id, uuid7()) for _time in range(2))
    bad = audit_of_a_ramp(small_city.place_id, uuid7())
    bad["observations"][4]["value"] = 900_000
    shapeless = {"place_id": "nowhere"}
    nowhere = audit_of_a_ramp(uuid7(), uuid7())
    items = [_item(good), _item(bad), _item(shapeless), _item(good, "no id"), _item(nowhere)]
    items.append(_item(other))
    client, mine = small_city.client, small_city.volunteer
    answer = await client.post("/v1/audits/batch", json={"items": items}, headers=mine)
    assert answer.status_code == 200, answer.text
    results = answer.json()["items"]
    assert [item["status"] for item in results] == [201, 422, 422, 422, 422, 201]
    assert results[1]["problem"]["errors"][0]["pointer"].startswith("/observations/4")
    assert results[2]["problem"]["type"] == "/problems/invalid-request"
    stored = await client.get("/v1/audits", headers=mine)
    assert {item["id"] for item in stored.json()["items"]} == {items[0]["id"], items[5]["id"]}
    again = await client.post("/v1/audits/batch", json={"items": items}, headers=mine)
    assert [item["status"] for item in again.json()["items"]] == [200, 422, 422, 422, 422, 200]
    stranger = small_city.other_volunteer
    taken = await client.post("/v1/audits/batch", json={"items": items[:1]}, headers=stranger)
    assert taken.json()["items"][0]["status"] == 404


async def test_a_batch_is_bounded(small_city: SmallCity) -> None:
    """More than fifty items, or none, are refused as a whole."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    for count in (0, 51):
        answer = await small_city.client.post(
            "/v1/audits/batch",
            json={"items": [_item(body)] * count},
            headers=small_city.volunteer,
        )
        assert answer.status_code == 422


async def test_my_audits_are_listed_in_pages(small_city: SmallCity) -> None:
    """Newest first, only mine, each once."""
    items = [_item(audit_of_a_ramp(small_city.place_id, uuid7())) for _time in range(5)]
    client, mine = small_city.client, small_city.volunteer
    await client.post("/v1/audits/batch", json={"items": items}, headers=mine)
    seen: list[str] = []
    path: str | None = "/v1/audits?limit=2"
    while path:
        page = (await client.get(path, headers=mine)).json()
        seen += [item["id"] for item in page["items"]]
        path = page["next"]
    assert seen == sorted((item["id"] for item in items), reverse=True)
    others = await client.get("/v1/audits", headers=small_city.other_volunteer)
    assert others.json()["items"] == []
    broken = await client.get("/v1/audits?cursor=abc", headers=mine)
    assert broken.status_code == 400


async def test_a_receipt_names_what_the_phone_sent(small_city: SmallCity) -> None:
    """Verified by the published keys alone, over a digest that the phone computes itself."""
    audit_id, body = uuid7(), audit_of_a_ramp(small_city.place_id, uuid7())
    client = small_city.client
    answer = await client.put(
        f"/v1/audits/{audit_id}", json=body, headers={**small_city.volunteer, **_NEW}
    )
    keys = jwt.PyJWKSet.from_dict((await client.get("/.well-known/jwks.json")).json())
    token = answer.json()["receipt"]
    key = next(k for k in keys.keys if k.key_id == jwt.get_unverified_header(token)["kid"])
    claims = jwt.decode(token, key, algorithms=["ES256"], options={"verify_iat": False})
    assert claims["sub"] == str(audit_id)
    assert claims["sha256"] == digest(body) == answer.json()["digest"]
    assert (claims["kind"], claims["durable"], claims["version"]) == ("audit", True, 1)


def _id_at(seconds: float) -> UUID:
    """Make a UUIDv7 at another time."""
    return UUID(int=uuid7().int & ((1 << 80) - 1) | int(seconds * 1000) << 80)


@pytest.mark.parametrize(
    ("days", "status", "flags"),
    [(-20_000, 201, set()), (-2, 201, set()), (2, 201, {"clock_skew"}), (30, 422, set())],
)
async def test_clocks_may_be_wrong_but_not_far_ahead(
    small_city: SmallCity, days: int, status: int, flags: set[str]
) -> None:
    """An old or slow clock loses nothing; two days ahead is a flag, a month ahead a problem."""
    audit_id = _id_at(max(time.time() + days * 86_400, 1))
    answer = await small_city.client.put(
        f"/v1/audits/{audit_id}",
        json=audit_of_a_ramp(small_city.place_id, uuid7()),
        headers={**small_city.volunteer, **_NEW},
    )
    assert answer.status_code == status, answer.text
    if status == 201:
        codes = {flag["code"] for flag in answer.json()["flags"]}
        assert codes & {"clock_skew"} == flags
    else:
        assert "server_time" in answer.json()


def _new_place(place_id: object, **changes: object) -> dict[str, Any]:
    proposal = {
        "id": str(place_id), "kind": "building", "category": "pharmacy",
        "lon": 76.9312, "lat": 43.2404, "name": {"ru": "Аптека «Дәрі-дәрмек» ТОО"},
    }  # fmt: skip
    return proposal | changes


async def test_a_new_place_comes_with_its_audit(small_city: SmallCity) -> None:
    """It is nowhere until approval, then on the list with its word; a second one is a double."""
    place_id, element_id = uuid7(), uuid7()
    body = audit_of_a_ramp(place_id, element_id, door=(76.9312, 43.24035))
    body["new_place"] = _new_place(place_id)
    client = small_city.client
    listed = {"bbox": "76.9,43.2,77,43.3", "category": "pharmacy"}
    audit_id = uuid7()
    sent = await client.put(
        f"/v1/audits/{audit_id}", json=body, headers={**small_city.volunteer, **_NEW}
    )
    assert (sent.status_code, sent.json()["possible_duplicates"]) == (201, []), sent.text
    assert (await client.get("/v1/places", params=listed)).json()["items"] == []
    decided = await client.post(
        f"/v1/audits/{audit_id}/decisions",
        json={"outcome": "approve"},
        headers={**small_city.reviewer, "If-Match": sent.headers["ETag"]},
    )
    assert decided.status_code == 201, decided.text
    found = (await client.get("/v1/places", params=listed)).json()["items"]
    assert [item["id"] for item in found] == [str(place_id)]
    assert found[0]["entry"]["manual_wheelchair"] == "yes"
    double = uuid7()
    body = audit_of_a_ramp(double, uuid7(), door=(76.9313, 43.2404))
    body["new_place"] = _new_place(double, name={"kk": "дәрі дәрмек"}, lon=76.9313)
    again = await client.put(
        f"/v1/audits/{uuid7()}", json=body, headers={**small_city.other_volunteer, **_NEW}
    )
    assert again.status_code == 201
    candidates = again.json()["possible_duplicates"]
    assert [each["place_id"] for each in candidates] == [str(place_id)]
    assert candidates[0]["distance_m"] < 20
    assert candidates[0]["likeness_percent"] >= 50


async def test_a_known_entrance_beside_a_new_one_is_named(small_city: SmallCity) -> None:
    """Somebody measured that door already: the answer says which part it may be."""
    known = uuid7()
    await approve(small_city, audit_of_a_ramp(small_city.place_id, known))
    answer = await small_city.client.put(
        f"/v1/audits/{uuid7()}",
        json=audit_of_a_ramp(small_city.place_id, uuid7(), door=(76.93051, 43.2402)),
        headers={**small_city.other_volunteer, **_NEW},
    )
    assert [each["element_id"] for each in answer.json()["possible_duplicates"]] == [str(known)]


async def test_a_place_far_outside_is_refused(small_city: SmallCity) -> None:
    """Swapped coordinates of a new place are a problem, not a place in the sea."""
    place_id = uuid7()
    body = audit_of_a_ramp(place_id, uuid7())
    body["elements"], body["observations"] = [], [observe(None, "staff.help", value=True)]
    body["new_place"] = _new_place(place_id, lon=43.24, lat=76.93)
    answer = await small_city.client.put(
        f"/v1/audits/{uuid7()}", json=body, headers={**small_city.volunteer, **_NEW}
    )
    assert answer.json()["type"] == "/problems/element-too-far"


async def test_content_that_is_not_json_is_refused(small_city: SmallCity) -> None:
    """NaN in a coordinate is a problem of the client, not of the server."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["elements"][0]["geometry"]["coordinates"] = [float("nan"), 43.2]
    answer = await small_city.client.put(
        f"/v1/audits/{uuid7()}",
        content=json.dumps(body),
        headers={**small_city.volunteer, **_NEW, "Content-Type": "application/json"},
    )
    assert answer.status_code == 422, answer.text
