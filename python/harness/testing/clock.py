"""A clock that moves when it is told to."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class FakeClock:
    """A `Clock` whose time stands still until `advance` moves it and wakes the sleepers that are due.

    Args:
        start: the time of day to begin with, seconds since 1970.
    """

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._offset = start
        self._monotonic = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Returns the time of day."""
        return self._offset + self._monotonic

    def monotonic(self) -> float:
        """Returns the seconds moved since the clock was made."""
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        """Waits until the clock was moved that far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), future))
        await future

    @property
    def sleeping(self) -> int:
        """How many wait."""
        return sum(1 for _, _, future in self._sleepers if not future.done())

    async def advance(self, seconds: float) -> None:
        """Moves time on, waking each sleeper at its own moment, and lets what was woken run."""
        target = self._monotonic + seconds
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, future = heapq.heappop(self._sleepers)
            self._monotonic = max(self._monotonic, due)
            if not future.done():
                future.set_result(None)
                for _ in range(5):  # what was woken may sleep again before the target
                    await asyncio.sleep(0)
        self._monotonic = target
        await asyncio.sleep(0)
