"""The tool loop: turns, order, errors, limits, the trail."""

import asyncio
import json
from typing import Any

import pytest

from harness.adapters.stores.memory import MemoryRunStore, MemoryStore
from harness.domain.completions import CompletionChunk, FinishReason, Options, Prompt, ToolCallDelta
from harness.domain.errors import (
    BudgetExceeded,
    ConversationConflict,
    HarnessError,
    InputError,
    PolicyViolation,
    ProviderError,
    StoreError,
    ToolError,
)
from harness.domain.events import (
    AttemptFinished,
    NoProgressWarned,
    RunCompleted,
    RunFailed,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from harness.domain.failures import ErrorCategory, ToolErrorKind
from harness.domain.messages import Message, Role, Turn
from harness.domain.policies import Policy
from harness.domain.tools import ToolCall
from harness.domain.usage import Usage
from harness.engine.run.progress import NOTE
from harness.testing.scripted import ScriptedProvider, call
from tests.engine.support import FunctionalTool, runtime


def results(prompt: Prompt) -> list[str]:
    return [result.content for message in prompt.messages for result in message.tool_results]


async def test_a_plain_answer() -> None:
    provider = ScriptedProvider(["Hello there."])
    harness = runtime(provider)
    result = await harness.run("hi")
    assert result.text == "Hello there."
    assert result.finish_reason is FinishReason.STOP
    assert result.iterations == 1
    assert [message.role for message in result.messages] == [Role.USER, Role.ASSISTANT]
    assert provider.prompts[0].messages == (Message.user("hi"),)


async def test_tools_are_called_and_their_results_given_back() -> None:
    provider = ScriptedProvider([call("add", {"a": 2, "b": 3}), "5"])
    result = await runtime(provider, FunctionalTool("add", lambda a, b: a + b)).run("2+3?")
    assert result.text == "5"
    (record,) = result.tool_calls
    assert (record.name, record.arguments, record.result, record.error) == ("add", {"a": 2, "b": 3}, 5, None)
    assert results(provider.prompts[1]) == ["5"]
    assert [tool.name for tool in provider.prompts[0].tools] == ["add"]


async def test_usage_is_summed_and_the_trail_is_kept() -> None:
    provider = ScriptedProvider([call("add", {"a": 1, "b": 1}), "2"], usage=Usage(7, 3, cost_usd=0.5))
    result = await runtime(provider, FunctionalTool("add", lambda a, b: a + b)).run("1+1?")
    assert result.usage == Usage(14, 6, cost_usd=1.0)
    assert [(attempt.route.provider, attempt.category, attempt.usage) for attempt in result.attempts] == [
        ("scripted", None, Usage(7, 3, cost_usd=0.5))
    ] * 2
    assert result.route is not None
    assert result.route.provider == "scripted"


async def test_results_land_as_they_come_and_reach_the_model_in_call_order() -> None:
    slow_may_end = asyncio.Event()

    async def slow() -> str:
        await slow_may_end.wait()
        return "slow"

    async def fast() -> str:
        return "fast"

    provider = ScriptedProvider([[call("slow"), call("fast")], "done"])
    harness = runtime(provider, FunctionalTool("slow", slow), FunctionalTool("fast", fast))
    landed = []
    async for event in harness.stream("go"):
        if isinstance(event, ToolFinished):
            landed.append(event.result.content)
            slow_may_end.set()
    assert landed == ["fast", "slow"]
    assert results(provider.prompts[1]) == ["slow", "fast"]


async def test_no_more_tools_at_once_than_the_policy_allows() -> None:
    at_work = most = 0

    async def work() -> str:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        at_work -= 1
        return "ok"

    provider = ScriptedProvider([[call("work", {}, call_id=f"c{i}") for i in range(9)], "done"])
    tool = FunctionalTool("work", lambda: work())
    await runtime(provider, tool, policy=Policy(max_parallel_tools=3)).run("go")
    assert most == 3


async def test_a_failing_tool_is_told_to_the_model() -> None:
    def broken() -> None:
        raise ValueError("no such city")

    provider = ScriptedProvider([call("broken"), "I could not."])
    result = await runtime(provider, FunctionalTool("broken", broken)).run("go")
    assert results(provider.prompts[1]) == ["Error: ValueError: no such city"]
    assert result.tool_calls[0].error == "ValueError: no such city"
    assert result.text == "I could not."


async def test_an_unknown_tool_is_told_with_the_nearest_names() -> None:
    provider = ScriptedProvider([call("get_wether"), "sorry"])
    tools = [FunctionalTool("get_weather", lambda: ""), FunctionalTool("add", lambda: "")]
    await runtime(provider, *tools).run("go")
    assert results(provider.prompts[1]) == ["Error: there is no tool 'get_wether'; did you mean get_weather?"]


async def test_a_tool_past_its_time_is_stopped_and_told() -> None:
    cancelled = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    provider = ScriptedProvider([call("hang"), "gave up"])
    result = await runtime(provider, FunctionalTool("hang", hang), policy=Policy(tool_timeout_s=0.01)).run("go")
    assert cancelled.is_set()
    assert result.tool_calls[0].error == "the tool took longer than 0.01 s and was stopped"


async def test_a_tool_that_swallows_its_cancelling_is_timed_out_all_the_same() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "too late"
        return "never"

    provider = ScriptedProvider([call("stubborn"), "gave up"])
    result = await runtime(provider, FunctionalTool("stubborn", stubborn), policy=Policy(tool_timeout_s=0.01)).run("x")
    assert "took longer" in (result.tool_calls[0].error or "")


@pytest.mark.parametrize("raised", [SystemExit(3), asyncio.CancelledError(), RecursionError("deep"), Exception()])
async def test_whatever_a_tool_raises_harms_only_its_own_result(raised: BaseException) -> None:
    def nasty() -> None:
        raise raised

    provider = ScriptedProvider([[call("nasty", call_id="1"), call("fine", call_id="2")], "done"])
    tools = [FunctionalTool("nasty", nasty), FunctionalTool("fine", lambda: "fine")]
    result = await runtime(provider, *tools).run("go")
    assert result.text == "done"
    assert result.tool_calls[0].error
    assert result.tool_calls[1].result == "fine"


async def test_what_json_cannot_hold_is_a_failed_result() -> None:
    provider = ScriptedProvider([call("odd"), "done"])
    result = await runtime(provider, FunctionalTool("odd", object)).run("go")
    assert "returned what JSON cannot hold (object)" in (result.tool_calls[0].error or "")


async def test_fail_fast_turns_a_failed_tool_into_an_error() -> None:
    def broken() -> None:
        raise ToolError("out of stock", kind=ToolErrorKind.FAILED)

    other = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            other.set()

    provider = ScriptedProvider([[call("hang"), call("broken")]])
    harness = runtime(
        provider, FunctionalTool("broken", broken), FunctionalTool("hang", hang), policy=Policy(fail_fast=True)
    )
    with pytest.raises(ToolError, match="'broken' failed: out of stock") as caught:
        await harness.run("go")
    assert caught.value.tool == "broken"
    assert other.is_set(), "the other tool was left at work"


async def test_arguments_that_cannot_be_read_go_back_as_the_parse_error() -> None:
    called = False

    def add(**_: Any) -> None:
        nonlocal called
        called = True

    cut = ToolCall("c1", "add", {}, '{"a": 2, "b"')
    provider = ScriptedProvider([cut, "sorry"])
    result = await runtime(provider, FunctionalTool("add", add)).run("go")
    assert not called
    assert "not valid JSON" in results(provider.prompts[1])[0]
    assert provider.prompts[1].messages[1].tool_calls[0].arguments_json == '{"a": 2, "b"'
    assert "not valid JSON" in (result.tool_calls[0].error or "")


async def test_arguments_that_are_no_object_go_back_too() -> None:
    provider = ScriptedProvider([ToolCall("c1", "add", {}, "[1, 2]"), "sorry"])
    await runtime(provider, FunctionalTool("add", lambda: 1)).run("go")
    assert "are a JSON array, and must be an object" in results(provider.prompts[1])[0]


async def test_tool_call_deltas_split_anywhere_make_one_call() -> None:
    pieces = [
        CompletionChunk(tool_calls=(ToolCallDelta(0, "c1", "add", ""),)),
        *[CompletionChunk(tool_calls=(ToolCallDelta(0, None, None, letter),)) for letter in '{"a": 1, "b": 2}'],
        CompletionChunk(finish_reason=FinishReason.TOOL_CALLS),
    ]
    provider = ScriptedProvider([pieces, "3"])
    result = await runtime(provider, FunctionalTool("add", lambda a, b: a + b)).run("1+2?")
    assert result.tool_calls[0].result == 3
    assert result.tool_calls[0].id == "c1"


async def test_the_iteration_limit_ends_the_run_with_its_reason() -> None:
    numbers = iter(range(100))
    provider = ScriptedProvider(lambda prompt, options: call("count", {"n": next(numbers)}))
    result = await runtime(provider, FunctionalTool("count", lambda n: n), policy=Policy(max_iterations=4)).run("go")
    assert result.finish_reason is FinishReason.MAX_ITERATIONS
    assert result.iterations == 4
    assert len(result.tool_calls) == 4


async def test_repeating_oneself_is_told_once_and_then_ends_the_run() -> None:
    provider = ScriptedProvider(lambda prompt, options: call("look", {"at": "door"}))
    harness = runtime(provider, FunctionalTool("look", lambda at: "shut"))
    warned = [e.iteration async for e in harness.stream("go") if isinstance(e, NoProgressWarned)]
    assert warned == [2]
    assert len(provider.prompts) == 3
    assert results(provider.prompts[2]) == ["shut", f"shut\n\n{NOTE}"]
    result = await harness.run("go")
    assert result.finish_reason is FinishReason.NO_PROGRESS


async def test_the_same_call_with_another_result_is_progress() -> None:
    numbers = iter(range(100))
    provider = ScriptedProvider(lambda prompt, options: call("poll") if len(results(prompt)) < 6 else "ready")
    result = await runtime(provider, FunctionalTool("poll", lambda: next(numbers))).run("go")
    assert result.finish_reason is FinishReason.STOP


async def test_the_guard_can_be_switched_off() -> None:
    provider = ScriptedProvider(lambda prompt, options: call("look") if len(results(prompt)) < 6 else "seen")
    result = await runtime(
        provider, FunctionalTool("look", lambda: "shut"), policy=Policy(no_progress_guard=False)
    ).run("go")
    assert result.text == "seen"


async def test_only_allowed_tools_are_offered_and_called() -> None:
    provider = ScriptedProvider([call("rm"), "no"])
    tools = [FunctionalTool("ls", lambda: "a"), FunctionalTool("rm", lambda: "gone")]
    result = await runtime(provider, *tools, policy=Policy(allowed_tools=("ls",))).run("go")
    assert [tool.name for tool in provider.prompts[0].tools] == ["ls"]
    assert result.tool_calls[0].error == "the tool 'rm' may not be called in this run"


async def test_deterministic_sends_a_seed_on_every_call() -> None:
    provider = ScriptedProvider([call("add", {"a": 1, "b": 1}), "2"])
    policy = Policy(deterministic=True, seed=42)
    await runtime(provider, FunctionalTool("add", lambda a, b: a + b), policy=policy).run("go")
    assert [(options.seed, options.temperature) for options in provider.options] == [(42, 0.0)] * 2


async def test_a_forced_tool_is_forced_once() -> None:
    provider = ScriptedProvider([call("add", {"a": 1, "b": 1}), "2"])
    harness = runtime(provider, FunctionalTool("add", lambda a, b: a + b))
    await harness.run("go", options=Options(tool_choice="add"))
    assert [options.tool_choice for options in provider.options] == ["add", "auto"]


async def test_json_output_is_asked_for_and_read() -> None:
    provider = ScriptedProvider(['{"city": "Oslo"}'])
    result = await runtime(provider, policy=Policy(require_json_output=True), system="Be brief.").run("go")
    assert result.output == {"city": "Oslo"}
    assert provider.options[0].response_format == {"type": "json_object"}
    assert "JSON only" in provider.prompts[0].messages[0].text
    assert provider.prompts[0].messages[0].text.startswith("Be brief.")


async def test_json_output_is_repaired() -> None:
    provider = ScriptedProvider(["Sure!\n```json\n{city: 'Oslo', ok: True,\n```"])
    result = await runtime(provider, policy=Policy(require_json_output=True)).run("go")
    assert result.output == {"city": "Oslo", "ok": True}
    assert len(provider.prompts) == 1


async def test_json_output_that_is_none_is_sent_back_with_the_reason() -> None:
    provider = ScriptedProvider(["I would rather talk.", "[1]"])
    result = await runtime(provider, policy=Policy(require_json_output=True)).run("go")
    assert result.output == [1]
    assert "cannot be used" in provider.prompts[1].messages[-1].text


async def test_json_output_that_never_comes_is_an_error() -> None:
    provider = ScriptedProvider(["no", "no", "no"])
    with pytest.raises(ProviderError, match="not JSON") as caught:
        await runtime(provider, policy=Policy(require_json_output=True, output_retries=2)).run("go")
    assert caught.value.category is ErrorCategory.INVALID_OUTPUT
    assert len(caught.value.attempts) == 3


async def test_a_provider_error_carries_the_trail_and_is_an_event() -> None:
    failure = ProviderError("busy", category=ErrorCategory.RATE_LIMITED, provider="scripted", retry_after_s=2)
    provider = ScriptedProvider([call("add", {"a": 1, "b": 1}), failure])
    harness = runtime(provider, FunctionalTool("add", lambda a, b: a + b))
    events = []
    with pytest.raises(ProviderError) as caught:
        async for event in harness.stream("go"):
            events.append(event)
    assert [attempt.category for attempt in caught.value.attempts] == [None, ErrorCategory.RATE_LIMITED]
    assert [e.attempt.category for e in events if isinstance(e, AttemptFinished)] == [None, ErrorCategory.RATE_LIMITED]
    assert isinstance(events[-1], RunFailed)
    assert events[-1].error is failure


async def test_a_stream_that_was_cut_is_an_error_and_never_an_answer() -> None:
    provider = ScriptedProvider([[CompletionChunk(text="half an ans")]])
    with pytest.raises(ProviderError) as caught:
        await runtime(provider).run("go")
    assert caught.value.category is ErrorCategory.CONNECTION


async def test_streamed_and_unwatched_runs_are_the_same() -> None:
    def script() -> list[Any]:
        return [call("add", {"a": 1, "b": 1}, call_id="c1"), "the sum is 2"]

    tool = FunctionalTool("add", lambda a, b: a + b)
    journal, streamed = MemoryRunStore(), []
    plain = await runtime(ScriptedProvider(script()), tool, run_store=journal).run("go")
    async for event in runtime(ScriptedProvider(script()), tool).stream("go"):
        streamed.append(event)
    last = streamed[-1]
    assert isinstance(last, RunCompleted)
    assert (last.result.text, last.result.messages) == (plain.text, plain.messages)
    assert "".join(e.text for e in streamed if isinstance(e, TextDelta)) == plain.text
    assert [e.seq for e in streamed] == list(range(len(streamed)))
    recorded = [type(e) for e in await journal.events(plain.run_id)]
    assert recorded == [type(e) for e in streamed if type(e).__name__ not in ("TextDelta", "ToolCallStarted")]


async def test_conversations_go_on() -> None:
    store = MemoryStore()
    provider = ScriptedProvider(["Hello Ada.", "Ada."])
    harness = runtime(provider, store=store)
    await harness.run("I am Ada.", conversation_id="c")
    await harness.run("Who am I?", conversation_id="c")
    assert [message.text for message in provider.prompts[1].messages] == ["I am Ada.", "Hello Ada.", "Who am I?"]
    assert (await store.load("c")).length == 2


async def test_a_failed_run_saves_no_turn() -> None:
    store = MemoryStore()
    failure = ProviderError("down", category=ErrorCategory.UNAVAILABLE, provider="scripted")
    with pytest.raises(ProviderError):
        await runtime(ScriptedProvider([failure]), store=store).run("hi", conversation_id="c")
    assert (await store.load("c")).length == 0


async def test_runs_on_one_conversation_wait_for_one_another() -> None:
    store = MemoryStore()
    order: list[str] = []

    async def answer(prompt: Prompt, options: Options) -> str:
        order.append(f"> {prompt.messages[-1].text}")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        order.append(f"< {prompt.messages[-1].text}")
        return f"re {prompt.messages[-1].text}"

    harness = runtime(ScriptedProvider(answer), store=store)
    await asyncio.gather(*[harness.run(str(i), conversation_id="c") for i in range(5)])
    assert order == [line for i in range(5) for line in (f"> {i}", f"< {i}")]
    assert [turn.messages[0].text for turn in (await store.load("c")).turns] == ["0", "1", "2", "3", "4"]


async def test_another_writer_on_the_conversation_is_a_conflict_and_the_answer_is_not_lost() -> None:
    store = MemoryStore()

    async def answer(prompt: Prompt, options: Options) -> str:
        await store.append("c", Turn("other", (Message.user("me first"),)))
        return "too late"

    with pytest.raises(ConversationConflict) as caught:
        await runtime(ScriptedProvider(answer), store=store).run("hi", conversation_id="c")
    assert caught.value.result.text == "too late"
    assert [turn.run_id for turn in (await store.load("c")).turns] == ["other"]


async def test_a_turn_that_cannot_be_saved_keeps_its_answer() -> None:
    class Full(MemoryStore):
        async def append(self, conversation_id: str, turn: Turn, *, position: int | None = None) -> int:
            raise StoreError("the disk is full", remedy="make room")

    with pytest.raises(StoreError, match="disk is full") as caught:
        await runtime(ScriptedProvider(["precious"]), store=Full()).run("hi", conversation_id="c")
    assert caught.value.result.text == "precious"


@pytest.mark.parametrize(
    ("policy", "limit"),
    [
        (Policy(max_input_tokens=15), "max_input_tokens"),
        (Policy(max_output_tokens=8), "max_output_tokens"),
        (Policy(max_cost_usd=0.15), "max_cost_usd"),
        (Policy(max_tool_calls=1), "max_tool_calls"),
    ],
)
async def test_budgets_end_a_run(policy: Policy, limit: str) -> None:
    numbers = iter(range(100))
    provider = ScriptedProvider(
        lambda prompt, options: call("count", {"n": next(numbers)}), usage=Usage(10, 5, cost_usd=0.1)
    )
    with pytest.raises(BudgetExceeded) as caught:
        await runtime(provider, FunctionalTool("count", lambda n: n), policy=policy).run("go")
    assert caught.value.limit == limit
    assert len(provider.prompts) == 2


async def test_the_output_budget_bounds_what_is_asked_for() -> None:
    provider = ScriptedProvider([call("add", {"a": 1, "b": 1}), "2"])
    harness = runtime(provider, FunctionalTool("add", lambda a, b: a + b), policy=Policy(max_output_tokens=100))
    await harness.run("go")
    assert [options.max_tokens for options in provider.options] == [100, 95]


async def test_a_journal_that_fails_ends_the_run() -> None:
    class Broken(MemoryRunStore):
        async def append(self, event: Any) -> None:
            raise StoreError("cannot write the journal")

    with pytest.raises(StoreError, match="journal"):
        await runtime(ScriptedProvider(["hi"]), run_store=Broken()).run("hi")


async def test_a_sink_that_raises_harms_nothing() -> None:
    class Broken:
        def on_event(self, event: Any) -> None:
            raise RuntimeError("sink")

        async def aclose(self) -> None: ...

    assert (await runtime(ScriptedProvider(["hi"]), sinks=[Broken()]).run("hi")).text == "hi"


@pytest.mark.parametrize("text", ["", "  \n", "\ud800", 7, None, b"bytes"])
async def test_prompts_that_cannot_be_used(text: Any) -> None:
    with pytest.raises(InputError):
        await runtime(ScriptedProvider([])).run(text)


async def test_a_prompt_past_the_limit_says_so_with_the_figures() -> None:
    with pytest.raises(InputError, match=r"10,000,000 characters, and policy.max_prompt_chars is 4,000,000"):
        await runtime(ScriptedProvider([])).run("x" * 10_000_000)


async def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="two tools named 'add'"):
        runtime(ScriptedProvider([]), FunctionalTool("add", int), FunctionalTool("add", int))


async def test_a_closed_harness_says_so_and_has_closed_its_parts() -> None:
    provider = ScriptedProvider([])
    harness = runtime(provider)
    await harness.aclose()
    await harness.aclose()
    assert provider.closed
    with pytest.raises(HarnessError, match="closed"):
        await harness.run("hi")


async def test_runs_nest_no_deeper_than_the_policy_allows() -> None:
    async def deeper() -> str:
        return (await harness.run("again")).text

    def script(prompt: Prompt, options: Options) -> Any:
        return results(prompt)[-1] if results(prompt) else call("deeper")

    harness = runtime(ScriptedProvider(script), FunctionalTool("deeper", deeper), policy=Policy(max_tool_depth=2))
    result = await harness.run("go")
    assert result.text.count("Error") == 1
    assert "max_tool_depth is 2" in result.text


async def test_what_an_inner_run_spends_the_outer_run_has_spent() -> None:
    async def inner() -> str:
        return (await harness.run("inner")).text

    def script(prompt: Prompt, options: Options) -> Any:
        if prompt.messages[0].text == "inner":
            return "deep"
        return results(prompt)[-1] if results(prompt) else call("inner")

    provider = ScriptedProvider(script, usage=Usage(10, 5, cost_usd=0.0))
    harness = runtime(provider, FunctionalTool("inner", inner), policy=Policy(max_input_tokens=25))
    with pytest.raises(BudgetExceeded):
        await harness.run("go")


async def test_an_inner_run_on_the_outer_conversation_is_refused_and_not_a_deadlock() -> None:
    async def inner() -> str:
        return (await harness.run("inner", conversation_id="c")).text

    provider = ScriptedProvider([call("inner"), "done"])
    harness = runtime(provider, FunctionalTool("inner", inner))
    result = await harness.run("go", conversation_id="c")
    assert "is held by the run that this one is a part of" in (result.tool_calls[0].error or "")


async def test_a_run_that_a_tool_leaves_behind_ends_with_the_run_around_it() -> None:
    left: list[asyncio.Task[Any]] = []

    async def script(prompt: Prompt, options: Options) -> Any:
        if prompt.messages[0].text == "inner":
            await asyncio.Event().wait()
        return "done" if results(prompt) else call("leave")

    async def leave() -> str:
        left.append(asyncio.create_task(harness.run("inner")))
        await asyncio.sleep(0)
        return "left"

    harness = runtime(ScriptedProvider(script), FunctionalTool("leave", leave))
    assert (await harness.run("go")).text == "done"
    with pytest.raises(PolicyViolation, match="has ended"):
        await left[0]


async def test_tools_are_given_the_run_they_belong_to() -> None:
    seen: list[Any] = []
    provider = ScriptedProvider([call("look", {}, call_id="c7"), "done"])
    tool = FunctionalTool("look", lambda: "x", context=seen)
    result = await runtime(provider, tool).run("go", conversation_id="conv")
    (context,) = seen
    assert (context.run_id, context.call_id, context.conversation_id) == (result.run_id, "c7", "conv")
    assert context.idempotency_key == f"{result.run_id}:c7"


async def test_results_are_json_for_the_model_and_values_for_the_caller() -> None:
    value = {"rows": [1, 2], "big": 2**70}
    provider = ScriptedProvider([call("query"), "done"])
    result = await runtime(provider, FunctionalTool("query", lambda: value)).run("go")
    assert json.loads(results(provider.prompts[1])[0]) == value
    assert result.tool_calls[0].result == value


async def test_a_tool_starts_only_after_its_event() -> None:
    provider = ScriptedProvider([call("look"), "done"])
    began: list[str] = []
    harness = runtime(provider, FunctionalTool("look", lambda: began.append("at work") or "x"))
    async for event in harness.stream("go"):
        if isinstance(event, ToolStarted):
            assert began == []
    assert began == ["at work"]
