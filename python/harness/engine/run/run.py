"""A run from outside: its deadline, its cancelling, and its last event."""

from __future__ import annotations

import asyncio

from harness.domain.errors import HarnessError, StoreError
from harness.domain.events import RunCancelled, RunFailed
from harness.domain.runs import RunResult
from harness.engine.run.emitter import Emitter
from harness.engine.run.loop import Loop, RunSetup
from harness.engine.tools.deadlines import Deadline


class Run:
    """Does the work of a `Loop`: ends it at its deadline or when it is told to, and leaves nothing of it behind.

    One deadline serves the whole run. When it is due, the task that waits on the run at that moment is cancelled, and
    the cancelling is turned into the error here, as `asyncio.timeout` does; unlike there, one task may wait now and
    another later, as with streams they may.
    """

    __slots__ = ("_cancelled_by_us", "_emit", "_ended", "_setup", "_task", "_verdict")

    def __init__(self, setup: RunSetup, emitter: Emitter) -> None:
        self._setup = setup
        self._emit = emitter
        self._task: asyncio.Task[object] | None = None
        self._verdict: HarnessError | None = None
        self._cancelled_by_us = False
        self._ended: asyncio.Event | None = None

    async def work(self) -> RunResult:
        """Runs to the end.

        Raises:
            HarnessError: what ended the run, after `RunFailed`.
            asyncio.CancelledError: the waiting task was cancelled from outside.
        """
        scope = self._setup.scope
        self._task = asyncio.current_task()
        if scope.parent is not None:
            scope.parent.runs.add(self)
        deadline = self._set_deadline()
        try:
            return await Loop(self._setup, self._emit).work()
        except asyncio.CancelledError as error:
            verdict = self._judge(error)
            await self._end(verdict)
            raise verdict from None
        except BaseException as error:
            await self._end(error)
            raise
        finally:
            self._task = None
            if deadline is not None:
                deadline.drop()
            if scope.parent is not None:
                scope.parent.runs.discard(self)
            if self._ended is not None:
                self._ended.set()

    def resume(self) -> BaseException | None:
        """Notes which task waits on the run now, and returns what ended the run while none did."""
        self._task = asyncio.current_task()
        return self._verdict

    def pause(self) -> None:
        """Notes that no task waits on the run."""
        self._task = None

    def stop(self, error: HarnessError) -> None:
        """Ends the run with `error`: now, if a task waits on it, else when one does next."""
        if self._verdict is not None:
            return
        self._verdict = error
        if self._task is not None:
            self._cancelled_by_us = True
            self._task.cancel()

    async def wait_ended(self) -> None:
        """Waits until the run has ended, where a task is at it."""
        if self._task is not None:
            if self._ended is None:
                self._ended = asyncio.Event()
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

    def _judge(self, error: asyncio.CancelledError) -> BaseException:
        """Returns the verdict where the cancelling was ours alone, else the cancelling itself."""
        if self._cancelled_by_us and self._verdict is not None:
            self._cancelled_by_us = False
            task = asyncio.current_task()
            if task is None or task.uncancel() <= 0:
                return self._verdict
        return error

    async def _end(self, error: BaseException) -> None:
        """Ends what the run has started, then says how the run has ended."""
        failed = isinstance(error, Exception)
        if not failed:
            self._emit.watched = False  # nobody takes events from a run that is being cancelled
        await self._setup.scope.end_runs()
        kind, fields = (RunFailed, (error,)) if failed else (RunCancelled, ())
        try:
            await self._emit.record(kind, *fields)
        except StoreError:  # the journal cannot keep it; the others hear of it all the same
            await self._emit.show(kind, *fields)
