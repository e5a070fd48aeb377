"""Stores that live in the process and go with it."""

from __future__ import annotations

from harness.domain.errors import ConversationConflict
from harness.domain.events import Event, RunCancelled, RunCompleted, RunFailed, RunStarted
from harness.domain.messages import Artifact, Conversation, Turn
from harness.domain.runs import Run, RunStatus


class MemoryStore:
    """A `ConversationStore` in dictionaries."""

    def __init__(self) -> None:
        self._turns: dict[str, list[Turn]] = {}
        self._artifacts: dict[str, dict[str, Artifact]] = {}

    async def load(self, conversation_id: str, *, last_turns: int | None = None) -> Conversation:
        """Returns the conversation, or its last turns."""
        turns = self._turns.get(conversation_id)
        if turns is None:
            return Conversation(conversation_id)
        kept = turns if last_turns is None else turns[len(turns) - last_turns :] if last_turns < len(turns) else turns
        return Conversation(conversation_id, tuple(kept), len(turns))

    async def append(self, conversation_id: str, turn: Turn, *, position: int | None = None) -> int:
        """Appends a turn."""
        turns = self._turns.get(conversation_id)
        length = 0 if turns is None else len(turns)
        if position is not None and position != length:
            raise conflict(conversation_id, position, length)
        if turns is None:
            turns = self._turns[conversation_id] = []
        else:  # the last written comes first in the list of conversations
            self._turns[conversation_id] = self._turns.pop(conversation_id)
        turns.append(turn)
        return length + 1

    async def delete(self, conversation_id: str) -> bool:
        """Deletes the conversation and its artifacts."""
        artifacts = self._artifacts.pop(conversation_id, None)
        return (self._turns.pop(conversation_id, None) or artifacts) is not None

    async def list_conversations(self, *, limit: int = 100) -> list[str]:
        """Returns the ids, the last written first."""
        return list(reversed(self._turns))[:limit]

    async def get_artifact(self, conversation_id: str, name: str) -> Artifact | None:
        """Returns an artifact, or None."""
        return self._artifacts.get(conversation_id, {}).get(name)

    async def put_artifact(
        self,
        conversation_id: str,
        name: str,
        data: bytes,
        *,
        media_type: str = "application/json",
        if_version: int | None = None,
    ) -> int:
        """Writes an artifact and returns its new version."""
        kept = self._artifacts.setdefault(conversation_id, {})
        version = kept[name].version if name in kept else 0
        if if_version is not None and if_version != version:
            raise artifact_conflict(conversation_id, name, if_version, version)
        kept[name] = Artifact(name, bytes(data), media_type, version + 1)
        return version + 1

    async def list_artifacts(self, conversation_id: str) -> list[str]:
        """Returns the names, sorted."""
        return sorted(self._artifacts.get(conversation_id, {}))

    async def aclose(self) -> None:
        """Holds nothing that needs closing; what it keeps stays readable."""


class MemoryRunStore:
    """A `RunStore` in lists.

    Args:
        max_runs: most runs that are kept; the ones that started first are forgotten first.
    """

    def __init__(self, max_runs: int = 1000) -> None:
        self._runs: dict[str, list[Event]] = {}
        self._max_runs = max_runs

    async def append(self, event: Event) -> None:
        """Appends one event to its run's journal."""
        events = self._runs.get(event.run_id)
        if events is None:
            events = self._runs[event.run_id] = []
            if len(self._runs) > self._max_runs:
                del self._runs[next(iter(self._runs))]
        events.append(event)

    async def events(self, run_id: str) -> list[Event]:
        """Returns the run's events in order."""
        return list(self._runs.get(run_id, ()))

    async def get(self, run_id: str) -> Run | None:
        """Returns the run as its events tell it."""
        events = self._runs.get(run_id)
        return fold_run(events) if events else None

    async def list_runs(self, *, limit: int = 100) -> list[Run]:
        """Returns runs, the last started first."""
        newest = list(reversed(self._runs.values()))[:limit]
        return [fold_run(events) for events in newest]

    async def aclose(self) -> None:
        """Holds nothing that needs closing."""


def fold_run(events: list[Event]) -> Run:
    """Returns the run that its events, at least one, tell of."""
    first, last = events[0], events[-1]
    conversation_id = first.conversation_id if isinstance(first, RunStarted) else None
    status, finish, error = RunStatus.RUNNING, None, None
    if isinstance(last, RunCompleted):
        status, finish = RunStatus.COMPLETED, last.result.finish_reason
    elif isinstance(last, RunFailed):
        status, error = RunStatus.FAILED, str(last.error)
    elif isinstance(last, RunCancelled):
        status = RunStatus.CANCELLED
    ended_at = None if status is RunStatus.RUNNING else last.at
    return Run(first.run_id, status, conversation_id, first.at, ended_at, finish, error)


def conflict(conversation_id: str, expected: int, found: int) -> ConversationConflict:
    """Returns the error of a turn that comes too late."""
    return ConversationConflict(
        f"conversation {conversation_id!r} has {found} turns where this run had seen {expected}: "
        "another process has written to it",
        remedy="run the prompt again; it will see the new turns",
    )


def artifact_conflict(conversation_id: str, name: str, expected: int, found: int) -> ConversationConflict:
    """Returns the error of an artifact written by somebody else meanwhile."""
    return ConversationConflict(
        f"artifact {name!r} of conversation {conversation_id!r} is at version {found}, and not {expected}",
        remedy="read it again and repeat the change",
    )
