"""Ways over HTTP: from door to door, under one stable address, with clear problems."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import psycopg
import pytest

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.http.stories import approve, approve_a_ramp
from tests.support.bodies import audit_of_a_ramp, observe

_START = "76.9292,43.24"
_FAR = "76.9318,43.24"
_PLACES = """
INSERT INTO places (id, kind, state, category, sector, name, address, point) VALUES
  (%s, 'organisation', 'active', 'school', 'education', '{"ru": "Школа № 7"}',
   '{"street": "улица Абая", "street:kk": "Абай көшесі", "housenumber": "7"}',
   ST_SetSRID(ST_MakePoint(76.9316, 43.2401), 4326)),
  (%s, 'organisation', 'active', 'pharmacy', 'health', '{"ru": "Аптека"}',
   '{"street": "улица Абая", "housenumber": "17"}',
   ST_SetSRID(ST_MakePoint(76.9293, 43.2401), 4326)),
  (%s, 'organisation', 'active', 'pharmacy', 'health', '{"ru": "Аптека"}', '{}',
   ST_SetSRID(ST_MakePoint(76.9317, 43.2401), 4326)),
  (%s, 'stop', 'active', 'bus_stop', 'transport', '{"ru": "Аллея"}', '{}',
   ST_SetSRID(ST_MakePoint(76.9295, 43.24005), 4326))
"""


def _add_places(libpq_url: str) -> list[UUID]:
    ids = [uuid7() for _place in range(4)]
    with psycopg.connect(libpq_url) as connection:
        connection.execute(_PLACES, ids)
    return ids


async def _ask(city: SmallCity, path: str = "/v1/routes", **query: Any) -> Any:  # noqa: ANN401
    return await city.client.get(path, params={"lang": "en", **query})


async def _way(city: SmallCity, start: str, end: str, **query: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await _ask(city, **{"from": start, "to": end, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _code(answer: Any) -> str:  # noqa: ANN401 - an answer
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return str(answer.json()["type"].removeprefix("/problems/"))


async def test_a_way_ends_behind_the_door(small_city: SmallCity) -> None:
    """The surveyed ramp and door are the last features and steps, with measures and evidence."""
    entrance = await approve_a_ramp(small_city)
    way = await _way(small_city, _START, f"place:{small_city.place_id}")
    properties = way["properties"]
    *_street, path, ramp, door = [feature["properties"] for feature in way["features"]]
    assert [path["kind"], ramp["kind"], door["kind"]] == ["path", "ramp", "door"]
    assert path["width_mm"] == 1600
    assert ramp["slope_permille"] == 70
    assert ramp["evidence"]["incline"] == "audited"
    assert door["passage_mm"] == 920
    assert door["facts"]["door.clear_width"]["method"] == "tape"
    keys = [step["key"] for step in properties["steps"]]
    assert keys[-4:] == ["door.path", "door.ramp.up.slope", "door.enter", "arrive.yes"]
    assert properties["target"]["resolved_by"] == "surveyed_entrance"
    assert properties["target"]["entrance_id"] == str(entrance)
    assert 50 <= properties["target"]["confidence_percent"] <= 95
    covered = [n for s in properties["steps"] for n in _span(s)]
    assert covered == list(range(len(way["features"])))
    length = sum(feature["properties"]["length_m"] for feature in way["features"])
    for parts in properties["evidence_m"].values():
        assert sum(parts.values()) == pytest.approx(length, abs=0.01)
    seconds = sum(feature["properties"]["duration_s"] for feature in way["features"])
    assert properties["duration_s"] == pytest.approx(seconds, abs=2)


def _span(step: dict[str, Any]) -> range:
    return range(step["first_segment"], step["first_segment"] + step["segment_count"])


async def test_a_way_begins_behind_the_door(small_city: SmallCity) -> None:
    """Going out, the door comes first and the ramp goes down."""
    await approve_a_ramp(small_city)
    way = await _way(small_city, f"place:{small_city.place_id}", _START)
    kinds = [feature["properties"]["kind"] for feature in way["features"]]
    assert kinds[:3] == ["door", "ramp", "path"]
    assert way["features"][1]["properties"]["slope_permille"] == -70
    steps = way["properties"]["steps"]
    assert [step["key"] for step in steps[:3]] == [
        "leave.door",
        "door.ramp.down.slope",
        "leave.path",
    ]
    assert [n for s in steps for n in _span(s)] == list(range(len(kinds)))


async def test_the_address_of_an_answer_asks_the_same(small_city: SmallCity) -> None:
    """Sorted, defaults left out, and the same way again; the body has the same address."""
    query = {"to": _FAR, "from": "76.92920,43.24000", "profile": "manual_wheelchair"}
    first = await _ask(small_city, **query, prefer=["surveyed", "flatter"], help="alone")
    properties = first.json()["properties"]
    url = properties["links"]["self"]
    names = [name for name, _value in parse_qsl(urlsplit(url).query)]
    assert names == ["from", "help", "prefer", "prefer", "to"]
    again = await small_city.client.get(f"{url}&lang=en")
    assert again.json()["features"] == first.json()["features"]
    assert again.json()["properties"]["url"] == url
    body = {"from": _START, "to": _FAR, "help": "alone", "prefer": ["flatter", "surveyed"]}
    posted = await small_city.client.post("/v1/routes", json=body)
    assert posted.json()["properties"]["url"] == url
    page = await small_city.client.get(properties["links"]["page"])
    assert page.status_code == 200
    assert 'class="steps"' in page.text


async def test_an_area_with_a_hole_has_no_address(small_city: SmallCity) -> None:
    """An address cannot say the hole, so it would ask something else."""
    ring = [[76.9295, 43.2395], [76.9315, 43.2395], [76.9315, 43.2405], [76.9295, 43.2395]]
    hole = [[76.9300, 43.2396], [76.9302, 43.2396], [76.9302, 43.2397], [76.9300, 43.2396]]
    for rings, has_address in (([ring], True), ([ring, hole], False)):
        area = {"type": "Polygon", "coordinates": rings}
        body = {"from": _START, "to": _FAR, "avoid": [area]}
        answer = await small_city.client.post("/v1/routes", json=body)
        assert answer.status_code == 200
        links = answer.json()["properties"]["links"]
        assert (links["self"] is not None) is has_address
        assert (links["page"] is not None) is has_address


async def test_a_mere_point_has_no_word(small_city: SmallCity) -> None:
    """Nobody judged whether one can get in at a point of the street, so nothing says yes."""
    properties = (await _way(small_city, _START, _FAR))["properties"]
    assert (properties["origin"]["word"], properties["target"]["word"]) == (None, None)
    assert properties["target"]["confidence_percent"] == 100


async def test_a_barrier_at_the_start_promises_no_first_metre(small_city: SmallCity) -> None:
    """Where nothing is known from the start on, nobody is told that one gets a metre far."""
    properties = (await _way(small_city, _START, _FAR, unknown="forbid"))["properties"]
    assert (properties["found"], properties["reached_m"]) == (False, 0.0)
    assert not any("1 metre" in text for text in properties["texts"])


async def test_gpx_alternatives_heights_and_the_way_back(small_city: SmallCity) -> None:
    """GPX by parameter or by header; the rest beside the best way."""
    ends = {"from": _START, "to": _FAR}
    for answer in (
        await _ask(small_city, **ends, format="gpx"),
        await small_city.client.get(
            "/v1/routes", params=ends, headers={"Accept": "application/gpx+xml"}
        ),
    ):
        assert answer.headers["Content-Type"] == "application/gpx+xml"
        assert b"<trkpt" in answer.content or b"<rtept" in answer.content
    way = await _way(
        small_city, _START, _FAR, alternatives=2, elevation="true", check_return="true"
    )
    assert way["properties"]["alternatives"] == []
    assert way["properties"]["elevation"]["distance_m"][0] == 0
    assert way["properties"]["way_back"]["exists"] is True


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin is not installed")
async def test_other_tools_read_the_gpx(small_city: SmallCity, tmp_path: Path) -> None:
    """GDAL finds the line as a track, and the steps as the points of a route."""
    ends = {"from": _START, "to": _FAR}
    way = await _way(small_city, _START, _FAR)
    file = tmp_path / "way.gpx"
    file.write_bytes((await _ask(small_city, **ends, format="gpx")).content)
    seen = subprocess.run(  # noqa: ASYNC221 - nothing else runs meanwhile
        ["ogrinfo", "-ro", "-al", "-so", str(file)], capture_output=True, text=True, check=True
    ).stdout
    counts = {
        name: int(count)
        for name, count in re.findall(r"Layer name: (\w+)\n(?:.*\n)*?Feature Count: (\d+)", seen)
    }
    assert (counts["tracks"], counts["routes"]) == (1, 1), seen
    assert counts["route_points"] == len(way["properties"]["steps"])
    spots = [spot for each in way["features"] for spot in each["geometry"]["coordinates"]]
    west, south, east, north = map(float, re.findall(
        r"Extent: \(([\d.]+), ([\d.]+)\) - \(([\d.]+), ([\d.]+)\)", seen)[0])  # fmt: skip
    assert (west, east) == pytest.approx((min(s[0] for s in spots), max(s[0] for s in spots)))
    assert (south, north) == pytest.approx((min(s[1] for s in spots), max(s[1] for s in spots)))


_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"from": "43.24,76.9292", "to": _FAR}, "swapped-coordinates"),
    ({"from": _FAR, "to": _FAR}, "same-place"),
    ({"from": "10.0,50.0", "to": _FAR}, "route-too-far"),
    ({"from": "76.60,43.24", "to": _FAR}, "outside-network"),
    ({"from": "nan,nan", "to": _FAR}, "invalid-coordinates"),
    ({"from": "here", "to": _FAR}, "invalid-route-end"),
    ({"from": "entrance:0199a000-0000-7000-8000-0000000000ff", "to": _FAR}, "place-not-found"),
    ({"from": _START, "to": "address:nowhere at all 99"}, "address-not-found"),
    ({"from": _START, "to": "address: "}, "invalid-route-end"),
    ({"from": _START, "to": _FAR, "avoid": "76.93,43.24;76.94,43.25"}, "invalid-area"),
    ({"from": _START, "to": _FAR, "avoid": ";".join(["76.9,43.2"] * 2000)}, "invalid-area"),
    ({"from": _START, "to": _FAR, "unknown": "width:perhaps"}, "invalid-request"),
    ({"from": _START, "to": _FAR, "max_kerb_mm": "-1"}, "invalid-request"),
    ({"from": _START, "to": _FAR, "at": "9999-12-31T23:59:59Z"}, "invalid-moment"),
    ({"from": _START, "to": _FAR, "colour": "red"}, "invalid-request"),
    ({"from": _START, "to": _FAR, "via": [_START] * 9}, "invalid-request"),
    ({"from": _START, "to": _FAR, "via": [_FAR]}, "same-place"),
    (
        {"from": _START, "to": _FAR, "via": ["76.93,43.24"], "alternatives": 1},
        "invalid-request",
    ),
]


async def test_what_cannot_be_planned_is_named(small_city: SmallCity) -> None:
    """A stable code for each mistake; a swapped point comes with the point that was meant."""
    for query, code in _MISTAKES:
        answer = await _ask(small_city, **query)
        assert 400 <= answer.status_code < 500, (query, answer.text)
        assert _code(answer) == code, (query, answer.text)
        if code == "swapped-coordinates":
            assert answer.json()["suggestion"] == "76.9292,43.24"


async def test_a_large_body_is_refused_unread(small_city: SmallCity) -> None:
    """Ten thousand corners are too many, a megabyte is too much; a crossed polygon is fine."""
    ring = [[76.9 + number * 1e-6, 43.2] for number in range(10_000)]
    area = {"type": "Polygon", "coordinates": [ring]}
    body: dict[str, Any] = {"from": _START, "to": _FAR, "avoid": [area]}
    assert _code(await small_city.client.post("/v1/routes", json=body)) in {
        "invalid-area",
        "body-too-large",
    }
    huge = await small_city.client.post("/v1/routes", content=b" " * 1_000_000)
    assert huge.status_code == 413
    crossed = [[76.90, 43.20], [76.91, 43.21], [76.91, 43.20], [76.90, 43.21], [76.90, 43.20]]
    body["avoid"] = [{"type": "Polygon", "coordinates": [crossed]}]
    assert (await small_city.client.post("/v1/routes", json=body)).status_code == 200


async def test_an_area_to_avoid_can_close_the_only_way(small_city: SmallCity) -> None:
    """The answer says that it is the area, not a barrier."""
    area = "76.9299,43.2398;76.9301,43.2398;76.9301,43.2402;76.9299,43.2402"
    way = await _way(small_city, _START, _FAR, avoid=area)
    assert way["properties"]["found"] is False
    assert way["properties"]["reason"] == "avoided"
    assert way["properties"]["texts"]


async def test_an_address_is_found_by_what_people_type(
    small_city: SmallCity, libpq_url: str
) -> None:
    """Any language, without the word for street; a number is a number; names work too."""
    school, pharmacy, *_rest = _add_places(libpq_url)
    for text, expected in (
        ("абай 7", None),
        ("Абай көшесі 7", school),
        ("ул. Абая, 7", school),
        ("абая 17", pharmacy),
        ("школа №7", school),
    ):
        answer = await _ask(small_city, **{"from": _START, "to": f"address:{text}"})
        if expected is None:
            assert answer.status_code in {200, 404}
            continue
        assert answer.status_code == 200, (text, answer.text)
        hit = answer.json()["properties"]["address"]["to"]["hit"]
        assert hit["place_id"] == str(expected), text
    # The two pharmacies: the near one from here, neither from the middle.
    near = await _ask(small_city, **{"from": _START, "to": "address:аптека"})
    assert near.json()["properties"]["address"]["to"]["hit"]["place_id"] == str(pharmacy)
    between = await _ask(small_city, **{"from": "76.93045,43.24", "to": "address:аптека"})
    assert _code(between) == "ambiguous-address"
    assert len(between.json()["candidates"]) == 2


async def test_a_closed_door_says_what_would_open_it(small_city: SmallCity, libpq_url: str) -> None:
    """Too strict limits close the ramp: the reasons, and the nearest school that can be used."""
    school, *_rest = _add_places(libpq_url)
    await approve_a_ramp(small_city)
    way = await _way(small_city, _START, f"place:{small_city.place_id}", max_ramp_slope_permille=20)
    properties = way["properties"]
    assert properties["found"] is False
    assert properties["reason"] == "no_entrance"
    fields = {reason["field"] for reason in properties["closed_entrances"][0]["blocking"]}
    assert "ramp.slope" in fields
    assert properties["would_open"] == []
    assert [near["place_id"] for near in properties["nearest"]] == [str(school)]
    assert properties["nearest"][0]["word"] == "unknown"


async def test_the_page_says_at_which_end_no_door_works(small_city: SmallCity) -> None:
    """Reasons stand under the start or under the destination, whichever it is."""
    await approve_a_ramp(small_city)
    school = f"place:{small_city.place_id}"
    headings = {
        "from": "No entrance of the place where you start works for you:",
        "to": "No entrance of this place works for you:",
    }
    for end in headings:
        query = {"from": _START, "to": _FAR, end: school, "max_ramp_slope_permille": "20"}
        page = await small_city.client.get("/en/route", params=query)
        assert page.status_code == 200
        assert page.text.count('class="reasons"') == 1
        for other, heading in headings.items():
            assert (heading in page.text) is (other == end)


async def test_nobody_is_answered_for_two_wishes_at_once(small_city: SmallCity) -> None:
    """Alone and with a companion are two questions: the name is told, neither is answered."""
    ends = f"from={_START}&to={_FAR}"
    place = f"place:{small_city.place_id}"
    for path, name in (
        (f"/v1/routes?{ends}&help=alone&help=companion", "help"),
        (f"/v1/routes?{ends}&max_kerb_mm=20&max_kerb_mm=200", "max_kerb_mm"),
        (f"/v1/reach?from={_START}&from={_FAR}", "from"),
        (f"/v1/arrivals?place={place}&minutes=5&minutes=60", "minutes"),
        ("/v1/places?near=76.93,43.24&profile=deaf&profile=low_vision", "profile"),
        (f"/v1/places/{small_city.place_id}/verdict?help=alone&help=staff", "help"),
    ):
        answer = await small_city.client.get(path)
        assert (answer.status_code, _code(answer)) == (400, "bad-parameter"), path
        assert answer.json()["parameter"] == name
    lists = "prefer=flatter&prefer=surveyed&key=lift&key=gate&unknown=allow&unknown=width:forbid"
    assert (await small_city.client.get(f"/v1/routes?{ends}&{lists}")).status_code == 200


async def test_the_page_keeps_what_is_unknown_of_one_limit(small_city: SmallCity) -> None:
    """The page of an answer asks the same as its address, also where the form shows less."""
    wishes = ["allow", "width:forbid"]
    way = await _way(small_city, _START, _FAR, unknown=wishes)
    page = (await small_city.client.get(way["properties"]["links"]["page"])).text
    assert 'name="unknown" value="width:forbid"' in page
    found = way["properties"]["found"]
    assert ('class="steps"' in page) is found


async def test_who_shuns_the_unknown_learns_that_it_is_their_wish(small_city: SmallCity) -> None:
    """The page names the wish that closed the way, and only where it was wished."""
    ends = {"from": _START, "to": _FAR}
    page = await small_city.client.get("/en/route", params={**ends, "unknown": "forbid"})
    assert "You asked never to take stretches" in page.text
    page = await small_city.client.get("/en/route", params=ends)
    assert "You asked never to take stretches" not in page.text


async def _survey_steps(city: SmallCity, answers: dict[str, Any]) -> str:
    """Give the school a door without a ramp, with these answers; gives the school as an end."""
    element_id = uuid7()
    body = audit_of_a_ramp(city.place_id, element_id)
    body["observations"] = [
        each for each in body["observations"] if each["field"].split(".")[0] in {"door", "path"}
    ] + [
        observe(element_id, field, value, "tape" if isinstance(value, int) else "estimate")
        for field, value in answers.items()
    ]
    absent = {"element_id": str(element_id), "field": "ramp.kind", "state": "absent"}
    body["observations"].append({**absent, "method": "estimate"})
    await approve(city, body)
    return f"place:{city.place_id}"


async def test_a_companion_opens_what_is_closed_alone(small_city: SmallCity) -> None:
    """The answer names the help; asked with it, there is a way."""
    school = await _survey_steps(small_city, {"entrance.level_change": 50})
    # Asked first: what is nice to know is left out where compiling took the time of a question.
    opened = (await _way(small_city, _START, school, help="companion"))["properties"]
    assert (opened["found"], opened["target"]["word"]) == (True, "with_help")
    closed = (await _way(small_city, _START, school, help="alone"))["properties"]
    assert (closed["found"], closed["reason"]) == (False, "no_entrance")
    assert [each["changes"] for each in closed["would_open"]] == [["companion"]], closed


async def test_a_key_that_one_holds_is_no_help(small_city: SmallCity) -> None:
    """A locked platform lift is with help, named key, and an open way for who has the key."""
    lift = {"working": "working", "access_mode": "key_card", "w": 900, "d": 1400}
    school = await _survey_steps(
        small_city,
        {"entrance.level_change": 600, **{f"platform_lift.{k}": v for k, v in lift.items()}},
    )
    for keys, word, kinds in (({}, "with_help", ["key"]), ({"key": "any"}, "yes", [])):
        way = (await _way(small_city, _START, school, help="alone", **keys))["properties"]
        assert (way["found"], way["target"]["word"]) == (True, word)
        assert way["target"]["help_kinds"] == kinds


async def test_reach_matrix_and_arrivals(small_city: SmallCity, libpq_url: str) -> None:
    """Areas with the places in them, times between places, and where one can arrive."""
    *_others, stop = _add_places(libpq_url)
    reach = await _ask(small_city, "/v1/reach", **{"from": _START, "minutes": [2, 10]})
    assert reach.status_code == 200, reach.text
    shown = reach.json()
    assert [feature["properties"]["minutes"] for feature in shown["features"]] == [2, 10]
    times = [place["duration_s"] for place in shown["properties"]["places"]]
    assert times == sorted(times)
    assert all(time <= 600 for time in times)
    assert shown["properties"]["by_category"]["pharmacy"]["unknown"] >= 1
    body = {"origins": [_START, "76.9300,43.24"], "destinations": [_FAR, f"place:{stop}"]}
    matrix = await small_city.client.post("/v1/matrix", json=body)
    assert matrix.status_code == 200, matrix.text
    seconds = matrix.json()["duration_s"]
    assert seconds[0][0] > seconds[1][0] > 0
    arrivals = await _ask(small_city, "/v1/arrivals", place=f"place:{small_city.place_id}")
    assert arrivals.status_code == 200, arrivals.text
    [found] = [
        feature["properties"]
        for feature in arrivals.json()["features"]
        if feature["properties"]["place_id"] == str(stop)
    ]
    assert found["way_back"] is True
    assert found["word"] == "unknown"
    too_many = await small_city.client.post(
        "/v1/matrix", json={"origins": [_START] * 21, "destinations": [_FAR]}
    )
    assert _code(too_many) == "invalid-request"
