"""One tool round trip, side by side: user, tool call, tool, answer; a fake model in the process, each its own loop.

    python benches/loop.py [--runs 400] [--json]

Ours runs with journal, metrics and memory store on. The peers run with what they have switched on by default, tracing
off. All do the same work: a model that asks for `add(2, 2)` and, given the result, answers "4". Rounds are interleaved,
so that a slow moment of the machine is everybody's. A peer that is not installed is left out and said to be.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from harness import Harness, tool
from harness.adapters.sinks.counters import CountersSink
from harness.adapters.stores.memory import MemoryRunStore
from harness.domain.completions import CompletionChunk, FinishReason, Options, Prompt, ToolCallDelta
from harness.domain.usage import Usage
from harness.testing.scripted import ScriptedProvider

Round = Callable[[], Awaitable[None]]


class FakeModel:
    """Asks for `add(2, 2)` and, given a tool's result, answers. It keeps nothing of what it was asked."""

    name = "fake"
    _ask = (
        CompletionChunk(tool_calls=(ToolCallDelta(0, "c1", "add", '{"a": 2, "b": 2}'),)),
        CompletionChunk(finish_reason=FinishReason.TOOL_CALLS, usage=Usage(10, 5, cost_usd=0.0)),
    )
    _answer = (
        CompletionChunk(text="4"),
        CompletionChunk(finish_reason=FinishReason.STOP, usage=Usage(20, 1, cost_usd=0.0)),
    )

    async def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        for chunk in self._answer if not self.tools or prompt.messages[-1].tool_results else self._ask:
            yield chunk

    def __init__(self, *, tools: bool = True) -> None:
        self.tools = tools

    async def aclose(self) -> None: ...


def ours() -> Round:
    @tool
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    harness = Harness(FakeModel(), tools=[add], run_store=MemoryRunStore(), sinks=[CountersSink()])
    number = 0

    async def once() -> None:
        nonlocal number
        number += 1
        result = await harness.run("what is 2+2?", conversation_id=f"c{number}")
        assert result.text == "4"
        assert result.tool_calls[0].result == 4

    return once


def openai_agents() -> Round:
    from agents import Agent, Model, ModelResponse, RunConfig, Runner, Usage, function_tool, set_tracing_disabled
    from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

    set_tracing_disabled(True)

    @function_tool
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    class Fake(Model):
        async def get_response(self, system_instructions, input, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: A002
            done = not isinstance(input, str) and any(i.get("type") == "function_call_output" for i in input)
            item = (
                ResponseOutputMessage(
                    id="m", role="assistant", status="completed", type="message",
                    content=[ResponseOutputText(text="4", type="output_text", annotations=[])],
                )
                if done
                else ResponseFunctionToolCall(
                    id="f", call_id="c1", name="add", arguments='{"a": 2, "b": 2}', type="function_call"
                )
            )  # fmt: skip
            return ModelResponse(output=[item], usage=Usage(), response_id=None)

        def stream_response(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            raise NotImplementedError

    agent = Agent(name="a", model=Fake(), tools=[add])
    config = RunConfig(tracing_disabled=True)

    async def once() -> None:
        result = await Runner.run(agent, "what is 2+2?", run_config=config)
        assert result.final_output == "4"

    return once


def pydantic_ai() -> Round:
    from pydantic_ai import Agent
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import FunctionModel

    def model(messages, info):  # type: ignore[no-untyped-def]
        if any(isinstance(part, ToolReturnPart) for part in messages[-1].parts):
            return ModelResponse(parts=[TextPart("4")])
        return ModelResponse(parts=[ToolCallPart("add", {"a": 2, "b": 2})])

    agent = Agent(FunctionModel(model))

    @agent.tool_plain
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    async def once() -> None:
        result = await agent.run("what is 2+2?")
        assert result.output == "4"

    return once


def langgraph() -> Round:
    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import AIMessage, ToolMessage
    from langchain_core.outputs import ChatGeneration, ChatResult
    from langchain_core.tools import tool
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START, MessagesState, StateGraph
    from langgraph.prebuilt import ToolNode, tools_condition

    @tool
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    class Fake(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "fake"

        def _generate(self, messages, stop=None, run_manager=None, **kwargs):  # type: ignore[no-untyped-def]
            if isinstance(messages[-1], ToolMessage):
                message = AIMessage("4")
            else:
                message = AIMessage("", tool_calls=[{"name": "add", "args": {"a": 2, "b": 2}, "id": "c1"}])
            return ChatResult(generations=[ChatGeneration(message=message)])

        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):  # type: ignore[no-untyped-def]
            return self._generate(messages)

    fake = Fake()

    async def call_model(state: MessagesState) -> dict[str, list[AIMessage]]:
        return {"messages": [await fake.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", call_model)
    graph.add_node("tools", ToolNode([add]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition, {"tools": "tools", END: END})
    graph.add_edge("tools", "model")
    app = graph.compile(checkpointer=InMemorySaver())
    number = 0

    async def once() -> None:
        nonlocal number
        number += 1
        result = await app.ainvoke(
            {"messages": [("user", "what is 2+2?")]}, {"configurable": {"thread_id": str(number)}}
        )
        assert result["messages"][-1].content == "4"

    return once


async def measure(rounds: dict[str, Round], runs: int, per_turn: int = 100) -> dict[str, list[float]]:
    """Returns seconds of each run, by name: `per_turn` runs of one, then of the next, until each has its `runs`.

    A turn begins with the caches full of another's code and of the garbage collector's walk; its first tenth, the same
    for everyone, is not counted.
    """
    for once in rounds.values():
        for _ in range(20):
            await once()
    taken: dict[str, list[float]] = {name: [] for name in rounds}
    for _ in range(max(1, runs // per_turn)):
        for name, once in rounds.items():
            gc.collect()
            for turn in range(-(per_turn // 10), per_turn):
                began = time.perf_counter()
                await once()
                if turn >= 0:
                    taken[name].append(time.perf_counter() - began)
    return taken


async def stream_cost(chunks: int = 5000) -> float:
    """Returns microseconds a chunk from a provider to the caller's `async for`, tools offered and a sink listening."""

    @tool
    def nothing() -> None:
        """Do nothing."""

    script = [CompletionChunk(text="word ")] * chunks + [CompletionChunk(finish_reason=FinishReason.STOP)]
    harness = Harness(ScriptedProvider(lambda p, o: script), tools=[nothing], sinks=[CountersSink()])
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        async for _event in harness.stream("go"):
            pass
        best = min(best, (time.perf_counter() - began) / chunks)
    return best * 1e6


async def calls_a_second(calls: int = 4000, at_once: int = 100) -> float:
    """Returns no-tool runs a second on one event loop, `at_once` in flight."""
    from harness import Harness
    from harness.adapters.sinks.counters import CountersSink
    from harness.adapters.stores.memory import MemoryRunStore
    from harness.testing.scripted import ScriptedProvider

    harness = Harness(
        ScriptedProvider(lambda p, o: "hello", pieces=False), run_store=MemoryRunStore(), sinks=[CountersSink()]
    )

    async def worker(n: int) -> None:
        for _ in range(n):
            await harness.run("hi")

    began = time.perf_counter()
    await asyncio.gather(*[worker(calls // at_once) for _ in range(at_once)])
    return calls / (time.perf_counter() - began)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 where a bar is missed")
    options = parser.parse_args()

    rounds: dict[str, Round] = {"harness": ours()}
    missing = []
    for name, make in (("openai-agents", openai_agents), ("pydantic-ai", pydantic_ai), ("langgraph", langgraph)):
        try:
            rounds[name] = make()
        except ImportError as error:
            missing.append(f"{name} ({error.name})")
    taken = asyncio.run(measure(rounds, options.runs))
    table = {
        name: {
            "p50_us": statistics.median(times) * 1e6,
            "p99_us": sorted(times)[int(len(times) * 0.99)] * 1e6,
        }
        for name, times in taken.items()
    }
    p50 = table["harness"]["p50_us"]
    for row in table.values():
        row["times_ours"] = row["p50_us"] / p50
    peers = [row["p50_us"] for name, row in table.items() if name != "harness"]
    chunk_us = asyncio.run(stream_cost())
    per_second = asyncio.run(calls_a_second())
    report = {
        "tool_round_trip": table,
        "fastest_peer_over_ours": min(peers) / p50 if peers else None,
        "stream_us_a_chunk": chunk_us,
        "no_tool_calls_a_second": per_second,
        "missing": missing,
    }
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print(f"{'tool round trip':<16}{'p50 µs':>10}{'p99 µs':>10}{'x ours':>9}")
        for name, row in table.items():
            print(f"{name:<16}{row['p50_us']:>10.0f}{row['p99_us']:>10.0f}{row['times_ours']:>9.1f}")
        print(f"stream: {chunk_us:.1f} µs a chunk; no-tool calls: {per_second:,.0f} a second on one loop")
        for name in missing:
            print(f"not installed: {name}")
    passed = bool(peers) and min(peers) / p50 >= 20 and chunk_us <= 10 and per_second >= 5000
    return 0 if passed or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
