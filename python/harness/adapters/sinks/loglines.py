"""What of an event goes into a log line: its name, its level and its fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.domain import events
from harness.domain.events import Event
from harness.domain.redaction import redact
from harness.domain.tools import ToolResult

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "off": 100}
"""The levels by name; `off` is higher than any."""

DEFAULT_LEVELS = {
    "run_started": "info",
    "model_call_started": "debug",
    "context_fitted": "debug",
    "snippets_shown": "debug",
    "context_condensed": "debug",
    "text_delta": "debug",
    "reasoning_delta": "debug",
    "tool_call_started": "debug",
    "tool_call_ready": "debug",
    "attempt_finished": "info",
    "model_call_finished": "info",
    "tool_started": "debug",
    "tool_finished": "info",
    "no_progress_warned": "warning",
    "turn_saved": "debug",
    "run_completed": "info",
    "run_failed": "error",
    "run_cancelled": "warning",
}
"""The level of every event. What went wrong is a warning, whatever is said here of what goes well."""


def name_of(kind: type[Any]) -> str:
    """Returns the name of an event's class in log lines: `ToolFinished` is `tool_finished`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


class Lines:
    """Makes fields of events.

    Args:
        content: whether what is said is written: prompts, answers, tool arguments and results. Without it a line has
            their lengths only.
        max_chars: longer texts are cut.
    """

    def __init__(self, *, content: bool, max_chars: int) -> None:
        self._content = content
        self._max_chars = max_chars
        self._makers: dict[type[Any], Callable[[Any], dict[str, Any]]] = {
            events.RunStarted: self._run_started,
            events.ModelCallStarted: lambda event: {"iteration": event.iteration},
            events.ContextFitted: lambda event: {
                "iteration": event.iteration,
                "kept": event.kept,
                "dropped": event.dropped,
                "tokens": event.tokens,
            },
            events.ContextCondensed: lambda event: {"turns": event.turns, "tokens": event.tokens},
            events.SnippetsShown: lambda event: {
                "shown": len(event.sources),
                "dropped": event.dropped,
                "tokens": event.tokens,
            },
            events.TextDelta: lambda event: self._said("text", event.text),
            events.ReasoningDelta: lambda event: self._said("text", event.text),
            events.ToolCallStarted: lambda event: {"index": event.index, "tool": event.name},
            events.ToolCallReady: self._call,
            events.AttemptFinished: self._attempt,
            events.ModelCallFinished: self._model_call,
            events.ToolStarted: self._call,
            events.ToolFinished: self._tool,
            events.NoProgressWarned: lambda event: {"iteration": event.iteration},
            events.TurnSaved: lambda event: {
                "conversation_id": event.conversation_id,
                "messages": len(event.turn.messages),
            },
            events.RunCompleted: self._completed,
            events.RunFailed: self._failed,
            events.RunCancelled: lambda _event: {},
        }

    def fields(self, event: Event) -> dict[str, Any]:
        """Returns the fields of an event's line, without what every line has."""
        make = self._makers.get(type(event))
        return make(event) if make is not None else {}

    def _run_started(self, event: events.RunStarted) -> dict[str, Any]:
        return _present(
            conversation_id=event.conversation_id, parent_run_id=event.parent_run_id, **self._said("input", event.input)
        )

    def _call(self, event: events.ToolStarted | events.ToolCallReady) -> dict[str, Any]:
        found: dict[str, Any] = {"tool": event.call.name, "call_id": event.call.id}
        if self._content:
            found["arguments"] = self._cut(str(dict(event.call.arguments)))
        return found

    def _tool(self, event: events.ToolFinished) -> dict[str, Any]:
        result: ToolResult = event.result
        return _present(
            tool=result.name,
            call_id=result.call_id,
            ok=not result.is_error,
            error_kind=None if result.error_kind is None else str(result.error_kind),
            # The error of a tool is written for the operator, unlike what it returns.
            error=self._cut(result.error) if result.error else None,
            duration_ms=round(result.duration_ms, 3),
            **({} if result.is_error else self._said("result", result.content)),
        )

    def _attempt(self, event: events.AttemptFinished) -> dict[str, Any]:
        attempt = event.attempt
        return _present(
            provider=attempt.route.provider,
            model=attempt.route.model,
            category=None if attempt.category is None else str(attempt.category),
            duration_ms=round(attempt.duration_ms, 3),
            input_tokens=attempt.usage.input_tokens,
            output_tokens=attempt.usage.output_tokens,
            error=self._cut(attempt.message) if attempt.message else None,
        )

    def _model_call(self, event: events.ModelCallFinished) -> dict[str, Any]:
        completion = event.completion
        return _present(
            iteration=event.iteration,
            finish_reason=str(completion.finish_reason),
            tool_calls=len(completion.tool_calls),
            input_tokens=completion.usage.input_tokens,
            output_tokens=completion.usage.output_tokens,
            **self._said("text", completion.text),
        )

    def _completed(self, event: events.RunCompleted) -> dict[str, Any]:
        result = event.result
        return _present(
            conversation_id=result.conversation_id,
            finish_reason=str(result.finish_reason),
            iterations=result.iterations,
            tool_calls=len(result.tool_calls),
            input_tokens=result.usage.input_tokens,
            output_tokens=result.usage.output_tokens,
            cost_usd=result.usage.cost_usd,
            **self._said("text", result.text),
        )

    def _failed(self, event: events.RunFailed) -> dict[str, Any]:
        category = getattr(event.error, "category", None)
        return _present(
            error_type=type(event.error).__name__,
            category=None if category is None else str(category),
            error=self._cut(str(event.error)),
        )

    def _said(self, key: str, text: str) -> dict[str, Any]:
        return {key: self._cut(text)} if self._content else {f"{key}_chars": len(text)}

    def _cut(self, text: str) -> str:
        # A lone surrogate, which a model's JSON can hold, has no place in a line of UTF-8.
        shown = redact(text[: self._max_chars].encode("utf-8", "backslashreplace").decode())
        return shown if len(text) <= self._max_chars else f"{shown}… ({len(text) - self._max_chars} characters more)"


def level_of(event: Event, name: str, levels: Mapping[str, int]) -> int:
    """Returns the level of an event's line: a failed attempt or tool is at least a warning, unless it is off."""
    level = levels[name]
    failed = (isinstance(event, events.AttemptFinished) and event.attempt.category is not None) or (
        isinstance(event, events.ToolFinished) and event.result.is_error
    )
    return max(level, LEVELS["warning"]) if failed else level


def _present(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
