"""Tools as the model sees them, the calls it makes and the results it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from harness.domain.failures import ToolErrorKind
from harness.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What a model is told of a tool.

    Args:
        name: letters, digits, `_` and `-`, at most 64 characters.
        description: what it does, when to use it.
        parameters: a JSON Schema of type object.
        idempotent: running it twice does what running it once does.
        side_effects: it changes something outside the run.
        timeout_s: seconds it may take; None leaves it to the policy.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    idempotent: bool = False
    side_effects: bool = True
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model asks for.

    Args:
        id: the provider's id of the call, or one made for it; unique in the turn.
        name: the tool's name as the model wrote it.
        arguments: the arguments read; empty where `parse_error` is set.
        arguments_json: the arguments as the model wrote them, sent back to it unchanged.
        parse_error: why the arguments could not be read, or None.
        signature: the provider's seal on the call, sent back to it unchanged, where it has one.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    arguments_json: str | None = None
    parse_error: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call.

    Args:
        call_id: the id of the call it answers.
        name: the tool's name.
        content: what the model is given, as text.
        value: what the tool returned, for the application; not stored.
        error: None where the tool succeeded, else what went wrong.
        error_kind: the kind of error, None where the tool succeeded.
        duration_ms: how long the tool took, in milliseconds.
    """

    call_id: str
    name: str
    content: str
    value: Any = field(default=None, compare=False, repr=False)
    error: str | None = None
    error_kind: ToolErrorKind | None = None
    duration_ms: float = field(default=0.0, compare=False)

    @property
    def is_error(self) -> bool:
        """Whether the call failed."""
        return self.error is not None
