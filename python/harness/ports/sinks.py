"""Whoever listens to the events of runs."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from harness.domain.events import Event


@runtime_checkable
class EventSink(Protocol):
    """Listens. A sink never slows or fails a run: what it raises is swallowed and counted by the caller."""

    def on_event(self, event: Event) -> None:
        """Takes one event in; returns at once and does not block."""
        ...

    async def aclose(self) -> None:
        """Writes out what is held back and frees what is held. Idempotent."""
        ...
