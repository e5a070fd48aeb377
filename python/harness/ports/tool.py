"""What the model may call, and what a call is given of the run around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from harness.domain.envelope import Envelope
from harness.domain.tools import ToolSpec
from harness.domain.values import dataclass
from harness.ports.conversations import ConversationStore


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a tool is given of the run that called it.

    Args:
        run_id: the run.
        call_id: the call.
        conversation_id: the conversation; a run without one uses its run id.
        store: where the conversation is kept; tools keep artifacts there.
        envelope: what the run may still spend.
        idempotency_key: the same for the same call of the same run, however often it is tried.
    """

    run_id: str
    call_id: str
    conversation_id: str
    store: ConversationStore
    envelope: Envelope
    idempotency_key: str


@runtime_checkable
class Tool(Protocol):
    """Something the model may call."""

    @property
    def spec(self) -> ToolSpec:
        """What the model is told of it."""
        ...

    async def invoke(self, arguments: Mapping[str, Any], context: RunContext) -> Any:
        """Does the work; the value returned is a `str` or anything JSON can hold.

        `arguments` is the object that the model wrote; the tool checks it. Cancellation must leave nothing behind.

        Raises:
            ToolError: with a message that helps the model to do better.
            Exception: anything else is told to the model as a failure.
        """
        ...
