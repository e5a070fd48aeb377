"""Turns as JSON and back: versioned, readable by any JSON parser, strict about what it does not know."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from harness.domain.errors import StoreError
from harness.domain.failures import ToolErrorKind
from harness.domain.messages import ImagePart, Message, Part, ReasoningPart, Role, TextPart, Turn
from harness.domain.tools import ToolCall, ToolResult
from harness.domain.usage import Usage

FORMAT = 1
"""The version of what is written; what is read may be this or older."""


def encode_turn(turn: Turn) -> bytes:
    """Returns a turn as JSON. `ToolResult.value` is left out: it is the application's, and `content` says the same."""
    body = {
        "v": FORMAT,
        "run_id": turn.run_id,
        "created_at": turn.created_at,
        "usage": _usage(turn.usage),
        "messages": [_message(m) for m in turn.messages],
    }
    return orjson.dumps(body, default=_unknown)


def _message(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "parts": [_part(part) for part in message.parts]}
    if message.pinned:
        body["pinned"] = True
    return body


def decode_turn(data: bytes | str, place: str) -> Turn:
    """Returns the turn.

    Args:
        place: where it was read, for the error.

    Raises:
        StoreError: the data is torn, foreign, or written by newer code.
    """
    try:
        body = orjson.loads(data)
        version = body["v"]
        if version > FORMAT:
            raise StoreError(
                f"{place} was written in format {version}, and this harness reads up to {FORMAT}",
                remedy="upgrade llm-harness",
            )
        return Turn(
            body["run_id"],
            tuple(
                [
                    Message(Role(m["role"]), tuple([_to_part(p) for p in m["parts"]]), m.get("pinned", False))
                    for m in body["messages"]
                ]
            ),
            Usage(**body["usage"]),
            body["created_at"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"{place} holds no turn: {type(error).__name__}: {error}",
            remedy="restore the store from a copy, or delete the conversation",
        ) from None


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_usd": usage.cost_usd,
    }


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, ToolCall):
        return {
            "type": "tool_call",
            "id": part.id,
            "name": part.name,
            "arguments": dict(part.arguments),
            "arguments_json": part.arguments_json,
            "parse_error": part.parse_error,
            **({} if part.signature is None else {"signature": part.signature}),
        }
    if isinstance(part, ToolResult):
        return {
            "type": "tool_result",
            "call_id": part.call_id,
            "name": part.name,
            "content": part.content,
            "error": part.error,
            "error_kind": part.error_kind,
            "duration_ms": part.duration_ms,
        }
    if isinstance(part, ReasoningPart):
        return {"type": "reasoning", "text": part.text, "signature": part.signature}
    return {
        "type": "image",
        "url": part.url,
        "data": None if part.data is None else base64.b64encode(part.data).decode(),
        "media_type": part.media_type,
    }


def _to_part(part: Mapping[str, Any]) -> Part:
    kind = part["type"]
    if kind == "text":
        return TextPart(part["text"])
    if kind == "tool_call":
        return ToolCall(
            part["id"],
            part["name"],
            part["arguments"],
            part["arguments_json"],
            part["parse_error"],
            part.get("signature"),
        )
    if kind == "tool_result":
        error_kind = part["error_kind"]
        return ToolResult(
            part["call_id"],
            part["name"],
            part["content"],
            None,
            part["error"],
            None if error_kind is None else ToolErrorKind(error_kind),
            part["duration_ms"],
        )
    if kind == "reasoning":
        return ReasoningPart(part["text"], part["signature"])
    if kind == "image":
        data = part["data"]
        return ImagePart(part["url"], None if data is None else base64.b64decode(data), part["media_type"])
    raise ValueError(f"there is no part of type {kind!r}")


def _unknown(value: Any) -> Any:
    # Arguments come out of JSON; only integers past 64 bits and what a test double puts there come here.
    return str(value)
