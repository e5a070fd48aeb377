"""Time, so that tests can move it."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol, runtime_checkable


@runtime_checkable
class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Returns the time of day: seconds since 1970."""
        ...

    def monotonic(self) -> float:
        """Returns seconds of a clock that never goes back; only differences mean something."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits; at least yields to the event loop."""
        ...


class SystemClock:
    """The machine's own clocks. Stateless; here beside its port because every engine part falls back on it."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(asyncio.sleep)
