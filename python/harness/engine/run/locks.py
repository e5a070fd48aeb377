"""One run at a time on one conversation."""

from __future__ import annotations

import asyncio


class ConversationLocks:
    """A lock a conversation, first come, first served; kept only while somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, list[None]]] = {}

    async def acquire(self, conversation_id: str) -> None:
        """Waits until no other run holds the conversation, and holds it."""
        entry = self._locks.get(conversation_id)
        if entry is None:
            entry = self._locks[conversation_id] = (asyncio.Lock(), [])
        lock, users = entry
        users.append(None)
        try:
            await lock.acquire()
        except BaseException:
            self._leave(conversation_id, users)
            raise

    def release(self, conversation_id: str) -> None:
        """Lets the conversation go."""
        lock, users = self._locks[conversation_id]
        lock.release()
        self._leave(conversation_id, users)

    def _leave(self, conversation_id: str, users: list[None]) -> None:
        users.pop()
        if not users:
            del self._locks[conversation_id]

    def __len__(self) -> int:
        return len(self._locks)
