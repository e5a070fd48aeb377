"""Threads for blocking work."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest

from harness.adapters.executors.threads import ThreadExecutor
from harness.adapters.threads import Threads
from harness.testing.contracts.executor import ThreadLocalExecutorContract

VARIABLE: ContextVar[str] = ContextVar("variable", default="unset")


class TestThreadExecutor(ThreadLocalExecutorContract):
    @pytest.fixture
    async def executor(self) -> AsyncIterator[ThreadExecutor]:
        executor = ThreadExecutor()
        yield executor
        await executor.aclose()


async def test_context_variables_are_carried_in_and_changes_stay_there() -> None:
    VARIABLE.set("outer")

    def change() -> str:
        seen = VARIABLE.get()
        VARIABLE.set("inner")
        return seen

    threads = Threads()
    assert await threads.run(change) == "outer"
    assert VARIABLE.get() == "outer"
    threads.close()


async def test_hanging_functions_nobody_waits_for_take_no_place_from_others() -> None:
    threads = Threads(max_threads=2)
    hold = threading.Event()
    try:
        for _ in range(10):
            begun = threading.Event()
            hanging = asyncio.ensure_future(threads.run(lambda begun=begun: (begun.set(), hold.wait())))
            await asyncio.get_running_loop().run_in_executor(None, begun.wait)
            hanging.cancel()
            await asyncio.wait([hanging])
        assert await threads.run(int, "7") == 7
    finally:
        hold.set()
    assert await threads.run(int, "8") == 8
    threads.close()


async def test_work_past_the_limit_waits_its_turn() -> None:
    threads = Threads(max_threads=1)
    order: list[int] = []
    await asyncio.gather(*(threads.run(order.append, i) for i in range(50)))
    assert order == list(range(50))
    assert threads.alive == 1
    threads.close()


async def test_idle_threads_go() -> None:
    threads = Threads(idle_s=0.01)
    await asyncio.gather(*(threads.run(int, "1") for _ in range(5)))
    while threads.alive:  # noqa: ASYNC110 - a thread's end sets no event
        await asyncio.sleep(0.005)
    assert await threads.run(int, "2") == 2
    threads.close()


async def test_closed_threads_take_no_work_and_fail_what_waits() -> None:
    threads = Threads(max_threads=1)
    hold, begun = threading.Event(), threading.Event()
    first = asyncio.ensure_future(threads.run(lambda: (begun.set(), hold.wait())))
    second = asyncio.ensure_future(threads.run(int, "2"))
    await asyncio.to_thread(begun.wait)
    threads.close()
    with pytest.raises(RuntimeError, match="closed before"):
        await second
    with pytest.raises(RuntimeError, match="closed"):
        await threads.run(int, "3")
    hold.set()
    assert (await first)[1] is True


@pytest.mark.parametrize("error", [KeyError("k"), SystemExit(3), StopIteration(4)])
async def test_whatever_is_raised_reaches_the_waiter(error: BaseException) -> None:
    def raise_it() -> None:
        raise error

    threads = Threads()
    with pytest.raises(BaseException) as caught:
        await threads.run(raise_it)
    threads.close()
    assert error in (caught.value, caught.value.__cause__)


def test_a_function_that_hangs_keeps_neither_the_loop_nor_the_process_from_ending() -> None:
    code = (
        "import asyncio, threading\n"
        "from harness.adapters.executors.threads import ThreadExecutor\n"
        "async def main():\n"
        "    work = asyncio.ensure_future(ThreadExecutor().run(threading.Event().wait))\n"
        "    await asyncio.sleep(0.01)\n"
        "    work.cancel()\n"
        "    await asyncio.wait([work])\n"
        "    print('left')\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "left\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_threads_of_its_own() -> None:
    code = (
        "import asyncio, os\n"
        "from harness.adapters.threads import shared_threads\n"
        "assert asyncio.run(shared_threads.run(int, '1')) == 1\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if asyncio.run(shared_threads.run(int, '2')) == 2 else 1)\n"
        "print(os.waitpid(child, 0)[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "0\n"
