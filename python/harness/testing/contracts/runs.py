"""What every `RunStore` must keep."""

from __future__ import annotations

import asyncio

from harness.domain.completions import FinishReason
from harness.domain.errors import BudgetExceeded
from harness.domain.events import (
    Event,
    ModelCallStarted,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunStarted,
    ToolStarted,
)
from harness.domain.runs import RunResult, RunStatus
from harness.domain.tools import ToolCall
from harness.ports.runs import RunStore


class RunStoreContract:
    """Derive from it and give a fixture `store`: an empty one."""

    async def test_an_unknown_run_is_none(self, store: RunStore) -> None:
        assert await store.get("run_x") is None
        assert await store.events("run_x") == []
        assert await store.list_runs() == []

    async def test_events_come_back_in_order(self, store: RunStore) -> None:
        events: list[Event] = [
            RunStarted("run_1", 0, 100.0, "hi", "c"),
            ModelCallStarted("run_1", 1, 100.5, 1),
            ToolStarted("run_1", 2, 101.0, ToolCall("c1", "look", {"at": "door"}, '{"at": "door"}')),
        ]
        for event in events:
            await store.append(event)
        assert await store.events("run_1") == events

    async def test_a_run_is_the_fold_of_its_events(self, store: RunStore) -> None:
        await store.append(RunStarted("run_1", 0, 100.0, "hi", "c"))
        run = await store.get("run_1")
        assert run is not None
        assert (run.status, run.conversation_id, run.started_at, run.ended_at) == (RunStatus.RUNNING, "c", 100.0, None)
        await store.append(RunCompleted("run_1", 1, 103.0, RunResult("run_1", "hello", FinishReason.STOP)))
        run = await store.get("run_1")
        assert run is not None
        assert (run.status, run.finish_reason, run.ended_at) == (RunStatus.COMPLETED, FinishReason.STOP, 103.0)

    async def test_failed_and_cancelled_runs_say_so(self, store: RunStore) -> None:
        await store.append(RunStarted("run_1", 0, 1.0, "hi"))
        await store.append(RunFailed("run_1", 1, 2.0, BudgetExceeded("spent", limit="x", allowed=1, spent=2)))
        await store.append(RunStarted("run_2", 0, 3.0, "hi"))
        await store.append(RunCancelled("run_2", 1, 4.0))
        failed, cancelled = await store.get("run_1"), await store.get("run_2")
        assert failed is not None
        assert cancelled is not None
        assert (failed.status, failed.error) == (RunStatus.FAILED, "spent")
        assert (cancelled.status, cancelled.error) == (RunStatus.CANCELLED, None)

    async def test_the_last_started_is_listed_first(self, store: RunStore) -> None:
        for number in range(5):
            await store.append(RunStarted(f"run_{number}", 0, float(number), "hi"))
        assert [run.run_id for run in await store.list_runs(limit=3)] == ["run_4", "run_3", "run_2"]

    async def test_runs_at_one_time_are_kept_apart(self, store: RunStore) -> None:
        async def one(name: str) -> None:
            await store.append(RunStarted(name, 0, 1.0, name))
            for number in range(1, 20):
                await store.append(ModelCallStarted(name, number, 1.0, number))
                await asyncio.sleep(0)

        await asyncio.gather(*[one(f"run_{number}") for number in range(10)])
        for number in range(10):
            assert [event.seq for event in await store.events(f"run_{number}")] == list(range(20))

    async def test_closing_twice_is_closing_once(self, store: RunStore) -> None:
        await store.append(RunStarted("run_1", 0, 1.0, "hi"))
        await store.aclose()
        await store.aclose()
