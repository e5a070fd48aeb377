"""Who answers: routes and the trail of attempts."""

from __future__ import annotations

from harness.domain.failures import ErrorCategory
from harness.domain.usage import ZERO_USAGE, Usage
from harness.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call went: a provider's name and a model's."""

    provider: str
    model: str = ""

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}" if self.model else self.provider


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at one provider.

    Args:
        route: who was asked.
        category: None where it answered, else the kind of trouble.
        started_at: seconds since 1970.
        duration_ms: until the last chunk or the error.
        usage: tokens of this attempt, as far as the provider reported them.
        message: the error's text, or an empty string.
    """

    route: Route
    category: ErrorCategory | None = None
    started_at: float = 0.0
    duration_ms: float = 0.0
    usage: Usage = ZERO_USAGE
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether the provider answered."""
        return self.category is None
