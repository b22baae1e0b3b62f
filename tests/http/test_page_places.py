"""The page of a place: word and reason first, entrances by letter, photos, who checked it."""

import re
from uuid import UUID

import psycopg
import pytest

from geo.ids import uuid7
from tests.http.conftest import SmallCity
from tests.http.stories import approve, approve_a_ramp
from tests.support.bodies import audit_of_a_ramp

_PHOTO = """
INSERT INTO photos (id, audit_id, element_id, state, sha256, byte_count, media_type, public_id,
                    derivatives, faces_checked_by, face_count)
VALUES (%s, %s, %s, 'ready', repeat('a', 64), 1, 'image/jpeg', %s,
        '{"320": {"key": "k", "width": 320, "height": 240, "byte_count": 1}}', 'test', 0)
"""


async def _page(city: SmallCity, query: str = "", language: str = "en") -> str:
    answer = await city.client.get(f"/{language}/places/{city.place_id}{query}")
    assert answer.status_code == 200
    return answer.text


async def test_photos_of_a_part_and_of_the_whole_place_are_shown(small_city: SmallCity) -> None:
    """A photo that names no part is one of the whole place; one of a part says which."""
    element_id = uuid7()
    audit_id = await approve(small_city, audit_of_a_ramp(small_city.place_id, element_id))
    names = [uuid7(), uuid7()]
    with psycopg.connect(small_city.libpq_url) as db:
        for part, name in zip((None, element_id), names, strict=True):
            db.execute(_PHOTO, [uuid7(), audit_id, part, name])
    text = await _page(small_city)
    for name in names:
        assert f"/v1/photos/{name}/320.webp" in text
    assert 'alt="Photo: The whole place"' in text
    assert 'alt="Photo: Entrance"' in text


async def test_the_word_comes_before_everything_and_its_reason_next(
    small_city: SmallCity,
) -> None:
    """Heading of the place, then the word, then why; entrances, map and checks come later."""
    await approve_a_ramp(small_city)
    text = await _page(small_city, "?profile=manual_wheelchair")
    order = [
        "<h1>",
        'id="verdict-title"',
        "Last checked:",
        "The way there",
        'id="map-title"',
        'id="parts-title"',
        'id="checks-title"',
    ]
    spots = [text.index(each) for each in order]
    assert spots == sorted(spots)


async def test_who_checked_it_is_told_by_role_only(small_city: SmallCity) -> None:
    """The page says that a volunteer measured and a reviewer approved, and names nobody."""
    await approve_a_ramp(small_city)
    text = await _page(small_city)
    assert "visited and measured (volunteer)" in text
    assert "looked through and approved (reviewer of the city)" in text
    assert "anna" not in text


async def test_the_page_and_its_map_use_the_same_letters(small_city: SmallCity) -> None:
    """Entrance A of the list is entrance A of the picture, for every profile."""
    for _number in range(2):
        await approve_a_ramp(small_city)
    text = await _page(small_city)
    assert sorted(re.findall(r'<span class="letter">(\w)</span>', text)) == ["A", "B"]
    [alt] = re.findall(r'<img class="sketch"[^>]* alt="([^"]+)"', text)
    assert "Entrance A:" in alt
    assert "Entrance B:" in alt
    [address] = set(re.findall(r'<img class="sketch" src="([^"]+)"', text))
    picture = await small_city.client.get(address.replace("&amp;", "&"))
    assert picture.status_code == 200
    assert ">A</text>" in picture.text
    assert ">B</text>" in picture.text


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_an_unknown_place_says_what_is_missing_and_how_to_help(
    small_city: SmallCity, language: str
) -> None:
    """Nothing is known: the page says so, never "yes", and how to tell us."""
    body = audit_of_a_ramp(small_city.place_id, uuid7())
    body["observations"] = body["observations"][:1]
    await approve(small_city, body)
    text = await _page(small_city, "?profile=manual_wheelchair", language)
    assert 'class="verdict verdict-unknown"' in text
    assert 'class="badge"' not in text, "no entrance is recommended while none is known to work"
    assert 'id="missing-title"' in text
    assert f'href="/{language}/help?profile=manual_wheelchair#tell"' in text
    help_page = await small_city.client.get(f"/{language}/help")
    assert 'id="tell"' in help_page.text


async def test_an_organisation_without_a_door_shows_those_of_its_house(
    small_city: SmallCity,
) -> None:
    """The entrances of the building stand on the page of what is inside it, and on its picture."""
    await approve_a_ramp(small_city)
    inside = UUID("0199a000-0000-7000-8000-0000000000a9")
    with psycopg.connect(small_city.libpq_url) as db:
        db.execute(
            "INSERT INTO places (id, kind, state, category, sector, point, parent_id, name)"
            " VALUES (%s, 'organisation', 'active', 'pharmacy', 'health',"
            ' ST_SetSRID(ST_MakePoint(76.9305, 43.2403), 4326), %s, \'{"ru": "Аптека"}\')',
            [inside, small_city.place_id],
        )
    text = (await small_city.client.get(f"/en/places/{inside}")).text
    assert "These entrances belong to the building:" in text
    picture = await small_city.client.get(f"/v1/maps/places/{inside}.svg?lang=en")
    assert picture.text.count('<use href="#entrance"') == 2, "the door and the explanation"
    assert 'class="focus"' in picture.text
