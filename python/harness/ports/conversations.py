"""Where conversations are kept: whole turns, and the artifacts that tools keep beside them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from harness.domain.messages import Artifact, Conversation, Turn


@runtime_checkable
class ConversationStore(Protocol):
    """Keeps conversations. Every write is atomic and durable when it returns; nothing blocks the event loop.

    Every method raises `StoreError` when the store cannot read or write, with the remedy.
    """

    async def load(self, conversation_id: str, *, last_turns: int | None = None) -> Conversation:
        """Returns the conversation, or its last turns; one that is not there is empty."""
        ...

    async def append(self, conversation_id: str, turn: Turn, *, position: int | None = None) -> int:
        """Appends a turn and returns the conversation's new length.

        Args:
            position: the length that the caller has seen; None appends whatever the length is.

        Raises:
            ConversationConflict: the length is not `position`; nothing was written.
        """
        ...

    async def delete(self, conversation_id: str) -> bool:
        """Deletes the conversation, turns and artifacts; returns whether there was one."""
        ...

    async def list_conversations(self, *, limit: int = 100) -> list[str]:
        """Returns the ids of the conversations, the last written first."""
        ...

    async def get_artifact(self, conversation_id: str, name: str) -> Artifact | None:
        """Returns an artifact, or None."""
        ...

    async def put_artifact(
        self,
        conversation_id: str,
        name: str,
        data: bytes,
        *,
        media_type: str = "application/json",
        if_version: int | None = None,
    ) -> int:
        """Writes an artifact and returns its new version.

        Args:
            if_version: the version that must be there now, 0 for none; None writes over whatever is there.

        Raises:
            ConversationConflict: another version is there; nothing was written.
        """
        ...

    async def list_artifacts(self, conversation_id: str) -> list[str]:
        """Returns the names of the conversation's artifacts, sorted."""
        ...

    async def aclose(self) -> None:
        """Finishes the writes under way and frees files, threads and connections. Idempotent."""
        ...
