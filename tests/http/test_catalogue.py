"""The questions over HTTP, and what is said in three languages about answers that do not fit."""

import json
from typing import Any

import pytest

from audits.catalogue import latest
from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.support.bodies import audit_of_a_ramp


async def test_the_newest_catalogue_is_cacheable(small_city: SmallCity) -> None:
    """The ETag is the hash of the content; who has it gets an empty 304."""
    answer = await small_city.client.get("/v1/catalogue")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == f'"{latest().content_hash}"'
    assert "max-age" in answer.headers["Cache-Control"]
    body = answer.json()
    assert (body["hash"], set(body["texts"])) == (latest().content_hash, {"kk", "ru", "en"})
    again = await small_city.client.get(
        "/v1/catalogue", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_one_language_is_another_representation(small_city: SmallCity) -> None:
    """Texts of one language only, under a tag of their own."""
    whole = await small_city.client.get("/v1/catalogue")
    one = await small_city.client.get("/v1/catalogue?lang=kk")
    assert set(one.json()["texts"]) == {"kk"}
    assert one.headers["ETag"] != whole.headers["ETag"]
    assert (await small_city.client.get("/v1/catalogue?lang=de")).status_code == 422


async def test_every_version_stays_readable(small_city: SmallCity) -> None:
    """A phone that was offline for months asks for its own version."""
    answer = await small_city.client.get("/v1/catalogue/1")
    assert answer.json()["version"] == "1"
    missing = await small_city.client.get("/v1/catalogue/0")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/catalogue-not-found")


_BAD = [
    pytest.param({"unit": "cm"}, "wrong_unit", "unit", id="wrong unit"),
    pytest.param({"value": 900_000}, "out_of_range", "value", id="900 m door"),
    pytest.param({"value": 92.5}, "not_an_integer", "value", id="fraction"),
    pytest.param({"value": float("nan")}, "finite_number", "value", id="NaN"),
    pytest.param({"value": [920]}, "plain_value", "value", id="list"),
    pytest.param({"field": "door.colour"}, "unknown_field", "field", id="unknown field"),
    pytest.param({"value": "wide"}, "not_a_number", "value", id="a word for a number"),
]
_SAYS = {
    "wrong_unit": {"kk": "Өлшем", "ru": "Единица", "en": "The unit must be mm"},
    "out_of_range": {"en": "900000 mm cannot be right"},
}


@pytest.mark.parametrize(("change", "code", "member"), _BAD)
async def test_a_bad_answer_is_named_in_three_languages(
    small_city: SmallCity, change: dict[str, Any], code: str, member: str
) -> None:
    """One mistake is one error: a JSON pointer, a code, and a sentence in the asked language."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["observations"][4] |= change
    said = {}
    for language in ("kk", "ru", "en"):
        answer = await small_city.client.put(
            f"/v1/audits/{uuid7()}",
            content=json.dumps(body),
            headers={
                **small_city.volunteer,
                "If-None-Match": "*",
                "Accept-Language": language,
                "Content-Type": "application/json",
            },
        )
        assert answer.status_code == 422, answer.text
        errors = answer.json()["errors"]
        pointers = [(error["pointer"], error["code"]) for error in errors]
        assert (f"/observations/4/{member}", code) in pointers
        said[language] = errors[0]["detail"]
        assert said[language].startswith(_SAYS.get(code, {}).get(language, ""))
    assert len(set(said.values())) == 3


async def test_contradictions_and_an_old_catalogue_are_refused(small_city: SmallCity) -> None:
    """A question answered twice, one that does not apply, and a version that never was."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["observations"].append(body["observations"][4])
    body["catalogue_version"] = "1"
    answer = await _send(small_city, body)
    assert [error["code"] for error in answer["errors"]] == ["answered_twice"]
    body["catalogue_version"] = "0.1"
    answer = await _send(small_city, body)
    assert answer["errors"][0]["pointer"] == "/catalogue_version"
    assert answer["errors"][0]["detail"] == "There is no such version of the form."


async def _send(city: SmallCity, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    answer = await city.client.put(
        f"/v1/audits/{uuid7()}?lang=en",
        json=body,
        headers={**city.volunteer, "If-None-Match": "*"},
    )
    assert answer.status_code == 422, answer.text
    return answer.json()
