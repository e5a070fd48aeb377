"""Folding chunks into an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.completions import CompletionChunk, FinishReason, Options, Prompt, ToolCallDelta
from harness.domain.messages import Message
from harness.domain.usage import Usage
from harness.ports.arguments import read_arguments
from harness.ports.provider import CompletionFold, complete
from harness.testing.scripted import ScriptedProvider, call


async def test_complete_is_the_fold_of_the_stream() -> None:
    provider = ScriptedProvider(["one two"], usage=Usage(3, 2))
    answer = await complete(provider, Prompt((Message.user("x"),)), Options())
    assert (answer.text, answer.finish_reason, answer.usage) == ("one two", FinishReason.STOP, Usage(3, 2))


async def test_parallel_calls_come_in_the_order_of_their_index() -> None:
    deltas = [ToolCallDelta(1, "b", "second", "{}"), ToolCallDelta(0, "a", "first", "{}")]
    fold = CompletionFold()
    for delta in deltas:
        fold.add(CompletionChunk(tool_calls=(delta,)))
    assert [each.name for each in fold.completion().tool_calls] == ["first", "second"]
    assert fold.completion().finish_reason is FinishReason.TOOL_CALLS


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()), st.data())
def test_arguments_cut_anywhere_are_the_arguments(arguments: dict[str, object], data: st.DataObject) -> None:
    raw = call("tool", arguments).arguments_json
    assert raw is not None
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    fold = CompletionFold()
    fold.add(CompletionChunk(tool_calls=(ToolCallDelta(0, "c", "tool", ""),)))
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        fold.add(CompletionChunk(tool_calls=(ToolCallDelta(0, None, None, raw[start:end]),)))
    (made,) = fold.completion().tool_calls
    assert (made.arguments, made.arguments_json, made.parse_error) == (arguments, raw, None)


def test_a_call_without_an_id_gets_one_of_its_own() -> None:
    fold = CompletionFold()
    for index in range(3):
        fold.add(CompletionChunk(tool_calls=(ToolCallDelta(index, None, "tool", "{}"),)))
    assert len({each.id for each in fold.completion().tool_calls}) == 3


def test_no_arguments_are_no_error() -> None:
    assert read_arguments("") == ({}, None)
    assert read_arguments("{}") == ({}, None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ('{"a":', "not valid JSON"),
        ("[1]", "a JSON array"),
        ('"x"', "a JSON string"),
        ("null", "a JSON null"),
        ("true", "a JSON boolean"),
        ("3", "a JSON number"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_arguments_that_cannot_be_read_say_why_and_are_never_guessed(raw: str, reason: str) -> None:
    arguments, error = read_arguments(raw)
    assert arguments == {}
    assert error is not None
    assert reason in error
