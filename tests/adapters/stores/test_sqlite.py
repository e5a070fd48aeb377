"""The embedded file: the contract, several processes, kills, full and read-only disks, files that are none."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.adapters.stores import sql
from harness.adapters.stores.sqlite import SqliteStore
from harness.domain.errors import StoreError
from harness.testing.contracts.conversations import RICH, ConversationStoreContract, a_turn


class TestSqliteStore(ConversationStoreContract):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[SqliteStore]:
        store = SqliteStore(tmp_path / "deep" / "folder" / "store.db")
        yield store
        await store.aclose()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.db")
    yield store
    await store.aclose()


async def test_what_was_written_is_there_for_the_next_process(tmp_path: Path) -> None:
    for number in range(3):
        store = SqliteStore(tmp_path / "store.db")
        assert await store.append("c", RICH, position=number) == number + 1
        await store.aclose()


def test_a_new_file_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    # SQLite tells whoever changes the journal of a file in the same moment that it is busy, whatever its timeout says.
    def start(path: Path, together: threading.Barrier) -> None:
        together.wait(30)
        SqliteStore(path)._open().close()

    with ThreadPoolExecutor(4) as pool:
        for number in range(100):
            together = threading.Barrier(4)
            path = tmp_path / f"store{number}.db"
            for opened in [pool.submit(start, path, together) for _ in range(4)]:
                opened.result()


async def test_closing_leaves_no_thread_and_a_closed_store_says_so(store: SqliteStore) -> None:
    await store.append("c", a_turn())
    await store.load("c")
    await store.aclose()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("writer of", "store-reader"))]
    with pytest.raises(StoreError, match="closed"):
        await store.append("c", a_turn())
    with pytest.raises(StoreError, match="closed"):
        await store.load("c")


async def test_writes_that_wait_are_committed_together(store: SqliteStore) -> None:
    await store.append("c", a_turn())
    commits: list[str] = []
    release = threading.Event()
    await_first = asyncio.get_running_loop().create_future()

    def hold(connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(lambda line: commits.append(line) if line == "COMMIT" else None)
        await_first.get_loop().call_soon_threadsafe(await_first.set_result, None)
        release.wait(10)

    first = asyncio.ensure_future(store._write(hold))
    await await_first
    rest = [asyncio.ensure_future(store.append("c", a_turn(n))) for n in range(100)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(first, *rest)
    assert len(commits) == 2


async def test_one_bad_write_fails_alone(store: SqliteStore) -> None:
    def bad(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO turns (conversation_id) VALUES ('half')")

    good = [store.append("c", a_turn(n)) for n in range(5)]
    outcomes = await asyncio.gather(*good, store._write(bad), *[store.append("d", a_turn())], return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [int] * 5 + [StoreError, int]
    assert (await store.load("c")).length == 5
    assert (await store.load("half")).length == 0


_WRITER = """
import asyncio, sys
from harness.adapters.stores.sqlite import SqliteStore
from harness.testing.contracts.conversations import a_turn

async def main(path, name, count):
    store = SqliteStore(path, busy_timeout_s=60)
    for number in range(count):
        await store.append("shared", a_turn(number))
        await store.append(name, a_turn(number), position=number)
        print(number, flush=True)
    await store.aclose()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), name, str(count)], stdout=subprocess.PIPE, text=True
    )


async def test_four_processes_on_one_file_lose_nothing(store: SqliteStore) -> None:
    processes = [writer(store._path, f"own{n}", 100) for n in range(4)]
    for process in processes:
        out, _ = process.communicate(timeout=100)
        assert process.returncode == 0, out
    assert (await store.load("shared")).length == 400
    assert [(await store.load(f"own{n}")).length for n in range(4)] == [100] * 4


async def test_a_killed_process_leaves_whole_turns_and_all_that_it_was_told_are_saved(store: SqliteStore) -> None:
    for kill_after in range(10):
        process = writer(store._path, f"own{kill_after}", 10_000)
        assert process.stdout is not None
        acknowledged = -1
        for _ in range(kill_after * 7 + 1):
            acknowledged = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate(timeout=30)
        whole_lines = [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        if whole_lines:
            acknowledged = int(whole_lines[-1])
        conversation = await store.load(f"own{kill_after}")
        assert conversation.length >= acknowledged + 1
        assert [len(turn.messages) for turn in conversation.turns] == [2] * conversation.length
        length = await store.append(f"own{kill_after}", a_turn(), position=conversation.length)
        assert length == conversation.length + 1
    with sqlite3.connect(store._path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_a_lock_held_by_another_is_waited_for_off_the_event_loop(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db", busy_timeout_s=30)
    await store.append("c", a_turn())
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.ensure_future(store.append("c", a_turn()))
    for _ in range(100):  # the loop turns while the writer waits
        await asyncio.sleep(0)
    assert not waiting.done()
    assert (await store.load("c")).length == 1, "readers do not wait for writers"
    other.execute("COMMIT")
    other.close()
    assert await waiting == 2
    await store.aclose()


async def test_a_lock_held_for_too_long_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db", busy_timeout_s=0.05)
    await store.append("c", a_turn())
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"store\.db is locked by another process"):
        await store.append("c", a_turn())
    other.execute("ROLLBACK")
    other.close()
    assert await store.append("c", a_turn()) == 2, "the store must work on once the lock is gone"
    await store.aclose()


async def test_a_full_disk_loses_only_what_does_not_fit(store: SqliteStore) -> None:
    await store.append("c", a_turn())

    def bound(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    await store._write(bound)
    with pytest.raises(StoreError, match="the disk is full") as caught:
        await store.put_artifact("c", "big", os.urandom(200_000))
    assert "make room" in str(caught.value)
    assert (await store.load("c")).length == 1

    await store._write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchone())
    assert await store.put_artifact("c", "big", os.urandom(200_000)) == 1


def as_nobody(work: Callable[[], str]) -> str:
    """Runs `work` in a forked process that may not write what root wrote; returns what it returns."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.seteuid(65534)
            os.write(writing, work().encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return pipe.read()


def test_a_file_that_may_not_be_written_says_so() -> None:
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are closed to nobody
    path = folder / "store.db"

    async def one_turn() -> str:
        store = SqliteStore(path)
        try:
            await store.append("c", a_turn())
        except StoreError as error:
            return str(error)
        finally:
            await store.aclose()
        return "written"

    try:
        assert asyncio.run(one_turn()) == "written"
        path.chmod(0o444)
        folder.chmod(0o555)
        said = as_nobody(lambda: asyncio.run(one_turn()))
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
    assert said.startswith(f"the store {path} is read-only (make the file and its folder writable")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"this is a diary, not a database, and rather long at that" * 40, "is no database")],
)
async def test_a_file_that_is_none_says_so_and_is_left_alone(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "diary.txt"
    path.write_bytes(content)
    store = SqliteStore(path)
    with pytest.raises(StoreError, match=message):
        await store.append("c", a_turn())
    with pytest.raises(StoreError, match=message):
        await store.load("c")
    await store.aclose()
    assert path.read_bytes() == content


async def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SqliteStore(tmp_path / "file" / "store.db")
    with pytest.raises(StoreError, match="cannot make the folder"):
        await store.append("c", a_turn())
    await store.aclose()


async def test_a_schema_newer_than_the_code_is_refused_and_untouched(store: SqliteStore) -> None:
    await store.append("c", a_turn())
    await store.aclose()
    with sqlite3.connect(store._path) as connection:
        connection.execute(sql.SET_VERSION, (sql.VERSION + 1,))
    connection.close()
    newer = SqliteStore(store._path)
    with pytest.raises(StoreError, match="knows up to"):
        await newer.append("c", a_turn())
    with pytest.raises(StoreError, match="upgrade llm-harness"):
        await newer.load("c")
    await newer.aclose()


async def test_a_turn_that_is_torn_says_which(store: SqliteStore) -> None:
    await store.append("c", a_turn())
    await store._write(lambda c: c.execute('UPDATE turns SET body = \'{"v":1,"run\'').rowcount)
    with pytest.raises(StoreError, match="turn 0 of conversation 'c'"):
        await store.load("c")


async def test_a_cancelled_write_that_was_begun_is_finished(store: SqliteStore) -> None:
    began, release = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(connection: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(began.set)
        release.wait(10)
        connection.execute(sql.PUT_ARTIFACT, ("c", "n", "text/plain", b"1", None))

    writing = asyncio.ensure_future(store._write(slow))
    await began.wait()
    writing.cancel()
    release.set()
    await asyncio.wait([writing])
    await store.append("c", a_turn())  # one writer, so this comes after
    assert await store.list_artifacts("c") == ["n"]
