"""Texts into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class Embedder(Protocol):
    """Maps texts to vectors of one length, so that texts of like meaning lie near each other."""

    @property
    def dimensions(self) -> int:
        """The length of every vector."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns one unit-length vector a text, in order.

        Raises:
            ProviderError: the model behind it did not answer.
        """
        ...

    async def aclose(self) -> None:
        """Frees what is held. Idempotent."""
        ...
