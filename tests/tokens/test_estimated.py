"""The estimator: it says that it is one, learns from bills, and can be kept."""

import json

import pytest

from harness.domain.errors import InputError
from harness.testing.contracts.tokenizer import TokenizerContract
from harness.tokens import EstimatedTokenizer, Tokenizer
from tests.tokens.mixed import Mixed

HIDDEN = ["cl100k_base", "p50k_base", "r50k_base"]
"""Vocabularies that the estimator does not know: what a provider bills by."""


def taught(model: str, hidden: str, seed: int, replies: int) -> EstimatedTokenizer:
    estimator, bill, mixed = EstimatedTokenizer(model), Tokenizer(hidden), Mixed(seed)
    for _ in range(replies):
        answer = mixed.answer()
        estimator.learn(answer, bill.count(answer) + 1)
    return estimator


class TestEstimatedTokenizer(TokenizerContract):
    @pytest.fixture
    def tokenizer(self) -> EstimatedTokenizer:
        return EstimatedTokenizer("claude-x")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("hidden", HIDDEN)
def test_the_error_shown_falls_below_three_percent_after_fifty_replies(hidden: str, seed: int) -> None:
    error = taught("m", hidden, seed, 50).error
    assert error is not None
    assert error < 0.03


@pytest.mark.parametrize("hidden", HIDDEN)
def test_the_error_shown_is_that_of_texts_it_has_not_seen(hidden: str) -> None:
    estimator, bill, mixed = taught("m", hidden, 1, 60), Tokenizer(hidden), Mixed(99)
    answers = [mixed.answer() for _ in range(40)]
    errors = [abs(estimator.count(answer) - bill.count(answer)) / bill.count(answer) for answer in answers]
    assert sum(errors) / len(errors) < 0.04


def test_it_says_that_it_estimates() -> None:
    estimator = EstimatedTokenizer("claude-x")
    assert estimator.exact is False
    assert estimator.name == "~claude-x"
    assert estimator.error is None
    with pytest.raises(InputError, match="estimated"):
        estimator.encode("text")
    with pytest.raises(InputError, match="estimated"):
        estimator.decode([1])


def test_an_absurd_bill_is_not_learnt_from() -> None:
    estimator = EstimatedTokenizer("m")
    before = estimator.count("some words of an answer")
    for tokens in (0, -5, 10_000):
        estimator.learn("some words of an answer", tokens)
    estimator.learn("", 10)
    assert (estimator.learnt, estimator.error) == (0, None)
    assert estimator.count("some words of an answer") == before


def test_what_was_learnt_can_be_kept() -> None:
    estimator = taught("m", "r50k_base", 3, 20)
    other = EstimatedTokenizer("m")
    other.restore(json.loads(json.dumps(estimator.state())))
    assert other.error == estimator.error
    text = Mixed(5).answer()
    assert other.count(text) == estimator.count(text)


@pytest.mark.parametrize("state", [{}, {"format": 1, "model": "m"}, {"format": 9}, {"format": 1, "model": "other"}])
def test_a_state_that_is_none_is_refused_and_changes_nothing(state: dict[str, object]) -> None:
    estimator = EstimatedTokenizer("m")
    with pytest.raises(InputError, match="no state of an estimator"):
        estimator.restore(state)
    assert estimator.learnt == 0


def test_models_of_known_families_are_estimated_and_others_refused() -> None:
    assert Tokenizer.for_model("claude-sonnet-4-5") is Tokenizer.for_model("claude-sonnet-4-5")
    assert not Tokenizer.for_model("meta-llama/Llama-3.3-70B").exact
    assert Tokenizer.for_model("gpt-4o").exact
    with pytest.raises(InputError, match="EstimatedTokenizer"):
        Tokenizer.for_model("claude-sonnet-4-5", strict=True)
    with pytest.raises(InputError, match="did you mean gpt-4o"):
        Tokenizer.for_model("gtp-4o")
    with pytest.raises(InputError, match="EstimatedTokenizer estimates for any other"):
        Tokenizer.for_model("zzzzzz")
