"""Tool calls: any text, any format, with and without tools: calls have names, arguments are JSON, spans lie inside."""

from common import fuzz, text_of, written

from harness.parsing import extract_tool_calls, prepare_tools, tool_call_formats

TOOLS = prepare_tools(
    [
        {"name": "f", "parameters": {"properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}},
        {"name": "get_weather", "parameters": {"properties": {"city": {"type": "string"}}}},
    ]
)
FORMATS = ("auto", *tool_call_formats())


def check(data: bytes) -> None:
    """Hold the laws of extraction for one text."""
    if not data:
        return
    name = FORMATS[data[0] % len(FORMATS)]
    tools = TOOLS if data[0] & 0x80 else None
    text = text_of(data[1:])
    found = extract_tool_calls(text, tools=tools, format=name)
    assert (found.format is None) == (not found.calls)
    for call in found.calls:
        assert call.name, "a call has a name"
        written(call.arguments)
    found.text.encode()
    found.reasoning.encode()
    assert all(0 <= repair.position <= len(text) for repair in found.repairs)


if __name__ == "__main__":
    fuzz(check)
