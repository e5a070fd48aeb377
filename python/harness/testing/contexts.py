"""The run context that a tool is given, for tests that call tools without a run."""

from __future__ import annotations

from harness.domain.envelope import Envelope
from harness.domain.ids import new_id
from harness.ports.conversations import ConversationStore
from harness.ports.tool import RunContext


def run_context(
    store: ConversationStore, *, conversation_id: str = "conversation", envelope: Envelope | None = None
) -> RunContext:
    """Returns the context of one call: a new one for each, with ids of its own.

    Args:
        store: where the tool keeps its artifacts.
        conversation_id: whose artifacts they are.
        envelope: what the run may still spend; None is without limits.
    """
    run_id, call_id = new_id("run"), new_id("call")
    return RunContext(run_id, call_id, conversation_id, store, envelope or Envelope(), f"{run_id}:{call_id}")
