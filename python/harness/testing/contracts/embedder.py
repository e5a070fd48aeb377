"""What every `Embedder` must keep."""

from __future__ import annotations

import math

from harness.ports.embedder import Embedder


def _cosine(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


class EmbedderContract:
    """Derive from it and give a fixture `embedder`."""

    async def test_one_vector_a_text_in_order(self, embedder: Embedder) -> None:
        together = await embedder.embed(["first", "second", "third"])
        alone = [(await embedder.embed([text]))[0] for text in ("first", "second", "third")]
        assert len(together) == 3
        for one, other in zip(together, alone, strict=True):
            assert _cosine(one, other) > 0.999

    async def test_vectors_have_the_stated_length_and_unit_norm(self, embedder: Embedder) -> None:
        for vector in await embedder.embed(["a text", "another, rather longer text with many words in it"]):
            assert len(vector) == embedder.dimensions
            assert math.isclose(math.sqrt(sum(x * x for x in vector)), 1.0, rel_tol=1e-3)

    async def test_no_texts_no_vectors(self, embedder: Embedder) -> None:
        assert await embedder.embed([]) == []

    async def test_the_empty_text_and_any_script_have_finite_vectors(self, embedder: Embedder) -> None:
        for vector in await embedder.embed(["", " ", "日本語", "🙂", "x" * 20_000]):
            assert len(vector) == embedder.dimensions
            assert all(math.isfinite(x) for x in vector)

    async def test_like_texts_lie_nearer_than_unlike_ones(self, embedder: Embedder) -> None:
        one, like, unlike = await embedder.embed(
            ["how do I reset my password", "how can I reset my password", "bake the bread for forty minutes"]
        )
        assert _cosine(one, like) > _cosine(one, unlike)

    async def test_closing_twice_is_closing_once(self, embedder: Embedder) -> None:
        await embedder.aclose()
        await embedder.aclose()
