"""A cache of bytes by key, bounded in time and size."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from harness.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What a cache has done since it was made, and what it holds."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    expirations: int = 0
    entries: int = 0
    bytes: int = 0


@runtime_checkable
class Cache(Protocol):
    """Keeps values for a while. A cache may forget at any time; it never returns an expired or torn value."""

    async def get(self, key: str) -> bytes | None:
        """Returns the value, or None."""
        ...

    async def set(self, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        """Keeps a value for `ttl_s` seconds; None means the cache's default."""
        ...

    async def delete(self, key: str) -> bool:
        """Forgets a value; returns whether there was one."""
        ...

    async def clear(self) -> None:
        """Forgets everything."""
        ...

    def stats(self) -> CacheStats:
        """Returns counts since the start."""
        ...

    async def aclose(self) -> None:
        """Frees what is held. Idempotent."""
        ...
