"""A run over a real socket: the loop, the layer that keeps the trail, the chat-completions adapter and the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from harness.adapters.providers.openai import OpenAIProvider
from harness.adapters.stores.memory import MemoryStore
from harness.domain.completions import FinishReason
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.policies import Policy
from harness.domain.tools import ToolSpec
from harness.engine.call.attempts import Attempted
from harness.engine.harness import Runtime
from harness.ports.tool import RunContext
from harness.testing.openai_server import FakeOpenAI
from harness.testing.wire_replies import Call, Delivery, Fail, Reply, Say


class Add:
    spec = ToolSpec("add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}}})

    async def invoke(self, arguments: Mapping[str, Any], context: RunContext) -> int:
        return int(arguments["a"]) + int(arguments["b"])


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def runtime(server: FakeOpenAI) -> AsyncIterator[Runtime]:
    provider = OpenAIProvider(model="m", base_url=server.base_url)
    attempted = Attempted(provider)
    async with Runtime(
        provider=attempted, store=MemoryStore(), tools=[Add()], policy=Policy(run_timeout_s=20)
    ) as runtime:
        yield runtime


SCRIPT: list[Reply] = [Say(calls=[Call("add", {"a": 2, "b": 2}), Call("add", {"a": 3, "b": 4})]), "It is 4 and 7."]


@pytest.mark.parametrize("stream", [True, False])
async def test_tools_are_called_over_the_wire(server: FakeOpenAI, runtime: Runtime, stream: bool) -> None:
    server.script(SCRIPT)
    if stream:
        events = [event async for event in runtime.stream("2+2 and 3+4?", conversation_id="c")]
        text = "".join(event.text for event in events if type(event).__name__ == "TextDelta")
        assert text == "It is 4 and 7."
    else:
        result = await runtime.run("2+2 and 3+4?", conversation_id="c")
        assert result.text == "It is 4 and 7."
        assert result.finish_reason is FinishReason.STOP
        assert result.usage.input_tokens == 22
    first, second = (request.json for request in server.requests)
    assert bool(first.get("stream")) is stream
    assert [message["role"] for message in second["messages"]] == ["user", "assistant", "tool", "tool"]
    assert [message["content"] for message in second["messages"][2:]] == ["4", "7"]
    ids = [call["id"] for call in second["messages"][1]["tool_calls"]]
    assert [message["tool_call_id"] for message in second["messages"][2:]] == ids


async def test_an_error_ends_the_run_with_its_trail(server: FakeOpenAI, runtime: Runtime) -> None:
    server.script([Fail(ErrorCategory.AUTHENTICATION)])
    with pytest.raises(ProviderError) as caught:
        await runtime.run("hello")
    assert caught.value.category is ErrorCategory.AUTHENTICATION
    assert [attempt.category for attempt in caught.value.attempts] == [ErrorCategory.AUTHENTICATION]


async def test_a_cut_call_is_never_run(server: FakeOpenAI, runtime: Runtime) -> None:
    call = Say(calls=[Call("add", {"a": 2, "b": 22222})], piece=3)
    server.script([call, "x"])
    await runtime.run("whole")
    size = len(b"".join(server.payload(call, server.requests[0]).pieces))
    for at in range(0, size, 5):
        server.script([Say(calls=call.calls, piece=3, delivery=Delivery(stop_after=at, ending="close"))])
        with pytest.raises(ProviderError) as caught:
            await runtime.run("cut")
        assert caught.value.category is ErrorCategory.CONNECTION


async def test_cancelling_a_run_closes_the_connection(server: FakeOpenAI, runtime: Runtime) -> None:
    server.script([Say("never", delivery=Delivery(stop_after=100, ending="stall"))])
    task = asyncio.ensure_future(runtime.run("hello"))
    request = await server.arrived(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(request.gone.wait(), 10)
