"""Notices when a model goes round in circles."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from harness.domain.tools import ToolCall, ToolResult

NOTE = (
    "[You have made this same call before and got this same result. Calling it again will not change it: "
    "use what you have, try something else, or give your final answer.]"
)
"""What the model is told, once, behind the repeated results."""


class ProgressGuard:
    """Remembers every call of a run with its result.

    A turn makes progress if one of its calls is new, or has another result than before.
    """

    __slots__ = ("_seen", "warned")

    def __init__(self) -> None:
        self._seen: set[tuple[str, bytes | str, str]] = set()
        self.warned = False

    def repeats(self, calls: Sequence[ToolCall], results: Sequence[ToolResult]) -> bool:
        """Takes a turn in; returns whether every one of its calls was made in an earlier turn with the same result."""
        keys = {_key(call, result) for call, result in zip(calls, results, strict=True)}
        repeated = bool(keys) and keys <= self._seen
        self._seen |= keys
        return repeated


def _key(call: ToolCall, result: ToolResult) -> tuple[str, bytes | str, str]:
    arguments: bytes | str
    if call.parse_error is not None:
        arguments = call.arguments_json or ""
    else:
        try:
            arguments = orjson.dumps(call.arguments, option=orjson.OPT_SORT_KEYS)
        except TypeError:
            arguments = repr(sorted(call.arguments.items()))
    return call.name, arguments, result.content
