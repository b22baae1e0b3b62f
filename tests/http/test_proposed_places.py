"""A place that somebody proposed is nobody else's business until a reviewer agreed."""

from typing import Any
from uuid import UUID

import pytest

from geo.ids import uuid7
from tests.http.test_access_table import world
from tests.support.access import World
from tests.support.bodies import audit_of_a_ramp

__all__ = ["world"]

_DOOR = (76.9312, 43.24035)


async def _propose(world: World) -> tuple[UUID, UUID, str]:
    """Let the author propose a pharmacy; gives its id, and the audit's with its version."""
    place_id, audit_id = uuid7(), uuid7()
    body: dict[str, Any] = audit_of_a_ramp(place_id, uuid7(), door=_DOOR)
    body["new_place"] = {
        "id": str(place_id), "kind": "building", "category": "pharmacy",
        "lon": _DOOR[0], "lat": _DOOR[1], "name": {"ru": "Аптека «Тайная»"},
    }  # fmt: skip
    new = {"If-None-Match": "*"}
    sent = await world.send("PUT", f"/v1/audits/{audit_id}", "author", json=body, headers=new)
    assert sent.status_code == 201, sent.text
    return place_id, audit_id, sent.headers["ETag"]


@pytest.mark.parametrize("path", ["", "/history", "/verdict"])
async def test_a_proposed_place_is_seen_by_author_and_reviewers_only(
    world: World, path: str
) -> None:
    """Strangers, other volunteers and reviewers of other districts get what nothing gets."""
    place_id, audit_id, version = await _propose(world)
    wanted = {
        "stranger": 404, "author": 200, "volunteer": 404, "reviewer": 200,
        "reviewer_elsewhere": 404, "manager": 200, "admin": 200,
    }  # fmt: skip
    for role, status in wanted.items():
        answer = await world.send("GET", f"/v1/places/{place_id}{path}", role)
        assert answer.status_code == status, (role, answer.text)
        if status == 200 and not path:
            assert answer.headers["Cache-Control"] == "private, no-store"
    forged = await world.client.get(
        f"/v1/places/{place_id}{path}", headers={"Authorization": "Bearer nonsense"}
    )
    assert forged.json()["type"] == "/problems/place-not-found"
    decided = await world.send(
        "POST", f"/v1/audits/{audit_id}/decisions", "reviewer",
        json={"outcome": "approve"}, headers={"If-Match": version},
    )  # fmt: skip
    assert decided.status_code == 201, decided.text
    shown = await world.send("GET", f"/v1/places/{place_id}{path}", "stranger")
    assert shown.status_code == 200


async def test_no_other_way_leads_to_a_proposed_place(world: World) -> None:
    """Exports, pages, routes and explanations do not know it."""
    place_id, _audit_id, _version = await _propose(world)
    paths = (
        f"/v1/places/{place_id}.a11y.json",
        f"/ru/places/{place_id}",
        f"/v1/routes?from=76.9291,43.24&to=place:{place_id}",
        f"/v1/arrivals?place=place:{place_id}",
    )
    for path in paths:
        answer = await world.client.get(path)
        assert answer.status_code == 404, (path, answer.text)
        assert "Тайная" not in answer.text
    route = await world.client.get(f"/ru/route?from=76.9291,43.24&to=place:{place_id}")
    assert "Тайная" not in route.text
    explained = {"building_id": str(place_id), "observations": []}
    answer = await world.client.post("/v1/verdicts/explain", json=explained)
    assert answer.status_code == 404
