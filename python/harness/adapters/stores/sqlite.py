"""The embedded store: one SQLite file in WAL mode, one writer thread that commits in groups, readers beside it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from harness.adapters.stores import sql
from harness.adapters.stores.codec import decode_turn, encode_turn
from harness.adapters.stores.memory import artifact_conflict, conflict
from harness.adapters.stores.sqlite_errors import mapped
from harness.domain.errors import StoreError
from harness.domain.messages import Artifact, Conversation, Turn

T = TypeVar("T")
_MOST_IN_A_GROUP = 256
_LOOK_AGAIN_S = 0.005


class _Job:
    """One write, and who waits for it."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def report(self) -> None:
        """Tells the waiter, on its own loop; one that is gone has no loop any more or was cancelled."""
        try:
            self.loop.call_soon_threadsafe(self._settle)
        except RuntimeError:
            return

    def _settle(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class SqliteStore:
    """Conversations in a file.

    Writes queue up for one thread, which puts all that wait into one transaction, each behind a savepoint, and commits
    them with one sync: a hundred writers cost little more than one. A write whose waiter is cancelled is dropped if it
    had not begun, and finished if it had. Several processes may share the file; each waits `busy_timeout_s` for the
    others' commits.

    Args:
        path: the file; it and its folder are made where they are missing.
        busy_timeout_s: seconds to wait for another process's lock.
        readers: most reads at one time.

    The file is opened on first use. Every method raises `StoreError`.
    """

    def __init__(self, path: str | Path, *, busy_timeout_s: float = 5.0, readers: int = 4) -> None:
        self._path = Path(path)
        self._busy_timeout_s = busy_timeout_s
        self._readers = readers
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._writer: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._local = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False

    async def load(self, conversation_id: str, *, last_turns: int | None = None) -> Conversation:
        """Returns the conversation, or its last turns; the cost is that of what is returned."""

        def read(connection: sqlite3.Connection) -> tuple[int, list[tuple[int, bytes]]]:
            row = connection.execute(sql.LENGTH, (conversation_id,)).fetchone()
            if row is None:
                return 0, []
            first = 0 if last_turns is None else max(0, row[0] - last_turns)
            turns = connection.execute(sql.TURNS, (conversation_id, first)).fetchall()
            return row[0], turns

        length, rows = await self._read(read)
        place = f"conversation {conversation_id!r} in {self._path}"
        turns = tuple([decode_turn(body, f"turn {position} of {place}") for position, body in rows])
        return Conversation(conversation_id, turns, length)

    async def append(self, conversation_id: str, turn: Turn, *, position: int | None = None) -> int:
        """Appends a turn."""
        body = encode_turn(turn)

        def write(connection: sqlite3.Connection) -> int:
            done = connection.execute(sql.INSERT_TURN, (conversation_id, turn.run_id, body, position))
            if done.rowcount == 0:
                row = connection.execute(sql.LENGTH, (conversation_id,)).fetchone()
                raise conflict(conversation_id, position or 0, row[0] if row else 0)
            connection.execute(sql.GROW, (conversation_id,))
            length: int = connection.execute(sql.LENGTH, (conversation_id,)).fetchone()[0]
            return length

        return await self._write(write)

    async def delete(self, conversation_id: str) -> bool:
        """Deletes the conversation and its artifacts."""

        def write(connection: sqlite3.Connection) -> bool:
            return sum([connection.execute(each, (conversation_id,)).rowcount for each in sql.DELETE]) > 0

        return await self._write(write)

    async def list_conversations(self, *, limit: int = 100) -> list[str]:
        """Returns the ids, the last written first."""
        return await self._read(lambda connection: [row[0] for row in connection.execute(sql.LIST, (limit,))])

    async def get_artifact(self, conversation_id: str, name: str) -> Artifact | None:
        """Returns an artifact, or None."""
        row = await self._read(lambda c: c.execute(sql.GET_ARTIFACT, (conversation_id, name)).fetchone())
        return None if row is None else Artifact(name, bytes(row[0]), row[1], row[2])

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

        def write(connection: sqlite3.Connection) -> int:
            row = connection.execute(sql.PUT_ARTIFACT, (conversation_id, name, media_type, data, if_version)).fetchone()
            if row is None:
                found = connection.execute(sql.ARTIFACT_VERSION, (conversation_id, name)).fetchone()
                raise artifact_conflict(conversation_id, name, if_version or 0, found[0] if found else 0)
            version: int = row[0]
            return version

        return await self._write(write)

    async def list_artifacts(self, conversation_id: str) -> list[str]:
        """Returns the names, sorted."""
        return await self._read(lambda c: [row[0] for row in c.execute(sql.LIST_ARTIFACTS, (conversation_id,))])

    async def aclose(self) -> None:
        """Finishes the writes that wait, then closes file and threads. Idempotent."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            writer, pool = self._writer, self._pool
        if writer is not None:
            self._queue.put(None)
        await asyncio.to_thread(self._join, writer, pool)

    def _join(self, writer: threading.Thread | None, pool: ThreadPoolExecutor | None) -> None:
        if writer is not None:
            writer.join()
        if pool is not None:
            pool.shutdown()
        for connection in self._reading:
            connection.close()

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        job = _Job(work)
        with self._guard:
            if self._closed:
                raise StoreError(f"the store {self._path} is closed", remedy="make a new one")
            if self._writer is None:
                # A daemon: an application that forgets to close its store is not kept from ending by it. What was
                # committed is safe; what waits then was acknowledged to nobody.
                self._writer = threading.Thread(target=self._write_all, name=f"writer of {self._path}", daemon=True)
                self._writer.start()
            self._queue.put(job)
        result: T = await job.future
        return result

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._guard:
            if self._closed:
                raise StoreError(f"the store {self._path} is closed", remedy="make a new one")
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._readers, thread_name_prefix="store-reader")
            pool = self._pool
        return await asyncio.get_running_loop().run_in_executor(pool, self._read_now, work)

    def _read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = self._open()
                with self._guard:
                    self._reading.append(connection)
            # One transaction, so that length and turns are of one moment.
            connection.execute("BEGIN")
            try:
                return work(connection)
            finally:
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise mapped(error, self._path) from None

    def _open(self) -> sqlite3.Connection:
        """Opens the file, makes its tables where they are missing, and refuses one of a newer version."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make the folder of {self._path}: {error.strerror}", remedy="choose another store.url"
            ) from None
        connection = sqlite3.connect(
            self._path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            self._use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        """Has the file keep a write-ahead log. Where another connection is just doing so SQLite says that the file is
        busy at once, without waiting `busy_timeout_s` as it does elsewhere; so the waiting is done here."""
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                    raise
                time.sleep(_LOOK_AGAIN_S)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        if self._version(connection) == sql.VERSION:
            return
        connection.execute("BEGIN IMMEDIATE")  # another process may be at it: look again, alone
        try:
            connection.execute(sql.CREATE_META)
            for step in sql.MIGRATIONS[self._version(connection) :]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(sql.SET_VERSION, (sql.VERSION,))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _version(self, connection: sqlite3.Connection) -> int:
        try:
            row = connection.execute(sql.GET_VERSION).fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return 0
            raise
        version = row[0] if row else 0
        sql.check_version(version, str(self._path))
        return int(version)

    def _write_all(self) -> None:
        """The writer thread: takes what waits, commits it as one group, and tells the waiters."""
        connection: sqlite3.Connection | None = None
        last = False
        while not last:
            jobs, last = self._waiting()
            try:
                if jobs and connection is None:
                    connection = self._open()
                if connection is not None:
                    self._write_group(connection, jobs)
            except sqlite3.Error as error:
                self._fail(jobs, mapped(error, self._path))
            except BaseException as error:  # noqa: BLE001 - the waiters are told; the thread lives on
                self._fail(jobs, error)
            for each in jobs:
                each.report()
        if connection is not None:
            connection.close()

    def _waiting(self) -> tuple[list[_Job], bool]:
        """Waits for a job and takes those that wait behind it; returns them, and whether the store is to close."""
        jobs: list[_Job] = []
        while not jobs or (len(jobs) < _MOST_IN_A_GROUP and not self._queue.empty()):
            job = self._queue.get()
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    @staticmethod
    def _fail(jobs: list[_Job], error: BaseException) -> None:
        for job in jobs:
            job.error, job.result = error, None

    def _write_group(self, connection: sqlite3.Connection, jobs: list[_Job]) -> None:
        """Commits the jobs together; one that fails is undone alone, a commit that fails undoes them all."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                if job.future.cancelled():
                    continue  # its waiter had gone before it was begun
                connection.execute("SAVEPOINT one")
                try:
                    job.result = job.work(connection)
                except (StoreError, sqlite3.Error) as error:
                    if not connection.in_transaction:
                        raise  # SQLite has given up the whole transaction
                    connection.execute("ROLLBACK TO one")
                    job.error = mapped(error, self._path) if isinstance(error, sqlite3.Error) else error
                connection.execute("RELEASE one")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
