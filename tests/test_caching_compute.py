"""`LruTtlCache.get_or_compute`: one computation for all, whoever is cancelled, and nothing left behind."""

import asyncio
import contextlib
import gc
import threading
import weakref
from collections.abc import AsyncIterator, Generator
from contextvars import ContextVar
from typing import Any

import pytest

from harness.caching import LruTtlCache
from harness.domain.errors import InputError


class Work:
    """A computation that ends when it is told, and counts."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.end = asyncio.Event()
        self.starts = 0
        self.cancels = 0
        self.fails: Exception | None = None

    async def __call__(self) -> str:
        self.starts += 1
        self.begun.set()
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.cancels += 1
            raise
        if self.fails:
            raise self.fails
        return f"value {self.starts}"


@pytest.fixture(autouse=True)
async def nothing_is_left_behind() -> AsyncIterator[None]:
    """No task, and nothing that the event loop would have to complain about."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
    yield
    gc.collect()
    assert not complaints
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture
def cache() -> LruTtlCache:
    return LruTtlCache(10)


async def asked(cache: LruTtlCache, work: Work, count: int) -> list[asyncio.Task[str]]:
    """So many who wait for the computation, which has begun."""
    tasks = [asyncio.create_task(cache.get_or_compute("key", work)) for _ in range(count)]
    await work.begun.wait()
    return tasks


async def outcomes(tasks: list[asyncio.Task[str]]) -> list[Any]:
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_many_wait_for_one_computation(cache: LruTtlCache) -> None:
    work = Work()
    tasks = await asked(cache, work, 100)
    assert "key" not in cache
    work.end.set()
    assert await outcomes(tasks) == ["value 1"] * 100
    assert await cache.get_or_compute("key", work) == "value 1"
    stats = cache.stats()
    assert (work.starts, stats.hits, stats.misses) == (1, 1, 100)


async def test_keys_do_not_wait_for_each_other(cache: LruTtlCache) -> None:
    work = Work()
    tasks = await asked(cache, work, 1)
    assert await cache.get_or_compute(b"key", lambda: "bytes") == "bytes"
    work.end.set()
    assert await outcomes(tasks) == ["value 1"]


async def test_a_plain_callable_will_do(cache: LruTtlCache) -> None:
    nothing: Any = None
    assert await cache.get_or_compute("none", lambda: nothing) is None
    assert await cache.get_or_compute("none", lambda: 1) is None, "None is a value"
    with pytest.raises(ZeroDivisionError):
        await cache.get_or_compute("key", lambda: 1 // 0)
    assert "key" not in cache


async def test_whatever_can_be_awaited_will_do(cache: LruTtlCache) -> None:
    class Own:
        def __await__(self) -> Generator[Any, None, int]:
            yield from asyncio.sleep(0).__await__()
            return 1

    future = asyncio.get_running_loop().create_future()
    future.set_result(2)
    assert await cache.get_or_compute("own", Own) == 1
    assert await cache.get_or_compute("future", lambda: future) == 2


async def test_a_failure_goes_to_all_and_is_not_kept(cache: LruTtlCache) -> None:
    work = Work()
    work.fails = OSError("no")
    tasks = await asked(cache, work, 5)
    work.end.set()
    assert await outcomes(tasks) == [work.fails] * 5
    assert "key" not in cache
    work.fails = None
    assert await cache.get_or_compute("key", work) == "value 2"


async def test_a_value_that_cannot_be_kept_fails_all() -> None:
    class Sizeless:
        def __sizeof__(self) -> int:
            raise OSError("no size")

    cache = LruTtlCache(10, 1_000)

    async def compute() -> Sizeless:
        return Sizeless()

    with pytest.raises(OSError, match="no size"):
        await cache.get_or_compute("key", compute)


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_cancelling_one_leaves_it_to_the_others(cache: LruTtlCache, which: int) -> None:
    work = Work()
    tasks = await asked(cache, work, 3)
    tasks[which].cancel()
    await asyncio.wait([tasks[which]])
    assert tasks[which].cancelled()
    work.end.set()
    others = [task for task in tasks if task is not tasks[which]]
    assert await outcomes(others) == ["value 1"] * 2
    assert work.cancels == 0
    assert cache["key"] == "value 1"


async def test_cancelling_all_cancels_it(cache: LruTtlCache) -> None:
    work = Work()
    tasks = await asked(cache, work, 3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert all(task.cancelled() for task in tasks)
    assert (work.cancels, len(cache)) == (1, 0)
    work.end.set()
    assert await cache.get_or_compute("key", work) == "value 2"


async def test_the_end_of_a_loop_before_it_began(cache: LruTtlCache) -> None:
    """All tasks are cancelled then; a coroutine that is never awaited would warn."""
    work = Work()
    asker = asyncio.create_task(cache.get_or_compute("key", work))
    await asyncio.sleep(0)  # the asker has begun; the computation is scheduled
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.wait([asker])
    assert asker.cancelled()
    assert work.starts == 0


async def test_who_leaves_a_failing_one_hears_nothing_of_it(cache: LruTtlCache) -> None:
    begun = asyncio.Event()

    async def compute() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("while cleaning up")

    task = asyncio.create_task(cache.get_or_compute("key", compute))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    del task


async def test_who_asks_while_one_is_being_cancelled_gets_another(cache: LruTtlCache) -> None:
    begun, cleaning = asyncio.Event(), asyncio.Event()

    async def stubborn() -> str:
        begun.set()
        for _ in range(2):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cleaning.set()
        return "old"

    task = asyncio.create_task(cache.get_or_compute("key", stubborn))
    await begun.wait()
    task.cancel()
    await cleaning.wait()
    assert not task.done(), "it waits for the end of what it cancelled"
    assert await cache.get_or_compute("key", lambda: "new") == "new"
    task.cancel()  # handed on, for the computation has ignored the first one
    await asyncio.wait([task])
    assert task.cancelled()
    assert cache["key"] == "new"


async def test_a_timeout_of_one_is_his_own(cache: LruTtlCache) -> None:
    work = Work()
    tasks = await asked(cache, work, 1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await cache.get_or_compute("key", work)
    work.end.set()
    assert await outcomes(tasks) == ["value 1"]


async def test_a_computation_that_asks_for_itself_is_an_error(cache: LruTtlCache) -> None:
    async def compute() -> int:
        return await cache.get_or_compute("key", compute)

    with pytest.raises(InputError, match="the computation of 'key' waits for itself"):
        await cache.get_or_compute("key", compute)


async def test_a_ring_of_computations_is_an_error(cache: LruTtlCache) -> None:
    other = LruTtlCache(1)

    async def first() -> int:
        return sum(await asyncio.gather(cache.get_or_compute("b", second), cache.get_or_compute("c", lambda: 1)))

    async def second() -> int:
        return await other.get_or_compute("d", third)

    async def third() -> int:
        return await cache.get_or_compute("a", first)

    with pytest.raises(InputError, match="waits for itself"):
        await cache.get_or_compute("a", first)


async def test_a_ring_that_several_close_is_an_error(cache: LruTtlCache) -> None:
    begun = asyncio.Barrier(2)

    async def compute(mine: str, other: str) -> int:
        await begun.wait()
        return await cache.get_or_compute(other, lambda: compute(other, mine))

    tasks = [
        asyncio.create_task(cache.get_or_compute("a", lambda: compute("a", "b"))),
        asyncio.create_task(cache.get_or_compute("b", lambda: compute("b", "a"))),
    ]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [InputError, InputError]


async def test_who_stopped_waiting_closes_no_ring(cache: LruTtlCache) -> None:
    tried = asyncio.Event()

    async def second() -> str:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await cache.get_or_compute("first", lambda: "never")
        tried.set()
        await asyncio.sleep(0)  # the first one asks for this one meanwhile
        await asyncio.sleep(0)
        return "second"

    async def first() -> str:
        begun.set()
        await tried.wait()
        return await cache.get_or_compute("second", second)

    begun = asyncio.Event()
    asker = asyncio.create_task(cache.get_or_compute("first", first))
    await begun.wait()
    assert await cache.get_or_compute("second", second) == "second"
    assert await asker == "second"


async def test_computations_may_ask_for_others(cache: LruTtlCache) -> None:
    async def count(number: int) -> int:
        if number < 2:
            return number
        first = await cache.get_or_compute(f"{number - 1}", lambda: count(number - 1))
        return first + await cache.get_or_compute(f"{number - 2}", lambda: count(number - 2))

    assert await asyncio.gather(*(cache.get_or_compute("20", lambda: count(20)) for _ in range(3))) == [6765] * 3


async def test_times_are_those_of_set() -> None:
    now = 0.0
    cache = LruTtlCache(10, default_ttl_s=10, timer=lambda: now)
    computed: list[float] = []

    async def compute() -> float:
        computed.append(now)
        return now

    assert await cache.get_or_compute("key", compute, 5) == 0
    assert await cache.get_or_compute("plain", lambda: 1, 5) == 1
    now = 4.0
    assert await cache.get_or_compute("key", compute) == 0
    now = 5.0
    assert "plain" not in cache
    assert await cache.get_or_compute("key", compute) == 5
    now = 14.0
    assert await cache.get_or_compute("key", compute) == 5


async def test_bad_arguments_compute_nothing(cache: LruTtlCache) -> None:
    work = Work()
    with pytest.raises(ValueError, match="ttl_s is -1"):
        await cache.get_or_compute("key", work, -1)
    with pytest.raises(TypeError, match="a key is str or bytes, not int"):
        await cache.get_or_compute(1, work)  # type: ignore[call-overload]
    assert work.starts == 0


async def test_it_runs_in_the_context_of_the_first(cache: LruTtlCache) -> None:
    name: ContextVar[str] = ContextVar("name")

    async def compute() -> str:
        return name.get()

    name.set("first")
    assert await cache.get_or_compute("key", compute) == "first"


async def test_what_a_computation_starts_does_not_keep_its_value(cache: LruTtlCache) -> None:
    class Value:
        pass

    end = asyncio.Event()
    background: list[asyncio.Task[Any]] = []

    async def compute() -> Value:
        background.append(asyncio.create_task(end.wait()))
        return Value()

    gone = weakref.ref(await cache.get_or_compute("key", compute))
    del cache["key"]
    gc.collect()
    assert gone() is None
    end.set()
    await background[0]


def test_every_loop_has_a_computation_of_its_own() -> None:
    cache = LruTtlCache(10)
    both = threading.Barrier(2)
    starts: list[int] = []
    results: list[list[str]] = []

    async def compute() -> str:
        starts.append(threading.get_ident())
        await asyncio.to_thread(both.wait)
        return "value"

    async def main() -> list[str]:
        return await asyncio.gather(*(cache.get_or_compute("key", compute) for _ in range(10)))

    threads = [threading.Thread(target=lambda: results.append(asyncio.run(main()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [["value"] * 10] * 2
    assert len(set(starts)) == len(starts) == 2


def test_a_loop_that_was_torn_down_is_forgotten() -> None:
    cache = LruTtlCache(10)

    async def ask(number: int) -> int:
        return await cache.get_or_compute(f"{number}", lambda: asyncio.sleep(0, number))

    assert [asyncio.run(ask(number)) for number in range(5)] == list(range(5))
    assert len(cache._flights) == 1
