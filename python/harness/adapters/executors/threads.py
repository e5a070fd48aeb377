"""Blocking work in threads of this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.adapters.threads import Threads


class ThreadExecutor:
    """An `Executor` with daemon threads of its own: a function that hangs holds up neither the loop nor the exit.

    Args:
        max_threads: most functions at work at once; more wait their turn, in the order in which they came.
    """

    def __init__(self, max_threads: int = 32) -> None:
        self._threads = Threads(max_threads, name="harness-executor")

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Runs `function` in a thread, with the caller's context variables.

        Cancelling the waiter takes work that has not begun out of the queue; the outcome of what has begun is dropped.

        Raises:
            RuntimeError: the executor is closed.
            BaseException: whatever the function raises.
        """
        return await self._threads.run(function, *args, **kwargs)

    async def aclose(self) -> None:
        """Waits for nothing; work that has not begun fails, idle threads end. Idempotent."""
        self._threads.close()
