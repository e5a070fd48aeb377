"""The to-do list of a conversation."""

import asyncio
from typing import Any

import orjson
import pytest

from harness.adapters.stores.memory import MemoryStore
from harness.adapters.tools.todo import ARTIFACT, make_tools
from harness.domain.errors import ConversationConflict, ToolError
from harness.domain.messages import Artifact
from harness.ports.tool import RunContext, Tool
from harness.testing.contexts import run_context
from harness.testing.contracts.tool import ToolContract

TOOLS = {tool.spec.name: tool for tool in make_tools()}


async def use(store: Any, name: str, conversation_id: str = "c", **arguments: Any) -> Any:
    return await TOOLS[name].invoke(arguments, run_context(store, conversation_id=conversation_id))


class TestTodoAdd(ToolContract):
    @pytest.fixture
    def tool(self) -> Tool:
        return TOOLS["todo_add"]

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"text": "buy milk"}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"text": "  "}

    @pytest.fixture
    def context(self) -> RunContext:
        return run_context(MemoryStore())


class TestTodoList(TestTodoAdd):
    @pytest.fixture
    def tool(self) -> Tool:
        return TOOLS["todo_list"]

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"all": True}


async def test_a_list_from_first_to_last() -> None:
    store = MemoryStore()
    assert await use(store, "todo_list") == {"items": [], "open": 0}
    assert await use(store, "todo_add", text="buy milk") == {"id": 1, "text": "buy milk", "done": False}
    assert await use(store, "todo_add", text=" write\n home ") == {"id": 2, "text": "write home", "done": False}
    assert await use(store, "todo_add", text=35) == {"id": 3, "text": "35", "done": False}
    assert await use(store, "todo_complete", item="Buy Milk") == {"id": 1, "text": "buy milk", "done": True}
    assert await use(store, "todo_remove", item="#2") == {"removed": {"id": 2, "text": "write home", "done": False}}
    assert await use(store, "todo_add", text="new") == {"id": 4, "text": "new", "done": False}
    assert await use(store, "todo_list") == {
        "items": [
            {"id": 1, "text": "buy milk", "done": True},
            {"id": 3, "text": "35", "done": False},
            {"id": 4, "text": "new", "done": False},
        ],
        "open": 2,
    }
    assert await use(store, "todo_list", conversation_id="another") == {"items": [], "open": 0}


@pytest.mark.parametrize(("item", "text"), [("1", "35"), (1, "35"), ("#1", "35"), ("35", "35"), ("MILK", "buy milk")])
async def test_items_are_found_by_id_by_text_and_by_a_part_of_it(item: Any, text: str) -> None:
    store = MemoryStore()
    await use(store, "todo_add", text="35")
    await use(store, "todo_add", text="buy milk")
    assert (await use(store, "todo_complete", item=item))["text"] == text


async def test_what_is_not_there_or_not_clear_is_told() -> None:
    store = MemoryStore()
    with pytest.raises(ToolError, match="there are: none"):
        await use(store, "todo_complete", item="milk")
    await use(store, "todo_add", text="buy milk")
    await use(store, "todo_add", text="buy bread")
    with pytest.raises(ToolError, match=r"no item 'tea'; there are: 1 \(buy milk\), 2 \(buy bread\)"):
        await use(store, "todo_remove", item="tea")
    with pytest.raises(ToolError, match="could be any of"):
        await use(store, "todo_remove", item="buy")
    with pytest.raises(ToolError, match="at most 2000 characters"):
        await use(store, "todo_add", text="x" * 2_001)


async def test_calls_side_by_side_lose_nothing() -> None:
    store = MemoryStore()
    await asyncio.gather(*(use(store, "todo_add", text=f"item {i}") for i in range(100)))
    items = (await use(store, "todo_list"))["items"]
    assert [item["id"] for item in items] == list(range(1, 101))
    assert {item["text"] for item in items} == {f"item {i}" for i in range(100)}


class InterferingStore(MemoryStore):
    """Another process writes between a read and a write, the first few times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.conflicts = 0

    async def get_artifact(self, conversation_id: str, name: str) -> Artifact | None:
        artifact = await super().get_artifact(conversation_id, name)
        if self.times:
            times, self.times = self.times, 0
            await use(self, "todo_add", conversation_id, text=f"theirs {times}")
            self.times = times - 1
        return artifact

    async def put_artifact(self, *args: Any, **kwargs: Any) -> int:
        try:
            return await super().put_artifact(*args, **kwargs)
        except ConversationConflict:
            self.conflicts += 1
            raise


async def test_another_writer_between_read_and_write_loses_nothing() -> None:
    store = InterferingStore(3)
    await use(store, "todo_add", text="mine")
    texts = {item["text"] for item in (await use(store, "todo_list"))["items"]}
    assert texts == {"mine", "theirs 3", "theirs 2", "theirs 1"}
    assert store.conflicts == 3


async def test_the_same_call_tried_again_adds_nothing_twice() -> None:
    store = MemoryStore()
    context = run_context(store)
    for _ in range(3):
        assert (await TOOLS["todo_add"].invoke({"text": "once"}, context))["id"] == 1
    assert (await TOOLS["todo_add"].invoke({"text": "other"}, context))["id"] == 2


async def test_a_list_that_is_none_is_told_and_left_alone() -> None:
    store = MemoryStore()
    await store.put_artifact("c", ARTIFACT, b"[1, 2")
    with pytest.raises(ToolError, match="no to-do list"):
        await use(store, "todo_add", text="x")
    artifact = await store.get_artifact("c", ARTIFACT)
    assert artifact is not None
    assert artifact.data == b"[1, 2"


async def test_the_list_is_bounded() -> None:
    store = MemoryStore()
    items = [{"id": i, "text": "x", "done": False} for i in range(1_000)]
    await store.put_artifact("c", ARTIFACT, orjson.dumps({"next_id": 1_000, "items": items}))
    with pytest.raises(ToolError, match="the list is full"):
        await use(store, "todo_add", text="one more")
