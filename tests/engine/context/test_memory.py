"""Runs on long conversations: what is loaded, what is shown, what is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.adapters.stores.memory import MemoryStore
from harness.domain.completions import Options, Prompt
from harness.domain.context import ContextPolicy, Strategy
from harness.domain.errors import ContextOverflow
from harness.domain.events import ContextFitted, Event, RunFailed
from harness.domain.messages import Conversation, ImagePart, Message, Turn
from harness.engine.context.pins import keep_pin, read_pins
from harness.engine.harness import Runtime
from harness.ports.clock import SystemClock
from harness.testing.scripted import ScriptedProvider
from tests.engine.context.test_assembly import WORDS, words
from tests.engine.support import runtime


class CountingStore(MemoryStore):
    """Counts the turns that were loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded = 0

    async def load(self, conversation_id: str, *, last_turns: int | None = None) -> Conversation:
        conversation = await super().load(conversation_id, last_turns=last_turns)
        self.loaded += len(conversation.turns)
        return conversation


class Seen:
    """A provider that answers "ok" and notes the prompts."""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.provider = ScriptedProvider(self._answer)

    def _answer(self, prompt: Prompt, options: Options) -> str:
        self.prompts.append(prompt)
        return "ok then"

    @property
    def last(self) -> list[str]:
        return [message.text.strip() for message in self.prompts[-1].messages]


def harness(seen: Seen, store: MemoryStore, policy: ContextPolicy, **more: Any) -> Runtime:
    return runtime(seen.provider, store=store, context=policy, tokenizer=WORDS, **more)


async def filled(count: int) -> CountingStore:
    store = CountingStore()
    for number in range(count):
        turn = Turn(f"r{number}", (Message.user(f"turn {number}"), Message.assistant("so be it")), created_at=number)
        await store.append("c", turn)
    store.loaded = 0
    return store


@pytest.mark.parametrize("length", [1_000, 10_000, 100_000])
async def test_a_turn_of_a_long_conversation_loads_its_window_alone(length: int) -> None:
    store, seen = await filled(length), Seen()
    async with harness(seen, store, ContextPolicy(max_tokens=300, reserve_output=100)) as it:
        await it.run("and now", conversation_id="c")
        first = store.loaded
        assert 0 < first <= 64
        assert seen.last[-3:] == [f"turn {length - 1}", "so be it", "and now"]
        await it.run("more", conversation_id="c")
        assert store.loaded == first + 1, "of what is known only the last turn is looked at again"
        assert seen.last[-3:] == ["and now", "ok then", "more"]
    assert (await store.load("c", last_turns=1)).length == length + 2


async def test_what_is_left_out_is_an_event_once_and_when_it_grows() -> None:
    store, seen = await filled(50), Seen()
    policy = ContextPolicy(max_tokens=300, reserve_output=200, strategy="hierarchical")
    async with harness(seen, store, policy, system="be brief") as it:
        events = [event async for event in it.stream("and now", conversation_id="c")]
    told = [event for event in events if isinstance(event, ContextFitted)]
    assert len(told) == 1
    assert told[0].kept + told[0].dropped == 101
    assert told[0].tokens <= 100
    assert seen.last[0] == "be brief"


async def test_what_does_not_fit_is_an_error_with_the_counts() -> None:
    seen, heard = Seen(), list[Event]()

    class Ear:
        def on_event(self, event: Event) -> None:
            heard.append(event)

        async def aclose(self) -> None: ...

    async with harness(seen, MemoryStore(), ContextPolicy(max_tokens=60, reserve_output=10), sinks=[Ear()]) as it:
        with pytest.raises(ContextOverflow, match="what must be shown 104 tokens, in a window of 60") as caught:
            await it.run(words(100), conversation_id="c")
        assert (caught.value.needed, caught.value.allowed) == (104, 47)
        assert isinstance(heard[-1], RunFailed)
        assert (await it.run("short", conversation_id="c")).text == "ok then"
    assert not seen.prompts[0].messages[0].text.startswith("word")


async def test_turns_that_another_process_wrote_are_seen() -> None:
    store, seen = await filled(3), Seen()
    async with harness(seen, store, ContextPolicy(max_tokens=5_000)) as it:
        await it.run("mine", conversation_id="c")
        await store.append("c", Turn("x", (Message.user("theirs"), Message.assistant("yes"))))
        await it.run("again", conversation_id="c")
        assert seen.last[-4:] == ["ok then", "theirs", "yes", "again"]
        await store.delete("c")
        await it.run("fresh", conversation_id="c")
        assert seen.last == ["fresh"]


async def test_another_conversation_of_the_same_name_and_length_is_another() -> None:
    store, seen = CountingStore(), Seen()
    async with harness(seen, store, ContextPolicy(max_tokens=5_000)) as it:
        await it.run("a secret", conversation_id="c")
        await store.delete("c")
        await store.append("c", Turn("other", (Message.user("hello"), Message.assistant("hi"))))
        await it.run("well", conversation_id="c")
        assert seen.last == ["hello", "hi", "well"]


async def test_what_was_pinned_stays() -> None:
    store, seen = CountingStore(), Seen()
    policy = ContextPolicy(max_tokens=300, reserve_output=200, strategy="hierarchical", preserve_recent=2)
    async with harness(seen, store, policy) as it:
        await it.run("my name is Ada", conversation_id="c", pinned=True)
        for number in range(40):
            await it.run(f"and number {number}", conversation_id="c")
        assert seen.last[0] == "my name is Ada"
        assert len(seen.last) < 40
    assert (await store.load("c")).messages[0].pinned


class Hands(SystemClock):
    """A clock whose time of day is set by hand."""

    time = 1000.0

    def now(self) -> float:  # type: ignore[override]
        return self.time


async def test_after_a_long_silence_earlier_turns_are_shown_no_more() -> None:
    clock, store, seen = Hands(), CountingStore(), Seen()
    async with harness(seen, store, ContextPolicy(clear_after_s=60), clock=clock) as it:
        await it.run("one", conversation_id="c")
        clock.time += 59
        await it.run("two", conversation_id="c")
        assert seen.last == ["one", "ok then", "two"]
        clock.time += 60
        await it.run("three", conversation_id="c")
        assert seen.last == ["three"]
    assert (await store.load("c")).length == 3, "nothing is destroyed"


async def test_last_turns_bounds_what_is_looked_at() -> None:
    store, seen = await filled(100), Seen()
    async with harness(seen, store, ContextPolicy(last_turns=2)) as it:
        await it.run("now", conversation_id="c")
    assert seen.last == ["turn 98", "so be it", "turn 99", "so be it", "now"]


async def test_a_run_without_a_conversation_is_fitted_too() -> None:
    seen = Seen()
    async with harness(seen, MemoryStore(), ContextPolicy(max_tokens=60, reserve_output=10)) as it:
        assert (await it.run("x")).text == "ok then"
        with pytest.raises(ContextOverflow):
            await it.run(words(80))


@pytest.mark.parametrize("strategy", ["sliding_window", "summarization"])
async def test_what_was_pinned_is_shown_by_another_process_that_loads_its_window_alone(strategy: Strategy) -> None:
    store, seen = CountingStore(), Seen()
    image = ImagePart(data=b"\x89PNG", media_type="image/png")
    async with harness(seen, store, ContextPolicy(max_tokens=9000, strategy=strategy)) as it:
        await it.run("my name is Ada", conversation_id="c", pinned=True)
        await it.run("look", conversation_id="c", images=[image, ImagePart(url="https://x/y.png")], pinned=True)
    for number in range(2, 200):
        await store.append("c", Turn(f"t{number}", (Message.user(f"turn {number}"), Message.assistant("so be it"))))
    seen = Seen()
    policy = ContextPolicy(max_tokens=2200, reserve_output=100, last_turns=20, strategy=strategy)
    async with harness(seen, store, policy) as it:
        await it.run("who am I?", conversation_id="c")
        assert seen.last[0] == "my name is Ada"
        assert seen.last[-1] == "who am I?"
        pictures = [part for part in seen.prompts[-1].messages[1].parts if isinstance(part, ImagePart)]
        assert pictures == [image, ImagePart(url="https://x/y.png")]
        await it.run("again", conversation_id="c")
        assert seen.last[0] == "my name is Ada"


async def test_pins_of_an_unknown_format_are_none_and_written_over() -> None:
    store = CountingStore()
    await store.put_artifact("c", "harness.pins", b"{torn")
    await store.append("c", Turn("t", (Message.user("turn"), Message.assistant("so be it"))))
    assert await read_pins(store, "c") == []
    await keep_pin(store, "c", 0, [replace(Message.user("keep"), pinned=True), Message.user("let go")])
    assert [(pin.turn, pin.message.text) for pin in await read_pins(store, "c")] == [(0, "keep")]
