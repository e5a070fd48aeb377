"""The innermost layer of a call: times each attempt, keeps the trail, and tells a whole answer from a cut one."""

from __future__ import annotations

from collections.abc import AsyncIterator

from harness.domain.completions import CompletionChunk, Options, Prompt
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.routes import Attempt, Route
from harness.domain.usage import ZERO_USAGE, Usage
from harness.ports.clock import Clock, SystemClock
from harness.ports.provider import Provider
from harness.ports.streams import close_stream


class Attempted:
    """A provider whose every attempt leaves an `Attempt`: as its last chunk, or in the error's trail.

    Raises:
        ProviderError: as the provider inside does; category `connection` where its stream ends without a finish
            reason, because such an answer was cut.
    """

    def __init__(self, inner: Provider, clock: Clock | None = None) -> None:
        self._inner = inner
        self._clock: Clock = clock or SystemClock()
        self._route = Route("")

    @property
    def name(self) -> str:
        """The name of the provider inside."""
        return self._inner.name

    async def stream(self, prompt: Prompt, options: Options) -> AsyncIterator[CompletionChunk]:
        """Passes the chunks on and adds one with the attempt."""
        clock = self._clock
        started_at, began = clock.now(), clock.monotonic()
        usage: Usage = ZERO_USAGE
        model = options.model or ""
        finished = False
        chunks = self._inner.stream(prompt, options)
        try:
            async for chunk in chunks:
                if chunk.usage is not None:
                    usage = chunk.usage
                if chunk.model is not None:
                    model = chunk.model
                if chunk.finish_reason is not None:
                    finished = True
                yield chunk
            if not finished:
                raise ProviderError(
                    "the stream ended before the model had finished",
                    category=ErrorCategory.CONNECTION,
                    provider=self._inner.name,
                    remedy="try again, or another provider",
                )
        except ProviderError as error:
            error.attempts = (*error.attempts, self._attempt(model, started_at, began, usage, error))
            raise
        finally:
            await close_stream(chunks)
        yield CompletionChunk(attempt=self._attempt(model, started_at, began, usage, None))

    def _attempt(
        self, model: str, started_at: float, began: float, usage: Usage, error: ProviderError | None
    ) -> Attempt:
        route = self._route
        if route.model != model or route.provider != self._inner.name:
            route = self._route = Route(self._inner.name, model)
        return Attempt(
            route,
            None if error is None else error.category,
            started_at,
            (self._clock.monotonic() - began) * 1000.0,
            usage,
            "" if error is None else error.message,
        )

    async def aclose(self) -> None:
        """Closes the provider inside."""
        await self._inner.aclose()
