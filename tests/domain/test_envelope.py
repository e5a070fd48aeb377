"""The envelope: limits, children, and what ancestors are charged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.envelope import Envelope
from harness.domain.errors import BudgetExceeded
from harness.domain.usage import Usage


def test_without_limits_everything_goes() -> None:
    envelope = Envelope()
    envelope.check(1e12)
    envelope.charge(Usage(10**9, 10**9, cost_usd=10**6))
    for _ in range(1000):
        envelope.take_tool_call()
    assert envelope.output_tokens_left() is None
    assert envelope.remaining_s(5.0) is None


def test_what_is_spent_is_counted_even_where_it_is_too_much() -> None:
    envelope = Envelope(max_input_tokens=10)
    with pytest.raises(BudgetExceeded) as caught:
        envelope.charge(Usage(11, 1))
    assert (caught.value.limit, caught.value.allowed, caught.value.spent) == ("max_input_tokens", 10, 11)
    assert envelope.spent.input_tokens == 11


def test_exactly_the_limit_may_be_spent_but_then_nothing_more_begun() -> None:
    envelope = Envelope(max_output_tokens=10)
    envelope.charge(Usage(0, 10))
    with pytest.raises(BudgetExceeded):
        envelope.check(0.0)
    assert envelope.output_tokens_left() == 0


def test_an_unknown_price_is_no_price() -> None:
    envelope = Envelope(max_cost_usd=1.0)
    envelope.charge(Usage(5, 5, cost_usd=None))
    envelope.check(0.0)


def test_the_deadline_of_a_child_is_never_later_than_its_parents() -> None:
    parent = Envelope(deadline=100.0, run_timeout_s=60.0)
    assert Envelope(deadline=200.0, run_timeout_s=160.0, parent=parent).deadline == 100.0
    assert Envelope(deadline=50.0, run_timeout_s=10.0, parent=parent).deadline == 50.0
    assert Envelope(parent=parent).deadline == 100.0


def test_past_the_deadline_the_error_says_what_was_allowed() -> None:
    envelope = Envelope(deadline=100.0, run_timeout_s=60.0)
    envelope.check(99.9)
    with pytest.raises(BudgetExceeded, match="run_timeout_s of 60 s"):
        envelope.check(100.0)


def test_a_tool_call_too_many_is_not_counted_anywhere() -> None:
    parent = Envelope(max_tool_calls=1)
    child = Envelope(parent=parent, max_tool_calls=5)
    child.take_tool_call()
    with pytest.raises(BudgetExceeded):
        child.take_tool_call()
    assert (parent.tool_calls, child.tool_calls) == (1, 1)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 50), st.integers(0, 50)), max_size=30))
def test_an_ancestor_has_spent_the_sum_of_what_is_below_it(charges: list[tuple[int, int, int]]) -> None:
    root = Envelope()
    middle = Envelope(parent=root)
    leaf = Envelope(parent=middle)
    lineage = [root, middle, leaf]
    for depth, inputs, outputs in charges:
        lineage[depth].charge(Usage(inputs, outputs, cost_usd=0.0))
    for depth, envelope in enumerate(lineage):
        below = [charge for charge in charges if charge[0] >= depth]
        assert envelope.spent.input_tokens == sum(charge[1] for charge in below)
        assert envelope.spent.output_tokens == sum(charge[2] for charge in below)


@given(st.lists(st.integers(1, 20), max_size=20), st.integers(0, 100))
def test_no_call_begins_once_the_limit_is_reached(usages: list[int], limit: int) -> None:
    envelope = Envelope(max_output_tokens=limit)
    begun = 0
    for used in usages:
        try:
            envelope.check(0.0)
        except BudgetExceeded:
            break
        assert envelope.spent.output_tokens < limit
        begun += 1
        try:
            envelope.charge(Usage(0, used))
        except BudgetExceeded:
            assert envelope.spent.output_tokens > limit
            break
    assert begun <= len(usages)
