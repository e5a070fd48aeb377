"""Anthropic's messages, the way back: answers and events of a stream into chunks, and what error types mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from harness.adapters.providers._failures import FailureTable
from harness.domain.completions import CompletionChunk, FinishReason, ToolCallDelta
from harness.domain.failures import ErrorCategory as Category
from harness.domain.usage import Usage

FAILURES = FailureTable(
    codes={
        "authentication_error": Category.AUTHENTICATION,
        "permission_error": Category.PERMISSION,
        "billing_error": Category.PERMISSION,
        "not_found_error": Category.MODEL_NOT_FOUND,
        "request_too_large": Category.CONTEXT_LENGTH,
        "rate_limit_error": Category.RATE_LIMITED,
        "timeout_error": Category.TIMEOUT,
        "api_error": Category.UNAVAILABLE,
        "overloaded_error": Category.OVERLOADED,
    },
    phrases=(
        ("prompt is too long", Category.CONTEXT_LENGTH),
        ("context window", Category.CONTEXT_LENGTH),
        ("exceed context limit", Category.CONTEXT_LENGTH),
        ("credit balance is too low", Category.PERMISSION),
        ("content filtering policy", Category.CONTENT_FILTER),
    ),
)
"""Types and phrases of Anthropic's guide to errors."""

_FINISH: Mapping[str, FinishReason] = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "pause_turn": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALLS,
    "refusal": FinishReason.CONTENT_FILTER,
}


class Decoder:
    """Turns the events of one answer into chunks; a whole answer is one piece. One object an answer."""

    __slots__ = ("_calls", "_counts", "_model", "done", "failed", "finish", "spoke")

    def __init__(self) -> None:
        self._calls: dict[int, int] = {}  # the block's index -> the call's
        self._counts: dict[str, int] = {}
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
        """Whether an answer in one piece is a message or an error."""
        return piece.get("type") in ("message", "error") or bool(piece.get("error"))

    def decode(self, piece: Any) -> CompletionChunk | None:
        """Returns the chunk of one event, or None where it says nothing. An error is kept in `failed`."""
        if type(piece) is not dict:
            return None
        kind = piece.get("type")
        if kind == "content_block_delta":
            return self._delta(piece["index"], piece["delta"])
        if kind == "content_block_start":
            return self._block(piece["index"], piece["content_block"])
        if kind == "message_start":
            message = piece["message"]
            self._count(message.get("usage"))
            self._model = message.get("model")
            return CompletionChunk(model=self._model) if self._model else None
        if kind == "message_delta":
            self._count(piece.get("usage"))
            return self._stop(piece["delta"].get("stop_reason"))
        if kind == "message_stop":
            self.done = True
        elif kind == "message":
            return self._whole(piece)
        elif kind == "error" or piece.get("error"):
            self.failed = piece.get("error") or piece
        return None

    def end(self) -> CompletionChunk | None:
        """Returns the finish that a server left out before it said that it was done, or None where there was one."""
        return None if self.finish is not None or self.empty else self._stop("end_turn")

    def _delta(self, index: int, delta: dict[str, Any]) -> CompletionChunk | None:
        kind = delta.get("type")
        if kind == "text_delta":
            text = delta["text"]
            self.spoke = self.spoke or bool(text)
            return CompletionChunk(text=text) if text else None
        if kind == "input_json_delta":
            written = delta.get("partial_json") or ""
            if index not in self._calls or not written:
                return None
            return CompletionChunk(tool_calls=(ToolCallDelta(self._calls[index], arguments=written),))
        if kind == "thinking_delta":
            return CompletionChunk(reasoning=delta["thinking"])
        if kind == "signature_delta":
            return CompletionChunk(reasoning_signature=delta["signature"])
        return None

    def _block(self, index: int, block: dict[str, Any]) -> CompletionChunk | None:
        """A block that begins, with what of it is there; in an answer of one piece all of it."""
        kind = block.get("type")
        if kind == "text":
            return self._delta(index, {"type": "text_delta", "text": block.get("text") or ""})
        if kind == "thinking":
            thought, signature = block.get("thinking") or "", block.get("signature") or None
            return CompletionChunk(reasoning=thought, reasoning_signature=signature) if thought or signature else None
        if kind == "tool_use":
            self._calls[index] = len(self._calls)
            given = block.get("input")
            written = orjson.dumps(given).decode() if given else ""
            call = ToolCallDelta(self._calls[index], block.get("id"), block["name"], written)
            return CompletionChunk(tool_calls=(call,))
        return None

    def _whole(self, piece: dict[str, Any]) -> CompletionChunk | None:
        self._count(piece.get("usage"))
        chunks = [self._block(index, block) for index, block in enumerate(piece["content"])]
        said = [chunk for chunk in chunks if chunk is not None]
        last = self._stop(piece.get("stop_reason") or "end_turn")
        return CompletionChunk(
            "".join([chunk.text for chunk in said]),
            "".join([chunk.reasoning for chunk in said]),
            tuple([call for chunk in said for call in chunk.tool_calls]),
            None if last is None else last.finish_reason,
            None if last is None else last.usage,
            piece.get("model"),
            reasoning_signature=next((c.reasoning_signature for c in reversed(said) if c.reasoning_signature), None),
        )

    def _stop(self, reason: str | None) -> CompletionChunk | None:
        usage = self._usage()
        if reason is None:
            return None if usage is None else CompletionChunk(usage=usage)
        self.finish = _FINISH.get(reason, FinishReason.STOP)
        if self.empty:
            return None  # the caller raises: an empty answer has no good end
        return CompletionChunk(finish_reason=self.finish, usage=usage)

    def _count(self, usage: Any) -> None:
        """Takes usage in: what comes later stands for what came before, count by count."""
        if isinstance(usage, dict):
            self._counts.update({name: value for name, value in usage.items() if type(value) is int and value >= 0})

    def _usage(self) -> Usage | None:
        counts = self._counts
        if not counts:
            return None
        read = counts.get("cache_read_input_tokens", 0)
        # What is read from the cache, or written to it, is not among `input_tokens`.
        total = counts.get("input_tokens", 0) + read + counts.get("cache_creation_input_tokens", 0)
        return Usage(total, counts.get("output_tokens", 0), read)
