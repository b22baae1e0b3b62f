"""What moves or vanishes leaves its old tile, too, whatever a process kept of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import mapbox_vector_tile
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.engine import create_read_engine
from geo.db.session import session_factory
from geo.mobility.profiles import PROFILES
from geo.mobility.words import Word
from geo.places.words import PlaceWords, publish_words
from geo.tiles.grid import Bounds, TileAddress, iter_tiles
from geo.tiles.service import TileService
from tests.support.clients import open_app
from tests.support.corner import add_corner
from tests.support.osm_file import LonLat, OsmFile, at, make_town
from tests.support.osm_import import Import, load

__all__ = ["load"]

_PATIENCE_S = 600
# All three lie kilometres away from every street, so beyond the map's own box.
_BEFORE, _AFTER, _GONE = at(5_000, 0), at(9_000, 0), at(0, 7_000)


def _make_town(spot: LonLat, *, with_shop: bool) -> OsmFile:
    town = make_town()
    town.nodes[70] = spot, {"amenity": "pharmacy", "name": "Дәріхана"}
    if with_shop:
        town.nodes[71] = _GONE, {"shop": "convenience", "name": "Дүкен"}
    return town


def _tile(spot: LonLat, zoom: int) -> TileAddress:
    [tile] = iter_tiles(Bounds(*spot, *spot), zoom, 0)
    return tile


def _path(tile: TileAddress, layer: str = "places") -> str:
    return f"/v1/tiles/{layer}/{'/'.join(map(str, tile))}"


@pytest.fixture
async def fresh(clean_database: str) -> AsyncIterator[TileService]:
    """Give a process that kept nothing."""
    engine = create_read_engine(clean_database, pool_size=1)
    yield TileService(session_factory(engine), cache_bytes=0)
    await engine.dispose()


async def test_an_import_renews_the_tiles_that_places_left(
    load: Import,
    clean_database: str,
    fresh: TileService,
    tmp_path: Path,
) -> None:
    """A place that moved to another cell, one that is gone: no tile of any zoom stays as it was."""
    await load(_make_town(_BEFORE, with_shop=True))
    tiles = {_tile(spot, zoom) for spot in (_BEFORE, _AFTER, _GONE) for zoom in range(17)}
    async with open_app(clean_database, tmp_path) as client:
        tags = {}
        for tile in tiles:
            first, kept = [await client.get(_path(tile)) for _look in range(2)]
            tags[tile] = first.headers["ETag"]
            assert kept.headers["ETag"] == tags[tile]
        assert (await client.get(_path(_tile(_AFTER, 14)))).status_code == 204
        for spot in (_BEFORE, _GONE):
            assert (await client.get(_path(_tile(spot, 14)))).status_code == 200
        await load(_make_town(_AFTER, with_shop=False))
        await _await_place(client, _tile(_AFTER, 16))
        for tile, tag in tags.items():
            answer = await client.get(_path(tile), headers={"If-None-Match": tag})
            now = await fresh.tile("places", *tile)
            assert now.etag != tag, tile
            assert (answer.status_code, answer.headers["ETag"]) == (
                200 if now.body else 204, now.etag,
            ), tile  # fmt: skip
        for spot in (_BEFORE, _GONE):
            assert (await client.get(_path(_tile(spot, 14)))).status_code == 204


async def _await_place(client: httpx2.AsyncClient, tile: TileAddress) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            answer = await client.get(_path(tile))
            if answer.status_code == 200:
                return
            await asyncio.sleep(0.02)


async def test_a_door_on_another_tile_than_its_place_is_drawn_at_once(
    committed_db: AsyncSession, clean_database: str, tmp_path: Path
) -> None:
    """An approval that makes a door real is in the tile of the door, a cell away from the place."""
    place_id = await add_corner(committed_db)
    spot = await committed_db.execute(
        text("SELECT ST_X(point) + 0.03, ST_Y(point) FROM places WHERE id = :id"), {"id": place_id}
    )
    lon, lat = spot.one()
    await committed_db.execute(
        text(
            "INSERT INTO elements (id, place_id, kind, state, geom) VALUES (gen_random_uuid(),"
            " :id, 'entrance', 'proposed', ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))"
        ),
        {"id": place_id, "lon": lon, "lat": lat},
    )
    await committed_db.commit()
    tile = _tile((lon, lat), 16)
    async with open_app(clean_database, tmp_path) as client:
        for _look in range(2):
            assert (await client.get(_path(tile, "entrances"))).status_code == 204
        await committed_db.execute(text("UPDATE elements SET state = 'active'"))
        words = dict.fromkeys(PROFILES, Word.YES)
        await publish_words(
            committed_db, {place_id: PlaceWords(words, words, coverage_percent=1, badges=())}
        )
        await committed_db.commit()
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                answer = await client.get(_path(tile, "entrances"))
                if answer.status_code == 200:
                    break
                await asyncio.sleep(0.02)
    [door] = mapbox_vector_tile.decode(answer.content)["entrances"]["features"]
    assert door["properties"]["place_id"] == str(place_id)
