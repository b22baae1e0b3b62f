"""The citizen's pages: three languages, no script needed, nothing loaded from elsewhere."""

import html
import re
from html.parser import HTMLParser
from itertools import pairwise
from uuid import UUID

import httpx2
import mapbox_vector_tile
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from geo.tiles.grid import TileAddress, tile_bounds
from tests.support.corner import LAT, LON, make_place, tile_at

LANGUAGES = ("kk", "ru", "en")
_VOID = {"meta", "link", "input", "br", "hr", "img", "source", "path", "circle", "rect"}


class Page(HTMLParser):
    """A page read strictly: every element is closed in order, every id is used once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open, f"not closed: {self.open}"
        ids = self.values("id")
        assert len(ids) == len(set(ids)), f"ids used twice in {ids}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself, as in SVG."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Check that elements close in order."""
        if tag not in _VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag, f"</{tag}> closes something else"

    def values(self, attribute: str) -> list[str]:
        """List the values of an attribute all over the page."""
        return [str(each[attribute]) for _tag, each in self.elements if attribute in each]

    def with_tag(self, tag: str) -> list[dict[str, str | None]]:
        """List the attributes of all elements of a kind."""
        return [each for name, each in self.elements if name == tag]


def _paths(corner: UUID) -> list[str]:
    return [
        f"/{language}/{rest}"
        for language in LANGUAGES
        for rest in (
            "",
            "?q=Дәріхана",
            "?q=zzzzz",
            "?profile=deaf&only=yes&view=map&bbox=76.9,43.2,77,43.3",
            "?category=school",
            f"places/{corner}",
            "route",
            f"route?from=76.9453,43.2389&to=place:{corner}",
            "route?from=nonsense&to=place:nobody",
            "route?from=аптека&to=Абай",
            "help",
            "nothing-here",
        )
    ]


async def test_every_page_is_sound(client: httpx2.AsyncClient, corner: UUID) -> None:
    """Structure, language, landmarks, labels and headings hold on every page."""
    for path in _paths(corner):
        answer = await client.get(path)
        assert answer.status_code == (404 if path.endswith("nothing-here") else 200), path
        page = Page(answer.text)
        assert page.with_tag("html") == [{"lang": path[1:3]}]
        assert len(page.with_tag("h1")) == 1
        assert len(page.with_tag("main")) == 1
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        steps = [after - before for before, after in pairwise(levels)]
        assert all(step <= 1 for step in steps), (path, levels)
        labelled = {each["for"] for each in page.with_tag("label")}
        for control in page.with_tag("input") + page.with_tag("select"):
            assert control.get("type") == "hidden" or control["id"] in labelled
        for target in page.values("aria-describedby") + page.values("aria-labelledby"):
            assert target in page.values("id")


async def test_nothing_inline_and_nothing_from_elsewhere(
    client: httpx2.AsyncClient, corner: UUID
) -> None:
    """The policy forbids it, and no page tries."""
    for path in _paths(corner):
        answer = await client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        page = Page(answer.text)
        assert not page.values("style")
        assert not page.with_tag("style")
        for script in page.with_tag("script"):
            assert script.get("type") == "application/json" or str(script["src"]).startswith("/")
        for sheet in page.with_tag("link"):
            assert str(sheet["href"]).startswith("/")
        for _tag, attributes in page.elements:
            assert not any(name.startswith("on") for name in attributes)


async def test_a_demo_is_called_a_demo(client: httpx2.AsyncClient, corner: UUID) -> None:
    """Nobody takes an invented city for a real one, on any page that shows it."""
    for path in _paths(corner):
        if not path.endswith("nothing-here"):
            assert 'class="demo"' in (await client.get(path)).text, path


async def test_a_visitor_starts_in_their_language(client: httpx2.AsyncClient) -> None:
    """The browser's wish decides, Kazakh without one."""
    for wish, language in (
        ("ru-KZ,ru;q=0.9,en;q=0.5", "ru"),
        ("de,en;q=0.3", "en"),
        ("", "kk"),
        ("fr;q=x,*", "kk"),
    ):
        answer = await client.get("/?profile=deaf", headers={"Accept-Language": wish})
        assert answer.status_code == 302
        assert answer.headers["location"] == f"/{language}/?profile=deaf"
        assert answer.headers["vary"] == "Accept-Language"


async def test_the_list_works_without_scripts(client: httpx2.AsyncClient, corner: UUID) -> None:
    """Name, word and link are in the page itself, in words and not only as a colour."""
    text = (await client.get("/ru/?profile=manual_wheelchair")).text
    assert f"/ru/places/{corner}?profile=manual_wheelchair" in text
    assert "Аптека" in text
    assert "Вы сможете войти" in text
    assert "Ещё не проверено" not in text, "the plain house stays out of the list"
    assert "Вы не сможете войти" in (await client.get("/ru/?profile=limited_walking")).text


async def test_the_list_asks_for_facts(
    client: httpx2.AsyncClient, committed_db: AsyncSession
) -> None:
    """Only places of which the fact is known are listed; a fact that nobody knows is not there."""
    place = make_place(LON + 0.001, LAT)
    place.osm_tags = {"toilets:wheelchair": "yes"}
    committed_db.add(place)
    await committed_db.commit()
    page = Page((await client.get("/en/?fact=wc_wheelchair")).text)
    assert page.values("data-place") == [str(place.id)]
    ticked = [each for each in page.with_tag("input") if "checked" in each]
    assert [each["value"] for each in ticked] == ["wc_wheelchair"]
    page = Page((await client.get("/en/?fact=wc_wheelchair&fact=lift_working")).text)
    assert page.values("data-place") == []


@pytest.mark.parametrize("text", ["Дәріхана", "аптека", "pharmacy", "апткеа"])
async def test_what_is_typed_is_found(client: httpx2.AsyncClient, corner: UUID, text: str) -> None:
    """In any language, also mistyped: the place is in the page itself, with its word."""
    answer = await client.get("/ru/", params={"q": text, "profile": "limited_walking"})
    page = Page(answer.text)
    assert str(corner) in page.values("data-place")
    assert "Вы не сможете войти" in answer.text
    [box] = [each for each in page.with_tag("input") if each.get("id") == "q"]
    assert box["value"] == text


async def test_what_is_found_can_be_limited_to_what_one_can_enter(
    client: httpx2.AsyncClient, corner: UUID
) -> None:
    """The choice of words holds for a search too."""
    for profile, shown in (("manual_wheelchair", True), ("limited_walking", False)):
        query = {"q": "аптека", "only": "enter", "profile": profile}
        page = Page((await client.get("/ru/", params=query)).text)
        assert (str(corner) in page.values("data-place")) is shown


async def test_a_typed_text_is_not_run(client: httpx2.AsyncClient) -> None:
    """What stands in the address is shown as it is."""
    for path in ("/ru/", "/ru/route"):
        text = (await client.get(path, params={"q": "<script>x", "from": "<script>x"})).text
        assert "<script>x" not in text


@pytest.mark.parametrize("word", ["<script>alert(1)</script>", "100 %", "%(n)s", "%s & <b>"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_unknown_category_is_only_a_text(
    client: httpx2.AsyncClient, language: str, word: str
) -> None:
    """A kind of place that we never heard of stays as it was typed: neither markup nor a format."""
    answer = await client.get(f"/{language}/", params={"category": word})
    assert answer.status_code == 200
    assert word not in answer.text or "<" not in word
    assert f"selected>{html.escape(word)}</option>" in answer.text


async def test_only_a_list_of_such_places_says_that_one_can_enter(
    client: httpx2.AsyncClient,
) -> None:
    """The heading over places that nobody checked does not call them places to enter."""
    heading = "<h1>Places you can enter</h1>"
    assert heading not in (await client.get("/en/")).text
    for only in ("enter", "yes"):
        assert heading in (await client.get("/en/", params={"only": only})).text


async def test_a_form_keeps_what_was_chosen(client: httpx2.AsyncClient) -> None:
    """A search keeps profile, words and view; choosing kinds keeps them too."""
    text = (await client.get("/kk/?profile=deaf&only=enter&view=map&category=bank")).text
    forms = text.split("<form")[1:]
    assert len(forms) == 2
    for form in forms:
        for name, value in (("profile", "deaf"), ("only", "enter"), ("view", "map")):
            assert f'<input type="hidden" name="{name}" value="{value}">' in form


async def test_the_list_is_equal_to_the_map(
    client: httpx2.AsyncClient, committed_db: AsyncSession
) -> None:
    """The places in a box are the same in the list and in the tile of that box."""
    tile = TileAddress(*tile_at(15))
    west, south, east, north = tile_bounds(tile)
    committed_db.add_all(
        make_place(west + (east - west) * share, south + (north - south) * share)
        for share in (0.2, 0.4, 0.6, 0.8)
    )
    await committed_db.commit()
    answer = await client.get(f"/v1/tiles/places/{tile.z}/{tile.x}/{tile.y}")
    features = mapbox_vector_tile.decode(answer.content)["places"]["features"]
    mapped = {each["properties"]["id"] for each in features}
    page = Page((await client.get(f"/kk/?bbox={west},{south},{east},{north}")).text)
    assert set(page.values("data-place")) == mapped
    assert len(mapped) == 5


async def test_the_fragment_is_only_the_list(client: httpx2.AsyncClient) -> None:
    """A script gets the same list without the page around it."""
    answer = await client.get("/en/?bbox=76.9,43.2,77,43.3", headers={"X-Fragment": "list"})
    assert "<html" not in answer.text
    assert "1 place in view" in answer.text
    assert "X-Fragment" in answer.headers["vary"]


async def test_a_place_says_the_word_first(client: httpx2.AsyncClient, corner: UUID) -> None:
    """The word for the chosen profile comes before everything else that is known."""
    text = (await client.get(f"/en/places/{corner}?profile=limited_walking")).text
    assert text.index("You cannot get in") < text.index("Entrances and what was measured")
    assert f"/en/route?to=place:{corner}&amp;profile=limited_walking" in text
    card = await client.get(f"/en/places/{corner}", headers={"X-Fragment": "card"})
    assert "<html" not in card.text


@pytest.mark.parametrize("path", ["/kk/places/nobody", f"/kk/places/{UUID(int=7)}", "/ru/x/y"])
async def test_what_is_not_there_is_a_page_too(client: httpx2.AsyncClient, path: str) -> None:
    """A person who follows an old link gets a page in their language, with a way on."""
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert f'href="{path[:4]}"' in answer.text


@pytest.mark.parametrize("page", ["route", "help", "open"])
async def test_a_slash_at_the_end_leads_to_the_page(client: httpx2.AsyncClient, page: str) -> None:
    """People type one; the question stays, and nothing else is taken for a page."""
    sent = await client.get(f"/ru/{page}/?from=76.93,43.24")
    assert (sent.status_code, sent.headers["location"]) == (308, f"/ru/{page}?from=76.93,43.24")
    assert (await client.get(f"/ru/{page}s/")).status_code == 404


async def test_strange_queries_still_show_a_page(client: httpx2.AsyncClient) -> None:
    """A mistyped link falls back to defaults instead of failing."""
    for query in (
        "bbox=1,2",
        "bbox=9,9,1,1",
        "profile=x&only=y&view=z",
        "near=a,b",
        "bbox=nan,1,2,3",
    ):
        assert (await client.get(f"/kk/?{query}")).status_code == 200, query
    cursor = await client.get("/kk/?cursor=%00")
    assert cursor.status_code in {200, 400}
    assert cursor.headers["content-type"].startswith("text/html")


async def test_texts_of_people_are_escaped(
    client: httpx2.AsyncClient, committed_db: AsyncSession
) -> None:
    """A name with markup in it is shown, not run."""
    place = make_place()
    place.name = {"ru": "<script>alert(1)</script>"}
    committed_db.add(place)
    await committed_db.commit()
    for path in ("/ru/", f"/ru/places/{place.id}", f"/ru/route?to=place:{place.id}"):
        text = (await client.get(path)).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


async def test_static_files_last_under_their_digest(client: httpx2.AsyncClient) -> None:
    """What a page links is kept for ever; an outdated address is still answered."""
    text = (await client.get("/kk/")).text
    [address] = re.findall(r'src="(/static/[^"]+home\.mjs)"', text)
    answer = await client.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    old = await client.get(re.sub(r"/static/\w+/", "/static/0000000000/", address))
    assert old.headers["cache-control"] == "no-cache"
    assert (await client.get("/static/x/../../settings.py")).status_code == 404


async def test_a_first_view_is_light(client: httpx2.AsyncClient) -> None:
    """Page, styles and scripts before the map library stay below 30 KB on the wire."""
    page = await client.get("/kk/")
    total = page.num_bytes_downloaded
    links = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|mjs))"', page.text)
    script = next(link for link in links if link.endswith(".mjs"))
    links += [script.replace("home.mjs", f"{name}.mjs") for name in ("map", "marks", "style")]
    for link in links:
        total += (await client.get(link)).num_bytes_downloaded
    assert total < 30_000
