"""The chat-completions adapter: what it makes of what it gets, and what it says when it cannot."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.completions import FinishReason, Options
from harness.domain.errors import ConfigError
from harness.domain.failures import ErrorCategory
from harness.domain.tools import ToolCall
from harness.domain.usage import Usage
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI
from harness.testing.wire_replies import Call, Delivery, Drop, Raw, Say
from tests.adapters.providers.openai_help import HELLO, WHOLE, delta, failing, sse

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
