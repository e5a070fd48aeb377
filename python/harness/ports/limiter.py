"""How much may be done in how much time."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class RateLimiter(Protocol):
    """Hands out permits at a bounded rate, a bucket a key."""

    async def acquire(self, key: str, amount: float = 1.0) -> float:
        """Waits until `amount` permits of `key` are there, takes them, and returns the seconds waited.

        Waiters of one key are served in the order in which they came. Cancelling a waiter takes nothing.

        Raises:
            InputError: `amount` is more than the bucket can ever hold, or not a positive number.
        """
        ...

    def try_acquire(self, key: str, amount: float = 1.0) -> bool:
        """Takes the permits if they are there now and nobody waits for them; returns whether it did."""
        ...

    def refund(self, key: str, amount: float) -> None:
        """Gives back permits that were reserved and not used."""
        ...

    async def aclose(self) -> None:
        """Frees what is held. Idempotent."""
        ...
