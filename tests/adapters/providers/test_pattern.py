"""The embedded provider: what it understands, what it does not, and that it plans over whatever tools there are."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest

from harness import ErrorCategory, FinishReason, Harness, Message, Options, ProviderError, tool
from harness.adapters.providers.pattern import MAX_TEXT, PatternProvider
from harness.adapters.tools import calculator, clock, files, todo
from harness.domain.completions import Prompt
from harness.ports.provider import Provider, complete
from harness.testing import FakeClock


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("x")
    (tmp_path / "notes.txt").write_text("hello notes\n")
    tools = [
        *calculator.make_tools(),
        *todo.make_tools(),
        *clock.make_tools(clock=FakeClock(0.0), timezone="UTC"),
        *files.make_tools(root=str(tmp_path)),
    ]
    async with Harness(PatternProvider(), tools=tools) as made:
        yield made


async def asked(harness: Harness, text: str, conversation: str = "c") -> tuple[list[tuple[str, Any]], str]:
    result = await harness.run(text, conversation_id=conversation)
    return [(record.name, dict(record.arguments)) for record in result.tool_calls], result.text


def test_it_is_a_provider_and_says_what_it_is() -> None:
    provider = PatternProvider()
    assert isinstance(provider, Provider)
    assert provider.name == "pattern"
    assert PatternProvider("offline").name == "offline"


SUMS = [
    ("What is (2+3)*7?", "35"),
    ("what's 15% of 80", "12"),
    ("two plus two", "4"),
    ("Add 5 and 7", "12"),
    ("what is 1/4", "0.25"),
    ("double 21", "42"),
    ("how much is 1,234 + 1?", "1235"),
    ("the square root of 144", "12"),
    ("what is two hundred and five minus 5", "200"),
    ("increase 50 by 10%", "55"),
    ("the average of 2, 4 and 9", "5"),
    ("5 factorial", "120"),
    ("could you please calculate 2^10 for me, thanks!", "1024"),
]


@pytest.mark.parametrize(("text", "value"), SUMS)
async def test_sums(harness: Harness, text: str, value: str) -> None:
    calls, said = await asked(harness, text)
    assert [name for name, _ in calls] == ["calculator"]
    assert said.endswith(f"= {value}.")


async def test_the_first_example(harness: Harness) -> None:
    calls, said = await asked(harness, "What is (2+3)*7? Then add the result to my to-do list, and show the list.")
    assert calls == [("calculator", {"expression": "(2+3)*7"}), ("todo_add", {"text": "35"}), ("todo_list", {})]
    assert said == "(2+3)*7 = 35. Added “35” to your to-do list. Your to-do list: 1. 35."


STEPS: list[tuple[str, list[tuple[str, Any]]]] = [
    ("add milk, eggs and bread to my list", [("todo_add", {"text": each}) for each in ("milk", "eggs", "bread")]),
    ('add "call Bob and Alice" to my to-do list', [("todo_add", {"text": "call Bob and Alice"})]),
    ("remind me to call mom", [("todo_add", {"text": "call mom"})]),
    ("add buy milk to my list and then show it", [("todo_add", {"text": "buy milk"}), ("todo_list", {})]),
    ("What's on my to-do list?", [("todo_list", {})]),
    ("What time is it in Tokyo?", [("current_time", {"timezone": "Tokyo"})]),
    ("what's today's date", [("current_time", {})]),
    ("list the files in docs", [("list_files", {"path": "docs"})]),
    ("list all files, then read notes.txt", [("list_files", {}), ("read_file", {"path": "notes.txt"})]),
    ("how big is notes.txt?", [("file_info", {"path": "notes.txt"})]),
    (
        "Compute 10/4, add it to my list and tell me the time",
        [("calculator", {"expression": "10/4"}), ("current_time", {}), ("todo_add", {"text": "2.5"})],
    ),
    (
        "read notes.txt and add it to my to-do list",
        [("read_file", {"path": "notes.txt"}), ("todo_add", {"text": "hello notes"})],
    ),
]


@pytest.mark.parametrize(("text", "calls"), STEPS)
async def test_steps(harness: Harness, text: str, calls: list[tuple[str, Any]]) -> None:
    assert (await asked(harness, text))[0] == calls


async def test_it_goes_on_from_an_earlier_turn(harness: Harness) -> None:
    await asked(harness, "what is 6*7?")
    calls, said = await asked(harness, "and 3 more?")
    assert calls == [("calculator", {"expression": "42+3"})]
    assert said == "The result + 3 = 45."


async def test_items_are_completed_and_removed(harness: Harness) -> None:
    await asked(harness, "add milk and eggs to my list")
    assert (await asked(harness, "mark the second item as done"))[1] == "Marked “eggs” as done."
    assert (await asked(harness, "remove milk from my list"))[1] == "Removed “milk” from your to-do list."
    assert (await asked(harness, "show my list"))[1] == "Your to-do list: 2. eggs (done)."


async def test_what_follows_a_failed_step_is_left_out(harness: Harness) -> None:
    calls, said = await asked(harness, "what is 1/0, then add it to my list")
    assert calls == [("calculator", {"expression": "1/0"})]
    assert "I could not work out 1/0" in said
    assert "did not add" in said


async def test_a_path_outside_is_refused_by_the_tool(harness: Harness) -> None:
    _, said = await asked(harness, "read ../../etc/passwd")
    assert "climbs out of the folder" in said


@pytest.mark.parametrize("text", ["write me a poem", "who won the war of the roses?", "x" * (MAX_TEXT + 1), "🙂"])
async def test_what_it_does_not_understand_it_declines(harness: Harness, text: str) -> None:
    calls, said = await asked(harness, text)
    assert calls == []
    assert "not a language model" in said
    assert "sums" in said


async def test_a_part_that_it_does_not_understand_is_named(harness: Harness) -> None:
    calls, said = await asked(harness, "what is 2+2? Then sing me a song.")
    assert [name for name, _ in calls] == ["calculator"]
    assert "2+2 = 4." in said
    assert "sing me a song" in said


async def test_it_plans_over_the_tools_of_an_application() -> None:
    @tool
    def get_weather(city: str, unit: Literal["celsius", "fahrenheit"] = "celsius") -> str:
        """Return the weather in a city."""
        return f"sunny in {city} ({unit})"

    @tool
    def multiply(a: float, b: float) -> float:
        """Multiply two numbers."""
        return a * b

    async with Harness(PatternProvider(), tools=[get_weather, multiply]) as harness:
        calls, said = await asked(harness, "what's the weather in Paris in fahrenheit?")
        assert calls[0][0] == "get_weather"
        assert calls[0][1]["unit"] == "fahrenheit"
        assert "sunny in Paris" in said
        assert (await asked(harness, "what is 6*7?"))[0] == [("multiply", {"a": 6, "b": 7})]
        assert (await asked(harness, "multiply(a=2, b=4)"))[0] == [("multiply", {"a": 2, "b": 4})]
        assert (await asked(harness, 'call multiply {"a": 3, "b": 4}'))[0] == [("multiply", {"a": 3, "b": 4})]
        _, said = await asked(harness, "use multiply with a=2")
        assert "I need b" in said


async def test_without_tools_it_says_so() -> None:
    async with Harness(PatternProvider()) as harness:
        _, said = await asked(harness, "what is 2+2?")
    assert "no tool that calculates is registered" in said


async def test_options_are_kept(harness: Harness) -> None:
    prompt = Prompt((Message.user("hello"),))
    completion = await complete(PatternProvider(), prompt, Options(max_tokens=3))
    assert completion.finish_reason is FinishReason.LENGTH
    assert len(completion.text) <= 12
    completion = await complete(PatternProvider(), prompt, Options(stop=("language",)))
    assert completion.text.endswith("not a ")
    completion = await complete(PatternProvider(), prompt, Options(model="mine"))
    assert completion.model == "mine"
    asked_sum = Prompt((Message.user("what is 2+2?"),), tuple(tool.spec for tool in calculator.make_tools()))
    assert (await complete(PatternProvider(), asked_sum, Options())).tool_calls
    assert not (await complete(PatternProvider(), asked_sum, Options(tool_choice="none"))).tool_calls


async def test_json_is_given_where_it_is_asked_for(harness: Harness) -> None:
    schema = {"type": "object", "properties": {"total": {"type": "number"}, "text": {"type": "string"}}}
    options = Options(response_format={"type": "json_schema", "json_schema": {"schema": schema}})
    result = await harness.run("what is 2+3?", options=options)
    assert json.loads(result.text) == {"total": 5, "text": "2+3 = 5."}


async def test_a_prompt_without_a_user_is_an_invalid_request() -> None:
    with pytest.raises(ProviderError) as caught:
        await complete(PatternProvider(), Prompt((Message.system("be brief"),)), Options())
    assert caught.value.category is ErrorCategory.INVALID_REQUEST


async def test_the_answer_comes_in_pieces_that_make_the_whole(harness: Harness) -> None:
    prompt = Prompt((Message.user("hello"),))
    pieces = [chunk.text async for chunk in PatternProvider().stream(prompt, Options(stream=True)) if chunk.text]
    whole = [chunk.text async for chunk in PatternProvider().stream(prompt, Options(stream=False)) if chunk.text]
    assert len(pieces) > 10
    assert "".join(pieces) == "".join(whole)


@pytest.mark.parametrize("size", [500, MAX_TEXT])
@pytest.mark.parametrize("piece", ["(", "1+", "and ", "add ", "then ", '"', "of 1 ", "the ", "a.b/", "show me "])
async def test_no_text_makes_it_stall_or_fail(harness: Harness, piece: str, size: int) -> None:
    result = await harness.run((piece * size)[:size])
    assert result.text
