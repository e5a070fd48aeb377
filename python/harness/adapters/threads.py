"""Threads for blocking work: made when needed, gone when idle, never waited for at exit."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

_DEFAULT_THREADS = 64
_IDLE_S = 10.0


class Threads:
    """A pool of daemon threads for plain functions, usable from any number of event loops.

    Unlike `concurrent.futures`, a function that never returns keeps neither the loop nor the process from ending, and
    its thread does not count against `max_threads` once nobody waits for it any more.

    Args:
        max_threads: most threads at work for somebody at once; more work waits its turn.
        max_abandoned: most threads that may be left behind in functions nobody waits for; past it their places are
            no longer made up for.
        idle_s: how long a thread without work stays, in seconds.
        name: the threads' names begin with it.
    """

    def __init__(
        self,
        max_threads: int = _DEFAULT_THREADS,
        *,
        max_abandoned: int = 256,
        idle_s: float = _IDLE_S,
        name: str = "harness-worker",
    ) -> None:
        self._max_threads = max_threads
        self._max_abandoned = max_abandoned
        self._idle_s = idle_s
        self._name = name
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        """Starts from nothing; also in a forked child, which has none of its parent's threads."""
        self._lock = threading.Lock()
        self._has_work = threading.Condition(self._lock)
        self._waiting: deque[_Job] = deque()
        self._alive = 0
        self._idle = 0
        self._abandoned = 0

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Runs `function` in a thread, with the caller's context variables, and returns what it returns.

        Cancelling the waiter takes work that has not begun out of the queue; what has begun runs on unheeded.

        Raises:
            RuntimeError: the pool is closed.
            BaseException: whatever the function raises. A `StopIteration` comes as a `RuntimeError`.
        """
        loop = asyncio.get_running_loop()
        job = _Job(loop, loop.create_future(), copy_context(), function, args, kwargs)
        self._submit(job)
        try:
            return await job.future
        except asyncio.CancelledError:
            self._give_up(job)
            raise

    def close(self) -> None:
        """Lets idle threads go and takes no more work; what has begun runs to its end unheeded. Idempotent."""
        with self._lock:
            self._closed = True
            dropped = list(self._waiting)
            self._waiting.clear()
            self._has_work.notify_all()
        for job in dropped:
            job.settle(None, RuntimeError("the threads were closed before this work began"))

    @property
    def alive(self) -> int:
        """How many threads there are."""
        return self._alive

    def _submit(self, job: _Job) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("these threads are closed")
            self._waiting.append(job)
            if self._idle >= len(self._waiting):
                self._has_work.notify()
                return
            self._grow()

    def _grow(self) -> None:
        """Starts a thread where one may be started. The lock is held."""
        if self._alive - self._abandoned >= self._max_threads:
            return
        self._alive += 1
        thread = threading.Thread(target=self._work, name=f"{self._name}-{self._alive}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine has no more threads: those that are there must do
            self._alive -= 1
            if self._alive == 0:
                self._waiting.pop()
                raise

    def _give_up(self, job: _Job) -> None:
        with self._lock:
            if not job.begun:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(job)
                return
            if job.done or self._abandoned >= self._max_abandoned:
                return
            job.abandoned = True
            self._abandoned += 1
            if self._waiting:
                self._grow()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            result, error = job.execute()
            with self._lock:
                job.done = True
                if job.abandoned:
                    self._abandoned -= 1
            job.settle(result, error)
            del job, result, error  # nothing of a call outlives it in an idle thread

    def _next(self) -> _Job | None:
        """Waits for work; None means that this thread is to end."""
        with self._lock:
            if self._alive - self._abandoned > self._max_threads:  # given up, made up for, and now back
                self._alive -= 1
                return None
            self._idle += 1
            while not self._waiting:
                if self._closed or not (self._has_work.wait(self._idle_s) or self._waiting):
                    self._idle -= 1
                    self._alive -= 1
                    return None
            self._idle -= 1
            job = self._waiting.popleft()
            job.begun = True
            return job


class _Job:
    __slots__ = ("abandoned", "args", "begun", "context", "done", "function", "future", "kwargs", "loop")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[Any],
        context: Context,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.loop = loop
        self.future = future
        self.context = context
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.begun = self.done = self.abandoned = False

    def execute(self) -> tuple[Any, BaseException | None]:
        try:
            return self.context.run(self.function, *self.args, **self.kwargs), None
        except StopIteration as error:  # a future cannot hold it
            wrapped = RuntimeError(f"the function raised StopIteration({error})")
            wrapped.__cause__ = error
            return None, wrapped
        except BaseException as error:  # noqa: BLE001 - handed to the waiter, whatever it is
            return None, error

    def settle(self, result: Any, error: BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to hear it
            self.loop.call_soon_threadsafe(_settle, self.future, result, error)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


shared_threads = Threads()
"""The threads of the process, for whoever was given none of its own."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared_threads._begin)
