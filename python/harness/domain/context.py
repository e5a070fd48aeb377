"""What of a conversation the model is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

from harness.domain.errors import InputError
from harness.domain.values import dataclass

Strategy: TypeAlias = Literal["sliding_window", "hierarchical", "summarization", "semantic"]
"""How it is chosen what fits: the last messages; what is pinned, recent and important; a summary and the last; or what
is recent and like the question."""

STRATEGIES: tuple[Strategy, ...] = ("sliding_window", "hierarchical", "summarization", "semantic")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of knowledge that may help with what the user says now.

    Args:
        text: what it says.
        source: where it is from, as the model is told.
    """

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class ContextPolicy:
    """How the context of a model call is assembled.

    Args:
        max_tokens: the size of the model's window, prompt and answer together; None fits nothing.
        strategy: `sliding_window` shows the last messages that fit. `hierarchical` shows what is pinned, then the last
            `preserve_recent` messages, then the most important of the others, as far as they fit. `summarization` shows
            a summary of the oldest turns, which a model writes in the background and the store keeps, and the rest.
            `semantic` shows the last `preserve_recent` messages, then those that are most like what the user says now.
            Several are combined: `("summarization", "semantic")` shows the summary, and in full those of the condensed
            turns that are like the question; `("hierarchical", "semantic")` ranks by importance and likeness together.
        reserve_output: tokens of the window that are left to the answer.
        preserve_system: the system prompt is always shown; without it, it goes where it does not fit.
        preserve_recent: how many of the last messages come before what is important or like the question.
        last_turns: most turns of the conversation that are looked at; None is all that could fit.
        last_tokens: most tokens of earlier turns that are shown; None is all that fit.
        summarize_threshold: how full the window may be with turns that no summary covers before the older half of them
            is summarised; above 0, below 1.
        summary_tokens: most tokens of a summary.
        summary_model: the model that writes it; None is the provider's own.
        snippet_tokens: most tokens of the snippets that a run is given. With `semantic`, those that are most like what
            the user says come first, else those given first.
        clear_after_s: seconds without a turn after which earlier turns are shown no more; None is never. They stay in
            the store.

    Raises:
        InputError: a number is out of range.

    The user's words of this turn, the last calls with their results and what is pinned are always shown, and where
    they do not fit that is `ContextOverflow`. A call is never parted from its results, and no message is cut.
    `sliding_window` and `summarization` load no more turns than could be shown, and what was pinned before;
    `hierarchical` and `semantic` look at all turns, or at `last_turns`.
    """

    max_tokens: int | None = None
    strategy: Strategy | Sequence[Strategy] = "sliding_window"
    reserve_output: int = 1024
    preserve_system: bool = True
    preserve_recent: int = 8
    last_turns: int | None = None
    last_tokens: int | None = None
    summarize_threshold: float = 0.75
    summary_tokens: int = 512
    summary_model: str | None = None
    clear_after_s: float | None = None
    snippet_tokens: int = 2048

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """The strategies that are combined."""
        return (self.strategy,) if isinstance(self.strategy, str) else tuple(self.strategy)

    def __post_init__(self) -> None:
        for strategy in self.strategies:
            if strategy not in STRATEGIES:
                raise InputError(f"context.strategy is {strategy!r}", remedy=f"it is one of {', '.join(STRATEGIES)}")
        if not self.strategies:
            raise InputError("context.strategy is empty", remedy=f"give one of {', '.join(STRATEGIES)}, or several")
        for name in ("reserve_output", "preserve_recent", "snippet_tokens"):
            _at_least(name, getattr(self, name), 0)
        _at_least("summary_tokens", self.summary_tokens, 1)
        if not 0 < self.summarize_threshold < 1:
            raise InputError(
                f"context.summarize_threshold is {self.summarize_threshold!r}; it must be above 0 and below 1"
            )
        if "summarization" in self.strategies and self.max_tokens is None:
            raise InputError(
                "context.strategy is summarization, and nothing says how large the window is",
                remedy="give context.max_tokens",
            )
        for name in ("max_tokens", "last_turns", "last_tokens", "clear_after_s"):
            value = getattr(self, name)
            if value is not None:
                _at_least(name, value, 1 if name != "clear_after_s" else 0)
        if self.max_tokens is not None and self.max_tokens <= self.reserve_output:
            raise InputError(
                f"context.max_tokens is {self.max_tokens:,}, and reserve_output takes {self.reserve_output:,} of it",
                remedy="reserve less, or give the model's whole window as max_tokens",
            )


def _at_least(name: str, value: float, least: int) -> None:
    if math.isnan(value) or value < least:
        raise InputError(f"context.{name} is {value!r}; it must be at least {least}")
