"""Bodies: a conversation that goes on pays for its new messages, and the bytes are those of one that did not."""

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.adapters.providers._bodies import Bodies
from harness.domain.completions import Options, Prompt
from harness.domain.errors import ProviderError
from harness.domain.failures import ErrorCategory
from harness.domain.messages import Message
from harness.domain.tools import ToolSpec
from harness.prompts import DIALECTS


def bodies(dialect: str = "anthropic") -> Bodies:
    return Bodies(dialect, provider="p", model="m")


def said(count: int) -> tuple[Message, ...]:
    return tuple(Message.user(f"n {at}") if at % 2 == 0 else Message.assistant(f"n {at}") for at in range(count))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_turn_encodes_what_is_new(dialect: str) -> None:
    messages, it = said(41), bodies(dialect)
    system = Message.system("be brief")
    it.write(Prompt((system, *messages[:39])), Options())
    assert it.encoded == 39
    body = it.write(Prompt((system, *messages)), Options())
    assert it.encoded == 41
    assert body == bodies(dialect).write(Prompt((system, *messages)), Options())


def test_a_conversation_that_was_changed_or_shortened_is_another() -> None:
    messages, it = said(20), bodies()
    it.write(Prompt(messages), Options())
    for other in (messages[:10], (*messages[:10], Message.user("else"), *messages[11:]), messages[2:]):
        assert it.write(Prompt(other), Options()) == bodies().write(Prompt(other), Options())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(0, 30)), max_size=20))
def test_whatever_was_written_before_the_body_is_the_same(steps: list[tuple[int, int, int]]) -> None:
    conversations = [said(30) for _ in range(4)]
    it = bodies()
    for number, start, end in steps:
        messages = conversations[number][min(start, end) : max(start, end)]
        assert it.write(Prompt(messages), Options()) == bodies().write(Prompt(messages), Options())


def test_many_conversations_are_not_all_kept() -> None:
    it = bodies()
    kept = [said(10) for _ in range(40)]
    for messages in kept:
        it.write(Prompt(messages), Options())
    assert len(it._known) == 16
    it.forget()
    assert len(it._known) == 0


def test_tools_may_change() -> None:
    it = bodies()
    for names in (["a"], ["a", "b"], []):
        body = orjson.loads(it.write(Prompt(said(1), tuple(ToolSpec(name) for name in names)), Options()))
        assert [tool["name"] for tool in body.get("tools", [])] == names


@pytest.mark.parametrize("extra", [{"x": object()}, {"x": {1, 2}}])
def test_what_is_no_json_is_refused(extra: dict[str, object]) -> None:
    with pytest.raises(ProviderError, match="cannot be written") as caught:
        bodies().write(Prompt(said(1)), Options(extra=extra))
    assert caught.value.category is ErrorCategory.INVALID_REQUEST
    assert caught.value.remedy


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_has_not_says_nothing(value: float) -> None:
    body = orjson.loads(bodies().write(Prompt(said(1)), Options(temperature=value)))
    assert body["temperature"] is None
