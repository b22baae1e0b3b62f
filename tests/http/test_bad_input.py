"""What attackers and accidents send: clear problems, and nothing broken for anybody else."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from audits.sync.cursors import Stage
from geo.db.keyset import encode_cursor
from geo.ids import uuid7
from tests.http.conftest import PASSWORD, PLACE_ID, SmallCity
from tests.support.bodies import audit_of_a_ramp
from tests.support.clients import hold_clock

_JSON = {"If-None-Match": "*", "Content-Type": "application/json"}


async def _send(city: SmallCity, body: dict[str, Any]) -> Any:  # noqa: ANN401
    headers = {**city.volunteer, **_JSON}
    return await city.client.put(f"/v1/audits/{uuid7()}", json=body, headers=headers)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [43.2402, 76.9305]},
        {"type": "Point", "coordinates": [76.99, 43.29]},
        {"type": "Point", "coordinates": [True, False]},
        {"type": "LineString", "coordinates": [[76.9305, 43.2402]] * 2},
        {"type": "LineString", "coordinates": [[76.93, 43.24]] * 100_000},
        {},
    ],
)
async def test_a_part_that_cannot_be_there_is_refused(
    small_city: SmallCity, geometry: dict[str, Any]
) -> None:
    """Swapped, far, degenerate and endless geometries are 422: a route must never end there."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["elements"][0]["geometry"] = geometry
    assert (await _send(small_city, body)).status_code == 422


async def test_references_and_repetitions_are_named(small_city: SmallCity) -> None:
    """An unknown parent and an id given twice are pointed at, not called a conflict."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["elements"][0]["parent_id"] = str(uuid7())
    answer = await _send(small_city, body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/elements/0/parent_id"
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["elements"] *= 2
    answer = await _send(small_city, body)
    assert "/elements/1/id" in {error["pointer"] for error in answer.json()["errors"]}


async def test_a_late_audit_is_nothing_odd(small_city: SmallCity) -> None:
    """An audit of yesterday raises no flag about the clock; one of tomorrow does."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    answer = await _send(small_city, body)
    assert "clock_skew" not in {flag["code"] for flag in answer.json()["flags"]}
    ahead = audit_of_a_ramp(small_city.place_id, uuid7()) | {
        "finished_at": "2031-01-01T00:00:00+05:00"
    }
    answer = await _send(small_city, ahead)
    assert "clock_skew" in {flag["code"] for flag in answer.json()["flags"]}


async def test_padding_a_login_does_not_reset_the_count(small_city: SmallCity) -> None:
    """Spaces and capitals are the same login; the eleventh wrong try has to wait."""
    answers = []
    with hold_clock():
        for number in range(12):
            login = " " * number + ("ANNA" if number % 2 else "anna")
            body = {"login": login, "password": "wrong"}
            answers.append(await small_city.client.post("/v1/auth/token", json=body))
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0
    other = await small_city.client.post(
        "/v1/auth/token", json={"login": "boris", "password": PASSWORD}
    )
    assert other.status_code == 200


async def test_who_signs_in_rightly_is_not_counted(small_city: SmallCity) -> None:
    """A busy reviewer signs in as often as needed."""
    for _time in range(12):
        answer = await small_city.client.post(
            "/v1/auth/token", json={"login": "reviewer", "password": PASSWORD}
        )
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/routes", {"from": "76.93,43.24", "to": "76.931,43.24", "at": "2026-11-22T10:00:00"}),
        ("/v1/routes", {"from": "76.93,143.24", "to": "76.931,43.24"}),
        ("/v1/routes", {"from": "76.93,43.24", "to": "place:nonsense"}),
        ("/v1/routes", {"from": "nan,inf", "to": "76.931,43.24"}),
        ("/v1/places", {"near": "76,170"}),
        ("/v1/places", {"bbox": "77,43,76,44"}),
        ("/v1/places", {"category": "a\x00"}),
        ("/v1/places", {"cursor": "nonsense"}),
        ("/v1/barriers", {"bbox": "-180,-90,180,90"}),
        ("/v1/barriers", {"bbox": "77,43,76,44"}),
        ("/v1/maps/view.svg", {"near": "76.93,43.24", "zoom": "NaN"}),
        ("/v1/maps/view.svg", {"near": "76.93,43.24", "zoom": "1e309"}),
        ("/v1/tiles/places/40/0/0", {}),
        ("/v1/tiles/places/14/-1/0", {}),
        ("/v1/tiles/nonsense/14/0/0", {}),
    ],
)
async def test_a_bad_question_gets_a_clear_problem(
    small_city: SmallCity, path: str, query: dict[str, str]
) -> None:
    """Never a 500, always a problem document that says what is wrong."""
    answer = await small_city.client.get(path, params=query)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_odd_versions_and_foreign_answers_are_refused(small_city: SmallCity) -> None:
    """A version of 5,000 digits is stale, and an answer of another audit cannot be rejected."""
    audit_id = uuid7()
    await small_city.client.put(
        f"/v1/audits/{audit_id}",
        json=audit_of_a_ramp(small_city.place_id, uuid7()),
        headers={**small_city.volunteer, **_JSON},
    )
    path = f"/v1/audits/{audit_id}/decisions"
    for tag in ("9" * 5_000, '"nonsense"', '"-1"'):
        headers = {**small_city.reviewer, "If-Match": tag}
        answer = await small_city.client.post(path, json={"outcome": "approve"}, headers=headers)
        assert answer.status_code == 412
    foreign = {"outcome": "approve", "rejected_observation_ids": [str(uuid7())]}
    headers = {**small_city.reviewer, "If-Match": '"1"'}
    answer = await small_city.client.post(path, json=foreign, headers=headers)
    assert answer.json()["type"] == "/problems/unknown-observation"
    answer = await small_city.client.post(path, json={"outcome": "approve"}, headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("body", [b"5", b"[1]", b"null", b"[[],0]"])
@pytest.mark.parametrize(
    "path", ["/v1/places", "/v1/review/queue", "/v1/sync", f"/v1/places/{PLACE_ID}/history"]
)
async def test_a_cursor_of_any_json_is_refused(
    small_city: SmallCity, path: str, body: bytes
) -> None:
    """Base64 of JSON that is no cursor is a 400, whoever asks."""
    query = {"cursor": base64.urlsafe_b64encode(body).decode()}
    answer = await small_city.client.get(path, params=query, headers=small_city.reviewer)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == "/problems/invalid-cursor"


@pytest.mark.parametrize(
    ("path", "question", "key"),
    [
        ("/v1/review/queue", "queue", ["yesterday", str(PLACE_ID)]),
        ("/v1/review/queue", "queue", ["2026-11-22T10:00:00+05:00"]),
        ("/v1/review/queue", "queue", ["2026-11-22T10:00:00+05:00", "nobody"]),
        (f"/v1/places/{PLACE_ID}/history", ["past", str(PLACE_ID)], ["seven"]),
        (f"/v1/places/{PLACE_ID}/history", ["past", str(PLACE_ID)], [2**80]),
    ],
)
async def test_a_forged_cursor_is_refused(
    small_city: SmallCity, path: str, question: object, key: list[Any]
) -> None:
    """A cursor is not signed: one that fits its question may still hold anything."""
    query = {"cursor": encode_cursor(key, question=question)}
    answer = await small_city.client.get(path, params=query, headers=small_city.reviewer)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "key",
    [
        [Stage.AUDITS, 1, 1, "", 1_900_000_000],
        [Stage.CHANGES, None, 1, "", 1_900_000_000],
        [Stage.CHANGES, 1, 2**80, "", 1_900_000_000],
    ],
)
async def test_a_forged_cursor_of_the_feed_is_refused(
    small_city: SmallCity, key: list[Any]
) -> None:
    """Nor does it lead a stranger into a stage that was not asked for."""
    box = (76.92, 43.23, 76.94, 43.25)
    cursor = encode_cursor(key, question=[None, ["places"], box, None])
    query = {"scope": "places", "bbox": ",".join(map(str, box)), "cursor": cursor}
    answer = await small_city.client.get("/v1/sync", params=query)
    assert answer.status_code == 400, answer.text


async def test_a_body_too_large_is_refused_unread(small_city: SmallCity) -> None:
    """Every operation that reads JSON stops at its limit, announced or not, signed in or not."""
    document = (await small_city.client.get("/openapi.json")).json()
    readers = [
        (method, path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(readers) > 20
    for method, path in readers:
        address = path.format_map(_AnyId())
        answer = await small_city.client.request(
            method, address, content=b" " * 5_000_000, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large"), (
            method,
            path,
        )

    async def endless() -> AsyncIterator[bytes]:
        for _piece in range(80):
            yield b" " * 64_000

    answer = await small_city.client.put(
        f"/v1/audits/{uuid7()}", content=endless(), headers={**small_city.volunteer, **_JSON}
    )
    assert answer.status_code == 413, answer.text


class _AnyId(dict[str, str]):
    def __missing__(self, _name: str) -> str:
        return str(uuid7())
