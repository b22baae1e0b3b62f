"""Search over HTTP: what is found, in which language, and what bad questions get."""

import re
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from tests.http.conftest import SmallCity
from tests.support.machine import ROOT

_TOWN = """
UPDATE places SET name = '{"kk": "№5 мектеп", "ru": "Школа № 5", "en": "School No. 5"}',
  address = '{"street": "улица Абая", "street:kk": "Абай көшесі", "housenumber": "7"}';
INSERT INTO places (id, kind, state, category, sector, point, name, address, entry_words) VALUES
  (gen_random_uuid(), 'organisation', 'active', 'pharmacy', 'health',
   ST_SetSRID(ST_MakePoint(76.931, 43.24), 4326),
   '{"kk": "«Береке» дәріханасы", "ru": "Аптека «Береке»"}', '{}', '{3,0,0,0,0,0}'),
  (gen_random_uuid(), 'organisation', 'proposed', 'pharmacy', 'health',
   ST_SetSRID(ST_MakePoint(76.931, 43.24), 4326), '{"ru": "Аптека «Тайная»"}', '{}', DEFAULT);
INSERT INTO streets (name, geom) SELECT name, ST_Multi(ST_Collect(geom)) FROM street_edges
  GROUP BY name;
"""


@pytest.fixture
async def town(small_city: SmallCity) -> SmallCity:
    """Give the small city with a name, an address, a pharmacy and a proposal."""
    with psycopg.connect(small_city.libpq_url) as connection:
        connection.execute(_TOWN)
    return small_city


async def _search(city: SmallCity, **query: str) -> list[dict[str, Any]]:
    answer = await city.client.get("/v1/search", params={"near": "76.93,43.24", **query})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["hits"])


async def test_a_hit_says_what_it_is_and_what_to_ask_next(town: SmallCity) -> None:
    """Category, place, address and street each lead on."""
    category, place = (await _search(town, q="дәріханалар", lang="ru"))[:2]
    assert (category["kind"], category["name"]) == ("category", "Аптека")
    listed = await town.client.get(category["href"])
    assert [item["id"] for item in listed.json()["items"]] == [place["id"]]
    assert (place["kind"], place["name"]) == ("place", "Аптека «Береке»")
    assert place["entry"]["manual_wheelchair"] == "yes"
    assert place["distance_m"] == 81
    assert (await town.client.get(place["href"])).json()["id"] == place["id"]
    assert (await _search(town, q="хочу в аптеку", lang="ru"))[0]["kind"] == "category"
    assert (await _search(town, q="аптека берке", lang="ru"))[0]["id"] == place["id"]
    address = (await _search(town, q="Abai 7", lang="kk"))[0]
    assert (address["kind"], address["name"]) == ("address", "Абай көшесі, 7")
    assert address["end"] == f"place:{town.place_id}"
    inside = (await _search(town, q="аптека, Абая 7", lang="ru"))[0]
    assert inside["id"] == place["id"], "a pharmacy without an address, beside the house"
    street = (await _search(town, q="алея", lang="en"))[0]
    assert (street["kind"], street["name"]) == ("street", "Аллея")
    assert (await town.client.get(street["href"])).status_code == 200


async def test_an_address_is_the_building(town: SmallCity) -> None:
    """A canteen with the same address stands nearer; who types an address means the house."""
    with psycopg.connect(town.libpq_url) as connection:
        connection.execute("""INSERT INTO places
          (id, kind, state, category, sector, parent_id, point, name, address)
          SELECT gen_random_uuid(), 'organisation', 'active', 'restaurant', 'trade_services', id,
                 ST_SetSRID(ST_MakePoint(76.93, 43.24), 4326), '{"ru": "Столовая"}', address
          FROM places WHERE category = 'school'""")
    hits = await _search(town, q="Абая 7", lang="ru")
    houses = [hit for hit in hits if hit["kind"] == "address"]
    assert [hit["id"] for hit in houses] == [str(town.place_id)]
    assert await _search(town, q="столовая", lang="ru") != []


async def test_a_proposed_place_is_not_found(town: SmallCity) -> None:
    """Nobody has agreed yet that its name may be public."""
    assert all("Тайная" not in hit["name"] for hit in await _search(town, q="аптека тайная"))


async def test_a_point_has_an_address(town: SmallCity) -> None:
    """The building whose outline is near gives it; far away nothing does."""
    near = {"point": "76.9304,43.24025", "lang": "kk"}
    answer = (await town.client.get("/v1/search/address", params=near)).json()
    assert answer["hit"]["name"] == "Абай көшесі, 7"
    assert answer["hit"]["distance_m"] == 0
    far = await town.client.get("/v1/search/address", params={"point": "76.99,43.3"})
    assert far.json()["hit"] is None


_ODD: list[tuple[dict[str, str], int]] = [
    ({}, 422),
    ({"q": ""}, 422),
    ({"q": "а" * 10_000}, 422),
    ({"q": "а\x00б"}, 422),
    ({"q": "школа", "near": "nan,43"}, 400),
    ({"q": "школа", "near": "76"}, 400),
    ({"q": "школа", "lang": "xx"}, 422),
    ({"q": "школа", "limit": "0"}, 422),
    ({"q": "школа", "offset": "5"}, 422),
    ({"q": "'; DROP TABLE places; --"}, 200),
    ({"q": "% _ \\ ' \" ~pharmacy @1 :x"}, 200),
    ({"q": "!!! ... ???"}, 200),
    ({"q": "😀👩‍🦽 школа"}, 200),
    ({"q": "\u202eשלום عربى"}, 200),
    ({"q": "\ufffd\ud7ff"}, 200),
    ({"q": "а б в г д е ж з и к л м н о п р"}, 200),
    ({"q": "1 2 3 4 5 6 7 8 9 10 11/12/13"}, 200),
    ({"q": "школа " * 30}, 200),
]
_NO_TEXT = ("q=%ED%A0%80", "q=%FF%FE", "q=%00", "q=%F0%9F%98%80%ED%BF%BF")
"""Halves of surrogate pairs, broken UTF-8, NUL."""


async def test_whatever_is_typed_gets_a_clear_answer(town: SmallCity) -> None:
    """A problem that says what is wrong, or a list of hits; never a crash."""
    for query, status in _ODD:
        answer = await town.client.get("/v1/search", params=query)
        assert answer.status_code == status, (query, answer.text)
        if status != 200:
            assert answer.headers["Content-Type"] == "application/problem+json"
    for raw in _NO_TEXT:
        answer = await town.client.get(f"/v1/search?{raw}")
        assert answer.status_code in {200, 422}, (raw, answer.text)


_CURL = re.compile(
    r'^curl -s "\$API(/v1/[^"]+)"(?: --get --data-urlencode "q=([^"]+)")?$', re.MULTILINE
)


async def test_the_commands_of_the_page_on_finding_work(town: SmallCity) -> None:
    """Every curl line of docs/finding.md is answered."""
    page = (ROOT / "docs" / "finding.md").read_text(encoding="utf-8")
    commands = _CURL.findall(page)
    assert len(commands) == page.count("curl -s") > 5
    for path, typed in commands:
        answer = await town.client.get(f"{path}&q={quote(typed)}" if typed else path)
        assert answer.status_code == 200, (path, answer.text)
