"""A connection for each event loop that a store is used from, closed at the latest when that loop shuts down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Makes one thing a loop, on first use.

    Args:
        make: makes it, on the running loop.
        close: closes it, on the same loop; called once for each.
    """

    def __init__(self, make: Callable[[], T], close: Callable[[T], Awaitable[None]]) -> None:
        self._make = make
        self._close = close
        self._things: dict[asyncio.AbstractEventLoop, tuple[T, AsyncGenerator[None, None]]] = {}

    async def get(self) -> T:
        """Returns the running loop's."""
        loop = asyncio.get_running_loop()
        held = self._things.get(loop)
        if held is not None:
            return held[0]
        thing = self._make()
        life = self._life(thing)
        self._things[loop] = thing, life
        await anext(life)  # begins it without a pause; a loop that shuts down ends the generators begun on it
        return thing

    async def drop(self, thing: T) -> None:
        """Closes one that is of no more use; the next `get` makes another."""
        loop = asyncio.get_running_loop()
        held = self._things.get(loop)
        if held is not None and held[0] is thing:
            del self._things[loop]
            await held[1].aclose()

    async def aclose(self) -> None:
        """Closes the running loop's; those of other loops end with them. Idempotent."""
        held = self._things.get(asyncio.get_running_loop())
        if held is not None:
            await self.drop(held[0])

    async def _life(self, thing: T) -> AsyncGenerator[None, None]:
        loop = asyncio.get_running_loop()
        try:
            yield
        finally:
            held = self._things.get(loop)
            if held is not None and held[0] is thing:
                del self._things[loop]
            await self._close(thing)
