"""The counters: the contract, and what they count."""

import pytest

from harness import Harness
from harness.adapters.sinks.counters import CountersSink
from harness.testing import ScriptedProvider, call
from harness.testing.contracts.sink import EventSinkContract


class TestCountersSink(EventSinkContract):
    @pytest.fixture
    def sink(self) -> CountersSink:
        return CountersSink()


async def test_a_run_is_counted() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    counters = CountersSink()
    script = [call("add", {"a": 1, "b": 2}), call("nothing"), "3"]
    async with Harness(ScriptedProvider(script), tools=[add], sinks=[counters]) as harness:
        await harness.run("1+2?")
    assert counters.counts["runs_started",] == 1
    assert counters.counts["runs_ended", "stop"] == 1
    assert counters.counts["model_calls",] == 3
    assert counters.counts["attempts", "scripted", "ok"] == 3
    assert counters.counts["tool_calls", "add", "ok"] == 1
    assert counters.counts["tool_calls", "unknown", "unknown_tool"] == 1
