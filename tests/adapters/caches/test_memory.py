"""The cache in memory: the contract, its limits and its times."""

import pytest

from harness.adapters.caches.memory import MemoryCache
from harness.domain.errors import InputError
from harness.testing import FakeClock
from harness.testing.contracts.cache import CacheContract


class TestMemoryCache(CacheContract):
    @pytest.fixture
    def cache(self) -> MemoryCache:
        return MemoryCache()


async def test_values_expire_by_the_default_or_their_own_time() -> None:
    clock = FakeClock()
    cache = MemoryCache(default_ttl_s=10, timer=clock.monotonic)
    await cache.set("default", b"1")
    await cache.set("own", b"1", ttl_s=1)
    await cache.set("never", b"1", ttl_s=float("inf"))
    await clock.advance(1)
    assert await cache.get("own") is None
    assert await cache.get("default") == b"1"
    await clock.advance(9)
    assert await cache.get("default") is None
    assert await cache.get("never") == b"1"
    assert cache.stats().expirations == 2


async def test_the_budget_holds_keys_and_values() -> None:
    cache = MemoryCache(max_bytes=1000)
    for number in range(100):
        await cache.set(f"{number:04}", b"x" * 96)
    stats = cache.stats()
    assert (stats.entries, stats.bytes, stats.evictions) == (10, 1000, 90)
    await cache.set("large", b"x" * 1000)
    assert await cache.get("large") is None
    assert cache.stats().entries == 10


@pytest.mark.parametrize("options", [{"max_entries": 0}, {"max_entries": -1}, {"max_bytes": -1}, {"default_ttl_s": -1}])
def test_limits_out_of_range_are_input_errors(options: dict[str, int]) -> None:
    with pytest.raises(InputError):
        MemoryCache(**options)  # type: ignore[arg-type]
