"""Counts what runs do, in the process: the numbers behind a test, a health page or a metrics endpoint."""

from __future__ import annotations

from collections import Counter, defaultdict
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
        self.tool_ms: defaultdict[str, float] = defaultdict(float)
        self.cost_usd = 0.0
        # What has no labels is counted in plain attributes, a tenth of the price of a counter keyed by tuples.
        self._runs = 0
        self._calls = 0
        self._input = self._output = self._cached = self._reasoning = 0
        self._ended: defaultdict[str, int] = defaultdict(int)
        self._attempts: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._tools: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._take: dict[type, Callable[[Any], None]] = {
            RunStarted: self._run_started,
            ModelCallFinished: self._model_call,
            AttemptFinished: self._attempt,
            ToolFinished: self._tool,
            RunCompleted: self._completed,
            RunFailed: self._failed,
            RunCancelled: self._cancelled,
        }

    @property
    def counts(self) -> Counter[tuple[str, ...]]:
        """What was counted up to now; what was never seen is 0."""
        plain = {
            ("runs_started",): self._runs,
            ("model_calls",): self._calls,
            ("tokens", "input"): self._input,
            ("tokens", "output"): self._output,
            ("tokens", "cached"): self._cached,
            ("tokens", "reasoning"): self._reasoning,
        }
        counts: Counter[tuple[str, ...]] = Counter({key: count for key, count in plain.items() if count})
        counts.update({("runs_ended", outcome): count for outcome, count in self._ended.items()})
        counts.update({("attempts", *labels): count for labels, count in self._attempts.items()})
        counts.update({("tool_calls", *labels): count for labels, count in self._tools.items()})
        return counts

    def on_event(self, event: Event) -> None:
        """Counts one event; those that say nothing to count cost a dictionary look-up."""
        take = self._take.get(type(event))
        if take is not None:
            take(event)

    async def aclose(self) -> None:
        """Holds nothing."""

    def _run_started(self, _event: RunStarted) -> None:
        self._runs += 1

    def _model_call(self, event: ModelCallFinished) -> None:
        usage = event.completion.usage
        self._calls += 1
        self._input += usage.input_tokens
        self._output += usage.output_tokens
        self._cached += usage.cached_tokens
        self._reasoning += usage.reasoning_tokens
        self.cost_usd += usage.cost_usd or 0.0

    def _attempt(self, event: AttemptFinished) -> None:
        attempt = event.attempt
        self._attempts[attempt.route.provider, attempt.category or "ok"] += 1

    def _tool(self, event: ToolFinished) -> None:
        result = event.result
        name = result.name if result.error_kind != "unknown_tool" else "unknown"  # a model can make up any name
        self._tools[name, result.error_kind or "ok"] += 1
        self.tool_ms[name] += result.duration_ms

    def _completed(self, event: RunCompleted) -> None:
        self._ended[event.result.finish_reason] += 1

    def _failed(self, event: RunFailed) -> None:
        self._ended[type(event.error).__name__] += 1

    def _cancelled(self, _event: RunCancelled) -> None:
        self._ended["cancelled"] += 1
