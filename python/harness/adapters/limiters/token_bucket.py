"""Permits at a steady rate with bursts: a token bucket a key, first come, first served."""

from __future__ import annotations

import asyncio
import math

from harness.domain.errors import InputError
from harness.ports.clock import Clock, SystemClock

_MAX_BUCKETS = 10_000


class _Bucket:
    """One bucket. Its level may fall below zero only by rounding; `turn` serves those who wait in order."""

    __slots__ = ("at", "level", "turn", "waiting")

    def __init__(self, level: float, at: float) -> None:
        self.level = level
        self.at = at
        self.turn = asyncio.Lock()
        self.waiting = 0


class TokenBucketLimiter:
    """A `RateLimiter`: a bucket a key holds at most `burst` permits and gains `rate_per_s` of them a second.

    Args:
        rate_per_s: permits a second, more than 0.
        burst: permits that may be taken at once after a rest, more than 0; the most that one call can ask for.
        clock: tells the time and waits; None is the machine's.

    Raises:
        InputError: a number is not positive and finite.

    The algorithm is the token bucket of Turner (1986), filled when it is looked at. A limiter belongs to one event
    loop at a time.
    """

    def __init__(self, rate_per_s: float, burst: float = 1.0, *, clock: Clock | None = None) -> None:
        for name, value in (("rate_per_s", rate_per_s), ("burst", burst)):
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{name} must be a positive number, not {value!r}")
        self._rate = float(rate_per_s)
        self._burst = float(burst)
        self._clock = clock or SystemClock()
        self._buckets: dict[str, _Bucket] = {}

    async def acquire(self, key: str, amount: float = 1.0) -> float:
        """Waits until `amount` permits of `key` are there, takes them, and returns the seconds waited.

        Raises:
            InputError: `amount` is more than `burst`, or not a positive number.
        """
        self._check(amount)
        bucket = self._bucket(key)
        if not bucket.waiting and bucket.level >= amount:
            bucket.level -= amount
            return 0.0
        begun = self._clock.monotonic()
        bucket.waiting += 1
        try:
            async with bucket.turn:
                while True:
                    self._fill(bucket)
                    missing = amount - bucket.level
                    # Rounding must not make a waiter wait for the last billionth of a permit.
                    if missing <= 1e-9:
                        bucket.level -= amount
                        return self._clock.monotonic() - begun
                    await self._clock.sleep(missing / self._rate)
        finally:
            bucket.waiting -= 1

    def try_acquire(self, key: str, amount: float = 1.0) -> bool:
        """Takes the permits if they are there now and nobody waits for them; returns whether it did.

        Raises:
            InputError: as `acquire`.
        """
        self._check(amount)
        bucket = self._bucket(key)
        if bucket.waiting or bucket.level < amount:
            return False
        bucket.level -= amount
        return True

    def refund(self, key: str, amount: float) -> None:
        """Gives back permits that were reserved and not used; a bucket is never fuller than `burst`.

        Whoever sleeps already sleeps on; who comes next finds them.

        Raises:
            InputError: `amount` is not a positive number.
        """
        if not (math.isfinite(amount) and amount > 0):
            raise InputError(f"an amount must be a positive number, not {amount!r}")
        bucket = self._bucket(key)
        bucket.level = min(self._burst, bucket.level + amount)

    async def aclose(self) -> None:
        """Forgets the buckets that nobody waits at. Idempotent."""
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if bucket.waiting}

    def _check(self, amount: float) -> None:
        if not (math.isfinite(amount) and amount > 0):
            raise InputError(f"an amount must be a positive number, not {amount!r}")
        if amount > self._burst:
            raise InputError(
                f"{amount:g} permits at once are more than the bucket can hold, {self._burst:g}",
                remedy="raise `burst`, or ask for less",
            )

    def _bucket(self, key: str) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= _MAX_BUCKETS:
                self._forget_full()
            bucket = self._buckets[key] = _Bucket(self._burst, self._clock.monotonic())
        else:
            self._fill(bucket)
        return bucket

    def _fill(self, bucket: _Bucket) -> None:
        now = self._clock.monotonic()
        bucket.level = min(self._burst, bucket.level + (now - bucket.at) * self._rate)
        bucket.at = now

    def _forget_full(self) -> None:
        """A full bucket that nobody waits at is like a new one."""
        for key, bucket in list(self._buckets.items()):
            self._fill(bucket)
            if not bucket.waiting and bucket.level >= self._burst:
                del self._buckets[key]
