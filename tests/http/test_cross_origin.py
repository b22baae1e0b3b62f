"""Public data is open to pages of other sites, and nothing else is."""

import httpx2
import pytest

from api.cross_origin import is_public
from tests.http.conftest import SmallCity
from tests.support.access import PUBLIC, TABLE

_THEIR_PAGE = {"Origin": "https://somebody.example"}
_PREFLIGHT = _THEIR_PAGE | {
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "if-none-match",
}


@pytest.fixture
def client(small_city: SmallCity) -> httpx2.AsyncClient:
    """Ask as a stranger."""
    return small_city.client


async def test_exactly_the_public_reads_are_open(client: httpx2.AsyncClient) -> None:
    """What the table of access calls public, and only that, may be read across origins."""
    paths = (await client.get("/openapi.json")).json()["paths"]
    reads = {path: each["get"]["operationId"] for path, each in paths.items() if "get" in each}
    opened = {name for path, name in reads.items() if is_public(path)}
    public = {name for name in reads.values() if TABLE.get(name) == PUBLIC}
    # A picture has two names: the public one, and that of the photo, which needs a token.
    assert opened == public | {"getPicture"}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/catalogue",
        "/v1/places",
        "/v1/tiles/places.json",
        "/v1/tiles/nothing/1/0/0",
        "/openapi.json",
    ],
)
async def test_scripts_of_other_sites_may_read(client: httpx2.AsyncClient, path: str) -> None:
    """Answers and problems alike are readable, with the preflight that a tag makes necessary."""
    preflight = await client.options(path, headers=_PREFLIGHT)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "GET" in preflight.headers["access-control-allow-methods"]
    assert "If-None-Match" in preflight.headers["access-control-allow-headers"]
    answer = await client.get(path, headers=_THEIR_PAGE)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    for each in (preflight, answer):
        assert "access-control-allow-credentials" not in each.headers


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/audits"), ("GET", "/v1/sync"), ("POST", "/v1/auth/token")]
)
async def test_what_is_private_stays_closed(
    client: httpx2.AsyncClient, method: str, path: str
) -> None:
    """No page of another site may send a token of ours, or read what one opens."""
    preflight = await client.options(
        path, headers=_PREFLIGHT | {"Access-Control-Request-Method": method}
    )
    assert "access-control-allow-origin" not in preflight.headers
    answer = await client.request(method, path, headers=_THEIR_PAGE)
    assert "access-control-allow-origin" not in answer.headers


async def test_no_preflight_allows_a_token(client: httpx2.AsyncClient) -> None:
    """Public data needs none; a preflight that asks for writing is not answered as ours."""
    allowed = (await client.options("/v1/places", headers=_PREFLIGHT)).headers
    assert "authorization" not in allowed["access-control-allow-headers"].lower()
    writing = _PREFLIGHT | {"Access-Control-Request-Method": "PUT"}
    refused = await client.options("/v1/barriers/x", headers=writing)
    assert "access-control-allow-methods" not in refused.headers


@pytest.mark.parametrize("path", ["/", "/kk/", "/ru/help", "/en/nowhere", "/docs"])
async def test_pages_answer_head_but_no_foreign_script(
    client: httpx2.AsyncClient, path: str
) -> None:
    """Monitors and link checkers ask so; pages stay closed to scripts of other sites."""
    got = await client.get(path, headers=_THEIR_PAGE)
    looked = await client.head(path, headers=_THEIR_PAGE)
    assert (looked.status_code, looked.content) == (got.status_code, b"")
    assert looked.headers.get("content-type") == got.headers.get("content-type")
    assert "access-control-allow-origin" not in got.headers


@pytest.mark.parametrize("path", ["/v1/places", "/v1/routes", "/ogc", "/kk/help"])
async def test_what_is_allowed_names_head(client: httpx2.AsyncClient, path: str) -> None:
    """A wrong method learns of every method that works, HEAD among them."""
    refused = await client.delete(path)
    assert refused.status_code == 405
    assert {"GET", "HEAD"} <= set(refused.headers["allow"].split(", "))


async def test_head_answers_like_get(client: httpx2.AsyncClient) -> None:
    """Every public read has a HEAD: the same headers, no body."""
    got, looked = await client.get("/v1/catalogue"), await client.head("/v1/catalogue")
    assert (looked.status_code, looked.content) == (got.status_code, b"")
    assert looked.headers["content-length"] == got.headers["content-length"]
    assert (await client.head("/v1/places/not-an-id")).status_code == 422
