"""A cache in this process, in Rust."""

from __future__ import annotations

from collections.abc import Callable

from harness.caching import LruTtlCache
from harness.domain.errors import InputError
from harness.ports.cache import CacheStats


class MemoryCache:
    """A `Cache` in the memory of this process; what was used longest ago is forgotten first.

    Args:
        max_entries: most values.
        max_bytes: most bytes of all keys and values together; None is no limit.
        default_ttl_s: seconds that a value is kept where `set` does not say; None keeps it until it is evicted.
        timer: returns seconds that never go back; None is the process's monotonic clock.

    Raises:
        InputError: a limit is out of range.
    """

    def __init__(
        self,
        *,
        max_entries: int = 10_000,
        max_bytes: int | None = 64 * 1024 * 1024,
        default_ttl_s: float | None = 3600.0,
        timer: Callable[[], float] | None = None,
    ) -> None:
        try:
            self._values = LruTtlCache(max_entries, max_bytes=max_bytes, default_ttl_s=default_ttl_s, timer=timer)
        except (ValueError, OverflowError) as error:
            raise InputError(f"no such cache can be made: {error}") from None

    async def get(self, key: str) -> bytes | None:
        """Returns the value, or None."""
        value: bytes | None = self._values.get(key)
        return value

    async def set(self, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        """Keeps a value for `ttl_s` seconds, by default those of the cache. One larger than the cache is not kept.

        Raises:
            InputError: `ttl_s` is negative or NaN.
        """
        try:
            self._values.set(key, value, ttl_s=ttl_s)
        except ValueError as error:
            raise InputError(str(error)) from None

    async def delete(self, key: str) -> bool:
        """Forgets a value; returns whether there was one."""
        return self._values.delete(key)

    async def clear(self) -> None:
        """Forgets everything."""
        self._values.clear()

    def stats(self) -> CacheStats:
        """Returns counts since the start."""
        return self._values.stats()

    async def aclose(self) -> None:
        """Forgets everything. Idempotent."""
        self._values.clear()
