"""Earlier turns by likeness: shown before others, embedded once, and not at all where the embedder fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.adapters.embedders.hashing import HashingEmbedder
from harness.adapters.stores.memory import MemoryStore
from harness.domain.context import ContextPolicy
from harness.domain.errors import InputError, ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import Message, Turn
from tests.engine.context.test_assembly import WORDS
from tests.engine.context.test_memory import Seen
from tests.engine.support import runtime

POLICY = ContextPolicy(max_tokens=120, reserve_output=20, strategy="semantic", preserve_recent=2)


class Counting(HashingEmbedder):
    """Notes what it embeds; may fail."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.fail = False
        self.closed = False

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self.fail:
            raise ProviderError("down", category=ErrorCategory.UNAVAILABLE, provider="embedder")
        self.texts += texts
        return await super().embed(texts)

    async def aclose(self) -> None:
        self.closed = True


async def filled() -> MemoryStore:
    store = MemoryStore()
    for number in range(40):
        said = "the invoice of the plumber is 340 euros" if number == 4 else f"chat number {number} about the weather"
        await store.append("c", Turn(f"r{number}", (Message.user(said), Message.assistant("I see"))))
    return store


async def test_what_is_like_the_question_is_shown_and_everything_embedded_once() -> None:
    seen, embedder, store = Seen(), Counting(), await filled()
    async with runtime(seen.provider, store=store, context=POLICY, tokenizer=WORDS, embedder=embedder) as it:
        await it.run("how much was the plumber's invoice?", conversation_id="c")
        assert any("340 euros" in text for text in seen.last)
        assert seen.last[-1].startswith("how much")
        assert len(seen.last) < 40
        first = len(embedder.texts)
        assert first == 81, "80 messages and the question"
        await it.run("and the weather?", conversation_id="c")
        assert len(embedder.texts) == first + 3, "the last turn and the new question"
        assert not any("340 euros" in text for text in seen.last)
    assert embedder.closed


async def test_an_embedder_that_fails_leaves_the_last_turns() -> None:
    seen, embedder = Seen(), Counting()
    embedder.fail = True
    async with runtime(seen.provider, store=await filled(), context=POLICY, tokenizer=WORDS, embedder=embedder) as it:
        assert (await it.run("how much was the plumber's invoice?", conversation_id="c")).text == "ok then"
        assert seen.last[-3] == "chat number 39 about the weather"
        assert it._memory is not None
        assert it._memory.failed_embeddings == 1


def test_without_an_embedder_it_is_refused() -> None:
    with pytest.raises(InputError, match="there is no embedder"):
        runtime(Seen().provider, context=POLICY, tokenizer=WORDS)
