"""Cancelling: at every await, from every side, with nothing left behind."""

import asyncio
import contextlib
import gc
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from harness.adapters.stores.memory import MemoryRunStore, MemoryStore
from harness.domain.completions import CompletionChunk, FinishReason, Options, Prompt, ToolCallDelta
from harness.domain.errors import BudgetExceeded
from harness.domain.events import RunCancelled, RunCompleted, TextDelta, ToolFinished, ToolStarted
from harness.domain.messages import Conversation, Turn
from harness.domain.policies import Policy
from harness.testing.scripted import ScriptedProvider, call
from tests.engine.support import FunctionalTool, runtime


class Pausing:
    """A provider, a store and a tool in which every await is a real suspension, so that each can be cancelled at."""

    name = "pausing"

    def __init__(self) -> None:
        self.open_streams = 0
        self.tools_at_work = 0

    async def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        self.open_streams += 1
        try:
            await asyncio.sleep(0)
            if not prompt.messages[-1].tool_results:
                for index in range(2):
                    yield CompletionChunk(tool_calls=(ToolCallDelta(index, f"c{index}", "work", "{}"),))
                    await asyncio.sleep(0)
                yield CompletionChunk(finish_reason=FinishReason.TOOL_CALLS)
            else:
                yield CompletionChunk(text="done")
                await asyncio.sleep(0)
                yield CompletionChunk(finish_reason=FinishReason.STOP)
            await asyncio.sleep(0)
        finally:
            self.open_streams -= 1

    async def aclose(self) -> None: ...

    async def work(self) -> str:
        self.tools_at_work += 1
        try:
            await asyncio.sleep(0)
            return "worked"
        finally:
            self.tools_at_work -= 1


class PausingStore(MemoryStore):
    async def load(self, conversation_id: str, *, last_turns: int | None = None) -> Conversation:
        await asyncio.sleep(0)
        return await super().load(conversation_id, last_turns=last_turns)

    async def append(self, conversation_id: str, turn: Turn, *, position: int | None = None) -> int:
        await asyncio.sleep(0)
        length = await super().append(conversation_id, turn, position=position)
        await asyncio.sleep(0)
        return length


class PausingJournal(MemoryRunStore):
    async def append(self, event: Any) -> None:
        await asyncio.sleep(0)
        await super().append(event)


def check_whole(conversation: Conversation) -> None:
    for turn in conversation.turns:
        asked = [c.id for message in turn.messages for c in message.tool_calls]
        answered = [r.call_id for message in turn.messages for r in message.tool_results]
        assert asked == answered
        assert turn.messages[-1].text == "done"


async def cancelled_after(steps: int, *, streamed: bool) -> bool:
    """Cancels a run after `steps` turns of the loop; returns whether it had ended by then."""
    provider, store, journal = Pausing(), PausingStore(), PausingJournal()
    harness = runtime(provider, FunctionalTool("work", provider.work), store=store, run_store=journal)

    async def consume() -> None:
        if not streamed:
            await harness.run("go", conversation_id="c")
            return
        async with aclosing(harness.stream("go", conversation_id="c")) as events:
            async for _ in events:
                await asyncio.sleep(0)

    task = asyncio.ensure_future(consume())
    for _ in range(steps):
        await asyncio.sleep(0)
    ended = task.done()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert provider.open_streams == 0
    assert provider.tools_at_work == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len(harness._locks) == 0
    check_whole(await MemoryStore.load(store, "c"))
    (run,) = await journal.list_runs() or [None]
    if run is not None and not ended:
        last = (await journal.events(run.run_id))[-1]
        assert isinstance(last, RunCancelled | RunCompleted)
    return ended


@pytest.mark.parametrize("streamed", [False, True])
async def test_cancelling_at_every_await_leaves_nothing_behind(streamed: bool) -> None:
    for steps in range(400):
        if await cancelled_after(steps, streamed=streamed):
            assert steps > 20, "the run ended before there was much to cancel"
            return
    pytest.fail("the run never ended")


async def test_closing_a_stream_at_every_event_leaves_nothing_behind() -> None:
    reached_the_end = False
    stop_at = 0
    while not reached_the_end:
        provider, store = Pausing(), PausingStore()
        journal = PausingJournal()
        harness = runtime(provider, FunctionalTool("work", provider.work), store=store, run_store=journal)
        stream = harness.stream("go", conversation_id="c")
        reached_the_end = True
        seen = 0
        async for _event in stream:
            if seen == stop_at:
                reached_the_end = False
                break
            seen += 1
        await stream.aclose()
        await stream.aclose()
        assert (provider.open_streams, provider.tools_at_work) == (0, 0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert len(harness._locks) == 0
        check_whole(await MemoryStore.load(store, "c"))
        stop_at += 1
    assert stop_at > 15


async def test_a_stream_that_is_left_and_forgotten_cleans_up_by_itself() -> None:
    provider = Pausing()
    harness = runtime(provider, FunctionalTool("work", provider.work))

    async def leave() -> None:
        async for event in harness.stream("go", conversation_id="c"):
            if isinstance(event, TextDelta):
                break

    await leave()
    gc.collect()
    for _ in range(20):
        await asyncio.sleep(0)
    assert provider.open_streams == 0
    assert len(harness._locks) == 0


async def test_a_stream_never_begun_holds_nothing() -> None:
    harness = runtime(ScriptedProvider([]))
    stream = harness.stream("go")
    gone = weakref.ref(stream)
    del stream
    gc.collect()
    assert gone() is None
    other = harness.stream("go")
    await other.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(other)


async def test_two_readers_of_one_stream_are_refused() -> None:
    provider = Pausing()
    stream = runtime(provider, FunctionalTool("work", provider.work), run_store=PausingJournal()).stream("go")
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="another task"):
        await anext(stream)
    await first
    await stream.aclose()


async def test_a_stream_may_be_read_by_one_task_and_then_another() -> None:
    stream = runtime(ScriptedProvider(["one two three"])).stream("go")
    events = []
    while True:
        try:
            events.append(await asyncio.ensure_future(anext(stream)))
        except StopAsyncIteration:
            break
    assert isinstance(events[-1], RunCompleted)


async def test_the_run_timeout_ends_a_hanging_model() -> None:
    async def hang(prompt: Prompt, options: Options) -> str:
        await asyncio.Event().wait()
        return ""

    harness = runtime(ScriptedProvider(hang), policy=Policy(run_timeout_s=0.02))
    with pytest.raises(BudgetExceeded, match=r"run_timeout_s of 0.02 s") as caught:
        await harness.run("go")
    assert caught.value.limit == "run_timeout_s"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_the_run_timeout_ends_hanging_tools_and_what_they_started() -> None:
    inner_ended = asyncio.Event()

    async def script(prompt: Prompt, options: Options) -> Any:
        if prompt.messages[0].text == "inner":
            try:
                await asyncio.Event().wait()
            finally:
                inner_ended.set()
        return call("dive")

    async def dive() -> str:
        return (await harness.run("inner", policy=Policy(run_timeout_s=100))).text

    harness = runtime(ScriptedProvider(script), FunctionalTool("dive", dive), policy=Policy(run_timeout_s=0.05))
    with pytest.raises(BudgetExceeded):
        await harness.run("go")
    assert inner_ended.is_set()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_run_timeout_finds_a_reader_that_comes_back_late() -> None:
    harness = runtime(ScriptedProvider(["one two three"]), policy=Policy(run_timeout_s=0.01))
    stream = harness.stream("go")
    await anext(stream)
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_later(0.03, passed.set_result, None)
    await passed
    with pytest.raises(BudgetExceeded):
        async for _ in stream:
            pass


async def test_an_outside_cancel_wins_over_the_deadline() -> None:
    async def hang(prompt: Prompt, options: Options) -> str:
        await asyncio.Event().wait()
        return ""

    harness = runtime(ScriptedProvider(hang), policy=Policy(run_timeout_s=60))
    task = asyncio.ensure_future(harness.run("go"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_reader_that_raises_between_events_does_not_hang_the_tools() -> None:
    provider = Pausing()
    harness = runtime(provider, FunctionalTool("work", provider.work))
    with pytest.raises(ZeroDivisionError):
        async with aclosing(harness.stream("go")) as events:
            async for event in events:
                if isinstance(event, ToolStarted | ToolFinished):
                    raise ZeroDivisionError
    assert provider.tools_at_work == 0


async def test_two_hundred_runs_at_once_with_five_tools_each() -> None:
    async def work(n: int) -> int:
        await asyncio.sleep(0)
        return n

    def script(prompt: Prompt, options: Options) -> Any:
        if prompt.messages[-1].tool_results:
            return "done"
        return [call("work", {"n": n}, call_id=f"c{n}") for n in range(5)]

    journal = MemoryRunStore()
    harness = runtime(ScriptedProvider(script), FunctionalTool("work", work), run_store=journal)
    results = await asyncio.gather(*[harness.run("go", conversation_id=f"c{i}") for i in range(200)])
    assert [len(result.tool_calls) for result in results] == [5] * 200
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len(harness._locks) == 0


@pytest.fixture(autouse=True)
def nothing_unraisable() -> Iterator[None]:
    yield
    gc.collect()
