"""Whatever answers a prompt: an HTTP adapter, or a layer around one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

from harness.domain.completions import (
    Completion,
    CompletionChunk,
    FinishReason,
    Options,
    Prompt,
    ToolCallDelta,
)
from harness.domain.ids import new_id
from harness.domain.routes import Attempt
from harness.domain.tools import ToolCall
from harness.domain.usage import Usage
from harness.ports.arguments import read_arguments


@runtime_checkable
class Provider(Protocol):
    """Answers prompts with a stream of chunks.

    A stream ends after a chunk with a `finish_reason`; what comes after it is at most usage and attempts. A stream
    that ends without a `finish_reason` was cut.
    """

    @property
    def name(self) -> str:
        """The name under which it is configured; part of every error and attempt."""
        ...

    def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        """Asks the model.

        Closing the iterator, or cancelling the task that waits on it, ends the call and frees its connection.

        Raises:
            ProviderError: for every failure, with its category.
        """
        ...

    async def aclose(self) -> None:
        """Frees connections. Idempotent; the provider is not used afterwards."""
        ...


class CompletionFold:
    """Folds chunks into a `Completion`. One object an answer."""

    __slots__ = ("_calls", "_reasoning", "_text", "attempts", "finish_reason", "model", "signature", "usage")

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[int, _CallFold] = {}
        self.finish_reason: FinishReason | None = None
        self.usage: Usage | None = None
        self.model: str | None = None
        self.signature: str | None = None
        self.attempts: list[Attempt] = []

    def add(self, chunk: CompletionChunk) -> None:
        """Takes one chunk in."""
        if chunk.text:
            self._text.append(chunk.text)
        if chunk.reasoning:
            self._reasoning.append(chunk.reasoning)
        for delta in chunk.tool_calls:
            self.add_call(delta)
        if chunk.finish_reason is not None:
            self.finish_reason = chunk.finish_reason
        if chunk.usage is not None:
            self.usage = chunk.usage
        if chunk.model is not None:
            self.model = chunk.model
        if chunk.attempt is not None:
            self.attempts.append(chunk.attempt)
        if chunk.reasoning_signature is not None:
            self.signature = chunk.reasoning_signature

    def add_call(self, delta: ToolCallDelta) -> None:
        """Takes one piece of a tool call in."""
        call = self._calls.get(delta.index)
        if call is None:
            call = self._calls[delta.index] = _CallFold()
        if delta.id:
            call.id = delta.id
        if delta.name:
            call.name += delta.name
        if delta.arguments:
            call.arguments.append(delta.arguments)
        if delta.signature is not None:
            call.signature = delta.signature

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._text)

    @property
    def has_calls(self) -> bool:
        """Whether a tool call was seen."""
        return bool(self._calls)

    def completion(self) -> Completion:
        """Returns the answer. Where no `finish_reason` came, calls mean `tool_calls` and their absence `stop`."""
        calls = tuple([self._calls[index].call() for index in sorted(self._calls)])
        finish = self.finish_reason or (FinishReason.TOOL_CALLS if calls else FinishReason.STOP)
        return Completion(
            "".join(self._text),
            "".join(self._reasoning),
            calls,
            finish,
            self.usage or Usage(),
            self.model,
            tuple(self.attempts),
            self.signature,
        )


class _CallFold:
    __slots__ = ("arguments", "id", "name", "signature")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.signature: str | None = None
        self.arguments: list[str] = []

    def call(self) -> ToolCall:
        raw = "".join(self.arguments)
        arguments, error = read_arguments(raw)
        return ToolCall(self.id or new_id("call"), self.name, arguments, raw, error, self.signature)


async def complete(provider: Provider, prompt: Prompt, options: Options) -> Completion:
    """Asks `provider` and returns the whole answer: the fold of its stream.

    Raises:
        ProviderError: as the stream does.
    """
    fold = CompletionFold()
    async for chunk in provider.stream(prompt, options):
        fold.add(chunk)
    return fold.completion()
