"""The event loop of a command: ended by Ctrl-C and by SIGTERM as by a caller that cancels."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` in a loop of its own. Ctrl-C and SIGTERM cancel it and wait until nothing is left of it.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    terminated = False

    async def guarded() -> T:
        nonlocal terminated
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()

        def stop() -> None:
            nonlocal terminated
            terminated = True
            if task is not None:
                task.cancel()

        with _handling(loop, signal.SIGTERM, stop):
            return await work

    try:
        with asyncio.Runner() as runner:
            return runner.run(guarded())
    except asyncio.CancelledError:
        if terminated:
            # Ended as the sender of the signal expects, now that everything is put away.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
        raise


@contextlib.contextmanager
def _handling(loop: asyncio.AbstractEventLoop, number: int, stop: Any) -> Iterator[None]:
    try:
        loop.add_signal_handler(number, stop)
    except (NotImplementedError, RuntimeError, ValueError):
        yield  # a platform without, or not the main thread
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(number)
