"""The law of the stream parser: however an answer is cut, the events amount to what the whole-text call says."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.parsing import (
    ReasoningDelta,
    StreamParser,
    TextDelta,
    TextWasReasoning,
    ToolCallArgumentsDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolSet,
    extract_tool_calls,
    prepare_tools,
    tool_call_formats,
)

TOOLS = prepare_tools(
    [
        {"name": "f", "parameters": {"properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}},
        {"name": "get_weather", "parameters": {"properties": {"city": {"type": "string"}}}},
    ]
)

PIECES = [
    *("a", "é", "😀", " ", "\n", "\n\n", "'", '"', "\\", "`", "```", "```json\n", "```tool_code\n", "<", ">", "[", "]"),
    *("{", "}", "(", ")", ",", ";", ": ", "=", "1", "f", "get_weather", "f(", "a=1", "s='x'", "f({", "Action: f\n"),
    *("Action Input: ", "Action:", "to=f", "</s>", "<think>", "</think>", "[THINK]", "[/THINK]", "functools["),
    *('{"name": "f", "arguments": {"a": 1}}', '{"name": "get_weather", "parameters": {"city": "', '"arguments": {'),
    *("<tool_call>", "</tool_call>", "<tool_calls>", "</tool_calls>", "<function=f>", "</function>", "<tool_sep>"),
    *("<parameter=s>", "</parameter>", '<invoke name="f">', "</invoke>", '<parameter name="a">', "<![CDATA[", "]]>"),
    *("<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>", '<function name="f">', '<param name="a">', "</param>"),
    *("<|tool_call|>", "<|tool_call>", "call:f{", "a:1", '<|"|>', "<tool_call|>", "<|python_tag|>", "<function_call>"),
    *("<|tool_call_start|>", "<|tool_call_end|>", "<|python_start|>", "<|python_end|>", "[f(a=1)]", "<function_calls>"),
    *("[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[Calling tool: f(", "<|channel|>", "analysis", "commentary to=f"),
    *("<|message|>", "<|call|>", "<|end|>", "<|start|>assistant", "<｜DSML｜invoke name=", "<｜tool▁call▁begin｜>"),
    *("<｜tool▁sep｜>", "<｜tool▁call▁end｜>", "<|tool_call_begin|>", "<|tool_call_argument_begin|>", "functions.f:0"),
    *("]<]minimax[>[", '<|open|>call tool="f"<|sep|>', '<|open|>argument key="a" type="number"<|sep|>', "<|close|>"),
]

texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=24).map("".join)


def amount(events: list[Any]) -> dict[str, Any]:
    """What events amount to."""
    text = reasoning = ""
    arguments: dict[int, str] = {}
    started, calls = [], []
    for event in events:
        match event:
            case TextDelta(piece):
                text += piece
            case ReasoningDelta(piece):
                reasoning += piece
            case TextWasReasoning():
                text, reasoning = "", reasoning + text
            case ToolCallStarted(index, name):
                started.append((index, name))
            case ToolCallArgumentsDelta(index, piece):
                arguments[index] = arguments.get(index, "") + piece
            case ToolCallReady(index, call):
                assert started[-1] == (index, call.name)
                calls.append(call)
            case _:
                pytest.fail(f"{event!r}")
    assert len(started) == len(calls)
    return {"text": text, "reasoning": reasoning, "calls": calls, "arguments": arguments}


def stream(chunks: Sequence[str | bytes], tools: ToolSet | None, name: str = "auto") -> dict[str, Any]:
    parser = StreamParser(tools, name)
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return amount(events + parser.finish()) | {"format": parser.format}


@settings(max_examples=300, deadline=None)
@given(texts, st.booleans(), st.lists(st.integers(0, 200), max_size=8))
def test_every_cut_amounts_to_the_whole(text, with_tools, places):
    tools = TOOLS if with_tools else None
    whole = extract_tool_calls(text, tools=tools)
    at_once = stream([text], tools)
    assert list(whole.calls) == at_once["calls"]
    assert (whole.text, whole.reasoning, whole.format) == (at_once["text"], at_once["reasoning"], at_once["format"])
    assert all(call.name for call in whole.calls)
    assert stream(list(text), tools) == at_once
    cuts = [0, *sorted(min(place, len(text)) for place in places), len(text)]
    assert stream([text[a:b] for a, b in pairwise(cuts)], tools) == at_once


@settings(max_examples=100, deadline=None)
@given(texts, st.sampled_from(tool_call_formats()))
def test_a_forced_format_keeps_the_law(text, name):
    assert stream(list(text), TOOLS, name) == stream([text], TOOLS, name)


@settings(max_examples=100, deadline=None)
@given(texts)
def test_told_arguments_are_the_arguments(text):
    told = stream(list(text), TOOLS)
    for index, call in enumerate(told["calls"]):
        if not call.repairs:
            assert json.loads(told["arguments"][index]) == call.arguments


@given(st.text(max_size=200))
def test_text_without_markers_comes_through_whole(text):
    plain = "".join(character for character in text if character.isalnum() or character in " .,!?")
    assert stream(list(plain), None)["text"] == plain.rstrip("\n")


@given(st.text(max_size=60), st.integers(1, 5))
def test_bytes_and_surrogates_may_be_cut_anywhere(text, size):
    whole = stream([text], None)
    data = text.encode()
    assert stream([data[at : at + size] for at in range(0, len(data), size)], None) == whole
    halves = text.encode("utf-16-le")
    pieces = [halves[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(halves), 2)]
    assert stream(pieces, None) == whole


def test_what_is_no_text_becomes_the_replacement_character():
    assert stream([b"a\xc3", b"b", b"\xc3"], None)["text"] == "a\ufffdb\ufffd"
    assert stream(["a\ud83d", "b\ud83d"], None)["text"] == "a\ufffdb\ufffd"


def test_a_closing_fence_that_still_grows_is_waited_for():
    assert stream(list("```\n````</s>"), None) == stream(["```\n````</s>"], None)
    text = "```\n" + "`" * 200_000  # and not looked at again with every piece
    assert stream([text[at : at + 7] for at in range(0, len(text), 7)], None)["text"] == text
