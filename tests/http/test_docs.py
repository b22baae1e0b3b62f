"""The API is documented by our own server, also on a machine without internet."""

import re

from tests.http.conftest import SmallCity


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
