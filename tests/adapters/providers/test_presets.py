"""Presets: the chat-completions adapter, told where a service is and how it differs."""

from pathlib import Path

import pytest

from harness import Harness
from harness.adapters.providers.presets import PRESETS, Preset
from harness.config import builtin
from harness.domain.completions import Options, Prompt
from harness.domain.errors import ConfigError, ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import Message
from harness.ports.provider import complete
from harness.testing.openai_server import FakeOpenAI

PROMPT = Prompt((Message.user("hi"),))


def test_every_preset_can_be_named_in_a_config() -> None:
    assert set(builtin.PRESETS) == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
async def test_a_preset_answers_from_a_config_file(name: str, tmp_path: Path) -> None:
    preset = PRESETS[name]
    async with FakeOpenAI(["hello", "hello"]) as server:
        path = tmp_path / "harness.yaml"
        path.write_text(
            f"version: 1\nstore: {{adapter: memory}}\noptions: {{max_tokens: 9}}\n"
            f"provider: {{adapter: {name}, model: m, api_key: sk-test-123456, base_url: '{server.base_url}'}}\n"
        )
        async with Harness.from_config(path) as harness:
            result = await harness.run("hi")
            _ = [event async for event in harness.stream("hi")]
        assert result.text == "hello"
        assert result.route is not None
        assert result.route.provider == name
        key = "sk-test-123456" if preset.key_header != "Authorization" else "Bearer sk-test-123456"
        headers = {header.lower(): value for header, value in server.last.headers.items()}
        assert headers[preset.key_header.lower()] == key
        assert server.requests[0].json[preset.max_tokens_field] == 9
        assert ("stream_options" in server.last.json) is preset.include_usage


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.key_variable])
async def test_without_a_key_the_variable_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    preset = PRESETS[name]
    monkeypatch.delenv(preset.key_variable or "", raising=False)
    place = {} if preset.base_url else {"base_url": "https://mine.openai.azure.com/openai/v1"}
    provider = preset(model="m", **place)
    with pytest.raises(ProviderError, match=preset.key_variable or "") as caught:
        await complete(provider, PROMPT, Options())
    await provider.aclose()
    assert caught.value.category is ErrorCategory.AUTHENTICATION


async def test_the_key_is_read_from_the_services_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeOpenAI(["ok"]) as server:
        monkeypatch.setenv("MINE_KEY", "sk-mine-0123456")
        provider = Preset("mine", server.base_url, "MINE_KEY")(model="m")
        assert (await complete(provider, PROMPT, Options())).text == "ok"
        await provider.aclose()
    assert "Bearer sk-mine-0123456" in server.last.headers.values()


async def test_at_another_address_no_key_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "sk-secret-0123456")
    async with FakeOpenAI(["ok"]) as server:
        provider = PRESETS["groq"](model="m", base_url=server.base_url)
        await complete(provider, PROMPT, Options())
        await provider.aclose()
    assert "sk-secret" not in str(dict(server.last.headers))


def test_azure_needs_an_address() -> None:
    with pytest.raises(ConfigError, match="RESOURCE"):
        PRESETS["azure"](model="m")
