"""The one place where the events of a run are made: numbered, timed, journalled and heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from harness.domain.events import Event, EventBase
from harness.ports.clock import Clock
from harness.ports.runs import RunStore
from harness.ports.sinks import EventSink

E = TypeVar("E", bound=EventBase)


class Emitter:
    """Makes the events of one run.

    Args:
        run_id: the run.
        clock: tells when.
        sinks: hear every event. What a sink raises is counted in `sink_errors` and goes no further.
        journal: keeps every event that changes the run's state, before anybody else sees it; None keeps nothing.
    """

    __slots__ = ("_clock", "_journal", "_seq", "_sinks", "run_id", "sink_errors")

    def __init__(self, run_id: str, clock: Clock, sinks: Sequence[EventSink], journal: RunStore | None) -> None:
        self.run_id = run_id
        self.sink_errors = 0
        self._clock = clock
        self._sinks = sinks
        self._journal = journal
        self._seq = 0

    def show(self, kind: type[E], *fields: Any) -> E:
        """Returns an event that changes no state, after the sinks have heard it."""
        event = kind(self.run_id, self._seq, self._clock.now(), *fields)
        self._seq += 1
        if self._sinks:
            self._tell(event)
        return event

    async def record(self, kind: type[E], *fields: Any) -> E:
        """Returns an event that changes the run's state, after the journal has kept it and the sinks have heard it.

        Raises:
            StoreError: the journal cannot keep it.
        """
        event = kind(self.run_id, self._seq, self._clock.now(), *fields)
        self._seq += 1
        if self._journal is not None:
            await self._journal.append(event)  # type: ignore[arg-type]
        if self._sinks:
            self._tell(event)
        return event

    def _tell(self, event: Any) -> None:
        heard: Event = event
        for sink in self._sinks:
            try:
                sink.on_event(heard)
            except Exception:  # noqa: BLE001 - a listener never fails a run
                self.sink_errors += 1
