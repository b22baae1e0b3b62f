"""Pages for everybody: axe, small screens, large text, the keyboard alone, no script, no WebGL.

axe finds perhaps a third of what can be wrong, so what it cannot see is walked through here too.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.city import RunningCity
from tests.support.machine import LOCAL, PATIENCE_S

pytestmark = pytest.mark.xdist_group("city")

_AXE = LOCAL / "web" / "node_modules" / "axe-core" / "axe.min.js"
_LANGUAGES = ("kk", "ru", "en")
_PHONE = {"width": 390, "height": 844}
_DESKTOP = {"width": 1280, "height": 844}
_WATCH_POLICY = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
_RUN = """async (rules) => {
  for (const each of document.querySelectorAll("details")) {
    each.removeAttribute("name");
    each.open = true;
  }
  const found = await axe.run(document, {
    resultTypes: ["violations"], ...(rules ? { runOnly: rules } : {}),
  });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id}: ${node.target} ${node.failureSummary}`));
}"""
_SMALL = """(least) => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter((each) => each.checkVisibility() && each.type !== "hidden")
  .map((each) => [each, (each.closest("label") ?? each).getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && box.bottom > 0 && Math.min(box.width, box.height) < least)
  .map(([each, box]) => `${box.width.toFixed()}x${box.height.toFixed()} ${each.outerHTML}`)"""
_MAIN = "main :is(button, .button, summary, select, input[type=search], .item, .chips a, .views a)"
_SMALL_MAIN = """(main) => [...document.querySelectorAll(`${main}, nav a`)]
  .filter((each) => each.checkVisibility())
  .filter((each) => each.getBoundingClientRect().height < 43.5)
  .map((each) => each.outerHTML.slice(0, 90))"""
_CUT = """() => [...document.querySelectorAll("a, button, summary, label, h1, h2, h3, dd, p, li")]
  .filter((each) => each.checkVisibility() && !each.matches(".visually-hidden, .skip"))
  .filter((each) => each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.outerHTML.slice(0, 90))"""


@dataclass(frozen=True)
class Spots:
    """Addresses of pages, without the language."""

    pages: dict[str, str]
    place: str
    point: str


@pytest.fixture(scope="module")
def spots(city: RunningCity) -> Spots:
    """Choose places with something to show: a "no" with reasons, one nobody looked at."""
    near = "76.93,43.24"
    found = {word: _first_place(city, near, word) for word in ("yes", "with_help", "no", "unknown")}
    pages = {
        "start": "?profile=manual_wheelchair",
        "box": "?profile=deaf&only=enter&bbox=76.9265,43.2385,76.9345,43.2430",
        "nothing": "?category=cinema&only=yes&bbox=76.9265,43.2385,76.9266,43.2386",
        "search": "?q=аптека",
        "no place": f"places/{found['no']}?profile=manual_wheelchair",
        "unknown place": f"places/{found['unknown']}?profile=low_vision",
        "route form": "route",
        "route": f"route?from={near}&to=place:{found['with_help']}&alternatives=1",
        "route choice": "route?from=Абай&to=аптека",
        "help": "help",
        "open data": "open",
        "lost": "nothing-here",
    }
    _await_open_data(city)
    return Spots(pages, found["with_help"], near)


def _await_open_data(city: RunningCity) -> None:
    """Wait until the worker has made the first set, so that its page has links to look at."""
    until = time.monotonic() + PATIENCE_S
    while _get(city, "/open/manifest.json").status_code != 200:
        assert time.monotonic() < until, city.read_logs()
        time.sleep(0.5)


def _first_place(city: RunningCity, near: str, word: str) -> str:
    query = {"near": near, "profile": "manual_wheelchair", "word": word, "limit": "1"}
    return str(_get(city, "/v1/places", **query).json()["items"][0]["id"])


def _get(city: RunningCity, path: str, **query: str) -> httpx2.Response:
    address = f"{city.base_url}{path}"
    return httpx2.get(address, params=query, trust_env=False, timeout=PATIENCE_S)


@contextmanager
def _open(browser: Browser, city: RunningCity, **options: object) -> Iterator[Page]:
    context = browser.new_context(base_url=city.base_url, **options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_S * 1000)
    context.add_init_script(_WATCH_POLICY)
    try:
        yield context.new_page()
    finally:
        context.close()


def _check(page: Page, *rules: str) -> list[str]:
    # Evaluated, not added as a script: the page's policy stays in force, and is tested too.
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_RUN, list(rules) or None)
    return found


def _list_refused(page: Page) -> list[str]:
    refused: list[str] = page.evaluate("window.refused")
    return refused


def _await_map(page: Page) -> None:
    page.wait_for_selector("html[data-map]", state="attached")


@pytest.mark.parametrize("language", _LANGUAGES)
def test_axe_finds_nothing_on_any_page(
    browser: Browser, city: RunningCity, spots: Spots, language: str
) -> None:
    """Every page in light and dark, everything folded open; and nothing that the policy refuses."""
    with _open(browser, city, viewport=_PHONE, color_scheme="light") as page:
        for name, path in spots.pages.items():
            page.goto(f"/{language}/{path}")
            assert _check(page) == [], name
            page.emulate_media(color_scheme="dark")
            assert _check(page, "color-contrast") == [], f"{name}, dark"
            page.emulate_media(color_scheme="light")
            assert _list_refused(page) == [], name


def test_axe_finds_nothing_beside_the_map(
    browser: Browser, city: RunningCity, spots: Spots
) -> None:
    """The wide layout has the map and its controls beside the list and the steps."""
    with _open(browser, city, viewport=_DESKTOP) as page:
        for name, language in (("box", "kk"), ("route", "ru"), ("no place", "en")):
            page.goto(f"/{language}/{spots.pages[name]}")
            if name == "no place":
                page.locator("#open-map").click()
            _await_map(page)
            assert _check(page) == [], name
            page.emulate_media(color_scheme="dark")
            assert _check(page, "color-contrast") == [], f"{name}, dark"
            page.emulate_media(color_scheme="light")
            assert _list_refused(page) == [], name


def test_targets_are_large_and_nothing_is_cut_on_a_small_phone(
    browser: Browser, city: RunningCity, spots: Spots
) -> None:
    """At 320 pixels: no sideways scrolling, no cut text, 24 pixels at least, 44 for main ones."""
    with _open(browser, city, viewport={"width": 320, "height": 640}) as page:
        for name, path in {**spots.pages, "map": "?view=map"}.items():
            for language in _LANGUAGES:
                page.goto(f"/{language}/{path}")
                where = f"{language} {name}"
                assert page.evaluate("document.documentElement.scrollWidth") <= 320, where
                assert page.evaluate(_SMALL, 24) == [], where
                assert page.evaluate(_SMALL_MAIN, _MAIN) == [], where
                assert page.evaluate(_CUT) == [], where


def test_twice_the_size_fits_a_desktop(browser: Browser, city: RunningCity, spots: Spots) -> None:
    """At 200 % a desktop of 1280 pixels has 640 left; long Kazakh words are whole at 100 % too."""
    for width in (640, 1280):
        with _open(browser, city, viewport={"width": width, "height": 844}) as page:
            for name in ("start", "box", "no place", "route form", "route"):
                page.goto(f"/kk/{spots.pages[name]}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, name
                assert page.evaluate(_CUT) == [], (width, name)


def test_the_api_page_has_targets_that_can_be_hit(browser: Browser, city: RunningCity) -> None:
    """Also its page that is not ours has no target below 24 pixels."""
    with _open(browser, city, viewport=_PHONE) as page:
        page.goto("/docs")
        page.wait_for_selector(".opblock")
        assert page.evaluate(_SMALL, 23.5) == []


def _tab_to(page: Page, wanted: str, *, most: int = 60) -> None:
    """Press Tab until the focus is on it; every stop on the way can be seen."""
    for _stop in range(most):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """(wanted) => {
              const now = document.activeElement;
              const box = now.getBoundingClientRect();
              const middle = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 20)];
              const top = document.elementFromPoint(...middle);
              const shown = getComputedStyle(now);
              return {
                there: now.matches(wanted), text: now.outerHTML.slice(0, 90),
                outlined: shown.outlineStyle !== "none" || shown.boxShadow !== "none",
                covered: !(top && (now.contains(top) || top.contains(now))),
              };
            }""",
            wanted,
        )
        assert state["outlined"], f"no focus to be seen on {state['text']}"
        assert not state["covered"], f"the focus is hidden on {state['text']}"
        if state["there"]:
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def test_the_keyboard_alone_finds_a_place_and_the_way_there(
    browser: Browser, city: RunningCity, spots: Spots
) -> None:
    """Type what one looks for, open it, ask for the way, choose where from, read the steps."""
    with _open(browser, city, viewport=_PHONE, reduced_motion="reduce") as page:
        page.goto("/kk/?profile=limited_walking")
        _tab_to(page, "#q")
        page.keyboard.type("дәріхана")
        page.keyboard.press("Enter")
        expect(page.locator(".items a[href*='/places/']").first).to_be_visible()
        _tab_to(page, ".items a[href*='/places/']")
        page.keyboard.press("Enter")
        expect(page.locator("#verdict-title")).to_be_visible()
        _tab_to(page, ".actions .primary")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_be_visible()
        _tab_to(page, "#from")
        page.keyboard.type(spots.point)
        _tab_to(page, "button[type=submit]")
        page.keyboard.press("Enter")
        expect(page.locator(".route-answer h2")).to_be_visible()
        assert "profile=limited_walking" in page.url


def test_a_typed_end_offers_what_it_may_mean(browser: Browser, city: RunningCity) -> None:
    """Without scripts: words instead of coordinates, a choice where several fit, then the way."""
    with _open(browser, city, viewport=_PHONE, java_script_enabled=False) as page:
        page.goto("/ru/route?profile=deaf")
        page.locator("#from").fill("аптека")
        page.locator("#to").fill("школа")
        page.get_by_role("button", name="Найти").click()
        for key in ("from", "to"):
            expect(page.locator(f"#{key}-choices")).to_have_text("Какое место вы имеете в виду?")
            page.locator(f"ul[aria-labelledby={key}-choices] a").first.click()
        expect(page.locator(".route-answer h2").first).to_be_visible()
        assert len(re.findall("place(?::|%3A)", page.url)) == 2


def test_without_scripts_a_drawn_map_has_the_numbers_of_the_list(
    browser: Browser, city: RunningCity, spots: Spots
) -> None:
    """Start, place and route show the picture of the server, loaded and with words about it."""
    with _open(browser, city, viewport=_PHONE, java_script_enabled=False) as page:
        page.goto("/kk/")
        numbers = "getComputedStyle(document.querySelector('.item'), '::before').display"
        assert page.evaluate(numbers) == "block"
        for path in ("?view=map", spots.pages["no place"], spots.pages["route"]):
            page.goto(f"/kk/{path}")
            picture = page.locator("img.sketch")
            picture.scroll_into_view_if_needed()
            expect(picture).to_be_visible()
            assert picture.get_attribute("alt")
            address = str(picture.get_attribute("src"))
            answer = page.request.get(address)
            assert answer.status == 200, path
            assert answer.headers["content-type"] == "image/svg+xml"


def test_without_webgl_the_picture_takes_the_place_of_the_map(
    browser: Browser, city: RunningCity, spots: Spots
) -> None:
    """An old computer gets the list and the drawn map, and is told why."""
    with _open(browser, city, viewport=_DESKTOP) as page:
        page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
        page.goto(f"/ru/{spots.pages['box']}")
        page.wait_for_selector("html[data-map=failed]", state="attached")
        expect(page.locator("#map img.sketch")).to_be_visible()
        expect(page.locator(".map-note")).to_be_visible()
        expect(page.locator(".items li").first).to_be_visible()
        assert _list_refused(page) == []


def test_paper_gets_the_black_and_white_map(
    browser: Browser, city: RunningCity, spots: Spots
) -> None:
    """Printed, the picture for paper stands in for the map, and no button is left over."""
    with _open(browser, city, viewport=_PHONE) as page:
        page.goto(f"/en/{spots.pages['no place']}")
        page.emulate_media(media="print")
        paper = page.locator("img.paper")
        expect(paper).to_be_visible()
        assert "theme=print" in str(paper.get_attribute("src"))
        expect(page.locator(".actions").first).to_be_hidden()
        expect(page.locator("#verdict-title")).to_be_visible()
