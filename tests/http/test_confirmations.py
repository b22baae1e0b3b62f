"""Votes about facts: who may, what follows, and what never does."""

from typing import Any
from uuid import UUID

import httpx2
import psycopg
import pytest

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.http.stories import approve, approve_a_ramp
from tests.support.bodies import audit_of_a_ramp, observe


async def _vote(
    city: SmallCity,
    who: dict[str, str],
    vote: str,
    *,
    confirmation_id: UUID | None = None,
    **about: object,
) -> httpx2.Response:
    body = {"vote": vote, **{key: str(value) for key, value in about.items()}}
    return await city.client.put(
        f"/v1/confirmations/{confirmation_id or uuid7()}", json=body, headers=who
    )


async def _word(city: SmallCity, profile: str = "manual_wheelchair", scope: str = "entry") -> str:
    place = (await city.client.get(f"/v1/places/{city.place_id}")).json()
    return str(place[scope][profile])


async def test_two_who_disagree_take_the_good_news_away(
    small_city: SmallCity, libpq_url: str
) -> None:
    """One vote is not enough, two are; the word becomes unknown at once and is announced."""
    door = await approve_a_ramp(small_city)
    about: dict[str, Any] = {"element_id": door, "field": "door.clear_width"}
    first = await _vote(small_city, small_city.other_volunteer, "disagree", **about)
    assert first.status_code == 201, first.text
    assert await _word(small_city) == "yes"
    with psycopg.connect(libpq_url) as connection:
        before = connection.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()
    await _vote(small_city, small_city.reviewer, "disagree", **about)
    assert await _word(small_city) == "unknown"
    with psycopg.connect(libpq_url) as connection:
        announced = connection.execute(
            "SELECT count(*) FROM changes WHERE id > %s AND kind = 'place' AND subject_id = %s",
            (before[0] if before else 0, str(small_city.place_id)),
        ).fetchone()
    assert announced == (1,)


async def test_taking_a_vote_back_does_not_undo_a_dispute(small_city: SmallCity) -> None:
    """Only a newer observation that a reviewer approved makes the word good again."""
    door = await approve_a_ramp(small_city)
    about: dict[str, Any] = {"element_id": door, "field": "door.clear_width"}
    for who in (small_city.other_volunteer, small_city.reviewer):
        await _vote(small_city, who, "disagree", **about)
    for who in (small_city.other_volunteer, small_city.reviewer):
        again = await _vote(small_city, who, "agree", **about)
        assert again.status_code == 201
    assert await _word(small_city) == "unknown"
    place = (await small_city.client.get(f"/v1/places/{small_city.place_id}")).json()
    (fact,) = [f for f in place["facts"] if f["field"] == "door.clear_width"]
    assert (fact["agreement"]["agree"], fact["agreement"]["disputed"]) == (2, True)


async def test_sending_a_vote_again_is_harmless(small_city: SmallCity) -> None:
    """The same id and vote is a replay; another vote or another person is a conflict."""
    door = await approve_a_ramp(small_city)
    key = uuid7()
    about: dict[str, Any] = {"element_id": door, "field": "door.clear_width"}
    voters = (small_city.other_volunteer, small_city.reviewer)
    answers = [
        await _vote(small_city, who, vote, confirmation_id=key, **about)
        for who, vote in (
            (voters[0], "agree"),
            (voters[0], "agree"),
            (voters[0], "disagree"),
            (voters[1], "agree"),
        )
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 409, 409]


async def test_a_fact_about_the_place_itself_can_be_disputed(small_city: SmallCity) -> None:
    """A toilet that nobody finds is no badge any more."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["observations"].append(observe(None, "staff.help", True, "estimate"))
    body["observations"].append(observe(None, "service.floor", 1, "estimate"))
    await approve(small_city, body)
    path = f"/v1/places/{small_city.place_id}"
    assert "staff_help" in (await small_city.client.get(path)).json()["badges"]
    about: dict[str, Any] = {"place_id": small_city.place_id, "field": "staff.help"}
    for who in (small_city.other_volunteer, small_city.reviewer):
        assert (await _vote(small_city, who, "disagree", **about)).status_code == 201
    assert "staff_help" not in (await small_city.client.get(path)).json()["badges"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"field": "door.colour"}, 404),
        ({"element_id": str(uuid7())}, 404),
        ({"vote": "maybe"}, 422),
        ({"place_id": str(uuid7())}, 422),
    ],
)
async def test_a_vote_about_nothing_is_refused(
    small_city: SmallCity, change: dict[str, str], status: int
) -> None:
    """A fact that nobody stated, a part that is not there, a word that is no vote, two subjects."""
    door = await approve_a_ramp(small_city)
    body = {"element_id": str(door), "field": "door.clear_width", "vote": "agree", **change}
    answer = await small_city.client.put(
        f"/v1/confirmations/{uuid7()}", json=body, headers=small_city.other_volunteer
    )
    assert answer.status_code == status, answer.text


async def test_nobody_votes_about_their_own_observation(small_city: SmallCity) -> None:
    """The author's vote is refused, and so is a stranger's."""
    door = await approve_a_ramp(small_city)
    about: dict[str, Any] = {"element_id": door, "field": "door.clear_width"}
    own = await _vote(small_city, small_city.volunteer, "agree", **about)
    assert own.json()["type"] == "/problems/own-fact"
    stranger = await _vote(small_city, {}, "agree", **about)
    assert stranger.status_code == 401
