"""Summaries: made in the background, of whole turns, once; shown in the place of what they cover."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from harness.adapters.stores.memory import MemoryStore
from harness.domain.completions import CompletionChunk, FinishReason, Options, Prompt
from harness.domain.context import ContextPolicy
from harness.domain.errors import InputError, ProviderError
from harness.domain.events import ContextCondensed
from harness.domain.failures import ErrorCategory
from harness.engine.context.summaries import ARTIFACT
from harness.engine.harness import Runtime
from tests.engine.context.test_assembly import WORDS, words
from tests.engine.context.test_memory import Seen
from tests.engine.support import runtime

POLICY = ContextPolicy(
    max_tokens=200, reserve_output=50, strategy="summarization", summarize_threshold=0.5, summary_tokens=20
)


class Writer:
    """A provider that writes summaries: which turns it was shown, and no sooner than it is let."""

    name = "writer"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.options: list[Options] = []
        self.let = asyncio.Event()
        self.let.set()
        self.fail = False
        self.closed = False

    async def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        self.asked.append(prompt.messages[-1].text)
        self.options.append(options)
        await self.let.wait()
        if self.fail:
            raise ProviderError("down", category=ErrorCategory.UNAVAILABLE, provider=self.name)
        yield CompletionChunk(text=f"summary{len(self.asked)} " + words(50))
        yield CompletionChunk(finish_reason=FinishReason.STOP)

    async def aclose(self) -> None:
        self.closed = True


def harness(seen: Seen, writer: Writer, store: MemoryStore, policy: ContextPolicy = POLICY) -> Runtime:
    return runtime(seen.provider, store=store, context=policy, tokenizer=WORDS, summarizer=writer)


async def settle(it: Runtime) -> None:
    assert it._memory is not None
    await it._memory.settle()


async def talk(it: Runtime, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        await it.run(f"turn{number} " + words(9), conversation_id="c")
        await settle(it)


async def test_the_older_half_is_summarised_before_the_window_is_full_and_never_twice() -> None:
    seen, writer, store = Seen(), Writer(), MemoryStore()
    async with harness(seen, writer, store) as it:
        await talk(it, 30)
        assert len(writer.asked) > 1
        told = [
            line for said in writer.asked for line in said.split("New turns:")[1].split() if line.startswith("turn")
        ]
        assert told == [f"turn{number}" for number in range(len(told))], "each turn once, in order"
        first, *_ = seen.prompts[-1].messages
        assert first.text.startswith("[Summary of the earlier conversation]\nsummary")
        assert WORDS.count(first.text) <= 20 + 5, "cut to its limit"
        await it.run(words(1), conversation_id="c")
        shown = [message.text.split()[0] for message in seen.prompts[-1].messages[1:-1] if message.role == "user"]
        assert shown == [f"turn{number}" for number in range(len(told), 30)], "and the rest as it was said"
    assert (await store.load("c")).length == 31, "the turns are never destroyed"
    assert writer.closed


async def test_it_is_kept_beside_the_turns_and_found_by_another_process() -> None:
    seen, writer, store = Seen(), Writer(), MemoryStore()
    async with harness(seen, writer, store) as it:
        await talk(it, 10)
    artifact = await store.get_artifact("c", ARTIFACT)
    assert artifact is not None
    until = json.loads(artifact.data)["until"]
    async with harness(seen, Writer(), store) as other:
        events = [event async for event in other.stream("and now", conversation_id="c")]
        told = [event for event in events if isinstance(event, ContextCondensed)]
        assert [event.turns for event in told] == [until]
        assert seen.prompts[-1].messages[0].text.startswith("[Summary")
        assert seen.prompts[-1].messages[1].text.startswith(f"turn{until}")


async def test_the_run_does_not_wait_for_it() -> None:
    seen, writer, store = Seen(), Writer(), MemoryStore()
    writer.let.clear()
    async with harness(seen, writer, store) as it:
        for number in range(12):
            await it.run(f"turn{number} " + words(9), conversation_id="c")
        assert len(writer.asked) <= 1, "one at a time"
        writer.let.set()
        await settle(it)
        await it.run("last", conversation_id="c")
        assert seen.prompts[-1].messages[0].text.startswith("[Summary")


async def test_a_writer_that_fails_costs_nothing_but_the_summary() -> None:
    seen, writer, store = Seen(), Writer(), MemoryStore()
    writer.fail = True
    async with harness(seen, writer, store) as it:
        await talk(it, 12)
        assert it._memory is not None
        assert it._memory.failed_summaries == len(writer.asked) > 0
        assert not seen.prompts[-1].messages[0].text.startswith("[Summary")
        writer.fail = False
        await talk(it, 2, 12)
        assert seen.prompts[-1].messages[0].text.startswith("[Summary")


async def test_of_two_processes_one_writes() -> None:
    store, one, two = MemoryStore(), Writer(), Writer()
    seen = Seen()
    one.let.clear()
    async with harness(seen, one, store) as first, harness(seen, two, store) as second:
        number = 0
        while not one.asked:
            await first.run(f"turn{number} " + words(9), conversation_id="c")
            number += 1
            await asyncio.sleep(0)
        await talk(second, 6, number)
        kept = await store.get_artifact("c", ARTIFACT)
        assert kept is not None
        one.let.set()
        await settle(first)
        assert await store.get_artifact("c", ARTIFACT) == kept, "the second to come gave way"
        await first.run("last", conversation_id="c")
        assert seen.prompts[-1].messages[0].text.startswith("[Summary")


async def test_closing_leaves_no_task() -> None:
    seen, writer, store = Seen(), Writer(), MemoryStore()
    writer.let.clear()
    it = harness(seen, writer, store)
    while not writer.asked:
        await it.run(f"x {words(20)}", conversation_id="c")
        await asyncio.sleep(0)
    closing = asyncio.ensure_future(it.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_summary_that_cannot_be_read_is_made_anew() -> None:
    seen, writer, store = Seen(), Writer(), MemoryStore()
    await store.put_artifact("c", ARTIFACT, b"{torn")
    async with harness(seen, writer, store) as it:
        await talk(it, 10)
        assert seen.prompts[-1].messages[0].text.startswith("[Summary")


async def test_a_cheap_model_of_its_own_writes_it() -> None:
    seen, writer, store = Seen(), Writer(), MemoryStore()
    policy = ContextPolicy(
        max_tokens=200, reserve_output=50, strategy="summarization", summary_tokens=20, summary_model="small"
    )
    async with harness(seen, writer, store, policy) as it:
        await talk(it, 10)
    assert {options.model for options in writer.options} == {"small"}
    assert {options.max_tokens for options in writer.options} == {20}


def test_a_summary_needs_a_window() -> None:
    with pytest.raises(InputError, match="nothing says how large the window is"):
        ContextPolicy(strategy="summarization")
    with pytest.raises(InputError, match="must be above 0 and below 1"):
        ContextPolicy(summarize_threshold=1.0)
