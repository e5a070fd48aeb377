"""The fakes are true to the wire: each official client, which knows the real server, works with its fake."""

import anthropic
import ollama
import pytest
from google import genai
from google.genai import types

from harness.domain.failures import ErrorCategory
from harness.domain.usage import Usage
from harness.testing.anthropic_server import FakeAnthropic
from harness.testing.gemini_server import FakeGemini
from harness.testing.ollama_server import FakeOllama
from harness.testing.wire_replies import Call, Fail, Say

SAY = Say("hello wörld", calls=[Call("add", {"a": 1}), Call("look")], reasoning="think", usage=Usage(20, 9, 4))
USER = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize("stream", [True, False])
async def test_anthropics_client(stream: bool) -> None:
    async with FakeAnthropic([SAY]) as server:
        base = server.base_url.removesuffix("/v1")
        async with anthropic.AsyncAnthropic(api_key="k", base_url=base, max_retries=0) as client:
            if stream:
                async with client.messages.stream(model="m", max_tokens=50, messages=USER) as events:  # type: ignore[arg-type]
                    message = await events.get_final_message()
            else:
                message = await client.messages.create(model="m", max_tokens=50, messages=USER)  # type: ignore[arg-type]
    said = [block.to_dict() for block in message.content]
    assert [block["type"] for block in said] == ["thinking", "text", "tool_use", "tool_use"]
    assert said[1]["text"] == "hello wörld"
    assert (said[2]["name"], said[2]["input"], said[3]["input"]) == ("add", {"a": 1}, {})
    assert message.stop_reason == "tool_use"
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.output_tokens) == (
        16,
        4,
        9,
    )


async def test_anthropics_client_reads_the_errors() -> None:
    async with FakeAnthropic([Fail(ErrorCategory.RATE_LIMITED), Fail(ErrorCategory.OVERLOADED)]) as server:
        base = server.base_url.removesuffix("/v1")
        async with anthropic.AsyncAnthropic(api_key="k", base_url=base, max_retries=0) as client:
            with pytest.raises(anthropic.RateLimitError):
                await client.messages.create(model="m", max_tokens=50, messages=USER)  # type: ignore[arg-type]
            with pytest.raises(anthropic.APIStatusError) as caught:
                await client.messages.create(model="m", max_tokens=50, messages=USER)  # type: ignore[arg-type]
    assert caught.value.status_code == 529


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
@pytest.mark.parametrize("stream", [True, False])
async def test_googles_client(stream: bool) -> None:
    async with FakeGemini([SAY]) as server:
        base = server.base_url.removesuffix("/v1beta")
        client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=base))
        if stream:
            pieces = [
                piece async for piece in await client.aio.models.generate_content_stream(model="m", contents="hi")
            ]
        else:
            pieces = [await client.aio.models.generate_content(model="m", contents="hi")]
        await client.aio.aclose()
    parts = [
        part
        for piece in pieces
        for candidate in piece.candidates or ()
        for part in (candidate.content.parts if candidate.content else None) or ()
    ]
    assert "".join(part.text or "" for part in parts if not part.thought) == "hello wörld"
    assert "".join(part.text or "" for part in parts if part.thought) == "think"
    calls = [part.function_call for part in parts if part.function_call]
    assert [(call.name, call.args) for call in calls] == [("add", {"a": 1}), ("look", {})]
    counts = pieces[-1].usage_metadata
    assert counts is not None
    assert (counts.prompt_token_count, counts.candidates_token_count, counts.cached_content_token_count) == (20, 9, 4)


@pytest.mark.parametrize("stream", [True, False])
async def test_ollamas_client(stream: bool) -> None:
    async with FakeOllama([SAY]) as server:
        client = ollama.AsyncClient(host=server.base_url)
        if stream:
            pieces = [piece async for piece in await client.chat(model="m", messages=USER, stream=True)]
        else:
            pieces = [await client.chat(model="m", messages=USER)]
        await client._client.aclose()
    assert "".join(piece.message.content or "" for piece in pieces) == "hello wörld"
    assert "".join(piece.message.thinking or "" for piece in pieces) == "think"
    calls = [call.function for piece in pieces for call in piece.message.tool_calls or ()]
    assert [(call.name, dict(call.arguments)) for call in calls] == [
        ("add", {"a": 1}),
        ("look", {}),
    ]
    assert (pieces[-1].done, pieces[-1].prompt_eval_count, pieces[-1].eval_count) == (True, 20, 9)
