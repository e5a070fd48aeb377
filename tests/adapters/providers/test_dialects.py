"""What an application sees is the same whichever dialect is spoken: only the adapter's name changes in the config."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from harness import Harness, tool
from harness.adapters.providers.anthropic import AnthropicProvider
from harness.adapters.providers.gemini import GeminiProvider
from harness.adapters.providers.ollama import OllamaProvider
from harness.adapters.stores.sqlite import SqliteStore
from harness.domain.completions import FinishReason, Options, Prompt
from harness.domain.errors import ConfigError, ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import ImagePart, Message
from harness.domain.tools import ToolSpec
from harness.ports.provider import complete
from harness.testing.anthropic_server import FakeAnthropic
from harness.testing.gemini_server import FakeGemini
from harness.testing.ollama_server import FakeOllama
from harness.testing.openai_server import FakeOpenAI
from harness.testing.wire_replies import Call, Raw, Say
from harness.testing.wire_server import WireServer

SERVERS: dict[str, Callable[[], WireServer]] = {
    "openai": FakeOpenAI,
    "anthropic": FakeAnthropic,
    "gemini": FakeGemini,
    "ollama": FakeOllama,
}
_both = pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@_both
@pytest.mark.parametrize("adapter", SERVERS)
async def test_a_run_with_tools_is_the_same_in_every_dialect(adapter: str, watched: bool, tmp_path: Path) -> None:
    """Two calls at once, their results sent back, an answer, and a second turn that knows the first."""
    async with SERVERS[adapter]() as server:
        path = tmp_path / "harness.yaml"
        path.write_text(
            f"version: 1\nstore: {{adapter: memory}}\nsystem: Be brief.\n"
            f"provider: {{adapter: {adapter}, model: m, api_key: sk-test-123456, base_url: '{server.base_url}'}}\n"
        )
        calls = [Call("add", {"a": 1, "b": 2}), Call("add", {"a": 40, "b": 2})]
        server.script([Say(calls=calls, reasoning="two sums"), Say("3 and 42"), Say("as I said")])
        async with Harness.from_config(path, tools=[add]) as harness:
            if watched:
                events = [event async for event in harness.stream("add them", conversation_id="c")]
                result = events[-1].result  # type: ignore[union-attr]
            else:
                result = await harness.run("add them", conversation_id="c")
            assert result.text == "3 and 42"
            assert [record.result for record in result.tool_calls] == [3, 42]
            assert result.usage.total_tokens == 36
            sent = orjson.dumps(server.last.json).decode()
            for word in ("Be brief.", "add them", "42", "Add two numbers."):
                assert word in sent
            assert (await harness.run("again", conversation_id="c")).text == "as I said"
            assert "3 and 42" in orjson.dumps(server.last.json).decode()


async def test_what_anthropic_thought_goes_back_with_its_seal() -> None:
    async with FakeAnthropic() as server:
        server.script([Say(calls=[Call("add", {"a": 1, "b": 2})], reasoning="a sum"), Say("3")])
        provider = AnthropicProvider(model="m", base_url=server.base_url)
        async with Harness(provider, tools=[add]) as harness:
            await harness.run("add")
        said = server.last.json["messages"][1]["content"]
    assert said[0] == {"type": "thinking", "thinking": "a sum", "signature": "c2lnbmF0dXJl"}
    assert said[1]["type"] == "tool_use"


async def test_geminis_seal_on_a_call_goes_back_with_it_also_out_of_the_store(tmp_path: Path) -> None:
    async with FakeGemini() as server:
        server.script([Say(calls=[Call("add", {"a": 1, "b": 2})], reasoning="a sum"), Say("3"), Say("yes")])
        provider = GeminiProvider(model="m", base_url=server.base_url)
        store = SqliteStore(tmp_path / "c.db")
        async with Harness(provider, tools=[add], store=store) as harness:
            await harness.run("add", conversation_id="c")
            sent = server.last.json["contents"][1]["parts"]
            await harness.run("sure?", conversation_id="c")
            again = server.last.json["contents"][1]["parts"]
    call = {"functionCall": {"name": "add", "args": {"a": 1, "b": 2}}, "thoughtSignature": "c2lnbmF0dXJl"}
    assert call in sent
    assert call in again


async def test_anthropic_is_asked_to_keep_what_does_not_change() -> None:
    async with FakeAnthropic(["ok"]) as server:
        provider = AnthropicProvider(model="m", base_url=server.base_url)
        prompt = Prompt((Message.system("rules"), Message.user("hi")), (ToolSpec("look"),))
        await complete(provider, prompt, Options())
        await provider.aclose()
    body = server.last.json
    mark = {"type": "ephemeral"}
    assert body["tools"][-1]["cache_control"] == mark
    assert body["system"][-1]["cache_control"] == mark
    assert body["messages"][-1]["content"][-1]["cache_control"] == mark
    assert server.last.headers["anthropic-version"] == "2023-06-01"


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("adapter", "where"),
    [
        ("anthropic", ("output_config", "format", "schema")),
        ("gemini", ("generationConfig", "responseJsonSchema")),
        ("ollama", ("format",)),
    ],
)
async def test_a_schema_is_asked_for_in_the_dialects_own_mode(adapter: str, where: tuple[str, ...]) -> None:
    classes: dict[str, Any] = {"anthropic": AnthropicProvider, "gemini": GeminiProvider, "ollama": OllamaProvider}
    async with SERVERS[adapter]() as server:
        server.script(['{"n": 1}'])
        provider = classes[adapter](model="m", base_url=server.base_url)
        options = Options(response_format={"type": "json_schema", "name": "x", "schema": SCHEMA})
        await complete(provider, Prompt((Message.user("n"),)), options)
        await provider.aclose()
        found = server.last.json
    for key in where:
        found = found[key]
    assert found == SCHEMA


@pytest.mark.parametrize("choice", ["none", "auto"])
async def test_ollama_offers_no_tools_where_none_may_be_called(choice: str) -> None:
    async with FakeOllama(["ok"]) as server:
        provider = OllamaProvider(model="m", base_url=server.base_url)
        await complete(provider, Prompt((Message.user("x"),), (ToolSpec("look"),)), Options(tool_choice=choice))
        await provider.aclose()
    assert ("tools" in server.last.json) is (choice == "auto")


@pytest.mark.parametrize(
    ("prompt", "options", "words"),
    [
        (Prompt((Message.user("x", ImagePart(url="https://x/y.png")),)), Options(), "no image by URL"),
        (Prompt((Message.user("x"),), (ToolSpec("look"),)), Options(tool_choice="required"), "cannot force a call"),
        (Prompt((Message.user("x"),), (ToolSpec("look"),)), Options(tool_choice="look"), "cannot force a call"),
    ],
)
async def test_what_ollama_cannot_do_is_refused_before_it_is_sent(prompt: Prompt, options: Options, words: str) -> None:
    async with FakeOllama(["ok"]) as server:
        provider = OllamaProvider(model="m", base_url=server.base_url)
        with pytest.raises(ProviderError, match=words) as caught:
            await complete(provider, prompt, options)
        await provider.aclose()
    assert caught.value.category is ErrorCategory.INVALID_REQUEST
    assert server.requests == []


@pytest.mark.parametrize("text", ["mödel/with space", "models/m", "tuned:1"])
async def test_the_model_stands_in_geminis_address(text: str) -> None:
    async with FakeGemini() as server:
        server.script(lambda request: Say("ok"))
        provider = GeminiProvider(model=text, base_url=server.base_url)
        for stream in (True, False):
            assert (await complete(provider, Prompt((Message.user("x"),)), Options(stream=stream))).text == "ok"
        await provider.aclose()
    assert server.requests[0].path.endswith(":streamGenerateContent?alt=sse")
    assert server.requests[1].path.endswith(":generateContent")


@pytest.mark.parametrize(
    ("provider", "variable"), [(AnthropicProvider, "ANTHROPIC_API_KEY"), (GeminiProvider, "GEMINI_API_KEY")]
)
async def test_the_official_address_without_a_key_is_an_error_that_names_the_variable(
    provider: Any, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable, raising=False)
    made = provider(model="m")
    with pytest.raises(ProviderError, match=variable) as caught:
        await complete(made, Prompt((Message.user("x"),)), Options())
    await made.aclose()
    assert caught.value.category is ErrorCategory.AUTHENTICATION


@pytest.mark.parametrize("provider", [AnthropicProvider, GeminiProvider, OllamaProvider])
def test_bad_settings_are_refused(provider: Any) -> None:
    for bad in ({"model": " "}, {"model": "m", "base_url": "no-scheme"}, {"model": "m", "timeouts": {"conect_s": 1}}):
        with pytest.raises(ConfigError):
            provider(**bad)


async def test_gemini_that_blocks_a_prompt_has_ended_for_the_filter() -> None:
    blocked = Raw(b'{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"modelVersion":"m"}')
    async with FakeGemini([blocked]) as server:
        provider = GeminiProvider(model="m", base_url=server.base_url)
        answer = await complete(provider, Prompt((Message.user("x"),)), Options(stream=False))
        await provider.aclose()
    assert answer.finish_reason is FinishReason.CONTENT_FILTER
