"""OpenAI's chat completions, and every server that speaks them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping

from harness.adapters.providers._exchange import Exchange
from harness.adapters.providers._failures import failure
from harness.adapters.providers._inputs import check_secret
from harness.adapters.providers._wire import Timeouts, Wire
from harness.adapters.providers.openai_chunks import Decoder
from harness.adapters.providers.openai_wire import FAILURES, Encoder, Habits
from harness.domain.completions import CompletionChunk, Options, Prompt
from harness.domain.errors import ConfigError
from harness.domain.failures import ErrorCategory

OFFICIAL = "https://api.openai.com/v1"
_PATH = "/chat/completions"
_DONE = b"[DONE]"


class OpenAIProvider:
    """Asks a chat-completions server.

    Args:
        model: the model, where the options name none.
        api_key: sent as a bearer token. None reads the environment's OPENAI_API_KEY for the official address, and
            sends none to any other.
        base_url: where the API begins; `/chat/completions` is appended.
        name: the name in errors and attempts.
        timeouts: seconds for connecting, the first token, between tokens, an answer in one piece.
        headers: sent with every call, such as an organisation.
        max_response_bytes: a longer answer is an error.
        max_tokens_field: `max_completion_tokens` for the official address and `max_tokens` for others by default.
        include_usage: whether to ask for the usage of streamed answers; off for servers that refuse the field.
        reasoning_field: the field under which earlier reasoning is sent back, for servers that want it.
        image_detail: `auto`, `low` or `high` for every image.
        key_header: the header of the key; in `Authorization` it is a bearer token.
        key_variable: the environment's variable that is read where there is no `api_key`, and without which a call is
            refused; None is as `api_key` says.
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
        name: str = "openai",
        timeouts: Timeouts | Mapping[str, float] | None = None,
        headers: Mapping[str, str] | None = None,
        max_response_bytes: int = 64 * 1024 * 1024,
        max_tokens_field: str | None = None,
        include_usage: bool = True,
        reasoning_field: str | None = None,
        image_detail: str | None = None,
        key_header: str = "Authorization",
        key_variable: str | None = None,
        proxy: str | None = None,
        ca_file: str | None = None,
    ) -> None:
        if not model.strip():
            raise ConfigError("is empty", key="model", remedy="name the model to ask")
        official = base_url.strip().rstrip("/") == OFFICIAL
        self._key_variable = key_variable or ("OPENAI_API_KEY" if official else None)
        key = api_key
        if key is None and self._key_variable is not None:
            key = os.environ.get(self._key_variable)
        key = check_secret(key) if key else ""
        extra = {name: check_secret(value, key=f"headers.{name}") for name, value in (headers or {}).items()}
        self._keyless = self._key_variable is not None and not key
        credential = f"Bearer {key}" if key_header.lower() == "authorization" else key
        self._name = name
        self._model = model
        self._wire = Wire(
            provider=name,
            base_url=base_url,
            headers={**({key_header: credential} if key else {}), **extra},
            timeouts=timeouts if isinstance(timeouts, Timeouts) else Timeouts.read(timeouts or {}),
            max_response_bytes=max_response_bytes,
            proxy=proxy,
            ca_file=ca_file,
        )
        habits = Habits(
            max_tokens_field=max_tokens_field or ("max_completion_tokens" if official else "max_tokens"),
            include_usage=include_usage,
            reasoning_field=reasoning_field,
            image_detail=image_detail,
        )
        self._exchange = Exchange(
            provider=name, wire=self._wire, failures=FAILURES, secrets=(key, *extra.values()), end_mark=_DONE
        )
        self._encoder = Encoder(provider=name, model=model, habits=habits)

    @property
    def name(self) -> str:
        """The name in errors and attempts."""
        return self._name

    @property
    def model(self) -> str:
        """The model asked where the options name none."""
        return self._model

    def __repr__(self) -> str:
        return f"OpenAIProvider(name={self._name!r}, model={self._model!r}, at={self._wire.place!r})"

    def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        """Asks the model. Without `options.stream` the answer is fetched in one piece and comes as one chunk.

        Raises:
            ProviderError: for every failure, with its category, after what came has been yielded.
        """
        return self._exchange.stream(prompt, options, self._request, Decoder())

    async def aclose(self) -> None:
        """Closes the connections. Idempotent."""
        await self._wire.aclose()

    def _request(self, prompt: Prompt, options: Options) -> tuple[str, bytes]:
        if self._keyless:
            raise failure(
                ErrorCategory.AUTHENTICATION,
                provider=self._name,
                what="there is no API key",
                remedy=f"set api_key, or the environment variable {self._key_variable}, or base_url for another server",
            )
        return _PATH, self._encoder.encode(prompt, options)
