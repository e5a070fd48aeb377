"""Ollama's own chat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from harness.adapters.providers._bodies import Bodies
from harness.adapters.providers._exchange import Exchange
from harness.adapters.providers._failures import failure
from harness.adapters.providers._inputs import check_secret
from harness.adapters.providers._lines import LineSplitter
from harness.adapters.providers._wire import Timeouts, Wire
from harness.adapters.providers.ollama_chunks import FAILURES, Decoder
from harness.domain.completions import CompletionChunk, Options, Prompt
from harness.domain.errors import ConfigError, ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import ImagePart

LOCAL = "http://127.0.0.1:11434"
_PATH = "/api/chat"


class OllamaProvider:
    """Asks Ollama by its native chat.

    The dialect has no ids of calls, no choice of tools and no images by URL: a `tool_choice` other than `auto` and
    `none`, and an image by URL, are refused before anything is sent; with `none` no tools are offered.

    Args:
        model: the model, where the options name none.
        api_key: sent as a bearer token, for a server that asks for one.
        base_url: where the API begins; `/api/chat` is appended.
        name: the name in errors and attempts.
        timeouts: seconds for connecting, the first token, between tokens, an answer in one piece.
        headers: sent with every call.
        max_response_bytes: a longer answer is an error.
        proxy: the address of an HTTP proxy.
        ca_file: a PEM file of certificate authorities to trust.

    Raises:
        ConfigError: no model, a base_url without scheme or host, a key that no header can carry.
    """

    def __init__(
        self,
        *,
        model: str,
        api_key: str | None = None,
        base_url: str = LOCAL,
        name: str = "ollama",
        timeouts: Timeouts | Mapping[str, float] | None = None,
        headers: Mapping[str, str] | None = None,
        max_response_bytes: int = 64 * 1024 * 1024,
        proxy: str | None = None,
        ca_file: str | None = None,
    ) -> None:
        if not model.strip():
            raise ConfigError("is empty", key="model", remedy="name the model to ask")
        key = check_secret(api_key) if api_key else ""
        extra = {name: check_secret(value, key=f"headers.{name}") for name, value in (headers or {}).items()}
        self._name = name
        self._model = model
        self._wire = Wire(
            provider=name,
            base_url=base_url,
            headers={**({"Authorization": f"Bearer {key}"} if key else {}), **extra},
            timeouts=timeouts if isinstance(timeouts, Timeouts) else Timeouts.read(timeouts or {}),
            max_response_bytes=max_response_bytes,
            proxy=proxy,
            ca_file=ca_file,
        )
        self._bodies = Bodies("ollama", provider=name, model=model)
        self._exchange = Exchange(
            provider=name,
            wire=self._wire,
            failures=FAILURES,
            secrets=(key, *extra.values()),
            splitter=LineSplitter,
        )

    @property
    def name(self) -> str:
        """The name in errors and attempts."""
        return self._name

    @property
    def model(self) -> str:
        """The model asked where the options name none."""
        return self._model

    def __repr__(self) -> str:
        return f"OllamaProvider(name={self._name!r}, model={self._model!r}, at={self._wire.place!r})"

    def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        """Asks the model. Without `options.stream` the answer is fetched in one piece and comes as one chunk.

        Raises:
            ProviderError: for every failure, with its category, after what came has been yielded.
        """
        return self._exchange.stream(prompt, options, self._request, Decoder())

    async def aclose(self) -> None:
        """Closes the connections. Idempotent."""
        self._bodies.forget()
        await self._wire.aclose()

    def _request(self, prompt: Prompt, options: Options) -> tuple[str, bytes]:
        choice = options.tool_choice
        if choice == "none":
            prompt, options = Prompt(prompt.messages), replace(options, tool_choice=None)
        elif choice not in (None, "auto"):
            raise self._refused(f"the dialect cannot force a call (tool_choice {choice!r})", "leave tool_choice out")
        for message in prompt.messages:
            if any(isinstance(part, ImagePart) and part.url is not None for part in message.parts):
                raise self._refused("the dialect takes no image by URL", "send the bytes of the image")
        return _PATH, self._bodies.write(prompt, options)

    def _refused(self, what: str, remedy: str) -> ProviderError:
        return failure(ErrorCategory.INVALID_REQUEST, provider=self._name, what=what, remedy=remedy)
