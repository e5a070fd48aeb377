"""Many deadlines on few timers."""

import asyncio

from harness.engine.tools.deadlines import Deadlines


async def test_deadlines_fall_due_in_order_and_dropped_ones_never() -> None:
    deadlines = Deadlines(asyncio.get_running_loop())
    due: list[str] = []
    ended = asyncio.Event()
    deadlines.set(0.005, lambda: due.append("first"))
    dropped = deadlines.set(0.005, lambda: due.append("dropped"))
    deadlines.set(0.005, lambda: due.append("second"))
    deadlines.set(0.02, ended.set)
    dropped.drop()
    dropped.drop()
    await ended.wait()
    assert due == ["first", "second"]


async def test_one_that_raises_does_not_stop_the_next() -> None:
    deadlines = Deadlines(asyncio.get_running_loop())
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context["exception"]))
    ended = asyncio.Event()

    def broken() -> None:
        raise ValueError("broken")

    deadlines.set(0.001, broken)
    deadlines.set(0.001, ended.set)
    await asyncio.wait_for(ended.wait(), 5)
    assert [type(error) for error in reported] == [ValueError]


async def test_closing_drops_all() -> None:
    deadlines = Deadlines(asyncio.get_running_loop())
    due: list[int] = []
    deadlines.set(0.001, lambda: due.append(1))
    deadlines.close()
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, passed.set)
    await passed.wait()
    assert due == []


async def test_durations_made_up_on_the_fly_do_not_pile_up() -> None:
    deadlines = Deadlines(asyncio.get_running_loop())
    for number in range(1000):
        deadlines.set(10.0 + number, lambda: None).drop()
    assert len(deadlines._buckets) <= 64
    deadlines.close()
