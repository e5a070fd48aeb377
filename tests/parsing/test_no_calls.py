"""What is no call: prose, code, quoted examples, data, unknown names without a marker."""

import pytest

from harness.parsing import extract_tool_calls

F = '{"name": "f", "arguments": {"a": 1}}'
TOOLS = [{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}]

NEVER = [
    "Use the <tool_call> tag to call a tool.",
    f"Write `<tool_call>{F}</tool_call>` to call it.",
    f"```xml\n<tool_call>{F}</tool_call>\n```\nThat is the format.",
    f'He wrote "<tool_call>{F}</tool_call>" there.',
    "See [the docs](https://example.com/f(a=1)) and [1].",
    "The array was [1, 2, 3]; f(a=1) is 2.",
    "x = f(a=1)",
    "```python\nf(a=1)\nprint({'name': 'f'})\n```",
    '{"name": "Bob", "age": 30}',
    '{"answer": 42, "name": "f", "arguments": {}}',
    '[{"name": "Bob"}, {"name": "Eve"}]',
    '{"name": "f", "description": "adds", "parameters": {"type": "object", "properties": {"a": {}}}}',
    "Action: think first.\nAction items follow.",
    "function call conventions differ",
    "functools.reduce(f, [1])",
    "to=me or not to=me",
    "if a <b and c> d: <function> </function> <invoke> <parameter>",
    "[TOOL_CALLS] is Mistral's marker",
    "The JSON {name: f} is {broken",
    "",
    " \n ",
]


@pytest.mark.parametrize("text", NEVER)
@pytest.mark.parametrize("tools", [None, TOOLS])
def test_never_a_call(text, tools):
    found = extract_tool_calls(text, tools=tools)
    assert found.calls == ()
    assert (found.text, found.reasoning) == (text, "")


@pytest.mark.parametrize(
    "text", ['{"name": "g", "arguments": {}}', "[g(a=1)]", "g\n{}", 'g({"a": 1})', "Action: g\nAction Input: {}"]
)
def test_without_a_marker_only_known_names_are_called(text):
    assert extract_tool_calls(text, tools=TOOLS).calls == ()
    assert len(extract_tool_calls(text.replace("g", "f", 1), tools=TOOLS).calls) == 1


def test_with_a_marker_an_unknown_name_is_called():
    (call,) = extract_tool_calls('<tool_call>{"name": "g", "arguments": {}}</tool_call>', tools=TOOLS).calls
    assert call.name == "g"


def test_a_fenced_example_after_prose_is_no_call_unless_the_tool_is_known():
    text = f"For example:\n```json\n{F}\n```\n"
    assert extract_tool_calls(text).calls == ()
    assert len(extract_tool_calls(text, tools=TOOLS).calls) == 1


def test_what_a_call_repeats_without_its_marker_is_no_second_call():
    text = "<|tool_call_start|>[f(a=1)]<|tool_call_end|>[f(a=1)]"
    assert len(extract_tool_calls(text, tools=TOOLS).calls) == 1


def test_names_are_never_empty():
    for text in ('<tool_call>{"name": "", "arguments": {}}</tool_call>', "<function=></function>", "[TOOL_CALLS]{}"):
        assert extract_tool_calls(text).calls == ()


def test_a_name_that_the_end_cuts_off_is_not_known():
    assert extract_tool_calls('<tool_call>{"name": "get_wea').calls == ()
