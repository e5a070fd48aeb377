"""The suites for embedders and vector indexes hold what is right, and catch what is not."""

import math
from collections.abc import Sequence
from typing import Any

import pytest

from harness.domain.errors import InputError
from harness.testing.contracts.embedder import EmbedderContract
from harness.testing.contracts.vectors import VectorIndexContract


class LetterEmbedder:
    """Counts letters: enough to be an embedder."""

    dimensions = 27

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        out = []
        for text in texts:
            counts = [1e-3] + [0.0] * 26
            for letter in text.lower():
                if "a" <= letter <= "z":
                    counts[1 + ord(letter) - ord("a")] += 1.0
            norm = math.sqrt(sum(x * x for x in counts))
            out.append([x / norm for x in counts])
        return out

    async def aclose(self) -> None: ...


class ListIndex:
    """Looks at every vector: enough to be an index."""

    def __init__(self) -> None:
        self._vectors: dict[str, list[float]] = {}

    async def add(self, key: str, vector: Sequence[float]) -> None:
        lengths = {len(each) for each in self._vectors.values()} or {len(vector)}
        if len(vector) not in lengths or not all(math.isfinite(x) for x in vector):
            raise InputError("this vector cannot be compared with the others")
        norm = math.sqrt(sum(x * x for x in vector)) or 1.0
        self._vectors[key] = [x / norm for x in vector]

    async def nearest(self, vector: Sequence[float], k: int = 10) -> list[tuple[str, float]]:
        norm = math.sqrt(sum(x * x for x in vector)) or 1.0
        scored = [
            (key, sum(a * b / norm for a, b in zip(each, vector, strict=True))) for key, each in self._vectors.items()
        ]
        return sorted(scored, key=lambda pair: -pair[1])[:k]

    async def drop(self, key: str) -> bool:
        return self._vectors.pop(key, None) is not None

    async def aclose(self) -> None: ...


class TestLetterEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> LetterEmbedder:
        return LetterEmbedder()


class TestListIndex(VectorIndexContract):
    @pytest.fixture
    def index(self) -> ListIndex:
        return ListIndex()


async def test_the_suite_catches_an_embedder_that_mixes_up_its_texts() -> None:
    class Backwards(LetterEmbedder):
        async def embed(self, texts: Sequence[str]) -> list[list[float]]:
            return (await super().embed(texts))[::-1]

    with pytest.raises(AssertionError):
        await EmbedderContract().test_one_vector_a_text_in_order(Backwards())


async def test_the_suite_catches_an_index_that_takes_anything() -> None:
    class Careless(ListIndex):
        async def add(self, key: str, vector: Sequence[Any]) -> None:
            self._vectors[key] = list(vector)

    with pytest.raises(pytest.fail.Exception):
        await VectorIndexContract().test_vectors_that_cannot_be_compared_are_refused(Careless(), [1.0, 2.0])
