"""What is shown of a conversation: never too much, as much as fits, no call without its results."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.context import ContextPolicy
from harness.domain.errors import ContextOverflow, InputError
from harness.domain.messages import Message, Role, TextPart, Turn
from harness.domain.tools import ToolCall, ToolResult, ToolSpec
from harness.engine.context.assembly import Assembly, Fitted, History
from harness.engine.context.strategies import Hierarchy
from harness.tokens.chat import A_MESSAGE, THE_ANSWER, count_message, count_tools


class Words:
    """A tokenizer whose tokens are words."""

    exact = True

    def encode(self, text: str) -> list[int]:
        return [len(word) for word in text.split()]

    def decode(self, tokens: Sequence[int]) -> str:
        return " ".join("x" * token for token in tokens)

    def count(self, text: str) -> int:
        return len(text.split())

    def truncate(self, text: str, limit: int) -> str:
        return " ".join(text.split()[:limit])


WORDS = Words()


def words(count: int) -> str:
    return "word " * count


def assembly(policy: ContextPolicy, turns: Sequence[Sequence[Message]], system: str | None = None) -> Assembly:
    history = History(WORDS)
    for number, messages in enumerate(turns):
        history.append_turn(Turn(f"r{number}", tuple(messages)))
    ranked = None
    if policy.strategy == "hierarchical":
        hierarchy = Hierarchy()
        hierarchy.learn(history.transcript, history.messages)
        ranked = hierarchy.ranked()
    return Assembly(policy, WORDS, history, None if system is None else Message.system(system), (), ranked=ranked)


def tool_turn(name: str, size: int) -> list[Message]:
    calls = (ToolCall(f"{name}1", "f", {}, "{}"), ToolCall(f"{name}2", "f", {}, "{}"))
    results = (ToolResult(f"{name}1", "f", words(size)), ToolResult(f"{name}2", "f", words(size)))
    return [Message.user(words(size)), Message.assistant("", calls), Message.tool(*results), Message.assistant("done")]


_TURN = st.one_of(
    st.builds(lambda a, b: [Message.user(words(a)), Message.assistant(words(b))], st.integers(1, 9), st.integers(0, 9)),
    st.builds(lambda size: tool_turn("c", size), st.integers(1, 9)),
    st.builds(
        lambda a: [Message(Role.USER, (TextPart(words(a)),), pinned=True), Message.assistant("ok")], st.integers(1, 3)
    ),
)


@given(
    st.lists(_TURN, max_size=12),
    _TURN,
    st.integers(1, 4),
    st.integers(2, 300),
    st.integers(0, 6),
    st.sampled_from(["sliding_window", "hierarchical"]),
    st.one_of(st.none(), st.integers(1, 60)),
)
def test_what_is_shown_fits_and_is_whole(
    turns: list[list[Message]],
    turn: list[Message],
    said: int,
    size: int,
    recent: int,
    strategy: str,
    last_tokens: int | None,
) -> None:
    policy = ContextPolicy(
        max_tokens=size,
        strategy=strategy,
        reserve_output=1,
        preserve_recent=recent,
        last_tokens=last_tokens,  # type: ignore[arg-type]
    )
    made = assembly(policy, turns, "be brief")
    now = turn[:said]
    if now[-1].tool_calls:  # a run asks the model only when the results are in
        now = turn[: said + 1]
    made.take(now)
    everything = [message for each in turns for message in each] + now
    cost = {id(message): count_message(message, WORDS) for message in everything}
    system = count_message(Message.system("be brief"), WORDS)
    must = sum(cost[id(m)] for m in everything if m.pinned or m is now[0])
    overflow: ContextOverflow | None = None
    try:
        fitted = made.fit()
    except ContextOverflow as error:
        overflow = error
    if overflow is not None:
        assert overflow.needed >= must
        assert overflow.needed + system + THE_ANSWER + 1 > size
        return
    shown = {id(message) for message in fitted.messages}
    assert fitted.tokens + 1 <= size
    assert fitted.tokens == THE_ANSWER + system + sum(cost[id(m)] for m in fitted.messages)
    assert [m for m in everything if id(m) in shown] == list(fitted.messages), "in their order"
    assert fitted.dropped == len(everything) - len(fitted.messages)
    for place, message in enumerate(everything):
        if message.pinned or message is now[0]:
            assert id(message) in shown
        if message.role is Role.TOOL:
            assert (id(message) in shown) == (id(everything[place - 1]) in shown)
    if last_tokens is None:  # nothing that fits is left out: of the tail, the next group would not have fitted
        first = len(everything)
        while first and id(everything[first - 1]) in shown:
            first -= 1
        if first:
            group = (
                everything[first - 1 : first]
                if everything[first - 1].role is not Role.TOOL
                else everything[first - 2 : first]
            )
            assert fitted.tokens + 1 + sum(cost[id(m)] for m in group if id(m) not in shown) > size


def texts(fitted: Fitted) -> list[str]:
    return [message.text.split()[0] for message in fitted.messages]


def test_hierarchical_shows_what_is_important_before_what_is_not() -> None:
    talk = [[Message.user(f"chat{n} about nothing much"), Message.assistant(f"fine{n} then")] for n in range(20)]
    talk[3][0] = Message.user("rule3 you must always answer in French")
    policy = ContextPolicy(max_tokens=60, strategy="hierarchical", reserve_output=1, preserve_recent=2)
    made = assembly(policy, talk)
    made.take([Message.user("now what")])
    fitted = made.fit()
    assert texts(fitted)[0] == "rule3"
    assert texts(fitted)[-2:] == ["fine19", "now"]
    window = assembly(ContextPolicy(max_tokens=60, reserve_output=1), talk)
    window.take([Message.user("now what")])
    assert "rule3" not in texts(window.fit())


def test_earlier_turns_take_no_more_than_last_tokens() -> None:
    talk = [[Message.user(words(10)), Message.assistant(words(10))] for _ in range(10)]
    made = assembly(ContextPolicy(max_tokens=10_000, last_tokens=60), talk)
    made.take([Message.user(words(100))])
    fitted = made.fit()
    assert len(fitted.messages) == 5
    assert fitted.tokens - THE_ANSWER - A_MESSAGE - 100 <= 60


def test_the_system_prompt_goes_where_it_may_and_does_not_fit() -> None:
    for preserve in (True, False):
        policy = ContextPolicy(max_tokens=30, reserve_output=1, preserve_system=preserve)
        made = assembly(policy, [], words(20))
        made.take([Message.user(words(10))])
        if preserve:
            with pytest.raises(
                ContextOverflow, match="system prompt 24, tools and frame 3, what must be shown 14 tokens"
            ):
                made.fit()
        else:
            assert made.fit().system is False


def test_without_a_size_everything_is_shown() -> None:
    made = assembly(ContextPolicy(), [tool_turn("a", 3)] * 4)
    made.take([Message.user("x")])
    fitted = made.fit()
    assert (len(fitted.messages), fitted.dropped) == (17, 0)


def test_tools_are_counted() -> None:
    spec = ToolSpec("add", "adds two numbers")
    history = History(WORDS)
    made = Assembly(ContextPolicy(max_tokens=100, reserve_output=1), WORDS, history, None, (spec,))
    made.take([Message.user("x")])
    assert made.fit().tokens == THE_ANSWER + count_tools([spec], WORDS) + A_MESSAGE + 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_tokens": 100, "reserve_output": 100}, "reserve_output takes 100 of it"),
        ({"max_tokens": 0}, "context.max_tokens is 0; it must be at least 1"),
        ({"max_tokens": -5}, "it must be at least 1"),
        ({"reserve_output": -1}, "context.reserve_output is -1"),
        ({"clear_after_s": float("nan")}, "context.clear_after_s is nan"),
        ({"strategy": "magic"}, "context.strategy is 'magic'"),
    ],
)
def test_policies_that_make_no_sense_are_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        ContextPolicy(**given)  # type: ignore[arg-type]
