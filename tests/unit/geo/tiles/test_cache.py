"""The tile cache: bounded by bytes, true to its epochs."""

from geo.tiles.cache import _ENTRY_OVERHEAD_BYTES, Tile, TileCache, TileKey
from geo.tiles.grid import TileAddress


def _key(x: int) -> TileKey:
    return TileKey("places", TileAddress(14, x, 0))


def _tile(body: bytes) -> Tile:
    return Tile(body, 'W/"t"', b'W/"t"')


def test_a_tile_comes_with_the_epoch_it_was_rendered_in() -> None:
    """Whoever asks sees whether it is of today or of yesterday."""
    cache = TileCache(10_000)
    cache.put(_key(1), (0, 1), _tile(b"old"))
    assert cache.find(_key(1)) == ((0, 1), _tile(b"old"))
    cache.put(_key(1), (0, 2), _tile(b"new"))
    assert cache.find(_key(1)) == ((0, 2), _tile(b"new"))
    assert cache.find(_key(2)) is None


def test_the_least_recently_used_goes_first() -> None:
    """Beyond the bound, what nobody asked for is dropped."""
    cache = TileCache(2 * (_ENTRY_OVERHEAD_BYTES + 900))
    for x in range(2):
        cache.put(_key(x), (0, 0), _tile(b"x" * 900))
    assert cache.find(_key(0)) is not None
    cache.put(_key(2), (0, 0), _tile(b"x" * 900))
    assert cache.find(_key(1)) is None
    assert cache.find(_key(0)) is not None


def test_bytes_are_bounded_whatever_comes() -> None:
    """Replacing, empty bodies and bodies larger than the cache keep the count right."""
    cache = TileCache(6_000)
    for round_ in range(50):
        cache.put(_key(round_ % 7), (0, round_), _tile(b"y" * (round_ * 131 % 2_000)))
        assert 0 <= cache.used_bytes <= 6_000
    cache.put(_key(1), (0, 0), _tile(b"z" * 7_000))
    assert cache.find(_key(1)) is None
    for x in range(7):
        cache.put(_key(x), (0, 0), _tile(b""))
    kept = [len(tile.body) + _ENTRY_OVERHEAD_BYTES for _epoch, tile in cache._entries.values()]
    assert cache.used_bytes == sum(kept)
