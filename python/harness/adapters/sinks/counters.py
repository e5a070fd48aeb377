"""Counts what runs do, in the process: the numbers behind a test, a health page or a metrics endpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from harness.domain.events import (
    AttemptFinished,
    Event,
    ModelCallFinished,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunStarted,
    ToolFinished,
)


class CountersSink:
    """Counts runs, model calls, provider attempts, tool calls, tokens and money.

    `counts` is keyed by tuples whose first item is the name: `("runs_started",)`, `("runs_ended", outcome)`,
    `("model_calls",)`, `("attempts", provider, category or "ok")`, `("tool_calls", tool, kind of error or "ok")`,
    `("tokens", "input" | "output" | "cached" | "reasoning")`. `cost_usd` sums what has a known price; `tool_ms` sums
    milliseconds by tool. Label values come from names in the configuration, so their number is bounded.
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.tool_ms: Counter[str] = Counter()
        self.cost_usd = 0.0
        self._take: dict[type, Callable[[Any], None]] = {
            RunStarted: self._run_started,
            ModelCallFinished: self._model_call,
            AttemptFinished: self._attempt,
            ToolFinished: self._tool,
            RunCompleted: self._completed,
            RunFailed: self._failed,
            RunCancelled: self._cancelled,
        }

    def on_event(self, event: Event) -> None:
        """Counts one event; those that say nothing to count cost a dictionary look-up."""
        take = self._take.get(type(event))
        if take is not None:
            take(event)

    async def aclose(self) -> None:
        """Holds nothing."""

    def _run_started(self, event: RunStarted) -> None:
        self.counts["runs_started",] += 1

    def _model_call(self, event: ModelCallFinished) -> None:
        counts, usage = self.counts, event.completion.usage
        counts["model_calls",] += 1
        counts["tokens", "input"] += usage.input_tokens
        counts["tokens", "output"] += usage.output_tokens
        if usage.cached_tokens:
            counts["tokens", "cached"] += usage.cached_tokens
        if usage.reasoning_tokens:
            counts["tokens", "reasoning"] += usage.reasoning_tokens
        self.cost_usd += usage.cost_usd or 0.0

    def _attempt(self, event: AttemptFinished) -> None:
        attempt = event.attempt
        self.counts["attempts", attempt.route.provider, attempt.category or "ok"] += 1

    def _tool(self, event: ToolFinished) -> None:
        result = event.result
        name = result.name if result.error_kind != "unknown_tool" else "unknown"  # a model can make up any name
        self.counts["tool_calls", name, result.error_kind or "ok"] += 1
        self.tool_ms[name] += result.duration_ms  # type: ignore[assignment]

    def _completed(self, event: RunCompleted) -> None:
        self.counts["runs_ended", event.result.finish_reason] += 1

    def _failed(self, event: RunFailed) -> None:
        self.counts["runs_ended", type(event.error).__name__] += 1

    def _cancelled(self, event: RunCancelled) -> None:
        self.counts["runs_ended", "cancelled"] += 1
