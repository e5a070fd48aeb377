"""Finding the nearest vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class VectorIndex(Protocol):
    """Holds vectors by key and finds the nearest by cosine."""

    async def add(self, key: str, vector: Sequence[float]) -> None:
        """Adds a vector, or replaces the one of that key.

        Raises:
            InputError: its length differs from the others', or it holds what is no finite number.
        """
        ...

    async def nearest(self, vector: Sequence[float], k: int = 10) -> list[tuple[str, float]]:
        """Returns at most `k` keys with their cosine to `vector`, the nearest first."""
        ...

    async def drop(self, key: str) -> bool:
        """Removes a vector; returns whether there was one."""
        ...

    async def aclose(self) -> None:
        """Frees what is held. Idempotent."""
        ...
