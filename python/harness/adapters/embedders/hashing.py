"""Texts into vectors by their words and letters, without any model: the offline default. Lexical, not semantic."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from zlib import crc32

from harness.domain.errors import InputError

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """An `Embedder` that hashes words and the trigrams of their letters into a vector of unit length.

    Texts that share words, or forms of them, are near to each other; texts that say the same in other words are not. It
    knows no language and needs neither model nor network. The same text gives the same vector in every process.

    Args:
        dimensions: length of the vectors, at least 16. More tell more texts apart.

    Raises:
        InputError: too few dimensions.

    The method is feature hashing with signs (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask
    Learning").
    """

    def __init__(self, dimensions: int = 256) -> None:
        if dimensions < 16:
            raise InputError(f"an embedder of {dimensions} dimensions tells nothing apart", remedy="take 16 or more")
        self._dimensions = dimensions

    @property
    def name(self) -> str:
        """Says what made a vector: those of different names cannot be compared."""
        return f"hashing-{self._dimensions}"

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return self._dimensions

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns one vector a text, of unit length; of a text without words all zeros."""
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        sums = [0.0] * self._dimensions
        for word in _WORD.findall(text.lower()):
            self._add(sums, word, 1.0)
            padded = f"<{word}>"
            share = 1.0 / max(1, len(padded) - 2)
            for at in range(len(padded) - 2):
                self._add(sums, padded[at : at + 3], share)
        length = math.sqrt(sum(each * each for each in sums))
        return [each / length for each in sums] if length else sums

    def _add(self, sums: list[float], feature: str, weight: float) -> None:
        number = crc32(feature.encode("utf-8", "replace"))
        sums[number % self._dimensions] += weight if number & 0x8000_0000 else -weight

    async def aclose(self) -> None:
        """Holds nothing."""
