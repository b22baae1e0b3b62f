"""Barriers close a way for everybody at once; only a reviewer opens it."""

from typing import Any

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.http.stories import await_route
from tests.support.bodies import announce

_QUERY = {"from": "76.9291,43.24", "to": "76.9319,43.24", "lang": "en"}
_BODY = {
    "kind": "dug_up",
    "geometry": {"type": "LineString", "coordinates": [[76.9304, 43.24], [76.9312, 43.24]]},
}


async def test_a_report_closes_and_a_reviewer_opens(small_city: SmallCity) -> None:
    """The only way is closed by the report, named in the answer, and open after `clear`."""
    client = small_city.client
    await await_route(small_city, _QUERY, found=True)
    barrier_id = uuid7()
    path = f"/v1/barriers/{barrier_id}"
    new = {**small_city.volunteer, "If-None-Match": "*"}
    stored = await client.put(path, json=_BODY, headers=new)
    assert stored.status_code == 201, stored.text
    assert stored.json()["matched"] is True
    assert (await client.put(path, json=_BODY, headers=new)).status_code == 200
    closed = await await_route(small_city, _QUERY, found=False)
    assert closed["features"], closed
    refused = await client.post(
        f"{path}/decisions", json={"outcome": "clear"}, headers=small_city.volunteer
    )
    assert refused.status_code == 403
    cleared = await client.post(
        f"{path}/decisions", json={"outcome": "clear"}, headers=small_city.reviewer
    )
    assert cleared.json()["state"] == "cleared"
    await await_route(small_city, _QUERY, found=True)


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


async def _report(city: SmallCity, **changes: object) -> str:
    """Send a report as the volunteer; gives its path."""
    path = f"/v1/barriers/{uuid7()}"
    new = {**city.volunteer, "If-None-Match": "*"}
    stored = await city.client.put(path, json={**_BODY, **changes}, headers=new)
    assert stored.status_code == 201, stored.text
    return path


async def _vote(city: SmallCity, path: str, vote: str, who: dict[str, str]) -> dict[str, Any]:
    body = {"id": str(uuid7()), "vote": vote}
    answer = await city.client.post(f"{path}/confirmations", json=body, headers=who)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_note_is_private_until_a_reviewer_has_seen_it(small_city: SmallCity) -> None:
    """Names and numbers in a note reach nobody but reviewers; confirming publishes a text."""
    path = await _report(small_city, note="ask Aigul, 8 701 000 00 00")
    client = small_city.client
    public = await client.get("/v1/barriers", params={"bbox": "76.9,43.2,77,43.3"})
    feed = await client.get("/v1/sync", params={"scope": "barriers", "bbox": "76.9,43.2,77,43.3"})
    route = await await_route(small_city, _QUERY, found=False)
    for text in (public.text, feed.text, str(route), (await client.get(path)).text):
        assert "Aigul" not in text
    assert (
        await client.get("/v1/review/barriers", headers=small_city.volunteer)
    ).status_code == 403
    waiting = await client.get("/v1/review/barriers", headers=small_city.reviewer)
    assert "Aigul" in waiting.json()["items"][0]["reported_note"]
    confirmed = await client.post(
        f"{path}/decisions",
        json={"outcome": "confirm", "note": "Until the pipes are laid"},
        headers=small_city.reviewer,
    )
    assert confirmed.json()["note"] == "Until the pipes are laid"


async def test_two_people_make_a_way_doubtful_and_nobody_but_a_reviewer_opens_it(
    small_city: SmallCity,
) -> None:
    """One voice changes nothing, the same voice twice neither; two make it `expired`, not open."""
    path = await _report(small_city)
    first = await _vote(small_city, path, "gone", small_city.other_volunteer)
    again = await _vote(small_city, path, "gone", small_city.other_volunteer)
    assert [first["barrier"]["state"], again["barrier"]["state"]] == ["reported", "reported"]
    assert again["gone_votes"] == 1
    second = await _vote(small_city, path, "gone", small_city.volunteer)
    assert (second["barrier"]["state"], second["gone_votes"]) == ("expired", 2)
    waiting = await small_city.client.get("/v1/review/barriers", headers=small_city.reviewer)
    assert waiting.json()["items"][0]["gone_votes"] == 2
    # Who stands before it closes the way again, and the votes count from then on.
    there = await _vote(small_city, path, "still_there", small_city.other_volunteer)
    assert (there["barrier"]["state"], there["gone_votes"]) == ("reported", 0)
    cleared = await small_city.client.post(
        f"{path}/decisions", json={"outcome": "clear"}, headers=small_city.reviewer
    )
    assert cleared.json()["state"] == "cleared"
    late = await small_city.client.post(
        f"{path}/confirmations",
        json={"id": str(uuid7()), "vote": "still_there"},
        headers=small_city.volunteer,
    )
    assert late.json()["type"] == "/problems/barrier-closed"


async def test_a_vote_sent_twice_is_one_vote(small_city: SmallCity) -> None:
    """A replay is 200, the same id with another vote 409, an unknown barrier 404."""
    path = await _report(small_city)
    body = {"id": str(uuid7()), "vote": "gone"}
    client, who = small_city.client, small_city.other_volunteer
    answers = [
        await client.post(f"{path}/confirmations", json=sent, headers=who)
        for sent in (body, body, {**body, "vote": "still_there"})
    ]
    codes = [answer.status_code for answer in answers]
    assert codes == [201, 200, 409]
    nowhere = f"/v1/barriers/{uuid7()}/confirmations"
    assert (await client.post(nowhere, json=body, headers=who)).status_code == 404


async def test_still_there_renews_a_report(small_city: SmallCity) -> None:
    """The day until which it holds moves on; the source of the figure is stated."""
    path = await _report(small_city, kind="ice")
    before = (await small_city.client.get(path)).json()
    assert (before["lifetime_days"], before["lifetime_source"]) == (4, "proposed")
    after = await _vote(small_city, path, "still_there", small_city.other_volunteer)
    assert after["barrier"]["expires_at"] > before["expires_at"]
    assert after["barrier"]["last_seen_at"] > before["last_seen_at"]


async def test_a_report_may_bring_a_photo(small_city: SmallCity) -> None:
    """The photo is expected under its own id; another report cannot take that id."""
    photo = announce(uuid7(), b"ice")
    await _report(small_city, photo=photo)
    taken = await small_city.client.put(
        f"/v1/barriers/{uuid7()}",
        json={**_BODY, "photo": photo},
        headers={**small_city.volunteer, "If-None-Match": "*"},
    )
    assert taken.json()["type"] == "/problems/photo-id-taken"


async def test_the_same_report_in_other_words_is_a_replay(small_city: SmallCity) -> None:
    """Another order and 76.930 for 76.93 are the same content; another note is not."""
    path = f"/v1/barriers/{uuid7()}"
    new = {**small_city.volunteer, "If-None-Match": "*"}
    one = '{"kind": "ice", "geometry": {"type": "Point", "coordinates": [76.93, 43.24]}}'
    two = '{"geometry": {"coordinates": [76.930, 43.240], "type": "Point"}, "kind": "ice"}'
    other = one[:-1] + ', "note": "slippery"}'
    codes = []
    for text in (one, two, other):
        headers = {**new, "Content-Type": "application/json"}
        answer = await small_city.client.put(path, content=text, headers=headers)
        codes.append(answer.status_code)
    assert codes == [201, 200, 409]
