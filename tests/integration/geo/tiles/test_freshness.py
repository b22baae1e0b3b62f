"""Tags, caching and the race between a rendering and a change."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo.db.changes import ChangeKind, ChangeRow
from geo.tiles.errors import TileFilterError, TileLayerNotFoundError, TileOutOfRangeError
from geo.tiles.layers import LAYERS
from geo.tiles.service import Tile, TileService
from tests.support.corner import LAT, LON, decode, tile_at

_TILE = ("places", *tile_at(15))
_CHANGE = ChangeRow(
    id=1, kind=ChangeKind.PLACE, subject_id="", data={}, bounds=(LON, LAT, LON, LAT)
)


class SlowTiles(TileService):
    """A service whose renderings wait, after their statement, until a test lets them go."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.rendered = asyncio.Event()
        self.go = asyncio.Event()
        self.renderings = 0

    async def _render(self, layer: object, key: object) -> Tile:
        self.renderings += 1
        tile = await super()._render(layer, key)  # type: ignore[arg-type]
        self.rendered.set()
        await self.go.wait()
        return tile


async def _approve(db: AsyncSession, place_id: UUID) -> None:
    await db.execute(
        text("UPDATE places SET entry_words = '{3,3,3,3,3,3}' WHERE id = :id"), {"id": place_id}
    )
    await db.commit()


def _word(tile: object, place_id: UUID) -> object:
    found = decode(tile)["places"]  # type: ignore[arg-type]
    [place] = [each for each in found if each["properties"]["id"] == str(place_id)]
    return place["properties"]["entry_limited_walking"]


async def test_a_changed_place_changes_the_tile_and_its_tag(
    tiles: TileService, corner: UUID, committed_db: AsyncSession
) -> None:
    """After an approval is announced, the next tile shows it under a new tag."""
    before = await tiles.tile(*_TILE)
    await _approve(committed_db, corner)
    await tiles.on_changes([_CHANGE])
    after = await tiles.tile(*_TILE)
    assert (_word(before, corner), _word(after, corner)) == ("no", "yes")
    assert before.etag != after.etag
    assert tiles.find_kept(*_TILE) == after


async def test_a_cached_tile_needs_no_database(tiles: TileService, corner: UUID) -> None:
    """The second look is answered from memory, also without waiting."""
    first = await tiles.tile(*_TILE)
    tiles._sessions = None  # type: ignore[assignment]  # whoever asks the database now fails
    assert tiles.find_kept(*_TILE) == first
    assert await tiles.tile(*_TILE) == first
    assert corner


async def test_many_clients_share_one_rendering(tiles: TileService, corner: UUID) -> None:
    """A crowd asking for a cold tile costs one statement; one that leaves harms no other."""
    slow = SlowTiles(tiles._sessions)
    crowd = [asyncio.create_task(slow.tile(*_TILE)) for _ in range(50)]
    await slow.rendered.wait()
    crowd[0].cancel()
    slow.go.set()
    answers = await asyncio.gather(*crowd[1:])
    assert slow.renderings == 1
    assert len({answer.body for answer in answers}) == 1
    assert not slow._flights
    assert corner


async def test_an_old_rendering_never_gets_the_new_tag(
    tiles: TileService, corner: UUID, committed_db: AsyncSession
) -> None:
    """A statement that ran before the change is never given away after it."""
    slow = SlowTiles(tiles._sessions)
    early = asyncio.create_task(slow.tile(*_TILE))
    await slow.rendered.wait()
    await _approve(committed_db, corner)
    await slow.on_changes([_CHANGE])
    late = asyncio.create_task(slow.tile(*_TILE))
    slow.go.set()
    old, new = await early, await late
    assert _word(old, corner) == "no"
    assert _word(new, corner) == "yes"
    assert old.etag != new.etag
    assert slow.find_kept(*_TILE) == new
    assert (await slow.tile(*_TILE)) == new
    assert slow.renderings == 2


async def test_a_lost_feed_means_fresh_tiles_and_nothing_kept(
    tiles: TileService, corner: UUID, committed_db: AsyncSession
) -> None:
    """While changes cannot be heard, nothing is kept; afterwards nothing old counts."""
    connected = True
    tiles.watch(lambda: connected)
    before = await tiles.tile(*_TILE)
    connected = False
    await _approve(committed_db, corner)
    during = await tiles.tile(*_TILE)
    assert tiles.find_kept(*_TILE) is None
    assert _word(during, corner) == "yes"
    connected = True
    assert tiles.find_kept(*_TILE) is None
    after = await tiles.tile(*_TILE)
    assert after.etag == during.etag != before.etag
    assert _word(after, corner) == "yes"


@pytest.mark.parametrize("layer", sorted(LAYERS))
async def test_equal_contents_have_one_tag_in_all_processes(
    tiles: TileService, corner: UUID, layer: str
) -> None:
    """Another service on the same data names every tile alike, whatever each lived through."""
    other = TileService(tiles._sessions)
    await other.on_changes([_CHANGE, replace(_CHANGE, id=2, bounds=None)])
    for zoom in range(LAYERS[layer].min_zoom, LAYERS[layer].max_zoom + 1):
        address = (layer, *tile_at(zoom))
        ours, theirs = await tiles.tile(*address), await other.tile(*address)
        assert ours == theirs
    assert corner


async def test_a_failed_rendering_is_not_remembered(
    tiles: TileService, corner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error reaches everyone who waited, and the next request tries again."""
    working = tiles._sessions
    tiles._sessions = None  # type: ignore[assignment]  # stands for a database that is gone
    with pytest.raises(TypeError):
        await tiles.tile(*_TILE)
    monkeypatch.setattr(tiles, "_sessions", working)
    assert (await tiles.tile(*_TILE)).body
    assert corner


@pytest.mark.parametrize(
    ("layer", "z", "x", "y"),
    [
        ("places", 40, 0, 0),
        ("places", -1, 0, 0),
        ("places", 3, 8, 0),
        ("places", 3, 0, 8),
        ("places", 3, -1, 0),
        ("entrances", 15, 0, 0),
        ("basemap", 4, 0, 0),
    ],
)
async def test_addresses_outside_the_grid_are_refused(
    tiles: TileService, layer: str, z: int, x: int, y: int
) -> None:
    """A tile that cannot exist is a clear error and costs no statement."""
    tiles._sessions = None  # type: ignore[assignment]
    with pytest.raises(TileOutOfRangeError):
        await tiles.tile(layer, z, x, y)
    assert tiles.find_kept(layer, z, x, y) is None


async def test_bad_filters_are_refused(tiles: TileService) -> None:
    """Unknown layers, filters on layers without categories, and floods of categories."""
    with pytest.raises(TileLayerNotFoundError):
        await tiles.tile("nothing", 1, 0, 0)
    with pytest.raises(TileFilterError):
        await tiles.tile("basemap", *tile_at(12), categories=["pharmacy"])
    with pytest.raises(TileFilterError):
        await tiles.tile("places", *tile_at(12), categories=[str(n) for n in range(21)])
    with pytest.raises(TileFilterError):
        await tiles.tile("places", *tile_at(12), categories=["x" * 61])


async def test_an_empty_tile_is_empty(tiles: TileService, corner: UUID) -> None:
    """Where nothing is, no bytes are sent, and the emptiness has a tag too."""
    empty = await tiles.tile("places", 15, 0, 0)
    assert empty.body == b""
    assert empty.etag is not None
    assert corner


async def test_tilejson_knows_the_city(tiles: TileService, corner: UUID) -> None:
    """The bounds are those of the import in force."""
    described = await tiles.tilejson("places", "http://h/{z}/{x}/{y}")
    assert described["bounds"] == [76.8, 43.1, 77.0, 43.3]
    assert corner
