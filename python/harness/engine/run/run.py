"""A run from outside: its deadline, its cancelling, and its last event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from harness.domain.errors import HarnessError, StoreError
from harness.domain.events import Event, RunCancelled, RunCompleted, RunFailed
from harness.engine.run.emitter import Emitter
from harness.engine.run.loop import Loop, RunSetup
from harness.engine.tools.deadlines import Deadline
from harness.ports.streams import close_stream


class Run:
    """Drives a `Loop`: ends it at its deadline or when it is told to, and leaves nothing of it behind.

    One deadline serves the whole run. It cancels the task that is waiting on the run's stream at that moment, and the
    cancelling is turned into the error here, as `asyncio.timeout` does; unlike it, this one may be waited on from one
    task now and another later, as streams may.
    """

    def __init__(self, setup: RunSetup, emitter: Emitter) -> None:
        self._setup = setup
        self._emit = emitter
        self._task: asyncio.Task[object] | None = None
        self._verdict: HarnessError | None = None
        self._cancelled_by_us = False
        self._ended = asyncio.Event()

    async def events(self) -> AsyncIterator[Event]:
        """Yields the run's events.

        Raises:
            HarnessError: what ended the run, after `RunFailed`.
            asyncio.CancelledError: the waiting task was cancelled from outside.
        """
        scope = self._setup.scope
        parent = scope.parent
        if parent is not None:
            parent.runs.add(self)
        deadline = self._set_deadline()
        inner = Loop(self._setup, self._emit).events()
        completed = False
        watched = self._setup.watched  # unwatched, one task drains the stream; it need not be looked up again
        self._task = asyncio.current_task()
        try:
            while True:
                try:
                    if self._verdict is not None:
                        raise self._verdict
                    event = await anext(inner)
                except StopAsyncIteration:
                    break
                except asyncio.CancelledError:
                    self._judge_cancelling()
                completed = type(event) is RunCompleted
                if watched:
                    self._task = None
                    yield event
                    self._task = asyncio.current_task()
                else:
                    yield event
        except Exception as error:
            self._task = None
            await self._close(inner)
            yield await self._last(RunFailed, error)
            raise
        except BaseException:
            self._task = None
            await self._close(inner)
            if not completed:
                await self._last(RunCancelled)
            raise
        finally:
            self._task = None
            if deadline is not None:
                deadline.drop()
            if parent is not None:
                parent.runs.discard(self)
            self._ended.set()

    def stop(self, error: HarnessError) -> None:
        """Ends the run with `error`: now, if somebody waits on it, else when it is waited on next."""
        if self._verdict is not None:
            return
        self._verdict = error
        if self._task is not None:
            self._cancelled_by_us = True
            self._task.cancel()

    async def wait_ended(self) -> None:
        """Waits until the run has ended and its parts are closed."""
        if self._task is not None:
            await self._ended.wait()

    def _set_deadline(self) -> Deadline | None:
        """Has the run stopped when its envelope's time is up. A run inside a run has its own or less, never more."""
        envelope = self._setup.scope.envelope
        if envelope.deadline is None or envelope.run_timeout_s is None:
            return None
        if self._setup.scope.parent is None:
            return self._setup.deadlines.set(envelope.run_timeout_s, self._time_is_up)
        left = envelope.deadline - self._setup.clock.monotonic()
        return self._setup.deadlines.set(max(0.0, left), self._time_is_up)

    def _time_is_up(self) -> None:
        self.stop(self._setup.scope.envelope.timed_out(self._setup.clock.monotonic()))

    def _judge_cancelling(self) -> None:
        """Raises the verdict where the cancelling was ours alone, else lets it pass on."""
        task = asyncio.current_task()
        if self._cancelled_by_us and self._verdict is not None:
            self._cancelled_by_us = False
            if task is None or task.uncancel() <= 0:
                raise self._verdict from None
        raise

    async def _last(self, kind: type[RunFailed] | type[RunCancelled], *fields: object) -> Event:
        """Makes the last event; where the journal cannot keep it, the others hear of it all the same."""
        try:
            return await self._emit.record(kind, *fields)
        except StoreError:
            return self._emit.show(kind, *fields)

    async def _close(self, inner: AsyncIterator[Event]) -> None:
        await close_stream(inner)
        await self._setup.scope.end_runs()
