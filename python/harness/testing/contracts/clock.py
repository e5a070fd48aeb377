"""What every `Clock` must keep."""

from __future__ import annotations

import asyncio

from harness.ports.clock import Clock


class ClockContract:
    """Derive from it and give a fixture `clock`. A clock that must be moved by hand overrides `pass_time`."""

    async def pass_time(self, clock: Clock, seconds: float) -> None:
        """Lets time pass until sleepers of `seconds` are due; nothing to do where it passes by itself."""

    async def test_monotonic_never_goes_back(self, clock: Clock) -> None:
        seen = []
        for _ in range(100):
            seen.append(clock.monotonic())
            await asyncio.sleep(0)
        assert seen == sorted(seen)

    async def test_the_time_of_day_is_seconds_since_1970(self, clock: Clock) -> None:
        assert isinstance(clock.now(), float)
        assert 0 < clock.now() < 1e11  # milliseconds would be more

    async def test_sleeping_takes_the_time_asked_for(self, clock: Clock) -> None:
        began = clock.monotonic()
        sleeper = asyncio.ensure_future(clock.sleep(0.02))
        await asyncio.sleep(0)
        assert not sleeper.done()
        await self.pass_time(clock, 0.02)
        await sleeper
        assert clock.monotonic() - began >= 0.02 - 1e-3  # event loops wake early by their resolution

    async def test_sleeping_for_nothing_yields_to_the_loop(self, clock: Clock) -> None:
        ran: list[str] = []
        asyncio.get_running_loop().call_soon(ran.append, "other")
        await clock.sleep(0)
        assert ran == ["other"]

    async def test_a_sleeper_can_be_cancelled(self, clock: Clock) -> None:
        sleeper = asyncio.ensure_future(clock.sleep(3600))
        await asyncio.sleep(0)
        sleeper.cancel()
        await asyncio.wait([sleeper])
        assert sleeper.cancelled()
