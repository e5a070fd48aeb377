"""What is around a run: the run whose tool started it, and the runs that its own tools start."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Protocol

from harness.domain.envelope import Envelope
from harness.domain.errors import HarnessError, InputError, PolicyViolation
from harness.domain.policies import Policy


class Stoppable(Protocol):
    """A run that can be ended from outside."""

    def stop(self, error: HarnessError) -> None:
        """Ends the run with `error`."""
        ...

    async def wait_ended(self) -> None:
        """Waits until it has ended."""
        ...


class RunScope:
    """One run as the runs inside it see it."""

    __slots__ = ("conversation_id", "envelope", "parent", "policy", "run_id", "runs")

    def __init__(
        self, run_id: str, conversation_id: str | None, envelope: Envelope, policy: Policy, parent: RunScope | None
    ) -> None:
        self.run_id = run_id
        self.conversation_id = conversation_id
        self.envelope = envelope
        self.policy = policy
        self.parent = parent
        self.runs: set[Stoppable] = set()

    def lineage(self) -> Iterator[RunScope]:
        """Yields this scope and those around it."""
        scope: RunScope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def admit(self, conversation_id: str | None) -> None:
        """Raises where a run may not be started inside this one.

        Raises:
            PolicyViolation: it would nest deeper than the `max_tool_depth` of a run around it.
            InputError: it would wait for a conversation that a run around it holds.
        """
        for height, scope in enumerate(self.lineage(), start=1):
            if height > scope.policy.max_tool_depth:
                raise PolicyViolation(
                    f"runs nest {height} deep, and max_tool_depth is {scope.policy.max_tool_depth}",
                    remedy="raise policy.max_tool_depth, or let the tool work without a run of its own",
                )
            if conversation_id is not None and scope.conversation_id == conversation_id:
                raise InputError(
                    f"conversation {conversation_id!r} is held by the run that this one is a part of",
                    remedy="give the inner run another conversation_id, or none",
                )

    async def end_runs(self) -> None:
        """Ends the runs that outlived the tools that started them."""
        while self.runs:
            run = self.runs.pop()
            run.stop(PolicyViolation("the run that started this one has ended"))
            await run.wait_ended()


current_scope: ContextVar[RunScope | None] = ContextVar("harness_run_scope", default=None)
"""The run whose tool is at work in this context."""
