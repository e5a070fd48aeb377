"""The cache of the hot core: `LruTtlCache`, in Rust, with single-flight computing on top."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, copy_context
from typing import Any, Self, TypeVar, overload

from harness import _native
from harness.domain.errors import InputError
from harness.ports.cache import CacheStats

__all__ = ["CacheStats", "LruTtlCache"]

T = TypeVar("T")
_MISSING: Any = object()


async def _end_of(task: asyncio.Task[Any]) -> None:
    """Wait for a task without cancelling it when cancelled: `asyncio.wait` for one, at less than half of its cost."""
    end = task.get_loop().create_future()

    def wake(_: asyncio.Task[Any]) -> None:
        if not end.done():
            end.set_result(None)

    task.add_done_callback(wake)
    try:
        await end
    finally:
        task.remove_done_callback(wake)


class _Flight:
    """One computation, and how many wait for it."""

    __slots__ = ("awaitable", "key", "table", "task", "waiters", "waits_for")

    task: asyncio.Task[Any]
    awaitable: Awaitable[Any]

    def __init__(self, key: str | bytes, table: dict[str | bytes, _Flight]) -> None:
        self.key = key
        self.table = table
        self.waiters = 0
        self.waits_for: list[_Flight] = []

    @property
    def current(self) -> bool:
        """Whether who asks for the key now gets this one."""
        return self.table.get(self.key) is self

    def leave_table(self) -> None:
        if self.current:
            del self.table[self.key]

    def leads_to(self, other: _Flight) -> bool:
        """Whether this one cannot land before the other has."""
        seen: set[_Flight] = set()
        ahead = [self]
        while ahead:
            flight = ahead.pop()
            if flight is other:
                return True
            if flight not in seen:
                seen.add(flight)
                ahead.extend(flight.waits_for)
        return False

    def landed(self, task: asyncio.Task[Any]) -> None:
        self.leave_table()
        if inspect.iscoroutine(self.awaitable):
            self.awaitable.close()  # where the task was cancelled before its first step, nobody awaited it
        if not task.cancelled():
            task.exception()  # where all waiters are gone, nobody else retrieves it
        # What the computation has started may live on and keep the context, and with it this; not the value, though.
        del self.awaitable, self.task

    async def join(self) -> Any:
        """Wait for the value. Who is cancelled takes the computation along only if nobody else waits for it."""
        mine = _computing.get()
        if mine is not None:
            if self.leads_to(mine):
                raise InputError(
                    f"the computation of {self.key!r:.80} waits for itself",
                    remedy="a computation must not ask for its own key, nor for one whose computation asks for it",
                )
            mine.waits_for.append(self)
        self.waiters += 1
        task = self.task
        try:
            await _end_of(task)
        except asyncio.CancelledError:
            if self.waiters == 1:
                await self.abandon(task)
            raise
        finally:
            self.waiters -= 1
            if mine is not None:
                mine.waits_for.remove(self)
        return task.result()

    async def abandon(self, task: asyncio.Task[Any]) -> None:
        """Cancel the computation and see it end, as awaiting it directly would."""
        self.leave_table()  # who asks from now on must not get what is being cancelled
        while not task.done():
            task.cancel()
            try:
                await _end_of(task)
            except asyncio.CancelledError:
                continue  # cancelled again, which is handed on; the caller raises the first one


_computing: ContextVar[_Flight | None] = ContextVar("harness_cache_computing", default=None)
"""The computation that this code is a part of."""


class LruTtlCache(_native.LruTtlCache):
    """Keeps what was used last, each value until its time is over, all within a number and a size.

    Keys are `str` or `bytes`, two name spaces; values are any objects, kept as references. Every operation is O(1) but
    for `purge` and `clear`. It may be shared by threads and event loops, and starts none of its own: a value whose time
    is over leaves when it is asked for, when room is needed or with `purge`, and counts as held until then. Values
    leave outside of the cache's lock, so their `__del__` may use the cache.

    Args:
        max_entries: most values, from 1 to 4294967294; past it what was used longest ago goes first.
        max_bytes: most bytes of all values together, by the sizes given or estimated, at least 1; None is no limit.
        default_ttl_s: seconds that a value is kept where `set` does not say, 0 or more; None is until it is evicted.
        sliding: each `get`, `get_many`, `cache[key]` and `get_or_compute` gives the value its whole time anew;
            otherwise the time runs from when it was set. `in` is no use.
        timer: returns seconds that never go back, for tests; None is the monotonic clock of the system, which on Linux
            does not count the time that the machine sleeps. By that one, no value is returned after its time, and one
            that is kept for a second or longer may leave up to 10 ms early, a tick of the kernel.

    Raises:
        TypeError: an argument is of another type.
        ValueError: a number is out of range or NaN.
    """

    __slots__ = ("__weakref__", "_flights")

    _flights: dict[asyncio.AbstractEventLoop, dict[str | bytes, _Flight]]

    def __new__(
        cls,
        max_entries: int = 10_000,
        max_bytes: int | None = None,
        default_ttl_s: float | None = None,
        *,
        sliding: bool = False,
        timer: Callable[[], float] | None = None,
    ) -> Self:
        """Make an empty cache."""
        self = super().__new__(cls, max_entries, max_bytes, default_ttl_s, sliding=sliding, timer=timer)
        self._flights = {}
        return self

    @overload
    async def get_or_compute(
        self, key: str | bytes, compute: Callable[[], Awaitable[T]], ttl_s: float | None = None
    ) -> T: ...
    @overload
    async def get_or_compute(self, key: str | bytes, compute: Callable[[], T], ttl_s: float | None = None) -> T: ...
    async def get_or_compute(self, key: str | bytes, compute: Callable[[], Any], ttl_s: float | None = None) -> Any:
        """Returns the value, computed and kept if there is none.

        All who ask for a key on one event loop while its value is computed wait for that one computation; each event
        loop has its own. It runs in a task of its own, in the context of who asked first. Cancelling one who waits
        leaves it running for the others; cancelling the last one cancels it and waits for its end. A failure goes to
        all who wait and is not kept. Each who asked counts as a miss.

        Args:
            key: under which.
            compute: called without arguments, async or plain; a plain one runs on the event loop and should be quick.
                It must not ask for the key that it computes.
            ttl_s: seconds to keep the value; None is the default of the cache. That of the first who asked counts.

        Raises:
            TypeError: the key is neither text nor bytes.
            ValueError: `ttl_s` is negative or NaN; nothing is computed.
            InputError: the computation waits for itself, be it by way of other keys or caches.
            Exception: whatever `compute` raises.
        """
        found = self.get(key, _MISSING)
        if found is not _MISSING:
            return found
        loop = asyncio.get_running_loop()
        table = self._table(loop)
        flight = table.get(key)
        if flight is None:
            self.set_many({}, ttl_s)  # a bad time is told before the work is done
            flight = _Flight(key, table)
            context = copy_context()
            context.run(_computing.set, flight)
            value = context.run(compute)
            if not inspect.isawaitable(value):
                self.set(key, value, ttl_s)
                return value
            flight.awaitable = value
            table[key] = flight
            flight.task = loop.create_task(self._fly(flight, ttl_s), context=context)
            flight.task.add_done_callback(flight.landed)
        return await flight.join()

    async def _fly(self, flight: _Flight, ttl_s: float | None) -> Any:
        value = await flight.awaitable
        if flight.current:
            self.set(flight.key, value, ttl_s)
        return value

    def _table(self, loop: asyncio.AbstractEventLoop) -> dict[str | bytes, _Flight]:
        """The computations of a loop. No other loop's thread touches it, so it needs no lock."""
        table = self._flights.get(loop)
        if table is None:
            for other in list(self._flights):
                if other.is_closed():
                    self._flights.pop(other, None)
            table = self._flights[loop] = {}
        return table

    def stats(self) -> CacheStats:
        """Returns what was done since the start, and what is held."""
        return CacheStats(*self.counts())

    def __repr__(self) -> str:
        held = self.stats()
        return f"<{type(self).__name__}: {held.entries} of {self.max_entries} entries, {held.bytes} bytes>"
