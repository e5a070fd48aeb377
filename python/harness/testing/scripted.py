"""A provider that answers by a list or a function, in the process: for the tests of applications."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

from harness.domain.completions import CompletionChunk, FinishReason, Options, Prompt, ToolCallDelta
from harness.domain.tools import ToolCall
from harness.domain.usage import Usage

Answer: TypeAlias = str | ToolCall | list[ToolCall] | list[CompletionChunk] | CompletionChunk | Exception
"""A text; one or more tool calls; raw chunks, which must hold a finish reason; or an error to raise."""

Script: TypeAlias = Iterable[Answer] | Callable[[Prompt, Options], "Answer | Awaitable[Answer]"]


def call(name: str, arguments: Mapping[str, Any] | None = None, *, call_id: str = "") -> ToolCall:
    """Returns a tool call to script, `call("add", {"a": 1, "b": 2})`."""
    return ToolCall(call_id, name, dict(arguments or {}), json.dumps(arguments or {}))


class ScriptedProvider:
    """Answers each call with the next item of a list, or with what a function returns.

    Args:
        script: the answers in order, or a function of prompt and options (plain or async).
        name: the provider's name.
        usage: what every answer is said to have cost, unless it is made of raw chunks.
        pieces: a text answer is streamed word by word when true, else in one chunk.

    After a run, `prompts` and `options` hold what was asked. Raises `AssertionError` when the list is used up.
    """

    def __init__(
        self, script: Script, *, name: str = "scripted", usage: Usage | None = None, pieces: bool = True
    ) -> None:
        self._function = script if callable(script) else None
        self._answers = None if callable(script) else iter(script)
        self._name = name
        self._usage = usage or Usage(10, 5, cost_usd=0.0)
        self._pieces = pieces
        self.prompts: list[Prompt] = []
        self.options: list[Options] = []
        self.closed = False

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    async def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        """Gives the next answer, chunk by chunk."""
        self.prompts.append(prompt)
        self.options.append(options)
        answer = await self._next(prompt, options)
        for chunk in self._chunks(answer):
            yield chunk

    async def aclose(self) -> None:
        """Notes that it was closed."""
        self.closed = True

    async def _next(self, prompt: Prompt, options: Options) -> Answer:
        if self._function is not None:
            answer = self._function(prompt, options)
            return await answer if hasattr(answer, "__await__") else answer
        assert self._answers is not None
        try:
            return next(self._answers)
        except StopIteration:
            raise AssertionError(f"the script of {self._name!r} has no answer for call {len(self.prompts)}") from None

    def _chunks(self, answer: Answer) -> Iterable[CompletionChunk]:
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            if self._pieces:
                for piece in answer.splitlines(keepends=True) if "\n" in answer else _words(answer):
                    yield CompletionChunk(text=piece)
            else:
                yield CompletionChunk(text=answer)
            yield CompletionChunk(finish_reason=FinishReason.STOP, usage=self._usage)
            return
        items = answer if isinstance(answer, list) else [answer]
        calls = 0
        for item in items:
            if isinstance(item, CompletionChunk):
                yield item
            else:
                raw = item.arguments_json if item.arguments_json is not None else json.dumps(dict(item.arguments))
                yield CompletionChunk(tool_calls=(ToolCallDelta(calls, item.id or None, item.name, raw),))
                calls += 1
        if calls:
            yield CompletionChunk(finish_reason=FinishReason.TOOL_CALLS, usage=self._usage)


def _words(text: str) -> list[str]:
    pieces = text.split(" ")
    return [piece if i == 0 else f" {piece}" for i, piece in enumerate(pieces)]
