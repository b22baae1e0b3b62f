"""Audits and photos come in once, whatever the connection does; strangers see nothing."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import announce, audit_of_a_ramp, observe

_NEW = {"If-None-Match": "*"}


async def _put(
    city: SmallCity, audit_id: UUID, body: dict[str, Any], who: dict[str, str]
) -> httpx2.Response:
    """Send as plain ASCII with escapes, so that characters come along that are none."""
    headers = {**who, **_NEW, "Content-Type": "application/json"}
    content = json.dumps(body)
    return await city.client.put(f"/v1/audits/{audit_id}", content=content, headers=headers)


async def test_sending_twice_stores_once(small_city: SmallCity) -> None:
    """201, then 200 for the same content in another order of members; nothing is doubled."""
    audit_id, body = uuid7(), audit_of_a_ramp(small_city.place_id, uuid7())
    first = await _put(small_city, audit_id, body, small_city.volunteer)
    again = await _put(small_city, audit_id, dict(reversed(body.items())), small_city.volunteer)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotent-Replay"] == "true"
    one, two = first.json(), again.json()
    # Signatures of one text differ; what they say does not.
    assert one.pop("receipt").split(".")[:2] == two.pop("receipt").split(".")[:2]
    assert one == two
    assert one["state"] == "submitted"


async def test_other_content_under_the_same_id_is_a_conflict(small_city: SmallCity) -> None:
    """409 with the stored digest, and the first content stays."""
    audit_id, body = uuid7(), audit_of_a_ramp(small_city.place_id, uuid7())
    first = await _put(small_city, audit_id, body, small_city.volunteer)
    body["observations"][4]["value"] = 700
    answer = await _put(small_city, audit_id, body, small_city.volunteer)
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/audit-content-differs"
    assert problem["stored_digest"] == first.json()["digest"] != problem["received_digest"]


async def test_somebody_elses_audit_does_not_exist(small_city: SmallCity) -> None:
    """Another author's id answers 404 on every verb, and 401 without a token."""
    audit_id, body = uuid7(), audit_of_a_ramp(small_city.place_id, uuid7())
    await _put(small_city, audit_id, body, small_city.volunteer)
    stranger = await _put(small_city, audit_id, body, small_city.other_volunteer)
    assert stranger.status_code == 404
    path = f"/v1/audits/{audit_id}"
    read = await small_city.client.get(path, headers=small_city.other_volunteer)
    assert read.status_code == 404
    assert (await small_city.client.get(path)).status_code == 401


async def test_a_new_audit_must_say_that_it_is_new(small_city: SmallCity) -> None:
    """Without If-None-Match the answer is 428, and nothing is stored."""
    path = f"/v1/audits/{uuid7()}"
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    answer = await small_city.client.put(path, json=body, headers=small_city.volunteer)
    assert answer.status_code == 428
    assert (await small_city.client.get(path, headers=small_city.volunteer)).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda b: b["observations"][4].update(value=900_000), "/observations/4"),
        (lambda b: b["observations"][4].update(field="door.nonsense"), "/observations/4"),
        (lambda b: b["observations"][4].update(value="wide"), "/observations/4"),
        (lambda b: b["observations"].append(dict(b["observations"][0])), "/observations/8"),
        (lambda b: b["observations"][0].update(photo_ids=[str(uuid7())]), "/observations/0"),
        (lambda b: b.update(catalogue_version="77"), "/catalogue_version"),
        (lambda b: b.update(depth="deep"), "/depth"),
        (lambda b: b["position"].update(lat=143), "/position/lat"),
        (lambda b: b.update(extra=1), "/extra"),
        (lambda b: b["elements"][0].update(level="1\x00"), "/elements/0"),
        (lambda b: b["elements"][0].update(name={"kk": "\ud800"}), "/elements/0"),
        (lambda b: b["elements"][0].update(osm_way_id=1 << 70), "/elements/0"),
        (lambda b: b["observations"][0].pop("value"), "/observations/0"),
    ],
)
async def test_what_does_not_fit_is_named_by_pointer(
    small_city: SmallCity,
    change: Callable[[dict[str, Any]], object],
    pointer: str,
) -> None:
    """422 with a JSON pointer to the member; the id stays free."""
    audit_id, body = uuid7(), audit_of_a_ramp(small_city.place_id, uuid7())
    change(body)
    answer = await _put(small_city, audit_id, body, small_city.volunteer)
    assert answer.status_code == 422, answer.text
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"])
    fit = audit_of_a_ramp(small_city.place_id, uuid7())
    assert (await _put(small_city, audit_id, fit, small_city.volunteer)).status_code == 201


async def test_ids_must_be_made_for_time(small_city: SmallCity) -> None:
    """A random UUID is refused for audits and for new parts; an unknown place too."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    old = UUID("6fa459ea-ee8a-4ca4-894e-db77e160355e")
    assert (await _put(small_city, old, body, small_city.volunteer)).status_code == 422
    body = audit_of_a_ramp(small_city.place_id, old)
    assert (await _put(small_city, uuid7(), body, small_city.volunteer)).status_code == 422
    body = audit_of_a_ramp(uuid7(), uuid7())
    answer = await _put(small_city, uuid7(), body, small_city.volunteer)
    assert answer.json()["type"] == "/problems/unknown-place"


async def test_odd_circumstances_are_flags_not_refusals(small_city: SmallCity) -> None:
    """A position far away, as a browser gives it, and an estimated slope are stored as they are."""
    element_id = uuid7()
    body = audit_of_a_ramp(small_city.place_id, element_id)
    body["position"] = {"lon": 76.95, "lat": 43.26, "accuracy_m": 90.4}
    body["observations"][2]["method"] = "estimate"
    answer = await _put(small_city, uuid7(), body, small_city.volunteer)
    assert answer.status_code == 201
    codes = {flag["code"] for flag in answer.json()["flags"]}
    assert {"far_from_place", "poor_position", "measure_without_tool"} <= codes


async def test_a_photo_is_taken_in_once_and_only_as_announced(small_city: SmallCity) -> None:
    """Wrong bytes are refused, right ones stored, the same again a replay, a stranger's 404."""
    photo_id, content = uuid7(), b"\xff\xd8 these bytes"
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["photos"] = [announce(photo_id, content)]
    body["observations"].append(observe(None, "staff.help", value=True, method="estimate"))
    audit_id = uuid7()
    stored = await _put(small_city, audit_id, body, small_city.volunteer)
    assert stored.json()["state"] == "incomplete"
    assert stored.json()["photos"][0]["missing_bytes"] == len(content)
    path = f"/v1/photos/{photo_id}/content"
    client, mine = small_city.client, small_city.volunteer
    assert (await client.put(path, content=b"other", headers=mine)).status_code == 400
    assert (await client.put(path, content=content)).status_code == 401
    stranger = await client.put(path, content=content, headers=small_city.other_volunteer)
    assert stranger.status_code == 404
    assert (await client.put(path, content=content, headers=mine)).status_code == 201
    assert (await client.put(path, content=content, headers=mine)).status_code == 200
    big = await client.put(path, content=bytes(12_000_001), headers=mine)
    assert big.status_code == 413
    status = await client.get(f"/v1/audits/{audit_id}", headers=mine)
    assert status.json()["state"] == "submitted"
