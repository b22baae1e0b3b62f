"""Vector tiles over HTTP: caching, problems, and an approval that shows at once."""

import asyncio
from uuid import UUID

import httpx2
import mapbox_vector_tile
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.models import Place
from geo.places.words import PlaceWords, publish_words
from tests.support.corner import tile_at
from tests.support.machine import PATIENCE_S

_OF_DOCUMENTS = {
    "referrer-policy",
    "x-frame-options",
    "cross-origin-opener-policy",
    "permissions-policy",
}


def _address(layer: str = "places", zoom: int = 15) -> str:
    return f"/v1/tiles/{layer}/{'/'.join(map(str, tile_at(zoom)))}"


async def test_a_tile_is_compressed_and_revalidated(client: httpx2.AsyncClient) -> None:
    """The second look costs no bytes; another tag costs the tile."""
    first = await client.get(_address())
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["cache-control"] == "public, no-cache"
    tag = first.headers["etag"]
    again = await client.get(_address(), headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert (await client.get(_address(), headers={"If-None-Match": 'W/"x"'})).status_code == 200


async def test_a_client_without_gzip_gets_plain_bytes(client: httpx2.AsyncClient) -> None:
    """The same tile, readable by a tool that knows no compression."""
    for _from in ("the database", "memory"):
        plain = await client.get(_address(), headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == (await client.get(_address())).content
        assert "places" in mapbox_vector_tile.decode(plain.content)


async def test_a_kept_tile_has_the_headers_of_a_cold_one(client: httpx2.AsyncClient) -> None:
    """Whichever way an answer takes, a client sees one, but for what matters to documents."""
    for path in (_address(), "/v1/tiles/places/15/0/0"):
        cold, kept = await client.get(path), await client.get(path)
        assert (cold.status_code, cold.content) == (kept.status_code, kept.content)
        missing = {name for name, _ in set(cold.headers.items()) - set(kept.headers.items())}
        assert missing == {"x-request-id", *_OF_DOCUMENTS}
        assert set(kept.headers) < set(cold.headers)


async def test_head_gives_the_headers_without_the_tile(client: httpx2.AsyncClient) -> None:
    """A tool that only looks gets what GET would say, cold and from memory."""
    path = _address()
    looks = [await client.head(path), await client.head(path)]
    got = await client.get(path)
    for look in looks:
        assert (look.status_code, look.content) == (200, b"")
        for name in ("etag", "content-length", "content-type", "cache-control"):
            assert look.headers[name] == got.headers[name]
    known = {"If-None-Match": got.headers["etag"].removeprefix("W/")}
    assert (await client.head(path, headers=known)).status_code == 304


async def test_a_thousand_cold_tiles_wait_their_turn(client: httpx2.AsyncClient) -> None:
    """One client's flood is answered or sent away with a reason; nobody else waits behind it."""
    _z, x, y = tile_at(16)
    paths = [f"/v1/tiles/basemap/16/{x + n % 32}/{y + n // 32}" for n in range(1000)]
    answers = await asyncio.gather(*(client.get(path) for path in paths))
    refused = [each for each in answers if each.status_code == 503]
    assert {each.status_code for each in answers} <= {200, 204, 503}
    assert 400 <= len(refused) < 1000
    for each in refused:
        assert each.json()["type"] == "/problems/overloaded"
        assert int(each.headers["retry-after"]) > 0
    assert (await client.get(paths[0])).status_code == 200


async def test_an_approval_is_in_the_next_tile(
    client: httpx2.AsyncClient, corner: UUID, committed_db: AsyncSession
) -> None:
    """Publishing words changes the tag and the bytes, by the change log alone."""
    before = await client.get(_address())
    yes = dict.fromkeys(Profile, Word.YES)
    await publish_words(committed_db, {corner: PlaceWords(yes, yes, 90, ())})
    await committed_db.commit()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            after = await client.get(_address(), headers={"If-None-Match": before.headers["etag"]})
            if after.status_code == 200:
                break
            # What memory has is answered without waiting for anything, so without a server in
            # between nobody else, the change feed and this timeout included, would ever run.
            await asyncio.sleep(0)
    found = mapbox_vector_tile.decode(after.content)["places"]["features"]
    [place] = [each for each in found if each["properties"]["id"] == str(corner)]
    assert {place["properties"][f"entry_{profile}"] for profile in Profile} == {"yes"}
    row = (await committed_db.scalars(select(Place).where(Place.id == corner))).one()
    assert place["properties"]["coverage_percent"] == row.coverage_percent


async def test_an_empty_tile_has_no_content(client: httpx2.AsyncClient) -> None:
    """Map clients take 204 for nothing, and may revalidate it."""
    answer = await client.get("/v1/tiles/places/15/0/0")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "etag" in answer.headers


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/tiles/nothing/1/0/0", 404, "tile-layer-not-found"),
        ("/v1/tiles/nothing.json", 404, "tile-layer-not-found"),
        ("/v1/tiles/places/40/0/0", 400, "tile-out-of-range"),
        ("/v1/tiles/places/3/-1/0", 400, "tile-out-of-range"),
        ("/v1/tiles/places/3/99999999999999999999/0", 400, "tile-out-of-range"),
        ("/v1/tiles/basemap/12/1/1?category=x", 400, "tile-filter-invalid"),
        ("/v1/tiles/places/a/0/0", 422, "invalid-request"),
    ],
)
async def test_bad_addresses_are_clear_problems(
    client: httpx2.AsyncClient, path: str, status: int, code: str
) -> None:
    """Nothing that a client types makes a server error."""
    answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{code}"


@pytest.mark.parametrize(
    "spelling", ["{z}/+{x}/{y}", "{z}/%20{x}/{y}", "0{z}/{x}/{y}", "{z}/{x}/{y}/", "{z}/{x}/{y}.0",
                 "{z}/{x}/\u0661", "{z}/{x}/" + "9" * 5000, "{z}//{y}", "{z}/{x}/{y}?category"]
)  # fmt: skip
async def test_odd_spellings_never_break_anything(
    client: httpx2.AsyncClient, spelling: str
) -> None:
    """A kept tile is found by its plain address only; every other one has an answer too."""
    z, x, y = tile_at(15)
    assert (await client.get(_address())).status_code == 200
    odd = await client.get("/v1/tiles/places/" + spelling.format(z=z, x=x, y=y))
    assert odd.status_code in {200, 204, 400, 404, 422}
    assert odd.status_code < 300 or odd.json()["type"].startswith("/problems/")


async def test_tilejson_points_at_the_tiles(client: httpx2.AsyncClient) -> None:
    """A map client needs only the address of the description."""
    described = (await client.get("/v1/tiles/basemap.json")).json()
    z, x, y = tile_at(16)
    address = described["tiles"][0].format(z=z, x=x, y=y)
    assert (await client.get(address)).status_code == 200
    assert described["attribution"].startswith("Demo data")
    names = {each["id"] for each in described["vector_layers"]}
    assert names == {"land", "lines", "buildings", "roads", "labels"}


async def test_hostile_categories_are_only_values(client: httpx2.AsyncClient) -> None:
    """SQL in a filter finds nothing and harms nothing."""
    hostile = await client.get(_address(), params={"category": "'); DROP TABLE places; --"})
    assert hostile.status_code == 204
    assert (await client.get(_address())).status_code == 200
