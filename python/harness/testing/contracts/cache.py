"""What every cache keeps to."""

from __future__ import annotations

import asyncio

import pytest

from harness.domain.errors import HarnessError
from harness.ports.cache import Cache, CacheStats


class CacheContract:
    """Subclass it and give a fixture `cache`: an empty one with room for a hundred small values.

    class TestMine(CacheContract):
        @pytest.fixture
        def cache(self): return MyCache()
    """

    def test_it_is_a_cache(self, cache: Cache) -> None:
        """It has the methods of the port."""
        assert isinstance(cache, Cache)

    async def test_what_is_set_is_got(self, cache: Cache) -> None:
        """Values come back byte for byte, each under its own key."""
        values = {"a": b"", "b": b"\x00\xff", "schlüssel 漢字 🙂": b"wert", "": b"empty key", "long" * 100: b"x" * 1000}
        for key, value in values.items():
            await cache.set(key, value)
        for key, value in values.items():
            assert await cache.get(key) == value

    async def test_what_was_never_set_is_none(self, cache: Cache) -> None:
        """A miss is None, never an error."""
        assert await cache.get("nothing") is None
        assert await cache.delete("nothing") is False

    async def test_a_later_value_replaces_an_earlier_one(self, cache: Cache) -> None:
        """One value a key."""
        await cache.set("a", b"1")
        await cache.set("a", b"2")
        assert await cache.get("a") == b"2"

    async def test_deleting_and_clearing_forget(self, cache: Cache) -> None:
        """What was forgotten is a miss."""
        for key in ("a", "b", "c"):
            await cache.set(key, b"1")
        assert await cache.delete("a") is True
        assert await cache.delete("a") is False
        assert await cache.get("a") is None
        assert await cache.get("b") == b"1"
        await cache.clear()
        assert await cache.get("b") is None
        assert await cache.get("c") is None

    async def test_a_value_without_time_is_not_there(self, cache: Cache) -> None:
        """`ttl_s` of 0 is over at once; what was there before is gone as well."""
        await cache.set("a", b"1")
        await cache.set("a", b"2", ttl_s=0)
        assert await cache.get("a") is None

    @pytest.mark.parametrize("ttl_s", [-1.0, float("nan")])
    async def test_a_time_that_is_none_is_refused(self, cache: Cache, ttl_s: float) -> None:
        """With an error of ours."""
        with pytest.raises(HarnessError):
            await cache.set("a", b"1", ttl_s=ttl_s)

    async def test_hits_and_misses_are_counted(self, cache: Cache) -> None:
        """The counts are since the start."""
        await cache.set("a", b"1")
        await cache.get("a")
        await cache.get("b")
        stats = cache.stats()
        assert isinstance(stats, CacheStats)
        assert (stats.hits, stats.misses) == (1, 1)

    async def test_many_at_once(self, cache: Cache) -> None:
        """Readers and writers side by side see whole values only."""

        async def work(number: int) -> None:
            for turn in range(20):
                await cache.set(f"k{number % 5}", bytes([number]) * (turn + 1))
                value = await cache.get(f"k{(number + 1) % 5}")
                assert value is None or len(set(value)) == 1

        await asyncio.gather(*(work(number) for number in range(20)))

    async def test_closing_twice_is_closing_once(self, cache: Cache) -> None:
        """Closing is idempotent."""
        await cache.aclose()
        await cache.aclose()
