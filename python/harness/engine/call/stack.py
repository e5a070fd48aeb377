"""The order of the layers around a provider, in one place."""

from __future__ import annotations

from harness.engine.call.attempts import Attempted
from harness.engine.call.limit import Limited
from harness.ports.clock import Clock
from harness.ports.limiter import RateLimiter
from harness.ports.provider import Provider


def stack(provider: Provider, *, limiter: RateLimiter | None = None, clock: Clock | None = None) -> Provider:
    """Returns `provider` with its layers around it, innermost first: attempts, limiter.

    A layer that is not asked for is not built. A provider that is stacked already gets no second trail.
    """
    stacked: Provider = provider if isinstance(provider, Attempted | Limited) else Attempted(provider, clock)
    if limiter is not None:
        stacked = Limited(stacked, limiter)
    return stacked
