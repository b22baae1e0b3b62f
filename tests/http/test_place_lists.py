"""Lists of places: by facts with three values, in polygons, by own limits, and odd questions."""

import json
from typing import Any

import psycopg

from audits.verdicts import list_features
from geo.db.keyset import encode_cursor
from tests.http.conftest import SmallCity
from tests.http.stories import approve_a_ramp
from tests.support.verdict_cases import NOW, make_place

_SEEN = '"confidence": "{confidence}", "seen_at": "2026-11-01T10:00:00+00:00", "until": {until}'
_PLACES = {
    "audited yes": ("yes", "high", "null", {}),
    "audited no, mapped yes": ("no", "low", "null", {"toilets:wheelchair": "yes"}),
    "mapped yes": (None, "", "", {"toilets:wheelchair": "yes"}),
    "mapped no": (None, "", "", {"toilets:wheelchair": "no"}),
    "nobody knows": (None, "", "", {"toilets:wheelchair": "limited"}),
    "out of date": ("yes", "high", '"2026-11-02T10:00:00+00:00"', {}),
}
_INSERT = """
INSERT INTO places (id, kind, state, category, sector, point, name, features, osm_tags)
SELECT gen_random_uuid(), 'building', 'active', 'cafe', 'trade_services',
       ST_SetSRID(ST_MakePoint(76.93, 43.24), 4326), jsonb_build_object('ru', %s::text), %s, %s
"""


def _store_toilets(city: SmallCity) -> None:
    with psycopg.connect(city.libpq_url) as connection:
        for name, (value, confidence, until, tags) in _PLACES.items():
            seen = _SEEN.format(confidence=confidence, until=until)
            features = f'{{"wc_wheelchair": {{"value": "{value}", {seen}}}}}' if value else "{}"
            connection.execute(_INSERT, [name, features, json.dumps(tags)])


async def _names(city: SmallCity, **query: object) -> list[str]:
    asked: dict[str, Any] = {"category": "cafe", **query}
    answer = await city.client.get("/v1/places", params=asked)
    assert answer.status_code == 200, answer.text
    return sorted(item["name"]["ru"] for item in answer.json()["items"])


async def test_a_fact_has_three_values_and_a_source(small_city: SmallCity) -> None:
    """Unknown is never yes; the map counts only where no audit holds, and can be left out."""
    _store_toilets(small_city)
    yes, no = "toilet:yes", "wc_wheelchair:no"
    assert await _names(small_city, feature=yes) == ["audited yes", "mapped yes"]
    assert await _names(small_city, feature="toilet") == ["audited yes", "mapped yes"]
    assert await _names(small_city, feature=no) == ["audited no, mapped yes", "mapped no"]
    unknown = ["nobody knows", "out of date"]
    assert await _names(small_city, feature="toilets:wheelchair:unknown") == unknown
    assert await _names(small_city, feature=yes, evidence="audited") == ["audited yes"]
    assert len(await _names(small_city, feature="toilet:unknown", evidence="audited")) == 4
    assert await _names(small_city, feature=yes, confidence="medium") == ["audited yes"]
    assert await _names(small_city, feature=no, confidence="medium") == []
    assert await _names(small_city, feature=[yes, "lift_working"]) == []
    answer = await small_city.client.get("/v1/places", params={"category": "cafe"})
    shown = {item["name"]["ru"]: item["features"] for item in answer.json()["items"]}
    assert shown["mapped yes"]["wc_wheelchair"]["source"] == "mapped"
    assert shown["audited yes"]["wc_wheelchair"]["confidence"] == "high"
    assert shown["out of date"] == shown["nobody knows"] == {}


async def test_an_approval_publishes_its_facts(small_city: SmallCity) -> None:
    """A ramp over a low step makes the entrance free of steps; the list and the place say so."""
    query = {"feature": "step_free", "evidence": "audited"}
    before = await small_city.client.get("/v1/places", params=query)
    assert before.json()["items"] == []
    await approve_a_ramp(small_city)
    (item,) = (await small_city.client.get("/v1/places", params=query)).json()["items"]
    assert item["features"]["step_free_entrance"]["source"] == "audited"
    assert item["entry_confidence"]["manual_wheelchair"] in {"low", "medium", "high"}
    place = (await small_city.client.get(f"/v1/places/{item['id']}")).json()
    assert place["features"] == item["features"]


_INSIDE = "76.93,43.24;76.931,43.24;76.931,43.2406;76.93,43.2406"
_GEOJSON = {
    "type": "Polygon",
    "coordinates": [[[76.93, 43.24], [76.931, 43.24], [76.931, 43.2409], [76.93, 43.24]]],
}


async def test_a_polygon_lists_what_lies_in_it(small_city: SmallCity) -> None:
    """Corners and GeoJSON mean the same; a polygon beside the place lists nothing."""
    for polygon in (_INSIDE, json.dumps(_GEOJSON)):
        answer = await small_city.client.get("/v1/places", params={"polygon": polygon})
        assert [item["id"] for item in answer.json()["items"]] == [str(small_city.place_id)]
    beside = "76.94,43.24;76.95,43.24;76.95,43.25"
    answer = await small_city.client.get("/v1/places", params={"polygon": beside})
    assert answer.json()["items"] == []


async def test_own_limits_judge_the_nearest(small_city: SmallCity) -> None:
    """A ramp of 7 % is yes for one person, no for another; nothing else changes."""
    await approve_a_ramp(small_city)
    near = {"near": "76.93,43.24", "profile": "manual_wheelchair"}

    async def ask(**limits: Any) -> Any:  # noqa: ANN401 - a JSON body
        answer = await small_city.client.get("/v1/places", params={**near, **limits})
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "private, no-store"
        return answer.json()

    strong = await ask(max_ramp_slope_permille=80)
    assert [item["own"]["word"] for item in strong["items"]] == ["yes"]
    assert strong["judged"] == {"candidates": 1, "more": False}
    weak = await ask(max_ramp_slope_permille=60)
    assert weak["items"][0]["own"]["word"] == "no"
    reasons = {reason["key"] for reason in weak["items"][0]["own"]["blocking"]}
    assert "reason.ramp_slope" in reasons
    assert weak["items"][0]["entry"]["manual_wheelchair"] == "yes"
    usable = await ask(max_ramp_slope_permille=60, word=["yes", "with_help"])
    assert usable["items"] == []
    assert usable["judged"] == {"candidates": 1, "more": False}


_MANY = """
INSERT INTO places (id, kind, state, category, sector, point)
SELECT gen_random_uuid(), 'building', 'active', 'cafe', 'trade_services',
       ST_SetSRID(ST_MakePoint(76.93 + (n / 5) * 0.0001, 43.24), 4326)
FROM generate_series(1, 450) AS n
"""


async def test_pages_by_own_limits_go_on_to_the_end(small_city: SmallCity) -> None:
    """At most 200 are judged for a page, none is left out or shown twice; several at one spot."""
    with psycopg.connect(small_city.libpq_url) as connection:
        connection.execute(_MANY)
    base = "/v1/places?near=76.93,43.24&category=cafe&max_kerb_mm=30"
    for query, counts in (
        ("&limit=500", [200, 200, 50]),
        ("&word=no", [200, 200, 50]),
        ("&limit=120", [120, 120, 120, 90]),
    ):
        path: str | None = base + query
        judged, seen = [], []
        while path is not None:
            page = (await small_city.client.get(path)).json()
            judged.append(page["judged"]["candidates"])
            assert page["judged"]["more"] == (page["next"] is not None)
            seen += [item["id"] for item in page["items"]]
            path = page["next"]
        assert judged == counts
        assert len(seen) == len(set(seen)) == (0 if "word" in query else 450)
    first = (await small_city.client.get(base)).json()
    other = first["next"].replace("max_kerb_mm=30", "max_kerb_mm=40")
    assert (await small_city.client.get(other)).status_code == 400


_ODD: list[tuple[dict[str, Any], str]] = [
    ({"polygon": "76,43;77,44;77,43;76,44"}, "invalid-polygon"),
    ({"polygon": "179.9,43;-179.9,43;-179.9,44;179.9,44"}, "invalid-polygon"),
    ({"polygon": "76,43;77,43"}, "invalid-polygon"),
    ({"polygon": "76,43;77,43;78,43"}, "invalid-polygon"),
    ({"polygon": "nan,43;77,inf;78,43"}, "invalid-polygon"),
    ({"polygon": "76,43;77,143;78,43"}, "invalid-polygon"),
    ({"polygon": "0,0;90,0;90,80"}, "invalid-polygon"),
    ({"polygon": '{"type": "Point", "coordinates": [76, 43]}'}, "invalid-polygon"),
    ({"polygon": '{"type": "Polygon", "coordinates": 5}'}, "invalid-polygon"),
    ({"polygon": '{"type": "Polygon", "coordinates": [[["a", {}]]]}'}, "invalid-polygon"),
    ({"polygon": '{"type": "MultiPolygon", "coordinates": []}'}, "invalid-polygon"),
    ({"polygon": '{"type": "Polygon", "coordinates": [[]]}'}, "invalid-polygon"),
    ({"polygon": "{" * 1_000}, "invalid-polygon"),
    ({"polygon": "[" * 5_000}, "invalid-polygon"),
    ({"polygon": "'); DROP TABLE places; --"}, "invalid-polygon"),
    ({"bbox": "-180,-90,180,90"}, "invalid-box"),
    ({"bbox": "179,43,-179,44"}, "invalid-box"),
    ({"bbox": "nan,nan,nan,nan"}, "invalid-coordinates"),
    ({"feature": "toilet:maybe"}, "unknown-feature"),
    ({"feature": "'; DROP TABLE places; --"}, "unknown-feature"),
    ({"feature": "\u202e😀"}, "unknown-feature"),
    ({"word": "yes"}, "incomplete-question"),
    ({"confidence": "high"}, "incomplete-question"),
    ({"max_kerb_mm": "30"}, "incomplete-question"),
    ({"max_kerb_mm": "-1", "near": "76.93,43.24"}, "invalid-request"),
    ({"max_kerb_mm": "1e9", "near": "76.93,43.24"}, "invalid-request"),
    ({"min_width_mm": "wide", "near": "76.93,43.24"}, "invalid-request"),
    ({"at": "2026-11-22T10:00:00", "near": "76.93,43.24"}, "invalid-request"),
    ({"offset": "10"}, "invalid-request"),
    ({"colour": "red"}, "invalid-request"),
    ({"scope": "inside"}, "invalid-request"),
    ({"limit": "501"}, "invalid-request"),
    ({"bbox": "76\x00,43,77,44"}, "invalid-request"),
    ({"cursor": encode_cursor([1e308, "x"], question="other")}, "invalid-cursor"),
]


async def test_odd_questions_get_clear_problems(small_city: SmallCity) -> None:
    """Each problem has its type; nothing is guessed and nothing breaks."""
    for query, problem in _ODD:
        answer = await small_city.client.get("/v1/places", params=query)
        assert answer.headers["Content-Type"] == "application/problem+json", (query, answer.text)
        assert answer.json()["type"] == f"/problems/{problem}", (str(query)[:200], answer.text)
        assert 400 <= answer.status_code < 500
    long = await small_city.client.get(f"/v1/places?polygon={'76,43;77,44;' * 5_000}")
    assert (long.status_code, long.json()["reason"]) == (422, "too_many_corners")
    for category in ("'; DROP TABLE places; --", "😀", "~cafe", "\u202eשלום", "%", "a" * 60):
        answer = await small_city.client.get("/v1/places", params={"category": category})
        assert (answer.status_code, answer.json()["items"]) == (200, [])


def test_stored_facts_are_what_the_rules_give() -> None:
    """The rows of these tests have the form that an approval stores."""
    found = list_features(make_place({"wc.present": False}), now=NOW)
    (stored,) = [found.as_json() for found in found.values()]
    assert set(stored) == set(json.loads(f"{{{_SEEN.format(confidence='low', until='null')}}}")) | {
        "value"
    }
