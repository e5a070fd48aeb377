"""The fake chat-completions server is true to the wire: the official SDK, which knows the real one, works with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from harness.domain.failures import ErrorCategory
from harness.domain.usage import Usage
from harness.testing.openai_server import FakeOpenAI
from harness.testing.wire_replies import Call, Delivery, Drop, Fail, Raw, Request, Say

HELLO: list[Any] = [{"role": "user", "content": "hello"}]
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
]


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def client(server: FakeOpenAI) -> AsyncIterator[Any]:
    async with openai.AsyncOpenAI(api_key="sk-test", base_url=server.base_url, max_retries=0, timeout=10) as client:
        yield client


async def test_an_answer_in_one_piece(server: FakeOpenAI, client: Any) -> None:
    server.script([Say("Hello, wörld", usage=Usage(20, 10, 5, 3))])
    answer = await client.chat.completions.create(model="m", messages=HELLO)
    assert answer.choices[0].message.content == "Hello, wörld"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "m"
    assert answer.usage.prompt_tokens_details.cached_tokens == 5
    assert answer.usage.completion_tokens_details.reasoning_tokens == 3
    assert answer.usage.total_tokens == 30
    assert answer._request_id == "req_fake"
    assert server.last.headers["authorization"] == "Bearer sk-test"
    assert server.last.json["messages"] == HELLO


async def test_tool_calls_in_one_piece(server: FakeOpenAI, client: Any) -> None:
    server.script([Say(calls=[Call("add", {"a": 1}, "c1"), Call("add", {"a": 2})])])
    message = (await client.chat.completions.create(model="m", messages=HELLO, tools=TOOLS)).choices[0].message
    assert message.content is None
    assert [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls] == [
        ("c1", "add", '{"a":1}'),
        ("call_1add", "add", '{"a":2}'),
    ]


async def test_a_refusal(server: FakeOpenAI, client: Any) -> None:
    server.script([Say(refusal="no")])
    assert (await client.chat.completions.create(model="m", messages=HELLO)).choices[0].message.refusal == "no"


@pytest.mark.parametrize("cut", [0, 1, 7])
@pytest.mark.parametrize("quirk", ["", "crlf", "comments"])
async def test_a_stream(server: FakeOpenAI, client: Any, cut: int, quirk: str) -> None:
    delivery = Delivery(cut=cut)
    server.script([Say("Hello, wörld", usage=Usage(2, 3), delivery=delivery, quirks=frozenset({quirk}))])
    stream = await client.chat.completions.create(
        model="m", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Hello, wörld"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 5


async def test_a_stream_without_usage_asked_for(server: FakeOpenAI, client: Any) -> None:
    server.script(["hi"])
    chunks = [chunk async for chunk in await client.chat.completions.create(model="m", messages=HELLO, stream=True)]
    assert all(chunk.usage is None for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"


@pytest.mark.parametrize("cut", [0, 1])
async def test_the_sdk_puts_streamed_calls_together(server: FakeOpenAI, client: Any, cut: int) -> None:
    calls = [Call("add", {"a": 1}, "c1"), Call("add", {"a": "é"}, "c2")]
    server.script([Say("so: ", calls=calls, piece=2, delivery=Delivery(cut=cut))])
    async with client.chat.completions.stream(model="m", messages=HELLO, tools=TOOLS) as stream:
        events = [event.type async for event in stream]
        message = (await stream.get_final_completion()).choices[0].message
    assert events.count("tool_calls.function.arguments.done") == 2
    assert message.content == "so: "
    assert [(call.id, call.function.arguments) for call in message.tool_calls] == [
        ("c1", '{"a":1}'),
        ("c2", '{"a":"é"}'),
    ]


@pytest.mark.parametrize(
    ("category", "error", "code"),
    [
        (ErrorCategory.RATE_LIMITED, "RateLimitError", "rate_limit_exceeded"),
        (ErrorCategory.OVERLOADED, "InternalServerError", None),
        (ErrorCategory.UNAVAILABLE, "InternalServerError", None),
        (ErrorCategory.TIMEOUT, "InternalServerError", None),
        (ErrorCategory.AUTHENTICATION, "AuthenticationError", "invalid_api_key"),
        (ErrorCategory.PERMISSION, "PermissionDeniedError", None),
        (ErrorCategory.MODEL_NOT_FOUND, "NotFoundError", "model_not_found"),
        (ErrorCategory.INVALID_REQUEST, "BadRequestError", None),
        (ErrorCategory.CONTEXT_LENGTH, "BadRequestError", "context_length_exceeded"),
        (ErrorCategory.CONTENT_FILTER, "BadRequestError", "content_filter"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_errors_are_the_sdks_own(
    server: FakeOpenAI, client: Any, category: ErrorCategory, error: str, code: str | None, stream: bool
) -> None:
    server.script([Fail(category, headers={"retry-after": "3"})])
    with pytest.raises(getattr(openai, error)) as caught:
        await client.chat.completions.create(model="m", messages=HELLO, stream=stream)
    assert caught.value.code == code
    assert caught.value.response.headers["retry-after"] == "3"


async def test_an_error_inside_a_stream(server: FakeOpenAI, client: Any) -> None:
    server.script([Fail(ErrorCategory.UNAVAILABLE, mid_stream=8)])
    text = ""
    with pytest.raises(openai.APIError, match="server had an error"):
        async for chunk in await client.chat.completions.create(model="m", messages=HELLO, stream=True):
            text += chunk.choices[0].delta.content or ""
    assert text == "x" * 8


@pytest.mark.parametrize(
    "delivery", [Delivery(stop_after=700, ending="close"), Delivery(stop_after=700, ending="reset")]
)
async def test_a_broken_stream(server: FakeOpenAI, client: Any, delivery: Delivery) -> None:
    server.script([Say("a long answer", delivery=delivery)])
    with pytest.raises(openai.APIConnectionError):
        async for _ in await client.chat.completions.create(model="m", messages=HELLO, stream=True):
            pass


async def test_a_dropped_connection(server: FakeOpenAI, client: Any) -> None:
    server.script([Drop()])
    with pytest.raises(openai.APIConnectionError):
        await client.chat.completions.create(model="m", messages=HELLO)


async def test_a_stall(server: FakeOpenAI, client: Any) -> None:
    server.script([Say("never", delivery=Delivery(head=False, ending="stall"))])
    with pytest.raises(openai.APITimeoutError):
        await client.with_options(timeout=0.1).chat.completions.create(model="m", messages=HELLO)
    await asyncio.wait_for(server.last.gone.wait(), 10)


async def test_a_stream_that_waits_for_the_test(server: FakeOpenAI, client: Any) -> None:
    hold = asyncio.Event()
    server.script([Say("held back", delivery=Delivery(hold=hold, hold_after=600))])
    text = ""
    async for chunk in await client.chat.completions.create(model="m", messages=HELLO, stream=True):
        text += chunk.choices[0].delta.content or ""
        if text and not hold.is_set():
            assert text != "held back"
            hold.set()
    assert text == "held back"


async def test_what_needs_no_script(server: FakeOpenAI, client: Any) -> None:
    assert [model.id async for model in client.models.list()] == ["fake-model"]
    with pytest.raises(openai.NotFoundError):
        await client.embeddings.create(model="m", input="x")
    with pytest.raises(openai.BadRequestError, match="messages"):
        await client.chat.completions.create(model="m", messages=[])
    with pytest.raises(openai.InternalServerError, match="used up"):
        await client.chat.completions.create(model="m", messages=HELLO)


async def test_a_function_as_script_and_raw_answers(server: FakeOpenAI, client: Any) -> None:
    def answer(request: Request) -> Say | Raw:
        text = request.json["messages"][-1]["content"]
        return Say(text.upper()) if text else Raw(b"{}", status=418)

    server.script(answer)
    assert (await client.chat.completions.create(model="m", messages=HELLO)).choices[0].message.content == "HELLO"
    with pytest.raises(openai.APIStatusError) as caught:
        await client.chat.completions.create(model="m", messages=[{"role": "user", "content": ""}])
    assert caught.value.status_code == 418
    assert [request.reused for request in server.requests] == [False, True]
