"""Conversations on a real libSQL server: the contract, kills, refusals, concurrent writers, cancellation."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from harness.adapters.stores import sql
from harness.adapters.stores.hrana import HranaStore
from harness.adapters.stores.libsql import open_store
from harness.adapters.stores.libsql_client import ClientStore
from harness.domain.errors import ConfigError, ConversationConflict, StoreError
from harness.domain.messages import Message, Turn
from harness.domain.usage import Usage
from harness.ports.conversations import ConversationStore
from harness.testing.contracts.conversations import RICH, ConversationStoreContract, a_turn
from tests.adapters.stores.sqld import Sqld, free_port

pytestmark = pytest.mark.timeout(120)
# The first test key of RFC 8032, and a token that its secret half has signed: no secret.
PUBLIC_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
SIGNED_TOKEN = (
    "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJhIjoicncifQ."
    "rbPptJL8bOuuky-5CvWIKpb_4Mn2djBuQI_-npM2fqSsBMms_rzd-2r_q3Br7pS1H2Odq1lyVwe6pMP9ERjzCQ"
)
URLS: dict[str, Callable[[Sqld], str]] = {
    "hrana": lambda server: f"hrana+http://{server.http}",
    "http": lambda server: f"http://{server.http}",
    "websocket": lambda server: f"ws://{server.websocket}",
}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Sqld]:
    server = Sqld(tmp_path / "data")
    try:
        await server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(params=sorted(URLS))
def url(request: pytest.FixtureRequest, server: Sqld) -> str:
    return URLS[request.param](server)


@pytest.fixture
async def store(url: str) -> AsyncIterator[ConversationStore]:
    store = open_store(url)
    yield store
    await store.aclose()


class TestRemoteStore(ConversationStoreContract):
    """The contract, over every transport."""


async def test_a_conversation_goes_on_after_the_server_was_killed_and_started_again(
    store: ConversationStore, server: Sqld
) -> None:
    assert await store.append("c", RICH, position=0) == 1
    server.kill()
    with pytest.raises(StoreError) as caught:
        await store.load("c")
    assert caught.value.remedy
    await server.start()
    assert await store.append("c", a_turn(1), position=1) == 2
    assert (await store.load("c")).turns[0] == RICH


async def test_a_server_killed_during_writes_keeps_whole_turns_and_all_that_were_acknowledged(
    store: ConversationStore, server: Sqld
) -> None:
    acknowledged: list[int] = []
    some = asyncio.Event()

    async def write(number: int) -> None:
        for turn in range(number * 100, number * 100 + 100):
            await store.append("c", a_turn(turn))
            acknowledged.append(turn)
            if len(acknowledged) == 20:
                some.set()

    writers = [asyncio.ensure_future(write(number)) for number in range(4)]
    await some.wait()
    server.kill()
    outcomes = await asyncio.gather(*writers, return_exceptions=True)
    assert all(isinstance(each, StoreError) for each in outcomes)
    await server.start()
    conversation = await store.load("c")
    assert conversation.length == len(conversation.turns)
    found = [int(turn.run_id[4:]) for turn in conversation.turns]
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found)) <= len(acknowledged) + 4
    assert all(len(turn.messages) == 2 for turn in conversation.turns)


async def test_two_stores_lose_nothing_and_of_two_at_one_position_one_wins(url: str) -> None:
    one, two = open_store(url), open_store(url)
    try:
        lengths = await asyncio.gather(*[(one, two)[n % 2].append("c", a_turn(n)) for n in range(40)])
        assert sorted(lengths) == list(range(1, 41))
        outcomes = await asyncio.gather(
            *[each.append("c", a_turn(99), position=40) for each in (one, two)], return_exceptions=True
        )
        assert outcomes.count(41) == 1
        assert sum(isinstance(each, ConversationConflict) for each in outcomes) == 1
    finally:
        await one.aclose()
        await two.aclose()


async def test_a_conflict_changes_nothing_not_even_the_order_of_the_list(store: ConversationStore) -> None:
    await store.append("a", a_turn())
    await store.append("b", a_turn())
    for name in ("a", "new"):
        with pytest.raises(ConversationConflict):
            await store.append(name, a_turn(), position=7)
    assert await store.list_conversations() == ["b", "a"]


async def test_a_cancelled_write_leaves_the_database_free_for_the_next(url: str) -> None:
    one, two = open_store(url), open_store(url)
    try:
        await one.append("c", a_turn(0))
        for number in range(1, 30):
            task = asyncio.ensure_future(one.append("c", a_turn(number)))
            for _ in range(number):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            await two.append("other", a_turn(number))
    finally:
        await one.aclose()
        await two.aclose()
    third = open_store(url)
    conversation = await third.load("c")
    assert conversation.length == len(conversation.turns) >= 1
    assert (await third.load("other")).length == 29
    await third.aclose()


async def test_a_store_of_a_newer_version_is_refused(
    url: str, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append("c", a_turn())
    newer = open_store(url)
    monkeypatch.setattr(sql, "VERSION", 0)
    with pytest.raises(StoreError, match="schema version 1"):
        await newer.load("c")
    await newer.aclose()


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # from within libsql-client
async def test_a_conversation_larger_than_an_answer_may_be_is_read_in_parts(store: ConversationStore, url: str) -> None:
    for number in range(12):
        await store.append("c", Turn(f"run_{number}", (Message.user("x" * 1_000_000),), Usage()))
    if url.startswith("http:"):  # its HTTP API does not say that it is the size
        with pytest.raises(StoreError, match="HTTP status 500") as caught:
            await store.load("c")
        assert "limit on responses" in (caught.value.remedy or "")
        assert len((await store.load("c", last_turns=3)).turns) == 3
        return
    conversation = await store.load("c")
    assert conversation.length == 12
    assert [turn.run_id for turn in conversation.turns] == [f"run_{number}" for number in range(12)]
    last = (await store.load("c", last_turns=11)).turns
    assert last == conversation.turns[1:]


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_a_turn_larger_than_the_server_takes_is_refused_with_what_to_do(store: ConversationStore) -> None:
    with pytest.raises(StoreError) as caught:
        await store.append("c", Turn("run_0", (Message.user("x" * 5_000_000),), Usage()))
    assert caught.value.remedy == "store less in one turn or artifact"
    assert (await store.load("c")).length == 0


async def test_a_closed_store_says_so(store: ConversationStore) -> None:
    await store.aclose()
    with pytest.raises(StoreError, match="closed"):
        await store.load("c")


@pytest.mark.parametrize("scheme", sorted(URLS))
async def test_a_dead_port_is_named_with_what_to_do(scheme: str, tmp_path: Path) -> None:
    server = Sqld(tmp_path / "data")  # never started
    store = open_store(URLS[scheme](server), auth_token="s3cret")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1") as caught:
        await store.load("c")
    assert caught.value.remedy
    assert "s3cret" not in str(caught.value)
    await store.aclose()


@pytest.mark.parametrize("scheme", sorted(URLS))
@pytest.mark.parametrize("token", [None, "s3cret", "eyJhbGciOiJFZERTQSJ9.e30.c2VjcmV0"])
async def test_a_refused_token_is_named_and_not_shown(scheme: str, token: str | None, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(PUBLIC_KEY)
    server = Sqld(tmp_path / "data", "--auth-jwt-key-file", str(key))
    try:
        await server.start()
        store = open_store(URLS[scheme](server), auth_token=token)
        with pytest.raises(StoreError) as caught:
            await store.load("c")
        assert "auth_token" in (caught.value.remedy or "")
        assert token is None or token not in str(caught.value)
        await store.aclose()
        allowed = open_store(URLS[scheme](server), auth_token=SIGNED_TOKEN)
        assert await allowed.append("c", a_turn()) == 1
        await allowed.aclose()
    finally:
        server.kill()


def test_a_store_can_be_used_from_one_event_loop_after_another(url: str) -> None:
    store = open_store(url)
    assert [asyncio.run(store.append("c", a_turn(number))) for number in range(3)] == [1, 2, 3]
    asyncio.run(store.aclose())
    gc.collect()


@asynccontextmanager
async def answering(head: bytes, body: bytes) -> AsyncIterator[str]:
    """Serves one answer to every request; an empty head never answers."""
    end = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if head:
            writer.write(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        else:
            await end.wait()
        writer.close()

    port = free_port()
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        end.set()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", b"<html>hello</html>", "no Hrana"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", b'{"results": [7]}', "no Hrana"),
        (b"HTTP/1.1 404 Not Found\r\n", b"", "no Hrana"),
        (b"HTTP/1.1 403 Forbidden\r\n", b"no", "refused the token"),
        (b"HTTP/1.1 503 Busy\r\n", b"", "HTTP 503"),
    ],
)
async def test_answers_that_are_none_are_named_over_hrana(head: bytes, body: bytes, words: str) -> None:
    async with answering(head, body) as address:
        store = open_store(f"hrana+http://{address}")
        with pytest.raises(StoreError, match=words) as caught:
            await store.append("c", a_turn())
        assert caught.value.remedy
        assert address in str(caught.value)
        await store.aclose()


@pytest.mark.parametrize("scheme", ["ws", "http"])
@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", b"<html>hello</html>", "does not answer as"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", b'{"results": [7]}', "does not answer as"),
        (b"HTTP/1.1 404 Not Found\r\n", b"", "does not answer as"),
        (b"HTTP/1.1 403 Forbidden\r\n", b"no", "refused the token"),
    ],
)
async def test_answers_that_are_none_are_named_over_the_package(
    scheme: str, head: bytes, body: bytes, words: str
) -> None:
    async with answering(head, body) as address:
        store = open_store(f"{scheme}://{address}")
        with pytest.raises(StoreError, match=words) as caught:
            await store.append("c", a_turn())
        assert caught.value.remedy
        assert address in str(caught.value)
        await store.aclose()


@pytest.mark.parametrize(
    ("make", "scheme"), [(HranaStore, "http"), (ClientStore, "http"), (ClientStore, "ws")], ids=["hrana", "http", "ws"]
)
async def test_a_server_that_never_answers_is_given_up(make: type[HranaStore | ClientStore], scheme: str) -> None:
    before = asyncio.all_tasks()
    async with answering(b"", b"") as address:
        store = make(f"{scheme}://{address}", timeout_s=0.1)
        with pytest.raises(StoreError, match="did not answer within"):
            await store.append("c", a_turn())
        await store.aclose()
    left = {task for task in asyncio.all_tasks() - before if not task.done()}
    if left:
        await asyncio.wait(left, timeout=10)
    assert not [task for task in left if not task.done()]


@pytest.mark.parametrize(
    "url", ["libsql://", "libsql://user:s3cret@host", "https://host?authToken=s3cret", "libsq://h"]
)
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_store(url)
    assert caught.value.key == "url"


@pytest.mark.parametrize("scheme", ["ws", "wss", "http"])
def test_without_its_package_an_address_is_refused_with_what_to_install(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "harness.adapters.stores.libsql_client", raising=False)
    monkeypatch.setitem(sys.modules, "libsql_client", None)
    with pytest.raises(ConfigError) as caught:
        open_store(f"{scheme}://127.0.0.1:1")
    assert "pip install 'llm-harness[libsql]'" in (caught.value.remedy or "")
