"""What was consumed: tokens and money."""

from __future__ import annotations

from harness.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money of one call, or the sum of several.

    Args:
        input_tokens: tokens of the prompt, the cached ones included.
        output_tokens: tokens of the answer, the reasoning ones included.
        cached_tokens: those of `input_tokens` that the provider read from its cache.
        reasoning_tokens: those of `output_tokens` spent on reasoning.
        cost_usd: US dollars, or None where a price is unknown. Unknown plus anything is unknown.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float | None = None

    def __add__(self, other: Usage) -> Usage:
        if other is ZERO_USAGE:
            return self
        if self is ZERO_USAGE:
            return other
        cost = None if self.cost_usd is None or other.cost_usd is None else self.cost_usd + other.cost_usd
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            cost,
        )

    @property
    def total_tokens(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens


ZERO_USAGE = Usage(cost_usd=0.0)
"""Nothing consumed: the neutral element of `+`."""
