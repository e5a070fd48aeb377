"""The to-do list of a conversation, kept in its store.

Four flat tools, and not one with an `action`: each has just the parameters that it needs, so its schema says what is
required, and a model has no combination of fields to get wrong.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, TypedDict

import orjson

from harness.adapters.tools.python import tool
from harness.domain.errors import ConversationConflict, ToolError
from harness.domain.failures import ToolErrorKind
from harness.ports.tool import RunContext, Tool

ARTIFACT = "todo"
"""The artifact's name; its data is `{"next_id": int, "items": [Item, …]}`."""
MAX_ITEMS = 1_000
MAX_TEXT = 2_000
_LONGEST_PAUSE_S = 0.05


class Item(TypedDict):
    """One thing to do. Ids are never used again."""

    id: int
    text: str
    done: bool


class _List(TypedDict):
    next_id: int
    items: list[dict[str, Any]]


@tool(side_effects=True)
async def todo_add(text: str, ctx: RunContext) -> dict[str, Any]:
    """Add one item to the user's to-do list and return it with its id. For several items, call it several times.

    Args:
        text: What is to be done, in a few words.
    """
    text = " ".join(text.split())
    if not text:
        raise _refusal("todo_add", "the text of an item may not be empty")
    if len(text) > MAX_TEXT:
        raise _refusal("todo_add", f"the text of an item may have at most {MAX_TEXT} characters")

    def add(todo: _List) -> Item:
        for item in todo["items"]:
            # The same call, tried again after its answer was lost: it is on the list already.
            if item.get("key") == ctx.idempotency_key and item["text"] == text:
                return _shown(item)
        if len(todo["items"]) >= MAX_ITEMS:
            raise ToolError(f"the list is full: it has {MAX_ITEMS} items", tool="todo_add", remedy="remove some first")
        item = {"id": todo["next_id"], "text": text, "done": False, "key": ctx.idempotency_key}
        todo["next_id"] += 1
        todo["items"].append(item)
        return _shown(item)

    return dict(await _change(ctx, add))


@tool(idempotent=True, side_effects=False)
async def todo_list(ctx: RunContext) -> dict[str, Any]:
    """Return the user's whole to-do list: each item with its id, its text and whether it is done."""
    todo, _ = await _load(ctx)
    items = [_shown(item) for item in todo["items"]]
    return {"items": items, "open": sum(not item["done"] for item in items)}


@tool(idempotent=True, side_effects=True)
async def todo_complete(item: str, ctx: RunContext) -> dict[str, Any]:
    """Mark an item of the to-do list as done.

    Args:
        item: The item's id, such as "2", or its text.
    """

    def complete(todo: _List) -> Item:
        found = _find(todo, item, "todo_complete")
        found["done"] = True
        return _shown(found)

    return dict(await _change(ctx, complete))


@tool(side_effects=True)
async def todo_remove(item: str, ctx: RunContext) -> dict[str, Any]:
    """Take an item off the to-do list for good, done or not.

    Args:
        item: The item's id, such as "2", or its text.
    """

    def remove(todo: _List) -> Item:
        found = _find(todo, item, "todo_remove")
        todo["items"].remove(found)
        return _shown(found)

    return {"removed": await _change(ctx, remove)}


def make_tools() -> tuple[Tool, ...]:
    """Returns todo_add, todo_list, todo_complete and todo_remove."""
    return (todo_add, todo_list, todo_complete, todo_remove)


async def _load(ctx: RunContext) -> tuple[_List, int]:
    """Returns the list and the version it has in the store, 0 for none."""
    artifact = await ctx.store.get_artifact(ctx.conversation_id, ARTIFACT)
    if artifact is None:
        return {"next_id": 1, "items": []}, 0
    try:
        todo = orjson.loads(artifact.data)
        items = [{**item, "id": int(item["id"]), "text": str(item["text"])} for item in todo["items"]]
        return {"next_id": int(todo["next_id"]), "items": items}, artifact.version
    except (ValueError, TypeError, KeyError):
        raise ToolError(
            "what the conversation keeps as its to-do list is no to-do list", remedy=f"delete the artifact {ARTIFACT!r}"
        ) from None


async def _change(ctx: RunContext, change: Callable[[_List], Item]) -> Item:
    """Reads, changes and writes the list as one step: where another writer came between, does it all again.

    Somebody's write succeeds in every round, so this ends; the run's deadline bounds it besides.
    """
    pause_s = 0.001
    while True:
        todo, version = await _load(ctx)
        before = orjson.dumps(todo)
        result = change(todo)
        after = orjson.dumps(todo)
        if after == before:
            return result
        try:
            await ctx.store.put_artifact(ctx.conversation_id, ARTIFACT, after, if_version=version)
        except ConversationConflict:
            await asyncio.sleep(random.uniform(0, pause_s))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        else:
            return result


def _find(todo: _List, wanted: str, name: str) -> dict[str, Any]:
    """The item of that id, else of that text, else the only one with that text in its own."""
    items = todo["items"]
    text = " ".join(wanted.split()).casefold()
    number = text.lstrip("#")
    candidates = [item for item in items if number.isdecimal() and item["id"] == int(number)]
    candidates = candidates or [item for item in items if item["text"].casefold() == text]
    candidates = candidates or [item for item in items if text and text in item["text"].casefold()]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise _refusal(name, f"{wanted!r} could be any of {_named(candidates)}; give the id")
    raise _refusal(name, f"there is no item {wanted!r}; there are: {_named(items) or 'none'}")


def _named(items: list[dict[str, Any]]) -> str:
    shown = ", ".join(f"{item['id']} ({item['text'][:40]})" for item in items[:10])
    return f"{shown} and {len(items) - 10} more" if len(items) > 10 else shown


def _shown(item: dict[str, Any]) -> Item:
    return {"id": item["id"], "text": item["text"], "done": bool(item.get("done"))}


def _refusal(name: str, text: str) -> ToolError:
    return ToolError(text, tool=name, kind=ToolErrorKind.INVALID_ARGUMENTS)
