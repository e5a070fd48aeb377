"""Calls that come as text: from any dialect to tool results, streamed and not, and what is none."""

import pytest

from harness import FinishReason, Harness, tool
from harness.domain.completions import CompletionChunk, ToolCallDelta
from harness.domain.events import ReasoningDelta, RunCompleted, TextDelta, ToolCallStarted
from harness.testing import ScriptedProvider


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


WRITTEN = [
    '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>',
    "<tool_call><function=add><parameter=a>1</parameter><parameter=b>2</parameter></function></tool_call>",
    '[TOOL_CALLS] [{"name": "add", "arguments": {"a": 1, "b": 2}}]',
    "[add(a=1, b=2)]",
    '{"name": "add", "parameters": {"a": 1, "b": 2}}',
    "<tool_call>{'name': 'add', 'arguments': {'a': 1, 'b': 2,}",
]


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("pieces", [True, False])
async def test_calls_in_text_are_made(text: str, pieces: bool) -> None:
    provider = ScriptedProvider([text, "The sum is 3."], pieces=pieces)
    async with Harness(provider, tools=[add]) as harness:
        result = await harness.run("1+2?", conversation_id="c")
        saved = await harness.store.load("c")
    assert [(record.name, dict(record.arguments), record.result) for record in result.tool_calls] == [
        ("add", {"a": 1, "b": 2}, 3)
    ]
    assert result.text == "The sum is 3."
    assert saved.turns[0].messages[1].tool_calls[0].name == "add"


async def test_what_is_shown_is_what_is_kept() -> None:
    answer = (
        '<think>one and two</think>I will add.\n<tool_call>{"name": "add", "arguments": {"a": 1, "b": 2}}</tool_call>'
    )
    provider = ScriptedProvider([answer, "It is 3 < 4, [sic]."])
    async with Harness(provider, tools=[add]) as harness:
        events = [event async for event in harness.stream("1+2?")]
    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == "one and two"
    shown = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert "tool_call" not in shown
    assert shown.replace("\n", "") == "I will add.It is 3 < 4, [sic]."
    assert [event.name for event in events if isinstance(event, ToolCallStarted)] == ["add"]
    (done,) = [event for event in events if isinstance(event, RunCompleted)]
    assert done.result.text == "It is 3 < 4, [sic]."
    assert done.result.messages[1].text == "I will add."


@pytest.mark.parametrize(
    "text",
    [
        'Write `{"name": "add", "arguments": {"a": 1, "b": 2}}` to call it.',
        'For example:\n\n```python\nadd(a=1, b=2)\n```\nThat is how "add(1, 2)" is called.',
        'The answer is {"total": 3}.',
        "if a < b: [1, 2] {3}",
    ],
)
async def test_prose_stays_prose(text: str) -> None:
    async with Harness(ScriptedProvider([text]), tools=[add]) as harness:
        result = await harness.run("how do I call it?")
    assert result.tool_calls == ()
    assert result.text == text


async def test_without_tools_nothing_is_a_call() -> None:
    async with Harness(ScriptedProvider([WRITTEN[0]])) as harness:
        result = await harness.run("1+2?")
    assert result.text == WRITTEN[0]


async def test_an_unknown_name_goes_back_with_the_nearest_one() -> None:
    provider = ScriptedProvider(['<tool_call>{"name": "ad", "arguments": {"a": 1, "b": 2}}</tool_call>', "sorry"])
    async with Harness(provider, tools=[add]) as harness:
        result = await harness.run("1+2?")
    assert "add" in str(result.tool_calls[0].error)


async def test_calls_that_the_provider_reports_come_first() -> None:
    def answer(prompt: object, options: object) -> list[CompletionChunk]:
        if len(provider.prompts) > 1:
            return [CompletionChunk(text="3"), CompletionChunk(finish_reason=FinishReason.STOP)]
        return [
            CompletionChunk(text=WRITTEN[0]),
            CompletionChunk(tool_calls=(ToolCallDelta(0, "call_1", "add", '{"a": 5, "b": 5}'),)),
            CompletionChunk(finish_reason=FinishReason.TOOL_CALLS),
        ]

    provider = ScriptedProvider(answer)
    async with Harness(provider, tools=[add]) as harness:
        result = await harness.run("1+2?")
    assert [record.result for record in result.tool_calls] == [10]


async def test_a_call_that_the_token_limit_cut_is_not_carried_out() -> None:
    cut = [
        CompletionChunk(text='<tool_call>{"name": "add", "arguments": {"a": 1, "b": 2'),
        CompletionChunk(finish_reason=FinishReason.LENGTH),
    ]
    async with Harness(ScriptedProvider([cut, "done"]), tools=[add]) as harness:
        result = await harness.run("1+2?")
    assert "cut off" in str(result.tool_calls[0].error)
    assert result.text == "done"
