"""What every event sink keeps to."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

from harness.domain import events
from harness.domain.completions import Completion, FinishReason
from harness.domain.errors import ProviderError, ToolError
from harness.domain.events import Event
from harness.domain.failures import ErrorCategory, ToolErrorKind
from harness.domain.messages import Message, Turn
from harness.domain.routes import Attempt, Route
from harness.domain.runs import RunResult
from harness.domain.tools import ToolCall, ToolResult
from harness.domain.usage import Usage
from harness.ports.sinks import EventSink


def every_event(run_id: str = "run_contract") -> list[Event]:
    """Returns one of each event, with good and bad outcomes, as a run may bring them."""
    call = ToolCall("call_1", "add", {"a": 1, "b": 2}, '{"a":1,"b":2}')
    good = ToolResult("call_1", "add", "3")
    bad = ToolResult("call_1", "add", "no such tool", error="no such tool", error_kind=ToolErrorKind.UNKNOWN_TOOL)
    route = Route("contract", "model-1")
    turn = Turn("turn_1", (Message.user("1+2?"), Message.assistant("3")))
    result = RunResult(run_id, "3", FinishReason.STOP, conversation_id="c1", usage=Usage(3, 1), route=route)

    def numbered() -> Iterator[Event]:
        made = [
            (events.RunStarted, ("1+2? \ud800 \x00 ☃", "c1", None)),
            (events.ModelCallStarted, (1,)),
            (events.ContextFitted, (1, 3, 2, 900)),
            (events.ContextCondensed, (4, 120)),
            (events.SnippetsShown, (("a.md",), 1, 90)),
            (events.TextDelta, ("3",)),
            (events.ReasoningDelta, ("one and two",)),
            (events.ToolCallStarted, (0, "add")),
            (events.ToolCallReady, (call,)),
            (events.AttemptFinished, (Attempt(route, None, 1.0, 2.0, Usage(3, 1)),)),
            (events.AttemptFinished, (Attempt(route, ErrorCategory.RATE_LIMITED, 1.0, 2.0, message="slow down"),)),
            (events.ModelCallFinished, (1, Completion(text="3", tool_calls=(call,), finish_reason=FinishReason.STOP))),
            (events.ToolStarted, (call,)),
            (events.ToolFinished, (call, good)),
            (events.ToolFinished, (call, bad)),
            (events.NoProgressWarned, (1,)),
            (events.TurnSaved, ("c1", turn)),
            (events.RunCompleted, (result,)),
            (events.RunFailed, (ProviderError("gone", category=ErrorCategory.CONNECTION, provider="contract"),)),
            (events.RunFailed, (ToolError("broken", tool="add"),)),
            (events.RunCancelled, ()),
        ]
        for seq, (kind, fields) in enumerate(made):
            yield kind(run_id, seq, time.time(), *fields)

    return list(numbered())


class EventSinkContract:
    """Subclass it and give a fixture `sink`.

    class TestMySink(EventSinkContract):
        @pytest.fixture
        def sink(self): return MySink()
    """

    def test_it_is_an_event_sink(self, sink: EventSink) -> None:
        """It has the methods of the port."""
        assert isinstance(sink, EventSink)

    async def test_it_takes_every_event(self, sink: EventSink) -> None:
        """No event makes it raise, whatever is in it."""
        for event in every_event():
            sink.on_event(event)
        await sink.aclose()

    async def test_closing_twice_is_closing_once(self, sink: EventSink) -> None:
        """Closing is idempotent, with and without events before."""
        await sink.aclose()
        await sink.aclose()

    async def test_events_after_closing_do_no_harm(self, sink: EventSink) -> None:
        """A run that outlives the sink is not failed by it."""
        await sink.aclose()
        for event in every_event():
            sink.on_event(event)

    async def test_it_takes_events_of_several_runs_and_threads(self, sink: EventSink) -> None:
        """Runs are mixed, and a tool in a thread may start one."""
        errors: list[BaseException] = []

        def work(run_id: str) -> None:
            try:
                for event in every_event(run_id):
                    sink.on_event(event)
            except BaseException as error:  # noqa: BLE001 - told to the test
                errors.append(error)

        threads = [threading.Thread(target=work, args=(f"run_{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            await asyncio.to_thread(thread.join)
        assert errors == []
        await sink.aclose()

    async def test_it_leaves_no_task_and_no_thread(self, sink: EventSink) -> None:
        """After closing nothing of it is at work."""
        before, threads = asyncio.all_tasks(), set(threading.enumerate())
        for event in every_event():
            sink.on_event(event)
        await sink.aclose()
        assert asyncio.all_tasks() == before
        left = set(threading.enumerate()) - threads
        # The loop's own pool, which a sink may use to close, is not the sink's.
        assert {thread.name for thread in left if not thread.name.startswith("asyncio_")} == set()
