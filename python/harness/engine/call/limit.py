"""A layer that waits for the rate limiter before each attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator

from harness.domain.completions import CompletionChunk, Options, Prompt
from harness.ports.limiter import RateLimiter
from harness.ports.provider import Provider
from harness.ports.streams import close_stream


class Limited:
    """A provider that takes one permit of its own name before it asks.

    The wait is bounded by the run's deadline, because the run as a whole is.
    """

    def __init__(self, inner: Provider, limiter: RateLimiter) -> None:
        self._inner = inner
        self._limiter = limiter

    @property
    def name(self) -> str:
        """The name of the provider inside."""
        return self._inner.name

    async def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        """Waits, then passes the stream on."""
        await self._limiter.acquire(self._inner.name)
        chunks = self._inner.stream(prompt, options)
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            await close_stream(chunks)

    async def aclose(self) -> None:
        """Closes the provider inside and the limiter."""
        await self._inner.aclose()
        await self._limiter.aclose()
