"""The token bucket: the contract, and its own bounds."""

import pytest

from harness import Harness
from harness.adapters.limiters.token_bucket import TokenBucketLimiter
from harness.domain.errors import InputError
from harness.engine.call.stack import stack
from harness.testing import FakeClock, ScriptedProvider
from harness.testing.contracts.limiter import RateLimiterContract


class TestTokenBucket(RateLimiterContract):
    @pytest.fixture
    def limiter(self, clock: FakeClock) -> TokenBucketLimiter:
        return TokenBucketLimiter(2, 4, clock=clock)


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (float("nan"), 1), (1, 0), (1, float("inf"))])
def test_numbers_out_of_range_are_input_errors(rate: float, burst: float) -> None:
    with pytest.raises(InputError):
        TokenBucketLimiter(rate, burst)


async def test_full_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.adapters.limiters.token_bucket._MAX_BUCKETS", 10)
    clock = FakeClock()
    limiter = TokenBucketLimiter(1, 1, clock=clock)
    for number in range(10):
        assert limiter.try_acquire(f"k{number}")
    await clock.advance(5)
    assert limiter.try_acquire("one more")
    assert len(limiter._buckets) == 1


async def test_model_calls_are_held_back() -> None:
    clock = FakeClock()
    limiter = TokenBucketLimiter(1, 1, clock=clock)
    provider = stack(ScriptedProvider(["a", "b"]), limiter=limiter)
    async with Harness(provider) as harness:
        await harness.run("one")
        assert not limiter.try_acquire("scripted")
