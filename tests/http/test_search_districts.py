"""A district that was typed is found by the interface and on the page, and leads to its places."""

import re
from html import unescape
from uuid import UUID

import psycopg
import pytest

from tests.http.conftest import SmallCity

_MEDEU = UUID("0199a000-0000-7000-8000-0000000000d2")
_DISTRICTS = """
UPDATE districts SET source_key = 'osm:relation/1', name =
  '{"ru": "Бостандыкский район", "kk": "Бостандық ауданы", "en": "Bostandyk District"}',
  geom = ST_Multi(ST_MakeEnvelope(76.8, 43.1, 77.0, 43.3, 4326));
INSERT INTO districts (id, source_key, name, geom) VALUES
  ('0199a000-0000-7000-8000-0000000000d2', 'osm:relation/2',
   '{"ru": "Медеуский район", "kk": "Медеу ауданы", "en": "Medeu District"}',
   ST_Multi(ST_MakeEnvelope(77.0, 43.1, 77.1, 43.3, 4326)));
UPDATE places SET name = '{"ru": "Школа Медеу"}';
"""


@pytest.fixture
def city(small_city: SmallCity) -> SmallCity:
    """Give the small city with two districts, and a school named like one of them."""
    with psycopg.connect(small_city.libpq_url) as connection:
        connection.execute(_DISTRICTS)
    return small_city


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("Медеу", "kk", "Медеу ауданы"),
        ("Medeu district", "en", "Medeu District"),
        ("медиуский район", "ru", "Медеуский район"),
        ("Бостандык", "ru", "Бостандыкский район"),
        ("Бостандықский район", "kk", "Бостандық ауданы"),
        ("bostandyq", "en", "Bostandyk District"),
        (",jcnfylsr", "ru", "Бостандыкский район"),
    ],
)
async def test_a_district_is_the_first_hit(
    city: SmallCity, text: str, language: str, name: str
) -> None:
    """In any language, with a slip, with the keyboard in the other layout: box, centre, places."""
    query = {"q": text, "lang": language, "near": "76.93,43.24"}
    hits = (await city.client.get("/v1/search", params=query)).json()["hits"]
    district = hits[0]
    assert (district["kind"], district["name"]) == ("district", name), hits
    west, south, east, north = district["bbox"]
    is_medeu = district["district_id"] == str(_MEDEU)
    assert (west, south, east, north) == pytest.approx(
        (77.0, 43.1, 77.1, 43.3) if is_medeu else (76.8, 43.1, 77.0, 43.3)
    )
    lon, lat = district["point"]["coordinates"]
    assert west < lon < east
    assert south < lat < north
    assert (district["distance_m"] == 0) is not is_medeu, "it is asked from the other one"
    assert (district["id"], district["end"], district["entry"]) == (None, None, None)
    listed = await city.client.get(district["href"])
    assert len(listed.json()["items"]) == (0 if is_medeu else 1)


async def test_a_place_of_the_same_name_is_found_beside_it(city: SmallCity) -> None:
    """A district hides nothing, and neither a house nor a street is taken for one."""
    query = {"q": "Медеу", "near": "76.93,43.24"}
    hits = (await city.client.get("/v1/search", params=query)).json()["hits"]
    assert {"district", "place"} <= {hit["kind"] for hit in hits}
    for text in ("улица Медеу", "Медеу 7", "город"):
        answer = await city.client.get("/v1/search", params={"q": text})
        assert "district" not in {hit["kind"] for hit in answer.json()["hits"]}


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("kk", "Аудан: ондағы орындарды көрсету"),
        ("ru", "Район: показать места в нём"),
        ("en", "District: show the places there"),
    ],
)
async def test_the_page_leads_to_the_district(city: SmallCity, language: str, label: str) -> None:
    """Its hit names itself, and behind it the list and the map show the district's box."""
    page = await city.client.get(f"/{language}/", params={"q": "Бостандық"})
    assert label in page.text
    links = [unescape(each) for each in re.findall(r'class="item" href="([^"]+)"', page.text)]
    [target] = [each for each in links if "bbox=" in each]
    shown = await city.client.get(target)
    assert shown.status_code == 200
    assert "Школа Медеу" in shown.text
    assert "bbox=76.80000,43.10000,77.00000,43.30000" in target
    assert "q=" not in target
