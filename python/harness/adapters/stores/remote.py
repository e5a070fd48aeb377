"""Conversations on a libSQL server: every operation is one transaction that travels as one batch of statements."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness.adapters.stores import sql
from harness.adapters.stores.codec import decode_turn, encode_turn
from harness.adapters.stores.memory import artifact_conflict, conflict
from harness.domain.errors import StoreError
from harness.domain.messages import Artifact, Conversation, Turn

_FIRST_WAIT_S = 0.01
_LONGEST_WAIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Rows:
    """What one statement gave: its rows, each a sequence of int, float, str, bytes or None, and how many it wrote."""

    rows: Sequence[Sequence[Any]]
    written: int


class StatementFailed(Exception):
    """The server refused a statement; nothing of its batch was kept. `busy` says that another writer was in the way."""

    def __init__(self, message: str, *, busy: bool) -> None:
        super().__init__(message)
        self.busy = busy


class AnswerTooLarge(StoreError):
    """The answer is longer than the server sends or the client takes; a smaller question has a smaller answer."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"the answer of {place} is too large for one message",
            remedy="raise the server's limit on responses; over ws: and wss: it is the client's, use libsql: there",
        )


def unreachable(place: str, error: Exception) -> StoreError:
    """Returns the error of a server that no connection could be made to."""
    # A certificate that is not trusted has no `os_error`, unlike its kin.
    cause = getattr(error, "os_error", None) if hasattr(error, "_os_error") else None
    why = getattr(cause, "strerror", None) or cause or getattr(error, "certificate_error", None) or error
    return StoreError(
        f"cannot reach the libSQL server {place}: {why}", remedy="check store.url, and that the server runs"
    )


class Transport(Protocol):
    """A way to a libSQL server."""

    @property
    def place(self) -> str:
        """The server, for errors; never with a secret."""
        ...

    async def batch(self, statements: Sequence[sql.Statement], *, write: bool) -> list[Rows]:
        """Runs the statements in one transaction, all or none.

        Raises:
            StatementFailed: the server refused a statement.
            StoreError: the server could not be reached or understood.
        """
        ...

    async def aclose(self) -> None:
        """Frees connections. Idempotent."""
        ...


class RemoteStore:
    """Conversations on a libSQL server.

    Args:
        transport: the way to the server; it is closed with the store.
        busy_timeout_s: seconds for which a write is tried again while other writers hold the database.

    The server is reached on first use. A write whose waiter is cancelled is there whole or not at all. Every method
    raises `StoreError`.
    """

    def __init__(self, transport: Transport, *, busy_timeout_s: float = 5.0) -> None:
        self._transport = transport
        self._busy_timeout_s = busy_timeout_s
        self._ready = False
        self._closed = False
        self._under_way: set[asyncio.Task[list[Rows]]] = set()

    async def load(self, conversation_id: str, *, last_turns: int | None = None) -> Conversation:
        """Returns the conversation, or its last turns; the cost is that of what is returned.

        It takes one round trip, and more where the answer is larger than the server sends at once (10 MB by default).
        """
        if last_turns is None:
            turns: sql.Statement = (sql.TURNS, (conversation_id, 0))
        else:
            turns = (sql.LAST_TURNS, (conversation_id, last_turns))
        try:
            lengths, found = await self._run([(sql.LENGTH, (conversation_id,)), turns])
            length, rows = lengths.rows[0][0] if lengths.rows else 0, found.rows
        except AnswerTooLarge:
            length, rows = await self._load_in_parts(conversation_id, last_turns)
        place = f"conversation {conversation_id!r} on {self._transport.place}"
        decoded = tuple([decode_turn(body, f"turn {position} of {place}") for position, body in rows])
        return Conversation(conversation_id, decoded, length)

    async def _load_in_parts(self, conversation_id: str, last_turns: int | None) -> tuple[int, Sequence[Sequence[Any]]]:
        """Reads the turns that were there at one moment. Turns never change, so that only a deletion can intervene."""
        while True:
            (lengths,) = await self._run([(sql.LENGTH, (conversation_id,))])
            length = lengths.rows[0][0] if lengths.rows else 0
            first = 0 if last_turns is None else max(0, length - last_turns)
            rows = await self._between(conversation_id, first, length)
            if len(rows) == length - first:
                return length, rows

    async def _between(self, conversation_id: str, first: int, end: int) -> list[Sequence[Any]]:
        """Reads turns `first` to `end`, the latter excluded, in halves where the answer would be too large."""
        try:
            (found,) = await self._run([(sql.TURNS_BETWEEN, (conversation_id, first, end))])
            return list(found.rows)
        except AnswerTooLarge:
            if end - first <= 1:
                raise
        middle = (first + end) // 2
        left = await self._between(conversation_id, first, middle)
        return left + await self._between(conversation_id, middle, end)

    async def append(self, conversation_id: str, turn: Turn, *, position: int | None = None) -> int:
        """Appends a turn, in one round trip."""
        inserted, _, lengths = await self._run(
            [
                (sql.INSERT_TURN, (conversation_id, turn.run_id, encode_turn(turn), position)),
                (sql.GROW_IF_LONGER, (conversation_id,)),
                (sql.LENGTH, (conversation_id,)),
            ],
            write=True,
        )
        length: int = lengths.rows[0][0] if lengths.rows else 0
        if inserted.written == 0:
            raise conflict(conversation_id, position or 0, length)
        return length

    async def delete(self, conversation_id: str) -> bool:
        """Deletes the conversation and its artifacts."""
        done = await self._run([(each, (conversation_id,)) for each in sql.DELETE], write=True)
        return any(each.written for each in done)

    async def list_conversations(self, *, limit: int = 100) -> list[str]:
        """Returns the ids, the last written first."""
        (found,) = await self._run([(sql.LIST, (limit,))])
        return [row[0] for row in found.rows]

    async def get_artifact(self, conversation_id: str, name: str) -> Artifact | None:
        """Returns an artifact, or None."""
        (found,) = await self._run([(sql.GET_ARTIFACT, (conversation_id, name))])
        if not found.rows:
            return None
        data, media_type, version = found.rows[0]
        return Artifact(name, data, media_type, version)

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
        put, found = await self._run(
            [
                (sql.PUT_ARTIFACT, (conversation_id, name, media_type, data, if_version)),
                (sql.ARTIFACT_VERSION, (conversation_id, name)),
            ],
            write=True,
        )
        if not put.rows:
            raise artifact_conflict(conversation_id, name, if_version or 0, found.rows[0][0] if found.rows else 0)
        version: int = put.rows[0][0]
        return version

    async def list_artifacts(self, conversation_id: str) -> list[str]:
        """Returns the names, sorted."""
        (found,) = await self._run([(sql.LIST_ARTIFACTS, (conversation_id,))])
        return [row[0] for row in found.rows]

    async def aclose(self) -> None:
        """Waits for the batches under way, then closes the connections. Idempotent."""
        self._closed = True
        here = asyncio.get_running_loop()
        waiting = [task for task in self._under_way if task.get_loop() is here]
        if waiting:
            await asyncio.wait(waiting)
        await self._transport.aclose()

    async def _run(self, statements: Sequence[sql.Statement], *, write: bool = False) -> list[Rows]:
        try:
            if not self._ready:
                await self._migrate()
                self._ready = True
            return await self._patiently(statements, write=write)
        except StatementFailed as error:
            place = self._transport.place
            if error.busy:
                raise StoreError(
                    f"{place} was kept busy by other writers for {self._busy_timeout_s} s", remedy="try again"
                ) from None
            if "string or blob too big" in str(error):
                raise StoreError(
                    f"{place} takes no value as large as this", remedy="store less in one turn or artifact"
                ) from None
            if "Response is too large" in str(error):
                raise AnswerTooLarge(place) from None
            raise StoreError(f"{place} refused a statement: {error}", remedy="see the server's own log") from None

    async def _patiently(self, statements: Sequence[sql.Statement], *, write: bool) -> list[Rows]:
        """Runs a batch, and again while the database is busy: a busy batch has left nothing behind."""
        end = time.monotonic() + self._busy_timeout_s
        wait_s = _FIRST_WAIT_S
        while True:
            if self._closed:
                raise StoreError(f"the store on {self._transport.place} is closed", remedy="make a new one")
            try:
                return await self._whole(statements, write=write)
            except StatementFailed as error:
                if not error.busy or time.monotonic() + wait_s > end:
                    raise
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    async def _whole(self, statements: Sequence[sql.Statement], *, write: bool) -> list[Rows]:
        """Runs a batch to its end even where its waiter is cancelled.

        A request that is cut off may leave its transaction open on the server, and every other writer waiting for it.
        The transport's time limit bounds how long a batch lives on.
        """
        task = asyncio.ensure_future(self._transport.batch(statements, write=write))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[list[Rows]]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # its waiter has it; where that one has gone, nobody is to be told

    async def _migrate(self) -> None:
        """Makes the tables where they are missing; of several that try at once one succeeds, and the others see it."""
        version = await self._version()
        if version == sql.VERSION:
            return
        steps = [(statement, ()) for step in sql.MIGRATIONS[version:] for statement in step]
        try:
            await self._patiently(
                [(sql.CREATE_META, ()), (sql.EXPECT_VERSION, (version,)), *steps, (sql.SET_VERSION, (sql.VERSION,))],
                write=True,
            )
        except StatementFailed:
            if await self._version() != sql.VERSION:
                raise

    async def _version(self) -> int:
        try:
            (found,) = await self._patiently([(sql.GET_VERSION, ())], write=False)
        except StatementFailed as error:
            if "no such table" in str(error):
                return 0
            raise
        version = int(found.rows[0][0]) if found.rows else 0
        sql.check_version(version, self._transport.place)
        return version
