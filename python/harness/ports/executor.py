"""Running blocking work off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Executor(Protocol):
    """Runs plain functions elsewhere: in threads, in processes, on other machines."""

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Runs `function` and returns what it returns; raises what it raises.

        Cancelling the waiter does not stop work that has begun; its outcome is dropped.
        """
        ...

    async def aclose(self) -> None:
        """Waits for nothing and frees what is held. Idempotent."""
        ...
