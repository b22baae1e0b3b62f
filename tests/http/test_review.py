"""Decisions: who may, what is needed, and that everything follows in the same moment."""

from typing import Any
from uuid import UUID

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import audit_of_a_ramp


async def _submit(city: SmallCity, element_id: UUID | None = None) -> UUID:
    audit_id = uuid7()
    answer = await city.client.put(
        f"/v1/audits/{audit_id}",
        json=audit_of_a_ramp(city.place_id, element_id or uuid7()),
        headers={**city.volunteer, "If-None-Match": "*"},
    )
    assert answer.status_code == 201, answer.text
    return audit_id


async def _decide(
    city: SmallCity,
    audit_id: UUID,
    who: dict[str, str],
    *,
    tag: str = '"1"',
    **decision: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    return await city.client.post(
        f"/v1/audits/{audit_id}/decisions", json=decision, headers={**who, "If-Match": tag}
    )


async def test_an_approval_publishes_words_parts_and_facts(small_city: SmallCity) -> None:
    """Before it nothing is public; after it the entrance, its facts and all twelve words are."""
    element_id = uuid7()
    audit_id = await _submit(small_city, element_id)
    path = f"/v1/places/{small_city.place_id}"
    before = (await small_city.client.get(path)).json()
    assert (before["elements"], before["facts"], before["verdicts"]) == ([], [], [])
    answer = await _decide(small_city, audit_id, small_city.reviewer, outcome="approve")
    assert answer.status_code == 201, answer.text
    after = (await small_city.client.get(path)).json()
    assert [element["id"] for element in after["elements"]] == [str(element_id)]
    assert len(after["facts"]) == 8
    assert len(after["verdicts"]) == 12
    assert after["entry"]["manual_wheelchair"] == "yes"
    assert after["service"]["manual_wheelchair"] == "unknown"
    fact = next(f for f in after["facts"] if f["field"] == "ramp.slope")
    assert (fact["value"], fact["method"], len(fact["evidence"])) == (70, "tape", 1)


async def test_a_rejected_answer_does_not_count(small_city: SmallCity) -> None:
    """One answer of an approved audit can be refused; the word then misses it."""
    audit_id = await _submit(small_city)
    seen = await small_city.client.get(f"/v1/review/audits/{audit_id}", headers=small_city.reviewer)
    door = next(o for o in seen.json()["observations"] if o["field"] == "door.clear_width")
    answer = await _decide(
        small_city,
        audit_id,
        small_city.reviewer,
        tag=seen.headers["ETag"],
        outcome="approve",
        rejected_observation_ids=[door["id"]],
    )
    assert answer.status_code == 201
    after = (await small_city.client.get(f"/v1/places/{small_city.place_id}")).json()
    assert after["entry"]["manual_wheelchair"] == "unknown"
    verdict = next(
        v for v in after["verdicts"] if (v["profile"], v["scope"]) == ("manual_wheelchair", "entry")
    )
    assert "door.clear_width" in {missing["field"] for missing in verdict["missing"]}


async def test_who_may_decide_and_how(small_city: SmallCity) -> None:
    """Volunteers may not, a version is needed, a refusal needs a reason, and once is enough."""
    audit_id = await _submit(small_city)
    refused = await _decide(small_city, audit_id, small_city.volunteer, outcome="approve")
    assert refused.status_code == 403
    no_reason = await _decide(small_city, audit_id, small_city.reviewer, outcome="reject")
    assert no_reason.json()["type"] == "/problems/reason-missing"
    stale = await _decide(small_city, audit_id, small_city.reviewer, tag='"9"', outcome="approve")
    assert (stale.status_code, stale.json()["version"]) == (412, 1)
    blind = await small_city.client.post(
        f"/v1/audits/{audit_id}/decisions",
        json={"outcome": "approve"},
        headers=small_city.reviewer,
    )
    assert blind.status_code == 428
    done = await _decide(
        small_city, audit_id, small_city.reviewer, outcome="reject", reason_code="photo_unclear"
    )
    assert (done.status_code, done.json()["state"]) == (201, "rejected")
    again = await _decide(
        small_city, audit_id, small_city.reviewer, tag=done.headers["ETag"], outcome="approve"
    )
    assert again.json()["type"] == "/problems/no-such-transition"
    mine = await small_city.client.get(f"/v1/audits/{audit_id}", headers=small_city.volunteer)
    assert mine.json()["state"] == "rejected"


async def test_nobody_decides_about_their_own_audit(small_city: SmallCity) -> None:
    """A reviewer who audits needs another reviewer."""
    audit_id = uuid7()
    await small_city.client.put(
        f"/v1/audits/{audit_id}",
        json=audit_of_a_ramp(small_city.place_id, uuid7()),
        headers={**small_city.reviewer, "If-None-Match": "*"},
    )
    answer = await _decide(small_city, audit_id, small_city.reviewer, outcome="approve")
    assert answer.json()["type"] == "/problems/own-audit"


async def test_the_queue_pages_oldest_first(small_city: SmallCity) -> None:
    """Every waiting audit stands in the queue exactly once; a volunteer does not see it."""
    sent = [await _submit(small_city) for _number in range(5)]
    seen: list[str] = []
    path: str | None = "/v1/review/queue?limit=2"
    while path:
        page = (await small_city.client.get(path, headers=small_city.reviewer)).json()
        seen += [item["id"] for item in page["items"]]
        path = page["next"]
    assert seen == [str(audit_id) for audit_id in sent]
    refused = await small_city.client.get("/v1/review/queue", headers=small_city.volunteer)
    assert refused.status_code == 403


async def test_a_route_ends_at_the_new_door_and_goes_around_nothing_else(
    small_city: SmallCity,
) -> None:
    """Before, a side of the building; after the approval, the surveyed entrance."""
    query = {"from": "76.9291,43.24", "to": f"place:{small_city.place_id}", "lang": "en"}
    before = (await small_city.client.get("/v1/routes", params=query)).json()
    assert before["properties"]["target"]["resolved_by"] == "building_side"
    element_id = uuid7()
    audit_id = await _submit(small_city, element_id)
    await _decide(small_city, audit_id, small_city.reviewer, outcome="approve")
    after = (await small_city.client.get("/v1/routes", params=query)).json()
    target = after["properties"]["target"]
    assert (target["resolved_by"], target["entrance_id"]) == ("surveyed_entrance", str(element_id))
    assert target["word"] == "yes"
