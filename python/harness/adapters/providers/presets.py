"""Servers that speak OpenAI's chat completions, as data: where they are, how they take a key, how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.adapters.providers.openai import OpenAIProvider
from harness.domain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Preset:
    """One service or server. Calling it with the arguments of `OpenAIProvider` makes the adapter.

    Args:
        name: in errors and attempts.
        base_url: where its API begins; None where everybody has an address of their own.
        key_variable: the environment's variable with the key; None where no key is needed.
        key_header: the header of the key.
        max_tokens_field: what it calls the limit of an answer.
        include_usage: whether it may be asked for the usage of streamed answers.
        reasoning_field: the field under which it wants earlier reasoning back; None where it wants none.
    """

    name: str
    base_url: str | None
    key_variable: str | None = None
    key_header: str = "Authorization"
    max_tokens_field: str = "max_tokens"
    include_usage: bool = True
    reasoning_field: str | None = None

    def __call__(self, *, model: str, base_url: str | None = None, **options: Any) -> OpenAIProvider:
        """Returns the adapter; what is given stands for what the preset says.

        Raises:
            ConfigError: as `OpenAIProvider`, and where an address is needed and not given.
        """
        place = base_url or self.base_url
        if place is None:
            raise ConfigError(
                "is missing: everybody has an address of their own here",
                key="base_url",
                remedy="for Azure it is https://RESOURCE.openai.azure.com/openai/v1",
            )
        preset: dict[str, Any] = {
            "name": self.name,
            "key_header": self.key_header,
            # At another address, such as a proxy, there may be none.
            "key_variable": self.key_variable if base_url is None or self.base_url is None else None,
            "max_tokens_field": self.max_tokens_field,
            "include_usage": self.include_usage,
            "reasoning_field": self.reasoning_field,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return OpenAIProvider(model=model, base_url=place, **(preset | given))


groq = Preset("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", max_tokens_field="max_completion_tokens")
together = Preset("together", "https://api.together.xyz/v1", "TOGETHER_API_KEY")
huggingface = Preset("huggingface", "https://router.huggingface.co/v1", "HF_TOKEN")
openrouter = Preset("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", reasoning_field="reasoning")
mistral = Preset("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", include_usage=False)
deepseek = Preset("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY")
xai = Preset("xai", "https://api.x.ai/v1", "XAI_API_KEY")
fireworks = Preset("fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY")
cerebras = Preset(
    "cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", max_tokens_field="max_completion_tokens"
)
nvidia = Preset("nvidia", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY")
azure = Preset("azure", None, "AZURE_OPENAI_API_KEY", key_header="api-key", max_tokens_field="max_completion_tokens")
vllm = Preset("vllm", "http://127.0.0.1:8000/v1", reasoning_field="reasoning_content")
llamacpp = Preset("llamacpp", "http://127.0.0.1:8080/v1", reasoning_field="reasoning_content")
lmstudio = Preset("lmstudio", "http://127.0.0.1:1234/v1")

PRESETS: dict[str, Preset] = {
    each.name: each
    for each in (
        groq,
        together,
        huggingface,
        openrouter,
        mistral,
        deepseek,
        xai,
        fireworks,
        cerebras,
        nvidia,
        azure,
        vllm,
        llamacpp,
        lmstudio,
    )
}
"""By name, which is that of the adapter in a config file."""
