"""A 10 KB answer that comes in pieces of 20 bytes, beside peers that read the whole again each time; and tool calls."""

from __future__ import annotations

import importlib
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from harness.parsing import PartialValue, StreamParser, ToolCallReady, extract_tool_calls, prepare_tools

TOOLS = [
    {
        "name": "search",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}},
        },
    }
]
CALL = {"name": "search", "arguments": {"query": "weather in Paris tomorrow", "limit": 5}}
PROSE = "The user asks for tomorrow's weather, so I will look it up and then say what to wear. "


def chunks(text: str, size: int = 20) -> list[str]:
    """The text in pieces."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def structured(pieces: list[str]) -> Any:
    """A structured answer: after each piece the value so far."""
    parser = StreamParser(schema={"type": "array"})
    value = None
    for piece in pieces:
        for event in parser.feed(piece):
            if isinstance(event, PartialValue):
                value = event.value
    for event in parser.finish():
        if isinstance(event, PartialValue):
            value = event.value
    return value


def with_call(pieces: list[str]) -> Any:
    """Text and a call: the events."""
    parser = StreamParser(TOOLS)
    events = [event for piece in pieces for event in parser.feed(piece)] + parser.finish()
    return [event.call.arguments for event in events if isinstance(event, ToolCallReady)]


def again(parse: Callable[[str], Any]) -> Callable[[list[str]], Any]:
    """What a parser without state has to do: all that has come, read again with each piece."""

    def run(pieces: list[str]) -> Any:
        text, value = "", None
        for piece in pieces:
            text += piece
            try:
                value = parse(text)
            except ValueError:
                continue
        return value

    return run


def _from_json(jiter: Any, text: str) -> Any:
    return jiter.from_json(text.encode(), partial_mode="trailing-strings")


def peers() -> dict[str, Callable[[list[str]], Any]]:
    """What is installed, by name."""
    found: dict[str, Callable[[list[str]], Any]] = {}
    for name in ("fast_json_repair", "json_repair", "jiter"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if name == "jiter":
            found[name] = again(partial(_from_json, module))
        else:
            found[name.replace("_", "-")] = again(module.loads)
    return found


def median(job: Callable[[], Any], rounds: int, calls: int = 1) -> float:
    """Microseconds a call."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(calls):
            job()
        times.append((time.perf_counter() - begun) / calls * 1e6)
    return statistics.median(times)


def streamed(rows: list[Any], rounds: int) -> dict[str, dict[str, Any]]:
    """The 10 KB answer, by parser: milliseconds in all, and whether the last value is right."""
    text = json.dumps(rows)
    pieces = chunks(text)
    found: dict[str, dict[str, Any]] = {}
    for name, run in {"harness": structured, **peers()}.items():
        slow = name == "json_repair"
        spent = median(lambda run=run: run(pieces), 1 if slow else rounds)
        found[name] = {"ms": round(spent / 1e3, 3), "right": run(pieces) == rows}
    answer = PROSE * (10_000 // len(PROSE)) + "<tool_call>" + json.dumps(CALL) + "</tool_call>"
    spent = median(lambda: with_call(chunks(answer)), rounds)
    right = with_call(chunks(answer)) == [CALL["arguments"]]
    found["harness, text and a call"] = {"ms": round(spent / 1e3, 3), "right": right}
    return found


def extracted(rounds: int) -> dict[str, dict[str, Any]]:
    """Calls out of 1 KB of text, by dialect: microseconds, and whether the call is right."""
    arguments = json.dumps(CALL["arguments"])
    shapes = {
        "hermes": f"<tool_call>{json.dumps(CALL)}</tool_call>",
        "qwen3-coder": "<tool_call><function=search><parameter=query>weather in Paris tomorrow</parameter>"
        "<parameter=limit>5</parameter></function></tool_call>",
        "mistral": f"[TOOL_CALLS]search[ARGS]{arguments}",
        "invoke": '<invoke name="search"><parameter name="query">weather in Paris tomorrow</parameter>'
        '<parameter name="limit">5</parameter></invoke>',
        "bare json": "\n" + json.dumps(CALL),
        "pythonic": '\n[search(query="weather in Paris tomorrow", limit=5)]',
    }
    found: dict[str, dict[str, Any]] = {}
    prepared = prepare_tools(TOOLS)
    for name, shape in shapes.items():
        text = PROSE * ((1000 - len(shape)) // len(PROSE)) + shape
        right = [call.arguments for call in extract_tool_calls(text, tools=prepared).calls] == [CALL["arguments"]]
        spent = median(lambda text=text: extract_tool_calls(text, tools=prepared), rounds, 2000)
        found[name] = {"us": round(spent, 2), "right": right}
    text = (PROSE * 12)[:1000]
    spent = median(lambda: extract_tool_calls(text, tools=prepared), rounds, 2000)
    found["no call"] = {"us": round(spent, 2), "right": not extract_tool_calls(text, tools=prepared).calls}
    return found


def show(streams: dict[str, dict[str, Any]], calls: dict[str, dict[str, Any]]) -> None:
    """Print both tables."""
    print("\n10 KB in pieces of 20 bytes, ms in all (* = the last value is wrong)")
    for name, row in streams.items():
        print(f"{name.ljust(28)}{row['ms']:>10}{'' if row['right'] else '*'}")
    print("\ntool calls from 1 KB of text, us (* = wrong)")
    for name, row in calls.items():
        print(f"{name.ljust(28)}{row['us']:>10}{'' if row['right'] else '*'}")
