"""The stores in memory keep the contracts."""

import pytest

from harness.adapters.stores.memory import MemoryRunStore, MemoryStore
from harness.domain.events import RunStarted
from harness.testing.contracts.conversations import ConversationStoreContract
from harness.testing.contracts.runs import RunStoreContract


class TestMemoryStore(ConversationStoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestMemoryRunStore(RunStoreContract):
    @pytest.fixture
    def store(self) -> MemoryRunStore:
        return MemoryRunStore()


async def test_no_more_runs_are_kept_than_asked_for() -> None:
    store = MemoryRunStore(max_runs=3)
    for number in range(5):
        await store.append(RunStarted(f"run_{number}", 0, 1.0, "hi"))
    assert [run.run_id for run in await store.list_runs()] == ["run_4", "run_3", "run_2"]
    assert await store.events("run_0") == []
