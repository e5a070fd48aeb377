"""The one object that `--json` prints."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

from harness.domain.runs import RunResult

_MAX_DEPTH = 100
_MAX_BITS = 13_000
"""Longer integers are not written in decimals: that takes time that grows with the square, and Python refuses it."""


def result_object(result: RunResult) -> dict[str, Any]:
    """Returns a run's result as `--json` prints it."""
    usage = result.usage
    return {
        "run_id": result.run_id,
        "text": result.text,
        "finish_reason": str(result.finish_reason),
        "tool_calls": [
            {
                "name": call.name,
                "arguments": plain(call.arguments),
                "result": plain(call.result),
                "error": call.error,
                "duration_ms": round(call.duration_ms, 3),
            }
            for call in result.tool_calls
        ],
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cached_tokens": usage.cached_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
            "cost_usd": usage.cost_usd,
        },
        "route": None if result.route is None else {"provider": result.route.provider, "model": result.route.model},
        "iterations": result.iterations,
    }


def to_line(value: Any, *, ascii_only: bool = False) -> str:
    """Returns JSON on one line. Lone surrogates, which no UTF-8 can hold, become `?`."""
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def plain(value: Any, depth: int = 0) -> Any:
    """Returns what a tool returned as JSON can hold it: objects as their fields, what has no JSON as its text.

    NaN and infinities are None, as JSON has none; integers past 4,000 digits are hexadecimal text; what nests
    deeper than 100 levels is cut off with its type's name.
    """
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return hex(value)
    if value is None or isinstance(value, bool | int | str):
        # A subclass, such as an enum's member, as what it is underneath.
        return value if type(value) in (type(None), bool, int, str) else _base(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth >= _MAX_DEPTH:
        return type(value).__name__
    if isinstance(value, Mapping):
        return {str(key): plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each, depth + 1) for each in value]
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name), depth + 1) for each in dataclasses.fields(value)}
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return plain(dump(mode="json"), depth + 1)
    return str(value)


def _base(value: Any) -> Any:
    return int(value) if isinstance(value, int) else str.__str__(value)
