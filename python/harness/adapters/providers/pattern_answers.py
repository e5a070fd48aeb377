"""What the pattern provider says: about the results of its steps, and about what it can do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.adapters.providers.pattern_plan import Step
from harness.domain.tools import ToolResult, ToolSpec

_MOST_TEXT = 4_000
_MOST_ENTRIES = 30

WHAT_IT_IS = (
    "I am the built-in offline planner, not a language model: "
    "I recognise a few kinds of requests and answer them by calling tools."
)


def abilities(tools: Sequence[ToolSpec]) -> str:
    """Returns what can be asked, from the tools that are offered."""
    if not tools:
        return "No tools are registered, so there is nothing that I can do."
    names = {tool.name for tool in tools}
    known = [
        ({"calculator"}, "sums (“what is (2+3)*7?”)"),
        ({"todo_add", "todo_list"}, "the to-do list (“add buy milk to my to-do list”, “show the list”)"),
        ({"current_time"}, "the time (“what time is it in Tokyo?”)"),
        ({"list_files", "read_file"}, "files (“list the files in docs”, “read notes.txt”)"),
    ]
    can = [text for needed, text in known if needed <= names]
    builtin = {"calculator", "todo_add", "todo_list", "todo_complete", "todo_remove", "current_time", "list_files",
               "read_file", "file_info"}  # fmt: skip
    others = [tool for tool in tools if tool.name not in builtin]
    if others:
        shown = ", ".join(_usage(tool) for tool in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        can.append(f"calls of tools as you write them ({shown}{more})")
    return f"I can do {_listed(can)}, and several of them in a row." if can else "I know how to use none of the tools."


def answer(steps: Sequence[Step], results: Mapping[int, ToolResult], problems: Sequence[str]) -> str:
    """Returns a sentence for each step, those that add merged into one, and the problems after them."""
    said: list[str] = []
    added: list[str] = []
    for index, step in enumerate(steps):
        result = results.get(index)
        if step.kind == "add" and result is not None and not result.is_error:
            added.append(_item_text(result))
            continue
        said.extend(_added(added))
        added = []
        said.append(_sentence(step, result))
    said.extend(_added(added))
    return " ".join([*said, *problems]) if not any("\n" in each for each in said) else "\n".join([*said, *problems])


def value_of(result: ToolResult) -> str:
    """Returns what "the result" means of a tool's result: its text, or the value in its JSON."""
    value = _json(result.content)
    if isinstance(value, Mapping):
        for key in ("result", "value", "answer", "total", "text", "time"):
            if key in value:
                value = value[key]
                break
    if value is None or isinstance(value, Mapping | list):
        return result.content.strip()[:_MOST_TEXT]
    return _plain(value)


def _sentence(step: Step, result: ToolResult | None) -> str:
    if result is None:
        return f"I did not {_doing(step)}, because a step before it failed."
    if result.is_error:
        return f"I could not {_doing(step)}: {(result.error or result.content).strip().rstrip('.')}."
    value = _json(result.content)
    teller = _TELLERS.get(step.kind)
    told = teller(step, value, result) if teller is not None else None
    return told if told is not None else _told(step, value, result)


def _doing(step: Step) -> str:
    return {
        "sum": f"work out {step.shown}",
        "add": f"add {step.shown!r} to the to-do list",
        "list": "show the to-do list",
        "complete": f"complete {step.shown!r}",
        "remove": f"remove {step.shown!r}",
        "time": "tell the time",
        "files": f"list {step.shown}",
        "read": f"read {step.shown}",
        "info": f"look at {step.shown}",
    }.get(step.kind, f"call {step.tool}")


def _told(step: Step, value: Any, result: ToolResult) -> str:
    text = _plain(value) if value is not None else result.content.strip()
    if not text:
        return f"{step.tool} returned nothing."
    return f"{step.tool}: {_cut(text)}" if "\n" in text else f"{step.tool}: {_cut(text).rstrip('.')}."


def _tell_sum(step: Step, value: Any, result: ToolResult) -> str:
    shown = re.sub(r"(?<=[\w)])\s*([-+*/%])\s*(?=[\w(])", r" \1 ", step.shown.replace("ans", "the result"))
    shown = shown[0].upper() + shown[1:] if "the result" in shown else step.shown
    return f"{shown} = {value_of(result)}."


def _tell_list(step: Step, value: Any, result: ToolResult) -> str | None:
    items = value.get("items") if isinstance(value, Mapping) else value
    if not isinstance(items, list):
        return None
    if not items:
        return "Your to-do list is empty."
    lines = []
    for index, item in enumerate(items, 1):
        if isinstance(item, Mapping):
            done = " (done)" if item.get("done") or item.get("completed") else ""
            lines.append(f"{item.get('id', index)}. {item.get('text', item.get('title', _plain(item)))}{done}")
        else:
            lines.append(f"{index}. {_plain(item)}")
    return f"Your to-do list: {'; '.join(lines)}."


def _tell_complete(step: Step, value: Any, result: ToolResult) -> str:
    return f"Marked “{_item_text(result)}” as done."


def _tell_remove(step: Step, value: Any, result: ToolResult) -> str:
    return f"Removed “{_item_text(result)}” from your to-do list."


def _tell_time(step: Step, value: Any, result: ToolResult) -> str | None:
    if not isinstance(value, Mapping) or not {"clock", "weekday", "date", "timezone"} <= set(value):
        return f"It is {value_of(result)}."
    return f"It is {value['clock']} on {value['weekday']}, {value['date']} ({value['timezone']})."


def _tell_files(step: Step, value: Any, result: ToolResult) -> str | None:
    entries = value.get("entries") if isinstance(value, Mapping) else value
    if not isinstance(entries, list):
        return None
    where = "the folder" if step.shown == "." else step.shown
    if not entries:
        return f"There is nothing in {where}."
    shown = [_entry(entry) for entry in entries[:_MOST_ENTRIES]]
    more = f" and {len(entries) - _MOST_ENTRIES} more" if len(entries) > _MOST_ENTRIES else ""
    return f"In {where} there {'is' if len(entries) == 1 else 'are'} {', '.join(shown)}{more}."


def _entry(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return _plain(entry)
    size = f" ({entry['size']} bytes)" if "size" in entry else "/" if entry.get("kind") == "folder" else ""
    return f"{entry.get('name', _plain(entry))}{size}"


def _tell_read(step: Step, value: Any, result: ToolResult) -> str:
    text = result.content.rstrip("\n")
    return f"{step.shown} says:\n{_cut(text)}" if text else f"{step.shown} is empty."


def _tell_info(step: Step, value: Any, result: ToolResult) -> str | None:
    if not isinstance(value, Mapping) or not {"kind", "size", "changed"} <= set(value):
        return None
    return f"{step.shown} is a {value['kind']} of {value['size']} bytes, last changed at {value['changed']}."


_TELLERS = {
    "sum": _tell_sum,
    "list": _tell_list,
    "complete": _tell_complete,
    "remove": _tell_remove,
    "time": _tell_time,
    "files": _tell_files,
    "read": _tell_read,
    "info": _tell_info,
}


def _item_text(result: ToolResult) -> str:
    value = _json(result.content)
    if isinstance(value, Mapping):
        inner = value.get("removed", value)
        value = inner.get("text", inner.get("title")) if isinstance(inner, Mapping) else inner
    return _plain(value) if value is not None else result.content.strip()


def _added(items: Sequence[str]) -> list[str]:
    return [f"Added {_listed([f'“{item}”' for item in items])} to your to-do list."] if items else []


def _usage(tool: ToolSpec) -> str:
    return f"{tool.name}({', '.join(f'{key}=…' for key in tool.parameters.get('required', ()))})"


def _listed(items: Sequence[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else items[0]


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}… ({len(text) - _MOST_TEXT} characters more)"


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
