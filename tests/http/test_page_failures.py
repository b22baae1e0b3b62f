"""What a person sees when something is wrong: a page in their language with a way on."""

import re

import psycopg
import pytest

from tests.http.conftest import SmallCity

_PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_TITLES = {"kk": "Бізде ақау шықты", "ru": "У нас что-то сломалось", "en": "Something broke"}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_a_crash_is_a_page_for_people(small_city: SmallCity, language: str) -> None:
    """A damaged row breaks the page of a place; the reader gets a number to tell us."""
    with psycopg.connect(small_city.libpq_url) as db:
        db.execute("""UPDATE places SET address = '{"street": "x", "housenumber": 5}'""")
    path = f"/{language}/places/{small_city.place_id}"
    answer = await small_city.client.get(path, headers=_PAGE)
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert _TITLES[language] in answer.text
    assert re.search(r"<code>[0-9a-f-]{36}</code>", answer.text)
    assert f'href="/{language}/"' in answer.text
    assert "Traceback" not in answer.text


async def test_a_program_keeps_its_problem(small_city: SmallCity) -> None:
    """The interface answers problem documents, also to a browser, and pages to nobody else."""
    lost = "/v1/places/00000000-0000-0000-0000-000000000000"
    for path, headers in ((lost, _PAGE), ("/nowhere", {"Accept": "application/json"}), (lost, {})):
        answer = await small_city.client.get(path, headers=headers)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("wish", "language"), [("ru-RU,ru;q=0.9", "ru"), ("en", "en"), ("de", "kk")]
)
async def test_an_unknown_address_is_a_page_in_the_browsers_language(
    small_city: SmallCity, wish: str, language: str
) -> None:
    """A mistyped address outside the languages still leads on."""
    answer = await small_city.client.get("/karta", headers={**_PAGE, "Accept-Language": wish})
    assert answer.status_code == 404
    assert f'<html lang="{language}">' in answer.text
    assert f'href="/{language}/"' in answer.text
    others = set(re.findall(r'hreflang="(\w\w)" href="/\1/"', answer.text))
    assert others == {"kk", "ru", "en"}


async def test_a_page_takes_only_questions(small_city: SmallCity) -> None:
    """What is sent to a page by mistake is answered by a page."""
    answer = await small_city.client.post("/kk/", headers=_PAGE)
    assert answer.status_code == 405
    assert answer.headers["content-type"].startswith("text/html")


_STOPS = "from=76.9291,43.24&to=76.9315,43.24&via=76.9305,43.24&alternatives=2"
_SENTENCES = {
    "kk": "Аралық нүктелері бар жолдың басқа нұсқалары болмайды",
    "ru": "У пути с промежуточными точками нет других вариантов",
    "en": "A way with stops has no other ways beside it",
}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_stops_and_other_ways_are_refused_in_whole_sentences(
    small_city: SmallCity, language: str
) -> None:
    """The page and the interface say the same, in one language from the first word to the last."""
    page = await small_city.client.get(f"/{language}/route?{_STOPS}", headers=_PAGE)
    assert page.status_code == 200
    assert _SENTENCES[language] in page.text
    answer = await small_city.client.get(f"/v1/routes?{_STOPS}&lang={language}")
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["code"] == "stops_without_alternatives"
    assert error["detail"].startswith(_SENTENCES[language])
    for text in (page.text, answer.text):
        assert "alue error" not in text
