"""The adapters that come with harness: name, where the code is, and the options it takes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from harness.config.section import Section

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class NoOptions(Section):
    """An adapter without options."""


class TimeoutOptions(Section):
    """How long each part of a model call may take, in seconds."""

    connect_s: Seconds = Field(default=10.0, description="Finding the address, connecting and TLS.")
    first_token_s: Seconds = Field(default=60.0, description="From then to the first bytes of a streamed answer.")
    between_tokens_s: Seconds = Field(default=60.0, description="Between two reads of an answer.")
    answer_s: Seconds = Field(default=300.0, description="To the first bytes of an answer that comes in one piece.")


class OpenAIOptions(Section):
    """OpenAI's chat completions, or any server that speaks them."""

    model: str = Field(min_length=1, description="The model to ask.")
    api_key: SecretStr | None = Field(
        default=None,
        description="Sent as a bearer token. Without it OPENAI_API_KEY is read, for the official address only.",
    )
    base_url: str = Field(default="https://api.openai.com/v1", description="Where the API begins.")
    name: str = Field(default="openai", min_length=1, description="The name in errors and attempts.")
    timeouts: TimeoutOptions | None = Field(default=None, description="Seconds that each part of a call may take.")
    headers: dict[str, SecretStr] | None = Field(default=None, description="Sent with every call; never printed.")
    max_response_bytes: Count = Field(default=64 * 1024 * 1024, description="A longer answer is an error.")
    max_tokens_field: Literal["max_completion_tokens", "max_tokens"] | None = Field(
        default=None, description="What the server calls the limit; by default what the official address or others do."
    )
    include_usage: bool = Field(default=True, description="Ask for the usage of streamed answers.")
    reasoning_field: str | None = Field(
        default=None, description="The field under which earlier reasoning is sent back."
    )
    image_detail: Literal["auto", "low", "high"] | None = Field(default=None, description="The detail of every image.")
    proxy: str | None = Field(default=None, description="The address of an HTTP proxy.")
    ca_file: str | None = Field(default=None, description="A PEM file of certificate authorities to trust.")


class HttpOptions(Section):
    """What every provider over HTTP can be told."""

    model: str = Field(min_length=1, description="The model to ask.")
    api_key: SecretStr | None = Field(default=None, description="The key.")
    base_url: str = Field(min_length=1, description="Where the API begins.")
    name: str = Field(min_length=1, description="The name in errors and attempts.")
    timeouts: TimeoutOptions | None = Field(default=None, description="Seconds that each part of a call may take.")
    headers: dict[str, SecretStr] | None = Field(default=None, description="Sent with every call; never printed.")
    max_response_bytes: Count = Field(default=64 * 1024 * 1024, description="A longer answer is an error.")
    proxy: str | None = Field(default=None, description="The address of an HTTP proxy.")
    ca_file: str | None = Field(default=None, description="A PEM file of certificate authorities to trust.")


class PresetOptions(HttpOptions):
    """A service that speaks OpenAI's chat completions; what is null is as the preset says."""

    api_key: SecretStr | None = Field(default=None, description="Without it the service's own variable is read.")
    base_url: str | None = Field(  # type: ignore[assignment]
        default=None, description="Where the API begins."
    )
    name: str | None = Field(  # type: ignore[assignment]
        default=None, description="The name in errors and attempts."
    )
    max_tokens_field: Literal["max_completion_tokens", "max_tokens"] | None = Field(
        default=None, description="What the server calls the limit."
    )
    include_usage: bool | None = Field(default=None, description="Ask for the usage of streamed answers.")
    reasoning_field: str | None = Field(
        default=None, description="The field under which earlier reasoning is sent back."
    )
    image_detail: Literal["auto", "low", "high"] | None = Field(default=None, description="The detail of every image.")


class AnthropicOptions(HttpOptions):
    """Anthropic's messages, or any server that speaks them."""

    api_key: SecretStr | None = Field(
        default=None, description="Without it ANTHROPIC_API_KEY is read, for the official address only."
    )
    base_url: str = Field(default="https://api.anthropic.com/v1", description="Where the API begins.")
    name: str = Field(default="anthropic", min_length=1, description="The name in errors and attempts.")


class GeminiOptions(HttpOptions):
    """Gemini's generateContent, or any server that speaks it."""

    api_key: SecretStr | None = Field(
        default=None, description="Without it GEMINI_API_KEY is read, for the official address only."
    )
    base_url: str = Field(
        default="https://generativelanguage.googleapis.com/v1beta", description="Where the API begins."
    )
    name: str = Field(default="gemini", min_length=1, description="The name in errors and attempts.")


class OllamaOptions(HttpOptions):
    """Ollama's own chat."""

    api_key: SecretStr | None = Field(default=None, description="For a server that asks for one.")
    base_url: str = Field(default="http://127.0.0.1:11434", description="Where the server is.")
    name: str = Field(default="ollama", min_length=1, description="The name in errors and attempts.")


class LibsqlOptions(Section):
    """Conversations in an SQLite file or on a libSQL server."""

    url: str = Field(
        default="file:.harness/harness.db",
        min_length=1,
        description="`file:PATH` is embedded; `libsql:` and `https:` are clouds; `ws:` and `http:` are servers.",
    )
    auth_token: SecretStr | None = Field(default=None, description="For a server that asks for one.")


class MemoryCacheOptions(Section):
    """A cache in this process."""

    max_entries: Count = Field(default=10_000, description="Most values.")
    max_bytes: Count | None = Field(default=64 * 1024 * 1024, description="Most bytes of all values together.")
    default_ttl_s: Seconds | None = Field(
        default=3600.0, description="Seconds that a value is kept; null keeps it until evicted."
    )


class TokenBucketOptions(Section):
    """Permits at a steady rate, with bursts."""

    rate_per_s: float = Field(gt=0, description="Calls a second, a bucket a provider.")
    burst: float = Field(default=1.0, gt=0, description="Calls at once, after a rest.")


PRESETS = (
    "azure",
    "cerebras",
    "deepseek",
    "fireworks",
    "groq",
    "huggingface",
    "llamacpp",
    "lmstudio",
    "mistral",
    "nvidia",
    "openrouter",
    "together",
    "vllm",
    "xai",
)
"""The names in `harness.adapters.providers.presets`, which is imported only where one is used."""

LEVEL = Literal["debug", "info", "warning", "error", "off"]


class StructlogOptions(Section):
    """The events of runs as log lines."""

    format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: console on a terminal, else JSON."
    )
    path: str | None = Field(default=None, description="The file to append to; null is stderr.")
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The lowest level that is written."
    )
    levels: dict[str, LEVEL] | None = Field(
        default=None, description="The level of events by name, such as `text_delta: debug`; `off` writes none."
    )
    content: bool = Field(
        default=False, description="Write what is said: prompts, answers, tool arguments and results."
    )
    max_chars: Annotated[int, Field(ge=16)] = Field(default=2000, description="Longer texts are cut.")
    capacity: Count = Field(
        default=10_000, description="Lines that may wait to be written; more are dropped and counted."
    )


class FilesOptions(Section):
    """Files that the model may read."""

    root: str = Field(default=".", min_length=1, description="The folder; nothing outside it can be reached.")
    max_bytes: Count = Field(default=65_536, description="Most bytes that one call of read_file returns.")


class ClockOptions(Section):
    """The time of day."""

    timezone: str | None = Field(default=None, description="The IANA name of the zone where none is asked for.")


class HashingOptions(Section):
    """Likeness by words and letters, without a model."""

    dimensions: Annotated[int, Field(ge=16)] = Field(default=256, description="Length of the vectors.")


BUILTIN: dict[str, dict[str, tuple[str, type[Section], str]]] = {
    "provider": {
        "pattern": ("harness.adapters.providers.pattern:PatternProvider", NoOptions, ""),
        "openai": ("harness.adapters.providers.openai:OpenAIProvider", OpenAIOptions, ""),
        "anthropic": ("harness.adapters.providers.anthropic:AnthropicProvider", AnthropicOptions, ""),
        "gemini": ("harness.adapters.providers.gemini:GeminiProvider", GeminiOptions, ""),
        "ollama": ("harness.adapters.providers.ollama:OllamaProvider", OllamaOptions, ""),
        **{name: (f"harness.adapters.providers.presets:{name}", PresetOptions, "") for name in PRESETS},
    },
    "store": {
        "memory": ("harness.adapters.stores.memory:MemoryStore", NoOptions, ""),
        "libsql": ("harness.adapters.stores.libsql:open_store", LibsqlOptions, "libsql"),
    },
    "run_store": {"memory": ("harness.adapters.stores.memory:MemoryRunStore", NoOptions, "")},
    "cache": {"memory": ("harness.adapters.caches.memory:MemoryCache", MemoryCacheOptions, "")},
    "limiter": {"token_bucket": ("harness.adapters.limiters.token_bucket:TokenBucketLimiter", TokenBucketOptions, "")},
    "sink": {"structlog": ("harness.adapters.sinks.structlog:StructlogSink", StructlogOptions, "")},
    "embedder": {"hashing": ("harness.adapters.embedders.hashing:HashingEmbedder", HashingOptions, "")},
    "tool": {
        "calculator": ("harness.adapters.tools.calculator:make_tools", NoOptions, ""),
        "todo": ("harness.adapters.tools.todo:make_tools", NoOptions, ""),
        "clock": ("harness.adapters.tools.clock:make_tools", ClockOptions, ""),
        "files": ("harness.adapters.tools.files:make_tools", FilesOptions, ""),
    },
}
"""By port and name: `module:attribute`, the model of its options, the extra it needs or nothing."""
