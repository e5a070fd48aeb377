"""The lexical embedder: the contract, and that it is the same everywhere."""

import pytest

from harness.adapters.embedders.hashing import HashingEmbedder
from harness.domain.errors import InputError
from harness.testing.contracts.embedder import EmbedderContract


class TestHashingEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> HashingEmbedder:
        return HashingEmbedder()


async def test_a_text_has_the_same_vector_everywhere() -> None:
    (vector,) = await HashingEmbedder(16).embed(["Ada"])
    assert [round(each, 3) for each in vector] == [
        0.0,
        0.236,
        0.0,
        -0.236,
        0.0,
        0.0,
        0.0,
        0.0,
        0.943,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ]
    assert HashingEmbedder(16).name == "hashing-16"


def test_too_few_dimensions_are_refused() -> None:
    with pytest.raises(InputError, match="tells nothing apart"):
        HashingEmbedder(8)
