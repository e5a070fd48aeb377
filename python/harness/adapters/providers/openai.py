"""OpenAI's chat completions, and every server that speaks them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import orjson

from harness.adapters.providers._failures import failure, http_failure
from harness.adapters.providers._inputs import check_secret
from harness.adapters.providers._sse import SseSplitter
from harness.adapters.providers._wire import Reply, Timeouts, Wire
from harness.adapters.providers.openai_chunks import Decoder
from harness.adapters.providers.openai_wire import FAILURES, Encoder, Habits
from harness.domain.completions import CompletionChunk, Options, Prompt
from harness.domain.errors import ConfigError, ProviderError
from harness.domain.failures import ErrorCategory

OFFICIAL = "https://api.openai.com/v1"
_PATH = "/chat/completions"
_DONE = b"[DONE]"
_STREAMS = ("text/event-stream", "application/octet-stream", "")
_AFTER_FINISH_S = 5.0
"""How long usage and the end mark may take after the model has stopped; the answer is whole without them."""


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
        proxy: str | None = None,
        ca_file: str | None = None,
    ) -> None:
        if not model.strip():
            raise ConfigError("is empty", key="model", remedy="name the model to ask")
        official = base_url.strip().rstrip("/") == OFFICIAL
        key = api_key if api_key is not None else os.environ.get("OPENAI_API_KEY") if official else None
        key = check_secret(key) if key else ""
        extra = {name: check_secret(value, key=f"headers.{name}") for name, value in (headers or {}).items()}
        self._secrets = (key, *extra.values())
        self._keyless = official and not key
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
        habits = Habits(
            max_tokens_field=max_tokens_field or ("max_completion_tokens" if official else "max_tokens"),
            include_usage=include_usage,
            reasoning_field=reasoning_field,
            image_detail=image_detail,
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

    async def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        """Asks the model. Without `options.stream` the answer is fetched in one piece and comes as one chunk.

        Raises:
            ProviderError: for every failure, with its category, after what came has been yielded.
        """
        if self._keyless:
            raise failure(
                ErrorCategory.AUTHENTICATION,
                provider=self._name,
                what="there is no API key",
                remedy="set api_key, or the environment variable OPENAI_API_KEY, or base_url for another server",
            )
        body = self._encoder.encode(prompt, options)
        deadline = None if options.envelope is None else options.envelope.deadline
        reply = await self._wire.post(_PATH, body, streamed=options.stream, deadline=deadline)
        try:
            if reply.status != 200:
                raise self._failed(reply, await reply.read_error(), prompt, reply.status)
            decoder = Decoder()
            if not (options.stream and reply.content_type in _STREAMS):
                for part in self._whole(decoder, await reply.read_all(), reply, prompt):
                    yield part
                return
            splitter, done, broken = SseSplitter(), False, None
            while not done:
                try:
                    data = await reply.read()
                except ProviderError as error:
                    data, broken = b"", error
                for event in splitter.feed(data) if data else splitter.finish():
                    if event == _DONE:
                        done = True
                        break
                    if (chunk := self._piece(decoder, event, reply, prompt, cut=not data)) is not None:
                        yield chunk
                if not data:
                    break
                if decoder.finish is not None:
                    reply.hasten(_AFTER_FINISH_S)
            if (last := self._end(decoder, broken, done=done)) is not None:
                yield last
            if done:
                await reply.drain()
        finally:
            reply.close()

    async def aclose(self) -> None:
        """Closes the connections. Idempotent."""
        await self._wire.aclose()

    def _piece(
        self, decoder: Decoder, event: bytes, reply: Reply, prompt: Prompt, *, cut: bool = False
    ) -> CompletionChunk | None:
        """Decodes one event. At the end of a stream that was `cut`, one that cannot be read is dropped: it was cut."""
        try:
            piece = orjson.loads(event)
        except ValueError:
            if cut:
                return None
            raise self._unreadable("an event of the stream is not JSON", remedy="try again") from None
        return self._chunk(decoder, piece, reply, prompt)

    def _chunk(self, decoder: Decoder, piece: Any, reply: Reply, prompt: Prompt) -> CompletionChunk | None:
        try:
            chunk = decoder.decode(piece)
        except (AttributeError, TypeError, KeyError, IndexError):
            raise self._unreadable("the answer does not have the shape of a chat completion") from None
        if decoder.failed is not None:
            raise self._failed(reply, {"error": decoder.failed}, prompt, None)
        return chunk

    def _whole(self, decoder: Decoder, body: bytes, reply: Reply, prompt: Prompt) -> Iterator[CompletionChunk]:
        """Decodes an answer that came in one piece, or a stream that nobody asked for."""
        text = body.strip()
        if text[:1] == b"{":
            try:
                piece = orjson.loads(text)
            except ValueError:
                raise self._unreadable("the answer is cut or broken JSON", remedy="try again") from None
            if "choices" not in piece and not piece.get("error"):
                raise self._unreadable("the answer does not have the shape of a chat completion")
            if (chunk := self._chunk(decoder, piece, reply, prompt)) is not None:
                yield chunk
        elif text.startswith((b"data:", b":", b"event:", b"\xef\xbb\xbfdata:")):
            splitter = SseSplitter()
            for event in [*splitter.feed(body), *splitter.finish()]:
                if event != _DONE and (chunk := self._piece(decoder, event, reply, prompt)) is not None:
                    yield chunk
        elif text:
            raise self._unreadable(f"the answer is {'HTML' if text[:1] == b'<' else 'something else'} instead of JSON")
        if (last := self._end(decoder, None, done=True)) is not None:
            yield last

    def _end(self, decoder: Decoder, broken: ProviderError | None, *, done: bool) -> CompletionChunk | None:
        """Judges the end: returns the finish that is owed, or None; raises for an answer that is cut or empty."""
        if decoder.finish is None and not done:
            raise broken or failure(
                ErrorCategory.CONNECTION,
                provider=self._name,
                what="the stream ended before the answer was whole",
                remedy="try again",
            )
        if decoder.empty:
            raise failure(ErrorCategory.EMPTY_RESPONSE, provider=self._name)
        return decoder.end()

    def _failed(self, reply: Reply, body: Any, prompt: Prompt, status: int | None) -> ProviderError:
        if status is not None and status < 400:
            return failure(
                ErrorCategory.INVALID_REQUEST,
                provider=self._name,
                what=f"the server redirects or answers without a body (HTTP {status})",
                remedy="set base_url to the address it redirects to",
                status=status,
            )
        return http_failure(
            status, reply.headers, body, FAILURES, provider=self._name, prompt=prompt, secrets=self._secrets
        )

    def _unreadable(self, what: str, *, remedy: str = "") -> ProviderError:
        return failure(ErrorCategory.INVALID_OUTPUT, provider=self._name, what=what, remedy=remedy)
