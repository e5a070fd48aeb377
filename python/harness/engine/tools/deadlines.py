"""Many deadlines, few timers: runs and tools come by the thousand, and hardly any of them runs out of time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Deadlines:
    """Calls back what was not dropped in time.

    Durations come from policies, so there are few different ones; deadlines of one duration fall due in the order in
    which they were set. Each duration has one insertion-ordered dict and at most one loop timer: to set and drop a
    deadline costs two dict operations, a twentieth of `call_later` and `cancel`.
    """

    __slots__ = ("_buckets", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._buckets: dict[float, _Bucket] = {}

    def set(self, seconds: float, on_due: Callable[[], None]) -> Deadline:
        """Has `on_due` called in `seconds`, from the event loop, unless the deadline is dropped first."""
        bucket = self._buckets.get(seconds)
        if bucket is None:
            if len(self._buckets) >= 64:  # durations made up on the fly, not by policy
                self._buckets = {key: each for key, each in self._buckets.items() if each.waiting}
            bucket = self._buckets[seconds] = _Bucket(self.loop, seconds)
        return bucket.set(on_due)

    def close(self) -> None:
        """Drops all deadlines."""
        for bucket in self._buckets.values():
            bucket.close()


class Deadline:
    """One deadline, to be dropped."""

    __slots__ = ("_bucket", "on_due")

    def __init__(self, bucket: _Bucket, on_due: Callable[[], None]) -> None:
        self._bucket = bucket
        self.on_due = on_due

    def drop(self) -> None:
        """Forgets the deadline; after it has fallen due, does nothing."""
        self._bucket.waiting.pop(self, None)


class _Bucket:
    __slots__ = ("_handle", "_loop", "_seconds", "waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._handle: asyncio.TimerHandle | None = None
        self.waiting: dict[Deadline, float] = {}

    def set(self, on_due: Callable[[], None]) -> Deadline:
        deadline = Deadline(self, on_due)
        due = self._loop.time() + self._seconds
        self.waiting[deadline] = due
        if self._handle is None:
            self._handle = self._loop.call_at(due, self._fire)
        return deadline

    def _fire(self) -> None:
        self._handle = None
        now = self._loop.time()
        # The loop may call a timer early by its clock's resolution; what is due by then is due.
        while self.waiting:
            deadline, due = next(iter(self.waiting.items()))
            if due > now + 1e-3:
                self._handle = self._loop.call_at(due, self._fire)
                return
            del self.waiting[deadline]
            self._loop.call_soon(deadline.on_due)  # each by itself, so that one that raises stops no other

    def close(self) -> None:
        self.waiting.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
