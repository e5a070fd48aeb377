"""The one envelope of a run: what it, and everything it starts, may still spend."""

from __future__ import annotations

from harness.domain.errors import BudgetExceeded
from harness.domain.usage import ZERO_USAGE, Usage


class Envelope:
    """Deadline, tokens, money and tool calls of one run; drawn on by retries, fallbacks, tools and sub-runs.

    A sub-run gets a `child`: it is bounded by its own limits and by all that its ancestors have left, and what it
    spends is spent by them too. Not thread-safe: it belongs to the event loop of its run.

    Args:
        deadline: when the run must have ended, in seconds of the monotonic clock; None for never.
        max_input_tokens: most input tokens, summed over all calls.
        max_output_tokens: most output tokens, summed over all calls.
        max_cost_usd: most US dollars. A call of unknown price counts as free, because nothing better is known.
        max_tool_calls: most tool calls.
        run_timeout_s: what the deadline was made from, for the error's text.
        depth: how many runs this one is nested in.
        parent: the envelope of the run that started this one.
    """

    __slots__ = (
        "_bounded",
        "_lineage",
        "_tool_calls",
        "deadline",
        "depth",
        "max_cost_usd",
        "max_input_tokens",
        "max_output_tokens",
        "max_tool_calls",
        "parent",
        "run_timeout_s",
        "spent",
    )

    def __init__(
        self,
        *,
        deadline: float | None = None,
        max_input_tokens: int | None = None,
        max_output_tokens: int | None = None,
        max_cost_usd: float | None = None,
        max_tool_calls: int | None = None,
        run_timeout_s: float | None = None,
        depth: int = 0,
        parent: Envelope | None = None,
    ) -> None:
        self.deadline = deadline
        self.run_timeout_s = run_timeout_s
        if parent is not None and parent.deadline is not None and (deadline is None or parent.deadline < deadline):
            self.deadline, self.run_timeout_s = parent.deadline, parent.run_timeout_s
        self.max_input_tokens = max_input_tokens
        self.max_output_tokens = max_output_tokens
        self.max_cost_usd = max_cost_usd
        self.max_tool_calls = max_tool_calls
        self.depth = depth
        self.parent = parent
        self.spent: Usage = ZERO_USAGE
        self._tool_calls = 0
        # This envelope and those around it, and of them those with a limit of their own: most have none, and then
        # drawing on them costs no more than counting.
        self._lineage: tuple[Envelope, ...] = (self,) if parent is None else (self, *parent._lineage)
        own = (max_input_tokens, max_output_tokens, max_cost_usd, max_tool_calls) != (None, None, None, None)
        around = () if parent is None else parent._bounded
        self._bounded: tuple[Envelope, ...] = (self, *around) if own else around

    @property
    def tool_calls(self) -> int:
        """How many tool calls were taken, those of sub-runs included."""
        return self._tool_calls

    def remaining_s(self, now: float) -> float | None:
        """Returns the seconds left at monotonic time `now`, at least 0; None without a deadline."""
        return None if self.deadline is None else max(0.0, self.deadline - now)

    def check(self, now: float) -> None:
        """Raises `BudgetExceeded` where something is used up, so that no further call is begun."""
        if self.deadline is not None and now >= self.deadline:
            raise self.timed_out(now)
        for envelope in self._bounded:
            envelope._check_own(used_up=True)

    def timed_out(self, now: float) -> BudgetExceeded:
        """Returns the error of a deadline that has passed."""
        allowed = self.run_timeout_s or 0.0
        over = 0.0 if self.deadline is None else max(0.0, now - self.deadline)
        return BudgetExceeded(
            f"the run took longer than its run_timeout_s of {allowed:g} s",
            limit="run_timeout_s",
            allowed=allowed,
            spent=allowed + over,
            remedy="raise policy.run_timeout_s or shorten the work",
        )

    def charge(self, usage: Usage) -> None:
        """Adds what a call used. Raises `BudgetExceeded` where that is more than was allowed, after counting it."""
        for envelope in self._lineage:
            envelope.spent = envelope.spent + usage
        for envelope in self._bounded:
            envelope._check_own(used_up=False)

    def take_tool_call(self) -> None:
        """Counts one tool call. Raises `BudgetExceeded`, without counting, where none is left."""
        for envelope in self._bounded:
            if envelope.max_tool_calls is not None and envelope._tool_calls >= envelope.max_tool_calls:
                raise _over("max_tool_calls", envelope.max_tool_calls, envelope._tool_calls + 1)
        for envelope in self._lineage:
            envelope._tool_calls += 1

    def output_tokens_left(self) -> int | None:
        """Returns how many output tokens may still be asked for, or None where there is no limit."""
        if not self._bounded:
            return None
        left = [e.max_output_tokens - e.spent.output_tokens for e in self._bounded if e.max_output_tokens is not None]
        return max(0, min(left)) if left else None

    def _check_own(self, *, used_up: bool) -> None:
        """Compares what was spent with the limits; with `used_up`, exactly the limit is already too much."""
        spent = self.spent
        for name, allowed, used in (
            ("max_input_tokens", self.max_input_tokens, spent.input_tokens),
            ("max_output_tokens", self.max_output_tokens, spent.output_tokens),
            ("max_cost_usd", self.max_cost_usd, spent.cost_usd or 0.0),
        ):
            if allowed is not None and (used > allowed or (used_up and used >= allowed)):
                raise _over(name, allowed, used)


def _over(limit: str, allowed: float, spent: float) -> BudgetExceeded:
    return BudgetExceeded(
        f"the run's {limit} of {allowed:g} is used up ({spent:g})",
        limit=limit,
        allowed=allowed,
        spent=spent,
        remedy=f"raise policy.{limit}, or ask for less",
    )
