"""Changes of audits are versions; what is approved is replaced, never rewritten."""

from typing import Any
from uuid import UUID

import httpx2

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.http.stories import approve, decide
from tests.support.bodies import announce, audit_of_a_ramp

_NEW = {"If-None-Match": "*"}


async def _send(city: SmallCity, body: dict[str, Any]) -> tuple[UUID, httpx2.Response]:
    audit_id = uuid7()
    headers = {**city.volunteer, **_NEW}
    answer = await city.client.put(f"/v1/audits/{audit_id}", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return audit_id, answer


async def _edit(
    city: SmallCity, audit_id: UUID, body: dict[str, Any], etag: str, who: str = "volunteer"
) -> httpx2.Response:
    headers = {**getattr(city, who), "If-Match": etag}
    return await city.client.put(f"/v1/audits/{audit_id}", json=body, headers=headers)


async def _entry(city: SmallCity) -> str:
    place = await city.client.get(f"/v1/places/{city.place_id}")
    return str(place.json()["entry"]["manual_wheelchair"])


async def test_an_edit_is_a_new_version(small_city: SmallCity) -> None:
    """200 with a new ETag; the same again is a replay; the reviewer sees the new answers."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    audit_id, first = await _send(small_city, body)
    body["observations"][4]["value"] = 700
    del body["observations"][7]
    changed = await _edit(small_city, audit_id, body, first.headers["ETag"])
    assert (changed.status_code, changed.json()["version"]) == (200, 2), changed.text
    assert changed.json()["state"] == "submitted"
    assert "Idempotent-Replay" not in changed.headers
    # The answer was lost: the phone sends the same change again, based on the version it knows.
    again = await _edit(small_city, audit_id, body, first.headers["ETag"])
    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert again.headers["Idempotent-Replay"] == "true"
    review = await small_city.client.get(
        f"/v1/review/audits/{audit_id}", headers=small_city.reviewer
    )
    answers = {item["field"]: item["value"] for item in review.json()["observations"]}
    assert answers["door.clear_width"] == 700
    assert "path.step_count" not in answers


async def test_a_change_of_something_older_gets_the_current_content(small_city: SmallCity) -> None:
    """412 holds the current version and body, so that the phone can show the difference."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    audit_id, first = await _send(small_city, body)
    await _edit(small_city, audit_id, {**body, "depth": "volunteer"}, first.headers["ETag"])
    late = await _edit(small_city, audit_id, {**body, "depth": "passport"}, first.headers["ETag"])
    assert late.status_code == 412, late.text
    current = late.json()["current"]
    assert (current["version"], current["body"]["depth"]) == (2, "volunteer")


async def test_a_strangers_edit_finds_nothing(small_city: SmallCity) -> None:
    """404 for another author on edit and withdrawal, as for an id that nobody made."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    audit_id, first = await _send(small_city, body)
    stranger = await _edit(small_city, audit_id, body, first.headers["ETag"], "other_volunteer")
    assert stranger.status_code == 404
    path = f"/v1/audits/{audit_id}/withdraw"
    taken = await small_city.client.post(path, headers=small_city.other_volunteer)
    nobody = await small_city.client.post(
        f"/v1/audits/{uuid7()}/withdraw", headers=small_city.volunteer
    )
    assert (taken.status_code, nobody.status_code) == (404, 404)


async def test_an_answer_to_a_question_goes_back_to_the_queue(small_city: SmallCity) -> None:
    """Asked back, the author changes one answer; the remark stays, the audit waits again."""
    element_id = uuid7()
    body = audit_of_a_ramp(small_city.place_id, element_id)
    audit_id, sent = await _send(small_city, body)
    review = await small_city.client.get(
        f"/v1/review/audits/{audit_id}", headers=small_city.reviewer
    )
    doubted = next(o for o in review.json()["observations"] if o["field"] == "ramp.slope")
    asked = await decide(
        small_city, audit_id, sent.headers["ETag"], outcome="needs_info",
        reason_code="measurement_implausible", note="Measure it again",
        rejected_observation_ids=[doubted["id"]],
    )  # fmt: skip
    body["observations"][2]["value"] = 75
    answer = await _edit(small_city, audit_id, body, asked.headers["ETag"])
    assert answer.json()["state"] == "submitted", answer.text
    approved = await decide(small_city, audit_id, answer.headers["ETag"], outcome="approve")
    assert approved.json()["state"] == "approved"
    facts = (await small_city.client.get(f"/v1/places/{small_city.place_id}")).json()["facts"]
    assert [fact["value"] for fact in facts if fact["field"] == "ramp.slope"] == [75]


async def test_a_correction_replaces_an_approved_audit_on_approval(small_city: SmallCity) -> None:
    """The approved one stays until a reviewer approves the correction; then its words go."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    audit_id = await approve(small_city, body)
    assert await _entry(small_city) == "yes"
    mine = await small_city.client.get(f"/v1/audits/{audit_id}", headers=small_city.volunteer)
    body["observations"][4]["value"] = 600
    answer = await _edit(small_city, audit_id, body, mine.headers["ETag"])
    assert answer.status_code == 201, answer.text
    successor = answer.json()
    assert successor["id"] != str(audit_id)
    assert successor["supersedes_id"] == str(audit_id)
    assert answer.headers["Location"] == f"/v1/audits/{successor['id']}"
    again = await _edit(small_city, audit_id, body, mine.headers["ETag"])
    assert again.json()["id"] == successor["id"]
    other = {**body, "depth": "passport"}
    busy = await _edit(small_city, audit_id, other, mine.headers["ETag"])
    assert busy.json()["type"] == "/problems/successor-exists"
    assert await _entry(small_city) == "yes"
    await decide(small_city, successor["id"], answer.headers["ETag"], outcome="approve")
    assert await _entry(small_city) == "no"
    old = await small_city.client.get(f"/v1/audits/{audit_id}", headers=small_city.volunteer)
    assert old.json()["state"] == "superseded"


async def test_a_phone_may_name_what_it_corrects(small_city: SmallCity) -> None:
    """Offline the phone makes the new id itself; only one's own approved audit can be named."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    audit_id = await approve(small_city, body)
    body |= {"supersedes_id": str(audit_id)}
    foreign = await small_city.client.put(
        f"/v1/audits/{uuid7()}", json=body, headers={**small_city.other_volunteer, **_NEW}
    )
    assert foreign.json()["type"] == "/problems/unknown-predecessor"
    _id, answer = await _send(small_city, body)
    assert answer.json()["supersedes_id"] == str(audit_id)


async def test_what_is_withdrawn_is_gone_for_ever(small_city: SmallCity) -> None:
    """Withdrawing twice is one withdrawal; the id answers 410; the queue no longer holds it."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    audit_id, first = await _send(small_city, body)
    path = f"/v1/audits/{audit_id}"
    for _time in range(2):
        answer = await small_city.client.post(f"{path}/withdraw", headers=small_city.volunteer)
        assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    for condition in (_NEW, {"If-Match": first.headers["ETag"]}):
        sent = await small_city.client.put(
            path, json=body, headers={**small_city.volunteer, **condition}
        )
        assert sent.status_code == 410, sent.text
    queue = await small_city.client.get("/v1/review/queue", headers=small_city.reviewer)
    assert queue.json()["items"] == []


async def test_an_approved_audit_is_not_taken_back(small_city: SmallCity) -> None:
    """Its facts are the city's: 409, and the word stays."""
    audit_id = await approve(small_city, audit_of_a_ramp(small_city.place_id, uuid7()))
    answer = await small_city.client.post(
        f"/v1/audits/{audit_id}/withdraw", headers=small_city.volunteer
    )
    assert (answer.status_code, await _entry(small_city)) == (409, "yes")


async def test_an_edit_may_change_which_photos_follow(small_city: SmallCity) -> None:
    """A photo that was dropped is no longer waited for, a new one is."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    one, two = uuid7(), uuid7()
    audit_id, first = await _send(small_city, {**body, "photos": [announce(one, b"one")]})
    assert first.json()["state"] == "incomplete"
    swapped = await _edit(
        small_city, audit_id, {**body, "photos": [announce(two, b"two")]}, first.headers["ETag"]
    )
    assert [photo["id"] for photo in swapped.json()["photos"]] == [str(two)]
    assert swapped.json()["state"] == "incomplete"
    without = await _edit(small_city, audit_id, body, swapped.headers["ETag"])
    assert (without.json()["photos"], without.json()["state"]) == ([], "submitted")
