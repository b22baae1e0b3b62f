"""Ways with stops over HTTP: into a place on the way and out again, or why one cannot get in."""

import re
import xml.etree.ElementTree as ET
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest

from geo.ids import uuid7
from geo.routing.gpx import NAMESPACE
from tests.http.conftest import SmallCity
from tests.http.stories import approve, approve_a_ramp
from tests.http.test_pages import Page
from tests.support.bodies import audit_of_a_ramp, observe

_START, _FAR = "76.9292,43.24", "76.9318,43.24"
_POINT = "76.9304,43.2401"
_NAME = """
UPDATE places SET name = '{"ru": "Школа", "kk": "Мектеп", "en": "School"}' WHERE id = %s
"""
_OTHERS = """
INSERT INTO places (id, kind, state, category, sector, name, address, point) VALUES
  (%s, 'organisation', 'active', 'school', 'education', '{"ru": "Школа № 7"}',
   '{"street": "улица Абая", "housenumber": "7"}',
   ST_SetSRID(ST_MakePoint(76.9316, 43.2401), 4326)),
  (%s, 'stop', 'active', 'bus_stop', 'transport', '{"ru": "Аллея"}', '{}',
   ST_SetSRID(ST_MakePoint(76.9295, 43.24005), 4326))
"""


async def _make_places(city: SmallCity) -> tuple[str, UUID, UUID]:
    """Name and audit the school, and give it with another school and a bus stop."""
    school = _name_school(city)
    await approve_a_ramp(city)
    other, stop = uuid7(), uuid7()
    with psycopg.connect(city.libpq_url) as connection:
        connection.execute(_OTHERS, [other, stop])
    return school, other, stop


async def _ask(city: SmallCity, *via: str, **query: Any) -> Any:  # noqa: ANN401 - of a query, an answer
    ends = {"from": _START, "to": _FAR, "lang": "en"}
    return await city.client.get("/v1/routes", params={**ends, "via": list(via), **query})


async def _way(city: SmallCity, *via: str, **query: Any) -> dict[str, Any]:  # noqa: ANN401 - of a query
    answer = await _ask(city, *via, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _name_school(city: SmallCity) -> str:
    with psycopg.connect(city.libpq_url) as connection:
        connection.execute(_NAME, [city.place_id])
    return f"place:{city.place_id}"


def _check_sums(way: dict[str, Any]) -> None:
    """Check that features, steps, legs and totals of a way say the same."""
    parts = [feature["properties"] for feature in way["features"]]
    about = way["properties"]
    length = sum(part["length_m"] for part in parts)
    seconds = sum(part["duration_s"] for part in parts)
    assert about["distance_m"] == pytest.approx(length, abs=0.06)
    assert about["duration_s"] == pytest.approx(seconds, abs=1 + 0.05 * len(parts))
    for metres in about["evidence_m"].values():
        assert sum(metres.values()) == pytest.approx(length, abs=1e-6)
    rises = [part["length_m"] * (part["slope_permille"] or 0) / 1000 for part in parts]
    assert about["climb_m"] == pytest.approx(sum(max(rise, 0) for rise in rises), abs=0.06)
    assert about["descent_m"] == pytest.approx(sum(max(-rise, 0) for rise in rises), abs=0.06)
    assert [n for step in about["steps"] for n in _span(step)] == list(range(len(parts)))
    step, segment = 0, 0
    for leg in about["legs"]:
        assert (leg["first_step"], leg["first_segment"]) == (step, segment)
        step, segment = step + leg["step_count"], segment + leg["segment_count"]
        own = parts[leg["first_segment"] : segment]
        assert leg["distance_m"] == pytest.approx(sum(p["length_m"] for p in own), abs=0.06)
        assert leg["duration_s"] == pytest.approx(
            sum(p["duration_s"] for p in own), abs=1 + 0.05 * len(own)
        )
        said = about["steps"][leg["first_step"] : step]
        covered = [number for each in said for number in _span(each)]
        assert covered == list(range(leg["first_segment"], segment))
        assert said[-1]["key"].startswith("arrive.")
    assert (step, segment) == (len(about["steps"]), len(parts))


def _span(step: dict[str, Any]) -> range:
    return range(step["first_segment"], step["first_segment"] + step["segment_count"])


async def test_a_way_leads_into_its_stop_and_out_again(small_city: SmallCity) -> None:
    """Path, ramp and door in, door, ramp and path out, told in three languages, and it adds up."""
    school = _name_school(small_city)
    entrance = await approve_a_ramp(small_city)
    ways = {lang: await _way(small_city, school, lang=lang) for lang in ("kk", "ru", "en")}
    way = ways["en"]
    about = way["properties"]
    into, _out = about["legs"]
    parts = [feature["properties"] for feature in way["features"]]
    at = into["segment_count"]
    assert [part["kind"] for part in parts[at - 3 : at + 3]] == [
        *("path", "ramp", "door"),
        *("door", "ramp", "path"),
    ]
    assert [parts[at - 2]["slope_permille"], parts[at + 1]["slope_permille"]] == [70, -70]
    assert {part["part_of"] for part in parts[at - 3 : at + 3]} == {"entrance"}
    assert parts[at]["facts"] == parts[at - 1]["facts"] != {}
    steps = about["steps"]
    turn = into["step_count"]
    assert [step["key"] for step in steps[turn - 4 : turn + 3]] == [
        *("door.path", "door.ramp.up.slope", "door.enter", "arrive.yes"),
        *("leave.door", "door.ramp.down.slope", "leave.path"),
    ]
    _check_sums(way)
    for lang, sentence in (
        ("kk", "Сіз аралық нүктеге жеттіңіз: Мектеп."),
        ("ru", "Вы у промежуточной точки: Школа."),
        ("en", "You are at your stop: School."),
    ):
        _check_sums(ways[lang])
        said = ways[lang]["properties"]["steps"]
        assert [step["key"] for step in said] == [step["key"] for step in steps]
        assert said[turn - 1]["text"].endswith(sentence)
        assert said[turn - 1]["place"] == [76.9305, 43.2402]
        if lang != "en":
            assert not {s["text"] for s in said} & {s["text"] for s in steps}
    [stop] = about["stops"]
    assert (stop["resolved_by"], stop["entrance_id"]) == ("surveyed_entrance", str(entrance))
    assert stop["word"] == "yes"
    there = (await _way(small_city, to=school))["properties"]
    back = (await _way(small_city, **{"from": school}))["properties"]
    assert stop == there["target"]
    assert about["distance_m"] == pytest.approx(there["distance_m"] + back["distance_m"], abs=0.11)
    assert about["duration_s"] == pytest.approx(there["duration_s"] + back["duration_s"], abs=1)
    assert (there["stops"], there["legs"], there["closed_stops"]) == ([], [], [])


async def test_doors_at_both_ends_and_on_the_way(small_city: SmallCity) -> None:
    """Start, stop and destination all have doors; heights and the way back come along."""
    school = _name_school(small_city)
    await approve_a_ramp(small_city)
    first, stop = uuid7(), uuid7()
    with psycopg.connect(small_city.libpq_url) as connection:
        connection.execute(_OTHERS, [first, stop])
    await approve(small_city, audit_of_a_ramp(first, uuid7(), (76.9316, 43.2402)))
    ends = {"from": f"place:{first}", "to": f"place:{first}"}
    way = await _way(
        small_city, school, f"place:{stop}", school, **ends, elevation="true", check_return="true"
    )
    about = way["properties"]
    assert [each["resolved_by"] for each in about["stops"]] == [
        *("surveyed_entrance", "stop", "surveyed_entrance"),
    ]
    kinds = [feature["properties"]["kind"] for feature in way["features"]]
    assert kinds.count("door") == 1 + 2 + 2 + 1
    _check_sums(way)
    assert about["elevation"]["distance_m"][-1] == pytest.approx(about["distance_m"], abs=0.1)
    assert about["way_back"]["exists"] is True


async def test_a_point_as_stop_is_the_end_of_one_way_and_the_start_of_the_next(
    small_city: SmallCity,
) -> None:
    """Nothing is added to what both ways say by themselves, but which stop one is at."""
    whole = await _way(small_city, _POINT)
    one, other = await _way(small_city, to=_POINT), await _way(small_city, **{"from": _POINT})
    assert whole["features"] == [*one["features"], *other["features"]]
    steps = [*one["properties"]["steps"], *other["properties"]["steps"]]
    one["properties"]["steps"][-1]["remarks"].append(
        {"key": "via.reached", "text": "You are at stop 1 of your way."}
    )
    one["properties"]["steps"][-1]["text"] += " You are at stop 1 of your way."
    for name in ("key", "text", "remarks", "place", "distance_m", "duration_s"):
        assert [s[name] for s in whole["properties"]["steps"]] == [s[name] for s in steps]
    assert [stop["resolved_by"] for stop in whole["properties"]["stops"]] == ["point"]
    assert whole["properties"]["stops"][0]["word"] is None
    _check_sums(whole)


async def test_what_nobody_surveyed_is_said_of_stops_too(small_city: SmallCity) -> None:
    """A building without a door that anybody knows: unknown, never yes, and said beforehand."""
    school = _name_school(small_city)
    about = (await _way(small_city, school))["properties"]
    assert [stop["word"] for stop in about["stops"]] == ["unknown"]
    assert about["stops"][0]["resolved_by"] == "building_side"
    keys = [warning["key"] for warning in about["warnings"]]
    assert keys.count("warning.resolved.building_side") == 1
    assert keys.count("warning.door.unknown") == 1
    arrival = about["steps"][about["legs"][0]["step_count"] - 1]
    assert arrival["key"] == "arrive.unknown"
    assert "warning.resolved.building_side" in [each["key"] for each in arrival["remarks"]]


async def test_a_stop_by_address_says_what_it_was_taken_for(small_city: SmallCity) -> None:
    """As for both ends; a stop that was no text has none."""
    school, stop = uuid7(), uuid7()
    with psycopg.connect(small_city.libpq_url) as connection:
        connection.execute(_OTHERS, [school, stop])
    about = (await _way(small_city, _POINT, "address:Абая 7"))["properties"]
    point, address = about["address"]["via"]
    assert point is None
    assert address["hit"]["place_id"] == str(school)
    assert (await _way(small_city, _POINT))["properties"]["address"] is None


async def test_gpx_goes_through_the_door_as_well(small_city: SmallCity) -> None:
    """A route point per step and one line through the door, in the order of the schema."""
    school = _name_school(small_city)
    await approve_a_ramp(small_city)
    way = await _way(small_city, school)
    answer = await _ask(small_city, school, format="gpx")
    assert answer.headers["Content-Type"] == "application/gpx+xml"
    root = ET.fromstring(answer.content)  # noqa: S314 - what we wrote ourselves
    names = {"g": NAMESPACE}
    assert [each.tag for each in root] == [
        f"{{{NAMESPACE}}}{tag}" for tag in ("metadata", "rte", "trk")
    ]
    points = root.findall("g:rte/g:rtept", names)
    said = [point.findtext("g:desc", namespaces=names) for point in points]
    assert said == [step["text"] for step in way["properties"]["steps"]]
    line = [(float(p.get("lon", "")), float(p.get("lat", ""))) for p in root.iter(
        f"{{{NAMESPACE}}}trkpt")]  # fmt: skip
    shapes = [feature["geometry"]["coordinates"] for feature in way["features"]]
    spots = [tuple(spot) for shape in shapes for spot in shape]
    assert (76.9305, 43.2402) in line
    assert set(line) == set(spots)
    assert all(one[-1] == other[0] for one, other in pairwise(shapes))


# -- pages and pictures ------------------------------------------------------------------------


async def test_the_page_says_how_one_gets_into_a_stop(small_city: SmallCity) -> None:
    """The word and how sure it is, every step of both legs, and a picture, in three languages."""
    school = _name_school(small_city)
    await approve_a_ramp(small_city)
    query = {"from": _START, "to": _FAR, "via": [_POINT, school]}
    for lang, label in (
        ("kk", "2-аралық нүкте"),
        ("ru", "Промежуточная точка № 2"),
        ("en", "Stop 2"),
    ):
        page = await small_city.client.get(f"/{lang}/route", params=query)
        assert page.status_code == 200
        assert page.text.count('<p class="way-end">') == 1
        assert label in page.text
        way = await _way(small_city, _POINT, school, lang=lang)
        for step in way["properties"]["steps"]:
            assert step["instruction"] in page.text
        second = way["properties"]["legs"][1]["first_step"] + 1
        assert f'<ol class="steps" start="{second}">' in page.text
        assert page.text.count("<h4>") == 3
        read = Page(page.text)
        left = [parse_qs(urlsplit(each).query)["via"] for each in read.values("href")
                if each.startswith(f"/{lang}/route?") and each.count("via=") == 1]  # fmt: skip
        assert left == [[school], [_POINT]]
    sketch = await small_city.client.get("/v1/maps/routes.svg", params=query)
    assert (sketch.status_code, sketch.headers["Content-Type"]) == (200, "image/svg+xml")
    sketch = await small_city.client.get("/v1/maps/routes.svg", params={**query, "lang": "en"})
    for said in ("Stop on the way", "You are at stop 1 of your way.", "at your stop: School."):
        assert said in sketch.text


@pytest.mark.parametrize("stop", ["nonsense", "43.24,76.93", _START, "place:nobody"])
async def test_a_wrong_stop_is_a_page_in_words(small_city: SmallCity, stop: str) -> None:
    """The stop can be left out; never a failure on our side."""
    page = await small_city.client.get(
        "/en/route", params={"from": _START, "to": _FAR, "via": stop}
    )
    assert page.status_code == 200
    assert "leave out stop 1" in page.text


async def test_the_page_says_which_stop_is_shut(small_city: SmallCity) -> None:
    """The reasons stand under the stop, and another place of its kind takes its place only."""
    school, other, _ = await _make_places(small_city)
    query = {"from": _START, "to": _FAR, "via": [_POINT, school], "max_ramp_slope_permille": "20"}
    page = await small_city.client.get("/en/route", params=query)
    assert page.status_code == 200
    assert "No entrance of stop 2 works for you:" in page.text
    assert "No entrance of this place works for you:" not in page.text
    assert page.text.count('class="reasons"') == 1
    [link] = [
        unescape(each)
        for each in re.findall(r'href="(/en/route\?[^"]+)"', page.text)
        if str(other) in each
    ]
    asked = parse_qs(urlsplit(link).query)
    assert asked["via"] == [_POINT, f"place:{other}"]
    assert "76.9318" in asked["to"][0]
    sketch = await small_city.client.get("/v1/maps/routes.svg", params={**query, "lang": "en"})
    assert sketch.status_code == 200
    assert "No entrance at your stop works for you: School." in sketch.text


# -- stops that one cannot get into ------------------------------------------------------------


async def test_a_stop_with_a_closed_door_is_never_passed(small_city: SmallCity) -> None:
    """The stop is named, with the reasons, and the nearest place of its kind from there."""
    school, other, stop = await _make_places(small_city)
    query = {"max_ramp_slope_permille": 20}
    for lang, sentence in (
        ("kk", "Аралық нүктенің бірде-бір кіреберісі сізге қолайлы емес: Мектеп."),
        ("ru", "Ни один вход у промежуточной точки вам не подходит: Школа."),
        ("en", "No entrance at your stop works for you: School."),
    ):
        way = await _way(small_city, f"place:{stop}", school, **query, lang=lang)
        about = way["properties"]
        assert (about["found"], about["reason"], about["leg"]) == (False, "no_entrance", 1)
        assert about["shut_stop"] == 1
        assert about["texts"][0] == sentence
        assert about["closed_entrances"] == []
        nothing, [door] = about["closed_stops"]
        assert nothing == []
        assert "ramp.slope" in {reason["field"] for reason in door["blocking"]}
        assert about["would_open"] == []
        assert [near["place_id"] for near in about["nearest"]] == [str(other)]
    gpx = await _ask(small_city, school, **query, format="gpx")
    assert gpx.json()["type"] == "/problems/no-way-as-gpx"
    # The same door, asked for by itself.
    about = (await _way(small_city, school, **query))["properties"]
    door_alone = f"entrance:{about['closed_stops'][0][0]['entrance_id']}"
    about = (await _way(small_city, door_alone, **query))["properties"]
    assert (about["found"], about["reason"], about["leg"]) == (False, "no_entrance", 0)


async def test_help_that_opens_a_stop_is_named(small_city: SmallCity) -> None:
    """The help, the stop and how long the way would be; asked with it, there is that way."""
    school = _name_school(small_city)
    element_id = uuid7()
    body = audit_of_a_ramp(small_city.place_id, element_id)
    body["observations"] = [
        each for each in body["observations"] if each["field"].split(".")[0] in {"door", "path"}
    ]
    body["observations"].append(observe(element_id, "entrance.level_change", 50))
    absent = {"element_id": str(element_id), "field": "ramp.kind", "state": "absent"}
    body["observations"].append({**absent, "method": "estimate"})
    await approve(small_city, body)
    # Asked first: what is nice to know is left out where compiling took the time of a question.
    way = await _way(small_city, school, help="companion")
    closed = (await _way(small_city, school, help="alone"))["properties"]
    assert (closed["found"], closed["reason"]) == (False, "no_entrance")
    [opening] = closed["would_open"]
    assert opening["changes"] == ["companion"]
    assert opening["stops"] == [
        {"stop": 0, "entrance_id": str(element_id), "changes": ["companion"]}
    ]
    assert opening["texts"] == [
        "This is about stop 1 of your way. You will need a companion to get in."
    ]
    opened = way["properties"]
    assert (opened["found"], opened["stops"][0]["word"]) == (True, "with_help")
    assert "warning.door.with_help" in [warning["key"] for warning in opened["warnings"]]
    assert opening["distance_m"] == pytest.approx(opened["distance_m"], abs=1)
    _check_sums(way)
    turn = opened["legs"][1]["first_step"]
    entering, _arrival, leaving = opened["steps"][turn - 2 : turn + 1]
    assert "remark.door.help.companion" in [each["key"] for each in entering["remarks"]]
    assert "open.companion" in [each["key"] for each in leaving["remarks"]]


async def test_the_part_with_barriers_is_named(small_city: SmallCity) -> None:
    """Where the street is what stops one, the answer says on the way to which stop."""
    _name_school(small_city)
    way = await _way(small_city, _POINT, unknown="forbid")
    about = way["properties"]
    assert (about["found"], about["reason"], about["leg"]) == (False, "barriers", 0)
    assert about["shut_stop"] is None
    assert "This is about the way to stop 1." in about["texts"]
    assert (await _way(small_city, unknown="forbid"))["properties"]["leg"] is None
