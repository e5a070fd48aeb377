"""The journal: where the events that change a run's state are kept."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from harness.domain.events import Event
from harness.domain.runs import Run


@runtime_checkable
class RunStore(Protocol):
    """Keeps runs as the events that made them.

    Every method raises `StoreError` when the store cannot read or write.
    """

    async def append(self, event: Event) -> None:
        """Appends one event to its run's journal; it is kept when this returns."""
        ...

    async def events(self, run_id: str) -> list[Event]:
        """Returns the run's events in order; none for an unknown run."""
        ...

    async def get(self, run_id: str) -> Run | None:
        """Returns the run as its events tell it, or None."""
        ...

    async def list_runs(self, *, limit: int = 100) -> list[Run]:
        """Returns runs, the last started first."""
        ...

    async def aclose(self) -> None:
        """Finishes the writes under way and frees what is held. Idempotent."""
        ...
