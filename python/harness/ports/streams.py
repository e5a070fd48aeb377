"""Closing streams: async generators need it, plain async iterators may not have it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any


async def close_stream(stream: AsyncIterator[Any]) -> None:
    """Closes `stream` where it can be closed, so that what it holds is freed now and not when it is collected."""
    if getattr(stream, "ag_frame", stream) is None:
        return  # an async generator that has run to its end
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
