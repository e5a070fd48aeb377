"""The law of the stream: however a text is cut, the events amount to what the whole-text call says."""

from typing import Any

from common import fuzz, text_of, written
from extract import FORMATS, TOOLS

from harness.parsing import (
    PartialValue,
    ReasoningDelta,
    StreamParser,
    TextDelta,
    TextWasReasoning,
    ToolCallReady,
    extract_tool_calls,
    repair_json,
)

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}


def amount(events: list[Any]) -> tuple[list[Any], str, str]:
    """Calls, text and reasoning that events amount to."""
    calls, text, reasoning = [], "", ""
    for event in events:
        match event:
            case TextDelta(piece):
                text += piece
            case ReasoningDelta(piece):
                reasoning += piece
            case TextWasReasoning():
                text, reasoning = "", reasoning + text
            case ToolCallReady(_, call):
                calls.append(call)
    return calls, text, reasoning


def check(data: bytes) -> None:
    """One text, cut in pieces of one size, which the first two bytes choose with format and tools."""
    if len(data) < 2:
        return
    name = FORMATS[data[0] % len(FORMATS)]
    tools = TOOLS if data[0] & 0x80 else None
    size = 1 + data[1] % 16
    text = text_of(data[2:])
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    parser = StreamParser(tools, name)
    events = [event for piece in pieces for event in parser.feed(piece)] + parser.finish()
    whole = extract_tool_calls(text, tools=tools, format=name)
    assert amount(events) == (list(whole.calls), whole.text, whole.reasoning)
    assert parser.format == whole.format
    if data[1] & 0x80:
        structured(pieces)


def structured(pieces: list[str]) -> None:
    """The answer as a value that is being written: the last value is what repair makes of the text."""
    parser = StreamParser(schema=SCHEMA)
    events = [event for piece in pieces for event in parser.feed(piece)] + parser.finish()
    values = [event for event in events if isinstance(event, PartialValue)]
    for event in values:
        written(event.value)
    if values and values[-1].complete:
        text = amount(events)[1]
        assert written(values[-1].value) == written(repair_json(text, schema=SCHEMA))


if __name__ == "__main__":
    fuzz(check)
