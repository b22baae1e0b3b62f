"""What `/v1/places/{id}` says beside the words: norms, the official status, and the past."""

import json
from typing import Any

from tests.http.conftest import SmallCity
from tests.http.stories import approve_a_ramp


async def _place(city: SmallCity) -> dict[str, Any]:
    return dict((await city.client.get(f"/v1/places/{city.place_id}")).json())


async def test_every_clause_is_answered_beside_the_words(small_city: SmallCity) -> None:
    """A ramp of 7 % is usable; one source of the norm agrees and the other does not."""
    door = await approve_a_ramp(small_city)
    place = await _place(small_city)
    assert place["entry"]["manual_wheelchair"] == "yes"
    slopes = [norm for norm in place["norms"] if norm["field"] == "ramp.slope"]
    assert {norm["result"] for norm in slopes} == {"conforms", "deviates"}
    for norm in slopes:
        assert norm["element_id"] == str(door)
        assert norm["clause"]
        assert norm["mark"] in {"K", "D"}
        assert norm["date_assumed"]
        assert norm["conflict"]


async def test_a_claim_stands_beside_the_computed_status(small_city: SmallCity) -> None:
    """A register says adapted; the words, the categories and the status stay what they are."""
    await approve_a_ramp(small_city)
    before = await _place(small_city)
    assert before["official"]["status"] == "unknown"
    assert before["official"]["policy"] == "yes_only"
    assert before["official"]["computed_at"]
    assert before["official"]["declared"] is None
    claim = {"status": "adapted_all", "source": "Register", "declared_on": "2025-02-01"}
    path = f"/v1/places/{small_city.place_id}/declared-status"
    refused = await small_city.client.put(path, json=claim, headers=small_city.volunteer)
    assert refused.status_code == 403
    noted = await small_city.client.put(path, json=claim, headers=small_city.reviewer)
    assert (noted.status_code, noted.json()) == (200, claim)
    after = await _place(small_city)
    assert after["official"].pop("declared") == claim
    before["official"].pop("declared")
    assert after == before


async def test_the_tag_follows_everything_that_is_shown(small_city: SmallCity) -> None:
    """Unchanged is a 304; a claim and an approval give another tag."""
    path = f"/v1/places/{small_city.place_id}"
    first = await small_city.client.get(path)
    again = await small_city.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    await approve_a_ramp(small_city)
    second = await small_city.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200


async def test_the_past_names_roles_and_no_person(small_city: SmallCity) -> None:
    """Visit, decision and words that changed, newest first, page by page; evidence is found."""
    await approve_a_ramp(small_city)
    path: str | None = f"/v1/places/{small_city.place_id}/history?limit=2"
    items: list[dict[str, Any]] = []
    while path:
        page = await small_city.client.get(path)
        assert page.status_code == 200, page.text
        items += page.json()["items"]
        path = page.json()["next"]
    told = [(item["kind"], item["role"]) for item in items]
    assert told == [
        ("audit_approved", "reviewer"),
        ("words_changed", "system"),
        ("audit_submitted", "volunteer"),
    ]
    assert items[1]["data"]["entry"]["manual_wheelchair"] == ["unknown", "yes"]
    observed = {answer["id"] for answer in items[2]["observations"]}
    facts = (await _place(small_city))["facts"]
    assert {key for fact in facts for key in fact["evidence"]} <= observed
    text = json.dumps(items)
    assert not [word for word in ("anna", "boris", "actor", "author", "position") if word in text]


async def test_a_visit_that_nobody_approved_is_private(small_city: SmallCity) -> None:
    """Before the decision the past of a place is empty."""
    page = await small_city.client.get(f"/v1/places/{small_city.place_id}/history")
    assert page.json() == {"items": [], "next": None}
