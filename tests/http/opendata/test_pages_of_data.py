"""Pages of the standard and of the files: sound, in three languages, nothing from elsewhere."""

import re
from itertools import pairwise

import pytest

from tests.http.opendata.conftest import OpenCity
from tests.http.test_pages import Page
from tests.support.open_city import SCHOOL_ID

pytestmark = pytest.mark.xdist_group("open data")

_OGC = (
    "", "/api", "/conformance", "/collections", "/collections/streets",
    "/collections/streets/schema", "/collections/streets/items", "/collections/places/items",
    f"/collections/places/items/{SCHOOL_ID}", "/collections/places/items?limit=7&kind=stop",
)  # fmt: skip


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_every_page_is_sound(open_set: OpenCity, language: str) -> None:
    """One first heading, no level left out, the language named, nothing inline."""
    paths = [f"/{language}/open"]
    paths += [f"/ogc{path}{'&' if '?' in path else '?'}f=html&lang={language}" for path in _OGC]
    for path in paths:
        answer = await open_set.client.get(path)
        assert answer.status_code == 200, path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        page = Page(answer.text)
        assert page.with_tag("html") == [{"lang": language}]
        assert len(page.with_tag("h1")) == len(page.with_tag("main")) == 1
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert all(after - before <= 1 for before, after in pairwise(levels)), path
        assert not page.values("style")
        assert not page.with_tag("script")
        assert all(str(sheet["href"]).startswith("/") for sheet in page.with_tag("link"))
        for header in page.with_tag("th"):
            assert header["scope"] in {"col", "row"}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_languages_lead_to_the_same_page(open_set: OpenCity, language: str) -> None:
    """From any page to the same features in another language, filters and all."""
    path = "/ogc/collections/places/items?entry_deaf=unknown&limit=3&f=html"
    answer = await open_set.client.get(f"{path}&lang={language}")
    links = {
        str(each["hreflang"]): str(each["href"])
        for each in Page(answer.text).with_tag("link")
        if "hreflang" in each
    }
    assert set(links) == {"kk", "ru", "en"}
    for code, href in links.items():
        other = await open_set.client.get(href)
        assert (other.status_code, Page(other.text).with_tag("html")) == (200, [{"lang": code}])
        assert other.text.count("<tr>") == 4


async def test_a_wish_of_the_browser_is_followed(open_set: OpenCity) -> None:
    """`Accept` and `Accept-Language` decide where the address says nothing."""
    wish = {"Accept": "text/html,application/xml;q=0.9,*/*;q=0.8", "Accept-Language": "ru-KZ,ru"}
    page = await open_set.client.get("/ogc/collections", headers=wish)
    assert Page(page.text).with_tag("html") == [{"lang": "ru"}]
    assert "Препятствия" in page.text
    told = await open_set.client.get("/ogc/collections", headers={"Accept-Language": "kk"})
    assert told.json()["collections"][0]["title"] == "Орындар"
    assert told.headers["Content-Language"] == "kk"
    plain = await open_set.client.get("/ogc/collections", headers={"Accept": "*/*"})
    assert plain.json()["collections"][0]["title"] == "Places"
