"""Chat completions, the way back: answers and pieces of answers into chunks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from harness.domain.completions import CompletionChunk, FinishReason, ToolCallDelta
from harness.domain.usage import Usage

_FINISH: Mapping[str, FinishReason] = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "tool_use": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.CONTENT_FILTER,
    "refusal": FinishReason.CONTENT_FILTER,
    "safety": FinishReason.CONTENT_FILTER,
}


class Decoder:
    """Turns the pieces of one answer into chunks; a whole answer is one piece. One object an answer."""

    __slots__ = ("_calls", "_model", "_order", "done", "failed", "finish", "refused", "spoke")

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}  # by the index given out
        self._order: dict[int, int] = {}  # the server's index -> the latest index given out for it
        self._model: str | None = None
        self.finish: FinishReason | None = None
        self.spoke = False  # text came
        self.refused = False
        self.failed: Any = None  # an error object inside the answer
        self.done = False  # the end mark is no JSON and is not seen here

    @property
    def empty(self) -> bool:
        """Whether the answer ended well and yet said nothing: no text, no call, no refusal."""
        return self.finish in (None, FinishReason.STOP, FinishReason.TOOL_CALLS) and not (self.spoke or self._calls)

    def shaped(self, piece: Any) -> bool:
        """Whether an answer in one piece is a chat completion or an error."""
        return "choices" in piece or bool(piece.get("error"))

    @property
    def called(self) -> bool:
        """Whether a tool call was begun."""
        return bool(self._calls)

    def decode(self, piece: Any) -> CompletionChunk | None:
        """Returns the chunk of one parsed piece, or None where it says nothing. An error is kept in `failed`."""
        if type(piece) is not dict:
            return None
        if piece.get("error") or ("choices" not in piece and type(piece.get("message")) is str):
            self.failed = piece.get("error") or piece
            return None
        text = reasoning = ""
        deltas: tuple[ToolCallDelta, ...] = ()
        finish = None
        usage = read_usage(piece["usage"]) if piece.get("usage") else None
        if choices := piece.get("choices"):
            choice = choices[0]
            delta = choice.get("delta") or choice.get("message")
            if delta:
                text = delta.get("content") or ""
                if type(text) is not str:
                    text, reasoning = _parts_text(text)
                if (thought := delta.get("reasoning_content") or delta.get("reasoning")) and type(thought) is str:
                    reasoning += thought
                if (calls := delta.get("tool_calls")) and type(calls) is list:
                    deltas = tuple([self._call(call) for call in calls if type(call) is dict])
                elif legacy := delta.get("function_call"):
                    deltas = (self._call({"index": 0, "function": legacy}),)
                if refusal := delta.get("refusal"):
                    self.refused = True
                    text += refusal
            elif "text" in choice:
                text = choice["text"] or ""
            if text:
                self.spoke = True
            if reason := choice.get("finish_reason"):
                finish = self._finish(reason)
        model = piece.get("model")
        if model == self._model:
            model = None
        elif model:
            self._model = model
        if finish is not None and self.empty:
            finish = None  # the caller raises: an empty answer has no good end
        if text or reasoning or deltas or finish or usage or model:
            return CompletionChunk(text, reasoning, deltas, finish, usage, model)
        return None

    def end(self) -> CompletionChunk | None:
        """Returns the finish that a server left out before it said that it was done, or None where there was one."""
        if self.finish is not None or self.empty:
            return None
        return CompletionChunk(finish_reason=self._finish("stop"))

    def _finish(self, reason: str) -> FinishReason:
        finish = _FINISH.get(reason, FinishReason.STOP) if type(reason) is str else FinishReason.STOP
        if self.refused:
            finish = FinishReason.CONTENT_FILTER
        elif finish is FinishReason.STOP and self._calls:
            finish = FinishReason.TOOL_CALLS  # what several servers, and a named tool_choice, call "stop"
        self.finish = finish
        return finish

    def _call(self, piece: dict[str, Any]) -> ToolCallDelta:
        function = piece.get("function") or {}
        call_id, name = piece.get("id") or None, function.get("name") or None
        arguments = function.get("arguments")
        if type(arguments) is not str:
            arguments = "" if arguments is None else orjson.dumps(arguments).decode()
        index = self._index(piece.get("index"), call_id, name)
        call = self._calls.get(index)
        if call is None:
            call = self._calls[index] = _Call()
        if call_id == call.id or call.id:
            call_id = None
        else:
            call.id = call_id
        if name is not None:
            if name == call.name:
                name = None  # repeated whole with every piece
            else:
                call.name += name
        return ToolCallDelta(index, call_id, name, arguments)

    def _index(self, given: Any, call_id: str | None, name: str | None) -> int:
        """Returns which call a piece belongs to. Servers leave out the index, or give every call the index 0."""
        calls = self._calls
        if type(given) is int:
            found = self._order.get(given)
            if found is None:
                found = self._next() if given in calls else given
            elif call_id and name and calls[found].id not in (None, call_id):
                found = self._next()
            self._order[given] = found
            return found
        for index, call in calls.items():
            if call_id and call.id == call_id:
                return index
        return self._next() if call_id or name or not calls else self._next() - 1

    def _next(self) -> int:
        return max(self._calls, default=-1) + 1


class _Call:
    __slots__ = ("id", "name")

    def __init__(self) -> None:
        self.id: str | None = None
        self.name = ""


def _parts_text(parts: Any) -> tuple[str, str]:
    """Text and reasoning of content that comes as a list of parts."""
    text: list[str] = []
    reasoning: list[str] = []
    for part in _dicts(parts):
        if part.get("type") == "thinking":
            inner = part.get("thinking")
            thoughts = [inner] if isinstance(inner, str) else [piece.get("text") for piece in _dicts(inner)]
            reasoning.extend(thought for thought in thoughts if isinstance(thought, str))
        elif isinstance(part.get("text"), str):
            text.append(part["text"])
    return "".join(text), "".join(reasoning)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def read_usage(usage: Any) -> Usage | None:
    """Returns the usage of a wire usage object, or None where it is none. `cost` is US dollars, where it is there."""
    if not isinstance(usage, dict):
        return None
    read = usage.get("prompt_tokens_details") or {}
    written = usage.get("completion_tokens_details") or {}
    cost = usage.get("cost")
    return Usage(
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
        _count(read.get("cached_tokens")) or _count(usage.get("prompt_cache_hit_tokens")),
        _count(written.get("reasoning_tokens")),
        float(cost) if isinstance(cost, (int, float)) and not isinstance(cost, bool) else None,
    )


def _count(value: Any) -> int:
    return value if type(value) is int and value > 0 else 0
