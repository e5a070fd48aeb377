"""Reading the arguments of a tool call as a provider sends them: strict JSON, an object, or the reason why not."""

from __future__ import annotations

import json
from typing import Any

# What `loads` does after its checks; the arguments of a call are seldom longer than those.
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def read_arguments(raw: str) -> tuple[dict[str, Any], str | None]:
    """Returns the arguments and None, or an empty dict and why they could not be read. No text means no arguments."""
    if not raw or raw == "{}":
        return {}, None
    try:
        value, end = _scan(raw, 0)
        if end == len(raw) and type(value) is dict:
            return value, None
    except (ValueError, RecursionError, StopIteration):
        pass  # white space around it, or an error that `loads` words better
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return {}, f"the arguments are not valid JSON: {error}"
    if not isinstance(value, dict):
        return {}, f"the arguments are a JSON {_kind(value)}, and must be an object"
    return value, None


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return {bool: "boolean", int: "number", float: "number", str: "string", list: "array"}.get(type(value), "value")
