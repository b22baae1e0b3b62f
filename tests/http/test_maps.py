"""Sketch maps over HTTP: pictures that say what they show, revalidated, bounded."""

from uuid import UUID
from xml.etree import ElementTree as ET

import httpx2
import pytest
from geoalchemy2.shape import from_shape
from shapely.geometry import Point
from sqlalchemy.ext.asyncio import AsyncSession

from geo.ids import uuid7
from geo.places.kinds import ElementKind, PlaceState
from geo.places.models import Element
from tests.http.conftest import SmallCity
from tests.support.corner import LAT, LON, make_place

_SVG = "{http://www.w3.org/2000/svg}"
_BOX = f"{LON - 0.002},{LAT - 0.001},{LON + 0.004},{LAT + 0.002}"
_VIEW = f"/v1/maps/view.svg?bbox={_BOX}&profile=limited_walking"


def _read(answer: httpx2.Response) -> ET.Element:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "script-src" not in answer.headers["content-security-policy"]
    return ET.fromstring(answer.content)  # noqa: S314 - our own picture


def _desc(answer: httpx2.Response) -> str:
    return str(_read(answer).findtext(f"{_SVG}desc"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("kk", ("Дәріхана", "Кіре алмайсыз", "Солтүстік жоғарыда")),
        ("ru", ("Аптека", "Вы не сможете войти", "Север наверху")),
        ("en", ("You cannot get in", "North is up", "1 place in view")),
    ],
)
async def test_a_view_tells_what_it_shows(
    client: httpx2.AsyncClient, language: str, words: tuple[str, ...]
) -> None:
    """Without seeing it one learns how many places there are, which, where, and their word."""
    answer = await client.get(f"{_VIEW}&lang={language}")
    text = _desc(answer)
    for word in words:
        assert word in text
    drawn = answer.text
    assert '<use href="#no"' in drawn
    assert 'class="steps"' in drawn
    assert 'class="minor"' in drawn
    assert 'class="park"' in drawn
    assert 'class="building"' in drawn


async def test_a_view_is_revalidated(
    client: httpx2.AsyncClient, committed_db: AsyncSession
) -> None:
    """The same picture is not sent twice; a changed word gives another one."""
    first = await client.get(_VIEW)
    tag = first.headers["etag"]
    again = await client.get(_VIEW, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    committed_db.add(make_place(LON + 0.001, LAT + 0.001, words=(3,) * 6))
    await committed_db.commit()
    changed = await client.get(_VIEW, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "2 places in view" in _desc(await client.get(f"{_VIEW}&lang=en"))


async def test_numbers_are_those_of_the_list(
    client: httpx2.AsyncClient, committed_db: AsyncSession
) -> None:
    """The picture numbers places in the order in which the page lists them."""
    ids = []
    for number, name in enumerate(("First", "Second", "Third"), start=1):
        place = make_place(LON + 0.0012 * number, LAT + 0.0006)
        place.name = {"en": name}
        committed_db.add(place)
        ids.append(place.id)
    await committed_db.commit()
    near = f"{LON + 0.0036:.5f},{LAT + 0.0006:.5f}"
    text = _desc(await client.get(f"{_VIEW}&near={near}&lang=en"))
    assert text.index("1. Third") < text.index("2. Second") < text.index("3. First")
    wished = f"{_VIEW}&place={ids[1]}&place={ids[0]}&place={UUID(int=7)}&lang=en"
    answer = await client.get(f"{wished}&here={LON},{LAT}")
    text = _desc(answer)
    assert text.index("1. Second") < text.index("2. First")
    assert "Third" not in text
    assert '<use href="#target"' in answer.text


async def test_filters_count_in_the_picture(client: httpx2.AsyncClient) -> None:
    """A filter of the list is one of the picture."""
    assert "0 places in view" in _desc(await client.get(f"{_VIEW}&category=school&lang=en"))
    assert "0 places in view" in _desc(await client.get(f"{_VIEW}&word=yes&lang=en"))
    assert "1 place in view" in _desc(await client.get(f"{_VIEW}&word=no&lang=en"))


async def test_a_place_tells_where_its_doors_are(
    client: httpx2.AsyncClient, committed_db: AsyncSession, corner: UUID
) -> None:
    """Letter, side of the house and street of each entrance are said and drawn."""
    one = _desc(await client.get(f"/v1/maps/places/{corner}.svg?lang=en"))
    assert "Entrance: north side" in one
    committed_db.add(
        Element(
            id=uuid7(),
            place_id=corner,
            kind=ElementKind.ENTRANCE,
            state=PlaceState.ACTIVE,
            geom=from_shape(Point(LON + 0.0003, LAT), 4326),
        )
    )
    await committed_db.commit()
    answer = await client.get(f"/v1/maps/places/{corner}.svg?lang=en&profile=limited_walking")
    text = _desc(answer)
    assert "Entrance A: north side" in text
    assert "Entrance B: east side" in text
    assert "Walking with difficulty: You cannot get in." in text
    assert answer.text.count('<use href="#entrance"') == 3, "two doors and the explanation"
    tag = answer.headers["etag"]
    again = await client.get(answer.url, headers={"If-None-Match": tag})
    assert again.status_code == 304


async def test_a_name_with_markup_is_only_text(
    client: httpx2.AsyncClient, committed_db: AsyncSession
) -> None:
    """What people call their place is written, never run; the picture stays well-formed."""
    place = make_place(LON + 0.001, LAT + 0.001)
    place.name = {"ru": '<script>alert("1")</script> & \x1b co'}
    committed_db.add(place)
    await committed_db.commit()
    for path in (f"{_VIEW}&lang=ru", f"/v1/maps/places/{place.id}.svg?lang=ru"):
        answer = await client.get(path)
        assert '<script>alert("1")</script>' in " ".join(_read(answer).itertext())
        assert b"<script" not in answer.content


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("bbox=1,2,3", 400, "invalid-coordinates"),
        ("", 400, "invalid-map-view"),
        ("bbox=60,40,80,50", 400, "invalid-map-view"),
        ("bbox=77,43,76,44", 400, "invalid-map-view"),
        ("near=76.9,43.2&zoom=40", 400, "invalid-map-view"),
        ("near=nan,43.2", 400, "invalid-coordinates"),
        (f"bbox={_BOX}&width=100000", 422, "invalid-request"),
        (f"bbox={_BOX}&height=1", 422, "invalid-request"),
        (f"bbox={_BOX}&theme=pink", 422, "invalid-request"),
        (f"bbox={_BOX}&place=x", 422, "invalid-request"),
    ],
)
async def test_bad_questions_are_problems(
    client: httpx2.AsyncClient, query: str, status: int, code: str
) -> None:
    """A mistake is named, and costs no drawing."""
    answer = await client.get(f"/v1/maps/view.svg?{query}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")


async def test_a_route_is_drawn_with_its_ends(small_city: SmallCity) -> None:
    """The picture draws what `/v1/routes` answers, and says its length and how it ends."""
    query = "from=76.9291,43.24&to=76.9315,43.24&profile=deaf&lang=en"
    answer = await small_city.client.get(f"/v1/maps/routes.svg?{query}")
    text = _desc(answer)
    assert "min." in text
    assert 'class="way"' in answer.text
    assert '<use href="#start"' in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_bad_route_is_the_problem_of_the_route(small_city: SmallCity) -> None:
    """What `/v1/routes` refuses is refused here with the same words."""
    same = await small_city.client.get("/v1/maps/routes.svg?from=76.93,43.24&to=76.93,43.24")
    assert (same.status_code, same.json()["type"]) == (422, "/problems/same-place")
    lost = await small_city.client.get("/v1/maps/routes.svg?from=76.93,43.24&to=address:Zzz 9")
    assert (lost.status_code, lost.json()["type"]) == (404, "/problems/address-not-found")


async def test_where_no_way_leads_is_drawn_too(small_city: SmallCity) -> None:
    """Without a way one still sees where one is, where one wanted to go, and reads why."""
    query = f"from=76.9291,43.24&to=place:{small_city.place_id}&max_steps=0&unknown=forbid&lang=en"
    answer = await small_city.client.get(f"/v1/maps/routes.svg?{query}")
    text = _desc(answer)
    assert "No way was found." in text
    body = answer.text.partition("</defs>")[2]
    assert '<use href="#start"' in body
    assert body.count('<use href="#target"') == 2, "the end and the explanation"
