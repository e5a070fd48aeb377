"""What every `VectorIndex` must keep. Its vectors have three dimensions here."""

from __future__ import annotations

import math

import pytest

from harness.domain.errors import InputError
from harness.ports.vectors import VectorIndex


class VectorIndexContract:
    """Derive from it and give a fixture `index`: an empty one."""

    async def test_the_nearest_come_first_with_their_cosine(self, index: VectorIndex) -> None:
        await index.add("x", [1.0, 0.0, 0.0])
        await index.add("y", [0.0, 1.0, 0.0])
        await index.add("xy", [1.0, 1.0, 0.0])
        found = await index.nearest([1.0, 0.1, 0.0], k=3)
        assert [key for key, _ in found] == ["x", "xy", "y"]
        assert math.isclose(found[0][1], 1 / math.sqrt(1.01), rel_tol=1e-4)

    async def test_length_does_not_matter_only_direction(self, index: VectorIndex) -> None:
        await index.add("long", [100.0, 0.0, 0.0])
        assert math.isclose((await index.nearest([0.01, 0.0, 0.0], k=1))[0][1], 1.0, rel_tol=1e-4)

    async def test_no_more_than_asked_for_and_no_more_than_there_are(self, index: VectorIndex) -> None:
        assert await index.nearest([1.0, 0.0, 0.0]) == []
        for number in range(5):
            await index.add(str(number), [1.0, float(number), 0.0])
        assert len(await index.nearest([1.0, 0.0, 0.0], k=2)) == 2
        assert len(await index.nearest([1.0, 0.0, 0.0], k=50)) == 5

    async def test_adding_a_key_again_replaces_its_vector(self, index: VectorIndex) -> None:
        await index.add("a", [1.0, 0.0, 0.0])
        await index.add("a", [0.0, 1.0, 0.0])
        assert [(key, round(cosine, 3)) for key, cosine in await index.nearest([0.0, 1.0, 0.0])] == [("a", 1.0)]

    async def test_what_was_dropped_is_not_found(self, index: VectorIndex) -> None:
        await index.add("a", [1.0, 0.0, 0.0])
        assert await index.drop("a") is True
        assert await index.drop("a") is False
        assert await index.nearest([1.0, 0.0, 0.0]) == []

    @pytest.mark.parametrize("vector", [[1.0, 2.0], [math.nan, 0.0, 0.0], [math.inf, 0.0, 0.0]])
    async def test_vectors_that_cannot_be_compared_are_refused(self, index: VectorIndex, vector: list[float]) -> None:
        await index.add("a", [1.0, 0.0, 0.0])
        with pytest.raises(InputError):
            await index.add("bad", vector)
        assert [key for key, _ in await index.nearest([1.0, 0.0, 0.0])] == ["a"]

    async def test_closing_twice_is_closing_once(self, index: VectorIndex) -> None:
        await index.aclose()
        await index.aclose()
