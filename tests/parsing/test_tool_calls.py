"""Tool calls out of whole answers and out of chunks, through the Python face."""

from pathlib import Path

import pytest

from harness.domain.errors import InputError
from harness.domain.tools import ToolSpec
from harness.parsing import (
    ParseError,
    ReasoningDelta,
    StreamParser,
    TextDelta,
    ToolCallArgumentsDelta,
    ToolCallReady,
    ToolCallStarted,
    extract_tool_calls,
    prepare_tools,
    tool_call_formats,
)

HERMES = '<think>é</think>Sure.\n<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'


def test_a_whole_answer():
    found = extract_tool_calls(HERMES)
    assert [(call.name, call.arguments) for call in found.calls] == [("f", {"a": 1})]
    assert (found.text, found.reasoning, found.format) == ("Sure.\n", "é", "hermes_json")
    start, end = found.calls[0].span
    assert HERMES[start:end] == '{"name": "f", "arguments": {"a": 1}}'
    assert found.repairs == ()


def test_what_was_mended_has_its_place():
    text = "é <tool_call>{'name': 'f', 'arguments': {'a': 1,}}</tool_call>"
    found = extract_tool_calls(text)
    assert found.calls[0].arguments == {"a": 1}
    assert {text[repair.position] for repair in found.repairs if repair.kind == "odd_quote"} == {"'"}


def test_events_come_as_soon_as_they_can():
    parser = StreamParser()
    assert parser.feed("Sure.\n<tool") == [TextDelta("Sure.\n")]
    assert parser.feed('_call>{"name": "f", "arg') == []
    assert parser.feed('uments": {"a"') == [ToolCallStarted(0, "f"), ToolCallArgumentsDelta(0, '{"a"')]
    assert parser.feed(": 1}") == [ToolCallArgumentsDelta(0, ": 1}")]
    (ready,) = parser.feed("}")
    match ready:
        case ToolCallReady(0, call):
            assert call.arguments == {"a": 1}
        case _:
            pytest.fail(f"{ready!r}")
    assert parser.feed("</tool_call>") == parser.finish() == parser.feed("more") == []
    assert parser.format == "hermes_json"


def test_reasoning_comes_in_pieces():
    parser = StreamParser()
    assert parser.feed("<think>a</th") == [ReasoningDelta("a")]
    assert parser.feed("is</think>b") == [ReasoningDelta("</this"), TextDelta("b")]


def test_tools_in_every_shape_are_prepared_once():
    schema = {"type": "object", "properties": {}}
    for tool in (
        ToolSpec(name="f", parameters=schema),
        {"name": "f", "parameters": schema},
        {"type": "function", "function": {"name": "f", "parameters": schema}},
    ):
        prepared = prepare_tools([tool])
        assert prepare_tools(prepared) is prepared
        assert len(extract_tool_calls(HERMES, tools=prepared).calls) == 1


def test_what_cannot_be_read_is_said():
    with pytest.raises(InputError, match="no tool-call format 'xml'"):
        extract_tool_calls("", format="xml")
    with pytest.raises(InputError, match="cannot be written as JSON"):
        extract_tool_calls("", tools=[{"name": object}])
    with pytest.raises(ParseError):
        extract_tool_calls(3)  # type: ignore[arg-type]


def test_every_format_is_in_the_documentation():
    text = (Path(__file__).parents[2] / "docs" / "tool-calls.md").read_text(encoding="utf-8")
    named = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    listed = [name for name in named if "(" not in name]
    assert sorted(listed) == sorted(tool_call_formats())


def test_an_end_of_reasoning_without_a_beginning_makes_reasoning_of_what_came_before():
    found = extract_tool_calls("First.</think>Then.</think>Last.")
    assert (found.reasoning, found.text) == ("First.", "Then.Last.")
    found = extract_tool_calls("<think>First.</think>Then.</think>Last.")
    assert (found.reasoning, found.text) == ("First.", "Then.Last.")
