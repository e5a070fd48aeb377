"""Ollama's chat, the way back: answers and lines of a stream into chunks, and what errors mean."""

from __future__ import annotations

from typing import Any

import orjson

from harness.adapters.providers._failures import FailureTable
from harness.domain.completions import CompletionChunk, FinishReason, ToolCallDelta
from harness.domain.failures import ErrorCategory as Category
from harness.domain.usage import Usage

FAILURES = FailureTable(
    codes={},
    phrases=(
        ("context length", Category.CONTEXT_LENGTH),
        ("context size", Category.CONTEXT_LENGTH),
        ("prompt too long", Category.CONTEXT_LENGTH),
        ("server busy", Category.OVERLOADED),
        ("try pulling it first", Category.MODEL_NOT_FOUND),
    ),
)
"""Phrases of Ollama's server, which sends no codes."""


class Decoder:
    """Turns the lines of one answer into chunks; a whole answer is one line. One object an answer."""

    __slots__ = ("_calls", "_model", "done", "failed", "finish", "spoke")

    def __init__(self) -> None:
        self._calls = 0
        self._model: str | None = None
        self.finish: FinishReason | None = None
        self.failed: Any = None
        self.done = False
        self.spoke = False

    @property
    def empty(self) -> bool:
        """Whether the answer ended well and yet said nothing: no text and no call."""
        return self.finish in (None, FinishReason.STOP, FinishReason.TOOL_CALLS) and not (self.spoke or self._calls)

    def shaped(self, piece: Any) -> bool:
        """Whether an answer in one piece is one of this dialect, or an error."""
        return "message" in piece or bool(piece.get("error"))

    def decode(self, piece: Any) -> CompletionChunk | None:
        """Returns the chunk of one parsed line, or None where it says nothing. An error is kept in `failed`."""
        if type(piece) is not dict:
            return None
        if piece.get("error"):
            self.failed = piece["error"]
            return None
        message = piece.get("message") or {}
        text, thought = message.get("content") or "", message.get("thinking") or ""
        calls = tuple([self._call(call["function"]) for call in message.get("tool_calls") or ()])
        self.spoke = self.spoke or bool(text)
        model = piece.get("model")
        if model == self._model:
            model = None
        elif model:
            self._model = model
        finish = usage = None
        if piece.get("done"):
            self.done = True
            usage = _usage(piece)
            self._finish(piece.get("done_reason"))
            finish = None if self.empty else self.finish
        if text or thought or calls or finish or usage or model:
            return CompletionChunk(text, thought, calls, finish, usage, model)
        return None

    def end(self) -> CompletionChunk | None:
        """Returns None: the line that ends a stream is the one that says why."""
        return None

    def _finish(self, reason: Any) -> None:
        if reason == "length":
            self.finish = FinishReason.LENGTH
        else:
            self.finish = FinishReason.TOOL_CALLS if self._calls else FinishReason.STOP

    def _call(self, function: dict[str, Any]) -> ToolCallDelta:
        """Calls come whole, without an id."""
        self._calls += 1
        given = function.get("arguments")
        written = given if isinstance(given, str) else orjson.dumps(given or {}).decode()
        return ToolCallDelta(self._calls - 1, None, function["name"], written)


def _usage(piece: dict[str, Any]) -> Usage | None:
    read, written = piece.get("prompt_eval_count"), piece.get("eval_count")
    if type(read) is not int and type(written) is not int:
        return None
    # What was read from the cache of the prompt is not told.
    return Usage(read if type(read) is int else 0, written if type(written) is int else 0)
