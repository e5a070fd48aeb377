"""Token counts: exact against a table made with OpenAI's own tokenizer, and the contract of tokenizers."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.errors import InputError
from harness.testing.contracts.tokenizer import TokenizerContract
from harness.tokens import ENCODINGS, Tokenizer, count_tokens, encoding_of

ORACLE = [json.loads(line) for line in (Path(__file__).parent / "oracle.jsonl").read_text().splitlines()]
"""Texts with their tokens, as tiktoken gives them."""


class TestTokenizer(TokenizerContract):
    @pytest.fixture(params=ENCODINGS)
    def tokenizer(self, request: pytest.FixtureRequest) -> Tokenizer:
        return Tokenizer(request.param)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("case", ORACLE, ids=lambda case: repr(case["text"][:20]))
def test_tokens_are_exact(case: dict[str, Any], encoding: str) -> None:
    tokenizer = Tokenizer(encoding)
    assert tokenizer.encode(case["text"]) == case[encoding]
    assert tokenizer.count(case["text"]) == len(case[encoding])
    assert count_tokens(case["text"], encoding) == len(case[encoding])
    assert tokenizer.decode(case[encoding]) == case["text"]


MODELS = [
    ("gpt-4o", "o200k_base"),
    ("gpt-4o-mini-2024-07-18", "o200k_base"),
    ("gpt-4.1-nano", "o200k_base"),
    ("gpt-5", "o200k_base"),
    ("o3-mini", "o200k_base"),
    ("openai/gpt-4o", "o200k_base"),
    ("ft:gpt-4o:acme::x", "o200k_base"),
    ("gpt-4", "cl100k_base"),
    ("gpt-4-turbo", "cl100k_base"),
    ("gpt-3.5-turbo-16k", "cl100k_base"),
    ("text-embedding-3-large", "cl100k_base"),
    ("cl100k_base", "cl100k_base"),
    ("text-davinci-003", "p50k_base"),
    ("davinci", "r50k_base"),
    ("o200k_harmony", "o200k_base"),
    ("gpt2", "r50k_base"),
]


@pytest.mark.parametrize(("model", "encoding"), MODELS)
def test_models_have_their_encoding(model: str, encoding: str) -> None:
    assert encoding_of(model) == encoding
    assert Tokenizer.for_model(model).name == encoding


@pytest.mark.parametrize(("name", "words"), [("o200k", "o200k_base"), ("zzz", "known are"), ("gpt-4p", "gpt-4")])
def test_unknown_names_are_told_the_nearest(name: str, words: str) -> None:
    with pytest.raises(InputError, match="no exact token count") as caught:
        count_tokens("x", name)
    assert words in caught.value.remedy


def test_what_is_no_token_is_an_input_error() -> None:
    tokens: list[Any] = [2**31, -1, 2**40, "x", 10_000_000]
    for token in tokens:
        with pytest.raises(InputError, match="these are no tokens"):
            Tokenizer().decode([token])


def test_tokens_that_end_inside_a_character() -> None:
    tokenizer = Tokenizer("cl100k_base")
    tokens = tokenizer.encode("👩🏽")
    assert tokenizer.decode(tokens[:1]).startswith("\ufffd")


@given(st.text(st.characters(), max_size=40), st.integers(0, 12))
def test_any_text_can_be_counted_and_cut(text: str, limit: int) -> None:
    tokenizer = Tokenizer()
    assert tokenizer.count(text) == len(tokenizer.encode(text))
    cut = tokenizer.truncate(text, limit)
    assert text.startswith(cut)
    assert tokenizer.count(cut) <= limit
    longer = text[: len(cut) + 1]
    assert longer == text or tokenizer.count(longer) > limit or cut == text


@given(st.text(st.characters(), max_size=60), st.integers(0, 40), st.sampled_from(ENCODINGS))
def test_counting_stops_past_the_limit(text: str, limit: int, encoding: str) -> None:
    tokenizer = Tokenizer(encoding)
    whole, found = tokenizer.count(text), tokenizer.count_up_to(text, limit)
    assert found == whole if whole <= limit else limit < found <= whole
    with pytest.raises(InputError, match="must not be negative"):
        tokenizer.count_up_to(text, -1)


def test_threads_count_side_by_side() -> None:
    text = "a long text, counted without the interpreter's lock. " * 2000
    expected = count_tokens(text)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(count_tokens(text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_it_is_not_loaded_with_harness() -> None:
    code = "import harness, sys; assert 'harness.tokens' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
