"""A run's events as an async iterator.

The work of a run is one coroutine. Where somebody watches, it hands each event over by yielding it through its awaits
to the iterator that drives it, between the futures that it yields to the event loop. Nested async generators would do
the same; they cost a tool round trip a quarter more, in hooks and hops (`benches/loop.py`), and unwatched runs as much
as watched ones. PEP 492 has the protocol; the `async_generator` package first used it so.
"""

from __future__ import annotations

import asyncio
import contextlib
import types
from collections.abc import Coroutine, Generator
from typing import Any, Protocol

from harness.domain.events import Event, EventBase


@types.coroutine
def hand_over(event: EventBase) -> Generator[EventBase, None, None]:
    """Gives `event` to whoever watches, and waits until they want the next."""
    yield event


class Watched(Protocol):
    """The run behind a stream."""

    def work(self) -> Coroutine[Any, Any, Any]:
        """The run's work, which hands over its events."""
        ...

    def resume(self) -> BaseException | None:
        """Notes that the current task waits on the run from now on; returns what to raise in it instead, if any."""
        ...

    def pause(self) -> None:
        """Notes that nobody waits on the run."""
        ...


class EventStream:
    """Iterates over the events of a run, driving it. One reader at a time; it may be one task now, another later."""

    __slots__ = ("__weakref__", "_busy", "_coroutine", "_done", "_loop", "_run")

    def __init__(self, run: Watched) -> None:
        self._run = run
        self._coroutine: Coroutine[Any, Any, Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._busy = False
        self._done = False

    def __aiter__(self) -> EventStream:
        return self

    @types.coroutine
    def __anext__(self) -> Generator[Any, Any, Event]:
        """Returns the next event.

        Raises:
            StopAsyncIteration: the run has ended well.
            BaseException: what the run ended with.
        """
        if self._done:
            raise StopAsyncIteration
        coroutine = self._coroutine
        if coroutine is None:
            self._loop = asyncio.get_running_loop()
            coroutine = self._coroutine = self._run.work()
        error = self._run.resume()
        event: Event = yield from self._drive(coroutine, error, wanted=True)
        return event

    async def aclose(self) -> None:
        """Cancels the run where it has not ended, and waits until nothing is left of it. Idempotent."""
        if self._coroutine is None:
            self._done = True
        if self._done:
            return
        self._run.resume()
        task = asyncio.current_task()
        cancelled_before = 0 if task is None else task.cancelling()
        try:
            # Not GeneratorExit: that would close the inner coroutines at once, without letting them await their ends.
            await self._throw(asyncio.CancelledError())
        except StopAsyncIteration:
            pass
        except asyncio.CancelledError:
            if task is not None and task.cancelling() > cancelled_before:
                raise

    @types.coroutine
    def _throw(self, error: BaseException) -> Generator[Any, Any, None]:
        assert self._coroutine is not None  # noqa: S101 - aclose has looked
        yield from self._drive(self._coroutine, error, wanted=False)

    def _drive(
        self, coroutine: Coroutine[Any, Any, Any], error: BaseException | None, *, wanted: bool
    ) -> Generator[Any, Any, Any]:
        """Runs the coroutine to its next event where one is `wanted`, else to its end, passing its futures on."""
        if self._busy:
            raise RuntimeError("the stream is being waited on by another task")
        self._busy = True
        try:
            while True:
                yielded = coroutine.send(None) if error is None else coroutine.throw(error)
                if isinstance(yielded, EventBase):
                    if wanted:
                        self._run.pause()
                        return yielded
                    error = None
                    continue
                try:
                    yield yielded
                    error = None
                except BaseException as thrown:  # noqa: BLE001 - it is the coroutine's to handle
                    error = thrown
        except StopIteration:
            self._done = True
            raise StopAsyncIteration from None
        except BaseException:
            self._done = True
            raise
        finally:
            self._busy = False

    def __del__(self) -> None:
        # Left before its end and never closed: what asyncio does for async generators is done here.
        if self._done or self._coroutine is None or self._loop is None:
            return
        if self._loop.is_closed():
            with contextlib.suppress(BaseException):
                self._coroutine.close()
        else:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._loop.create_task, self.aclose())
