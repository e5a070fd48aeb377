"""The chat-completions adapter: what it sends, what it makes of what it gets, what it says when it cannot."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import FinishReason, Options, Prompt
from harness.domain.envelope import Envelope
from harness.domain.errors import ConfigError, ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import ImagePart, Message
from harness.domain.tools import ToolCall, ToolResult, ToolSpec
from harness.domain.usage import Usage
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI, OpenAIDialect
from harness.testing.wire_replies import Call, Delivery, Drop, Raw, Request, Say
from harness.testing.wire_server import WireServer

HELLO = Prompt((Message.user("hello"),))
ADD = ToolSpec("add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}}})
WHOLE = Options(stream=False)
STREAMED = Options()


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def provider(server: FakeOpenAI) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider(model="m", base_url=server.base_url, api_key="sk-test-123456")
    yield provider
    await provider.aclose()


async def sent(server: FakeOpenAI, provider: OpenAIProvider, prompt: Prompt, options: Options) -> dict[str, Any]:
    server.script(["ok"])
    await complete(provider, prompt, options)
    body = server.last.json
    assert isinstance(body, dict)
    return body


async def failing(provider: OpenAIProvider, options: Options = STREAMED, prompt: Prompt = HELLO) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await complete(provider, prompt, options)
    assert caught.value.remedy
    assert caught.value.provider == "openai"
    return caught.value


# --- what is sent ----------------------------------------------------------------------------------------------------


async def test_a_whole_conversation(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    call = ToolCall("c1", "add", {"a": 1}, '{"a":1}')
    prompt = Prompt(
        (
            Message.system("be brief"),
            Message.user(
                "what is this?",
                ImagePart(url="https://x.test/i.png"),
                ImagePart(data=b"\x89PNG", media_type="image/png"),
            ),
            Message.assistant("let me see", (call, ToolCall("c2", "add", {"a": 2})), "thinking"),
            Message.tool(ToolResult("c1", "add", "1"), ToolResult("c2", "add", "2")),
        ),
        (ADD,),
    )
    body = await sent(server, provider, prompt, Options())
    image = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
    assert body["messages"] == [
        {"role": "system", "content": "be brief"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "what is this?"},
                {"type": "image_url", "image_url": {"url": "https://x.test/i.png"}},
                {"type": "image_url", "image_url": {"url": image}},
            ],
        },
        {
            "role": "assistant",
            "content": "let me see",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}},
                {"id": "c2", "type": "function", "function": {"name": "add", "arguments": '{"a":2}'}},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
        {"role": "tool", "tool_call_id": "c2", "content": "2"},
    ]
    assert body["tools"] == [
        {"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": dict(ADD.parameters)}}
    ]
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}


async def test_every_option(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    options = Options(
        model="other", temperature=0.5, top_p=0.9, max_tokens=7, seed=3, stop=("END",), tool_choice="add",
        parallel_tool_calls=False, response_format={"type": "json_schema", "name": "n", "schema": {"type": "object"}},
        extra={"user": "u1"}, stream=False,
    )  # fmt: skip
    body = await sent(server, provider, Prompt(HELLO.messages, (ADD,)), options)
    del body["messages"], body["tools"]
    assert body == {
        "model": "other", "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "seed": 3, "stop": ["END"],
        "tool_choice": {"type": "function", "function": {"name": "add"}}, "parallel_tool_calls": False,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
        "user": "u1",
    }  # fmt: skip


async def test_tool_options_need_tools(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    body = await sent(server, provider, HELLO, Options(tool_choice="auto", parallel_tool_calls=True))
    assert "tool_choice" not in body
    assert "parallel_tool_calls" not in body


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
async def test_tool_choices(server: FakeOpenAI, provider: OpenAIProvider, choice: str) -> None:
    body = await sent(server, provider, Prompt(HELLO.messages, (ADD,)), Options(tool_choice=choice))
    assert body["tool_choice"] == choice


async def test_arguments_that_could_not_be_read_go_back_as_json(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    call = ToolCall("c1", "add", {}, '{"a": ', "broken")
    prompt = Prompt(
        (Message.user("x"), Message.assistant(tool_calls=(call,)), Message.tool(ToolResult("c1", "add", "e")))
    )
    body = await sent(server, provider, prompt, Options())
    message = body["messages"][1]
    assert message["content"] is None
    assert orjson.loads(message["tool_calls"][0]["function"]["arguments"]) == {"unreadable": '{"a": '}


async def test_values_that_orjson_refuses(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    prompt = Prompt((Message.user("lone \ud83d surrogate"),), (ADD,))
    await sent(server, provider, prompt, Options(extra={"big": 2**70}))
    body = json.loads(server.last.body)
    assert body["messages"][0]["content"] == "lone ? surrogate"
    assert body["big"] == 2**70
    assert body["tools"][0]["function"]["name"] == "add"


async def test_a_value_that_is_no_json(provider: OpenAIProvider) -> None:
    error = await failing(provider, Options(extra={"x": object()}))
    assert error.category is ErrorCategory.INVALID_REQUEST


async def test_headers(server: FakeOpenAI) -> None:
    provider = OpenAIProvider(model="m", base_url=server.base_url, api_key=" k \n", headers={"OpenAI-Project": "p"})
    server.script(["ok"])
    await complete(provider, HELLO, WHOLE)
    await provider.aclose()
    assert server.last.headers["authorization"] == "Bearer k"
    assert server.last.headers["openai-project"] == "p"
    assert server.last.path == "/v1/chat/completions"


async def test_a_server_without_keys(server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-strangers")
    provider = OpenAIProvider(model="m", base_url=server.base_url + "/")
    server.script(["ok"])
    assert (await complete(provider, HELLO, WHOLE)).text == "ok"
    await provider.aclose()
    assert "authorization" not in server.last.headers


async def test_percent_encoded_paths_stay(server: FakeOpenAI) -> None:
    provider = OpenAIProvider(model="m", base_url=server.base_url + "/a%2Fb")
    await failing(provider)
    await provider.aclose()
    assert server.last.path == "/v1/a%2Fb/chat/completions"


# --- construction ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["localhost:8000/v1", "api.test/v1", "ftp://x/v1", "http://", "https:///v1", "http://a b/v1", "", "//x/v1"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url") as caught:
        OpenAIProvider(model="m", base_url=url)
    assert "http://" in caught.value.remedy


@pytest.mark.parametrize("key", ["a\nb", "ключ", "a\0b"])
def test_keys_that_no_header_carries(key: str) -> None:
    with pytest.raises(ConfigError, match="api_key") as caught:
        OpenAIProvider(model="m", api_key=key)
    assert key not in str(caught.value)


def test_other_bad_settings() -> None:
    with pytest.raises(ConfigError, match="model"):
        OpenAIProvider(model=" ")
    with pytest.raises(ConfigError, match="connect_s: must be"):
        OpenAIProvider(model="m", timeouts={"connect_s": 0})
    with pytest.raises(ConfigError, match=r"conect_s: .*did you mean connect_s"):
        OpenAIProvider(model="m", timeouts={"conect_s": 1})
    with pytest.raises(ConfigError, match="ca_file"):
        OpenAIProvider(model="m", ca_file="/nowhere.pem")


async def test_no_key_for_the_official_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    error = await failing(OpenAIProvider(model="m"))
    assert error.category is ErrorCategory.AUTHENTICATION
    assert "OPENAI_API_KEY" in error.remedy


def test_the_repr_shows_no_secret() -> None:
    provider = OpenAIProvider(model="m", api_key="sk-1234567890", base_url="https://user:pass@host.test/v1?key=abc")
    assert repr(provider) == "OpenAIProvider(name='openai', model='m', at='host.test:443')"


# --- what comes back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("quirk", ["", "reasoning_field", "crlf", "comments", "no_done", "no_finish"])
async def test_an_answer(server: FakeOpenAI, provider: OpenAIProvider, stream: bool, quirk: str) -> None:
    usage = Usage(20, 10, 5, 3)
    server.script([Say("Hello, wörld 🙂", reasoning="hm, well", usage=usage, quirks=frozenset({quirk}))])
    answer = await complete(provider, HELLO, Options(stream=stream))
    assert answer.text == "Hello, wörld 🙂"
    assert answer.reasoning == "hm, well"
    assert answer.finish_reason is FinishReason.STOP
    assert answer.usage == usage
    assert answer.model == "m"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("quirk", ["", "no_index", "zero_index", "whole_calls", "finish_stop", "no_finish"])
async def test_tool_calls(server: FakeOpenAI, provider: OpenAIProvider, stream: bool, quirk: str) -> None:
    calls = [Call("add", {"a": 1, "text": "é\n"}, "id1"), Call("add", {"a": 2}, "id2"), Call("list", {}, "id3")]
    server.script([Say("text too", calls=calls, piece=3, quirks=frozenset({quirk}))])
    answer = await complete(provider, HELLO, Options(stream=stream))
    assert answer.text == "text too"
    assert [(call.id, call.name, call.arguments) for call in answer.tool_calls] == [
        ("id1", "add", {"a": 1, "text": "é\n"}), ("id2", "add", {"a": 2}), ("id3", "list", {}),
    ]  # fmt: skip
    assert answer.finish_reason is FinishReason.TOOL_CALLS


@pytest.mark.parametrize("stream", [True, False])
async def test_a_refusal(server: FakeOpenAI, provider: OpenAIProvider, stream: bool) -> None:
    server.script([Say(refusal="I cannot help with that.")])
    answer = await complete(provider, HELLO, Options(stream=stream))
    assert answer.finish_reason is FinishReason.CONTENT_FILTER
    assert answer.text == "I cannot help with that."


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("word", "reason"),
    [("length", FinishReason.LENGTH), ("content_filter", FinishReason.CONTENT_FILTER), ("eos", FinishReason.STOP)],
)
async def test_finishes(
    server: FakeOpenAI, provider: OpenAIProvider, stream: bool, word: str, reason: FinishReason
) -> None:
    server.script([Say("abc", finish=word)])
    assert (await complete(provider, HELLO, Options(stream=stream))).finish_reason is reason


async def test_arguments_cut_by_the_length(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script([Say(calls=[Call("add", '{"a": 12')], finish="length")])
    answer = await complete(provider, HELLO, Options())
    assert answer.finish_reason is FinishReason.LENGTH
    assert answer.tool_calls[0].parse_error
    assert answer.tool_calls[0].arguments == {}


def sse(*events: Any, done: bool = True) -> Raw:
    lines = [b"data: " + (event if isinstance(event, bytes) else orjson.dumps(event)) + b"\n\n" for event in events]
    return Raw(b"".join(lines) + (b"data: [DONE]\n\n" if done else b""), content_type="text/event-stream")


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


async def test_odd_pieces_that_are_understood(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    call = {"id": "i", "type": "function", "function": {"name": "add", "arguments": {"a": 1}}}
    server.script(
        [
            sse(
                None, {"choices": []}, {"choices": [], "prompt_filter_results": []}, delta(role="assistant"),
                {"choices": [{"delta": None}]}, {"choices": [{"text": "T"}]},
                delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "R"}]}]),
                delta(content=[{"type": "text", "text": "U"}]),
                delta(tool_calls=[call]), delta("stop", content=None, extra=1),
                {"usage": {"prompt_tokens": 1, "completion_tokens": 2, "prompt_cache_hit_tokens": 1, "cost": 0.5}},
            )
        ]
    )  # fmt: skip
    answer = await complete(provider, HELLO, Options())
    assert (answer.text, answer.reasoning) == ("TU", "R")
    assert answer.tool_calls == (ToolCall("i", "add", {"a": 1}, '{"a":1}'),)
    assert answer.finish_reason is FinishReason.TOOL_CALLS
    assert answer.usage == Usage(1, 2, 1, 0, 0.5)


async def test_a_name_repeated_with_every_piece(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    pieces = [{"index": 0, "id": "i", "function": {"name": "add", "arguments": text}} for text in ('{"a"', ":1}")]
    server.script([sse(*[delta(tool_calls=[piece]) for piece in pieces], delta("tool_calls"))])
    assert (await complete(provider, HELLO, Options())).tool_calls == (ToolCall("i", "add", {"a": 1}, '{"a":1}'),)


async def test_the_legacy_function_call(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    events = [delta(function_call={"name": "add", "arguments": ""}), delta(function_call={"arguments": "{}"})]
    server.script([sse(*events, delta("function_call"))])
    answer = await complete(provider, HELLO, Options())
    assert answer.tool_calls[0].name == "add"
    assert answer.finish_reason is FinishReason.TOOL_CALLS


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
async def test_a_server_that_streams_under_another_name(
    server: FakeOpenAI, provider: OpenAIProvider, content_type: str
) -> None:
    server.script([Say("streamed", delivery=Delivery(content_type=content_type))])
    assert (await complete(provider, HELLO, Options())).text == "streamed"


async def test_a_server_that_does_not_stream(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    whole = {"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}
    server.script([Raw(orjson.dumps(whole))])
    assert (await complete(provider, HELLO, Options())).text == "whole"


# --- what goes wrong -------------------------------------------------------------------------------------------------

BAD_BODIES = [
    (Raw(b"<!DOCTYPE html><p>Welcome", content_type="text/html"), ErrorCategory.INVALID_OUTPUT, "HTML"),
    (Raw(b'{"choices": [{"message": {"cont'), ErrorCategory.INVALID_OUTPUT, "broken JSON"),
    (Raw(b"OK", content_type="text/plain"), ErrorCategory.INVALID_OUTPUT, "instead of JSON"),
    (Raw(b'{"status": "ok"}'), ErrorCategory.INVALID_OUTPUT, "shape"),
    (Raw(b'{"choices": [7]}'), ErrorCategory.INVALID_OUTPUT, "shape"),
    (Raw(b'{"choices": {"a": 1}}'), ErrorCategory.INVALID_OUTPUT, "shape"),
    (Raw(b""), ErrorCategory.EMPTY_RESPONSE, "empty"),
    (Raw(b'{"choices": []}'), ErrorCategory.EMPTY_RESPONSE, "empty"),
    (Raw(b'{"error": {"message": "m", "code": "rate_limit_exceeded"}}'), ErrorCategory.RATE_LIMITED, "limit"),
    (Say(""), ErrorCategory.EMPTY_RESPONSE, "empty"),
    (Say("", reasoning="only thoughts"), ErrorCategory.EMPTY_RESPONSE, "empty"),
    (Drop(), ErrorCategory.CONNECTION, "broke"),
    (Raw(b"", status=302, headers={"Location": "/x"}), ErrorCategory.INVALID_REQUEST, "redirects"),
]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("reply", "category", "word"), BAD_BODIES)
async def test_answers_that_are_none(
    server: FakeOpenAI, provider: OpenAIProvider, stream: bool, reply: Any, category: ErrorCategory, word: str
) -> None:
    server.script([reply])
    error = await failing(provider, Options(stream=stream))
    assert error.category is category
    assert word in str(error)


@pytest.mark.parametrize(
    ("reply", "category"),
    [
        (sse(), ErrorCategory.EMPTY_RESPONSE),
        (sse(delta("stop")), ErrorCategory.EMPTY_RESPONSE),
        (sse(done=False), ErrorCategory.CONNECTION),
        (sse(delta(content="a"), done=False), ErrorCategory.CONNECTION),
        (sse(b"{oops", delta(content="a")), ErrorCategory.INVALID_OUTPUT),
        (sse({"choices": [{"delta": "text"}]}), ErrorCategory.INVALID_OUTPUT),
        (sse(delta(content="a"), {"error": {"message": "m", "type": "server_error"}}), ErrorCategory.UNAVAILABLE),
        (sse(delta(content="a"), {"error": {"message": "m", "code": 429}}), ErrorCategory.RATE_LIMITED),
        (
            sse({"error": {"message": "m", "code": 502}, "choices": [{"delta": {}, "finish_reason": "error"}]}),
            ErrorCategory.UNAVAILABLE,
        ),
        (Raw(b'error: {"code": 500, "message": "m"}\n\n', content_type="text/event-stream"), ErrorCategory.UNAVAILABLE),
    ],
)
async def test_streams_that_go_wrong(
    server: FakeOpenAI, provider: OpenAIProvider, reply: Raw, category: ErrorCategory
) -> None:
    server.script([reply])
    assert (await failing(provider)).category is category


async def test_a_wrong_content_length(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script([Say("short", delivery=Delivery(wrong_length=10))])
    assert (await failing(provider, WHOLE)).category is ErrorCategory.CONNECTION


async def test_an_answer_past_the_size_limit(server: FakeOpenAI) -> None:
    provider = OpenAIProvider(model="m", base_url=server.base_url, max_response_bytes=10_000)
    for stream in (True, False):
        server.script([Say("x" * 20_000)])
        error = await failing(provider, Options(stream=stream))
        assert error.category is ErrorCategory.INVALID_OUTPUT
        assert "10000" in str(error)
    await provider.aclose()


async def test_a_finish_makes_the_answer_whole_whatever_comes_after(server: FakeOpenAI) -> None:
    whole = sse(delta(content="all"), delta("stop"), done=False).body
    provider = OpenAIProvider(model="m", base_url=server.base_url)
    for ending in ("close", "reset"):
        server.script([Raw(whole, content_type="text/event-stream", delivery=Delivery(ending=ending))])
        assert (await complete(provider, HELLO, Options())).text == "all"
    await provider.aclose()


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "delivery"),
    [
        (True, Delivery(head=False, ending="stall")),
        (True, Delivery(stop_after=0, ending="stall")),
        (True, Delivery(stop_after=300, ending="stall")),
        (False, Delivery(head=False, ending="stall")),
        (False, Delivery(stop_after=10, ending="stall")),
    ],
)
async def test_stalls(server: FakeOpenAI, stream: bool, delivery: Delivery) -> None:
    limits = {"first_token_s": 0.05, "between_tokens_s": 0.05, "answer_s": 0.05, "connect_s": 0.05}
    provider = OpenAIProvider(model="m", base_url=server.base_url, timeouts=limits)
    server.script([Say("a long answer", delivery=delivery)])
    error = await failing(provider, Options(stream=stream))
    assert error.category is ErrorCategory.TIMEOUT
    await asyncio.wait_for(server.last.gone.wait(), 10)
    await provider.aclose()


@pytest.mark.parametrize("stop_after", [0, 300])
async def test_the_deadline_bounds_a_call(server: FakeOpenAI, provider: OpenAIProvider, stop_after: int) -> None:
    server.script([Say("a long answer", delivery=Delivery(stop_after=stop_after, ending="stall"))])
    error = await failing(provider, Options(envelope=Envelope(deadline=time.monotonic() + 0.05)))
    assert error.category is ErrorCategory.TIMEOUT
    assert "deadline" in str(error)
    await asyncio.wait_for(server.last.gone.wait(), 10)


async def test_a_slow_reader_is_not_a_stall(server: FakeOpenAI) -> None:
    limits = {"first_token_s": 0.05, "between_tokens_s": 0.05}
    provider = OpenAIProvider(model="m", base_url=server.base_url, timeouts=limits)
    server.script([Say("x" * 400)])
    text = ""
    async for chunk in provider.stream(HELLO, Options()):
        text += chunk.text
        if len(text) == 4:
            await asyncio.sleep(0.2)  # longer than the limit, which counts only while the adapter waits
    assert text == "x" * 400
    await provider.aclose()


async def test_nobody_listens() -> None:
    async with FakeOpenAI() as server:
        url = server.base_url
    error = await failing(OpenAIProvider(model="m", base_url=url))
    assert error.category is ErrorCategory.CONNECTION
    assert "cannot connect" in str(error)


async def test_tls_towards_a_server_without_it(server: FakeOpenAI) -> None:
    provider = OpenAIProvider(model="m", base_url=server.base_url.replace("http:", "https:"))
    error = await failing(provider)
    await provider.aclose()
    assert error.category is ErrorCategory.CONNECTION
    assert "http://" in error.remedy


async def test_something_that_speaks_no_http() -> None:
    async def mumble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.test ESMTP\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(mumble, "127.0.0.1", 0)
    provider = OpenAIProvider(model="m", base_url=f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1")
    error = await failing(provider)
    await provider.aclose()
    listener.close()
    assert error.category is ErrorCategory.CONNECTION
    assert "does not answer in HTTP" in str(error)


async def test_a_proxy(server: FakeOpenAI) -> None:
    class Through(OpenAIDialect):
        def route(self, request: Request) -> None:
            return None  # a proxy is asked for whole addresses

    async with WireServer(Through(), ["through the proxy"]) as proxy:
        host = proxy.base_url.removesuffix("/v1")
        provider = OpenAIProvider(model="m", base_url="http://model.test/v1", proxy=host)
        assert (await complete(provider, HELLO, Options())).text == "through the proxy"
        await provider.aclose()
        assert proxy.last.path == "http://model.test/v1/chat/completions"


async def test_an_error_with_a_cut_body_is_that_error(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    body = b'{"error": {"message": "no such model", "code": "model_not_found"}}' + b" " * 100
    server.script([Raw(body, status=404, delivery=Delivery(stop_after=len(body) - 10, ending="close"))])
    assert (await failing(provider)).category is ErrorCategory.MODEL_NOT_FOUND


def test_the_first_call_imports_nothing() -> None:
    program = """
import asyncio, sys
from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import Options, Prompt
from harness.domain.messages import Message
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI

async def main():
    async with FakeOpenAI(["one", "two"]) as server:
        provider = OpenAIProvider(model="m", base_url=server.base_url.replace("127.0.0.1", "localhost"))
        before = set(sys.modules)
        for stream in (True, False):
            await complete(provider, Prompt((Message.user("x"),)), Options(stream=stream))
        print(sorted(set(sys.modules) - before))
        await provider.aclose()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


# --- connections -----------------------------------------------------------------------------------------------------


async def test_connections_are_kept(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script(lambda request: Say("again and again"))
    for stream in (True, False) * 5:
        await complete(provider, HELLO, Options(stream=stream))
    assert server.connections == 1


async def test_a_kept_connection_that_is_dropped_is_replaced_once(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script(["one", Drop(), "two", Drop(), Drop()])
    assert (await complete(provider, HELLO, WHOLE)).text == "one"
    assert (await complete(provider, HELLO, WHOLE)).text == "two"
    assert [request.reused for request in server.requests] == [False, True, False]
    assert (await failing(provider, WHOLE)).category is ErrorCategory.CONNECTION


async def test_a_fresh_connection_that_is_dropped_is_not_retried(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script([Drop(), "never asked for"])
    assert (await failing(provider, WHOLE)).category is ErrorCategory.CONNECTION
    assert len(server.requests) == 1


async def test_closing_the_iterator_ends_the_call(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    server.script([Say("x" * 100, delivery=Delivery(stop_after=1500, ending="stall"))])
    stream = provider.stream(HELLO, Options())
    assert await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    await asyncio.wait_for(server.last.gone.wait(), 10)


async def test_one_provider_on_several_loops_one_after_the_other() -> None:
    provider = OpenAIProvider(model="m", base_url="http://127.0.0.1:1/v1")

    async def one() -> None:
        async with FakeOpenAI(["hello"]) as server:
            inner = OpenAIProvider(model="m", base_url=server.base_url)
            assert (await complete(inner, HELLO, Options())).text == "hello"
            with pytest.raises(ProviderError):
                await complete(provider, HELLO, Options())
            await inner.aclose()

    for _ in range(3):
        await asyncio.to_thread(asyncio.run, one())
    assert len(provider._wire._sessions) == 1  # those of loops that are closed are dropped when a new one comes
    await provider.aclose()
    provider._wire._sessions.clear()


def test_a_provider_that_is_dropped_unclosed_leaves_nothing() -> None:
    program = """
import asyncio, gc
from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import Options, Prompt
from harness.domain.messages import Message
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI

async def main():
    async with FakeOpenAI(["one"]) as server:
        provider = OpenAIProvider(model="m", base_url=server.base_url)
        await complete(provider, Prompt((Message.user("x"),)), Options())
    circle = [provider]
    circle.append(circle)
    del provider, circle
    gc.collect()  # in the loop's last moment

asyncio.run(main())
gc.collect()
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""


async def test_a_closed_provider(provider: OpenAIProvider) -> None:
    await provider.aclose()
    await provider.aclose()
    assert "closed" in str(await failing(provider))


async def test_many_streams_at_once(server: FakeOpenAI, provider: OpenAIProvider) -> None:
    def answer(request: Request) -> Say:
        return Say(request.json["messages"][0]["content"] * 20)

    server.script(answer)
    prompts = [Prompt((Message.user(f"<{number}>"),)) for number in range(100)]
    answers = await asyncio.gather(*[complete(provider, prompt, Options()) for prompt in prompts])
    assert [answer.text for answer in answers] == [f"<{number}>" * 20 for number in range(100)]
