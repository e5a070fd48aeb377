"""One call of any dialect over HTTP: sent, read as it comes, judged at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol

import orjson

from harness.adapters.providers._failures import FailureTable, failure, http_failure
from harness.adapters.providers._sse import SseSplitter
from harness.adapters.providers._wire import Reply, Wire
from harness.domain.completions import CompletionChunk, FinishReason, Options, Prompt
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory

_STREAMS = ("text/event-stream", "application/x-ndjson", "application/octet-stream", "")
_AFTER_FINISH_S = 5.0
"""How long usage and the end mark may take after the model has stopped; the answer is whole without them."""


class Splitter(Protocol):
    """Cuts the bytes of a stream into events, however the network cut them."""

    def feed(self, data: bytes) -> list[bytes]:
        """Returns the events that `data` completes."""
        ...

    def finish(self) -> list[bytes]:
        """Returns the event that the end of the stream left open, if there is one; it may be cut."""
        ...


class Decoder(Protocol):
    """Turns the pieces of one answer into chunks; a whole answer is one piece. One object an answer."""

    finish: FinishReason | None
    """Why the model stopped, once it has."""
    failed: Any
    """An error object that came inside the answer, or None."""
    done: bool
    """The end mark came: nothing follows."""

    @property
    def empty(self) -> bool:
        """Whether the answer ended well and yet said nothing: no text, no call, no refusal."""
        ...

    def shaped(self, piece: Any) -> bool:
        """Whether an answer in one piece is one of this dialect, or an error."""
        ...

    def decode(self, piece: Any) -> CompletionChunk | None:
        """Returns the chunk of one parsed piece, or None where it says nothing."""
        ...

    def end(self) -> CompletionChunk | None:
        """Returns the finish that a server left out before it said that it was done, or None where there was one."""
        ...


class Exchange:
    """Sends requests of one provider and reads the answers.

    Args:
        provider: the name for errors.
        wire: the connections.
        failures: what the dialect's error codes mean.
        secrets: texts that no error may show.
        end_mark: the event that says that a stream is over, where that is no JSON.
        splitter: makes what cuts a stream into events.
    """

    def __init__(
        self,
        *,
        provider: str,
        wire: Wire,
        failures: FailureTable,
        secrets: tuple[str, ...],
        end_mark: bytes = b"",
        splitter: Callable[[], Splitter] = SseSplitter,
    ) -> None:
        self._name = provider
        self._wire = wire
        self._failures = failures
        self._secrets = secrets
        self._end_mark = end_mark
        self._splitter = splitter

    async def stream(
        self,
        prompt: Prompt,
        options: Options,
        request: Callable[[Prompt, Options], tuple[str, bytes]],
        decoder: Decoder,
    ) -> AsyncIterator[CompletionChunk]:
        """Asks once. Without `options.stream` the answer is fetched in one piece.

        Args:
            prompt: what is asked.
            options: how it is to be answered.
            request: makes the path and the body; called before anything is sent.
            decoder: reads the answer.

        Raises:
            ProviderError: for every failure, with its category, after what came has been yielded.
        """
        path, body = request(prompt, options)
        deadline = None if options.envelope is None else options.envelope.deadline
        reply = await self._wire.post(path, body, streamed=options.stream, deadline=deadline)
        try:
            if reply.status != 200:
                raise self._failed(reply, await reply.read_error(), prompt, reply.status)
            if not (options.stream and reply.content_type in _STREAMS):
                for part in self._whole(decoder, await reply.read_all(), reply, prompt):
                    yield part
                return
            splitter, done, broken = self._splitter(), False, None
            while not done:
                try:
                    data = await reply.read()
                except ProviderError as error:
                    data, broken = b"", error
                for event in splitter.feed(data) if data else splitter.finish():
                    if event == self._end_mark:
                        done = True
                        break
                    if (chunk := self._piece(decoder, event, reply, prompt, cut=not data)) is not None:
                        yield chunk
                    if decoder.done:
                        done = True
                        break
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
            raise self._unreadable("the answer does not have the shape that it should have") from None
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
            if not decoder.shaped(piece):
                raise self._unreadable("the answer does not have the shape that it should have")
            if (chunk := self._chunk(decoder, piece, reply, prompt)) is not None:
                yield chunk
        elif text.startswith((b"data:", b":", b"event:", b"\xef\xbb\xbfdata:")):
            splitter = SseSplitter()
            for event in [*splitter.feed(body), *splitter.finish()]:
                if event != self._end_mark and (chunk := self._piece(decoder, event, reply, prompt)) is not None:
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
            status, reply.headers, body, self._failures, provider=self._name, prompt=prompt, secrets=self._secrets
        )

    def _unreadable(self, what: str, *, remedy: str = "") -> ProviderError:
        return failure(ErrorCategory.INVALID_OUTPUT, provider=self._name, what=what, remedy=remedy)
