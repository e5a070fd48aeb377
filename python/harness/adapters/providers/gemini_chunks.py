"""Gemini's generateContent, the way back: answers and pieces of answers into chunks, and what error codes mean."""

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
        "resource_exhausted": Category.RATE_LIMITED,
        "unauthenticated": Category.AUTHENTICATION,
        "permission_denied": Category.PERMISSION,
        "failed_precondition": Category.PERMISSION,
        "not_found": Category.MODEL_NOT_FOUND,
        "internal": Category.UNAVAILABLE,
        "deadline_exceeded": Category.TIMEOUT,
        "cancelled": Category.CONNECTION,
    },
    phrases=(
        ("api key not valid", Category.AUTHENTICATION),
        ("api key expired", Category.AUTHENTICATION),
        ("maximum number of tokens", Category.CONTEXT_LENGTH),
        ("input token count", Category.CONTEXT_LENGTH),
    ),
)
"""Status words and phrases of Google's guide to errors. A word that is not here leaves it to the HTTP status."""

_FILTERED = frozenset(
    (
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "LANGUAGE",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
    )
)


class Decoder:
    """Turns the pieces of one answer into chunks; a whole answer is one piece. One object an answer."""

    __slots__ = ("_calls", "_model", "done", "failed", "finish", "spoke")

    def __init__(self) -> None:
        self._calls = 0
        self._model: str | None = None
        self.finish: FinishReason | None = None
        self.failed: Any = None
        self.done = False  # the dialect has no end mark: the connection's end is it
        self.spoke = False

    @property
    def empty(self) -> bool:
        """Whether the answer ended well and yet said nothing: no text and no call."""
        return self.finish in (None, FinishReason.STOP, FinishReason.TOOL_CALLS) and not (self.spoke or self._calls)

    def shaped(self, piece: Any) -> bool:
        """Whether an answer in one piece is one of this dialect, or an error."""
        return any(name in piece for name in ("candidates", "promptFeedback", "usageMetadata")) or bool(
            piece.get("error")
        )

    def decode(self, piece: Any) -> CompletionChunk | None:
        """Returns the chunk of one parsed piece, or None where it says nothing. An error is kept in `failed`."""
        if type(piece) is not dict:
            return None
        if piece.get("error"):
            self.failed = piece["error"]
            return None
        text: list[str] = []
        thoughts: list[str] = []
        calls: list[ToolCallDelta] = []
        signature = finish = None
        if candidates := piece.get("candidates"):
            candidate = candidates[0]
            for part in (candidate.get("content") or {}).get("parts") or ():
                if call := part.get("functionCall"):
                    calls.append(self._call(call, part.get("thoughtSignature")))
                    continue
                if said := part.get("text"):
                    (thoughts if part.get("thought") else text).append(said)
                signature = part.get("thoughtSignature") or signature
            self.spoke = self.spoke or bool(text)
            if reason := candidate.get("finishReason"):
                finish = self._finish(reason)
        elif (piece.get("promptFeedback") or {}).get("blockReason"):
            finish = self.finish = FinishReason.CONTENT_FILTER
        model = piece.get("modelVersion")
        if model == self._model:
            model = None
        elif model:
            self._model = model
        usage = _usage(piece.get("usageMetadata"))
        if finish is not None and self.empty:
            finish = None  # the caller raises: an empty answer has no good end
        if text or thoughts or calls or finish or usage or model or signature:
            return CompletionChunk(
                "".join(text),
                "".join(thoughts),
                tuple(calls),
                finish,
                usage,
                model,
                reasoning_signature=signature,
            )
        return None

    def end(self) -> CompletionChunk | None:
        """Returns the finish that a server left out before it said that it was done, or None where there was one."""
        return None if self.finish is not None or self.empty else CompletionChunk(finish_reason=self._finish("STOP"))

    def _finish(self, reason: str) -> FinishReason:
        if reason == "MAX_TOKENS":
            self.finish = FinishReason.LENGTH
        elif reason in _FILTERED:
            self.finish = FinishReason.CONTENT_FILTER
        else:
            self.finish = FinishReason.TOOL_CALLS if self._calls else FinishReason.STOP
        return self.finish

    def _call(self, call: Mapping[str, Any], signature: str | None) -> ToolCallDelta:
        """Calls come whole, often without an id."""
        self._calls += 1
        written = orjson.dumps(call.get("args") or {}).decode()
        return ToolCallDelta(self._calls - 1, call.get("id") or None, call["name"], written, signature)


def _usage(counts: Any) -> Usage | None:
    if not isinstance(counts, dict):
        return None

    def count(name: str) -> int:
        value = counts.get(name)
        return value if type(value) is int and value > 0 else 0

    thoughts = count("thoughtsTokenCount")
    return Usage(
        count("promptTokenCount") + count("toolUsePromptTokenCount"),
        count("candidatesTokenCount") + thoughts,
        count("cachedContentTokenCount"),
        thoughts,
    )
