"""What every rate limiter keeps to."""

from __future__ import annotations

import asyncio

import pytest

from harness.domain.errors import InputError
from harness.ports.limiter import RateLimiter
from harness.testing.clock import FakeClock


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class RateLimiterContract:
    """Subclass it and give the fixtures `clock` and `limiter`: 2 permits a second, at most 4 at once, on that clock.

    class TestMine(RateLimiterContract):
        @pytest.fixture
        def limiter(self, clock): return MyLimiter(rate_per_s=2, burst=4, clock=clock)
    """

    @pytest.fixture
    def clock(self) -> FakeClock:
        """The clock that the limiter goes by."""
        return FakeClock()

    def test_it_is_a_limiter(self, limiter: RateLimiter) -> None:
        """It has the methods of the port."""
        assert isinstance(limiter, RateLimiter)

    async def test_a_burst_goes_through_at_once(self, limiter: RateLimiter) -> None:
        """As many as the bucket holds; then it is empty."""
        for _ in range(4):
            assert await limiter.acquire("a") == 0.0
        assert not limiter.try_acquire("a")

    async def test_then_it_is_a_permit_each_half_second(self, limiter: RateLimiter, clock: FakeClock) -> None:
        """Not earlier, and not later."""
        await limiter.acquire("a", 4)
        waiter = asyncio.create_task(limiter.acquire("a"))
        await _settle()
        await clock.advance(0.49)
        assert not waiter.done()
        await clock.advance(0.01)
        assert await waiter == pytest.approx(0.5)

    async def test_keys_do_not_touch_one_another(self, limiter: RateLimiter) -> None:
        """A bucket a key."""
        await limiter.acquire("a", 4)
        assert await limiter.acquire("b", 4) == 0.0

    async def test_first_come_first_served(self, limiter: RateLimiter, clock: FakeClock) -> None:
        """A large request is not overtaken by small ones that come later, nor by `try_acquire`."""
        await limiter.acquire("a", 4)
        order: list[str] = []

        async def ask(name: str, amount: float) -> None:
            await limiter.acquire("a", amount)
            order.append(name)

        tasks = [asyncio.create_task(ask(name, amount)) for name, amount in (("large", 4), ("one", 1), ("two", 1))]
        await _settle()
        await clock.advance(1.0)
        assert not limiter.try_acquire("a")
        for _ in range(4):
            await clock.advance(1.0)
            await _settle()
        await asyncio.gather(*tasks)
        assert order == ["large", "one", "two"]

    async def test_cancelling_takes_nothing(self, limiter: RateLimiter, clock: FakeClock) -> None:
        """Neither who sleeps nor who stands in the queue keeps the others waiting."""
        await limiter.acquire("a", 4)
        tasks = [asyncio.create_task(limiter.acquire("a", 2)) for _ in range(3)]
        await _settle()
        tasks[1].cancel()
        tasks[0].cancel()
        await asyncio.gather(*tasks[:2], return_exceptions=True)
        for _ in range(4):
            await clock.advance(0.5)
            await _settle()
        assert tasks[2].done()
        assert limiter.try_acquire("a", 2), "two seconds bring four permits, of which one waiter took two"

    async def test_a_refund_can_be_taken_again(self, limiter: RateLimiter) -> None:
        """But the bucket holds no more than it can."""
        await limiter.acquire("a", 4)
        limiter.refund("a", 3)
        assert limiter.try_acquire("a", 3)
        limiter.refund("a", 100)
        assert limiter.try_acquire("a", 4)
        assert not limiter.try_acquire("a", 0.5)

    @pytest.mark.parametrize("amount", [0, -1, float("nan"), float("inf"), 4.5])
    async def test_what_can_never_be_given_is_refused(self, limiter: RateLimiter, amount: float) -> None:
        """At once, instead of a wait without end."""
        with pytest.raises(InputError):
            await limiter.acquire("a", amount)
        with pytest.raises(InputError):
            limiter.try_acquire("a", amount)

    async def test_closing_twice_is_closing_once(self, limiter: RateLimiter) -> None:
        """Closing is idempotent."""
        await limiter.aclose()
        await limiter.aclose()
