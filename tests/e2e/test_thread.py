"""The thread: one audit travels from a phone to a changed map and a changed route."""

import io
import math
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx2
import mapbox_vector_tile
import pytest
from PIL import Image

from geo.ids import uuid7
from tests.support.bodies import announce, audit_of_a_ramp
from tests.support.city import RunningCity
from tests.support.machine import PATIENCE_S

pytestmark = pytest.mark.xdist_group("city")

_PROFILES = {
    "manual_wheelchair",
    "powered_wheelchair",
    "limited_walking",
    "pushchair",
    "low_vision",
    "deaf",
}
_FROM = "76.9300,43.2400"


@pytest.fixture
def client(city: RunningCity) -> Iterator[httpx2.Client]:
    """Give a stranger's HTTP client."""
    with httpx2.Client(base_url=city.base_url, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


def _sign_in(client: httpx2.Client, login: str) -> dict[str, str]:
    answer = client.post("/v1/auth/token", json={"login": login, "password": f"{login}-demo"})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _photo() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "CANARY-description"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (43.0, 14.0, 24.0)
    out = io.BytesIO()
    Image.effect_noise((1200, 900), 60).convert("RGB").save(out, "JPEG", exif=exif, quality=85)
    return out.getvalue()


def _find_unknown_building(client: httpx2.Client) -> dict[str, Any]:
    """Find a building that nobody has audited and whose doors the map does not show."""
    query = {
        "near": _FROM, "kind": "building", "profile": "manual_wheelchair", "word": "unknown",
        "limit": 200,
    }  # fmt: skip
    for item in client.get("/v1/places", params=query).json()["items"]:
        place = client.get(f"/v1/places/{item['id']}").json()
        if not place["elements"] and not place["facts"] and item["distance_m"] > 200:
            return dict(place)
    raise AssertionError("every building near the centre is known already")


def _route(client: httpx2.Client, place_id: str) -> dict[str, Any]:
    query = {"from": _FROM, "to": f"place:{place_id}", "profile": "manual_wheelchair"}
    answer = client.get("/v1/routes", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _tile(
    client: httpx2.Client, lon: float, lat: float, etag: str | None = None
) -> httpx2.Response:
    across = 1 << 16
    x = int((lon + 180) / 360 * across)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * across)
    headers = {"If-None-Match": etag} if etag else {}
    return client.get(f"/v1/tiles/places/16/{x}/{y}", headers=headers)


def _feature(content: bytes, place_id: str) -> dict[str, Any]:
    layers = mapbox_vector_tile.decode(content)
    for layer in layers.values():
        for feature in layer["features"]:
            if feature["properties"].get("id") == place_id:
                return dict(feature["properties"])
    raise AssertionError(f"{place_id} is not in the tile: {list(layers)}")


def _await_photo(client: httpx2.Client, photo_id: UUID, headers: dict[str, str]) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        photo = client.get(f"/v1/photos/{photo_id}", headers=headers).json()
        if photo["state"] in {"ready", "rejected"}:
            return dict(photo)
        time.sleep(0.1)
    raise AssertionError("the worker did not process the photo")


def test_an_audit_changes_the_word_the_map_and_the_route(
    client: httpx2.Client, city: RunningCity
) -> None:
    """Audit, photo, approval: the word, the tile and the route follow at once and agree."""
    place = _find_unknown_building(client)
    lon, lat = place["point"]["coordinates"]
    door = [round(lon + 0.00008, 7), round(lat - 0.00005, 7)]
    assert set(place["entry"]) == _PROFILES
    assert place["entry"]["manual_wheelchair"] == "unknown"
    tile_before = _tile(client, lon, lat)
    assert tile_before.status_code == 200
    assert _tile(client, lon, lat, tile_before.headers["ETag"]).status_code == 304
    route_before = _route(client, place["id"])
    assert route_before["properties"]["target"]["resolved_by"] != "surveyed_entrance"

    audit_id, element_id, photo_id = (uuid7() for _id in range(3))
    content = _photo()
    body = audit_of_a_ramp(UUID(place["id"]), element_id, (door[0], door[1]))
    body["photos"] = [{**announce(photo_id, content), "element_id": str(element_id)}]
    volunteer = _sign_in(client, "volunteer")
    new = {**volunteer, "If-None-Match": "*"}
    stored = client.put(f"/v1/audits/{audit_id}", json=body, headers=new)
    assert stored.status_code == 201, stored.text
    assert stored.json()["state"] == "incomplete"
    assert client.put(f"/v1/audits/{audit_id}", json=body, headers=new).status_code == 200
    sent = client.put(f"/v1/photos/{photo_id}/content", content=content, headers=volunteer)
    assert sent.status_code == 201, sent.text
    assert client.get(f"/v1/audits/{audit_id}", headers=volunteer).json()["state"] == "submitted"
    photo = _await_photo(client, photo_id, volunteer)
    assert photo["state"] == "ready", (photo, city.read_logs())
    picture = client.get(f"/v1/photos/{photo_id}/1024.webp", headers=volunteer)
    assert picture.status_code == 200
    assert b"CANARY" not in picture.content
    assert b"Exif" not in picture.content
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.size == (1024, 768)
    assert client.get(f"/v1/photos/{photo_id}/1024.webp").status_code == 401

    # Nothing is public before a reviewer agreed.
    assert client.get(f"/v1/places/{place['id']}").json()["elements"] == []
    reviewer = _sign_in(client, "reviewer")
    seen = client.get(f"/v1/review/audits/{audit_id}", headers=reviewer)
    decision = client.post(
        f"/v1/audits/{audit_id}/decisions",
        json={"outcome": "approve"},
        headers={**reviewer, "If-Match": seen.headers["ETag"]},
    )
    assert decision.status_code == 201, decision.text

    _check_place_follows(client, place["id"], str(element_id))
    _check_map_and_route_follow(client, place, door, str(element_id), tile_before)


def _check_place_follows(client: httpx2.Client, place_id: str, element_id: str) -> None:
    after = client.get(f"/v1/places/{place_id}").json()
    verdicts = {(v["profile"], v["scope"]): v for v in after["verdicts"]}
    assert len(verdicts) == 12
    chair = verdicts["manual_wheelchair", "entry"]
    # A ramp of 7 % over 0.16 m lies within the limits of use for a rise of up to 0.20 m.
    assert chair["word"] in {"yes", "with_help"}
    assert chair["entrance_id"] == element_id
    assert after["entry"]["manual_wheelchair"] == chair["word"]
    for profile in _PROFILES:
        verdict = verdicts[profile, "entry"]
        assert verdict["word"] in {"yes", "with_help"} or verdict["blocking"] or verdict["missing"]
    facts = {fact["field"]: fact["value"] for fact in after["facts"]}
    assert facts["door.clear_width"] == 920


def _check_map_and_route_follow(
    client: httpx2.Client,
    place: dict[str, Any],
    door: list[float],
    element_id: str,
    tile_before: httpx2.Response,
) -> None:
    lon, lat = place["point"]["coordinates"]
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        tile_after = _tile(client, lon, lat, tile_before.headers["ETag"])
        route = _route(client, place["id"])
        target = route["properties"]["target"]
        if tile_after.status_code == 200 and target["resolved_by"] == "surveyed_entrance":
            break
        time.sleep(0.02)
    assert tile_after.status_code == 200
    assert tile_after.headers["ETag"] != tile_before.headers["ETag"]
    before = _feature(tile_before.content, place["id"])
    after = _feature(tile_after.content, place["id"])
    assert before != after
    assert target["entrance_id"] == element_id
    ends_at = route["features"][-1]["geometry"]["coordinates"][-1]
    assert ends_at == pytest.approx(door, abs=2e-5)
    assert route["properties"]["steps"]
