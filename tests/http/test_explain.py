"""Words for one person, and words of answers that nobody stores."""

from typing import Any
from uuid import UUID

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.http.stories import approve_a_ramp
from tests.support.bodies import observe

_PATH = "/v1/verdicts/explain"


def _answers(entrance: UUID, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - answers
    values = {
        "entrance.level_change": 160,
        "ramp.kind": "fixed",
        "ramp.slope": 70,
        "ramp.width": 1250,
        "door.clear_width": 920,
        "door.threshold": 10,
        "path.step_count": 0,
        **{name.replace("__", "."): value for name, value in changes.items()},
    }
    return {
        "elements": [
            {
                "id": str(entrance),
                "kind": "entrance",
                "geometry": {"type": "Point", "coordinates": [76.93, 43.24]},
            }
        ],
        "observations": [observe(entrance, name, value) for name, value in values.items()],
    }


def _pick(body: dict[str, Any], profile: str, scope: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        v for v in body["verdicts"] if (v["profile"], v["scope"]) == (profile, scope)
    )
    return found


async def test_answers_are_judged_and_not_stored(small_city: SmallCity) -> None:
    """Twelve words with reasons, the norm beside them, and nothing in the place's facts."""
    answer = await small_city.client.post(f"{_PATH}?lang=en", json=_answers(uuid7()))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert len(body["verdicts"]) == 12
    assert _pick(body, "manual_wheelchair", "entry")["word"] == "yes"
    inside = _pick(body, "manual_wheelchair", "service")
    assert inside["word"] == "unknown"
    assert inside["explanation"]["find_out"]
    slopes = {n["clause"]: n["result"] for n in body["norms"] if n["field"] == "ramp.slope"}
    assert "deviates" in slopes.values()
    assert "conforms" in slopes.values()
    assert all(
        n["conflict"] and n["date_assumed"] for n in body["norms"] if n["field"] == "ramp.slope"
    )
    place = (await small_city.client.get(f"/v1/places/{small_city.place_id}")).json()
    assert place["facts"] == []


async def test_one_person_gets_reasons_in_their_language(small_city: SmallCity) -> None:
    """A steep ramp is no for somebody alone; the sentence names the figure and the limit."""
    said = {}
    for language in ("kk", "ru", "en"):
        body = {
            **_answers(uuid7(), ramp__slope=120),
            "profile": "manual_wheelchair",
            "help": "alone",
        }
        answer = await small_city.client.post(
            _PATH, json=body, headers={"Accept-Language": language}
        )
        (verdict,) = [v for v in answer.json()["verdicts"] if v["scope"] == "entry"]
        assert verdict["word"] == "no"
        said[language] = verdict["explanation"]
    causes = {cause["text"]: cause for cause in said["en"]["because"]}
    assert set(causes) == {"Step at the entrance", "Steep ramp"}
    assert causes["Steep ramp"]["found"] == "12 %"
    assert causes["Steep ramp"]["limit"]
    assert len({each["summary"] for each in said.values()}) == 3


async def test_own_limits_and_a_visit_at_night(small_city: SmallCity) -> None:
    """A stated figure replaces that of the profile; closed doors count only at a time."""
    body = {**_answers(uuid7()), "profile": "manual_wheelchair"}
    strict = {**body, "limits": {"max_ramp_slope_permille": 50}}
    answer = (await small_city.client.post(_PATH, json=strict)).json()
    assert _pick(answer, "manual_wheelchair", "entry")["word"] == "no"
    entrance = body["elements"][0]["id"]
    hours = observe(entrance, "entrance.opening_hours", "Mo-Su 09:00-18:00", "estimate")
    body["observations"] = [*body["observations"], hours]
    # 15:00 in Almaty is 10:00 UTC; 16:00 UTC is night there.
    for at, word in (("2026-12-01T10:00:00Z", "yes"), ("2026-12-01T16:00:00Z", "no")):
        answer = (await small_city.client.post(_PATH, json={**body, "at": at})).json()
        assert _pick(answer, "manual_wheelchair", "entry")["word"] == word, at


async def test_what_does_not_fit_is_named(small_city: SmallCity) -> None:
    """Every mistake at once, each with its pointer: fields, units, loose ends, circles."""
    one, other = str(uuid7()), str(uuid7())
    body = {
        "elements": [
            {"id": one, "kind": "entrance", "parent_id": other},
            {"id": other, "kind": "entrance", "parent_id": one},
        ],
        "observations": [
            {"element_id": one, "field": "door.clear_width", "value": 900_000},
            {"element_id": one, "field": "door.threshold", "value": 1, "unit": "inch"},
            {"element_id": str(uuid7()), "field": "door.clear_width", "value": 900},
        ],
    }
    answer = await small_city.client.post(f"{_PATH}?lang=ru", json=body)
    assert answer.status_code == 422
    found = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert found["/observations/0/value"] == "out_of_range"
    assert found["/observations/1/unit"] == "wrong_unit"
    assert found["/observations/2/element_id"] == "unknown_reference"
    assert found["/elements/0/parent_id"] == "element_circle"
    old = await small_city.client.post(_PATH, json={"catalogue_version": "0", "observations": []})
    assert old.json()["errors"][0]["code"] == "unknown_catalogue"


async def test_an_organisation_inherits_a_stored_building(small_city: SmallCity) -> None:
    """Answers about an office inside a building that is known already."""
    await approve_a_ramp(small_city)
    body = {
        "kind": "organisation",
        "building_id": str(small_city.place_id),
        "observations": [observe(None, "service.floor", 1, "estimate")],
    }
    answer = (await small_city.client.post(_PATH, json=body)).json()
    assert _pick(answer, "manual_wheelchair", "entry")["word"] == "yes"


async def test_a_place_is_judged_for_ones_own_limits(small_city: SmallCity) -> None:
    """The same facts, another person: 7 % is too steep for somebody who manages 5 %."""
    await approve_a_ramp(small_city)
    path = f"/v1/places/{small_city.place_id}/verdict"
    plain = await small_city.client.get(path, params={"profile": "manual_wheelchair"})
    assert plain.status_code == 200, plain.text
    assert plain.headers["Cache-Control"] == "private, no-store"
    assert _pick(plain.json(), "manual_wheelchair", "entry")["word"] == "yes"
    strict = await small_city.client.get(
        path, params={"max_ramp_slope_permille": 50, "lang": "en", "help": "alone"}
    )
    verdict = _pick(strict.json(), "manual_wheelchair", "entry")
    assert verdict["word"] == "no"
    causes = {cause["text"]: cause for cause in verdict["explanation"]["because"]}
    assert causes["Steep ramp"] == {"text": "Steep ramp", "found": "7 %", "limit": "5 %"}
    assert "U" in {reason["mark"] for reason in verdict["blocking"]}
    wrong = await small_city.client.get(path, params={"max_kerb_mm": -1, "help": "nobody"})
    assert (wrong.status_code, len(wrong.json()["errors"])) == (422, 2)
    unknown = await small_city.client.get(path, params={"max_curb_mm": 30})
    assert unknown.status_code == 422
    gone = await small_city.client.get(f"/v1/places/{uuid7()}/verdict")
    assert gone.status_code == 404
