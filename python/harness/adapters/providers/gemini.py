"""Gemini's generateContent."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote

from harness.adapters.providers._bodies import Bodies
from harness.adapters.providers._exchange import Exchange
from harness.adapters.providers._failures import failure
from harness.adapters.providers._inputs import check_secret
from harness.adapters.providers._wire import Timeouts, Wire
from harness.adapters.providers.gemini_chunks import FAILURES, Decoder
from harness.domain.completions import CompletionChunk, Options, Prompt
from harness.domain.errors import ConfigError
from harness.domain.failures import ErrorCategory

OFFICIAL = "https://generativelanguage.googleapis.com/v1beta"


class GeminiProvider:
    """Asks Gemini, or a server that speaks its generateContent.

    Calls have no ids in this dialect: results go back by the name of the tool, in the order of the calls. An image by
    URL is sent as a file's address, which the official server takes for files of its own, of Cloud Storage and of
    YouTube.

    Args:
        model: the model, where the options name none.
        api_key: sent as `x-goog-api-key`. None reads the environment's GEMINI_API_KEY for the official address, and
            sends none to any other.
        base_url: where the API begins; `/models/MODEL:generateContent` is appended.
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
        base_url: str = OFFICIAL,
        name: str = "gemini",
        timeouts: Timeouts | Mapping[str, float] | None = None,
        headers: Mapping[str, str] | None = None,
        max_response_bytes: int = 64 * 1024 * 1024,
        proxy: str | None = None,
        ca_file: str | None = None,
    ) -> None:
        if not model.strip():
            raise ConfigError("is empty", key="model", remedy="name the model to ask")
        official = base_url.strip().rstrip("/") == OFFICIAL
        key = api_key if api_key is not None else os.environ.get("GEMINI_API_KEY") if official else None
        key = check_secret(key) if key else ""
        extra = {name: check_secret(value, key=f"headers.{name}") for name, value in (headers or {}).items()}
        self._keyless = official and not key
        self._name = name
        self._model = model
        self._wire = Wire(
            provider=name,
            base_url=base_url,
            headers={**({"x-goog-api-key": key} if key else {}), **extra},
            timeouts=timeouts if isinstance(timeouts, Timeouts) else Timeouts.read(timeouts or {}),
            max_response_bytes=max_response_bytes,
            proxy=proxy,
            ca_file=ca_file,
        )
        self._bodies = Bodies("gemini", provider=name, model=model)
        self._exchange = Exchange(provider=name, wire=self._wire, failures=FAILURES, secrets=(key, *extra.values()))

    @property
    def name(self) -> str:
        """The name in errors and attempts."""
        return self._name

    @property
    def model(self) -> str:
        """The model asked where the options name none."""
        return self._model

    def __repr__(self) -> str:
        return f"GeminiProvider(name={self._name!r}, model={self._model!r}, at={self._wire.place!r})"

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
        if self._keyless:
            raise failure(
                ErrorCategory.AUTHENTICATION,
                provider=self._name,
                what="there is no API key",
                remedy="set api_key, or the environment variable GEMINI_API_KEY, or base_url for another server",
            )
        model = quote((options.model or self._model).removeprefix("models/"), safe="")
        method = "streamGenerateContent?alt=sse" if options.stream else "generateContent"
        body = self._bodies.write(prompt, options)
        return f"/models/{model}:{method}", body
