"""The one place where the events of a run are made: numbered, timed, journalled and heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.domain.events import EventBase
from harness.engine.run.stream import hand_over
from harness.ports.clock import Clock
from harness.ports.runs import RunStore
from harness.ports.sinks import EventSink


class Emitter:
    """Makes the events of one run.

    Args:
        run_id: the run.
        clock: tells when.
        sinks: hear every event. What a sink raises is counted in `sink_errors` and goes no further.
        journal: keeps every event that changes the run's state, before anybody else sees it; None keeps nothing.
        watched: hand each event over to the `EventStream` that drives the run.
    """

    __slots__ = ("_append", "_hear", "_now", "_seq", "run_id", "sink_errors", "watched")

    def __init__(
        self, run_id: str, clock: Clock, sinks: Sequence[EventSink], journal: RunStore | None, *, watched: bool
    ) -> None:
        self.run_id = run_id
        self.watched = watched
        self.sink_errors = 0
        self._now = clock.now
        self._hear = tuple([sink.on_event for sink in sinks])
        self._append = None if journal is None else journal.append
        self._seq = 0

    async def show(self, kind: type[EventBase], *fields: Any) -> None:
        """Makes an event that changes no state: the sinks hear it, whoever watches gets it."""
        event = kind(self.run_id, self._seq, self._now(), *fields)
        self._seq += 1
        for hear in self._hear:
            try:
                hear(event)  # type: ignore[arg-type]
            except Exception:  # noqa: BLE001 - a listener never fails a run
                self.sink_errors += 1
        if self.watched:
            await hand_over(event)

    async def record(self, kind: type[EventBase], *fields: Any) -> None:
        """Makes an event that changes the run's state: the journal keeps it before anybody hears of it.

        Raises:
            StoreError: the journal cannot keep it.
        """
        event = kind(self.run_id, self._seq, self._now(), *fields)
        self._seq += 1
        if self._append is not None:
            await self._append(event)  # type: ignore[arg-type]
        for hear in self._hear:
            try:
                hear(event)  # type: ignore[arg-type]
            except Exception:  # noqa: BLE001 - a listener never fails a run
                self.sink_errors += 1
        if self.watched:
            await hand_over(event)
