"""The tile cache: bounded by bytes, true to its tags."""

from geo.tiles.cache import TileCache, TileKey
from geo.tiles.grid import TileAddress


def _key(x: int) -> TileKey:
    return TileKey("places", TileAddress(14, x, 0))


def test_a_body_is_found_only_under_its_tag() -> None:
    """A tile of yesterday is not given for today's tag."""
    cache = TileCache(10_000)
    cache.put(_key(1), "a.1", b"old")
    assert cache.find(_key(1), "a.1") == b"old"
    assert cache.find(_key(1), "a.2") is None


def test_the_least_recently_used_goes_first() -> None:
    """Beyond the bound, what nobody asked for is dropped."""
    cache = TileCache(3_000)
    for x in range(2):
        cache.put(_key(x), "t", b"x" * 900)
    assert cache.find(_key(0), "t") is not None
    cache.put(_key(2), "t", b"x" * 900)
    assert cache.find(_key(1), "t") is None
    assert cache.find(_key(0), "t") is not None


def test_bytes_are_bounded_whatever_comes() -> None:
    """Replacing, empty bodies and bodies larger than the cache keep the count right."""
    cache = TileCache(5_000)
    for round_ in range(50):
        cache.put(_key(round_ % 7), f"t.{round_}", b"y" * (round_ * 131 % 2_000))
        assert 0 <= cache.used_bytes <= 5_000
    cache.put(_key(1), "t", b"z" * 6_000)
    assert cache.find(_key(1), "t") is None
    for x in range(7):
        cache.put(_key(x), "e", b"")
    assert cache.used_bytes == sum(400 + len(body) for _tag, body in cache._entries.values())
