"""What every `ConversationStore` must keep."""

from __future__ import annotations

import asyncio

import pytest

from harness.domain.errors import ConversationConflict
from harness.domain.failures import ToolErrorKind
from harness.domain.messages import ImagePart, Message, ReasoningPart, Role, TextPart, Turn
from harness.domain.tools import ToolCall, ToolResult
from harness.domain.usage import Usage
from harness.ports.conversations import ConversationStore


def a_turn(number: int = 0) -> Turn:
    """Returns a turn whose texts hold `number`."""
    return Turn(
        f"run_{number}", (Message.user(f"question {number}"), Message.assistant(f"answer {number}")), Usage(1, 2)
    )


RICH = Turn(
    "run_rich",
    (
        Message.user("Zwölf 🙂 \x00 \u2028 ' \" \\", ImagePart(data=b"\x89PNG\x00\xff", media_type="image/png")),
        Message(
            Role.ASSISTANT,
            (
                ReasoningPart("let me think", "sig=="),
                TextPart("looking"),
                ToolCall("c1", "look", {"at": [1, {"b": None}], "x": 1.5, "ü": True}, '{"at": …}'),
                ToolCall("c2", "look", {}, '{"at": ', "the arguments are not valid JSON"),
            ),
        ),
        Message.tool(
            ToolResult("c1", "look", "a door", {"kept": "no"}, None, None, 12.5),
            ToolResult("c2", "look", "Error: bad", None, "bad", ToolErrorKind.INVALID_ARGUMENTS),
        ),
        Message.user("", ImagePart(url="https://example.org/a.png")),
        Message(Role.USER, (TextPart("keep this"),), pinned=True),
        Message.assistant("It is a door."),
    ),
    Usage(10, 5, 3, 2, 0.25),
    1_700_000_000.25,
)


class ConversationStoreContract:
    """Derive from it and give a fixture `store`: an empty one."""

    async def test_what_is_not_there_is_empty(self, store: ConversationStore) -> None:
        conversation = await store.load("nobody")
        assert (conversation.turns, conversation.length, conversation.messages) == ((), 0, ())
        assert await store.list_conversations() == []
        assert await store.delete("nobody") is False
        assert await store.get_artifact("nobody", "list") is None
        assert await store.list_artifacts("nobody") == []

    async def test_turns_come_back_in_order(self, store: ConversationStore) -> None:
        for number in range(5):
            assert await store.append("c", a_turn(number)) == number + 1
        conversation = await store.load("c")
        assert conversation.length == 5
        assert [turn.run_id for turn in conversation.turns] == [f"run_{number}" for number in range(5)]

    async def test_the_last_turns_alone_can_be_had(self, store: ConversationStore) -> None:
        for number in range(5):
            await store.append("c", a_turn(number))
        conversation = await store.load("c", last_turns=2)
        assert conversation.length == 5
        assert [turn.run_id for turn in conversation.turns] == ["run_3", "run_4"]
        assert (await store.load("c", last_turns=0)).turns == ()
        assert len((await store.load("c", last_turns=99)).turns) == 5

    async def test_every_part_comes_back_as_it_was(self, store: ConversationStore) -> None:
        await store.append("c", RICH)
        (turn,) = (await store.load("c")).turns
        assert turn == RICH
        assert turn.messages[2].tool_results[0].duration_ms == 12.5

    async def test_conversations_are_apart(self, store: ConversationStore) -> None:
        names = ["a", "A", "a ", "ä", "'; DROP TABLE turns; --", "x" * 300, "", "a/b", "%", "🙂"]
        for number, name in enumerate(names):
            await store.append(name, a_turn(number))
        for number, name in enumerate(names):
            (turn,) = (await store.load(name)).turns
            assert turn.run_id == f"run_{number}"
        assert await store.list_conversations() == list(reversed(names))
        assert await store.list_conversations(limit=2) == list(reversed(names))[:2]

    async def test_the_last_written_is_listed_first(self, store: ConversationStore) -> None:
        for name in ("a", "b", "a"):
            await store.append(name, a_turn())
        assert await store.list_conversations() == ["a", "b"]

    async def test_a_position_that_is_not_the_length_is_a_conflict_and_writes_nothing(
        self, store: ConversationStore
    ) -> None:
        assert await store.append("c", a_turn(0), position=0) == 1
        for position in (0, 2, 7):
            with pytest.raises(ConversationConflict):
                await store.append("c", a_turn(1), position=position)
        assert (await store.load("c")).length == 1
        assert await store.append("c", a_turn(1), position=1) == 2

    async def test_of_many_at_one_position_one_wins(self, store: ConversationStore) -> None:
        outcomes = await asyncio.gather(
            *[store.append("c", a_turn(number), position=0) for number in range(10)], return_exceptions=True
        )
        assert [outcome for outcome in outcomes if not isinstance(outcome, BaseException)] == [1]
        assert all(isinstance(each, ConversationConflict) for each in outcomes if isinstance(each, BaseException))
        assert (await store.load("c")).length == 1

    async def test_many_writers_lose_nothing(self, store: ConversationStore) -> None:
        lengths = await asyncio.gather(*[store.append(f"c{n % 5}", a_turn(n)) for n in range(100)])
        assert sorted(lengths) == sorted(list(range(1, 21)) * 5)
        for name in range(5):
            turns = (await store.load(f"c{name}")).turns
            assert sorted(int(turn.run_id[4:]) for turn in turns) == list(range(name, 100, 5))

    async def test_deleting_deletes_turns_and_artifacts_of_that_one_alone(self, store: ConversationStore) -> None:
        for name in ("a", "b"):
            await store.append(name, a_turn())
            await store.put_artifact(name, "list", b"[]")
        assert await store.delete("a") is True
        assert (await store.load("a")).length == 0
        assert await store.get_artifact("a", "list") is None
        assert (await store.load("b")).length == 1
        assert await store.get_artifact("b", "list") is not None
        assert await store.append("a", a_turn(), position=0) == 1

    async def test_artifacts_count_their_versions(self, store: ConversationStore) -> None:
        assert await store.put_artifact("c", "list", b"one", media_type="text/plain") == 1
        assert await store.put_artifact("c", "list", b"\x00\xff") == 2
        artifact = await store.get_artifact("c", "list")
        assert artifact is not None
        assert (artifact.name, artifact.data, artifact.media_type, artifact.version) == (
            "list",
            b"\x00\xff",
            "application/json",
            2,
        )
        await store.put_artifact("c", "another", b"")
        assert await store.list_artifacts("c") == ["another", "list"]

    async def test_an_artifact_is_written_only_over_the_version_that_was_read(self, store: ConversationStore) -> None:
        assert await store.put_artifact("c", "list", b"1", if_version=0) == 1
        for version in (0, 2):
            with pytest.raises(ConversationConflict):
                await store.put_artifact("c", "list", b"x", if_version=version)
        artifact = await store.get_artifact("c", "list")
        assert artifact is not None
        assert artifact.data == b"1"
        assert await store.put_artifact("c", "list", b"2", if_version=1) == 2

    async def test_counting_up_by_many_at_once_counts_them_all(self, store: ConversationStore) -> None:
        async def count_up() -> None:
            while True:
                artifact = await store.get_artifact("c", "n")
                number, version = (int(artifact.data), artifact.version) if artifact else (0, 0)
                try:
                    await store.put_artifact("c", "n", str(number + 1).encode(), if_version=version)
                except ConversationConflict:
                    continue
                return

        await asyncio.gather(*[count_up() for _ in range(10)])
        artifact = await store.get_artifact("c", "n")
        assert artifact is not None
        assert artifact.data == b"10"

    async def test_cancelling_a_writer_leaves_a_whole_turn_or_none(self, store: ConversationStore) -> None:
        for number in range(20):
            task = asyncio.ensure_future(store.append("c", a_turn(number)))
            for _ in range(number % 4):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        conversation = await store.load("c")
        assert conversation.length == len(conversation.turns)
        assert all(len(turn.messages) == 2 for turn in conversation.turns)
        # A write that had begun may land after its waiter has gone, but whole, and before what comes later.
        length = await store.append("c", a_turn(99))
        assert length >= conversation.length + 1
        assert (await store.load("c")).length == length

    async def test_closing_twice_is_closing_once(self, store: ConversationStore) -> None:
        await store.append("c", a_turn())
        await store.aclose()
        await store.aclose()
