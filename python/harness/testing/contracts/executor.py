"""What every `Executor` must keep."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from harness.ports.executor import Executor


def add(left: int, right: int, *, more: int = 0) -> int:
    """Work that any executor can be handed, also one in another process."""
    return left + right + more


def fail(text: str) -> None:
    """Work that fails."""
    raise ValueError(text)


def nap(seconds: float) -> float:
    """Work that blocks."""
    time.sleep(seconds)
    return seconds


class ExecutorContract:
    """Derive from it and give a fixture `executor`."""

    async def test_it_returns_what_the_function_returns(self, executor: Executor) -> None:
        assert await executor.run(add, 2, 3) == 5
        assert await executor.run(add, 2, right=3, more=4) == 9

    async def test_it_raises_what_the_function_raises(self, executor: Executor) -> None:
        with pytest.raises(ValueError, match="no such luck"):
            await executor.run(fail, "no such luck")
        assert await executor.run(add, 1, 1) == 2

    async def test_the_loop_goes_on_meanwhile(self, executor: Executor) -> None:
        work = asyncio.ensure_future(executor.run(nap, 0.05))
        turns = 0
        while not work.done():
            turns += 1
            await asyncio.sleep(0)
        assert await work == 0.05
        assert turns > 1

    async def test_many_at_once_get_their_own_results(self, executor: Executor) -> None:
        assert await asyncio.gather(*(executor.run(add, i, i) for i in range(200))) == [2 * i for i in range(200)]

    async def test_cancelling_the_waiter_is_heard_at_once_and_harms_nobody(self, executor: Executor) -> None:
        waiting = asyncio.ensure_future(executor.run(nap, 0.5))
        await asyncio.sleep(0.01)
        waiting.cancel()
        done, _ = await asyncio.wait([waiting], timeout=0.4)
        assert waiting in done
        assert waiting.cancelled()
        assert await executor.run(add, 1, 2) == 3

    async def test_closing_twice_is_closing_once(self, executor: Executor) -> None:
        await executor.run(add, 1, 2)
        await executor.aclose()
        await executor.aclose()


class ThreadLocalExecutorContract(ExecutorContract):
    """For executors within the process: they need not pickle, and run elsewhere than the loop."""

    async def test_it_runs_off_the_thread_of_the_loop(self, executor: Executor) -> None:
        assert await executor.run(threading.get_ident) != threading.get_ident()

    async def test_what_has_not_begun_is_not_begun_for_nobody(self, executor: Executor) -> None:
        begun: list[int] = []
        hold = threading.Event()
        try:
            waiting = [asyncio.ensure_future(executor.run(self._note, begun, hold, i)) for i in range(300)]
            await asyncio.sleep(0)
            for each in reversed(waiting):
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        finally:
            hold.set()
        assert await executor.run(add, 1, 2) == 3
        assert len(begun) < 300

    @staticmethod
    def _note(begun: list[int], hold: threading.Event, i: int) -> None:
        begun.append(i)
        hold.wait(10)
