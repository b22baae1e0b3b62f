"""The API is documented by our own server, also on a machine without internet."""

import re

from tests.http.conftest import SmallCity


async def test_the_type_of_a_problem_is_a_page(small_city: SmallCity) -> None:
    """Who follows `type` reads what it means; what nothing answers with is not there."""
    for path in ("/v1/places/none", "/v1/places?cursor=x", "/nowhere", "/v1/tiles/none.json"):
        problem = (await small_city.client.get(path)).json()
        page = await small_city.client.get(problem["type"])
        assert page.status_code == 200, problem["type"]
        assert f"<strong>{problem['status']}</strong>" in page.text
    for code in ("no-such-code", "%3Cscript%3E"):
        answer = await small_city.client.get(f"/problems/{code}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_documentation_needs_no_other_host(small_city: SmallCity) -> None:
    """The page and everything that it loads come from here, under a strict policy."""
    page = await small_city.client.get("/docs")
    assert page.status_code == 200
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert "//" not in re.sub(r"<!doctype[^>]*>", "", page.text)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    for address in addresses:
        assert (await small_city.client.get(address)).status_code == 200, address
    document = (await small_city.client.get("/openapi.json")).json()
    assert document["info"]["title"] == "Esik"
