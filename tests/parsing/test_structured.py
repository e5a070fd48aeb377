"""Structured answers and native calls through the stream parser."""

import copy
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.parsing import (
    PartialValue,
    StreamParser,
    ToolCallArgumentsDelta,
    ToolCallReady,
    ToolCallStarted,
    repair_json,
)

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "tags": {"type": "array"}, "n": {"type": "integer"}},
}


def values(chunks: list[str], schema: Any = SCHEMA) -> tuple[list[Any], Any]:
    """The values so far after each chunk, and the complete one."""
    parser = StreamParser(schema=schema)
    seen = []
    for chunk in chunks:
        for event in parser.feed(chunk):
            if isinstance(event, PartialValue):
                assert not event.complete
                seen.append(copy.deepcopy(event.value))
    last = [event for event in parser.finish() if isinstance(event, PartialValue)]
    assert all(event.complete for event in last)
    return seen, last[0].value if last else None


def test_the_value_grows():
    seen, last = values(['{"na', 'me": "A', 'nn", "ta', 'gs": ["x', 'y", "z"', '], "n": 1', "2}"])
    assert seen == [
        {},
        {"name": "A"},
        {"name": "Ann"},
        {"name": "Ann", "tags": ["x"]},
        {"name": "Ann", "tags": ["xy", "z"]},
        {"name": "Ann", "tags": ["xy", "z"]},
        {"name": "Ann", "tags": ["xy", "z"], "n": 12},
    ]
    assert last == seen[-1]


def test_the_complete_value_is_mended_and_coerced():
    text = 'Sure [really]: {"name": "Ann", "n": "5", "tags": "x"'
    seen, last = values(list(text))
    assert seen[-1]["n"] == "5"
    assert last == repair_json(text, schema=SCHEMA) == {"name": "Ann", "n": 5, "tags": ["x"]}


def test_json_that_has_to_be_mended_is_followed_too():
    text = '{"name": "' + "x" * 100 + "\", 'tags': ['a', 'b'], n: 1}"
    seen, last = values(list(text))
    assert any(value.get("tags") for value in seen)
    assert last == {"name": "x" * 100, "tags": ["a", "b"], "n": 1}


def test_data_that_looks_like_a_call_is_data_without_tools():
    text = '{"name": "f", "arguments": {"a": 1}}'
    parser = StreamParser(schema={"type": "object"})
    events = parser.feed(text) + parser.finish()
    assert not any(isinstance(event, ToolCallReady) for event in events)
    assert isinstance(events[-1], PartialValue)
    assert events[-1].value == json.loads(text)


def test_without_text_there_is_no_value():
    assert values([]) == ([], None)
    assert values(["  "]) == ([], None)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.lists(json_values) | st.dictionaries(st.text(), json_values), st.booleans(), st.integers(1, 9))
def test_strict_json_comes_out_as_it_is_however_it_is_cut(value, ascii_only, size):
    text = json.dumps(value, ensure_ascii=ascii_only) + "\n"  # a bracket at the very end may begin a marker
    seen, last = values([text[at : at + size] for at in range(0, len(text), size)], schema={})
    assert seen[-1] == last == json.loads(text)


@settings(deadline=None)
@given(st.dictionaries(st.text(), json_values), st.lists(st.integers(0, 100), max_size=6))
def test_native_calls_are_told_however_they_are_cut(arguments, places):
    text = json.dumps(arguments)
    cuts = sorted({0, len(text), *(min(place, len(text)) for place in places)})
    parser = StreamParser()
    events = parser.feed_call(7, id="c1", name="f")
    for start, end in pairwise(cuts):
        events += parser.feed_call(7, arguments=text[start:end])
    assert events[0] == ToolCallStarted(0, "f")
    assert "".join(event.json for event in events if isinstance(event, ToolCallArgumentsDelta)) == text
    match events[-1]:
        case ToolCallReady(0, call):
            assert (call.name, call.arguments, call.id) == ("f", arguments, "c1")
        case _:
            pytest.fail(f"{events[-1]!r}")
    assert parser.finish() == []


def test_native_calls_are_mended_at_the_end():
    parser = StreamParser()
    parser.feed_call(0, name="f", arguments='{"a": [1')
    parser.feed_call(1, name="g")
    parser.feed_call(2, arguments="{}")
    ready = [event.call for event in parser.finish() if isinstance(event, ToolCallReady)]
    assert [(call.name, call.arguments) for call in ready] == [("f", {"a": [1]}), ("g", {})]
    assert ready[0].repairs
