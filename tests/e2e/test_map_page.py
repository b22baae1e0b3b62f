"""The citizen's pages in a real browser, on the running demo city."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.city import RunningCity
from tests.support.machine import PATIENCE_S

pytestmark = pytest.mark.xdist_group("city")

_BOX = "76.9265,43.2385,76.9345,43.2430"


def _open(
    browser: Browser, city: RunningCity, *, width: int = 1280, height: int = 800, **options: object
) -> BrowserContext:
    context = browser.new_context(
        base_url=city.base_url,
        viewport={"width": width, "height": height},
        **options,  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    return context


def _await_map(page: Page) -> None:
    page.wait_for_selector("html[data-map=idle]", state="attached")


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_draws_without_a_complaint(
    browser: Browser, city: RunningCity, language: str, scheme: str
) -> None:
    """The map is there, the console is silent, and every request is answered by us."""
    context = _open(browser, city, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type != "info" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda r: complaints.append(r.url))
    hosts = set()
    page.on("request", lambda r: hosts.add(r.url.split("/")[2]))
    page.goto(f"/{language}/?profile=deaf&bbox={_BOX}")
    _await_map(page)
    assert complaints == []
    assert hosts == {city.base_url.split("/")[2]}
    expect(page.locator("canvas.maplibregl-canvas")).to_be_visible()
    context.close()


def test_the_list_follows_the_map_with_the_keyboard(browser: Browser, city: RunningCity) -> None:
    """Arrow keys move the map; list and address follow; the address opens the same view."""
    context = _open(browser, city)
    page = context.new_page()
    page.goto(f"/en/?bbox={_BOX}")
    _await_map(page)
    before = page.locator(".results-title").inner_text()
    page.locator("canvas.maplibregl-canvas").focus()
    with page.expect_response(lambda answer: "bbox=" in answer.url and answer.ok):
        page.keyboard.press("Equal")
    expect(page.locator(".results-title")).not_to_have_text(before)
    expect(page.locator("#announce")).to_contain_text("List updated")
    title = page.locator(".results-title").inner_text()
    page.goto(page.url)
    expect(page.locator(".results-title")).to_have_text(title)
    context.close()


def test_a_mark_opens_its_card_and_escape_closes_it(browser: Browser, city: RunningCity) -> None:
    """A click on a mark tells the word and offers the way."""
    context = _open(browser, city, bypass_csp=True)
    page = context.new_page()
    page.goto(f"/en/?bbox={_BOX}")
    _await_map(page)
    spot = page.evaluate(
        """() => {
          const map = window.esikMap, size = map.getCanvas().getBoundingClientRect();
          const marks = map.queryRenderedFeatures(undefined, { layers: ["places"] });
          for (const mark of marks) {
            const at = map.project(mark.geometry.coordinates);
            if (at.x > 150 && at.x < size.width - 150 && at.y > 100 && at.y < size.height - 300)
              return { x: at.x + size.x, y: at.y + size.y };
          }
        }"""
    )
    page.mouse.click(spot["x"], spot["y"])
    card = page.locator("#selected .card")
    expect(card.get_by_role("link", name="Route here")).to_be_visible()
    card.get_by_role("link", name="Details").focus()
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    context.close()


def test_a_phone_loads_the_map_only_when_asked(browser: Browser, city: RunningCity) -> None:
    """On a thin line the list comes alone; the map library waits for a tap."""
    context = _open(browser, city, width=360, height=740)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/kk/")
    expect(page.locator(".items li").first).to_be_visible()
    assert not [url for url in asked if "maplibre" in url]
    page.locator(".views a[data-view=map]").click()
    _await_map(page)
    assert "view=map" in page.url
    context.close()


def test_everything_works_without_scripts(browser: Browser, city: RunningCity) -> None:
    """From the list to a place to a route, with links and forms alone."""
    context = _open(browser, city, java_script_enabled=False)
    page = context.new_page()
    page.goto("/en/?profile=deaf&only=enter")
    page.locator(".items a").first.click()
    expect(page.locator(".verdict h2")).to_be_visible()
    page.get_by_role("link", name="The way there").click()
    page.get_by_label("From", exact=True).fill("76.93,43.24")
    page.get_by_role("button", name="Find the way").click()
    expect(page.locator(".route-answer h2")).to_be_visible()
    expect(page.locator(".steps li").first).to_be_visible()
    context.close()


def test_the_keyboard_reaches_the_content_first(browser: Browser, city: RunningCity) -> None:
    """The first stop skips the header, the second skips the list; the focus can be seen."""
    context = _open(browser, city)
    page = context.new_page()
    page.goto("/ru/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("href", "#main")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("href", "#map-section")
    page.keyboard.press("Enter")
    expect(page.locator("#map-section")).to_be_focused()
    context.close()


def test_what_a_search_found_has_the_same_numbers_in_list_and_map(
    browser: Browser, city: RunningCity
) -> None:
    """Each place of the list is a numbered button on the map, which opens its card."""
    context = _open(browser, city)
    page = context.new_page()
    page.goto("/ru/?q=аптека&profile=deaf")
    _await_map(page)
    texts = page.locator(".items li[data-place] .item-name").all_inner_texts()
    names = [text.strip().rstrip(". ").strip() for text in texts]
    marks = page.locator(".hit-mark")
    assert marks.count() == len(names) > 1
    labels = [each.get_attribute("aria-label") for each in marks.all()]
    assert labels == [f"{n}. {name}" for n, name in enumerate(names, start=1)]
    marks.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#selected .card")).to_be_visible()
    context.close()
