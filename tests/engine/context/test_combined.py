"""Strategies together, snippets, and counts that learn."""

import pytest

from harness.adapters.embedders.hashing import HashingEmbedder
from harness.adapters.stores.memory import MemoryStore
from harness.domain.completions import CompletionChunk, FinishReason
from harness.domain.context import ContextPolicy, Snippet
from harness.domain.errors import ErrorCategory, InputError, ProviderError
from harness.domain.events import SnippetsShown
from harness.domain.usage import Usage
from harness.engine.context.strategies import fused
from harness.testing.scripted import ScriptedProvider
from harness.tokens import EstimatedTokenizer, Tokenizer
from tests.engine.context.test_summaries import Writer
from tests.engine.support import runtime

COUNT = Tokenizer("r50k_base")
TOPICS = ["the otter swims in the river", "a bicycle needs a chain", "bread is baked at dawn", "the comet returns late"]


def seen_by() -> ScriptedProvider:
    return ScriptedProvider(lambda prompt, options: "ok")


def texts(seen: ScriptedProvider) -> list[str]:
    return [message.text for message in seen.prompts[-1].messages]


async def test_a_condensed_turn_that_is_like_the_question_is_shown_in_full() -> None:
    seen, store = seen_by(), MemoryStore()
    policy = ContextPolicy(
        max_tokens=400,
        strategy=("summarization", "semantic"),
        reserve_output=50,
        summary_tokens=30,
        summarize_threshold=0.3,
        preserve_recent=2,
    )
    it = runtime(
        seen,
        store=store,
        context=policy,
        tokenizer=COUNT,
        summarizer=Writer(),
        embedder=HashingEmbedder(dimensions=256),
    )
    async with it:
        for number in range(24):
            await it.run(f"{TOPICS[min(number, 3)]} number {number} " + "and so on " * 8, conversation_id="c")
            assert it._memory is not None
            await it._memory.settle()
        await it.run("where does the otter swim, in which river?", conversation_id="c")
    shown = texts(seen)
    assert shown[0].startswith("[Summary of the earlier conversation]")
    assert any(text.startswith("the otter swims") for text in shown[1:])
    assert not any(text.startswith("a bicycle needs a chain number 1 ") for text in shown[1:-10])


async def test_importance_and_likeness_are_ranked_together() -> None:
    assert fused([(0, 1), (1, 2), (2, 3)], [(2, 3), (0, 1), (1, 2)]) == [(2, 3), (0, 1), (1, 2)]
    assert fused([(0, 1)], [(4, 5)]) == [(4, 5), (0, 1)]
    seen = seen_by()
    policy = ContextPolicy(max_tokens=260, strategy=("hierarchical", "semantic"), reserve_output=50, preserve_recent=2)
    async with runtime(seen, context=policy, tokenizer=COUNT, embedder=HashingEmbedder()) as it:
        await it.run("you must always remember that my name is Ada", conversation_id="c")
        await it.run(TOPICS[0], conversation_id="c")
        for number in range(20):
            await it.run(f"{TOPICS[3]} number {number} " + "and so on " * 6, conversation_id="c")
        await it.run("where does the otter swim, in which river?", conversation_id="c")
    assert "you must always remember that my name is Ada" in texts(seen)
    assert TOPICS[0] in texts(seen)


@pytest.mark.parametrize("strategy", [(), ("semantic", "none")])
def test_a_combination_that_is_none_is_refused(strategy: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"context\.strategy is"):
        ContextPolicy(max_tokens=1000, reserve_output=10, strategy=strategy)  # type: ignore[arg-type]


SNIPPETS = [Snippet("Bread is baked before dawn. " * 9, "bread.md"), Snippet("Otters swim in rivers.", 'ott"er\n.md')]


async def test_snippets_stand_before_what_is_said_and_are_not_saved() -> None:
    seen, store = seen_by(), MemoryStore()
    async with runtime(seen, store=store) as it:
        await it.run("first", conversation_id="c")
        events = [event async for event in it.stream("where do otters swim?", conversation_id="c", snippets=SNIPPETS)]
    *_, knowledge, said = texts(seen)
    assert said == "where do otters swim?"
    assert knowledge.startswith('<context>\n<snippet source="bread.md">\nBread')
    assert '<snippet source="ott er .md">\nOtters swim in rivers.\n</snippet>\n</context>' in knowledge
    assert [event.sources for event in events if isinstance(event, SnippetsShown)] == [("bread.md", 'ott"er\n.md')]
    assert all("<context>" not in message.text for message in (await store.load("c")).messages)


async def test_of_snippets_those_like_the_question_come_first_and_what_does_not_fit_is_told() -> None:
    seen = seen_by()
    policy = ContextPolicy(max_tokens=500, strategy="semantic", reserve_output=10, snippet_tokens=40)
    async with runtime(seen, context=policy, tokenizer=COUNT, embedder=HashingEmbedder()) as it:
        events = [event async for event in it.stream("where do otters swim?", snippets=SNIPPETS)]
    (shown,) = [event for event in events if isinstance(event, SnippetsShown)]
    assert (shown.sources, shown.dropped) == (('ott"er\n.md',), 1)
    assert 0 < shown.tokens <= 40
    assert texts(seen)[-1] == "where do otters swim?"
    assert "Otters" in texts(seen)[-2]


async def test_where_the_embedder_fails_snippets_are_taken_in_their_order() -> None:
    class Failing(HashingEmbedder):
        async def embed(self, texts: object) -> list[list[float]]:
            raise ProviderError("away", category=ErrorCategory.UNAVAILABLE)

    seen = seen_by()
    policy = ContextPolicy(max_tokens=500, strategy="semantic", reserve_output=10)
    async with runtime(seen, context=policy, tokenizer=COUNT, embedder=Failing()) as it:
        await it.run("where do otters swim?", snippets=SNIPPETS)
        assert it._memory is not None
        assert it._memory.failed_embeddings == 1
    assert texts(seen)[-2].index("Bread") < texts(seen)[-2].index("Otters")


async def test_what_the_provider_bills_mends_the_counts_of_the_conversation() -> None:
    """A provider that bills twice what the estimator thinks: what was counted before is counted anew."""
    words = " ".join(f"word{number}" for number in range(40))
    bill = 2 * EstimatedTokenizer().count(words)
    answer = [
        CompletionChunk(text=words),
        CompletionChunk(finish_reason=FinishReason.STOP, usage=Usage(input_tokens=9, output_tokens=bill)),
    ]
    estimator = EstimatedTokenizer("m")
    policy = ContextPolicy(max_tokens=4000, reserve_output=10)
    async with runtime(ScriptedProvider([answer] * 12), context=policy, tokenizer=estimator) as it:
        for _ in range(12):
            await it.run("tell me words", conversation_id="c")
        assert estimator.learnt == 12
        assert estimator.generation > 0
        assert abs(estimator.count(words) - bill) <= 0.05 * bill
        assert it._memory is not None
        known = it._memory._open["c"].history
        assert known.generation == estimator.generation
        assert abs(known.transcript.tokens(23, 24) - bill) <= 0.1 * bill
